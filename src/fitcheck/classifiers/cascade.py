"""Lets the offline baseline decide where it is certain, and asks a language model for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.classifiers.base import as_answers
from fitcheck.labeled import answers_of, load_labeled
from fitcheck.llm.limits import Limits
from fitcheck.records import Answer, Classifier, Prediction

if TYPE_CHECKING:
    from fitcheck.classifiers.embedding import EmbeddingClassifier
    from fitcheck.classifiers.server_encoder import VectorPlan


class CascadeClassifier(AskingClassifier):
    """Labels by `first` where its label is certain enough, else by `second`.

    Certain enough is what keeps the loss on the shipped dev answers within `max_loss`: the share
    of all answers that `first` decides and gets wrong. Those answers are invented, so the loss on
    others is near it and not below it for sure.

    Parameters
    ----------
    first : callable
        Returns the offline classifier, which knows probabilities.
    second : AskingClassifier
        Usually the language model.
    max_loss : float
        In [0, 1].
    vectors : EmbeddingClassifier, optional
        What `first` returns, where that one sends texts as well.
    """

    def __init__(
        self,
        first: Callable[[], Classifier],
        second: AskingClassifier,
        max_loss: float = 0.01,
        vectors: EmbeddingClassifier | None = None,
    ) -> None:
        self.first = first
        self.second = second
        self.max_loss = max_loss
        self.vectors = vectors

    _in_run = False
    _threshold: float | None = None
    _counts: dict[str, Any]

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return "cascade"

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says: the model's facts, and who decided how much."""
        return {**self.second.facts, "id": self.id, **self.vector_facts, **self._decided()}

    @property
    def limits_to_share(self) -> dict[str, Any]:
        """The limits of the language model."""
        return self.second.limits_to_share

    def within(self, limits: Limits) -> Self:
        """Return the same with other limits for the language model."""
        same = copy(self)
        same.second = self.second.within(limits)
        return same

    @property
    def usage(self) -> dict[str, Any]:
        """What the second classifier used, and how much the first one decided."""
        decided = getattr(self, "_counts", {})
        counts = {name: n for name, n in decided.items() if name == "decided_offline"}
        return {**self.second.usage, **counts}

    @contextmanager
    def one_run(self) -> Iterator[None]:
        """Count and cap what the second classifier asks, and count what the first decides."""
        with self.one_threshold(), self.second.one_run():
            yield

    @contextmanager
    def one_threshold(self) -> Iterator[None]:
        """Find the threshold once for all that the block does, and count what is decided."""
        self._counts, self._threshold = {"decided_offline": 0}, None
        self._in_run = True
        try:
            yield
        finally:
            self._in_run = False

    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what would be sent of the answers on which the first one is not certain.

        All of them, where it would have to send texts to know.
        """
        answers = as_answers(X)
        return self.second.plan(answers if self.sends_for(answers) else self.unsure(answers))

    def plan_vectors(self, X: Sequence[Answer | str]) -> VectorPlan | None:
        """Return what the first one would send, to find its threshold too."""
        return super().plan_vectors([*X, *answers_of(load_labeled("dev"))])

    def asks(
        self, X: Sequence[Answer], *, only_plan: bool = False
    ) -> tuple[AskingClassifier, Sequence[Answer]]:
        """Return what the second classifier says of the answers on which the first is unsure."""
        asked = X if only_plan and self.sends_for(X) else self.unsure(X)
        return self.second.asks(asked, only_plan=only_plan)

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as they become known."""
        certain, unsure = self._split(X)
        yield from certain
        for position, prediction in self.second.annotate_each([X[i] for i in unsure]):
            yield unsure[position], prediction

    def sends_for(self, X: Sequence[Answer]) -> bool:
        """Return whether the first one would have to send texts to know its labels."""
        vectors = self.plan_vectors(X)
        return vectors is not None and len(vectors.texts) > 0

    def unsure(self, X: Sequence[Answer]) -> list[Answer]:
        """Return the answers on which the first one is not certain, in order."""
        return [X[i] for i in self._split(X)[1]] if X else []

    def _split(self, X: Sequence[Answer]) -> tuple[list[tuple[int, Prediction]], list[int]]:
        """Return the predictions that stand, and the positions of the other answers."""
        classifier = self.first()
        threshold = self._threshold if self._in_run else None
        if threshold is None:
            self._threshold = threshold = threshold_for(classifier, self.max_loss)
        predictions = classifier.annotate(X)
        certain = [(i, p) for i, p in enumerate(predictions) if certainty(p) >= threshold]
        decided = {i for i, _ in certain}
        unsure = [i for i in range(len(X)) if i not in decided]
        before = self._counts["decided_offline"] if self._in_run else 0
        n_decided = before + len(certain)
        self._counts = {"threshold": round(threshold, 4), "decided_offline": n_decided}
        return certain, unsure

    def _decided(self) -> dict[str, Any]:
        return {"max_loss": self.max_loss, **getattr(self, "_counts", {})}


def certainty(prediction: Prediction) -> float:
    """Return the probability of the label that was chosen; 1 where a rule settles it."""
    return max((prediction.probabilities or {}).values(), default=0.0)


def threshold_for(classifier: Classifier, max_loss: float) -> float:
    """Return the least certainty at which the loss on the shipped dev answers is in bounds.

    It is 1, which only rules reach, if even the most certain label may be wrong.
    """
    examples = load_labeled("dev")
    predictions = classifier.annotate([example.answer for example in examples])
    judged = sorted(
        (
            (certainty(prediction), prediction.label != example.label)
            for example, prediction in zip(examples, predictions, strict=True)
            if prediction.source != "rule"
        ),
        reverse=True,
    )
    allowed, wrong, threshold = max_loss * len(examples), 0, 1.0
    for score, is_wrong in judged:
        wrong += is_wrong
        if wrong > allowed:
            break
        threshold = score
    return threshold
