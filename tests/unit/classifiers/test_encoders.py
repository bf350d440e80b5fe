"""Encoders take any text, and give each its own vector."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from fitcheck.classifiers import encoders
from fitcheck.classifiers.encoders import ENCODERS, SentenceEncoder, make_encoder
from fitcheck.errors import ConfigError

NAMES = [name for name, encoder in ENCODERS.items() if encoder]


@pytest.mark.parametrize("name", NAMES)
def test_order_and_size(name: str) -> None:
    """A vector does not depend on what stands around its text, nor on what came before."""
    encoder = make_encoder(name)
    assert encoder is not None
    texts = ["passt genau", "gar nicht passend für mich", "", "passt genau"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (4, encoder.n_dimensions)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert (vectors[0] == vectors[3]).all()
    assert not np.allclose(vectors[0], vectors[1])
    encoder._known.clear()
    assert np.allclose(encoder.encode(texts[1:2])[0], vectors[1], atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.n_dimensions)


@pytest.mark.parametrize("name", NAMES)
def test_what_breaks_the_packages_is_kept_from_them(name: str) -> None:
    """Characters that grow when normalized, long texts and lone surrogates.

    In a process of its own, because an overflow would end it.
    """
    code = (
        "from fitcheck.classifiers.encoders import make_encoder;"
        f"e = make_encoder({name!r});"
        "print(e.encode(['\\ufdfa' * 2000, 'x' * 50000, '\\ud800', '\\x00', '👍' * 500]).shape[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "5"), done.stderr


def test_kept_vectors_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound, what was known is dropped and every text still gets its vector."""

    class Counting(SentenceEncoder):
        distribution = "numpy"
        model = "length"
        size = 1

        def _encode(self, texts: list[str]) -> list[list[float]]:
            return [[float(len(text))] for text in texts]

    monkeypatch.setattr(encoders, "_MAX_KNOWN", 3)
    encoder = Counting()
    assert encoder.encode(["a", "bb"]).ravel().tolist() == [1, 2]
    assert encoder.encode(["bb", "ccc", "dddd"]).ravel().tolist() == [2, 3, 4]
    assert len(encoder._known) == 3


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package to install."""
    monkeypatch.setattr(encoders.UseEncoder, "distribution", "no-such-package")
    with pytest.raises(ConfigError, match="pip install no-such-package"):
        make_encoder("tfidf+use")
