"""What would decide an undecided rate: more labels, more respondents, or neither."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from fitcheck.stats.enough import fewest
from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.melded import not_fit_shape
from fitcheck.stats.sampling import allocate
from fitcheck.stats.strata import Denominator, Side, Strata

Need = Literal["labels", "respondents", "too_close"]
PROMISED = 0.8
"""Probability with which so many more labels are to decide."""
_SCENARIOS, _DRAWS = 120, 20
_STEPS = 30
"""Numbers of labels that are looked at, the smaller the closer together."""
_CLOSE = (0.8, 1.3)
"""Rates that are so near the limit, as parts of it, that labels in reach will not tell."""
_MOST_LABELS = 1_000


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing for a verdict."""

    need: Need
    n: int | None = None
    """How many more, about; None where there is no such number."""
    chance: float | None = PROMISED
    """Probability that so many labels decide; lower than 80 % where no number in reach promises
    that. None for respondents, and where nothing is known yet: there it is not simulated."""


def what_would_decide(
    strata: Strata, denominator: Denominator, limit: float, alpha: float, seed: int = 0
) -> Missing:
    """Return what would decide a rate that is undecided, with a probability of 80 % if in reach.

    First whether these respondents can decide at all, were they all labelled; then the number of
    labels, from simulated further labelling.
    """
    estimate = strata.estimate(denominator)
    if not np.isfinite(estimate) or strata.labelled == 0:
        least = fewest(lambda n: clopper_pearson(0, n, alpha).high < limit) or strata.size
        return Missing("labels", min(strata.size, least), None)
    more = _more_respondents(strata, denominator, estimate, limit, alpha)
    is_close = _CLOSE[0] * limit <= estimate <= _CLOSE[1] * limit
    if not _can_decide(strata, denominator, limit, alpha):
        if is_close and (more is None or more > _MOST_LABELS):
            return Missing("too_close", None, None)
        return Missing("respondents", more, None)
    n, chance = _more_labels(strata, denominator, limit, alpha, seed)
    if chance >= PROMISED:
        return Missing("labels", n)
    if is_close:
        return Missing("too_close", None, chance)
    # At this rate not even everybody's label would do, or else luck decides.
    if more == 1:
        return Missing("labels", n, chance)
    return Missing("respondents", more, None)


def _can_decide(strata: Strata, denominator: Denominator, limit: float, alpha: float) -> bool:
    """Return whether labelling everybody could still prove either side."""
    worst, best = strata.at_worst(), strata.at_best()
    n_lowest = strata.size if denominator == "all" else worst.not_fit + worst.fit + strata.rest
    most = best.not_fit + strata.rest
    n_highest = strata.size if denominator == "all" else most + best.fit
    return (
        clopper_pearson(worst.not_fit, n_lowest, alpha).high < limit
        or clopper_pearson(most, n_highest, alpha).low >= limit
    )


def _more_respondents(
    strata: Strata, denominator: Denominator, rate: float, limit: float, alpha: float
) -> int | None:
    """Return how many more respondents would do if all were labelled and the rate stayed."""

    def decides(n: int) -> bool:
        low, high = clopper_pearson(rate * n, n, alpha)
        return high < limit or low >= limit

    needed = fewest(decides)
    if needed is None:
        return None
    known = [s for s in (strata.flagged, strata.others) if s.labelled > s.unclear]
    signal = sum(s.size * (s.not_fit + s.fit) / (s.labelled - s.unclear) for s in known)
    share = 1.0 if denominator == "all" else signal / strata.size
    return max(1, int(np.ceil(needed / share)) - strata.size) if share > 0 else None


def _more_labels(
    strata: Strata, denominator: Denominator, limit: float, alpha: float, seed: int
) -> tuple[int, float]:
    """Return the fewest more labels that decide with 80 %, or all in reach, and their chance."""
    future = _Future(strata, denominator, limit, alpha, np.random.default_rng([seed, 2]))
    most = min(future.rest, _MOST_LABELS)
    chance = future.chance(most)
    if chance < PROMISED:
        return most, chance
    steps = sorted({5 * round(most**part / 5) for part in np.linspace(0.2, 1, _STEPS)} - {0, most})
    enough = bisect_left(steps, True, key=lambda more: future.chance(more) >= PROMISED)
    return [*steps, most][enough], PROMISED


class _Future:
    """Simulated further labelling of one persona."""

    def __init__(
        self,
        strata: Strata,
        denominator: Denominator,
        limit: float,
        alpha: float,
        random: np.random.Generator,
    ) -> None:
        self.denominator, self.limit, self.alpha, self.random = denominator, limit, alpha, random
        self.sizes, self.seen = (np.rint(part) for part in strata.as_arrays())
        # Those passed over count against either side.
        self.labels = {
            side: np.rint(counted.as_arrays()[1])
            for side, counted in (("high", strata.at_worst()), ("low", strata.at_best()))
        }
        self.labelled = self.labels["high"].sum(axis=-1)
        self.rest = round(float((self.sizes - self.labelled).sum()))
        # What the strata may really be like, given the labels so far.
        found, fit, no_signal = self.seen.T
        self.not_fit = _scenarios(found + 0.5, fit + no_signal + 0.5, random)
        self.fit = _scenarios(fit + 0.5, no_signal + 0.5, random)

    def chance(self, more: int) -> float:
        """Return the share of scenarios in which so many more labels prove either side."""
        flagged, others = self.sizes.astype(int).tolist()
        wanted = allocate(flagged, others, round(self.labelled.sum()) + more)
        extra = np.maximum(np.array(wanted) - self.labelled, 0).astype(np.int64)
        not_fit = self.random.binomial(extra, self.not_fit)
        fit = self.random.binomial(extra - not_fit, self.fit)
        added = np.stack([not_fit, fit, extra - not_fit - fit], axis=-1)
        # Only the side that the estimate is on can be proven.
        below = self._estimates(self.seen + added) < self.limit
        decided = np.empty(len(added), bool)
        sides: tuple[tuple[Side, np.ndarray], ...] = (("high", below), ("low", ~below))
        for side, there in sides:
            if there.any():
                decided[there] = self._proves(self.labels[side] + added[there], side)
        return float(decided.mean())

    def _estimates(self, labels: np.ndarray) -> np.ndarray:
        """Return the post-stratified rates, shape (n_scenarios,); nan of nobody."""
        weights = self.sizes / np.maximum(labels.sum(axis=-1), 1)
        not_fit, fit, no_signal = (weights[..., None] * labels).sum(axis=-2).T
        total = not_fit + fit + (no_signal if self.denominator == "all" else 0)
        unknown = np.full(len(labels), np.nan)
        return np.asarray(np.divide(not_fit, total, out=unknown, where=total > 0))

    def _proves(self, labels: np.ndarray, side: Side) -> np.ndarray:
        """Return where such labels prove that side, as `rates_of` would, shape (n_scenarios,)."""
        if labels[0].sum() == self.sizes.sum() or 0 in self.sizes:
            found, fit, no_signal = labels.sum(axis=-2).T
            among = found + fit + (no_signal if self.denominator == "all" else 0)
            bounds = [clopper_pearson(x, n, self.alpha) for x, n in zip(found, among, strict=True)]
            if side == "high":
                return np.array([bound.high < self.limit for bound in bounds])
            return np.array([bound.low >= self.limit for bound in bounds])
        below = self._below(labels, side)
        missed = 1 - below if side == "high" else below
        return np.asarray(missed.mean(axis=-1) <= self.alpha)

    def _below(self, labels: np.ndarray, side: Side) -> np.ndarray:
        """Return how likely a melded rate is under the limit, shape (n_scenarios, n_draws).

        All but the others' share of not_fit is drawn; of that share it is known exactly.
        """
        sizes = np.broadcast_to(self.sizes, labels.shape[:-1])
        a, b = not_fit_shape(labels[..., 0], labels.sum(axis=-1), sizes, side)
        flagged = self.random.beta(self.sizes[0] + 0.5, self.sizes[1] + 0.5, (len(labels), _DRAWS))
        found = self._drawn(a[:, 0], b[:, 0])
        not_fit = flagged * found
        if self.denominator == "all":
            needed = (self.limit - not_fit) / (1 - flagged)
        else:
            # Where nobody is labelled, all may have spoken of fit.
            no_signal = np.where(labels.sum(axis=-1) > 0, labels[..., 2] + 0.5, 0)
            fit, others_fit = (
                self._drawn(labels[:, i, 1] + 0.5, no_signal[:, i]) for i in range(2)
            )
            signal = not_fit + flagged * (1 - found) * fit + (1 - flagged) * others_fit
            weight = (1 - flagged) * (1 - self.limit * (1 - others_fit))
            needed = (self.limit * signal - not_fit) / weight
        return np.asarray(special.betainc(a[:, 1:], b[:, 1:], np.clip(needed, 0, 1)))

    def _drawn(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return draws of Betas, shape (n_scenarios, n_draws); one with a 0 is all at one end."""
        drawn = self.random.beta(
            np.where(a > 0, a, 1.0)[:, None], np.where(b > 0, b, 1.0)[:, None], (len(a), _DRAWS)
        )
        return np.where(a[:, None] > 0, np.where(b[:, None] > 0, drawn, 1.0), 0.0)


def _scenarios(a: np.ndarray, b: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return values of Beta distributions, shape (n_scenarios, 2): one of each equal part."""
    parts = (np.arange(_SCENARIOS) + 0.5) / _SCENARIOS
    mixed = random.permuted(np.broadcast_to(parts[:, None], (_SCENARIOS, len(a))), axis=0)
    return np.asarray(special.betaincinv(a, b, mixed))
