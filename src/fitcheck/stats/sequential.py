"""Bounds that hold after every single label: bets against the limit, on labels in random order.

A fixed bound looked at again and again errs far more often than it says. A bet that pays on
average nothing while a rate is the true one can be looked at whenever one likes: it reaches
1 / alpha with probability alpha at most (Ville 1939).

References
----------
Waudby-Smith & Ramdas 2024, Estimating means of bounded random variables by betting,
doi:10.1093/jrsssb/qkad009
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fitcheck.records import Label
from fitcheck.stats.strata import DENOMINATORS, SIDES, TARGETS, Denominator, Side, Strata, Target
from fitcheck.stats.verdict import Rate

_LOWER = (0.1, 0.2, 0.4, 0.6)
"""Bets that the rate is lower: the rates bet on, as parts of the one bet against."""
_HIGHER = (1.6, 2.4, 4.0, 7.0)


def wealth(
    not_fit: Sequence[bool] | np.ndarray, rate: float, side: Side, size: int | None = None
) -> np.ndarray:
    """Return what bets against a rate have earned after each label, shape (n_labels,).

    Parameters
    ----------
    not_fit : sequence of bool, length n_labels
        The labels in the random order in which they were drawn.
    rate : float
        The rate bet against, in (0, 1).
    side : {"low", "high"}
        ``high`` bets that the true rate is lower, so that `rate` may become its upper bound.
    size : int, optional
        Respondents in all, if the rate of exactly these is meant: drawn without putting back, so
        what is left becomes known. None is for the rate to expect.

    Examples
    --------
    >>> bool(wealth([False] * 100, 0.05, "high")[-1] > 20)
    True
    """
    found = np.asarray(not_fit, bool)
    if size is not None:
        rate = _at_least(rate, size) / size
    if side == "high":
        bets = rate * np.array(_LOWER)
    else:
        bets = np.minimum(rate * np.array(_HIGHER), (1 + rate) / 2)
    against = _chances(found, rate, side, size)
    # Never bet on the other side of what is bet against: rates further away would then pay as well.
    closest = np.minimum if side == "high" else np.maximum
    bet = closest(bets[:, None], against)
    with np.errstate(divide="ignore", invalid="ignore"):
        pays = np.where(found, bet / against, (1 - bet) / (1 - against))
    earned = np.cumprod(pays, axis=1).mean(axis=0)
    return _where_certain(earned, found, rate, side, size)


def decided_at(
    not_fit: Sequence[bool] | np.ndarray,
    limit: float,
    side: Side,
    alpha: float = 0.05,
    size: int | None = None,
) -> int | None:
    """Return after how many labels the limit is proven on that side; None if it is not yet."""
    enough = np.nonzero(wealth(not_fit, limit, side, size) >= 1 / alpha)[0]
    return int(enough[0]) + 1 if enough.size else None


def sequential_bound(
    not_fit: Sequence[bool] | np.ndarray,
    side: Side,
    alpha: float = 0.05,
    size: int | None = None,
) -> float:
    """Return the bound of the rate on that side that holds at any time, in [0, 1].

    Examples
    --------
    >>> round(sequential_bound([False] * 100, "high"), 3)
    0.04
    """
    found = np.asarray(not_fit, bool)
    end = 1.0 if side == "high" else 0.0
    if not found.size:
        return end
    if size is not None:
        return _bound_of_these(found, side, alpha, size)
    inner, outer = 1 - end, end
    for _ in range(40):
        middle = (inner + outer) / 2
        if decided_at(found, middle, side, alpha) is None:
            inner = middle
        else:
            outer = middle
    return float(outer)


def _bound_of_these(found: np.ndarray, side: Side, alpha: float, size: int) -> float:
    """Return the bound of a share of exactly `size` respondents, a multiple of 1 / size."""
    inner, outer = (0, size + 1) if side == "high" else (size + 1, 0)
    while abs(outer - inner) > 1:
        middle = (inner + outer) // 2
        if decided_at(found, middle / size, side, alpha, size) is None:
            inner = middle
        else:
            outer = middle
    # Proven to be under `outer` of them, or not to be.
    return min(1.0, (outer - 1) / size) if side == "high" else outer / size


def _chances(found: np.ndarray, rate: float, side: Side, size: int | None) -> np.ndarray:
    """Return how probable each next not_fit is at most (``high``: at least) if `rate` holds."""
    if size is None:
        return np.full(found.size, rate)
    before = np.concatenate([[0], np.cumsum(found)[:-1]])
    left = size - np.arange(found.size)
    return np.clip((_total(rate, side, size) - before) / left, 0.0, 1.0)


def _at_least(rate: float, size: int) -> int:
    """Return the smallest total that is no lower than the rate."""
    return int(np.ceil(rate * size - 1e-9))


def _total(rate: float, side: Side, size: int) -> int:
    """Return the total of not_fit that is bet against.

    ``high``: the smallest total that is no lower than the rate; ``low``: the largest one below it.
    """
    return _at_least(rate, size) if side == "high" else _at_least(rate, size) - 1


def _where_certain(
    earned: np.ndarray, found: np.ndarray, rate: float, side: Side, size: int | None
) -> np.ndarray:
    """Return the wealth; where what is left cannot change the answer, nothing or all is won."""
    if size is None:
        return earned
    total, seen = _total(rate, side, size), np.cumsum(found)
    left = size - np.arange(1, found.size + 1)
    if side == "high":
        lost, won = seen >= total, seen + left < total
    else:
        lost, won = seen + left <= total, seen > total
    return np.where(lost, 0.0, np.where(won, np.inf, earned))


def rates_in_order(
    labels: Sequence[Label | None],
    strata: Strata,
    *,
    limit: float = 0.05,
    alpha: float = 0.05,
) -> dict[tuple[Target, Denominator], Rate]:
    """Return the rates of a persona whose respondents were labelled in an order drawn by lot.

    The bounds hold whenever one stops. There are none for the rate among exactly these respondents
    that have a signal: how many those are is not known before the end.

    Parameters
    ----------
    labels : sequence of str or None
        In the order of drawing; None was passed over and counts against both bounds.
    strata : Strata
        The same labels by stratum, for the estimate.
    limit, alpha : float
        As in `rates_of`.

    Examples
    --------
    >>> from fitcheck.stats.strata import Stratum
    >>> strata = Strata(Stratum(0), Stratum(500, fit=100))
    >>> rates_in_order(["fit"] * 100, strata)["process", "signal"].verdict(0.05)
    'met'
    """
    found = {}
    for target in TARGETS:
        for denominator in DENOMINATORS:
            size = strata.size if target == "received" else None
            if target == "received" and denominator == "signal":
                continue
            bounds, p_values = {}, {}
            for side in SIDES:
                sequence = _bet_on(labels, denominator, side)
                bounds[side] = sequential_bound(sequence, side, alpha, size)
                most = wealth(sequence, limit, side, size).max(initial=1.0)
                p_values[side] = float(1 / most)
            found[target, denominator] = Rate(
                strata.estimate(denominator),
                bounds["low"],
                bounds["high"],
                p_values["high"],
                p_values["low"],
                "sequential",
            )
    return found


def _bet_on(labels: Sequence[Label | None], denominator: Denominator, side: Side) -> list[bool]:
    """Return whether each label is not_fit; those passed over count against the side."""
    counted = [label for label in labels if denominator == "all" or label != "no_signal"]
    return [label == "not_fit" or (label is None and side == "high") for label in counted]
