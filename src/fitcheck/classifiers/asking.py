"""What classifiers share that ask a language model: they stream, and tell what they send."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.base import AnswerClassifier, as_answers
from fitcheck.llm.base import ChatRequest
from fitcheck.llm.limits import Limits
from fitcheck.records import Answer, Prediction

if TYPE_CHECKING:
    from fitcheck.classifiers.embedding import EmbeddingClassifier
    from fitcheck.classifiers.server_encoder import VectorPlan


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would send, without sending it."""

    n_rule: int
    """Answers that the codebook settles by itself."""
    n_kept: int
    """Distinct answers whose coding is kept from an earlier run."""
    n_asked: int
    """Distinct answers that would be sent."""
    requests: tuple[ChatRequest, ...]
    redactions: Mapping[str, int]
    """How many parts of each kind would be replaced."""
    prompt_tokens: int
    """Upper estimate."""
    reply_tokens: int
    """Upper bound, were every reply as long as it may be."""
    cost: float | None
    """At most; None where the model's price is unknown."""


def together(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the usage of two runs, or of two parts of one, together.

    Examples
    --------
    >>> together({"requests": 2, "cost": None}, {"requests": 1, "cost": None, "redactions": {}})
    {'requests': 3, 'cost': None, 'redactions': {}}
    """
    both = {**first, **second}
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        if isinstance(one, Mapping):
            both[name] = together(one, other)
        elif isinstance(one, bool):
            both[name] = one and other
        else:
            both[name] = None if one is None or other is None else one + other
    return both


class AskingClassifier(AnswerClassifier):
    """Base of classifiers that send answers to a model."""

    vectors: EmbeddingClassifier | None = None
    """The baseline it relies on, where that one sends texts as well."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Name of the classifier, for the run file."""

    @property
    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What the run file says of the model; no text."""

    @property
    def vector_facts(self) -> dict[str, Any]:
        """What the run file says of the server that gives the baseline its vectors."""
        return {} if self.vectors is None else {"vectors": self.vectors.facts["vectors"]}

    def plan_vectors(self, X: Sequence[Answer | str]) -> VectorPlan | None:
        """Return what the baseline would send at most; None where it sends nothing."""
        return None if self.vectors is None else self.vectors.plan_vectors(X)

    @property
    @abstractmethod
    def usage(self) -> dict[str, Any]:
        """What the last run took, as `together` adds it up; empty before the first one."""

    @property
    @abstractmethod
    def limits_to_share(self) -> dict[str, Any]:
        """The limits of the language model, as `Permits` takes them."""

    @abstractmethod
    def within(self, limits: Limits) -> Self:
        """Return the same classifier with other limits than those of this process."""

    @abstractmethod
    def one_run(self) -> AbstractContextManager[None]:
        """Count and cap what is asked inside as one run, however many parts it has."""

    @abstractmethod
    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what `annotate` would send and what it could cost; nothing is sent."""

    @abstractmethod
    def asks(
        self, X: Sequence[Answer], *, only_plan: bool = False
    ) -> tuple[AskingClassifier, Sequence[Answer]]:
        """Return who asks a model in the end, and the answers that reach it.

        With `only_plan` nothing is sent to find that out, and they are those that may reach it.
        """

    @abstractmethod
    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as they become known."""

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in the same order.

        Raises
        ------
        LLMError
            If the run cannot go on; replies so far are kept for the next one.
        """
        answers = as_answers(X)
        found = dict(self.annotate_each(answers))
        return [found[i] for i in range(len(answers))]
