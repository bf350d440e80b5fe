"""The codebook: labels, ordered decision rules, themes, missing tokens, question kinds."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fitcheck.question_kinds import QuestionMatcher, is_cue
from fitcheck.records import LABELS, QUESTION_KINDS, Label, Polarity, QuestionKind
from fitcheck.resources import resource
from fitcheck.toml_files import load_toml, problem_at

PERSONA_DIMENSIONS = ("goal", "need", "context", "knowledge", "format", "barrier", "reach")
PersonaDimension = Literal["goal", "need", "context", "knowledge", "format", "barrier", "reach"]

Change = Literal["addressing", "training", "workplace"]
CHANGES: tuple[Change, ...] = ("addressing", "training", "workplace")
"""What can be changed where a theme is why an offer did not fit: whom it is offered to, when and
how it is announced; the offer itself; or the place where its participants work."""

Texts = dict[str, str]
"""One wording per language, such as ``{"de": "…", "en": "…"}``."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelText(_Entry):
    """How a label is called and defined."""

    name: Texts
    definition: Texts


class Example(_Entry):
    """An answer that shows a rule or a theme at work."""

    text: str
    label: Label
    question: str = ""
    language: str = ""
    polarity: Polarity | None = None
    flags: tuple[str, ...] = ()


class Rule(_Entry):
    """One decision rule; rules are applied in the order of the file."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    title: Texts
    text: Texts
    brief: str = ""
    """The rule in a line of English for a language model, which gets `text` if this is empty."""
    examples: tuple[Example, ...] = ()


class Missing(_Entry):
    """Tokens that are no answer to any question."""

    always: tuple[str, ...]


class Question(_Entry):
    """A kind of question, with the wordings it is known by."""

    id: QuestionKind
    name: Texts
    definition: Texts = {}
    cues: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    negates: QuestionKind | None = None
    both_of: tuple[tuple[QuestionKind, QuestionKind], ...] = ()
    missing: tuple[str, ...] = ()

    @field_validator("cues", "unless")
    @classmethod
    def _cues_have_words(cls, cues: tuple[str, ...]) -> tuple[str, ...]:
        for cue in cues:
            words = cue.split()
            if not words or words[0] == "..." or words[-1] == "..." or not is_cue(cue):
                raise ValueError(
                    f"the cue {cue!r} is no phrase: write words, * for the rest of a word, and "
                    "... for words between"
                )
        return cues


class Questions(_Entry):
    """What holds for the wording of every question."""

    negations: tuple[str, ...] = ()


class ShortAnswer(_Entry):
    """Whole answers whose label follows from a rule and the question's kind."""

    rule: str
    kinds: tuple[QuestionKind, ...]
    label: Label
    tokens: tuple[str, ...]
    flags: tuple[str, ...] = ()


class Exclusion(_Entry):
    """What does not belong to a theme, and to which it does."""

    text: Texts
    see: str = ""


class Theme(_Entry):
    """A topic an answer can speak of."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Texts
    definition: Texts
    brief: str = ""
    """The theme in a line of English for a language model; `definition` if this is empty."""
    include: dict[str, tuple[str, ...]] = {}
    exclude: tuple[Exclusion, ...] = ()
    fit_relation: Literal["core", "conditional", "none"] = "none"
    persona_dimensions: tuple[PersonaDimension, ...] = ()
    change: tuple[Change, ...] = ()
    """What a complaint about it points at; several where that alone does not tell which."""
    sub_codes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


class Codebook(_Entry):
    """A validated codebook.

    Examples
    --------
    >>> codebook = load_codebook()
    >>> codebook.kind_of("Was hat nicht gepasst?")
    'misfit'
    >>> codebook.is_missing("k. A.", "open")
    True
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    version: int = Field(ge=1)
    languages: tuple[str, ...] = Field(min_length=1)
    core_question: Texts
    labels: dict[Label, LabelText]
    rules: tuple[Rule, ...] = Field(min_length=1)
    missing: Missing
    questions: Questions = Questions()
    question_kinds: tuple[Question, ...]
    short_answers: tuple[ShortAnswer, ...] = ()
    themes: tuple[Theme, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _entries_agree(self) -> Codebook:
        missing_labels = [label for label in LABELS if label not in self.labels]
        if missing_labels:
            raise problem_at(("labels",), f"the label {missing_labels[0]} is not defined")
        _require_unique("rules", [rule.id for rule in self.rules])
        _require_unique("themes", [theme.id for theme in self.themes])
        _require_unique("question_kinds", [kind.id for kind in self.question_kinds])
        self._check_languages()
        self._check_references()
        return self

    def _check_languages(self) -> None:
        texts: list[tuple[tuple[str | int, ...], Texts]] = [
            (("core_question",), self.core_question)
        ]
        for number, rule in enumerate(self.rules):
            texts += [(("rules", number, "title"), rule.title)]
            texts += [(("rules", number, "text"), rule.text)]
        for number, theme in enumerate(self.themes):
            texts += [(("themes", number, "name"), theme.name)]
            texts += [(("themes", number, "definition"), theme.definition)]
        for place, text in texts:
            absent = [language for language in self.languages if not text.get(language)]
            if absent:
                raise problem_at(place, f"there is no text for the language {absent[0]!r}")

    def _check_references(self) -> None:
        themes = {theme.id for theme in self.themes}
        rules = {rule.id for rule in self.rules}
        for number, theme in enumerate(self.themes):
            for exclusion in theme.exclude:
                if exclusion.see and exclusion.see not in themes:
                    place = ("themes", number, "exclude")
                    raise problem_at(place, f"{exclusion.see!r} is not a theme of this codebook")
        seen: dict[tuple[str, str], int] = {}
        for number, entry in enumerate(self.short_answers):
            if entry.rule not in rules:
                place = ("short_answers", number, "rule")
                raise problem_at(place, f"{entry.rule!r} is not a rule of this codebook")
            for kind in entry.kinds:
                for token in entry.tokens:
                    if seen.setdefault((kind, fold_token(token)), number) != number:
                        place = ("short_answers", number, "tokens")
                        raise problem_at(place, f"{token!r} stands twice for the kind {kind!r}")

    def __getstate__(self) -> dict[Any, Any]:
        """Return what goes to another process: the entries, not what was prepared from them."""
        state = super().__getstate__()
        own = type(self).model_fields
        state["__dict__"] = {name: v for name, v in state["__dict__"].items() if name in own}
        return state

    @property
    def theme_ids(self) -> tuple[str, ...]:
        """The ids of the themes, in the order of the file."""
        return tuple(theme.id for theme in self.themes)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of what answers are coded by.

        Comments and layout of the file do not change it, nor does `Theme.change`, which is for
        readers of reports.
        """
        coded_by = self.model_dump_json(exclude={"themes": {"__all__": {"change"}}})
        return hashlib.sha256(coded_by.encode()).hexdigest()

    def kind_of(self, question: str) -> QuestionKind:
        """Return what `question` asks for, from its wording; ``open`` if that does not say."""
        return self._matcher.kind_of(question)

    def is_missing(self, text: str, kind: QuestionKind) -> bool:
        """Return whether `text` is no answer at all to a question of this kind."""
        token = text.strip().casefold()
        return not token.strip() or token in self._missing[kind]

    def short_answer(self, text: str, kind: QuestionKind) -> ShortAnswer | None:
        """Return the entry that settles `text` as a whole answer, or None."""
        # Most answers have more words than any entry: folding them would take as long as labelling.
        if self._too_long.match(text) and unicodedata.is_normalized("NFKC", text):
            return None
        return self._short_answers.get((kind, fold_token(text)))

    @cached_property
    def _matcher(self) -> QuestionMatcher:
        return QuestionMatcher(self.question_kinds, self.questions.negations)

    @cached_property
    def _missing(self) -> dict[QuestionKind, frozenset[str]]:
        own = {kind.id: kind.missing for kind in self.question_kinds}
        return {
            kind: frozenset(
                token.strip().casefold() for token in (*self.missing.always, *own.get(kind, ()))
            )
            for kind in QUESTION_KINDS
        }

    @cached_property
    def _too_long(self) -> re.Pattern[str]:
        """Matches texts with more words than any short answer has."""
        tokens = (token for _, token in self._short_answers)
        longest = max((len(re.findall(r"\w+", token)) for token in tokens), default=0)
        return re.compile(rf"\W*+(?:\w++\W++){{{longest}}}\w")

    @cached_property
    def _short_answers(self) -> dict[tuple[str, str], ShortAnswer]:
        return {
            (kind, fold_token(token)): entry
            for entry in self.short_answers
            for kind in entry.kinds
            for token in entry.tokens
        }


def fold_token(text: str) -> str:
    """Return `text` without case, inner double blanks, outer punctuation and symbols.

    Examples
    --------
    >>> fold_token("  Teils,  teils … 🙂")
    'teils, teils'
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    first = next((i for i, character in enumerate(folded) if character.isalnum()), None)
    if first is None:
        return folded
    behind = next(i for i, character in enumerate(reversed(folded)) if character.isalnum())
    return folded[first : len(folded) - behind]


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or in the first one that there is, on one line.

    Examples
    --------
    >>> text_in({"de": "passend"}, "en")
    'passend'
    """
    return " ".join((texts.get(language) or next(iter(texts.values()))).split())


def load_codebook(path: str | Path | None = None) -> Codebook:
    """Return the codebook in `path`, or the shipped one.

    Raises
    ------
    CodebookError
        If the file breaks a rule; the message names line and entry.

    Examples
    --------
    >>> load_codebook().id
    'fit'
    """
    return _shipped_codebook() if path is None else load_toml(Path(path), Codebook)


def codebook_path() -> Path:
    """Return where the shipped codebook lies."""
    return resource("labeled/codebook.v1.toml")


@cache
def _shipped_codebook() -> Codebook:
    return load_toml(codebook_path(), Codebook)


def _require_unique(section: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, name in enumerate(ids):
        if name in seen:
            raise problem_at((section, number, "id"), f"the id {name!r} stands twice")
        seen.add(name)
