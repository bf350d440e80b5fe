"""Hands answers that a classifier failed on for good to another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.errors import LLMError
from fitcheck.llm.limits import Limits
from fitcheck.records import Answer, Classifier, Prediction

if TYPE_CHECKING:
    from fitcheck.classifiers.embedding import EmbeddingClassifier


class FallbackClassifier(AskingClassifier):
    """Labels by `first`; where that fails for good, by `second`, which says so.

    Parameters
    ----------
    first : AskingClassifier
        Usually the language model.
    second : callable, optional
        Returns the classifier for what is left, when it is needed; without it a single failure
        stops the run.
    vectors : EmbeddingClassifier, optional
        What `second` returns, where that one sends texts as well.
    """

    def __init__(
        self,
        first: AskingClassifier,
        second: Callable[[], Classifier] | None = None,
        vectors: EmbeddingClassifier | None = None,
    ) -> None:
        self.first = first
        self.second = second
        self.vectors = vectors

    @property
    def id(self) -> str:
        """Names of both classifiers, for the run file."""
        return f"{self.first.id}, then baseline" if self.second else self.first.id

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says."""
        return {**self.first.facts, "id": self.id, **self.vector_facts}

    def one_run(self) -> AbstractContextManager[None]:
        """Count and cap what the first classifier asks."""
        return self.first.one_run()

    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what the first classifier would send."""
        return self.first.plan(X)

    def asks(
        self, X: Sequence[Answer], *, only_plan: bool = False
    ) -> tuple[AskingClassifier, Sequence[Answer]]:
        """Return what the first classifier says."""
        return self.first.asks(X, only_plan=only_plan)

    @property
    def limits_to_share(self) -> dict[str, Any]:
        """The limits of the language model."""
        return self.first.limits_to_share

    def within(self, limits: Limits) -> Self:
        """Return the same with other limits for the language model."""
        same = copy(self)
        same.first = self.first.within(limits)
        return same

    @property
    def usage(self) -> dict[str, Any]:
        """What the first classifier used."""
        return dict(self.first.usage)

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as they become known.

        Raises
        ------
        LLMError
            If the first classifier failed on an answer and there is no second one.
        """
        failed: list[tuple[int, Prediction]] = []
        for position, prediction in self.first.annotate_each(X):
            if prediction.label is None:
                failed.append((position, prediction))
            else:
                yield position, prediction
        if failed and self.second is None:
            raise LLMError(
                "{n} answers have no valid reply ({reasons}).",
                "Pass --on-failure leave or baseline; replies so far are kept.",
                n=len(failed),
                reasons=", ".join(sorted({p.failure for _, p in failed})),
            )
        if failed and self.second is not None:
            others = self.second().annotate([X[position] for position, _ in failed])
            for (position, first), other in zip(failed, others, strict=True):
                flags = (*other.flags, f"llm_{first.failure}")
                yield position, replace(other, flags=flags)
