"""Turns texts into vectors through a server: in threads, batch by batch, each one checked."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fitcheck.errors import LLMError
from fitcheck.llm.attempts import IN_REPLY, Attempts
from fitcheck.llm.base import ChatFailure, EmbeddingClient, EmbeddingReply
from fitcheck.llm.threads import in_threads

_MOST_TEXTS = 128
"""Texts in a request."""
_MOST_CHARACTERS = 30_000
"""Characters in a request, unless a single text has more."""
_CHARACTERS_PER_TOKEN = 3.0
"""German; English text has more characters in a token, so estimates are upper ones."""
_ASKED = 3
"""How often a server is asked that sends what are no vectors of the texts."""
_SHORTEST = 50
"""Characters of a text that every model should take."""
_TRIES = 2
"""How often the server may fail on a request in a row, before that is put off, in halves."""
_MOST_FAILED = 8
"""Single texts without a vector, after which no others are asked for."""


class NoVectors(Exception):  # noqa: N818
    """A reply that does not hold one vector for each text; says why, without any text."""


def read_vectors(entries: Sequence[tuple[Any, Any]], n: int) -> np.ndarray:
    """Return `n` vectors of length 1 in the order of their index, shape (n, n_dimensions).

    Raises
    ------
    NoVectors
        If the entries are not one usable vector for each index from 0 to n - 1.

    Examples
    --------
    >>> read_vectors([(1, [0.0, 2.0]), (0, [3.0, 4.0])], 2).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 1.0]]
    """
    if len(entries) != n:
        raise NoVectors(f"{len(entries)} vectors for {n} texts")
    if any(type(index) is not int for index, _ in entries) or (
        sorted(index for index, _ in entries) != list(range(n))
    ):
        raise NoVectors("indices that are not those of the texts")
    rows = [numbers for _, numbers in sorted(entries, key=lambda entry: entry[0])]
    if not all(isinstance(row, list | tuple) and row for row in rows):
        raise NoVectors("no list of numbers")
    if len({len(row) for row in rows}) > 1:
        raise NoVectors("vectors of different lengths")
    if any(type(number) not in (int, float) for row in rows for number in row):
        raise NoVectors("what is no number")
    try:
        vectors = np.array(rows, np.float64)
    except OverflowError:
        raise NoVectors("a number that is not finite") from None
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise NoVectors("a number that is not finite")
    if not (lengths > 0).all():
        raise NoVectors("a vector of zeros")
    unit: np.ndarray = (vectors / lengths).astype(np.float32)
    return unit


def count_requests(texts: Sequence[str]) -> int:
    """Return how many requests the texts make, if the server takes all of them as they are."""
    waiting, n = _in_order(texts), 0
    while waiting:
        _next_request(waiting, _MOST_TEXTS)
        n += 1
    return n


def estimated_tokens(texts: Sequence[str]) -> int:
    """Return an upper estimate of the tokens of a request."""
    return sum(math.ceil(len(text) / _CHARACTERS_PER_TOKEN) for text in texts)


@dataclass(slots=True)
class _Most:
    """How many texts a request may have; learned from what the server refuses."""

    texts: int = _MOST_TEXTS
    accepted: int = 0

    def learn_refused(self, n: int) -> None:
        # A size that worked before is not to blame; then a text is.
        if n > self.accepted:
            self.texts = min(self.texts, max(self.accepted, n // 2, 1))


@dataclass(slots=True)
class _Result:
    """What one request brought."""

    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    halves: list[tuple[str, ...]] = field(default_factory=list)
    later: list[tuple[str, ...]] = field(default_factory=list)
    """To be asked after everything else, again and again until the server has failed too long."""
    failed: LLMError | None = None


@dataclass(frozen=True)
class Embedder:
    """Asks for the vectors of texts.

    Parameters
    ----------
    client : EmbeddingClient
        Answers requests.
    attempts : Attempts
        Server, limits and caps.
    keep : callable
        Is given the vectors of each reply at once, by text, in the thread that received it; what
        it has stored survives anything that happens later.
    """

    client: EmbeddingClient
    attempts: Attempts
    keep: Callable[[Mapping[str, np.ndarray]], None] = lambda _: None
    _most: _Most = field(default_factory=_Most)

    def run(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the vector of each text.

        The first request goes alone: a wrong key or model is found out before anything else is
        sent. Where the run ends early, what is on its way is waited for and kept. A text that the
        server fails on ends it last, so that the next run has only that one to ask for.

        Raises
        ------
        LLMError
            If a text has none.
        """
        waiting, found = _in_order(texts), dict[str, np.ndarray]()
        halves, later = deque[tuple[str, ...]](), deque[tuple[str, ...]]()
        failed: list[LLMError] = []

        def next_texts() -> tuple[str, ...] | None:
            if halves:
                return halves.popleft()
            if waiting:
                return _next_request(waiting, self._most.texts)
            return later.popleft() if later else None

        attempts = self.attempts
        results = in_threads(self._ask, next_texts, attempts.pace, attempts.settings.concurrency)
        with closing(results):
            for result in results:
                found |= result.vectors
                halves.extendleft(reversed(result.halves))
                later.extend(result.later)
                failed += [result.failed] if result.failed else []
                if len(failed) >= _MOST_FAILED:
                    break
        if failed:
            raise failed[0]
        return found

    def _ask(self, texts: tuple[str, ...]) -> _Result:
        try:
            vectors = self._vectors(texts)
        except ChatFailure as failure:
            if failure.kind in IN_REPLY and len(texts) == 1:
                return self._ask_beginning(texts[0], failure)
            return self._divided(texts, failure)
        self._most.accepted = max(self._most.accepted, len(texts))
        return self._kept(dict(zip(texts, vectors, strict=True)))

    def _divided(self, texts: tuple[str, ...], failure: ChatFailure) -> _Result:
        middle = len(texts) // 2
        halves = [texts[:middle], texts[middle:]] if middle else [texts]
        if failure.kind not in IN_REPLY:
            return _Result(later=halves)
        if failure.kind in ("too_long", "bad_request"):
            self._most.learn_refused(len(texts))
        return _Result(halves=halves)

    def _ask_beginning(self, text: str, failure: ChatFailure) -> _Result:
        """Take the vector of as much of a single text as the server takes, if it takes any."""
        beginning = text
        while len(beginning) > _SHORTEST:
            beginning = beginning[: len(beginning) // 2]
            try:
                return self._kept({text: self._vectors((beginning,))[0]})
            except ChatFailure as next_failure:
                if next_failure.kind not in IN_REPLY:
                    return _Result(later=[(text,)])
        return _Result(failed=self._useless(failure.detail or failure.kind))

    def _kept(self, vectors: Mapping[str, np.ndarray]) -> _Result:
        self.keep(vectors)
        return _Result(vectors)

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        for _ in range(_ASKED):
            reply = self._reply(texts)
            try:
                return read_vectors(reply.entries, len(texts))
            except NoVectors as error:
                told = str(error)
        raise self._useless(told)

    def _reply(self, texts: Sequence[str]) -> EmbeddingReply:
        """Return the reply; a server that is busy or away is waited for.

        What it fails on twice is given back, so that it does not keep others from being asked.
        """
        attempts, n_failed = self.attempts, 0
        while True:
            try:
                return attempts.send(lambda: self.client.embed(texts), estimated_tokens(texts))
            except ChatFailure as failure:
                if failure.kind in IN_REPLY or attempts.pace.stopped.is_set():
                    raise
                attempts.pace.trouble(failure.kind, failure.retry_after_s)
                n_failed += failure.kind in ("server", "timeout")
                if n_failed == _TRIES:
                    raise

    def _useless(self, detail: str) -> LLMError:
        settings = self.attempts.settings
        return LLMError(
            "{host} gives no usable vectors of {model} ({detail}).",
            "Check that {option} names a model for embeddings; vectors so far are kept.",
            host=settings.host,
            model=repr(settings.model),
            detail=detail,
            option=settings.option,
        )


def _in_order(texts: Sequence[str]) -> deque[str]:
    """Return the texts so that those of a length go together: a request is padded."""
    return deque(sorted(texts, key=len))


def _next_request(waiting: deque[str], most: int) -> tuple[str, ...]:
    taken = [waiting.popleft()]
    characters = len(taken[0])
    while waiting and len(taken) < most and characters + len(waiting[0]) <= _MOST_CHARACTERS:
        taken.append(waiting.popleft())
        characters += len(taken[-1])
    return tuple(taken)
