"""Vectors for the fake server: a text's words decide them, and they spoil on demand."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np

N_DIMENSIONS = 64
FAULTS = ("429", "500", "index", "count", "nan", "sizes", "zeros", "words")
"""What can go wrong with a reply of vectors; each is also a mark in a text, written with a #."""
_MARK = re.compile(rf"#({'|'.join(FAULTS)})\b")


def vector_of(text: str) -> list[float]:
    """Return the vector of a text: the sum of one for each of its words."""
    words = re.findall(r"\w+", text.lower()) or [""]
    return [round(x, 4) for x in np.sum([_of_word(word) for word in words], axis=0).tolist()]


def mark_of(texts: list[str]) -> str:
    """Return the fault that a text asks for, or an empty string."""
    found = (match[1] for text in texts if (match := _MARK.search(text)))
    return next(found, "")


def embeddings(texts: list[str], fault: str = "") -> dict[str, Any]:
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


def _of_word(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
    return np.random.default_rng(seed).normal(size=N_DIMENSIONS)
