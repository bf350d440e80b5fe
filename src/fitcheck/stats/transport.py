"""A rate from predictions alone, with error rates measured on other people's answers.

It rests on error rates being the same there and here. Where they are not, its bounds are wrong, and
more labels from elsewhere do not help: it indicates, it never decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from fitcheck.stats.intervals import Bounds


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How a classifier did on labelled answers from elsewhere."""

    not_fit: int
    """Answers that are not_fit."""
    hits: int
    """Of those, the ones predicted not_fit."""
    others: int
    """Answers that are anything else."""
    passes: int
    """Of those, the ones predicted anything else."""

    @property
    def sensitivity(self) -> float:
        """Share of not_fit that is found; nan where there was none."""
        return self.hits / self.not_fit if self.not_fit else math.nan

    @property
    def specificity(self) -> float:
        """Share of the others that is left alone; nan where there was none."""
        return self.passes / self.others if self.others else math.nan


def lang_reiczigel(
    flagged: int, n: int, errors: ErrorRates, z: float | None = None
) -> tuple[float, Bounds]:
    """Return the rate corrected for errors, and its bounds, each one-sided.

    Parameters
    ----------
    flagged, n : int
        Respondents predicted not_fit, of how many.
    errors : ErrorRates
        Measured on other answers.
    z : float, optional
        Standard normal quantile of a bound; that of 95 % by default.

    Returns
    -------
    rate : float
        In [0, 1]; nan where the classifier is no better than chance.
    bounds : Bounds
        In [0, 1].

    References
    ----------
    Lang & Reiczigel 2014, Confidence limits for prevalence of disease adjusted for estimated
    sensitivity and specificity, doi:10.1016/j.prevetmed.2013.09.015, section 2.3

    Examples
    --------
    >>> rate, (low, high) = lang_reiczigel(36, 300, ErrorRates(65, 60, 135, 125))
    >>> round(low, 4), round(high, 4)
    (0.0, 0.1071)
    """
    z = float(stats.norm.isf(0.05)) if z is None else z
    if not (n and errors.not_fit and errors.others):
        return math.nan, Bounds(0.0, 1.0)
    n_, n_se, n_sp = n + z * z, errors.not_fit + 2, errors.others + 2
    apparent = (flagged + z * z / 2) / n_
    se, sp = (errors.hits + 1) / n_se, (errors.passes + 1) / n_sp
    better = se + sp - 1
    counted = errors.sensitivity + errors.specificity - 1
    if better <= 0 or counted <= 0:
        return math.nan, Bounds(0.0, 1.0)
    share = (apparent + sp - 1) / better
    shift = 2 * z * z * (share * se * (1 - se) / n_se - (1 - share) * sp * (1 - sp) / n_sp)
    spread = (
        apparent * (1 - apparent) / n_
        + share**2 * se * (1 - se) / n_se
        + (1 - share) ** 2 * sp * (1 - sp) / n_sp
    )
    half = z * math.sqrt(spread) / better
    low, high = (min(1.0, max(0.0, share + shift + sign * half)) for sign in (-1, 1))
    plain = (flagged / n + errors.specificity - 1) / counted
    return min(1.0, max(0.0, plain)), Bounds(low, high)
