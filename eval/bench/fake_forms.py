"""How requests ask the fake server, and how it answers them: in our own form, or in another tool's.

The others are there to do the same work in `peers.py`: scikit-llm asks for one text between
backticks, llm-classifier for one by the call of a tool, openaivec for many by the Responses API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fake_replies import completion

Entry = Mapping[str, Any]
"""The coding of a text, as `fake_replies.entry_of` makes it."""
_DATA = re.compile(r"<data>\n(.*)\n</data>", re.DOTALL)
_BACKTICKS = re.compile(r"Text sample: ```(.*)```", re.DOTALL)


@dataclass(frozen=True)
class Form:
    """What a request asks for, and how its reply is written."""

    texts: Mapping[int, str]
    """The texts to be coded, by number."""
    write: Callable[[Sequence[Entry]], Any]
    """Returns from codings what is sent back as JSON text."""
    body: Callable[[str, str, str | None, int], dict[str, Any]] = completion
    """Returns the body of the reply: of its text, why it ends, a refusal, characters asked."""


def form_of(body: Mapping[str, Any]) -> Form:
    """Return the form of a request."""
    if "instructions" in body:
        asked = json.loads(body["input"])["user_messages"]
        return Form({m["id"]: m["body"] for m in asked}, _messages, _response)
    if "tools" in body:
        name = body["tools"][0]["function"]["name"]
        said = next(m["content"] for m in body["messages"] if m["role"] == "user")
        return Form({1: said}, _single, lambda *told: _called(name, *told))
    said = body["messages"][-1]["content"]
    if match := _BACKTICKS.search(said):
        return Form({1: match[1]}, _single)
    match = _DATA.search(said)
    content = json.loads(match[1]) if match else {}
    texts = {
        int(number): told["text"] if isinstance(told, dict) else told
        for answers in content.values()
        for number, told in answers.items()
    }
    return Form(texts, lambda entries: {"answers": list(entries)})


def n_characters(body: Mapping[str, Any]) -> int:
    """Return how long the words of a request are."""
    if "messages" in body:
        return sum(len(message.get("content") or "") for message in body["messages"])
    asked = body["input"]
    return (
        len(body["instructions"]) + len(asked) if "instructions" in body else sum(map(len, asked))
    )


def n_schema_characters(body: Mapping[str, Any]) -> int:
    """Return how long the schemas are that a request demands its reply to follow."""
    schemas = [
        body.get("response_format", {}).get("json_schema", {}).get("schema"),
        body.get("text", {}).get("format", {}).get("schema"),
        body.get("tools"),
    ]
    return sum(len(json.dumps(schema)) for schema in schemas if schema)


def _single(entries: Sequence[Entry]) -> Any:
    return {"label": entries[0]["label"]} if entries else {}


def _messages(entries: Sequence[Entry]) -> Any:
    told = [{"id": entry["id"], "body": {"label": entry["label"]}} for entry in entries]
    return {"assistant_messages": told}


def _called(name: str, text: str, finish: str, refusal: str | None, n: int) -> dict[str, Any]:
    reply = completion(text, finish, refusal, n)
    call = {"id": "x", "type": "function", "function": {"name": name, "arguments": text}}
    reply["choices"][0]["message"] |= {"content": None, "tool_calls": [call]}
    return reply


def _response(text: str, finish: str, refusal: str | None, n: int) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    if refusal:
        part = {"type": "refusal", "refusal": refusal}
    message = {"id": "x", "type": "message", "status": "completed", "role": "assistant"}
    return {
        "id": "x",
        "object": "response",
        "created_at": 0,
        "model": "fake",
        "status": "completed" if finish == "stop" else "incomplete",
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "output": [message | {"content": [part]}],
        "usage": completion(text, finish, refusal, n)["usage"],
    }
