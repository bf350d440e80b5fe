"""Rates of one persona over cohorts: control limits, a moving average, and a test for a trend.

Where the rate that the cohorts should have is not known, it is not taken from a few of them as if
it were. What is known is how many were not_fit in all: if nothing changes they lie among the
cohorts as if dealt out by lot, and limits and p-values come from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from fitcheck.stats.melded import Melded
from fitcheck.stats.strata import Denominator, Strata

FALSE_ALARM = 0.0027
"""Probability that a cohort is outside its limits though nothing changed, both sides together."""
EWMA_WEIGHT = 0.2
"""How much the newest cohort counts in the moving average."""
N_DEALS = 20_000
MIN_FOR_TREND = 3
"""Fewest cohorts for a trend."""


class Counts(NamedTuple):
    """How many of how many are not_fit in a cohort."""

    not_fit: int
    n: int


class Limits(NamedTuple):
    """Between what a value lies while nothing changes."""

    low: float
    high: float

    def side(self, value: float) -> int:
        """Return -1 under the limits, 1 above them, 0 between."""
        return int(value > self.high + 1e-12) - int(value < self.low - 1e-12)


class Point(NamedTuple):
    """A cohort in the chart."""

    counts: Counts
    rate: float
    """In [0, 1]; nan where nobody counts."""
    center: float
    """The pooled rate of the earlier cohorts, or the one given; nan for the first."""
    limits: Limits | None
    """Of the rate; None where there is nothing to compare with."""
    average: float
    """The exponentially weighted moving average."""
    average_limits: Limits | None

    @property
    def signal(self) -> int:
        """1 where the rate or its moving average is too high for chance, -1 too low, else 0."""
        alone = self.limits.side(self.rate) if self.limits else 0
        return alone or (self.average_limits.side(self.average) if self.average_limits else 0)


def effective_counts(strata: Strata, denominator: Denominator, seed: int = 0) -> Counts:
    """Return the counts of a simple random sample that says as much of the rate as these labels do.

    Where everybody is labelled or predicted alike these are the labels themselves. A stratified
    sample is none: respondents predicted not_fit are drawn more often. Its post-stratified rate r
    counts as that of n_eff respondents, with n_eff = mu (1 - mu) / var - 2 from mean and variance
    of the draws for its upper bound. For a simple sample that is n exactly, and unlike
    r (1 - r) / var it is not 0 where none is found. Unclear ones are left out.

    Examples
    --------
    >>> from fitcheck.stats.strata import Stratum
    >>> effective_counts(Strata(Stratum(0), Stratum(90, not_fit=3, fit=70, no_signal=10)), "signal")
    Counts(not_fit=3, n=73)
    >>> sample = Strata(Stratum(40, not_fit=18, fit=12), Stratum(960, not_fit=1, fit=119))
    >>> sample.labelled < effective_counts(sample, "all").n < sample.size
    True
    """
    parts = (strata.flagged, strata.others)
    clear = Strata(*(type(p)(p.size - p.unclear, p.not_fit, p.fit, p.no_signal) for p in parts))
    if strata.plain:
        return Counts(*clear.found("high", denominator))
    rate = strata.estimate(denominator)
    if not np.isfinite(rate):
        return Counts(0, 0)
    draws = Melded(clear, seed).draws("high", "process", denominator)
    mean, variance = draws.mean(), draws.var()
    n = max(0, int(mean * (1 - mean) / variance - 2))
    return Counts(round(rate * n), n)


def control_chart(
    cohorts: Sequence[Counts], center: float | None = None, seed: int = 0
) -> list[Point]:
    """Return each cohort with its limits, in the order of time.

    With `center` the limits are those of exact binomials around it. Without, a cohort is compared
    with all earlier ones: its count has a hypergeometric distribution given how many were not_fit
    in both together. Limits of a binomial around the earlier cohorts' pooled rate would take that
    rate as known: with 60 respondents each at 5 %, the second cohort was then outside in 6.0 % of
    the cases instead of 0.27 % (summed exactly).

    Parameters
    ----------
    cohorts : sequence of Counts
        In the order of time.
    center : float, optional
        The rate that the cohorts should have, in (0, 1).
    seed : int
        For the limits of the moving average, which are simulated.

    References
    ----------
    Quesenberry 1991, SPC Q charts for a binomial parameter p, doi:10.1080/00224065.1991.11979328
    Roberts 1959, Control chart tests based on geometric moving averages

    Examples
    --------
    >>> chart = control_chart([Counts(3, 100), Counts(2, 100), Counts(4, 100), Counts(19, 100)])
    >>> [point.signal for point in chart]
    [0, 0, 0, 1]
    >>> chart[3].center, chart[3].limits
    (0.03, Limits(low=0.0, high=0.11))
    """
    points: list[Point] = []
    average: float = float("nan") if center is None else center
    known: list[Counts] = []
    for counts in cohorts:
        if counts.n == 0:
            points.append(Point(counts, float("nan"), float("nan"), None, average, None))
            continue
        earlier = Counts(sum(c.not_fit for c in known), sum(c.n for c in known))
        known.append(counts)
        rate = counts.not_fit / counts.n
        average = rate if np.isnan(average) else float(_moved(average, rate))
        if center is None and earlier.n == 0:
            points.append(Point(counts, rate, float("nan"), None, average, None))
            continue
        limits = (
            _limits_against(earlier, counts.n) if center is None else _limits_at(center, counts.n)
        )
        middle = earlier.not_fit / earlier.n if center is None else center
        own = _average_limits(known, center, np.random.default_rng([seed, len(known)]))
        points.append(Point(counts, rate, middle, limits, average, own))
    return points


def _limits_at(center: float, n: int) -> Limits:
    tail = FALSE_ALARM / 2
    low, high = (float(end(tail, n, center)) for end in (stats.binom.ppf, stats.binom.isf))
    return Limits(low / n, high / n)


def _limits_against(earlier: Counts, n: int) -> Limits:
    """Return between what the rate of n more lies, whatever the rate of both is."""
    possible = np.arange(n + 1)
    given = (earlier.n + n, earlier.not_fit + possible, n)
    inside = (stats.hypergeom.cdf(possible, *given) > FALSE_ALARM / 2) & (
        stats.hypergeom.sf(possible - 1, *given) > FALSE_ALARM / 2
    )
    kept = possible[inside]
    return Limits(float(kept[0] / n), float(kept[-1] / n))


def _average_limits(
    known: Sequence[Counts], center: float | None, random: np.random.Generator
) -> Limits:
    n = np.array([counts.n for counts in known])
    if center is None:
        rates = _dealt(known, random) / n
        averages, rest = rates[:, 0], rates[:, 1:]
    else:
        rest = random.binomial(n, center, (N_DEALS, n.size)) / n
        averages = np.full(N_DEALS, center)
    for rates_of_cohort in rest.T:
        averages = _moved(averages, rates_of_cohort)
    low = np.quantile(averages, FALSE_ALARM / 2, method="lower")
    high = np.quantile(averages, 1 - FALSE_ALARM / 2, method="higher")
    return Limits(float(low), float(high))


def _moved(average: np.ndarray | float, rate: np.ndarray | float) -> np.ndarray | float:
    return EWMA_WEIGHT * rate + (1 - EWMA_WEIGHT) * average


def _dealt(cohorts: Sequence[Counts], random: np.random.Generator) -> np.ndarray:
    """Return how many not_fit each cohort gets if all are dealt out by lot, (N_DEALS, n)."""
    sizes = [counts.n for counts in cohorts]
    total = sum(counts.not_fit for counts in cohorts)
    return random.multivariate_hypergeometric(sizes, total, N_DEALS, method="marginals")


class Trend(NamedTuple):
    """Whether rates rise or fall from cohort to cohort."""

    direction: int
    """1 if they rise, -1 if they fall, 0 if neither."""
    p_value: float
    """Of a trend as clear by chance, in either direction."""


def trend_test(cohorts: Sequence[Counts], seed: int = 0) -> Trend | None:
    """Return the Cochran-Armitage test with scores 1, 2, 3, … in the order of time.

    The p-value comes from dealing out the respondents that are not_fit among the cohorts by lot, so
    it holds for small counts too. None where there are too few cohorts.

    References
    ----------
    Armitage 1955, Tests for linear trends in proportions and frequencies, doi:10.2307/3001775
    Phipson & Smyth 2010, Permutation P-values should never be zero, doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> trend = trend_test([Counts(12, 100), Counts(8, 100), Counts(5, 100), Counts(2, 100)])
    >>> trend.direction, round(trend.p_value, 2)
    (-1, 0.0)
    """
    scores = np.array([i for i, counts in enumerate(cohorts) if counts.n], float)
    known = [counts for counts in cohorts if counts.n]
    if len(known) < MIN_FOR_TREND:
        return None
    n = np.array([counts.n for counts in known])
    not_fit = np.array([counts.not_fit for counts in known])
    # Given the total, this is the whole of the statistic: its mean and variance are fixed.
    centered = scores - (n @ scores) / n.sum()
    statistic = float(not_fit @ centered)
    dealt = _dealt(known, np.random.default_rng([seed, 0])) @ centered
    at_least = [(np.count_nonzero(sign * (dealt - statistic) >= -1e-9) + 1) for sign in (1, -1)]
    p_value = float(min(1.0, 2 * min(at_least) / (N_DEALS + 1)))
    return Trend(int(np.sign(round(statistic, 9))), p_value)
