"""Limits that many processes share: one place hands out permits, and each asks it before it sends.

How a question gets to that place is not known here: `Ask` is a call to another machine, or, in a
test, to an object beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatReply, EmbeddingReply
from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.limits import Limits
from fitcheck.llm.pace import Pace
from fitcheck.settings import LLMSettings

_LOOK_AGAIN_S = 2.0
"""How long a process waits for its turn before it asks whether the run goes on at all."""


class Ask(Protocol):
    """Puts a question to the place that hands out permits; numbers and strings only."""

    def __call__(self, question: str, *numbers: Any) -> dict[str, Any]:
        """Return the answer."""


class Permits:
    """The limits of one run, for all its processes together.

    A permit that its process does not live to use stays counted, as a request that may have been
    sent: the limits hold whatever is killed.

    Examples
    --------
    >>> permits = Permits(max_requests=1)
    >>> permits.answer("reserve", 100, 50), "error" in permits.answer("reserve", 100, 50)
    ({}, True)
    >>> permits.usage["requests"]
    1
    """

    def __init__(
        self,
        *,
        rpm: float | None = None,
        tpm: float | None = None,
        max_cost: float | None = None,
        max_requests: int | None = None,
        price: Sequence[float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = Pace(rpm, tpm, float("inf"), "", clock=clock)
        self._budget = Budget(
            Price(*price) if price else None, max_cost=max_cost, max_requests=max_requests
        )
        self._ended: dict[str, Any] = {}

    @property
    def usage(self) -> dict[str, float | None]:
        """Requests, tokens and cost so far."""
        return self._budget.usage.to_dict()

    def answer(self, question: str, *numbers: Any) -> dict[str, Any]:
        """Answer one of the questions of `SharedPace` and `SharedBudget`."""
        if question == "settle":
            self._settle(*numbers)
        elif question == "end":
            self._end(LLMError("The run has ended.", "Start it again."))
        elif self._ended:
            return self._ended
        elif question == "turn":
            return {"wait_s": self._pace.book(int(numbers[0]))}
        elif question == "pause":
            self._pace.pause(numbers[0])
        elif question == "reserve":
            try:
                self._budget.reserve(*numbers)
            except LLMError as error:  # what ends the run of one ends that of all
                self._end(error)
                return self._ended
        return {}

    def _end(self, error: LLMError) -> None:
        told = [error.found, error.hint, dict(error.fields)]
        self._ended = self._ended or {"error": told}

    def _settle(
        self, prompt: int, reply: int, paid: Sequence[int] | None, maybe_paid: bool
    ) -> None:
        found = None
        if paid is not None:
            read, written, cached = paid
            found = ChatReply("", read, written, cached)
        self._budget.settle(prompt, reply, found, maybe_paid=maybe_paid)


class SharedLimits(Limits):
    """The limits that `Permits` somewhere else keeps, for one of the processes.

    Parameters
    ----------
    ask : Ask
        Reaches the permits.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def pace(self, settings: LLMSettings) -> SharedPace:
        """Return what waits for a turn among all processes."""
        return SharedPace(self._ask, settings)

    def budget(self, settings: LLMSettings, price: Price | None) -> SharedBudget:  # noqa: ARG002
        """Return what reserves before it counts."""
        return SharedBudget(self._ask, price)


class SharedPace(Pace):
    """Sends when all processes together may; outages are waited for by each."""

    def __init__(
        self,
        ask: Ask,
        settings: LLMSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(None, None, settings.max_wait_s, settings.host, clock=clock, sleep=sleep)
        self._ask = ask

    def wait_turn(self, tokens: int) -> None:
        """Return when a request of so many tokens may be sent.

        Raises
        ------
        LLMError
            If another process has ended the run.
        """
        super().wait_turn(tokens)  # what this process waits for by itself
        turn_at = self._clock() + _granted(self._ask("turn", tokens))["wait_s"]
        while not self.stopped.is_set() and (left := turn_at - self._clock()) > 0:
            self._sleep(min(left, _LOOK_AGAIN_S))
            if left > _LOOK_AGAIN_S:
                _granted(self._ask("goes on"))

    def trouble(self, kind: str, retry_after_s: float | None = None) -> None:
        """Note that the server is busy or away; what it asks for holds for all processes."""
        if retry_after_s is not None:
            self._ask("pause", retry_after_s)
        super().trouble(kind, retry_after_s)


class SharedBudget(Budget):
    """Reserves in the common budget; counts what this process used beside."""

    def __init__(self, ask: Ask, price: Price | None) -> None:
        super().__init__(price)
        self._ask = ask

    def reserve(self, prompt_tokens: int, reply_tokens: int) -> None:
        """Count a request before it is sent, at the most it can cost.

        Raises
        ------
        LLMError
            If that could cross the cap, or another process has ended the run.
        """
        _granted(self._ask("reserve", prompt_tokens, reply_tokens))
        super().reserve(prompt_tokens, reply_tokens)

    def settle(
        self,
        prompt_tokens: int,
        reply_tokens: int,
        reply: ChatReply | EmbeddingReply | None,
        *,
        maybe_paid: bool = False,
    ) -> None:
        """Replace what was reserved by what it cost."""
        paid = (
            None
            if reply is None
            else [reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens]
        )
        self._ask("settle", prompt_tokens, reply_tokens, paid, maybe_paid)
        super().settle(prompt_tokens, reply_tokens, reply, maybe_paid=maybe_paid)


def _granted(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer.

    Raises
    ------
    LLMError
        If the run has ended.
    """
    if "error" in answer:
        found, hint, fields = answer["error"]
        raise LLMError(found, hint, **fields)
    return answer
