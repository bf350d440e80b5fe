"""How far two rates of events over time differ, exactly, and whether they are Poisson at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import stats

from fitcheck.stats.intervals import clopper_pearson


class Events(NamedTuple):
    """Events that were counted over a time."""

    n: float
    """How many, 0 or more."""
    time: float
    """Over how long, above 0, in any unit."""


class RateRatio(NamedTuple):
    """The ratio of two rates of events, with two one-sided bounds."""

    value: float
    """nan where there are no events at all, inf where there are none before."""
    low: float
    high: float


def rate_ratio(after: Events, before: Events, alpha: float = 0.05) -> RateRatio:
    """Return how many times as frequent events are after as before, each bound at 1 - alpha.

    Given how many events there are in all, how many of them are after is binomial; the bounds are
    those of Clopper and Pearson for that share, so they hold whatever the counts, zeros included,
    if events come one by one and independently of each other.

    References
    ----------
    Przyborowski & Wilenski 1940, doi:10.1093/biomet/31.3-4.313

    Examples
    --------
    >>> ratio = rate_ratio(Events(120, 6), Events(160, 12))
    >>> [round(part, 4) for part in ratio]
    [1.5, 1.22, 1.8417]
    """
    bounds = clopper_pearson(after.n, after.n + before.n, alpha)
    scale = before.time / after.time
    value = math.nan if after.n == before.n == 0 else _odds(after.n, before.n) * scale
    low, high = (_odds(share, 1 - share) * scale for share in bounds)
    return RateRatio(value, low, high)


def _odds(part: float, rest: float) -> float:
    return part / rest if rest > 0 else math.inf


def dispersion_p(periods: Sequence[Sequence[Events]]) -> float:
    """Return how likely counts vary as much as these or more if events come independently.

    Each period has a rate of its own; within it, counts are compared with what their times let
    expect. 1 where no period has two counts or any event.

    References
    ----------
    Fisher 1950, The significance of deviations from expectation in a Poisson series

    Examples
    --------
    >>> calm = [Events(n, 1) for n in (20, 24, 18, 22)]
    >>> bursts = [Events(n, 1) for n in (2, 60, 0, 22)]
    >>> round(dispersion_p([calm]), 2), dispersion_p([calm, bursts]) < 1e-9
    (0.81, True)
    """
    found, freedom = 0.0, 0
    for counts in periods:
        rate = sum(c.n for c in counts) / sum(c.time for c in counts) if counts else 0.0
        if rate > 0:
            found += sum((c.n - rate * c.time) ** 2 / (rate * c.time) for c in counts)
            freedom += len(counts) - 1
    return float(stats.chi2.sf(found, freedom)) if freedom else 1.0
