"""Classifiers go to other processes whole: fitted, without a file, and without what they read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import fitcheck as fc
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.cascade import CascadeClassifier
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.model_file import save_model
from fitcheck.errors import FitcheckError

ASKED = [
    fc.Answer("Nichts davon brauche ich im Lager.", "Was hat nicht gepasst?"),
    fc.Answer("nichts", "Was hat nicht gepasst?"),
]
SETTINGS = fc.LLMSettings(model="fake", base_url="http://127.0.0.1:9/v1", max_requests=3)


def test_a_baseline_gives_the_same_labels_elsewhere(baseline: BaselineClassifier) -> None:
    """To the last digit, and after its codebook was used."""
    before = baseline.annotate(ASKED)
    assert _there_and_back(baseline).annotate(ASKED) == before


def test_a_cascade_takes_its_baseline_along(baseline: BaselineClassifier, tmp_path: Path) -> None:
    """Where it arrives, the model's file need not be."""
    path = tmp_path / "model.zip"
    save_model(baseline, path, {})
    packed = pickle.dumps(fc.make_classifier("cascade", llm=SETTINGS, model=path))
    path.unlink()
    cascade = _loaded(packed)
    assert isinstance(cascade, CascadeClassifier)
    assert cascade.first().annotate(ASKED) == baseline.annotate(ASKED)
    assert cascade.limits_to_share["max_requests"] == 3


@pytest.mark.parametrize("name", ["tfidf+use", "tfidf+e5"])
def test_an_encoder_leaves_texts_behind(name: str) -> None:
    """Vectors are remembered by text."""
    encoder = make_encoder(name)
    assert encoder is not None
    encoder._known["geheim"] = [0.0]  # type: ignore[attr-defined]
    packed = pickle.dumps(encoder)
    del encoder._known["geheim"]  # type: ignore[attr-defined]
    assert b"geheim" not in packed
    assert _loaded(packed).id == encoder.id


def test_questions_stay_behind_too() -> None:
    """A codebook remembers the kinds of questions that it was asked for."""
    book = fc.load_codebook()
    kind = book.kind_of("Was hat Ihnen an Standort Geheim gefallen?")
    packed = pickle.dumps(book)
    assert b"Geheim" not in packed
    assert _loaded(packed).kind_of("Was hat Ihnen an Standort Geheim gefallen?") == kind
    assert _loaded(packed).sha256 == book.sha256


def test_an_error_keeps_its_words_and_fields() -> None:
    """It can still be said in another language."""
    error = fc.DataError("{path} is empty.", "Export it again.", path="a.csv", row=3)
    again = _there_and_back(error)
    assert isinstance(again, FitcheckError)
    assert (type(again), str(again), again.path, again.rows) == (
        fc.DataError,
        str(error),
        "a.csv",
        (3,),
    )


def _there_and_back(value: Any) -> Any:
    return _loaded(pickle.dumps(value))


def _loaded(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301
