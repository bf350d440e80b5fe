"""Records what a model answered, and replays it without network, byte by byte."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError, LLMError
from fitcheck.llm.base import ChatClient, ChatFailure, ChatReply, ChatRequest

_FILE = "exchanges.jsonl"
_SYSTEM = "system.{digest}.md"
_RECORDED = (
    *("truncated", "content_filter", "refused", "too_long", "bad_request"),
    *("server", "timeout"),
)
"""Failures that a request may have caused itself."""


class RecordingClient:
    """Passes requests on and writes each with its reply to a folder, which then holds texts.

    Parameters
    ----------
    client : ChatClient
        Who answers.
    folder : Path
        Is made if it is not there; exchanges are added to those that are.
    model : str
        Who answers, so that nobody replays it as another.
    """

    def __init__(self, client: ChatClient, folder: Path, model: str = "") -> None:
        self.client, self.folder, self.model = client, folder, model
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the reply of the client, or raise its failure; both are recorded."""
        outcome: ChatReply | ChatFailure
        try:
            outcome = self.client.complete(request)
        except ChatFailure as failure:
            if failure.kind in _RECORDED:
                record(self.folder, request, failure, self._lock, self.model)
            raise
        record(self.folder, request, outcome, self._lock, self.model)
        return outcome

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
    model : str
        Who is to answer; any model will do for a recording that names none.

    Raises
    ------
    DataError
        If there is no recording, a line of it is damaged, or another model answered.
    """

    def __init__(self, folder: Path, model: str = "") -> None:
        self.folder = folder
        about = _about(folder)
        self.facts = {"endpoint": None, "recording": about}
        self._outcomes: dict[str, ChatReply | ChatFailure] = {}
        recorded = [str(about["model"])] if "model" in about else []
        for key, outcome, answered_by in _read(folder):
            recorded += [answered_by] if answered_by else []
            if isinstance(outcome, ChatReply) or not isinstance(self._outcomes.get(key), ChatReply):
                self._outcomes[key] = outcome  # a failure that passed was not the request's
        self._refuse_another(model, recorded)

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the recorded reply.

        Raises
        ------
        ChatFailure
            If that was recorded.
        LLMError
            If this request was not recorded.
        """
        outcome = self._outcomes.get(request_key(request))
        if outcome is None:
            raise LLMError(
                "The recording {path} has no reply to a request.",
                "Replay it with the data, prompt, codebook and batch size it was made with, or "
                "record anew.",
                path=str(self.folder),
            )
        if isinstance(outcome, ChatFailure):
            raise ChatFailure(outcome.kind, outcome.detail, reply=outcome.reply)
        return outcome

    def close(self) -> None:
        """Do nothing."""

    def _refuse_another(self, model: str, recorded: list[str]) -> None:
        other = next((name for name in recorded if name != model), None)
        if model and other:
            raise DataError(
                "In the recording {path} the model {recorded} answered, not {model}.",
                "Pass --model with the recorded name.",
                path=str(self.folder),
                recorded=repr(other),
                model=repr(model),
            )


def request_key(request: ChatRequest) -> str:
    """Return the fingerprint of what a reply depends on."""
    parts = [request.messages, request.temperature, request.seed]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def record(
    folder: Path,
    request: ChatRequest,
    outcome: ChatReply | ChatFailure,
    lock: threading.Lock | None = None,
    model: str = "",
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
        **({"model": model} if model else {}),
        **_encoded(outcome),
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    with lock or threading.Lock():
        file = folder / _SYSTEM.format(digest=digest)
        if not file.exists():
            file.write_text(system, encoding="utf-8")
        with (folder / _FILE).open("a", encoding="utf-8") as stream:
            stream.write(line)


def _encoded(outcome: ChatReply | ChatFailure) -> dict[str, Any]:
    if isinstance(outcome, ChatReply):
        return {"reply": asdict(outcome)}
    paid = asdict(outcome.reply) if outcome.reply else None
    return {"failure": {"kind": outcome.kind, "detail": outcome.detail, "reply": paid}}


def _decoded(entry: dict[str, Any]) -> ChatReply | ChatFailure:
    if "failure" not in entry:
        return _reply(entry["reply"])
    told = entry["failure"]
    if told["kind"] not in _RECORDED:
        raise ValueError("kind")
    paid = _reply(told["reply"]) if told["reply"] else None
    return ChatFailure(told["kind"], str(told["detail"]), reply=paid)


def _reply(values: dict[str, Any]) -> ChatReply:
    weighed = tuple(
        (token, tuple((other, logprob) for other, logprob in likely))
        for token, likely in values.get("token_logprobs", ())
    )
    reply = ChatReply(**{**values, "token_logprobs": weighed})
    if not isinstance(reply.text, str):
        raise TypeError("text")
    return reply


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


def _read(folder: Path) -> list[tuple[str, ChatReply | ChatFailure, str]]:
    """Return key, outcome and model of each exchange."""
    path = folder / _FILE
    entries: list[tuple[str, ChatReply | ChatFailure, str]] = []
    try:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if not line:
                continue
            entry = json.loads(line)
            entries.append((str(entry["key"]), _decoded(entry), str(entry.get("model", ""))))
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
