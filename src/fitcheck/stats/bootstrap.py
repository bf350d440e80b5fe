"""Percentile intervals by resampling clusters of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic with its confidence interval."""

    value: float
    """The statistic of the data; nan where it is not defined."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""
    n: int
    """Number of answers."""


class Resampler:
    """Draws clusters of answers with replacement, the same draws for every statistic.

    Parameters
    ----------
    clusters : sequence, length n
        Answers that belong together: those of one scenario or respondent. Resampling single
        answers would make intervals too narrow (Davison & Hinkley 1997, section 3.8).
    n_resamples : int
        Number of draws.
    random_state : int
        Seed.

    Examples
    --------
    >>> resampler = Resampler(["a", "a", "b", "c"], n_resamples=200)
    >>> hits = np.array([1.0, 1.0, 0.0, 1.0])
    >>> mean = resampler.interval(lambda weights: weights @ hits / weights.sum())
    >>> mean.value, mean.n
    (0.75, 4)
    """

    def __init__(
        self, clusters: Sequence[object], n_resamples: int = 1000, random_state: int = 0
    ) -> None:
        names = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
        member = np.array([names[cluster] for cluster in clusters], dtype=int)
        random = np.random.default_rng(random_state)
        shares = np.full(len(names), 1 / max(1, len(names)))
        draws = random.multinomial(len(names), shares, size=n_resamples)
        self.n = len(clusters)
        self.weights = draws[:, member].astype(float)
        """How often each answer was drawn, shape (n_resamples, n)."""

    def interval(
        self, statistic: Callable[[np.ndarray], float], confidence_level: float = 0.95
    ) -> Interval:
        """Return the statistic with its percentile interval.

        `statistic` takes the weight of each answer, shape (n,); all 1 is the data itself.
        """
        value = float(statistic(np.ones(self.n)))
        values = np.array([statistic(w) for w in self.weights if w.any()])
        values = values[~np.isnan(values)]
        if not values.size:
            return Interval(value, float("nan"), float("nan"), self.n)
        tail = (1 - confidence_level) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        return Interval(value, float(low), float(high), self.n)
