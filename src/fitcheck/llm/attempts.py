"""Sends one request until there is a reply: within limits and caps, and past what passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatFailure, ChatReply, EmbeddingReply
from fitcheck.llm.budget import Budget
from fitcheck.llm.pace import Pace

Reply = TypeVar("Reply", ChatReply, EmbeddingReply)

_TRIES = {"server": 3, "timeout": 2}
"""How often a request is sent to a server that fails on it, before it is taken apart."""
_IN_REPLY = ("truncated", "content_filter", "refused", "too_long", "bad_request")
"""Failures that one text of a request may have caused."""


@dataclass(frozen=True)
class Attempts:
    """What all requests of a run share, whoever sends them.

    Parameters
    ----------
    pace : Pace
        Limits and pauses.
    budget : Budget
        Counts and caps.
    host, model : str
        For errors.
    option : str
        What names the model on the command line, for errors.
    """

    pace: Pace
    budget: Budget
    host: str
    model: str
    option: str = "--model"

    def send(
        self,
        call: Callable[[], Reply],
        prompt_tokens: int,
        reply_tokens: int = 0,
        *,
        suspect: bool = False,
    ) -> Reply:
        """Return the reply; a `suspect` request was taken apart because the server failed on it.

        Raises
        ------
        ChatFailure
            If this request cannot be answered.
        LLMError
            If none can.
        """
        left = dict(_TRIES)
        while True:
            self.pace.wait_turn(prompt_tokens + reply_tokens)
            if self.pace.stopped.is_set():
                raise ChatFailure("gone", "stopped")
            self.budget.reserve(prompt_tokens, reply_tokens)
            paid: ChatReply | EmbeddingReply | None = None
            try:
                reply = call()
                paid = reply
                self.pace.worked()
                return reply
            except ChatFailure as failure:
                paid = failure.reply
                self._raise_if_final(failure)
                if failure.kind in _IN_REPLY:
                    self.pace.worked()
                    raise
                left[failure.kind] = left.get(failure.kind, 0) - 1
                if left[failure.kind] == 0:
                    raise
                self._wait_out(failure, suspect)
            finally:
                self.budget.settle(prompt_tokens, reply_tokens, paid)

    def _wait_out(self, failure: ChatFailure, suspect: bool) -> None:
        if suspect and failure.kind in _TRIES and failure.retry_after_s is None:
            self.pace.own_trouble(failure.kind)
        else:
            self.pace.trouble(failure.kind, failure.retry_after_s)

    def _raise_if_final(self, failure: ChatFailure) -> None:
        """Raise what no later request can get around."""
        if failure.kind == "auth":
            raise LLMError(
                "{host} refuses the key.", "Check OPENAI_API_KEY.", host=self.host
            ) from failure
        if failure.kind == "quota":
            raise LLMError(
                "The quota at {host} is used up ({detail}).",
                "Run the command again when it is renewed; replies so far are kept.",
                host=self.host,
                detail=failure.detail,
            ) from failure
        if failure.kind == "no_model":
            raise LLMError(
                "{host} has no model {model}.",
                "Check {option} and --base-url.",
                host=self.host,
                model=repr(self.model),
                option=self.option,
            ) from failure
