"""What every classifier shares: `annotate` codes answers, the scikit-learn methods follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from fitcheck.errors import PredictionError
from fitcheck.records import Answer, Classifier, Prediction

_CHUNK = 256


class AnswerClassifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Base of all classifiers: a subclass writes `annotate` (and `fit` where it learns).

    Input is a sequence of `Answer` or `str`; labels are strings.
    """

    classes_: np.ndarray

    @abstractmethod
    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order; one bad answer never raises."""

    def predict(self, X: Sequence[Answer | str]) -> np.ndarray:
        """Return the labels, shape (n_answers,).

        Raises
        ------
        PredictionError
            If an answer has no label; `annotate` returns those with their reason.
        """
        predictions = self.annotate(X)
        _refuse_failures([i for i, p in enumerate(predictions) if p.label is None])
        return np.array([p.label for p in predictions], dtype=object)

    def predict_proba(self, X: Sequence[Answer | str]) -> np.ndarray:
        """Return probabilities in [0, 1], shape (n_answers, n_classes), rows summing to 1.

        Columns are in the order of ``classes_``.

        Raises
        ------
        PredictionError
            If an answer has no probabilities.
        """
        predictions = self.annotate(X)
        _refuse_failures([i for i, p in enumerate(predictions) if p.probabilities is None])
        rows = [[(p.probabilities or {}).get(c, 0.0) for c in self.classes_] for p in predictions]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.classes_))


def annotate_all(
    classifier: Classifier,
    answers: Sequence[Answer],
    progress: Callable[[int], None] | None = None,
) -> list[Prediction]:
    """Return one prediction per answer; `progress` is told how many more are done."""
    predictions: list[Prediction] = []
    for start in range(0, len(answers), _CHUNK):
        chunk = answers[start : start + _CHUNK]
        predictions += classifier.annotate(chunk)
        if progress is not None:
            progress(len(chunk))
    return predictions


def as_answers(X: Any) -> list[Answer]:
    """Return the input as answers; a plain string is an answer to an unknown question."""
    if isinstance(X, str):
        raise TypeError("X is one string; pass a list of texts")
    return [x if isinstance(x, Answer) else Answer(str(x)) for x in X]


def _refuse_failures(indices: list[int]) -> None:
    if indices:
        raise PredictionError(
            "{n} answers have no label.",
            "Call annotate() to see each failure.",
            n=len(indices),
            indices=indices,
        )
