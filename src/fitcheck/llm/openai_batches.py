"""Files and batches of an OpenAI-compatible server, over the client for direct requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.batch_api import ENDPOINT, RemoteBatch
from fitcheck.llm.openai_client import FORMATS, MALFORMED, OpenAIClient

_FILE_TIMEOUT_S = 900.0
"""Seconds that a file of a hundred megabytes may take."""
_CODE = re.compile(r"[\w.-]{1,60}")

T = TypeVar("T")


class OpenAIBatches(OpenAIClient):
    """A client that asks directly and by batch, and uses in batches what it learned directly."""

    @property
    def shape(self) -> dict[str, Any]:
        """What requests hold by now, so that another process need not learn it again."""
        return {"format": self.format, "left_out": sorted(self._unsupported)}

    @shape.setter
    def shape(self, shape: dict[str, Any]) -> None:
        self._format = FORMATS.index(shape["format"])
        self._unsupported = set(shape["left_out"])

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """Return what `complete` would send."""
        return self._arguments(request)

    def reply(self, body: Mapping[str, Any]) -> ChatReply:
        """Return the reply that a completion holds.

        Raises
        ------
        ChatFailure
            If it holds none, as in a direct request.
        """
        try:
            return self._reply(self._openai.types.chat.ChatCompletion.construct(**body))
        except MALFORMED:
            raise self._no_completion() from None

    def upload(self, name: str, content: bytes) -> str:
        """Return the id of a new file of requests."""
        files = self._client.files
        return self._call(
            lambda: _id(
                files.create(file=(name, content), purpose="batch", timeout=_FILE_TIMEOUT_S).id
            )
        )

    def create(self, file: str, metadata: Mapping[str, str]) -> RemoteBatch:
        """Return a new batch of the requests in a file."""
        return self._call(
            lambda: _batch(
                self._client.batches.create(
                    input_file_id=file,
                    endpoint=ENDPOINT,
                    completion_window="24h",
                    metadata=dict(metadata),
                )
            )
        )

    def batches(self) -> Iterator[RemoteBatch]:
        """Yield the account's batches, newest first."""
        listed = self._call(lambda: iter(self._client.batches.list(limit=100)))
        while (batch := self._call(lambda: next(listed, None))) is not None:
            yield _batch(batch)

    def batch(self, id: str) -> RemoteBatch:
        """Return how a batch stands."""
        return self._call(lambda: _batch(self._client.batches.retrieve(id)))

    def download(self, file: str) -> bytes:
        """Return what stands in a file."""
        files = self._client.files
        return self._call(lambda: bytes(files.content(file, timeout=_FILE_TIMEOUT_S).content))

    def delete(self, file: str) -> None:
        """Remove a file from the server."""
        self._call(lambda: self._client.files.delete(file))

    def _call(self, ask: Callable[[], T]) -> T:
        """Return what is asked for; no answer is to blame here, unlike in a direct request."""
        try:
            return ask()
        except self._openai.APIError as error:
            status = getattr(error, "status_code", None)
            if status in (401, 403):
                raise ChatFailure("auth") from None
            if status in (404, 405, 501):
                raise ChatFailure("no_model", str(status)) from None
            raise self._failure(error) from None
        except MALFORMED:
            # A web page where the Batch API should be.
            raise ChatFailure("no_model", "no batch") from None


def _batch(batch: Any) -> RemoteBatch:
    counts, errors = batch.request_counts, getattr(batch.errors, "data", None)
    return RemoteBatch(
        id=_id(batch.id),
        status=_code(batch.status),
        total=_count(counts, "total"),
        completed=_count(counts, "completed"),
        failed=_count(counts, "failed"),
        input_file=batch.input_file_id or "",
        output_file=batch.output_file_id or "",
        error_file=batch.error_file_id or "",
        errors=tuple(_code(getattr(error, "code", None)) for error in errors or ()),
        metadata=batch.metadata or {},
    )


def _id(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no id")
    return value


def _code(value: Any) -> str:
    """Return a word of the server's; never what an answer may have put there."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "unknown"


def _count(counts: Any, name: str) -> int:
    value = getattr(counts, name, None)
    return value if isinstance(value, int) else 0
