"""What a request, a reply and their failures are, whoever answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Role = Literal["system", "user"]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to a chat model."""

    messages: tuple[tuple[Role, str], ...]
    """Role and text of each message; the first is the same in every request of a run."""
    max_tokens: int
    """Most tokens of the reply; without it a small model may write until its context is full."""
    schema: Mapping[str, Any]
    """The JSON schema of the reply; the client demands it as strictly as its server can. Empty
    where the reply is a word."""
    temperature: float = 0.0
    seed: int = 0
    top_logprobs: int = 0
    """How many tokens to have log-probabilities of, at each place of the reply."""

    @property
    def n_characters(self) -> int:
        """Length of all messages."""
        return sum(len(text) for _, text in self.messages)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back, and what it cost."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """The part of `prompt_tokens` that the server had read before."""
    token_logprobs: Sequence[tuple[str, Sequence[tuple[str, float]]]] = ()
    """Each token written, and the likely ones at its place with their log-probabilities; where
    they were asked for."""


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    """What a server says are the vectors of some texts, not checked yet, and what it cost."""

    entries: Sequence[tuple[Any, Any]]
    """Index and numbers of each vector, in the order of the reply."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class EmbeddingClient(Protocol):
    """Whatever turns texts into vectors; several threads call it at once."""

    def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """Return the vectors.

        Raises
        ------
        ChatFailure
            If there are none.
        """

    def close(self) -> None:
        """Release connections."""


class ChatClient(Protocol):
    """Whatever answers a request; several threads call it at once."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the reply.

        Raises
        ------
        ChatFailure
            If there is none.
        """

    def close(self) -> None:
        """Release connections."""


FailureKind = Literal[
    "auth",  # the key is missing or wrong
    "quota",  # the account is used up
    "rate_limit",  # too many requests at the moment
    "server",  # an error of the server that may pass
    "gone",  # nobody listens there
    "timeout",
    "too_long",  # more than the model's context
    "bad_request",
    "truncated",  # the reply ended at max_tokens
    "content_filter",
    "refused",
    "no_model",
    "no_logprobs",  # the server gives none
    "learned",  # a parameter was refused; sent again, the request goes without it
]


class ChatFailure(Exception):  # noqa: N818
    """A request without a usable reply.

    Parameters
    ----------
    kind : str
        What went wrong, in fitcheck's words.
    detail : str
        A parameter's name or a short code of the server; never an answer's text.
    retry_after_s : float, optional
        Seconds that the server asks to wait.
    reply : ChatReply, optional
        What was paid for although it is of no use.
    maybe_paid : bool
        Whether there may be a bill for a reply that never came.
    """

    def __init__(
        self,
        kind: FailureKind,
        detail: str = "",
        *,
        retry_after_s: float | None = None,
        reply: ChatReply | None = None,
        maybe_paid: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.reply = reply
        self.maybe_paid = maybe_paid
