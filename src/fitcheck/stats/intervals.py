"""Exact and score intervals of one share, and of the difference of two."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy import special, stats


class Bounds(NamedTuple):
    """Two one-sided bounds of a share or a difference."""

    low: float
    high: float


def clopper_pearson(found: float, n: float, alpha: float = 0.05) -> Bounds:
    """Return the exact lower and upper bound of a share, each one-sided at level 1 - alpha.

    Counts need not be whole: those divided by a design effect are taken as they are.

    Parameters
    ----------
    found, n : float
        How many of how many; ``0 <= found <= n``.
    alpha : float
        Error probability of each side, in (0, 1).

    References
    ----------
    Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> low, high = clopper_pearson(3, 100)
    >>> round(low, 6), round(high, 6)
    (0.008226, 0.075711)
    """
    low = float(special.betaincinv(found, n - found + 1, alpha)) if found > 0 else 0.0
    high = float(special.betaincinv(found + 1, n - found, 1 - alpha)) if found < n else 1.0
    return Bounds(low, high)


def wilson(found: float, n: float, alpha: float = 0.05) -> Bounds:
    """Return Wilson's score bounds of a share, each one-sided at level 1 - alpha.

    They are for pictures and differences; a verdict needs bounds that never fall short.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = wilson(3, 100)
    >>> round(low, 6), round(high, 6)
    (0.012052, 0.07271)
    """
    if n == 0:
        return Bounds(0.0, 1.0)
    z = float(stats.norm.isf(alpha))
    share, spread = found / n, z * z / n
    center = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return Bounds(max(0.0, center - half), min(1.0, center + half))


def newcombe(found_a: float, n_a: float, found_b: float, n_b: float, alpha: float = 0.05) -> Bounds:
    """Return bounds of the difference a - b of two independent shares, in [-1, 1].

    References
    ----------
    Newcombe 1998, method 10, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> low, high = newcombe(56, 70, 48, 80, alpha=0.025)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    share_a, share_b = (x / n if n else 0.5 for x, n in ((found_a, n_a), (found_b, n_b)))
    a, b = wilson(found_a, n_a, alpha), wilson(found_b, n_b, alpha)
    low = math.hypot(share_a - a.low, b.high - share_b)
    high = math.hypot(a.high - share_a, share_b - b.low)
    difference = share_a - share_b
    return Bounds(max(-1.0, difference - low), min(1.0, difference + high))
