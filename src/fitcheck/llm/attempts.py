"""Sends a request within the limits of a run and counts it, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fitcheck.llm.base import ChatFailure, ChatReply, EmbeddingReply
from fitcheck.llm.budget import Budget
from fitcheck.llm.final import raise_if_final
from fitcheck.llm.pace import Pace
from fitcheck.settings import EmbeddingSettings, LLMSettings

Reply = TypeVar("Reply", ChatReply, EmbeddingReply)

IN_REPLY = ("truncated", "content_filter", "refused", "too_long", "bad_request", "no_logprobs")
"""Failures that one text of a request may have caused, or that asking again does not change."""


@dataclass(frozen=True)
class Attempts:
    """What all requests of a run share; whether to ask again is for those to say who ask.

    Parameters
    ----------
    settings : LLMSettings or EmbeddingSettings
        Server and model.
    pace : Pace
        Limits and pauses.
    budget : Budget
        Counts and caps.
    """

    settings: LLMSettings | EmbeddingSettings
    pace: Pace
    budget: Budget

    def send(self, call: Callable[[], Reply], prompt_tokens: int, reply_tokens: int = 0) -> Reply:
        """Return the reply; while the client learns what its server takes, each try counts.

        Raises
        ------
        ChatFailure
            If there is none.
        LLMError
            If no later request gets one either, or a cap would be crossed.
        """
        while True:
            try:
                return self._send_once(call, prompt_tokens, reply_tokens)
            except ChatFailure as failure:
                if failure.kind != "learned":
                    raise

    def _send_once(self, call: Callable[[], Reply], prompt_tokens: int, reply_tokens: int) -> Reply:
        self.pace.wait_turn(prompt_tokens + reply_tokens)
        if self.pace.stopped.is_set():
            raise ChatFailure("gone", "stopped")
        self.budget.reserve(prompt_tokens, reply_tokens)
        paid: ChatReply | EmbeddingReply | None = None
        maybe_paid = False
        try:
            reply = call()
            paid = reply
            self.pace.worked()
            return reply
        except ChatFailure as failure:
            paid, maybe_paid = failure.reply, failure.maybe_paid
            raise_if_final(failure, self.settings)
            if failure.kind in IN_REPLY:
                self.pace.worked()
            raise
        finally:
            self.budget.settle(prompt_tokens, reply_tokens, paid, maybe_paid=maybe_paid)
