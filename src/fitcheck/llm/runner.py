"""Asks for every answer: in threads, with retries, and until only what is broken is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from fitcheck.errors import LLMError
from fitcheck.llm.attempts import Attempts
from fitcheck.llm.base import ChatClient, ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.batching import (
    Batch,
    Item,
    Renderer,
    estimated_tokens,
    follow_up,
    make_batches,
)
from fitcheck.llm.budget import Budget
from fitcheck.llm.pace import Pace
from fitcheck.llm.replies import Coding, read_reply

_MOST_ROOM = 64
"""How many times longer than its text a reply may be, for models that think first."""
_REFUSED_IN_A_ROW = 8
"""Single answers refused without any reply between them, after which the run stops."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one answer: a coding, or the reason why there is none."""

    item: Item
    coding: Coding | None = None
    failure: str = ""


@dataclass(slots=True)
class _Result:
    """What one request brought."""

    outcomes: list[Outcome] = field(default_factory=list)
    next: list[Batch] = field(default_factory=list)


@dataclass(frozen=True)
class Runner:
    """Sends batches to a model and reads its replies.

    Parameters
    ----------
    client : ChatClient
        Answers requests.
    renderer : Renderer
        Makes requests of batches.
    pace : Pace
        Limits and pauses.
    budget : Budget
        Counts and caps.
    keep : callable
        Is given the accepted codings of each reply at once, by item, in the thread that
        received it; what it has stored survives anything that happens later.
    """

    client: ChatClient
    renderer: Renderer
    pace: Pace
    budget: Budget
    keep: Callable[[Mapping[Item, Coding]], None] = lambda _: None
    _refused: list[str] = field(default_factory=list)
    _room: list[int] = field(default_factory=lambda: [1])

    def run(self, items: Iterable[Item]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each item, in the order in which they become known.

        The first request goes alone: a wrong key or model is found out before anything else is
        sent. Batches are made when a thread is free for them. Close the generator to stop: what is
        on its way is then waited for and kept.

        Raises
        ------
        LLMError
            If the run cannot go on: key, quota, caps, nobody answers.
        """
        settings = self.renderer.settings
        batches = make_batches(items, settings.batch_size)
        waiting: deque[Batch] = deque()
        pending: set[Future[_Result]] = set()
        at_once = 1
        with ThreadPoolExecutor(settings.concurrency, thread_name_prefix="fitcheck") as pool:
            try:
                while True:
                    while len(pending) < at_once and (
                        batch := waiting.popleft() if waiting else next(batches, None)
                    ):
                        pending.add(pool.submit(self._ask, batch))
                    if not pending:
                        return
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        at_once = settings.concurrency if self.pace.has_worked else 1
                        waiting.extendleft(reversed(result.next))
                        yield from result.outcomes
            finally:
                # Nothing new is sent; what is on its way is paid for, so it is waited for and kept.
                self.pace.stop()

    def _ask(self, batch: Batch) -> _Result:
        """Return what one batch brings; server troubles are waited out here."""
        while True:
            room = self._room[0]
            request = self.renderer.request(batch, room)
            try:
                reply = self._complete(request, suspect=batch.asked > 0)
            except ChatFailure as failure:
                if self._needs_room(failure, room):
                    continue
                return self._after_failure(batch, failure)
            return self._after_reply(batch, reply)

    def _needs_room(self, failure: ChatFailure, room: int) -> bool:
        """Return whether the reply ended before it began, so that a longer one may be right."""
        wrote = failure.reply.text if failure.reply else ""
        if failure.kind != "truncated" or wrote.strip() or room >= _MOST_ROOM:
            return False
        self._room[0] = max(self._room[0], room * 4)
        return True

    def _complete(self, request: ChatRequest, *, suspect: bool) -> ChatReply:
        """Return the reply; a `suspect` batch was taken apart because the server failed on it."""
        settings = self.renderer.settings
        attempts = Attempts(self.pace, self.budget, settings.host, settings.model)
        tokens = estimated_tokens(request)
        reply = attempts.send(
            lambda: self.client.complete(request), tokens, request.max_tokens, suspect=suspect
        )
        self._refused.clear()
        return reply

    def _after_reply(self, batch: Batch, reply: ChatReply) -> _Result:
        prompt, book = self.renderer.prompt, self.renderer.codebook
        texts = [item.text for item in batch.items]
        reading = read_reply(reply.text, texts, prompt.fields, book.theme_ids)
        result = _Result()
        accepted = dict(reading.codings)
        complaints = dict(reading.complaints)
        if batch.complaints:  # asking again did not help: the doubtful part is dropped
            accepted |= reading.doubtful
            complaints = dict(reading.faults)
        codings = {batch.items[n - 1]: coding for n, coding in accepted.items()}
        self.keep(codings)
        result.outcomes += [Outcome(item, coding) for item, coding in codings.items()]
        self._ask_again(batch, complaints, "invalid_reply", result)
        return result

    def _after_failure(self, batch: Batch, failure: ChatFailure) -> _Result:
        result = _Result()
        everything = dict.fromkeys(range(1, len(batch.items) + 1), failure.kind)
        if self.pace.stopped.is_set():
            return result
        if len(batch.items) > 1:
            # The request itself failed, so asking the same again is of no use.
            result.next = Batch(batch.items).halves()
        elif failure.kind in ("truncated", "refused"):
            self._ask_again(batch, everything, failure.kind, result)
        else:
            self._raise_if_always_refused(failure)
            result.outcomes = [Outcome(batch.items[0], failure=failure.kind)]
        return result

    def _raise_if_always_refused(self, failure: ChatFailure) -> None:
        """Raise if single answers are refused one after the other: then it is not their fault."""
        self._refused.append(failure.kind)
        if failure.kind in ("bad_request", "too_long") and len(self._refused) >= _REFUSED_IN_A_ROW:
            raise LLMError(
                "{host} refuses every answer ({detail}).",
                "Check --model; a model with a small context may take --prompt labels-only.v1.",
                host=self.renderer.settings.host,
                detail=failure.detail or failure.kind,
            )

    def _ask_again(
        self, batch: Batch, complaints: Mapping[int, str], failure: str, result: _Result
    ) -> None:
        if not complaints:
            return
        result.next = follow_up(batch, complaints)
        if not result.next:
            result.outcomes += [Outcome(batch.items[n - 1], failure=failure) for n in complaints]
