"""How far two groups' rates differ, with bounds, and whether one is proven to be lower.

Everything is written for the upper bound of a - b; the lower one is that of b - a, turned round.
The groups must be different people: labels of both are taken as independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

import numpy as np

from fitcheck.records import Label
from fitcheck.stats.exact import Exact
from fitcheck.stats.intervals import Bounds, clopper_pearson, newcombe
from fitcheck.stats.melded import N_DRAWS, Melded
from fitcheck.stats.sequential import rates_in_order
from fitcheck.stats.strata import (
    DENOMINATORS,
    SIDES,
    TARGETS,
    Denominator,
    Side,
    Strata,
    Stratum,
    Target,
)

Change = Literal["fallen", "risen", "not_shown"]
_ALIKE = 1.5
"""How many times larger one group may be for Newcombe's bounds, which then err with .065 at most
where they say .05; with 300 against 60 at 1 %, they err with .077 (binomials summed exactly)."""


@dataclass(frozen=True)
class Group:
    """One group's labels, and how its sample is judged."""

    strata: Strata
    method: Literal["smb", "exact", "sequential"] = "smb"
    seed: int = 0
    in_order: tuple[Label | None, ...] = ()
    """Of a ``sequential`` sample: the labels in the order of drawing."""
    n_draws: int = N_DRAWS
    """For melded bounds."""

    @cached_property
    def melded(self) -> dict[Side, Melded]:
        """The sources of draws for bounds on each side.

        A difference takes one side's draws from each group: those of different sides are
        independent, so that two groups with the same seed are.
        """
        return {
            side: Melded(self.strata, self.seed, self.n_draws, stream)
            for stream, side in enumerate(SIDES)
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference a - b of two rates with its one-sided bounds, in [-1, 1]."""

    value: float
    """Of the post-stratified estimates; nan where one is not known."""
    low: float
    high: float
    p_fallen: float
    """Smallest error probability at which a is proven to be lower than b; 1 where none in reach."""
    p_risen: float
    """The same for higher."""
    method: str
    """How the bounds were made: newcombe, melded, counted, or apart."""

    def verdict(self, alpha: float) -> Change:
        """Return what is proven with error probability `alpha`."""
        if self.p_fallen <= alpha:
            return "fallen"
        return "risen" if self.p_risen <= alpha else "not_shown"


def differences_of(
    a: Group, b: Group, alpha: float = 0.05
) -> dict[tuple[Target, Denominator], Difference]:
    """Return the differences a - b of all rates that both have, by target and denominator.

    Where everybody of both groups is labelled, the rates to expect differ by Newcombe's bounds if
    the groups are about as large, and rates among exactly these respondents are counted. Else the
    bounds are ``melded``: quantiles of the difference of draws, those for the upper bound of a and
    for the lower bound of b. Where one sample has exact or sequential
    bounds they stand ``apart``: the upper bound of a minus the lower bound of b, each at half of
    the error, so that both hold together.

    Parameters
    ----------
    a, b : Group
        Labels of different people.
    alpha : float
        Error probability of each bound.

    References
    ----------
    Fay, Proschan & Brittain 2015, doi:10.1111/biom.12231

    Examples
    --------
    >>> from fitcheck.stats.strata import Stratum
    >>> now = Group(Strata(Stratum(0), Stratum(100, not_fit=2, fit=98)))
    >>> before = Group(Strata(Stratum(0), Stratum(100, not_fit=12, fit=88)))
    >>> difference = differences_of(now, before)["process", "signal"]
    >>> round(difference.value, 2), round(difference.low, 3), round(difference.high, 3)
    (-0.1, -0.165, -0.042)
    >>> difference.verdict(0.05)
    'fallen'
    """
    found = {}
    for target in TARGETS:
        for denominator in DENOMINATORS:
            if target == "received" and denominator == "signal" and _sequential(a, b):
                continue
            below = _upper(a, b, target, denominator)
            above = _upper(b, a, target, denominator)
            found[target, denominator] = Difference(
                a.strata.estimate(denominator) - b.strata.estimate(denominator),
                0.0 - above.bound(alpha),
                below.bound(alpha),
                below.p_value(),
                above.p_value(),
                below.name,
            )
    return found


class CountedDifference(NamedTuple):
    """Bounds of the difference of two shares that were counted, in [-1, 1]."""

    newcombe: Bounds
    melded: Bounds | None = None
    """Where the groups are too unlike in size for Newcombe's: bounds that do not fall short."""

    @property
    def cautious(self) -> Bounds:
        """The wider ones, by which to judge."""
        melded = self.melded or self.newcombe
        return Bounds(min(self.newcombe.low, melded.low), max(self.newcombe.high, melded.high))


def counted_difference(
    found_a: float, n_a: float, found_b: float, n_b: float, alpha: float = 0.05
) -> CountedDifference:
    """Return bounds of the difference a - b of the shares of two groups that are wholly known.

    Examples
    --------
    >>> counted_difference(84, 412, 61, 530).melded is None
    True
    >>> unlike = counted_difference(30, 1000, 1, 50)
    >>> [round(bound, 3) for bound in unlike.newcombe], round(unlike.cautious.low, 2)
    ([-0.055, 0.029], -0.06)
    """
    bounds = newcombe(found_a, n_a, found_b, n_b, alpha)
    if max(n_a, n_b) <= _ALIKE * min(n_a, n_b):
        return CountedDifference(bounds)
    a, b = (_group_of(found, n) for found, n in ((found_a, n_a), (found_b, n_b)))
    difference = differences_of(a, b, alpha)["process", "all"]
    return CountedDifference(bounds, Bounds(difference.low, difference.high))


def _group_of(found: float, n: float) -> Group:
    size = round(n)
    of_these = min(size, round(found))
    return Group(Strata(Stratum(), Stratum(size, not_fit=of_these, fit=size - of_these)))


def _sequential(*groups: Group) -> bool:
    return any(group.method == "sequential" for group in groups)


class _Upper(Protocol):
    name: str

    def bound(self, alpha: float) -> float: ...

    def p_value(self) -> float:
        """Return the smallest alpha at which the bound is under 0."""
        ...


def _upper(a: Group, b: Group, target: Target, denominator: Denominator) -> _Upper:
    """Return the upper bounding of a - b."""
    complete = a.strata.complete and b.strata.complete
    if target == "received" and complete:
        return _Counted(a, b, denominator)
    if not a.method == b.method == "smb":
        return _Apart(a, b, target, denominator)
    n_a, n_b = a.strata.found("high", denominator)[1], b.strata.found("low", denominator)[1]
    if target == "process" and complete and max(n_a, n_b) <= _ALIKE * min(n_a, n_b):
        return _Newcombe(a, b, denominator)
    return _MeldedDifference(a, b, target, denominator)


class _Counted:
    """No bounds needed: everybody is known but for those passed over."""

    name = "counted"

    def __init__(self, a: Group, b: Group, denominator: Denominator) -> None:
        self.difference = _counted(a, "high", denominator) - _counted(b, "low", denominator)

    def bound(self, alpha: float) -> float:  # noqa: ARG002
        return self.difference

    def p_value(self) -> float:
        return float(self.difference >= 0)


class _Newcombe:
    """Newcombe's bound of two shares that are all labelled."""

    name = "newcombe"

    def __init__(self, a: Group, b: Group, denominator: Denominator) -> None:
        self.counts = (*a.strata.found("high", denominator), *b.strata.found("low", denominator))

    def bound(self, alpha: float) -> float:
        return newcombe(*self.counts, alpha).high

    def p_value(self) -> float:
        return _smallest_alpha(lambda alpha: self.bound(alpha) < 0)


class _MeldedDifference:
    """A quantile of draws for the upper bound of a minus draws for the lower one of b."""

    name = "melded"

    def __init__(self, a: Group, b: Group, target: Target, denominator: Denominator) -> None:
        high, low = _draws(a, "high", target, denominator), _draws(b, "low", target, denominator)
        self.draws = high - low

    def bound(self, alpha: float) -> float:
        beyond = math.floor(alpha * (self.draws.size + 1))
        if beyond == 0:
            return 1.0
        place = self.draws.size - beyond
        return float(np.partition(self.draws, place)[place])

    def p_value(self) -> float:
        missed = np.count_nonzero(self.draws >= 0)
        return min(1.0, float((missed + 1) / (self.draws.size + 1)))


class _Apart:
    """Each group's own bound, the error shared between them."""

    name = "apart"

    def __init__(self, a: Group, b: Group, target: Target, denominator: Denominator) -> None:
        self.a, self.b = a, b
        self.key = (target, denominator)

    def bound(self, alpha: float) -> float:
        high = _own_bound(self.a, "high", *self.key, alpha / 2)
        return high - _own_bound(self.b, "low", *self.key, alpha / 2)

    def p_value(self) -> float:
        return _smallest_alpha(lambda alpha: self.bound(alpha) < 0)


def _counted(group: Group, side: Side, denominator: Denominator) -> float:
    not_fit, n = group.strata.found(side, denominator)
    return not_fit / n if n else float(side == "high")


def _draws(group: Group, side: Side, target: Target, denominator: Denominator) -> np.ndarray:
    """Return draws of which a quantile is the group's bound on that side."""
    if not (target == "process" and group.strata.plain):
        return group.melded[side].draws(side, target, denominator)
    # The Beta distributions whose quantiles are Clopper and Pearson's bounds.
    (not_fit, n), size = group.strata.found(side, denominator), group.n_draws
    random = np.random.default_rng([group.seed, SIDES.index(side)])
    if side == "high":
        full = not_fit == n
        return np.ones(size) if full else random.beta(not_fit + 1, n - not_fit, size)
    return random.beta(not_fit, n - not_fit + 1, size) if not_fit else np.zeros(size)


def _own_bound(
    group: Group, side: Side, target: Target, denominator: Denominator, alpha: float
) -> float:
    """Return a group's bound as its own plan makes it."""
    if group.method == "sequential":
        rate = rates_in_order(group.in_order, group.strata, alpha=alpha)[target, denominator]
        return rate.high if side == "high" else rate.low
    if target == "received" and group.strata.complete:
        return _counted(group, side, denominator)
    if target == "process" and group.strata.plain:
        bounds = clopper_pearson(*group.strata.found(side, denominator), alpha)
        return bounds.high if side == "high" else bounds.low
    bounding = Exact(group.strata) if group.method == "exact" else group.melded[side]
    return bounding.bound(side, target, denominator, alpha)


def _smallest_alpha(excludes: Callable[[float], bool]) -> float:
    """Return the smallest alpha, up to 1/2, at which a bound excludes 0; 1 if there is none."""
    low, high = math.log(1e-6), math.log(0.499)
    if not excludes(math.exp(high)):
        return 1.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if excludes(math.exp(middle)) else (middle, high)
    return math.exp(high)
