"""How many more are needed until a bound decides, if what was found so far stays as it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from fitcheck.stats.intervals import Bounds, clopper_pearson, newcombe
from fitcheck.stats.poisson import Events, rate_ratio

MOST = 100_000
"""Numbers above this are not worth naming."""


def fewest(holds: Callable[[int], bool], most: int = MOST) -> int | None:
    """Return the smallest number from 1 for which something holds that goes on holding.

    Examples
    --------
    >>> fewest(lambda n: n * n > 50), fewest(lambda n: False)
    (8, None)
    """
    found = 1 + bisect_left(range(1, most + 1), True, key=holds)
    return found if found <= most else None


def more_for_share(found: int, n: int, limit: float, alpha: float = 0.05) -> int | None:
    """Return how many more answers prove a share to be above a limit, or not to be.

    Examples
    --------
    >>> more_for_share(33, 60, 0.5)
    230
    """
    share = found / n if n else limit
    return fewest(
        lambda more: _excludes(clopper_pearson(share * (n + more), n + more, alpha), limit)
    )


def more_for_difference(
    a: tuple[int, int],
    b: tuple[int, int],
    target: float,
    alpha: float = 0.05,
    bounds: Callable[[float, float, float, float, float], Bounds] = newcombe,
) -> int | None:
    """Return how many more people in each of two groups prove a difference, or refute it.

    Parameters
    ----------
    a, b : (int, int)
        How many of how many in each group.
    target : float
        The difference a - b that is to be reached.
    alpha : float
        Error probability of each bound.
    bounds : callable
        By which it is judged.

    Examples
    --------
    >>> more_for_difference((84, 412), (61, 530), 0.05)
    16
    """
    share_a, share_b = a[0] / a[1], b[0] / b[1]

    def decides(more: int) -> bool:
        n_a, n_b = a[1] + more, b[1] + more
        return _excludes(bounds(share_a * n_a, n_a, share_b * n_b, n_b, alpha), target)

    return fewest(decides)


def more_time(after: Events, before: Events, target: float, alpha: float = 0.05) -> int | None:
    """Return how many more units of time after prove a ratio of rates, or refute it.

    None also where however much time after would not do, for what was before cannot be lengthened.

    Examples
    --------
    >>> more_time(Events(62, 6), Events(100, 12), 1.0)
    10
    """
    rate = after.n / after.time

    def decides(more: int) -> bool:
        time = after.time + more
        ratio = rate_ratio(Events(rate * time, time), before, alpha)
        return _excludes(Bounds(ratio.low, ratio.high), target)

    return fewest(decides, 1_200)


def _excludes(bounds: Bounds, target: float) -> bool:
    return bounds.low >= target or bounds.high < target
