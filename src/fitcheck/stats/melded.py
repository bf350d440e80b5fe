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

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fitcheck.stats.draws import Draws
from fitcheck.stats.strata import Denominator, Side, Strata, Stratum, Target

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
    stream : int
        Draws of different streams are independent of each other: two groups that are compared need
        one each.

    Examples
    --------
    >>> from fitcheck.stats.strata import Strata, Stratum
    >>> melded = Melded(Strata(Stratum(40, not_fit=18, fit=22), Stratum(960, fit=110)))
    >>> round(melded.bound("high", "process", "all", 0.05), 3)
    0.045
    """

    name = "smb"

    def __init__(
        self, strata: Strata, seed: int = 0, n_draws: int = N_DRAWS, stream: int = 0
    ) -> None:
        self.strata = strata
        self.n_draws = n_draws
        self._draws = Draws(seed, stream, n_draws)
        self._parts: dict[Side, tuple[_Part, _Part]] = {}
        self._totals: dict[tuple[Side, Target], _Totals] = {}

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
        if side not in self._parts:
            self._parts[side] = _parts_of(self.strata.counted(side), side, self._draws)
        if (side, target) not in self._totals:
            add_up = _of_process if target == "process" else _of_received
            self._totals[side, target] = add_up(self._parts[side], self._draws)
        return self._totals[side, target].rates(side, denominator)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stratum with draws of what it may be like."""

    name: str
    stratum: Stratum
    not_fit: np.ndarray
    """Share of not_fit, shape (n_draws,)."""
    fit: np.ndarray
    """Share of fit among those that are not not_fit."""


class _Totals(NamedTuple):
    """Draws of how many are not_fit and fit, as shares or as counts."""

    not_fit: np.ndarray
    fit: np.ndarray
    everybody: int

    def rates(self, side: Side, denominator: Denominator) -> np.ndarray:
        """Return the rates, in [0, 1]; of nobody, the end that claims nothing."""
        total = self.everybody if denominator == "all" else self.not_fit + self.fit
        unknown = np.full(self.not_fit.shape, 1.0 if side == "high" else 0.0)
        return np.asarray(np.divide(self.not_fit, total, out=unknown, where=total > 0))


def _parts_of(strata: Strata, side: Side, draws: Draws) -> tuple[_Part, _Part]:
    """Return both strata with draws that lead to a bound on that side."""
    sizes, labels = strata.as_arrays()
    a, b = not_fit_shape(labels[:, 0], labels.sum(axis=1), sizes, side)

    def part(i: int, name: str, stratum: Stratum) -> _Part:
        # Where nobody is labelled, all may have spoken of fit: that makes the rate lowest.
        n_no_signal = stratum.no_signal + 0.5 if stratum.labelled else 0
        not_fit = draws.beta(f"not_fit/{name}", a[i], b[i])
        return _Part(
            name, stratum, not_fit, draws.beta(f"fit/{name}", stratum.fit + 0.5, n_no_signal)
        )

    return part(0, "flagged", strata.flagged), part(1, "others", strata.others)


def _of_process(parts: tuple[_Part, _Part], draws: Draws) -> _Totals:
    """Add up shares of those to come: how many are flagged is not known either."""
    n_flagged, n_others = (part.stratum.size for part in parts)
    flagged = draws.beta("flagged", n_flagged + 0.5, n_others + 0.5)
    not_fit, fit = np.zeros_like(flagged), np.zeros_like(flagged)
    for part, weight in zip(parts, (flagged, 1 - flagged), strict=True):
        found = weight * part.not_fit
        not_fit += found
        fit += (weight - found) * part.fit
    return _Totals(not_fit, fit, 1)


def _of_received(parts: tuple[_Part, _Part], draws: Draws) -> _Totals:
    """Add up counts of exactly these respondents: those labelled, and what the rest may be."""
    not_fit, fit = np.zeros(draws.n), np.zeros(draws.n)
    for part in parts:
        stratum = part.stratum
        more = draws.binomial(f"rest/not_fit/{part.name}", stratum.rest, part.not_fit)
        not_fit += stratum.not_fit + more
        fit += stratum.fit
        fit += draws.binomial(f"rest/fit/{part.name}", stratum.rest - more, part.fit)
    return _Totals(not_fit, fit, sum(part.stratum.size for part in parts))


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
