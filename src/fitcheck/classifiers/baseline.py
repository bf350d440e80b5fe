"""The offline baseline: sentences are scored, and their scores decide the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from fitcheck.classifiers.base import AnswerClassifier, as_answers
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.features import SegmentFeatures
from fitcheck.classifiers.linear import OneVsRest
from fitcheck.classifiers.pieces import Pieces, segment_targets
from fitcheck.classifiers.rules import SIGNAL, kind_of, settled_by_rule
from fitcheck.classifiers.segments import MAX_CHARACTERS
from fitcheck.classifiers.stretches import first_largest
from fitcheck.classifiers.themes import ThemeTagger
from fitcheck.classifiers.tokens import TOKENS, fold_texts, words_between_blanks
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.labeled import LabeledAnswer, answers_of, fingerprint, labels_of
from fitcheck.llm.budget import Price
from fitcheck.records import Answer, Label, Prediction, QuestionKind, ThemeHit
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
    >>> texts = ["passt genau", "passt gut zu uns", "passt nicht", "hilft uns gar nicht"]
    >>> classifier = BaselineClassifier().fit(texts, ["fit", "fit", "not_fit", "not_fit"])
    >>> classifier.predict(["das passt nicht zu uns"]).tolist()
    ['not_fit']
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

    trained_on: str | None = None
    """Fingerprint of the labelled answers it was fitted on, where known."""

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return "baseline"

    @property
    def encoder_id(self) -> str:
        """Name and version of the features, for the run file."""
        self._require_fitted()
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
        pieces = Pieces(answers, [self._kind(answer) for answer in answers])
        targets = [
            target
            for answer, own, label, quote in zip(
                answers, pieces.segments, labels, quotes, strict=True
            )
            for target in segment_targets(answer.text, own, label, quote)
        ]
        whole = words_between_blanks(fold_texts([answer.text for answer in answers]))
        tokens = whole.divided(TOKENS)
        encoder = make_encoder(self.encoder, self.server, self.price)
        self.features_ = SegmentFeatures.learn(whole, tokens, pieces.kinds, encoder)
        marks = np.array(targets)[:, None] == self.classes_[None, :]
        self.segment_model_ = OneVsRest(self.classes_.tolist(), self.C)
        self.segment_model_.fit(self._rows(pieces), marks)
        self.themes_ = None if themes is None else ThemeTagger().fit(tokens, themes)
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
        self._require_fitted()
        answers = as_answers(X)
        if not answers:
            return []
        # Equal answers are scored once.
        kinds = [self._kind(answer) for answer in answers]
        keys = [(a.text, a.question, kind) for a, kind in zip(answers, kinds, strict=True)]
        unique = dict(zip(keys, answers, strict=True))
        found = self._annotate_unique(Pieces(list(unique.values()), [key[2] for key in unique]))
        by_key = dict(zip(unique, found, strict=True))
        return [by_key[key] for key in keys]

    def _annotate_unique(self, pieces: Pieces) -> list[Prediction]:
        codebook = self.codebook or load_codebook()
        themes = self._themes(pieces, codebook)
        scores = np.clip(self._scores(pieces), 1e-6, None)
        scores /= scores.sum(axis=1, keepdims=True)
        judged = self._judge(scores, pieces)
        classes = self.classes_.tolist()
        predictions = []
        for i, answer in enumerate(pieces.answers):
            settled = settled_by_rule(answer, codebook, classes)
            if settled is not None:
                predictions.append(replace(settled, themes=themes[i]))
                continue
            quote, span = "", None
            if judged.labels[i] in SIGNAL:
                best = pieces.segments[i][judged.best[i]]
                quote, span = best.text, (best.start, best.end)
            shares = dict(zip(classes, judged.probabilities[i], strict=True))
            flags: tuple[str, ...] = ("mixed",) if judged.mixed[i] else ()
            if len(answer.text) > MAX_CHARACTERS:
                flags += ("truncated",)
            label = judged.labels[i]
            predictions.append(Prediction(label, shares, themes[i], quote, span, flags, "baseline"))
        return predictions

    def _judge(self, scores: np.ndarray, pieces: Pieces) -> _Judged:
        """Return what the parts' scores say of each answer: sentences and whole, half and half.

        `scores` has a row per part and sums to 1. A sentence without signal says nothing, so each
        side counts with its strongest sentence.
        """
        sentences, whole = scores[pieces.is_segment], scores[~pieces.is_segment]
        strongest = np.maximum.reduceat(sentences, pieces.starts)
        columns = [i for i, label in enumerate(self.classes_) if label in SIGNAL]
        mixed = np.full(len(whole), len(columns) == 2)
        mixed &= (strongest[:, columns] >= _MIXED).all(axis=1)
        if len(columns) < len(self.classes_):
            silent = [i for i in range(len(self.classes_)) if i not in columns]
            strongest[:, silent] = 1 - strongest[:, columns].max(axis=1, initial=0)[:, None]
        strongest = np.clip(strongest, 1e-6, None)
        probabilities = self._combine(strongest / strongest.sum(axis=1, keepdims=True), whole)
        chosen = np.argmax(probabilities, axis=1)
        # The first of the sentences that speak most for the label.
        owners = np.repeat(np.arange(len(whole)), pieces.n_segments)
        speaking = sentences[np.arange(len(sentences)), chosen[owners]]
        best = first_largest(speaking, pieces.starts) - pieces.starts
        return _Judged(
            self.classes_[chosen].tolist(), probabilities.tolist(), best.tolist(), mixed.tolist()
        )

    def _combine(self, sentences: np.ndarray, whole: np.ndarray) -> np.ndarray:
        return np.asarray((sentences + whole) / 2)

    def _themes(self, pieces: Pieces, codebook: Codebook) -> list[tuple[ThemeHit, ...]]:
        if self.themes_ is None:
            return [()] * len(pieces.answers)
        known = set(codebook.theme_ids)
        tagged = self.themes_.tag(pieces.texts, pieces.tokens, pieces.places, pieces.ends.tolist())
        return [tuple(hit for hit in hits if hit.theme in known) for hits in tagged]

    def _scores(self, pieces: Pieces) -> np.ndarray:
        """Return the score of each label for each segment and each whole text."""
        if self.features_.encoder is not None:  # a vector is that of a part under its question
            return np.asarray(self.segment_model_.score(self._rows(pieces)))
        rows = self.features_.transform(pieces.words, pieces.tokens, pieces.distinct_kinds)
        return np.asarray(self.segment_model_.score(rows)[pieces.places])

    def _rows(self, pieces: Pieces) -> sparse.csr_matrix:
        """Return features of each answer's segments and then of its whole text."""
        encoder = self.features_.encoder
        rows = self.features_.transform(pieces.words, pieces.tokens, pieces.distinct_kinds)
        asked = [] if encoder is None else pieces.asked(encoder.redactor)
        return self.features_.with_vectors(rows[pieces.places], asked)

    def _require_fitted(self) -> None:
        if not hasattr(self, "segment_model_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("This BaselineClassifier is not fitted yet; call fit first.")

    def _kind(self, answer: Answer) -> QuestionKind:
        return kind_of(answer, self.codebook or load_codebook())


class _Judged(NamedTuple):
    """What the parts say of each answer."""

    labels: list[Label]
    probabilities: list[list[float]]
    best: list[int]
    """The segment that speaks most for the label."""
    mixed: list[bool]
    """Whether both sides have a sentence that speaks for them."""
