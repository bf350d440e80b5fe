"""Answers in parts: sentences and the whole, as models score them and encoders get them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fitcheck.classifiers.rules import SIGNAL
from fitcheck.classifiers.segments import Segment, split_segments
from fitcheck.classifiers.tokens import TOKENS, fold_texts, words_between_blanks
from fitcheck.privacy.redact import Redacted, Redactor
from fitcheck.records import Answer, QuestionKind


class Pieces:
    """Answers in parts: the segments of each and then its whole text, answer after answer."""

    def __init__(self, answers: Sequence[Answer], kinds: Sequence[QuestionKind]) -> None:
        self.answers, self.kinds = answers, kinds
        self.segments = [split_segments(answer.text) for answer in answers]
        self.texts = [
            text
            for answer, own in zip(answers, self.segments, strict=True)
            for text in (*(segment.text for segment in own), answer.text)
        ]
        self.n_segments = np.array([len(own) for own in self.segments])
        self.ends = np.cumsum(self.n_segments + 1)
        """Where each answer's parts end."""
        self.starts = np.cumsum(self.n_segments) - self.n_segments
        """Where each answer's segments start, among all segments."""
        self.is_segment = np.ones(len(self.texts), bool)
        self.is_segment[self.ends - 1] = False
        repeated = zip(kinds, self.n_segments, strict=True)
        self.kinds_of_parts = [kind for kind, n in repeated for _ in range(n + 1)]
        places: dict[tuple[str, QuestionKind], int] = {}
        parts = zip(self.texts, self.kinds_of_parts, strict=True)
        self.places = np.array([places.setdefault(part, len(places)) for part in parts])
        """Where each part stands among those that differ; one sentence is its whole as well."""
        self.words = words_between_blanks(fold_texts([text for text, _ in places]))
        """Words of the parts that differ, as they are compared."""
        self.tokens = self.words.divided(TOKENS)
        """The same as they are counted."""
        self.distinct_kinds = [kind for _, kind in places]
        """The kinds of questions of the parts that differ."""

    def asked(self, redactor: Redactor | None) -> list[str]:
        """Return what an encoder gets of each part."""
        return [
            text
            for answer, own in zip(self.answers, self.segments, strict=True)
            for text in asked_texts(answer, own, redactor)
        ]


def asked_texts(
    answer: Answer, segments: Sequence[Segment], redactor: Redactor | None
) -> list[str]:
    """Return what an encoder gets of an answer: each segment and the whole, under its question.

    A segment is redacted as a part of its answer: who was "Frau Müller" in one sentence may be
    just "Müller" in the next.

    Examples
    --------
    >>> answer = Answer("Frau Müller war nett. Müller kann das.", "Was hat gefallen?")
    >>> asked_texts(answer, split_segments(answer.text), Redactor())[1]
    'Was hat gefallen? [Person 1] kann das.'
    """
    question, whole = answer.question, Redacted(answer.text)
    if redactor is not None:
        question, whole = redactor.redact(question).text, redactor.redact(answer.text)
    parts = [whole.part(segment.start, segment.end) for segment in segments]
    return [f"{question} {text}" for text in (*parts, whole.text)]


def segment_targets(text: str, segments: list[Segment], label: str, quote: str) -> list[str]:
    """Return the label of each segment and of the whole text.

    Segments that overlap the quote carry the answer's label, the others none; without a quote
    every segment carries it.
    """
    start = text.find(quote) if quote and label in SIGNAL else -1
    if start < 0:
        return [label] * (len(segments) + 1)
    stop = start + len(quote)
    marked = [label if s.start < stop and s.end > start else "no_signal" for s in segments]
    if label not in marked:
        marked = [label] * len(segments)
    return [*marked, label]
