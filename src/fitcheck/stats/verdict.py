"""The rate of one persona with its bounds, and whether it is proven to be under the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from scipy import stats

from fitcheck.stats.exact import Exact
from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.melded import Melded
from fitcheck.stats.strata import (
    DENOMINATORS,
    SIDES,
    TARGETS,
    Denominator,
    Side,
    Strata,
    Target,
)

Method = Literal["smb", "exact"]
METHODS: tuple[Method, ...] = ("smb", "exact")
Verdict = Literal["met", "not_met", "undecided"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its one-sided bounds."""

    rate: float
    """Post-stratified estimate in [0, 1]; nan where a stratum has no label."""
    low: float
    high: float
    p_met: float
    """Smallest error probability at which the rate is proven to be under the limit."""
    p_not_met: float
    """Smallest error probability at which it is proven not to be."""
    method: str
    """How the bounds were made: smb, exact, clopper-pearson, or counted."""

    def verdict(self, alpha: float) -> Verdict:
        """Return what is proven with error probability `alpha`."""
        if self.p_met <= alpha:
            return "met"
        return "not_met" if self.p_not_met <= alpha else "undecided"


class Bounding(Protocol):
    """Makes bounds of one persona's rates."""

    name: str

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:
        """Return the one-sided bound at level 1 - alpha, in [0, 1]."""
        ...

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        """Return the smallest alpha at which the bound is beyond the limit."""
        ...


def rates_of(
    strata: Strata,
    *,
    limit: float = 0.05,
    alpha: float = 0.05,
    method: Method = "smb",
    seed: int = 0,
) -> dict[tuple[Target, Denominator], Rate]:
    """Return all four rates of a persona, by target and denominator.

    Where everybody is labelled, or everybody is predicted alike, predictions have nothing to add
    and the bounds are Clopper and Pearson's; of respondents who are all known, the rate is counted.

    Parameters
    ----------
    strata : Strata
        Counts; every stratum's labels must be a random sample of it.
    limit : float
        The rate that must not be reached, in (0, 1).
    alpha : float
        Error probability of each bound.
    method : {"smb", "exact"}
        To be fixed before labels are read.
    seed : int
        For ``smb``.

    Examples
    --------
    >>> from fitcheck.stats.strata import Stratum
    >>> strata = Strata(Stratum(0), Stratum(100, not_fit=2, fit=98))
    >>> rate = rates_of(strata)["process", "all"]
    >>> rate.method, round(rate.low, 5), round(rate.high, 5)
    ('clopper-pearson', 0.00357, 0.06162)
    """
    bounding: Bounding = Exact(strata) if method == "exact" else Melded(strata, seed)
    found = {}
    for target in TARGETS:
        for denominator in DENOMINATORS:
            chosen = without_predictions(strata, target, denominator) or bounding
            low, high = (chosen.bound(side, target, denominator, alpha) for side in SIDES)
            found[target, denominator] = Rate(
                strata.estimate(denominator),
                low,
                high,
                chosen.p_value("high", target, denominator, limit),
                chosen.p_value("low", target, denominator, limit),
                chosen.name,
            )
    return found


def without_predictions(
    strata: Strata, target: Target, denominator: Denominator
) -> Bounding | None:
    """Return the bounding for counts to which predictions add nothing; None for others."""
    if not strata.plain:
        return None
    if target == "process":
        return _ClopperPearson(strata)
    if strata.complete:
        return _Counted(strata)
    return Exact(strata) if denominator == "all" else None


class _ClopperPearson:
    """Bounds from the labels alone."""

    name = "clopper-pearson"

    def __init__(self, strata: Strata) -> None:
        self.strata = strata

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:  # noqa: ARG002
        found, n = self.strata.found(side, denominator)
        bounds = clopper_pearson(found, n, alpha)
        return bounds.high if side == "high" else bounds.low

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:  # noqa: ARG002
        found, n = self.strata.found(side, denominator)
        if side == "high":
            return float(stats.binom.cdf(found, n, limit))
        return float(stats.binom.sf(found - 1, n, limit))


class _Counted:
    """No bounds needed: everybody is known but for those passed over."""

    name = "counted"

    def __init__(self, strata: Strata) -> None:
        self.strata = strata

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:  # noqa: ARG002
        found, n = self.strata.found(side, denominator)
        if n == 0:
            return 1.0 if side == "high" else 0.0
        return found / n

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        bound = self.bound(side, target, denominator, 0.0)
        return float(bound >= limit if side == "high" else bound < limit)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for picking out some of several claims, in the same order.

    References
    ----------
    Holm 1979, A simple sequentially rejective multiple test procedure

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    most = 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = most
    return adjusted
