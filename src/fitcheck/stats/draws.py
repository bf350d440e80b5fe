"""Random draws that all personas share, so that neither a name nor an order decides anything.

What depends on the seed alone is drawn once and kept: a thousand personas take hardly more random
numbers than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_KEPT = 256
"""Arrays of draws in memory; of 20,000 each, they take 40 MB."""
_MANY = 15
"""Parameter from which gammas and Betas are drawn as skewed normal distributions."""
_MUCH = 9
"""Variance from which a binomial count is drawn as a rounded, skewed normal one."""


@dataclass(frozen=True, slots=True)
class Draws:
    """A source of draws; those for different purposes are independent of each other.

    Examples
    --------
    >>> draws = Draws(seed=0, stream=0, n=20_000)
    >>> print(round(draws.beta("share", 2, 38).mean(), 2))
    0.05
    >>> bool((draws.beta("share", 2, 38) == draws.beta("share", 2, 38)).all())
    True
    """

    seed: int
    stream: int
    """Draws of different streams are independent of each other."""
    n: int
    """Draws at a time."""

    def beta(self, purpose: str, a: float, b: float) -> np.ndarray:
        """Return draws of a Beta distribution, shape (n,); one with a 0 is all at one end."""
        if a == 0 or b == 0:
            return np.full(self.n, 0.0 if a == 0 else 1.0)
        if min(a, b) >= _MANY:
            return _beta_of_many(a, b, self._normal(purpose))
        x, y = self._gamma(f"{purpose}/a", a), self._gamma(f"{purpose}/b", b)
        return np.asarray(x / (x + y))

    def binomial(self, purpose: str, n: np.ndarray | float, share: np.ndarray) -> np.ndarray:
        """Return how many of n there are, by one draw for each share, shape (n,).

        Where they vary much, normal draws with a binomial's skewness stand for them (Cornish and
        Fisher 1938), several times as fast: the probability of no count is wrong by more than
        0.002.
        """
        n = np.broadcast_to(n, share.shape)
        spread = n * share * (1 - share)
        z = self._normal(purpose)
        drawn = n * share + (1 - 2 * share) / 6 * (z * z - 1) + np.sqrt(spread) * z
        np.clip(np.rint(drawn, out=drawn), 0, n, out=drawn)
        few = np.flatnonzero(spread < _MUCH)
        if few.size:
            random = np.random.default_rng(_entropy(self.seed, self.stream, f"{purpose}/few"))
            drawn[few] = random.binomial(n[few].astype(np.int64), share[few])
        return np.asarray(drawn)

    def _normal(self, purpose: str) -> np.ndarray:
        return _standard_normal(self.seed, self.stream, purpose, self.n)

    def _gamma(self, purpose: str, shape: float) -> np.ndarray:
        if shape < _MANY:
            return _standard_gamma(self.seed, self.stream, purpose, shape, self.n)
        # Wilson and Hilferty 1931.
        z = self._normal(purpose)
        return np.asarray(shape * (1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape))) ** 3)


@lru_cache(_KEPT)
def _standard_normal(seed: int, stream: int, purpose: str, n: int) -> np.ndarray:
    return _kept(np.random.default_rng(_entropy(seed, stream, purpose)).standard_normal(n))


@lru_cache(_KEPT)
def _standard_gamma(seed: int, stream: int, purpose: str, shape: float, n: int) -> np.ndarray:
    return _kept(np.random.default_rng(_entropy(seed, stream, purpose)).standard_gamma(shape, n))


def _kept(drawn: np.ndarray) -> np.ndarray:
    drawn.flags.writeable = False
    return drawn


def _entropy(seed: int, stream: int, purpose: str) -> list[int]:
    return [seed, stream, *purpose.encode()]


def _beta_of_many(a: float, b: float, z: np.ndarray) -> np.ndarray:
    """Return draws of a Beta distribution with large parameters.

    Normal draws with a Beta's skewness and kurtosis (Cornish and Fisher 1938): no probability is
    wrong by more than 0.0005.
    """
    n = a + b
    spread = np.sqrt(a * b / (n + 1)) / n
    skew = 2 * (b - a) * np.sqrt(n + 1) / ((n + 2) * np.sqrt(a * b))
    excess = 6 * ((a - b) ** 2 * (n + 1) - a * b * (n + 2)) / (a * b * (n + 2) * (n + 3))
    cubic, square = excess / 24 - skew**2 / 18, skew / 6
    linear = 1 - excess / 8 + 5 * skew**2 / 36
    return np.asarray(a / n + spread * (((cubic * z + square) * z + linear) * z - square))
