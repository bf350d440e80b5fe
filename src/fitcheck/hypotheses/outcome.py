"""What the data say of a card: a claim, its numbers, what would decide it, and what it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fitcheck.report.texts import Texts

Claim = Literal["supported", "refuted", "undecided"]
CLAIMS: tuple[Claim, ...] = ("supported", "refuted", "undecided")
"""Every result of a card, in the order in which people read them."""

Phrase = Callable[[Texts], str]
"""Says something in the language of the texts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with how it was made."""

    name: str
    value: float | None
    """None where it is not known, or without bound."""
    method: str
    """``counted``, or how the bounds were made."""
    n: int | None = None
    """Of how many, where it is a share or a rate."""
    low: float | None = None
    high: float | None = None
    confidence_level: float | None = None
    """Of each bound alone."""
    group: str = ""
    """Whom it is of, such as a persona."""
    target: float | None = None
    """What it has to reach, or stay under."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is said of a part of a card, such as one persona."""

    says: Phrase
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What would decide a card that is undecided."""

    kind: str
    """A word for machines: ``people_per_group``, ``labels``, ``months``, ``data``, …"""
    says: Phrase
    n: int | None = None
    """How many more, about; None where it cannot be computed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the data say of a criterion."""

    claim: Claim
    brief: Phrase | None = None
    """The number that decides, in a few words; None without one."""
    parts: tuple[Part, ...] = ()
    """The numbers, in sentences."""
    needs: tuple[Need, ...] = ()
    caveats: tuple[Phrase, ...] = ()
    """What the numbers do not say."""
    measures: tuple[Measure, ...] = ()
