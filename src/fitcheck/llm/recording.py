"""Records what a model answered, and replays it without network, byte by byte."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError, LLMError
from fitcheck.llm.base import ChatClient, ChatReply, ChatRequest

_FILE = "exchanges.jsonl"
_SYSTEM = "system.{digest}.md"


class RecordingClient:
    """Passes requests on and writes each with its reply to a folder, which then holds texts.

    Parameters
    ----------
    client : ChatClient
        Who answers.
    folder : Path
        Is made if it is not there; exchanges are added to those that are.
    """

    def __init__(self, client: ChatClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the reply of the client; what fails is not recorded."""
        reply = self.client.complete(request)
        record(self.folder, request, reply, self._lock)
        return reply

    @property
    def facts(self) -> dict[str, Any]:
        """What the client says for the run file."""
        return dict(getattr(self.client, "facts", {}))

    def close(self) -> None:
        """Close the client."""
        self.client.close()


class ReplayClient:
    """Answers from a recording.

    Parameters
    ----------
    folder : Path
        What `RecordingClient` wrote.

    Raises
    ------
    DataError
        If there is no recording, or a line of it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._replies = {entry["key"]: ChatReply(**entry["reply"]) for entry in _read(folder)}
        self.facts = {"endpoint": None, "recording": _about(folder)}

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the recorded reply.

        Raises
        ------
        LLMError
            If this request was not recorded.
        """
        reply = self._replies.get(request_key(request))
        if reply is None:
            raise LLMError(
                "The recording {path} has no reply to a request.",
                "Replay it with the data, prompt, codebook and batch size it was made with, or "
                "record anew.",
                path=str(self.folder),
            )
        return reply

    def close(self) -> None:
        """Do nothing."""


def request_key(request: ChatRequest) -> str:
    """Return the fingerprint of what a reply depends on."""
    parts = [request.messages, request.temperature, request.seed]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def record(
    folder: Path, request: ChatRequest, reply: ChatReply, lock: threading.Lock | None = None
) -> None:
    """Add an exchange to a recording; the first message, the same in all, is written once."""
    (_, system), *others = request.messages
    digest = hashlib.sha256(system.encode()).hexdigest()[:8]
    entry = {
        "key": request_key(request),
        "system": digest,
        "messages": others,
        "temperature": request.temperature,
        "seed": request.seed,
        "reply": asdict(reply),
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    with lock or threading.Lock():
        file = folder / _SYSTEM.format(digest=digest)
        if not file.exists():
            file.write_text(system, encoding="utf-8")
        with (folder / _FILE).open("a", encoding="utf-8") as stream:
            stream.write(line)


def _about(folder: Path) -> dict[str, Any]:
    """Return what a file ``about.json`` says of who answered and how; it need not be there."""
    path = folder / "about.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            "{path} cannot be read ({reason}).",
            "Correct or remove it.",
            path=str(path),
            reason=type(error).__name__,
        ) from error


def _read(folder: Path) -> list[dict[str, Any]]:
    path = folder / _FILE
    entries = []
    try:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if not line:
                continue
            entry = json.loads(line)
            if not isinstance(ChatReply(**entry["reply"]).text, str):
                raise TypeError("text")
            entries.append({"key": str(entry["key"]), "reply": entry["reply"]})
    except FileNotFoundError:
        raise DataError(
            "There is no recording in {path}.", "Make one with --record.", path=str(folder)
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "Line {row} of {path} is no recorded exchange.",
            "Record anew, or remove the line.",
            path=str(path),
            row=len(entries) + 1,
        ) from error
    return entries
