"""A model is a zip of JSON and numbers; what is anything else is refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.model_file import load_model, save_model
from fitcheck.errors import DataError
from fitcheck.labeled import answers_of, load_labeled

EXAMPLES = load_labeled("dev")[:300]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small model's file."""
    path = tmp_path_factory.mktemp("models") / "m.zip"
    save_model(BaselineClassifier().fit_labeled(EXAMPLES), path, {"trained_on": "x"})
    return path


def rewrite(source: Path, target: Path, change: Any) -> None:
    """Copy a model with its JSON changed; the check sum of the numbers stays right."""
    with zipfile.ZipFile(source) as archive:
        content = json.loads(archive.read("model.json"))
        arrays = archive.read("arrays.npz")
    content = change(content) or content
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("model.json", json.dumps(content))
        archive.writestr("arrays.npz", arrays)


def test_a_loaded_model_says_the_same(saved: Path, tmp_path: Path) -> None:
    """Labels, themes and quotes are equal, probabilities to six digits; saving repeats."""
    fitted = BaselineClassifier().fit_labeled(EXAMPLES)
    loaded = load_model(saved)
    answers = answers_of(load_labeled("dev")[300:400])
    for a, b in zip(fitted.annotate(answers), loaded.annotate(answers), strict=True):
        assert (a.label, a.quote, a.themes) == (b.label, b.quote, b.themes)
        assert a.p_not_fit == pytest.approx(b.p_not_fit, abs=1e-5)
    assert loaded.trained_on == "x"
    save_model(fitted, tmp_path / "again.zip", {"trained_on": "x"})
    assert (tmp_path / "again.zip").read_bytes() == saved.read_bytes()


def test_nothing_in_it_is_code(saved: Path) -> None:
    """Two members, JSON and numbers without pickled objects."""
    with zipfile.ZipFile(saved) as archive:
        assert set(archive.namelist()) == {"model.json", "arrays.npz"}
        with np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False) as arrays:
            assert all(arrays[name].dtype == np.float32 for name in arrays.files)
        assert EXAMPLES[5].answer.text not in archive.read("model.json").decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(classes=["fit", "yes", "no"]),
        lambda c: c.update(words=c["words"][:-1]),
        lambda c: c.update(encoder="pickle"),
        lambda c: c.update(themes={"names": ["x"], "polarities": ["bad"], "words": []}),
        lambda c: c.pop("words") and None,
        lambda _: [1],
    ],
)
def test_a_model_that_does_not_fit_together_is_refused(
    change: Any, saved: Path, tmp_path: Path
) -> None:
    """Changed classes, words, encoder, themes, shape."""
    rewrite(saved, tmp_path / "m.zip", change)
    with pytest.raises(DataError, match="no model"):
        load_model(tmp_path / "m.zip")


def test_tampered_newer_or_foreign_files_are_refused(saved: Path, tmp_path: Path) -> None:
    """Each with its own sentence."""
    target = tmp_path / "m.zip"
    with pytest.raises(DataError, match="no file"):
        load_model(target)
    rewrite(saved, target, lambda c: c.update(format=99))
    with pytest.raises(DataError, match="newer"):
        load_model(target)
    rewrite(saved, target, lambda c: c.update(arrays_sha256="0"))
    with pytest.raises(DataError, match="was changed"):
        load_model(target)
    damaged = bytearray(saved.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    target.write_bytes(damaged)
    with pytest.raises(DataError, match="was changed"):
        load_model(target)
    target.write_bytes(b"not a zip")
    with pytest.raises(DataError, match="no model"):
        load_model(target)
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("evil.pkl", b"x")
    with pytest.raises(DataError, match="no model"):
        load_model(target)
