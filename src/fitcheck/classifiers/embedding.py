"""The baseline over vectors of a server: it fits itself when it is first asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fitcheck.classifiers.base import AnswerClassifier, as_answers
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.pieces import asked_texts
from fitcheck.classifiers.pretrained import pretrained_baseline
from fitcheck.classifiers.segments import split_segments
from fitcheck.classifiers.server_encoder import ServerEncoder, VectorPlan
from fitcheck.labeled import answers_of, fingerprint, load_labeled
from fitcheck.records import Answer, Prediction

_CHUNK = 2_000
"""Answers whose vectors are asked for at once: enough for all requests in flight."""


class EmbeddingClassifier(AnswerClassifier):
    """The baseline with an encoder ``openai:MODEL``; nothing is sent before `annotate`.

    Parameters
    ----------
    baseline : BaselineClassifier
        One of a file, or one that is not fitted: it then learns from the shipped answers when it
        is first asked, for which their vectors are needed as well.

    Examples
    --------
    >>> from fitcheck.settings import ServerSettings
    >>> server = ServerSettings(base_url="http://localhost:11434/v1")
    >>> classifier = EmbeddingClassifier(BaselineClassifier("openai:nomic", server=server))
    >>> classifier.facts["vectors"]["endpoint"]
    'localhost'
    """

    def __init__(self, baseline: BaselineClassifier) -> None:
        self.baseline = baseline

    @property
    def encoder(self) -> ServerEncoder:
        """What asks the server."""
        encoder = make_encoder(self.baseline.encoder, self.baseline.server, self.baseline.price)
        assert isinstance(encoder, ServerEncoder)  # noqa: S101
        return encoder

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return self.baseline.id

    @property
    def trained_on(self) -> str | None:
        """Fingerprint of the labelled answers it learns from, where known."""
        if _is_fitted(self.baseline):
            return self.baseline.trained_on
        return fingerprint(load_labeled("train"))

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says; no text."""
        vectors = self.encoder.facts
        return {
            "id": self.id,
            "encoder": f"tfidf+{self.encoder.id}",
            "trained_on": self.trained_on,
            "endpoint": vectors["endpoint"],
            "vectors": vectors,
        }

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order.

        Raises
        ------
        LLMError
            If the server does not give the vectors; those received are kept.
        """
        found = dict(self.annotate_each(as_answers(X)))
        return [found[i] for i in range(len(found))]

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as vectors come in."""
        model = self._fitted()
        self.classes_ = model.classes_
        for start in range(0, len(X), _CHUNK):
            yield from enumerate(model.annotate(X[start : start + _CHUNK]), start)

    def plan_vectors(self, X: Sequence[Answer | str]) -> VectorPlan:
        """Return what `annotate` would send, for learning too; nothing is sent."""
        learned = [] if _is_fitted(self.baseline) else answers_of(load_labeled("train"))
        redactor = self.encoder.redactor
        answers = (*as_answers(X), *learned)
        return self.encoder.plan(
            [text for a in answers for text in asked_texts(a, split_segments(a.text), redactor)]
        )

    def _fitted(self) -> BaselineClassifier:
        given = self.baseline
        if _is_fitted(given):
            return given
        return pretrained_baseline(given.encoder, given.codebook, given.server, given.price)


def _is_fitted(baseline: BaselineClassifier) -> bool:
    return hasattr(baseline, "segment_model_")
