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
from scipy import optimize, stats

from fitcheck.stats.strata import Denominator, Side, Strata, Target

_LEFT_OUT = 0.002
"""Probability of spreads that are not looked at."""
_MAIN = 0.8
"""Part of the error that goes to the count of not_fit, where that of fit is unknown as well."""
_TAIL = 1e-4
_STEPS = 200
"""Most totals that the bound of a process looks at."""


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
    possible = np.arange(max(0, total - n0 + (m0 - x0)), min(n1 - (m1 - x1), total) + 1)
    possible = possible[(possible >= x1) & (total - possible >= x0)]
    if not possible.size:
        return 0.0
    left_out = 0.0
    if m1 < n1:
        low, high = _likely(n1, m1, x1)
        possible = possible[(possible >= low) & (possible <= high)]
        left_out = _LEFT_OUT
    if not possible.size:
        return left_out
    weights = (n1 / m1 if m1 else 0.0, n0 / m0 if m0 else 0.0)
    observed = weights[0] * x1 + weights[1] * x0
    counts = np.arange(m1 + 1)
    # Of the second stratum, the most that keep the estimate at or under what was found.
    most = (
        np.floor((observed - weights[0] * counts) / weights[1] + 1e-9)
        if m0
        else (np.where(weights[0] * counts <= observed + 1e-9, 0, -1))
    )
    first = (
        stats.hypergeom.pmf(counts[None, :], n1, possible[:, None], m1) if n1 else np.ones((1, 1))
    )
    second = (
        stats.hypergeom.cdf(most[None, :], n0, (total - possible)[:, None], m0)
        if n0
        else (most >= 0)[None, :]
    )
    return min(1.0, float((first * second).sum(axis=1).max()) + left_out)


def _likely(n: int, m: int, x: int) -> tuple[int, int]:
    """Return the count of a stratum, with bounds that err with `_LEFT_OUT` at most."""
    totals = np.arange(x, n - (m - x) + 1)
    few = stats.hypergeom.cdf(x, n, totals, m) > _LEFT_OUT / 2
    many = stats.hypergeom.sf(x - 1, n, totals, m) > _LEFT_OUT / 2
    inside = totals[few & many]
    return int(inside[0]), int(inside[-1])


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
        strata = self.strata.at_worst() if high else self.strata.at_best()
        if denominator == "all":
            return _share_bound(_counts(strata, "not_fit"), target, alpha, high=high)
        not_fit = _share_bound(_counts(strata, "not_fit"), target, _MAIN * alpha, high=high)
        rest = (1 - _MAIN) * alpha
        fit = _share_bound(_counts(strata, "fit"), target, rest, high=not high)
        unknown = 1.0 if high else 0.0
        return not_fit / (not_fit + fit) if not_fit + fit > 0 else unknown

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        """Return the smallest alpha at which the bound on that side is beyond `limit`."""

        def missed(log_alpha: float) -> bool:
            bound = self.bound(side, target, denominator, math.exp(log_alpha))
            return bound >= limit if side == "high" else bound < limit

        low, high = math.log(1e-6), 0.0
        if missed(math.log(0.999)):
            return 1.0
        while high - low > 1e-3:
            middle = (low + high) / 2
            low, high = (middle, high) if missed(middle) else (low, middle)
        return math.exp(high)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Sizes, labels and finds of two strata, for one label."""

    sizes: tuple[int, int]
    drawn: tuple[int, int]
    found: tuple[int, int]

    @property
    def opposite(self) -> _Counts:
        """The counts of everything else."""
        found = tuple(m - x for m, x in zip(self.drawn, self.found, strict=True))
        return _Counts(self.sizes, self.drawn, (found[0], found[1]))


def _counts(strata: Strata, label: Literal["not_fit", "fit"]) -> _Counts:
    parts = (strata.flagged, strata.others)
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
    if not high:
        return 1 - _share_bound(counts.opposite, target, alpha, high=True)
    n = sum(counts.sizes)
    if target == "received":
        return _largest_total(counts, alpha) / n if n else 1.0
    return _process_bound(counts, n, alpha) if n else 1.0


def _largest_total(counts: _Counts, alpha: float) -> int:
    """Return the largest total that is not refused; the p-value falls with the total."""
    known = sum(counts.found)
    most = known + sum(counts.sizes) - sum(counts.drawn)
    below, above = known, most + 1
    while above - below > 1:
        middle = (below + above) // 2
        if p_value_of_total(counts.sizes, counts.drawn, counts.found, middle) > alpha:
            below = middle
        else:
            above = middle
    return below


def _process_bound(counts: _Counts, n: int, alpha: float) -> float:
    """Return the bound of the rate that such totals come from.

    A total is at least T with the confidence of its p-value, and the rate behind a total T has the
    upper confidence distribution Beta(T + 1, n - T).
    """
    first = _largest_total(counts, 1 - _TAIL)
    last = _largest_total(counts, _TAIL)
    step = max(1, (last - first) // _STEPS)
    totals = np.unique(np.append(np.arange(first, last + 1, step), last))
    at_least = [
        p_value_of_total(counts.sizes, counts.drawn, counts.found, int(total) + 1)
        for total in totals[:-1]
    ]
    # Between two totals that were looked at, all weight goes to the higher one.
    weights = -np.diff([1.0, *at_least, 0.0])

    def excess(rate: float) -> float:
        return float(weights @ stats.beta.sf(rate, totals + 1, n - totals)) - alpha

    return 1.0 if last >= n and weights[-1] >= alpha else float(optimize.brentq(excess, 0.0, 1.0))
