"""Exact bounds of a rate from stratified labels: no model, no simulation, only the drawing by lot.

The number of not_fit among all respondents is tested total by total. A total is refused if, however
it is spread over the strata, labels such as those found would be too rare. How it is spread is
unknown; only spreads that the flagged stratum's labels make likely are looked at, and what they
leave out is added to the error (Berger & Boos).

References
----------
Wendell & Schmee 1996, Exact inference for proportions from a stratified finite population,
doi:10.1080/01621459.1996.10476950
Berger & Boos 1994, P values maximized over a confidence set for the nuisance parameter,
doi:10.1080/01621459.1994.10476836
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import optimize, special, stats

from fitcheck.stats.strata import Denominator, Side, Strata, Target

_LEFT_OUT = 0.002
"""Probability of spreads that are not looked at."""
_MAIN = 0.8
"""Part of the error that goes to the count of not_fit, where that of fit is unknown as well."""
_TAIL = 1e-4
"""Probability of totals that the bound of a process does not look at one by one."""
_STEPS = 200
"""Totals that the bound of a process looks at, about."""


def probability_of_few(
    sizes: Sequence[int], drawn: Sequence[int], found: Sequence[int], spread: Sequence[int]
) -> float:
    """Return how probable an estimate at most as high as the one found is.

    Parameters
    ----------
    sizes, drawn, found : sequence of int, length n_strata
        Respondents, those labelled, and those found to be not_fit.
    spread : sequence of int, length n_strata
        How many are not_fit in each stratum, in truth.

    Examples
    --------
    >>> round(probability_of_few((500, 300, 200), (75, 50, 25), (2, 1, 0), (28, 21, 1)), 8)
    0.02767569
    """
    weights = [n / m for n, m in zip(sizes, drawn, strict=True)]
    observed = sum(w * x for w, x in zip(weights, found, strict=True))
    totals, chances = np.zeros(1), np.ones(1)
    for n, m, t, weight in zip(sizes, drawn, spread, weights, strict=True):
        counts = np.arange(max(0, m + t - n), min(m, t) + 1)
        pmf = stats.hypergeom.pmf(counts, n, t, m)
        totals = (totals[:, None] + weight * counts).ravel()
        chances = (chances[:, None] * pmf).ravel()
    return float(chances[totals <= observed * (1 + 1e-12) + 1e-9].sum())


@lru_cache(maxsize=4096)
def p_value_of_total(
    sizes: tuple[int, int], drawn: tuple[int, int], found: tuple[int, int], total: int
) -> float:
    """Return the p-value of the hypothesis that `total` or more respondents are not_fit.

    The first stratum is the one whose unknown count is bounded first.
    """
    (n1, n0), (m1, m0), (x1, x0) = sizes, drawn, found
    if total <= x1 + x0:
        return 1.0
    if total > x1 + x0 + (n1 - m1) + (n0 - m0):
        return 0.0
    low, high = _likely(n1, m1, x1)
    # Totals below the first likely one are no less probable than it: "or more" includes it.
    total = max(total, low + x0)
    # Of the first stratum, the counts that leave possible ones to the second.
    possible = np.arange(
        max(low, total - (n0 - (m0 - x0))), min(high, n1 - (m1 - x1), total - x0) + 1
    )
    left_out = _left_out(sizes, drawn)
    if not possible.size:
        return left_out
    weights = (n1 / m1 if m1 else 0.0, n0 / m0 if m0 else 0.0)
    slack = weights[0] * (x1 - np.arange(m1 + 1))
    # Of the second stratum, the most that keep the estimate at or under what was found.
    if m0:
        most = np.floor(x0 + slack / weights[1] + 1e-9).astype(np.int64)
    else:
        most = np.where(slack >= -1e-9, 0, -1)
    few_enough = np.cumsum(_chances(n0, m0, total - possible), axis=1)
    at_most = np.where(most >= 0, few_enough[:, np.clip(most, 0, m0)], 0.0)
    chances = (_chances(n1, m1, possible) * at_most).sum(axis=1)
    return min(1.0, float(chances.max()) + left_out)


def _left_out(sizes: tuple[int, int], drawn: tuple[int, int]) -> float:
    """Return the probability of spreads that are not looked at."""
    return _LEFT_OUT if drawn[0] < sizes[0] else 0.0


@lru_cache(maxsize=256)
def _likely(n: int, m: int, x: int) -> tuple[int, int]:
    """Return the count of a stratum, with bounds that err with `_LEFT_OUT` at most."""
    if m == n:
        return x, x
    totals = np.arange(x, n - (m - x) + 1)
    few = stats.hypergeom.cdf(x, n, totals, m) > _LEFT_OUT / 2
    many = stats.hypergeom.sf(x - 1, n, totals, m) > _LEFT_OUT / 2
    inside = totals[few & many]
    return int(inside[0]), int(inside[-1])


def _chances(n: int, m: int, totals: np.ndarray) -> np.ndarray:
    """Return the chances to draw 0 to m not_fit, shape (n_totals, m + 1): hypergeometric.

    Many times faster than SciPy's, which does without a table of factorials.
    """
    log_factorial = _log_factorials(n)
    hits, totals = np.arange(m + 1), totals[:, None]
    others, rest = m - hits, n - totals
    possible = (hits <= totals) & (others <= rest)
    left, left_rest = np.where(possible, totals - hits, 0), np.where(possible, rest - others, 0)
    log = (
        (log_factorial[totals] + log_factorial[rest])
        + (log_factorial[m] + log_factorial[n - m] - log_factorial[n])
        - (log_factorial[hits] + log_factorial[others])
        - (log_factorial[left] + log_factorial[left_rest])
    )
    return np.asarray(np.exp(np.where(possible, log, -np.inf)))


@lru_cache(maxsize=8)
def _log_factorials(n: int) -> np.ndarray:
    return np.asarray(special.gammaln(np.arange(n + 1) + 1.0))


class Exact:
    """Exact bounds for one persona's counts.

    For ``received`` the level is proven by the drawing alone. For ``process`` the total is melded
    with the Beta distribution of such totals. Where only respondents with a signal count, the
    counts of not_fit and of fit are bounded apart, and the error is shared between them.

    Parameters
    ----------
    strata : Strata
        Counts; every stratum's labels must be a random sample of it.

    Examples
    --------
    >>> from fitcheck.stats.strata import Strata, Stratum
    >>> exact = Exact(Strata(Stratum(20, not_fit=9, fit=11), Stratum(280, fit=80)))
    >>> round(exact.bound("high", "received", "all", 0.05), 4)
    0.0567
    >>> round(exact.bound("high", "process", "all", 0.05), 5)
    0.06905
    """

    name = "exact"

    def __init__(self, strata: Strata) -> None:
        self.strata = strata

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:
        """Return the one-sided bound of the rate at level 1 - alpha, in [0, 1]."""
        high = side == "high"
        strata = self.strata.counted(side)
        if denominator == "all":
            return _share_bound(_counts(strata, "not_fit"), target, alpha, high=high)
        not_fit = _share_bound(_counts(strata, "not_fit"), target, _MAIN * alpha, high=high)
        rest = (1 - _MAIN) * alpha
        fit = _share_bound(_counts(strata, "fit"), target, rest, high=not high)
        unknown = 1.0 if high else 0.0
        return not_fit / (not_fit + fit) if not_fit + fit > 0 else unknown

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        """Return the smallest alpha at which the bound on that side is beyond `limit`."""
        high = side == "high"
        if denominator == "all":
            strata = self.strata.counted(side)
            return _share_p_value(_counts(strata, "not_fit"), target, limit, high=high)

        def missed(log_alpha: float) -> bool:
            bound = self.bound(side, target, denominator, math.exp(log_alpha))
            return bound >= limit if high else bound < limit

        proven, open_ = 0.0, math.log(1e-6)
        if missed(math.log(0.999)):
            return 1.0
        while proven - open_ > 1e-9:
            middle = (open_ + proven) / 2
            open_, proven = (middle, proven) if missed(middle) else (open_, middle)
        return math.exp(proven)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Sizes, labels and finds of two strata, for one label."""

    sizes: tuple[int, int]
    drawn: tuple[int, int]
    found: tuple[int, int]

    @property
    def most(self) -> int:
        """The highest total that the finds leave possible."""
        return sum(self.found) + sum(self.sizes) - sum(self.drawn)

    @property
    def opposite(self) -> _Counts:
        """The counts of everything else."""
        found = tuple(m - x for m, x in zip(self.drawn, self.found, strict=True))
        return _Counts(self.sizes, self.drawn, (found[0], found[1]))


def _counts(strata: Strata, label: Literal["not_fit", "fit"]) -> _Counts:
    parts = (strata.flagged, strata.others)
    if strata.others.size == 0:
        parts = parts[::-1]  # of a single stratum no spread is unknown
    sizes, drawn, found = (
        tuple(int(value) for value in values)
        for values in (
            (s.size for s in parts),
            (s.labelled for s in parts),
            (getattr(s, label) for s in parts),
        )
    )
    return _Counts((sizes[0], sizes[1]), (drawn[0], drawn[1]), (found[0], found[1]))


def _share_bound(counts: _Counts, target: Target, alpha: float, *, high: bool) -> float:
    n = sum(counts.sizes)
    if n == 0:
        return 1.0 if high else 0.0
    if target == "received":
        total = _largest_total(counts if high else counts.opposite, alpha)
        return (total if high else n - total) / n
    if high:
        return _process_bound(counts, alpha)
    return 1 - _process_bound(counts.opposite, alpha)


def _share_p_value(counts: _Counts, target: Target, limit: float, *, high: bool) -> float:
    """Return the smallest alpha at which the bound is under the limit, or no lower than it."""
    n = sum(counts.sizes)
    if n == 0:
        return 1.0
    if target == "process":
        return _above(counts, limit) if high else _above(counts.opposite, 1 - limit)
    at_limit = math.ceil(limit * n - 1e-9)
    counts, total = (counts, at_limit) if high else (counts.opposite, n - at_limit + 1)
    return p_value_of_total(counts.sizes, counts.drawn, counts.found, total)


def _largest_total(counts: _Counts, alpha: float) -> int:
    """Return the largest total that is not refused; the p-value falls with the total."""
    below, above = sum(counts.found), counts.most + 1
    while above - below > 1:
        middle = (below + above) // 2
        if p_value_of_total(counts.sizes, counts.drawn, counts.found, middle) > alpha:
            below = middle
        else:
            above = middle
    return below


def _process_bound(counts: _Counts, alpha: float) -> float:
    """Return the bound of the rate that such totals come from."""
    if _above(counts, 1 - 1e-12) > alpha:
        return 1.0
    return float(optimize.brentq(lambda rate: _above(counts, rate) - alpha, 0.0, 1.0, xtol=1e-12))


def _above(counts: _Counts, rate: float) -> float:
    """Return the confidence that the rate behind the counts is above `rate`.

    The rate behind a total T has the upper confidence distribution Beta(T + 1, n - T).
    """
    if rate >= 1:
        return 0.0
    n = sum(counts.sizes)
    totals, weights = _confidence(counts)
    others = n - totals
    above = special.betaincc(totals + 1, np.where(others > 0, others, 1), rate)
    return float(weights @ np.where(others > 0, above, 1.0))


@lru_cache(maxsize=64)
def _confidence(counts: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return totals with their weights: a total is at least T with the confidence of its p-value.

    Between two totals that are looked at, all weight goes to the higher one; what is not looked at
    goes to the highest possible total.
    """
    tail = _left_out(counts.sizes, counts.drawn) + _TAIL
    first, last = _largest_total(counts, 1 - _TAIL), _largest_total(counts, tail)
    step = max(1, (last - first) // _STEPS)
    totals = np.unique([*range(first, last + 1, step), last, counts.most])
    at_least = [
        p_value_of_total(counts.sizes, counts.drawn, counts.found, int(total) + 1)
        for total in totals[:-1]
    ]
    return totals, -np.diff([1.0, *at_least, 0.0])
