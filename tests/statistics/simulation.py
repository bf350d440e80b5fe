"""Simulated surveys, to measure how often bounds cover the truth and how often they decide.

A population is drawn, a classifier predicts, a person labels a random part, an estimator bounds the
rate; again and again.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import stats

from fitcheck.stats.exact import Exact
from fitcheck.stats.intervals import Bounds
from fitcheck.stats.melded import Melded
from fitcheck.stats.sampling import allocate
from fitcheck.stats.strata import Denominator, Strata, Stratum, Target
from fitcheck.stats.verdict import without_predictions

Design = Literal["srs", "stratified"]
Kinds = tuple[tuple[float, float], ...]
"""Kinds of answers with one label: the share of each, and how probably it is flagged."""
DRAWS = 1_000
"""Draws of a melded bound here; its order statistics keep their level with few draws as well."""


@dataclass(frozen=True)
class Classifier:
    """How probably answers are predicted not_fit, by hidden kind of answer."""

    name: str
    not_fit: Kinds
    fit: Kinds
    no_signal: Kinds


def by_error_rates(sensitivity: float, specificity: float) -> Classifier:
    """Return a classifier that errs alike on all answers with the same label."""
    false = ((1.0, 1 - specificity),)
    name = f"{sensitivity:g}/{specificity:g}"
    return Classifier(name, ((1.0, sensitivity),), false, false)


GOOD, WEAK = by_error_rates(0.9, 0.98), by_error_rates(0.6, 0.9)
BY_KIND = Classifier(
    "by kind",
    # Said plainly, or between the lines; praise, or praise with a wish; chatter about other things.
    not_fit=((0.5, 0.95), (0.5, 0.3)),
    fit=((0.85, 0.01), (0.15, 0.3)),
    no_signal=((0.9, 0.02), (0.1, 0.4)),
)


@dataclass(frozen=True)
class Survey:
    """One kind of survey, and how much of it is labelled."""

    rate: float
    """Of the denominator. For ``received``, of exactly these respondents (rounded up)."""
    n: int
    m: int
    classifier: Classifier = GOOD
    design: Design = "stratified"
    target: Target = "process"
    denominator: Denominator = "signal"
    no_signal: float = 0.2
    unclear: float = 0.0
    """How probably a person passes over a not_fit answer; half as probably another one."""

    def hidden(self, random: np.random.Generator, repeats: int) -> np.ndarray:
        """Return how many are in truth not_fit, fit, no_signal, shape (repeats, 3)."""
        if self.target == "process":
            signal = 1.0 if self.denominator == "all" else 1 - self.no_signal
            not_fit = self.rate * signal
            shares = [not_fit, 1 - self.no_signal - not_fit, self.no_signal]
            return random.multinomial(self.n, shares, repeats)
        signal_n = round((1 - self.no_signal) * self.n)
        among = self.n if self.denominator == "all" else signal_n
        not_fit_n = math.ceil(self.rate * among - 1e-9)
        return np.tile([not_fit_n, signal_n - not_fit_n, self.n - signal_n], (repeats, 1))

    def truth(self) -> float:
        """Return the rate that is to be covered."""
        if self.target == "process":
            return self.rate
        hidden = self.hidden(np.random.default_rng(0), 1)[0].tolist()
        return hidden[0] / (self.n if self.denominator == "all" else hidden[0] + hidden[1])


def labelled(survey: Survey, random: np.random.Generator, repeats: int) -> list[Strata]:
    """Return what is known of such surveys after labelling."""
    hidden = survey.hidden(random, repeats)
    kinds = (survey.classifier.not_fit, survey.classifier.fit, survey.classifier.no_signal)
    flagged = np.zeros_like(hidden)
    for label, parts in enumerate(kinds):
        split = random.multinomial(hidden[:, label], [share for share, _ in parts])
        chances = np.array([chance for _, chance in parts])
        flagged[:, label] = random.binomial(split, chances).sum(axis=1)
    others = hidden - flagged
    sizes = np.stack([flagged.sum(axis=1), others.sum(axis=1)], axis=1)
    if survey.design == "srs":
        to_flagged = random.hypergeometric(sizes[:, 0], sizes[:, 1], survey.m)
    else:
        to_flagged = np.array([allocate(a, b, survey.m)[0] for a, b in sizes.tolist()])
    drawn = [
        _looked_at(part, n, survey, random)
        for part, n in ((flagged, to_flagged), (others, survey.m - to_flagged))
    ]
    return [
        Strata(Stratum(n1, *first), Stratum(n0, *second))
        for (n1, n0), first, second in zip(
            sizes.tolist(), drawn[0].tolist(), drawn[1].tolist(), strict=True
        )
    ]


def _looked_at(
    part: np.ndarray, n: np.ndarray, survey: Survey, random: np.random.Generator
) -> np.ndarray:
    """Return labels not_fit, fit, no_signal, unclear of n drawn ones, shape (repeats, 4)."""
    not_fit = random.hypergeometric(part[:, 0], part[:, 1] + part[:, 2], n)
    fit = random.hypergeometric(part[:, 1], part[:, 2], n - not_fit)
    labels = np.stack([not_fit, fit, n - not_fit - fit], axis=1)
    chances = np.array([1.0, 0.5, 0.5]) * survey.unclear
    unclear = random.binomial(labels, chances)
    return np.column_stack([labels - unclear, unclear.sum(axis=1)])


Estimator = Callable[[Strata, Target, Denominator, int], Bounds]


def smb(strata: Strata, target: Target, denominator: Denominator, seed: int) -> Bounds:
    """Bounds as `rates_of` makes them, with fewer draws and another seed for every sample."""
    alone = without_predictions(strata, target, denominator)
    bounding = alone or Melded(strata, seed, DRAWS)
    return Bounds(*(bounding.bound(side, target, denominator, 0.05) for side in ("low", "high")))


def exact(strata: Strata, target: Target, denominator: Denominator, seed: int) -> Bounds:
    """Exact bounds as `rates_of` makes them."""
    bounding = without_predictions(strata, target, denominator) or Exact(strata)
    return Bounds(*(bounding.bound(side, target, denominator, 0.05) for side in ("low", "high")))


def ppi_plus_plus(strata: Strata, target: Target, denominator: Denominator, seed: int) -> Bounds:
    """Power-tuned prediction-powered inference with its normal interval, for simple random labels.

    Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453. It is here to fail: where not_fit is rare,
    its intervals are too short.
    """
    flagged, m, rest = strata.flagged, strata.labelled, strata.rest
    found, both = strata.not_fit / m, flagged.not_fit / m
    share = flagged.labelled / m
    share_rest = flagged.rest / rest
    spread = share * (1 - share)
    tuned = (both - found * share) / ((1 + m / rest) * spread) if spread else 0.0
    estimate = found + tuned * (share_rest - share)
    error = found * (1 - found) - 2 * tuned * (both - found * share) + tuned**2 * spread
    half = stats.norm.isf(0.05) * math.sqrt(
        max(0.0, error) / m + tuned**2 * share_rest * (1 - share_rest) / rest
    )
    return Bounds(estimate - half, estimate + half)


ESTIMATORS: dict[str, Estimator] = {"smb": smb, "exact": exact, "ppi++": ppi_plus_plus}


@dataclass(frozen=True)
class Outcome:
    """How often the bounds of an estimator held, and decided."""

    upper: float
    """Share of samples whose upper bound is no lower than the truth."""
    lower: float
    met: float
    not_met: float
    width: float
    """Mean distance of the bounds."""
    high: float
    """Mean upper bound."""


@dataclass
class Measure:
    """Measures one estimator; the same counts are bounded once."""

    method: str
    repeats: int = 2_000
    limit: float = 0.05
    known: dict[tuple[Strata, Target, Denominator], Bounds] = field(default_factory=dict)

    def __call__(self, survey: Survey, seed: int = 1) -> Outcome:
        """Return what became of `repeats` such surveys."""
        samples = labelled(survey, np.random.default_rng(seed), self.repeats)
        found = np.array([self.bounds(sample, survey) for sample in samples])
        low, high = found.T
        truth = survey.truth()
        return Outcome(
            upper=float((high >= truth - 1e-12).mean()),
            lower=float((low <= truth + 1e-12).mean()),
            met=float((high < self.limit).mean()),
            not_met=float((low >= self.limit).mean()),
            width=float((high - low).mean()),
            high=float(high.mean()),
        )

    def bounds(self, strata: Strata, survey: Survey) -> Bounds:
        """Return the bounds of one sample."""
        target, denominator = survey.target, survey.denominator
        if denominator == "all":
            strata = Strata(_without_signal(strata.flagged), _without_signal(strata.others))
        key = strata, target, denominator
        if key not in self.known:
            estimator = ESTIMATORS[self.method]
            self.known[key] = estimator(strata, target, denominator, len(self.known))
        return self.known[key]


def _without_signal(stratum: Stratum) -> Stratum:
    """Return the stratum with no_signal counted as fit: among all, it is the same."""
    fit = stratum.fit + stratum.no_signal
    return Stratum(stratum.size, stratum.not_fit, fit, 0, stratum.unclear)


_measures: dict[tuple[str, int], Measure] = {}


def _measured(job: tuple[str, int, Survey]) -> Outcome:
    method, repeats, survey = job
    measure = _measures.setdefault((method, repeats), Measure(method, repeats))
    return measure(survey)


def measure_all(method: str, repeats: int, surveys: Iterable[Survey]) -> list[Outcome]:
    """Return the outcome of each survey, in order, measured by all processors."""
    jobs = [(method, repeats, survey) for survey in surveys]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        return list(pool.map(_measured, jobs, chunksize=5))
