"""SMB: bounds of a rate from labels and predictions, by melding one Beta for each stratum.

Each unknown share is drawn from the Beta distribution whose quantile is its exact bound, so that
the quantile of the combined rate is a bound for it. Predictions only say how large the strata are:
however wrong they are, the labels correct them.

References
----------
Fay, Proschan & Brittain 2015, Combining one-sample confidence procedures for inference in the
two-sample case, doi:10.1111/biom.12231
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fitcheck.stats.strata import Denominator, Side, Strata, Target

N_DRAWS = 20_000
_MANY = 15
"""Parameter from which a Beta is drawn as a skewed normal distribution."""
_MUCH = 9
"""Variance from which a binomial count is drawn as a rounded, skewed normal one."""


class Melded:
    """Bounds for one persona's counts.

    Parameters
    ----------
    strata : Strata
        Counts; every stratum's labels must be a random sample of it.
    seed : int
        The same counts and seed give the same bounds, whatever the persona is called.
    n_draws : int
        At least 20,000 for a verdict.
    stream : int
        Draws of different streams are independent of each other: two groups that are compared need
        one each.

    Examples
    --------
    >>> from fitcheck.stats.strata import Strata, Stratum
    >>> melded = Melded(Strata(Stratum(40, not_fit=18, fit=22), Stratum(960, fit=110)))
    >>> round(melded.bound("high", "process", "all", 0.05), 3)
    0.046
    """

    name = "smb"

    def __init__(
        self, strata: Strata, seed: int = 0, n_draws: int = N_DRAWS, stream: int = 0
    ) -> None:
        self.strata = strata
        self.seed = seed
        self.n_draws = n_draws
        self.stream = stream
        self._not_fit: dict[Side, np.ndarray] = {}
        self._fit: dict[bytes, np.ndarray] = {}
        self._known: dict[tuple[Side, Target], Drawn] = {}

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:
        """Return the one-sided bound of the rate at level 1 - alpha, in [0, 1]."""
        draws = self.draws(side, target, denominator)
        # As many draws as the p-value may count: the two never disagree.
        n_beyond = int(
            np.searchsorted(np.arange(1, self.n_draws + 1) / (self.n_draws + 1), alpha, "right")
        )
        if n_beyond == 0:
            return 1.0 if side == "high" else 0.0
        place = self.n_draws - n_beyond if side == "high" else n_beyond - 1
        return float(np.partition(draws, place)[place])

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        """Return the smallest alpha at which the bound on that side is beyond `limit`."""
        draws = self.draws(side, target, denominator)
        missed = draws >= limit if side == "high" else draws < limit
        return min(1.0, float((missed.sum() + 1) / (self.n_draws + 1)))

    def draws(self, side: Side, target: Target, denominator: Denominator) -> np.ndarray:
        """Return the draws whose quantile is the bound, shape (n_draws,), in [0, 1]."""
        if (side, target) not in self._known:
            sizes, labels = self.strata.counted(side).as_arrays()
            shares = self._shares_of(sizes, labels, side)
            random = self._random("among", target)
            self._known[side, target] = draw(sizes, labels, shares, target, random)
        return self._known[side, target].rates(side, denominator)

    def _shares_of(self, sizes: np.ndarray, labels: np.ndarray, side: Side) -> Shares:
        """Return the strata's shares, drawn once for both targets; those of fit for both sides."""
        if side not in self._not_fit:
            random = self._random("not_fit", side)
            self._not_fit[side] = draw_not_fit(sizes, labels, side, random, self.n_draws)
        counts = labels[:, 1:].tobytes()
        if counts not in self._fit:
            self._fit[counts] = draw_fit(labels, self._random("fit"), self.n_draws)
        return Shares(self._not_fit[side], self._fit[counts])

    def _random(self, *purpose: str) -> np.random.Generator:
        """Return a source that is the same for every persona: neither name nor order decides."""
        return np.random.default_rng([self.seed, self.stream, *"/".join(purpose).encode()])


class Drawn(NamedTuple):
    """Draws of how many are not_fit and fit, as shares or as counts."""

    not_fit: np.ndarray
    fit: np.ndarray
    total: np.ndarray
    """Everybody."""

    def rates(self, side: Side, denominator: Denominator) -> np.ndarray:
        """Return the rates, in [0, 1]; of nobody, the end that claims nothing."""
        total = self.total if denominator == "all" else self.not_fit + self.fit
        unknown = np.full(self.not_fit.shape, 1.0 if side == "high" else 0.0)
        return np.asarray(np.divide(self.not_fit, total, out=unknown, where=total > 0))


class Shares(NamedTuple):
    """Draws of what each stratum may be like, shape (..., 2, n_draws), in [0, 1]."""

    not_fit: np.ndarray
    fit: np.ndarray
    """Share of fit among those that are not not_fit."""


def draw_not_fit(
    sizes: np.ndarray, labels: np.ndarray, side: Side, random: np.random.Generator, n_draws: int
) -> np.ndarray:
    """Return draws of each stratum's share of not_fit that lead to a bound on that side.

    Parameters
    ----------
    sizes : ndarray, shape (..., 2)
        Respondents predicted not_fit, and others.
    labels : ndarray, shape (..., 2, 3)
        Of those labelled: not_fit, fit, no_signal.
    side : {"low", "high"}
        Which bound.
    random : Generator
        Source of the draws.
    n_draws : int
        Draws for each set of counts.

    Returns
    -------
    ndarray, shape (..., 2, n_draws)
    """
    a, b = not_fit_shape(labels[..., 0], labels.sum(axis=-1), sizes, side)
    return beta(a[..., None], b[..., None], random, (*sizes.shape, n_draws))


def draw_fit(labels: np.ndarray, random: np.random.Generator, n_draws: int) -> np.ndarray:
    """Return draws of each stratum's share of fit among those that are not not_fit.

    Where nobody is labelled, everybody may have spoken of fit: that makes the rate lowest.
    """
    shape = (*labels.shape[:-1], n_draws)
    fitting = beta(labels[..., 1, None] + 0.5, labels[..., 2, None] + 0.5, random, shape)
    return np.where(labels.sum(axis=-1)[..., None] > 0, fitting, 1.0)


def draw(
    sizes: np.ndarray,
    labels: np.ndarray,
    shares: Shares,
    target: Target,
    random: np.random.Generator,
) -> Drawn:
    """Return draws, shape (..., n_draws), of which a quantile is the bound.

    Parameters
    ----------
    sizes, labels : ndarray
        As for `draw_not_fit`.
    shares : Shares
        What the strata may be like.
    target : {"process", "received"}
        Whether respondents are exactly these, or come from where these came from.
    random : Generator
        Source of the draws.
    """
    sizes = sizes[..., None]
    if target == "process":
        shape = shares.not_fit[..., 0, :].shape
        flagged = beta(sizes[..., 0, :] + 0.5, sizes[..., 1, :] + 0.5, random, shape)
        weights = np.stack([flagged, 1 - flagged], axis=-2)
        fitting = (weights * (1 - shares.not_fit) * shares.fit).sum(axis=-2)
        return Drawn((weights * shares.not_fit).sum(axis=-2), fitting, np.ones(1))
    found, fit, no_signal = np.moveaxis(labels, -1, 0)[..., None]
    rest = np.rint(sizes - found - fit - no_signal)
    more = _binomial(rest, shares.not_fit, random)
    fitting = fit + _binomial(rest - more, shares.fit, random)
    return Drawn((found + more).sum(axis=-2), fitting.sum(axis=-2), sizes.sum(axis=-2))


def not_fit_shape(
    found: np.ndarray, labelled: np.ndarray, sizes: np.ndarray, side: Side
) -> tuple[np.ndarray, np.ndarray]:
    """Return the parameters of the Beta of each stratum's share of not_fit."""
    others = labelled - found
    if side == "low":
        return found, others + 1
    # The whole phantom that exactness asks for goes to the others, where none may be found. Half of
    # one is enough among the flagged, unless a label there stands for more than twice as many
    # respondents: a classifier that flags nearly everybody must not make the bound too short.
    each = sizes[..., 0] * labelled[..., 1] <= 2 * sizes[..., 1] * labelled[..., 0]
    phantom = np.ones(np.broadcast_shapes(found.shape, sizes.shape))
    phantom[..., 0] = np.where(each & (labelled[..., 0] > 0), 0.5, 1.0)
    return found + phantom, others + (1 - phantom)


def beta(
    a: np.ndarray, b: np.ndarray, random: np.random.Generator, shape: tuple[int, ...]
) -> np.ndarray:
    """Return draws of Beta distributions, shape `shape`; one with a 0 is all at one end.

    Parameters
    ----------
    a, b : ndarray, shape (..., 1)
        Of each distribution.
    random : Generator
        Source of the draws.
    shape : tuple
        That of `a`, with the number of draws in place of the 1.
    """
    drawn = np.empty(shape)
    many = np.minimum(a, b)[..., 0] >= _MANY
    drawn[many] = _beta_of_many(a[many], b[many], random, shape[-1])
    a, b = a[~many], b[~many]
    some = random.beta(np.where(a > 0, a, 1.0), np.where(b > 0, b, 1.0), (len(a), shape[-1]))
    drawn[~many] = np.where(a > 0, np.where(b > 0, some, 1.0), 0.0)
    return drawn


def _beta_of_many(
    a: np.ndarray, b: np.ndarray, random: np.random.Generator, n_draws: int
) -> np.ndarray:
    """Return draws of Beta distributions with large parameters, shape (n, n_draws).

    Normal draws with a Beta's skewness and kurtosis (Cornish and Fisher 1938), twice as fast: no
    probability is wrong by more than 0.0005.
    """
    n = a + b
    spread = np.sqrt(a * b / (n + 1)) / n
    skew = 2 * (b - a) * np.sqrt(n + 1) / ((n + 2) * np.sqrt(a * b))
    excess = 6 * ((a - b) ** 2 * (n + 1) - a * b * (n + 2)) / (a * b * (n + 2) * (n + 3))
    z = random.standard_normal((len(a), n_draws))
    cubic, square = excess / 24 - skew**2 / 18, skew / 6
    linear = 1 - excess / 8 + 5 * skew**2 / 36
    return np.asarray(a / n + spread * (((cubic * z + square) * z + linear) * z - square))


def _binomial(n: np.ndarray, share: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return how many of n there are.

    Where they vary much, normal draws with a binomial's skewness stand for them (Cornish and Fisher
    1938), several times as fast: the probability of no count is wrong by more than 0.002.
    """
    n = np.broadcast_to(n, share.shape)
    mean = n * share
    spread = mean * (1 - share)
    drawn = random.standard_normal(share.shape)
    skew = (1 - 2 * share) / 6 * (drawn * drawn - 1)
    drawn *= np.sqrt(spread)
    drawn += mean
    drawn += skew
    np.clip(np.rint(drawn, out=drawn), 0, n, out=drawn)
    few = spread < _MUCH
    if few.any():
        drawn[few] = random.binomial(n[few].astype(np.int64), share[few])
    return drawn
