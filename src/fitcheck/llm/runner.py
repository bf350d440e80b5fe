"""Asks for every answer: in threads, with retries, and until only what is broken is left."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from fitcheck.errors import LLMError
from fitcheck.llm.attempts import IN_REPLY, Attempts
from fitcheck.llm.base import ChatClient, ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.batching import Batch, Item, Renderer, follow_up, make_batches
from fitcheck.llm.budget import Budget
from fitcheck.llm.estimate import estimated_tokens
from fitcheck.llm.pace import Pace
from fitcheck.llm.replies import Coding
from fitcheck.llm.threads import in_threads
from fitcheck.llm.witness import Witness

_TRIES_OF_BATCH = {"server": 2, "timeout": 1}
"""How often a server that works may fail on a batch, before it is taken apart."""
_TRIES_OF_ANSWER = {"server": 2, "timeout": 1}
"""How often it may fail on a single answer, before that is put off to the end, and there again."""
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
    later: list[Batch] = field(default_factory=list)
    """To be asked after everything else, when a server in trouble may have come to itself."""


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
    _attempts: Attempts = field(init=False)
    _witness: Witness = field(init=False)

    def __post_init__(self) -> None:
        attempts = Attempts(self.renderer.settings, self.pace, self.budget)
        object.__setattr__(self, "_attempts", attempts)
        object.__setattr__(self, "_witness", Witness(self._is_answered))

    def run(self, items: Iterable[Item]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each item, in the order in which they become known.

        Close the generator to stop: what is on its way is then waited for and kept.

        Raises
        ------
        LLMError
            If the run cannot go on: key, quota, caps, nobody answers.
        """
        settings = self.renderer.settings
        batches = make_batches(items, settings.batch_size)
        waiting: deque[Batch] = deque()
        later: deque[Batch] = deque()

        def next_batch() -> Batch | None:
            return _first_of(waiting) or next(batches, None) or _first_of(later)

        results = in_threads(self._ask, next_batch, self.pace, settings.concurrency)
        with closing(results):
            for result in results:
                waiting.extendleft(reversed(result.next))
                later.extend(result.later)
                yield from result.outcomes

    @property
    def room(self) -> int:
        """How many times longer than its text a reply may be, as this run has learned."""
        return self._room[0]

    def _ask(self, batch: Batch) -> _Result:
        """Return what one batch brings; server troubles are waited out here."""
        while True:
            room = self._room[0]
            request = self.renderer.request(batch, room)
            try:
                reply = self._complete(request, batch)
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

    def _complete(self, request: ChatRequest, batch: Batch) -> ChatReply:
        """Return the reply; a server that fails on everything is waited for."""
        failed: Counter[str] = Counter()
        while True:
            sent_at = self._witness.now()
            try:
                return self._send(request)
            except ChatFailure as failure:
                kind, wait_s = failure.kind, failure.retry_after_s
                if self.pace.stopped.is_set() or kind in IN_REPLY:
                    raise
                is_own = kind in _TRIES_OF_BATCH and self._is_own(batch, kind, sent_at)
                if not is_own or wait_s is not None:
                    self.pace.trouble(kind, wait_s)
                if is_own or (kind in _TRIES_OF_BATCH and not self.pace.has_worked):
                    failed[kind] += 1
                else:
                    failed.clear()
                if failed[kind] >= _tries(batch, kind):
                    raise
                if is_own:
                    self.pace.take_breath()

    def _is_own(self, batch: Batch, kind: str, sent_at: float) -> bool:
        """Return whether the batch and not the server is to blame for a failure.

        Before an answer is given up for it, the server must answer something afterwards. A
        timeout lasts so long that what it answered meanwhile says little.
        """
        is_strict = len(batch.items) == 1 or kind == "timeout"
        return self._witness.works(since=self._witness.now() if is_strict else sent_at)

    def _send(self, request: ChatRequest) -> ChatReply:
        """Return the reply, and note that the server works and which request shows it."""
        try:
            reply = self._attempts.send(
                lambda: self.client.complete(request), estimated_tokens(request), request.max_tokens
            )
        except ChatFailure as failure:
            if failure.kind in IN_REPLY:
                self._witness.saw(None)
            raise
        self._refused.clear()
        self._witness.saw(request)
        return reply

    def _is_answered(self, request: ChatRequest) -> bool:
        try:
            self._send(request)
        except ChatFailure as failure:
            return failure.kind in IN_REPLY
        return True

    def _after_reply(self, batch: Batch, reply: ChatReply) -> _Result:
        reading = self.renderer.read(batch, reply)
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
        if not self.pace.has_worked:
            result.later = Batch(batch.items).halves() if len(batch.items) > 1 else [batch]
        elif len(batch.items) > 1:
            # The request itself failed, so asking the same again is of no use.
            result.next = Batch(batch.items).halves()
        elif failure.kind in ("truncated", "refused"):
            self._ask_again(batch, everything, failure.kind, result)
        elif failure.kind in _TRIES_OF_ANSWER and not batch.put_off:
            result.later = [replace(batch, put_off=True)]
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


def _first_of(batches: deque[Batch]) -> Batch | None:
    return batches.popleft() if batches else None


def _tries(batch: Batch, kind: str) -> int:
    """Return how often a server that works may fail on these answers."""
    if len(batch.items) == 1:
        return _TRIES_OF_ANSWER.get(kind, 1)
    # Once taken apart, it fails on something in there anyway.
    return 1 if batch.asked else _TRIES_OF_BATCH.get(kind, 1)
