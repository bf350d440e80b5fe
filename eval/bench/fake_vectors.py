"""Vectors for the fake server: a text's words decide them, and they spoil on demand.

Standard library only.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_server import FakeServer

Answer = tuple[int, Mapping[str, Any], Mapping[str, str]]
"""Status, body and headers."""

N_DIMENSIONS = 64
FAULTS = ("429", "500", "index", "count", "nan", "sizes", "zeros", "words")
"""What can go wrong with a reply of vectors; each is also a mark in a text, written with a #."""
_MARK = re.compile(rf"#({'|'.join(FAULTS)})\b")


def embed(server: FakeServer, texts: list[str], characters: int) -> Answer:
    """Return what the server says to a request for the vectors of texts."""
    fault = server.draw_fault() or _mark_of(texts)
    if server.status != 200 or server.is_out:
        status = 500 if server.status == 200 else server.status
        return status, _error(server.code or "error"), {}
    if len(texts) > server.most_texts:
        return 422, _error("validation_error", f"at most {server.most_texts} texts in a batch"), {}
    if characters > server.context:
        return 400, _error("context_length_exceeded"), {}
    if fault == "429":
        return 429, _error("rate_limit_exceeded"), {"Retry-After": f"{server.retry_after_s}"}
    if fault == "500":
        return 500, _error("server_error"), {}
    return 200, _embeddings(texts, fault), {}


def vector_of(text: str) -> list[float]:
    """Return the vector of a text: the sum of one for each of its words."""
    words = re.findall(r"\w+", text.lower()) or [""]
    return [round(sum(numbers), 4) for numbers in zip(*map(_of_word, words), strict=True)]


def _mark_of(texts: list[str]) -> str:
    """Return the fault that a text asks for, or an empty string."""
    found = (match[1] for text in texts if (match := _MARK.search(text)))
    return next(found, "")


def _embeddings(texts: list[str], fault: str = "") -> dict[str, Any]:
    """Return what stands in the reply, in an order of its own, as a server may choose."""
    vectors: list[Any] = [vector_of(text) for text in texts]
    if fault == "nan":
        vectors[-1][3] = float("nan")
    elif fault == "sizes":
        vectors[-1] = vectors[-1][:-1]
    elif fault == "zeros":
        vectors[-1] = [0.0] * N_DIMENSIONS
    elif fault == "words":
        vectors[-1] = ["1.0"] * N_DIMENSIONS
    entries = [
        {"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)
    ]
    if fault == "index":
        entries[-1]["index"] = len(entries)
    elif fault == "count":
        entries = entries[:-1]
    characters = sum(map(len, texts))
    usage = {"prompt_tokens": characters // 4, "total_tokens": characters // 4}
    return {"object": "list", "model": "fake", "data": entries[::-1], "usage": usage}


@functools.cache
def _of_word(word: str) -> tuple[float, ...]:
    chance = random.Random(word)  # noqa: S311
    return tuple(chance.gauss() for _ in range(N_DIMENSIONS))


def _error(code: str, message: str = "") -> dict[str, Any]:
    return {"error": {"message": message or code, "type": code, "code": code, "param": None}}
