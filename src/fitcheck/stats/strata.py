"""What is known of one persona: respondents by predicted label, and those that people labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Denominator = Literal["signal", "all"]
"""Whom a rate counts: respondents who spoke of fit at all, or everybody who answered."""
Target = Literal["process", "received"]
"""What a rate is of: what to expect of this persona, or exactly these respondents."""
DENOMINATORS: tuple[Denominator, ...] = ("signal", "all")
TARGETS: tuple[Target, ...] = ("process", "received")
Side = Literal["low", "high"]
SIDES: tuple[Side, ...] = ("low", "high")


@dataclass(frozen=True, slots=True)
class Stratum:
    """Respondents with the same predicted label, and what people said of a random part of them."""

    size: int = 0
    """Respondents."""
    not_fit: int = 0
    """Of the labelled ones, those that do not fit."""
    fit: int = 0
    no_signal: int = 0
    unclear: int = 0
    """Drawn for labelling and passed over: they count against either bound."""

    def __post_init__(self) -> None:
        if min(self.size, self.not_fit, self.fit, self.no_signal, self.unclear) < 0:
            raise ValueError("counts cannot be negative")
        if self.labelled > self.size:
            raise ValueError(f"{self.labelled} of {self.size} cannot be labelled")

    @property
    def labelled(self) -> int:
        """Respondents that were drawn and looked at."""
        return self.not_fit + self.fit + self.no_signal + self.unclear

    @property
    def rest(self) -> int:
        """Respondents nobody looked at."""
        return self.size - self.labelled

    def at_worst(self) -> Stratum:
        """Return the stratum with the unclear ones counted for the highest rate."""
        return replace(self, not_fit=self.not_fit + self.unclear, unclear=0)

    def at_best(self) -> Stratum:
        """Return the stratum with the unclear ones counted for the lowest rate."""
        return replace(self, fit=self.fit + self.unclear, unclear=0)


@dataclass(frozen=True, slots=True)
class Strata:
    """One persona: those predicted not_fit, and everybody else who answered.

    Examples
    --------
    >>> strata = Strata(Stratum(20, not_fit=9, fit=11), Stratum(280, fit=60, no_signal=20))
    >>> strata.size, strata.labelled, strata.estimate("all")
    (300, 100, 0.03)
    """

    flagged: Stratum
    """Predicted not_fit."""
    others: Stratum
    """Predicted anything else, and failed ones."""

    @property
    def size(self) -> int:
        """Respondents."""
        return self.flagged.size + self.others.size

    @property
    def labelled(self) -> int:
        """Respondents that people labelled."""
        return self.flagged.labelled + self.others.labelled

    @property
    def rest(self) -> int:
        """Respondents nobody looked at."""
        return self.size - self.labelled

    @property
    def not_fit(self) -> int:
        """Labelled respondents that do not fit."""
        return self.flagged.not_fit + self.others.not_fit

    @property
    def fit(self) -> int:
        """Labelled respondents that fit."""
        return self.flagged.fit + self.others.fit

    def at_worst(self) -> Strata:
        """Return the strata with the unclear ones counted for the highest rate."""
        return Strata(self.flagged.at_worst(), self.others.at_worst())

    def at_best(self) -> Strata:
        """Return the strata with the unclear ones counted for the lowest rate."""
        return Strata(self.flagged.at_best(), self.others.at_best())

    @property
    def complete(self) -> bool:
        """Whether everybody was looked at."""
        return self.rest == 0

    @property
    def plain(self) -> bool:
        """Whether predictions add nothing: all are known, or all are predicted alike."""
        return self.complete or 0 in (self.flagged.size, self.others.size)

    def counted(self, side: Side) -> Strata:
        """Return the strata with the unclear ones counted against a bound on that side."""
        return self.at_worst() if side == "high" else self.at_best()

    def found(self, side: Side, denominator: Denominator) -> tuple[int, int]:
        """Return how many of how many labelled ones are not_fit, the unclear ones by the side."""
        counted = self.counted(side)
        among = counted.labelled if denominator == "all" else counted.not_fit + counted.fit
        return counted.not_fit, among

    def as_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the sizes, shape (2,), and the labels as not_fit, fit, no_signal, shape (2, 3)."""
        parts = (self.flagged, self.others)
        sizes = np.array([s.size for s in parts], float)
        return sizes, np.array([(s.not_fit, s.fit, s.no_signal) for s in parts], float)

    def estimate(self, denominator: Denominator) -> float:
        """Return the post-stratified share of not_fit; nan where nothing is known.

        Each stratum's labelled share counts with the stratum's size
        (Cochran 1977, Sampling Techniques, section 5A.9).
        """
        not_fit = total = 0.0
        for stratum in (self.flagged, self.others):
            known = stratum.labelled - stratum.unclear
            if stratum.size == 0:
                continue
            if known == 0:
                return float("nan")
            weight = stratum.size / known
            not_fit += weight * stratum.not_fit
            total += weight * (known if denominator == "all" else stratum.not_fit + stratum.fit)
        return not_fit / total if total else float("nan")
