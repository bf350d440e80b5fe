"""What every classifier shares: `annotate` codes answers, the scikit-learn methods follow.

scikit-learn itself is only loaded when one of its functions asks for it: a run with a language
model starts without it.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Self

from fitcheck.errors import PredictionError
from fitcheck.records import Answer, Classifier, Prediction

if TYPE_CHECKING:
    import numpy as np

_CHUNK = 1_024


class AnswerClassifier(ABC):
    """Base of all classifiers: a subclass writes `annotate` (and `fit` where it learns).

    Input is a sequence of `Answer` or `str`; labels are strings. Parameters are those of
    `__init__`, as scikit-learn has it.
    """

    classes_: np.ndarray

    @abstractmethod
    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order; one bad answer never raises."""

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as they become known."""
        for start in range(0, len(X), _CHUNK):
            yield from enumerate(self.annotate(X[start : start + _CHUNK]), start)

    def predict(self, X: Sequence[Answer | str]) -> np.ndarray:
        """Return the labels, shape (n_answers,).

        Raises
        ------
        PredictionError
            If an answer has no label; `annotate` returns those with their reason.
        """
        import numpy as np

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
        import numpy as np

        predictions = self.annotate(X)
        _refuse_failures([i for i, p in enumerate(predictions) if p.probabilities is None])
        rows = [[(p.probabilities or {}).get(c, 0.0) for c in self.classes_] for p in predictions]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.classes_))

    def score(self, X: Sequence[Answer | str], y: Sequence[str]) -> float:
        """Return the share of right labels, in [0, 1]."""
        import numpy as np

        return float(np.mean(self.predict(X) == np.asarray(y, dtype=object)))

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the parameters of `__init__` with their values."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters of `__init__`.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        for name, value in params.items():
            if name not in self._parameters():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self

    @classmethod
    def _parameters(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        shown = (f"{k}={v!r}" for k, v in self.get_params().items() if v != defaults[k].default)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(two_d_array=False, string=True),
        )


def annotate_all(
    classifier: Classifier,
    answers: Sequence[Answer],
    progress: Callable[[int], None] | None = None,
) -> list[Prediction]:
    """Return one prediction per answer; `progress` is told how many more are done."""
    found: list[Prediction | None] = [None] * len(answers)
    with closing(_each(classifier, answers)) as each:
        for position, prediction in each:
            found[position] = prediction
            if progress is not None:
                progress(1)
    return [prediction for prediction in found if prediction is not None]


def _each(
    classifier: Classifier, answers: Sequence[Answer]
) -> Generator[tuple[int, Prediction], None, None]:
    if isinstance(classifier, AnswerClassifier):
        yield from classifier.annotate_each(answers)
    else:
        yield from enumerate(classifier.annotate(answers))


def classifier_facts(classifier: Classifier) -> dict[str, Any]:
    """Return what the run file says of a classifier: who labelled, with what, sent where."""
    offline = {
        "id": getattr(classifier, "id", type(classifier).__name__),
        "encoder": getattr(classifier, "encoder_id", None),
        "trained_on": getattr(classifier, "trained_on", None),
        "endpoint": None,
    }
    return dict(getattr(classifier, "facts", offline))


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
