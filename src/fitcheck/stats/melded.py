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

    Examples
    --------
    >>> from fitcheck.stats.strata import Strata, Stratum
    >>> melded = Melded(Strata(Stratum(40, not_fit=18, fit=22), Stratum(960, fit=110)))
    >>> round(melded.bound("high", "process", "all", 0.05), 3)
    0.045
    """

    name = "smb"

    def __init__(self, strata: Strata, seed: int = 0, n_draws: int = N_DRAWS) -> None:
        self.strata = strata
        self.seed = seed
        self.n_draws = n_draws
        self._known: dict[tuple[Side, Target], Drawn] = {}

    def bound(self, side: Side, target: Target, denominator: Denominator, alpha: float) -> float:
        """Return the one-sided bound of the rate at level 1 - alpha, in [0, 1]."""
        draws = self.draws(side, target, denominator)
        if side == "high":
            return float(np.quantile(draws, 1 - alpha, method="higher"))
        return float(np.quantile(draws, alpha, method="lower"))

    def p_value(self, side: Side, target: Target, denominator: Denominator, limit: float) -> float:
        """Return the smallest alpha at which the bound on that side is beyond `limit`."""
        draws = self.draws(side, target, denominator)
        missed = draws >= limit if side == "high" else draws < limit
        return float((missed.sum() + 1) / (self.n_draws + 1))

    def draws(self, side: Side, target: Target, denominator: Denominator) -> np.ndarray:
        """Return the draws whose quantile is the bound, shape (n_draws,), in [0, 1]."""
        if (side, target) not in self._known:
            strata = self.strata.at_worst() if side == "high" else self.strata.at_best()
            # The same for every persona, so that neither names nor order decide anything.
            random = np.random.default_rng([self.seed, side == "high", target == "process"])
            drawn = draw(*strata.as_arrays(), side, target, random, self.n_draws)
            self._known[side, target] = drawn
        return self._known[side, target].rates(side, denominator)


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


def draw(
    sizes: np.ndarray,
    labels: np.ndarray,
    side: Side,
    target: Target,
    random: np.random.Generator,
    n_draws: int,
) -> Drawn:
    """Return draws, shape (..., n_draws), of which a quantile is the bound on that side.

    Parameters
    ----------
    sizes : ndarray, shape (..., 2)
        Respondents predicted not_fit, and others.
    labels : ndarray, shape (..., 2, 3)
        Of those labelled: not_fit, fit, no_signal.
    side, target
        Which bound of which rate.
    random : Generator
        Source of the draws.
    n_draws : int
        Draws for each set of counts.
    """
    sizes, labels = sizes[..., None], labels[..., None]
    shape = (*sizes.shape[:-1], n_draws)
    found, fit, no_signal = labels[..., 0, :], labels[..., 1, :], labels[..., 2, :]
    labelled = found + fit + no_signal
    share = _beta(*_not_fit_shape(found, labelled, side), random, shape)
    share_fit = random.beta(fit + 0.5, no_signal + 0.5, shape)
    if target == "process":
        flagged = random.beta(
            sizes[..., 0, :] + 0.5, sizes[..., 1, :] + 0.5, share[..., 0, :].shape
        )
        weights = np.stack([flagged, 1 - flagged], axis=-2)
        fitting = (weights * (1 - share) * share_fit).sum(axis=-2)
        return Drawn((weights * share).sum(axis=-2), fitting, np.ones(1))
    rest = np.rint(sizes - labelled).astype(np.int64)
    more = random.binomial(rest, share)
    fitting = fit + random.binomial(rest - more, share_fit)
    return Drawn((found + more).sum(axis=-2), fitting.sum(axis=-2), sizes.sum(axis=-2))


def _not_fit_shape(
    found: np.ndarray, labelled: np.ndarray, side: Side
) -> tuple[np.ndarray, np.ndarray]:
    """Return the parameters of the Beta of each stratum's share of not_fit."""
    others = labelled - found
    if side == "low":
        return found, others + 1
    # The whole phantom that exactness asks for goes to the large stratum, where none may be found;
    # half of one is enough among those predicted not_fit, if any of them is labelled.
    phantom = np.where(labelled > 0, 0.5, 1.0)
    phantom[..., 1, :] = 1.0
    return found + phantom, others + (1 - phantom)


def _beta(
    a: np.ndarray, b: np.ndarray, random: np.random.Generator, shape: tuple[int, ...]
) -> np.ndarray:
    """Return draws of Beta distributions; one with a 0 is all at one end."""
    drawn = random.beta(np.where(a > 0, a, 1.0), np.where(b > 0, b, 1.0), shape)
    return np.where(a > 0, np.where(b > 0, drawn, 1.0), 0.0)
