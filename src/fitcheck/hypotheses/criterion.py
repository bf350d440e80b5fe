"""What a criterion is: one class a kind, found by its name in the registry."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fitcheck.records import Message
from fitcheck.report.texts import Texts
from fitcheck.toml_files import problem_at

if TYPE_CHECKING:
    from fitcheck.hypotheses.source import Source

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
    brief: Phrase
    """The number that decides, in a few words."""
    parts: tuple[Part, ...] = ()
    """The numbers, in sentences."""
    needs: tuple[Need, ...] = ()
    caveats: tuple[Phrase, ...] = ()
    """What the numbers do not say."""
    measures: tuple[Measure, ...] = ()


class Entry(BaseModel):
    """A table of a hypotheses file; entries that it does not know are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Criterion(Entry):
    """By what a hypothesis is judged; a new kind is one subclass, made known by `register`."""

    kind: str
    """A subclass narrows it to its own name, by which cards ask for it."""

    @abstractmethod
    def evaluate(self, source: Source) -> Outcome:
        """Return what the data say.

        Parameters
        ----------
        source : Source
            Reads the files that the card names.

        Raises
        ------
        DataError
            If a file cannot be understood; inside ``source.at(...)`` it names card and entry.
        """


class Bounded(Criterion):
    """A criterion whose verdict is by bounds."""

    confidence_level: float = Field(0.95, gt=0.5, lt=1)
    """Of each bound alone."""

    @property
    def alpha(self) -> float:
        """Error probability of each bound."""
        return 1 - self.confidence_level

    def claim(self, low: float, high: float, target: float, *, above: bool = False) -> Claim:
        """Return what is proven of a number that has to reach the target, or to be above it."""
        if low > target or (low == target and not above):
            return "supported"
        return "refuted" if high < target or (high == target and above) else "undecided"


CRITERIA: dict[str, type[Criterion]] = {}
"""The kinds of criteria, by name."""

Kind = TypeVar("Kind", bound=type[Criterion])


def register(criterion: Kind) -> Kind:
    """Make a kind of criterion known to cards; to be used as a decorator.

    Examples
    --------
    >>> class Never(Criterion):
    ...     kind: Literal["never"] = "never"
    ...     def evaluate(self, source):
    ...         return Outcome("refuted", lambda texts: "nie" if texts.lang == "de" else "never")
    >>> _ = register(Never)
    >>> CRITERIA.pop("never").__name__
    'Never'
    """
    CRITERIA[criterion.model_fields["kind"].default] = criterion
    return criterion


def _share(value: Any) -> Any:
    """Return a share that was written as 0.05 or as "5 %"."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*", value)
        if found is None:
            raise problem_at(None, Message("a share is written as 0.05 or as '5 %'"))
        return float(found[1].replace(",", ".")) / 100
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
        raise problem_at(
            None,
            Message(
                "{value} as a share would be {percent} %; for {value} % write {share} or '{value} %'",
                {"value": f"{value:g}", "percent": f"{100 * value:g}", "share": f"{value / 100:g}"},
            ),
        )
    return value


def _growth(value: Any) -> Any:
    """Return a growth that was written as 0.2 or as "20 %"; up to threefold as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value <= 2:
        return value
    if isinstance(value, str):
        found = re.fullmatch(r"\s*\+?\s*(\d+(?:[.,]\d+)?)\s*%\s*", value)
        if found is not None:
            return float(found[1].replace(",", ".")) / 100
    return _share(value)


Share = Annotated[float, BeforeValidator(_share), Field(gt=0, lt=1)]
"""A share in (0, 1)."""
Points = Annotated[float, BeforeValidator(_share), Field(ge=0, lt=1)]
"""A difference of shares in [0, 1)."""
Growth = Annotated[float, BeforeValidator(_growth), Field(ge=0)]
"""By what part something grows, 0 or more."""
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]


def not_more(part: str, whole: str) -> Any:
    """Return a validator: of so many there can be no more than all."""

    def check(cls: type[BaseModel], value: int, info: pydantic.ValidationInfo) -> int:
        found = info.data.get(part)
        if found is not None and found > value:
            raise problem_at(
                None,
                Message(
                    "`{part}` is {found}, more than `{whole}`, which is {n}",
                    {"part": part, "found": found, "whole": whole, "n": value},
                ),
            )
        return value

    return pydantic.field_validator(whole)(classmethod(check))


def one_of(entries: dict[str, bool]) -> None:
    """Raise if several ways of giving the data are used at once, or one of them in part."""
    given = [name for name, is_given in entries.items() if is_given]
    if len(given) > 1:
        raise problem_at(
            None,
            Message(
                "give the data once: `{first}` or `{second}`",
                {"first": given[0], "second": given[1]},
            ),
        )


def together(**entries: object) -> bool:
    """Return whether entries that belong together are there; raise if only some are."""
    missing = [name.rstrip("_") for name, value in entries.items() if value is None]
    if missing and len(missing) < len(entries):
        given = next(name.rstrip("_") for name, value in entries.items() if value is not None)
        raise problem_at(
            None, Message("`{given}` is given, `{missing}` is not", {"given": given, "missing": missing[0]})
        )
    return not missing
