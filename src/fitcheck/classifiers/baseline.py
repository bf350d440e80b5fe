"""The offline baseline: sentences are scored, and their scores decide the answer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from fitcheck.classifiers.base import AnswerClassifier, as_answers
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.features import SegmentFeatures
from fitcheck.classifiers.linear import OneVsRest
from fitcheck.classifiers.rules import SIGNAL, kind_of, settled_by_rule
from fitcheck.classifiers.segments import MAX_CHARACTERS, Segment, split_segments
from fitcheck.classifiers.themes import ThemeTagger
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.labeled import LabeledAnswer, answers_of, fingerprint, labels_of, load_labeled
from fitcheck.llm.budget import Price
from fitcheck.privacy.redact import Redacted, Redactor
from fitcheck.records import Answer, Prediction, QuestionKind, ThemeHit
from fitcheck.settings import ServerSettings, model_of_server

_MIXED = 0.5
"""An answer whose sentences speak for both sides at least so much is flagged ``mixed``."""


class BaselineClassifier(AnswerClassifier):
    """Labels answers with a logistic regression over their sentences, offline by default.

    The regression scores each sentence or clause and the whole text. The strongest sentence
    for each side and the whole text decide with equal weight; the sentence that speaks most for
    the label is its quote.

    Parameters
    ----------
    encoder : str, default="tfidf"
        Features of a sentence: words and pairs of words, and with "tfidf+use", "tfidf+e5" or
        "openai:MODEL" a sentence vector; the last one sends redacted texts to `server`.
    C : float, default=10.0
        Inverse strength of regularization, over 0.
    codebook : Codebook, optional
        Settles short answers and kinds of questions; the shipped one by default.
    server : ServerSettings, optional
        Of ``openai:MODEL``: where the model is; what the environment names by default.
    price : Price, optional
        Of ``openai:MODEL``: what tokens cost; without it there are counts only.

    Attributes
    ----------
    classes_ : ndarray of str, shape (n_classes,)
        The labels seen in `fit`, sorted.

    Examples
    --------
    >>> classifier = BaselineClassifier.pretrained()
    >>> answer = Answer("nichts", question="Was hat nicht gepasst?")
    >>> classifier.annotate([answer])[0].label
    'fit'
    """

    def __init__(
        self,
        encoder: str = "tfidf",
        C: float = 10.0,
        codebook: Codebook | None = None,
        server: ServerSettings | None = None,
        price: Price | None = None,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.codebook = codebook
        self.server = server
        self.price = price

    @classmethod
    def pretrained(
        cls,
        encoder: str = "tfidf",
        codebook: Codebook | None = None,
        server: ServerSettings | None = None,
        price: Price | None = None,
    ) -> BaselineClassifier:
        """Return the baseline fitted on the shipped answers, once per process."""
        model = copy(_fitted(encoder, server, price))  # each has a codebook of its own
        model.codebook = codebook
        return model

    trained_on: str | None = None
    """Fingerprint of the labelled answers it was fitted on, where known."""

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return "baseline"

    @property
    def encoder_id(self) -> str:
        """Name and version of the features, for the run file."""
        check_is_fitted(self, "features_")
        sentence_encoder = self.features_.encoder
        return "tfidf" if sentence_encoder is None else f"tfidf+{sentence_encoder.id}"

    @property
    def vector_facts(self) -> dict[str, Any]:
        """What a server got and took that gives the vectors; empty where nothing is sent."""
        if model_of_server(self.encoder) is None:
            return {}
        return dict(getattr(make_encoder(self.encoder, self.server, self.price), "facts", {}))

    def fit(
        self,
        X: Sequence[Answer | str],
        y: Sequence[str],
        *,
        quotes: Sequence[str] | None = None,
        themes: Sequence[Sequence[ThemeHit]] | None = None,
    ) -> BaselineClassifier:
        """Learn from labelled answers.

        Parameters
        ----------
        X : sequence of Answer or str, length n_answers
        y : sequence of str, length n_answers
            Labels.
        quotes : sequence of str, optional
            The verbatim words that decide each answer, empty where unknown.
        themes : sequence of sequences of ThemeHit, optional
            The themes of each answer; without them no themes are tagged.

        Raises
        ------
        DataError
            If there are fewer than two labels.
        ConfigError
            If the encoder is unknown or not installed.
        """
        answers, labels = as_answers(X), np.asarray(y, dtype=object)
        if len(answers) != len(labels):
            raise ValueError(f"X has {len(answers)} answers but y has {len(labels)} labels")
        self.classes_ = np.unique(labels.astype(str)).astype(object)
        if len(self.classes_) < 2:
            raise DataError(
                "The labels to learn from are all the same.", "Add answers with other labels."
            )
        if quotes is None or "no_signal" not in self.classes_:
            quotes = [""] * len(answers)
        kinds = [self._kind(answer) for answer in answers]
        pieces = [split_segments(answer.text) for answer in answers]
        targets = [
            target
            for answer, own, label, quote in zip(answers, pieces, labels, quotes, strict=True)
            for target in _segment_targets(answer.text, own, label, quote)
        ]
        self.features_ = SegmentFeatures(make_encoder(self.encoder, self.server, self.price))
        texts = [answer.text for answer in answers]
        self.features_.fit(texts, kinds)
        marks = np.array(targets)[:, None] == self.classes_[None, :]
        self.segment_model_ = OneVsRest(self.classes_.tolist(), self.C)
        self.segment_model_.fit(self._rows(answers, pieces, kinds), marks)
        self.themes_ = None if themes is None else ThemeTagger().fit(texts, themes)
        return self

    def fit_labeled(self, examples: Sequence[LabeledAnswer]) -> BaselineClassifier:
        """Learn labels, quotes and themes from labelled answers."""
        self.trained_on = fingerprint(examples)
        themes = [example.themes for example in examples]
        return self.fit(
            answers_of(examples),
            labels_of(examples),
            quotes=[example.quote for example in examples],
            themes=themes if any(themes) else None,
        )

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order.

        An answer never changes another one's label.
        """
        check_is_fitted(self, "segment_model_")
        answers = as_answers(X)
        if not answers:
            return []
        # Equal answers are scored once.
        unique = {(a.text, a.question, self._kind(a)): a for a in answers}
        found = self._annotate_unique(list(unique.values()))
        by_key = dict(zip(unique, found, strict=True))
        return [by_key[a.text, a.question, self._kind(a)] for a in answers]

    def _annotate_unique(self, answers: list[Answer]) -> list[Prediction]:
        pieces = [split_segments(answer.text) for answer in answers]
        kinds = [self._kind(answer) for answer in answers]
        scores = self.segment_model_.score(self._rows(answers, pieces, kinds))
        scores = np.clip(scores, 1e-6, None)
        scores /= scores.sum(axis=1, keepdims=True)
        themes: list[tuple[ThemeHit, ...]] = [()] * len(answers)
        if self.themes_ is not None:
            known = set((self.codebook or load_codebook()).theme_ids)
            tagged = self.themes_.tag([answer.text for answer in answers], pieces)
            themes = [tuple(hit for hit in hits if hit.theme in known) for hits in tagged]
        predictions, start = [], 0
        for answer, own, hits in zip(answers, pieces, themes, strict=True):
            block = scores[start : start + len(own) + 1]
            predictions.append(self._prediction(answer, own, block, hits))
            start += len(block)
        return predictions

    def _prediction(
        self,
        answer: Answer,
        segments: list[Segment],
        scores: np.ndarray,
        themes: tuple[ThemeHit, ...],
    ) -> Prediction:
        settled = settled_by_rule(answer, self.codebook or load_codebook(), self.classes_.tolist())
        if settled is not None:
            return replace(settled, themes=themes)
        probabilities = self._combine(scores)
        shares = dict(zip(self.classes_.tolist(), probabilities.tolist(), strict=True))
        label = self.classes_[int(np.argmax(probabilities))]
        quote, span = "", None
        if label in SIGNAL:
            column = self.classes_.tolist().index(label)
            best = segments[int(np.argmax(scores[:-1, column]))]
            quote, span = best.text, (best.start, best.end)
        flags = self._flags(answer.text, scores)
        return Prediction(label, shares, themes, quote, span, flags, "baseline")

    def _combine(self, scores: np.ndarray) -> np.ndarray:
        """Return the probability of each label: sentences and whole text, half and half.

        `scores` has one row per sentence and the whole text as its last row. A sentence without
        signal says nothing, so each side counts with its strongest sentence.
        """
        sentences, whole = scores[:-1], scores[-1]
        strongest = sentences.max(axis=0)
        signal = [i for i, label in enumerate(self.classes_) if label in SIGNAL]
        if len(signal) < len(self.classes_):
            other = 1 - max((strongest[i] for i in signal), default=0.0)
            strongest[[i for i in range(len(strongest)) if i not in signal]] = other
        strongest = np.clip(strongest, 1e-6, None)
        combined: np.ndarray = (strongest / strongest.sum() + whole) / 2
        return combined

    def _flags(self, text: str, scores: np.ndarray) -> tuple[str, ...]:
        columns = [i for i, label in enumerate(self.classes_) if label in SIGNAL]
        both = len(columns) == 2 and bool((scores[:-1, columns].max(axis=0) >= _MIXED).all())
        long = len(text) > MAX_CHARACTERS
        return (("mixed",) if both else ()) + (("truncated",) if long else ())

    def _kind(self, answer: Answer) -> QuestionKind:
        return kind_of(answer, self.codebook or load_codebook())

    def _rows(
        self, answers: list[Answer], pieces: list[list[Segment]], kinds: list[QuestionKind]
    ) -> sparse.csr_matrix:
        """Return features of each answer's segments and then of its whole text."""
        encoder = self.features_.encoder
        texts: list[str] = []
        repeated: list[QuestionKind] = []
        asked: list[str] = []
        for answer, segments, kind in zip(answers, pieces, kinds, strict=True):
            texts += [*(segment.text for segment in segments), answer.text]
            repeated += [kind] * (len(segments) + 1)
            asked += asked_texts(answer, segments, encoder.redactor if encoder else None)
        return self.features_.transform(texts, repeated, asked)


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


def _segment_targets(text: str, segments: list[Segment], label: str, quote: str) -> list[str]:
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


@cache
def _fitted(encoder: str, server: ServerSettings | None, price: Price | None) -> BaselineClassifier:
    model = BaselineClassifier(encoder, server=server, price=price)
    return model.fit_labeled(load_labeled("train"))
