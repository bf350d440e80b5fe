"""Tells from a question's wording what it asks for, by cues that people can read and extend.

A cue is a phrase. ``*`` stands for the rest of a word, ``...`` for up to six words between:
``erwartung* ... erfuell*``. Case, umlauts and punctuation do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Protocol

from fitcheck.records import QuestionKind

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'"})
_CLAUSE_END = re.compile(r"[^\w' -]|\b(?:und|oder|aber|sowie|bzw|and|or|but|vs)\b")
_ASIDE = 4
"""A clause of at most so many words that only negates takes its sense from the one before it."""

_MAX_KNOWN = 1_000


class KindOfQuestion(Protocol):
    """What the matcher needs to know of a kind of question."""

    @property
    def id(self) -> QuestionKind:
        """The kind."""

    @property
    def cues(self) -> Sequence[str]:
        """Phrases that speak for the kind."""

    @property
    def unless(self) -> Sequence[str]:
        """Phrases that speak against it wherever they stand."""

    @property
    def negates(self) -> QuestionKind | None:
        """The kind whose cues mean this one after a negation."""

    @property
    def both_of(self) -> Sequence[tuple[QuestionKind, QuestionKind]]:
        """Kinds that, one after the other, mean this one: "What was good, what was bad?"."""


class QuestionMatcher:
    """Finds the kind of a question; `kinds` are in order of precedence."""

    def __init__(self, kinds: Sequence[KindOfQuestion], negations: Sequence[str]) -> None:
        self._kinds = kinds
        self._negations = negations

    def kind_of(self, question: str) -> QuestionKind:
        """Return what `question` asks for; ``open`` if its wording does not say."""
        return self._remembered(question)

    @cached_property
    def _remembered(self) -> Callable[[str], QuestionKind]:
        # Thousands of answers share a few questions.
        return lru_cache(maxsize=_MAX_KNOWN)(self._find)

    def _find(self, question: str) -> QuestionKind:
        folded = fold_question(question)
        excluded = {kind for kind, pattern in self._unless.items() if pattern.search(folded)}
        found: list[QuestionKind] = []
        for clause in filter(str.strip, _CLAUSE_END.split(folded)):
            kind = self._kind_of_clause(clause, excluded, found[-1:])
            if kind is not None:
                found.append(kind)
        for entry in self._kinds:
            if any(b in found[found.index(a) :] for a, b in entry.both_of if a in found):
                return entry.id
        return next((entry.id for entry in self._kinds if entry.id in found), "open")

    def _kind_of_clause(
        self, clause: str, excluded: Iterable[str], before: list[QuestionKind]
    ) -> QuestionKind | None:
        negated = self._negation.search(clause) is not None
        for entry in self._kinds:
            if entry.id not in excluded and self._cues[entry.id].search(clause):
                return self._negative_of.get(entry.id, entry.id) if negated else entry.id
        if negated and before and len(clause.split()) <= _ASIDE:
            return self._negative_of.get(before[0])
        return None

    @cached_property
    def _cues(self) -> dict[QuestionKind, re.Pattern[str]]:
        return {entry.id: _pattern(entry.cues) for entry in self._kinds}

    @cached_property
    def _unless(self) -> dict[QuestionKind, re.Pattern[str]]:
        return {entry.id: _pattern(entry.unless) for entry in self._kinds}

    @cached_property
    def _negation(self) -> re.Pattern[str]:
        return _pattern(self._negations)

    @cached_property
    def _negative_of(self) -> dict[QuestionKind, QuestionKind]:
        return {entry.negates: entry.id for entry in self._kinds if entry.negates is not None}


def is_cue(text: str) -> bool:
    """Return whether `text` is a phrase of words and wildcards.

    Examples
    --------
    >>> is_cue("erwartung* ... erfuell*"), is_cue("(a|b)")
    (True, False)
    """
    return re.fullmatch(r"(?:[\w'*-]+|\.\.\.)(?: (?:[\w'*-]+|\.\.\.))*", text) is not None


def fold_question(text: str) -> str:
    """Return a wording as cues are compared: lower case, no umlauts, ``not`` for ``n't``.

    Examples
    --------
    >>> fold_question("Was hat_Ihnen  NICHT gefallen, Ärger?")
    ' was hat ihnen nicht gefallen, aerger? '
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    folded = re.sub(r"n't\b|\b(did|does|was)nt\b", r"\1 not", folded.replace("_", " "))
    return f" {' '.join(folded.split())} "


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words; none finds nothing."""
    found = "|".join(_phrase(fold_question(phrase)) for phrase in phrases)
    return re.compile(f"(?<![\\w'-])(?:{found})(?![\\w'-])" if found else r"(?!)")


def _phrase(folded: str) -> str:
    words = [
        r"(?:[^ ]+ ){0,6}?" if word == "..." else re.escape(word).replace(r"\*", r"[\w'-]*") + " "
        for word in folded.split()
    ]
    return "".join(words).removesuffix(" ")
