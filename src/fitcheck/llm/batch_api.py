"""The Batch API: files of requests, answered within a day at half the price."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeVar

from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatClient, ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.budget import Price
from fitcheck.llm.final import raise_if_final
from fitcheck.llm.pace import Pace
from fitcheck.settings import LLMSettings

ENDPOINT = "/v1/chat/completions"
"""What every request of a batch asks for."""
_SHARE = 0.5
"""What a token costs, as a share of its price in a direct request."""
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_MOST_LISTED = 1000
"""How many of an account's batches are searched for one that was created just before a kill."""
_PASSING = ("rate_limit", "server", "gone", "timeout")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider takes in one file."""

    max_requests: int = 50_000
    max_bytes: int = 100_000_000


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch as its server describes it."""

    id: str
    status: str
    total: int = 0
    completed: int = 0
    failed: int = 0
    input_file: str = ""
    output_file: str = ""
    error_file: str = ""
    errors: tuple[str, ...] = ()
    """Codes that say why it failed as a whole."""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in _ENDED

    @property
    def files(self) -> tuple[str, ...]:
        """The files with what came back."""
        return tuple(file for file in (self.output_file, self.error_file) if file)


class BatchClient(ChatClient, Protocol):
    """A client that also speaks the Batch API; every method may raise a ChatFailure."""

    shape: dict[str, Any]
    """What is left out of requests because the server refuses it; may be set."""

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """Return what `complete` would send."""

    def reply(self, body: Mapping[str, Any]) -> ChatReply:
        """Return the reply that a completion holds."""

    def upload(self, name: str, content: bytes) -> str:
        """Return the id of a new file of requests."""

    def create(self, file: str, metadata: Mapping[str, str]) -> RemoteBatch:
        """Return a new batch of the requests in a file."""

    def batches(self) -> Iterator[RemoteBatch]:
        """Yield the account's batches, newest first."""

    def batch(self, id: str) -> RemoteBatch:
        """Return how a batch stands."""

    def download(self, file: str) -> bytes:
        """Return what stands in a file."""

    def delete(self, file: str) -> None:
        """Remove a file from the server."""


@dataclass(frozen=True)
class BatchApi:
    """The Batch API of a server, with the patience and the errors of a normal run.

    Parameters
    ----------
    client : BatchClient
        Speaks to the server.
    settings : LLMSettings
        For the errors.
    pace : Pace
        Waits for a server that is busy.
    """

    client: BatchClient
    settings: LLMSettings
    pace: Pace

    def upload(self, name: str, content: bytes) -> str:
        """Return the id of a new file of requests."""
        return self._patiently(lambda: self.client.upload(name, content))

    def create(self, file: str, metadata: Mapping[str, str], *, is_new: bool) -> RemoteBatch:
        """Return the batch of a file; one that is there already by its metadata is not repeated.

        With `is_new`, it cannot be there before the first attempt.
        """
        attempts = 0 if is_new else 1

        def create() -> RemoteBatch:
            nonlocal attempts
            attempts += 1
            # An attempt without an answer may have created it all the same.
            found = self._find(metadata) if attempts > 1 else None
            return found or self.client.create(file, metadata)

        return self._patiently(create)

    def _find(self, metadata: Mapping[str, str]) -> RemoteBatch | None:
        listed = islice(self.client.batches(), _MOST_LISTED)
        return next((b for b in listed if metadata.items() <= b.metadata.items()), None)

    def batch(self, id: str) -> RemoteBatch:
        """Return how a batch stands."""
        return self._patiently(lambda: self.client.batch(id), known=id)

    def download(self, file: str) -> bytes:
        """Return what stands in a file."""
        return self._patiently(lambda: self.client.download(file), known=file)

    def delete(self, file: str) -> bool:
        """Return whether a file could be removed; nothing depends on it."""
        try:
            self.client.delete(file)
        except ChatFailure:
            return False
        return True

    def _patiently(self, ask: Callable[[], T], known: str = "") -> T:
        """Return what is asked for; `known` is the id of something that was there before."""
        while True:
            self.pace.wait_turn(0)
            try:
                result = ask()
            except ChatFailure as failure:
                self._raise_if_final(failure, known)
                self.pace.trouble(failure.kind, failure.retry_after_s)
            else:
                self.pace.worked()
                return result

    def _raise_if_final(self, failure: ChatFailure, known: str) -> None:
        host = self.settings.host
        if failure.kind == "no_model" and known:
            raise LLMError(
                "{host} does not know {id}, which was submitted to it.",
                "Check OPENAI_API_KEY and --base-url; if the batches are gone for good, remove the "
                "state file and run the command without --batch-api.",
                host=host,
                id=known,
            ) from failure
        if failure.kind == "no_model":
            raise LLMError(
                "{host} has no Batch API.", "Run the command without --batch-api.", host=host
            ) from failure
        raise_if_final(failure, self.settings)
        if failure.kind not in _PASSING:
            raise LLMError(
                "{host} refuses the batch ({detail}).",
                "Check --model, or run the command without --batch-api.",
                host=host,
                detail=failure.detail or failure.kind,
            ) from failure


def batch_price(price: Price | None) -> Price | None:
    """Return what tokens cost in a batch.

    Examples
    --------
    >>> batch_price(Price(2, 8, 1))
    Price(input=1.0, output=4.0, cached=0.5)
    """
    if price is None:
        return None
    return Price(price.input * _SHARE, price.output * _SHARE, price.cached * _SHARE)


def request_line(custom_id: str, body: Mapping[str, Any]) -> bytes:
    """Return a line of a file of requests; it is ASCII, so no character in it ends a line."""
    line = {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line).encode() + b"\n"


def read_lines(content: bytes) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    r"""Yield custom id and completion of each line that came back; None for one that failed.

    Lines come in any order; what is no line of a batch is passed over.

    Examples
    --------
    >>> list(read_lines(b'{"custom_id": "r1", "response": null}\n!'))
    [('r1', None)]
    """
    for line in content.split(b"\n"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("custom_id"), str):
            continue
        response: Any = entry.get("response")
        body = response.get("body") if isinstance(response, dict) else None
        is_completion = isinstance(body, dict) and response.get("status_code", 200) == 200
        yield entry["custom_id"], body if is_completion else None
