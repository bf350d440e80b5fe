"""How often predictions are right, measured on respondents who were drawn and labelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.strata import Strata, Stratum

SIDES_ALPHA = 0.025
"""Error probability of each end, so that an interval holds with 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share with its 95 % interval; all three in [0, 1]."""

    value: float
    low: float
    high: float
    n: int
    """Labelled respondents that it is of."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How predictions of not_fit, against all other ones, compare with what people say."""

    right: Share
    """Of all respondents, those whose prediction is right."""
    found: Share | None
    """Of those that are not_fit, those predicted so (recall); None where nobody is."""
    confirmed: Share | None
    """Of those predicted not_fit, those that are (precision); None where nobody is."""
    labelled: int


def sample_accuracy(samples: Iterable[Strata]) -> Accuracy | None:
    """Return the accuracy of predictions in the surveys that samples were drawn from.

    Each labelled respondent counts with the inverse of the probability to be drawn. Those who
    were passed over while labelling are left out. None where nobody is labelled.

    Intervals are Clopper and Pearson's with the effective number of respondents, from the
    linearized variance of the weighted share, or from the weights alone where all are alike. That
    of recall combines the shares of not_fit among those predicted so and among the others, each
    at half the error: a sample in which nobody was missed does not tell that nobody is.

    References
    ----------
    Korn & Graubard 1998, Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24

    Examples
    --------
    >>> sample = Strata(Stratum(20, not_fit=12, fit=8), Stratum(180, not_fit=1, fit=79))
    >>> found = sample_accuracy([sample])
    >>> round(found.right.value, 4), round(found.found.value, 3), found.confirmed.value
    (0.9487, 0.842, 0.6)
    """
    cells = [cell for sample in samples for cell in _cells(sample)]
    right = _share(cells, [(c.hits, c.known) for c in cells]) if cells else None
    if right is None:
        return None
    return Accuracy(
        right,
        _recall(cells),
        _share(cells, [(c.not_fit, c.known) if c.flagged else (0, 0) for c in cells]),
        right.n,
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    """The labelled respondents of a stratum of a persona."""

    flagged: bool
    weight: float
    known: int
    not_fit: int

    @property
    def hits(self) -> int:
        return self.not_fit if self.flagged else self.known - self.not_fit


def _cells(sample: Strata) -> list[_Cell]:
    parts: list[tuple[bool, Stratum]] = [(True, sample.flagged), (False, sample.others)]
    known = [(flagged, part, part.labelled - part.unclear) for flagged, part in parts]
    return [_Cell(flagged, p.size / n, n, p.not_fit) for flagged, p, n in known if n]


def _recall(cells: Sequence[_Cell]) -> Share | None:
    """Return the share predicted not_fit among those who are."""
    hits, misses = (
        _number([cell for cell in cells if cell.flagged is flagged]) for flagged in (True, False)
    )
    n = sum(cell.not_fit for cell in cells)
    if not n:
        return None
    return Share(
        hits.value / (hits.value + misses.value),
        hits.low / (hits.low + misses.high) if hits.low else 0.0,
        hits.high / (hits.high + misses.low),
        n,
    )


def _number(cells: Sequence[_Cell]) -> Share:
    """Return how many respondents of the cells are not_fit, and its interval for `_recall`."""
    share = _share(cells, [(c.not_fit, c.known) for c in cells], SIDES_ALPHA / 2)
    size = sum(cell.weight * cell.known for cell in cells)
    if share is None:
        return Share(0.0, 0.0, 0.0, 0)
    return Share(share.value * size, share.low * size, share.high * size, share.n)


def _share(
    cells: Sequence[_Cell], counts: Sequence[tuple[int, int]], alpha: float = SIDES_ALPHA
) -> Share | None:
    """Return the weighted share of counts ``(found, among)`` in each cell."""
    if not cells:
        return None
    weights = np.array([cell.weight for cell in cells])
    known = np.array([cell.known for cell in cells], float)
    found, among = np.array(counts, float).T
    n = int(among.sum())
    if not n:
        return None
    total = float(weights @ among)
    value = float(weights @ found) / total
    by_weights = total**2 / float(weights**2 @ among)
    # Residuals are 1 - value, -value and 0; their sum and sum of squares within each cell:
    sums = found - value * among
    squares = found * (1 - value) ** 2 + (among - found) * value**2
    spread = squares - sums**2 / known
    variance = float(weights**2 @ (spread * known / np.maximum(known - 1, 1))) / total**2
    alike = variance <= 0 or value in (0.0, 1.0)
    effective = by_weights if alike else min(value * (1 - value) / variance, n)
    low, high = clopper_pearson(value * effective, effective, alpha)
    return Share(value, low, high, n)
