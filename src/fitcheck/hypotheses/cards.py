"""Cards: "we believe that … / we will know that …", each with a criterion."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from fitcheck.hypotheses import amount, demand, fit, share, uplift
from fitcheck.hypotheses.criterion import CRITERIA, Criterion
from fitcheck.hypotheses.entries import Entry, Name
from fitcheck.records import Language, Message
from fitcheck.resources import resource
from fitcheck.toml_files import TomlFile, problem_at, read_toml

BUILT_IN = (
    fit.NotFitBelow,
    uplift.Uplift,
    share.ShareAbove,
    demand.DemandGrowth,
    amount.AmountIncrease,
)
"""The kinds of criteria that are always there."""
_OPENINGS: Mapping[Language, tuple[str, ...]] = {
    "de": ("wir glauben", "wir werden wissen", "wir wissen"),
    "en": ("we believe", "we will know", "we'll know", "we’ll know", "we know"),
}


class Said(Entry):
    """A sentence of a card, in one language or both."""

    de: Name | None = None
    en: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Said:
        if not (self.de or self.en):
            raise problem_at(None, Message("say it in `de` or `en`"))
        return self

    def in_language(self, lang: Language) -> tuple[str, Language]:
        """Return the sentence, and the language that it is in."""
        other: Language = "en" if lang == "de" else "de"
        own = getattr(self, lang)
        return (own, lang) if own else (getattr(self, other), other)


def _said(value: Any) -> Any:
    """Return a plain sentence by the language that its opening shows; German without one."""
    if not isinstance(value, str):
        return value
    start = value.strip().casefold()
    return {"en" if start.startswith(_OPENINGS["en"]) else "de": value}


def is_opened(sentence: str) -> bool:
    """Return whether a sentence starts with words such as "we believe".

    Examples
    --------
    >>> is_opened("Wir glauben, dass es hilft"), is_opened("es hilft")
    (True, False)
    """
    start = sentence.strip().casefold()
    return any(start.startswith(openings) for openings in _OPENINGS.values())


Sentence = Annotated[Said, BeforeValidator(_said)]
C = TypeVar("C", bound=Criterion)


class Card(Entry, Generic[C]):
    """A hypothesis, and by what it is judged."""

    id: str = Field(pattern=r"^[\w][\w .()/&+-]*$")
    title: str = ""
    """Shown instead of the id."""
    believe: Sentence
    """What the team believes, with or without "We believe that"."""
    know: Sentence
    """By what it will know, with or without "We will know that"."""
    criterion: C

    @property
    def name(self) -> str:
        """The title, or else the id."""
        return self.title or self.id


class Cards(Entry, Generic[C]):
    """A validated hypotheses file."""

    hypotheses: tuple[Card[C], ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _ids_differ(self) -> Cards[C]:
        seen: set[str] = set()
        for number, card in enumerate(self.hypotheses):
            if card.id in seen:
                raise problem_at(
                    ("hypotheses", number, "id"),
                    Message("the id {id} stands twice", {"id": repr(card.id)}),
                )
            seen.add(card.id)
        return self


def load_cards(path: str | Path) -> TomlFile[Cards[Any]]:
    """Return the cards in a file, with what it takes to name its lines.

    Raises
    ------
    CodebookError
        If the file breaks a rule; the message names line, card and entry.

    Examples
    --------
    >>> load_cards(demo_cards_path()).model.hypotheses[0].id
    'passung'
    """
    kinds = functools.reduce(operator.or_, CRITERIA.values())  # they are known only now
    model = Cards[Annotated[kinds, Field(discriminator="kind")]]  # type: ignore[valid-type]
    return read_toml(Path(path), model)


def demo_cards_path() -> Path:
    """Return where the shipped cards with invented data lie."""
    return resource("labeled/demo/hypotheses.toml")


def starter_path(lang: Language) -> Path:
    """Return where the starter file in a language lies."""
    return resource(f"labeled/hypotheses.{lang}.toml")
