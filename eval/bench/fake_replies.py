"""What stands in the chat replies of the fake server, right or spoilt."""

from __future__ import annotations

import re
from typing import Any


def entry_of(text: str, number: int, label: str) -> dict[str, Any]:
    """Return the coding of an answer."""
    quote = None if label == "no_signal" else _first_word(text)
    return {"id": number, "quote": quote, "label": label, "themes": ["other:neutral"]}


def _first_word(text: str) -> str:
    word = re.search(r"[^\W\d_]{2,}", text)
    return word[0] if word else text


def spoil(entry: dict[str, Any], fault: str) -> list[dict[str, Any]]:
    """Return what stands in the reply instead of a right entry."""
    if fault == "foreign":
        return [entry | {"label": "rather_fit"}]
    if fault == "missing":
        return []
    if fault == "double":
        return [entry, entry | {"label": "no_signal" if entry["quote"] else "fit", "quote": "x"}]
    if fault == "quote" and entry["quote"]:
        return [entry | {"quote": "words that nobody wrote"}]
    return [entry]


def completion(text: str, finish: str, refusal: str | None, characters: int) -> dict[str, Any]:
    """Return the body of a reply."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    prompt, reply = characters // 4, len(text) // 4
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": reply,
            "total_tokens": prompt + reply,
        },
    }
