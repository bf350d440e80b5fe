"""The fitted baseline is kept, read back as it was, and fitted again if that fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from fitcheck.classifiers import pretrained
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.pretrained import pretrained_baseline
from fitcheck.labeled import answers_of, load_labeled

ANSWERS = answers_of(load_labeled("dev"))[:60]


@pytest.fixture
def folder(own_cache: Path, baseline: BaselineClassifier, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where models are kept; fitting takes little time there, and is counted."""
    del baseline  # fitted before
    monkeypatch.setattr(pretrained, "_fitted", cache(pretrained._fitted.__wrapped__))
    learn = BaselineClassifier.fit_labeled
    monkeypatch.setattr(
        BaselineClassifier,
        "fit_labeled",
        lambda self, examples: FITS.append(1) or learn(self, examples[::8]),
    )
    FITS.clear()
    return own_cache / "models"


FITS: list[int] = []


def again() -> BaselineClassifier:
    """Return what a new process gets."""
    pretrained._fitted.cache_clear()
    return pretrained_baseline()


def test_what_is_read_back_is_what_was_fitted(folder: Path) -> None:
    """To the last digit."""
    fitted = pretrained_baseline().annotate(ANSWERS)
    assert len(list(folder.glob("tfidf-*.zip"))) == 1
    assert again().annotate(ANSWERS) == fitted
    assert len(FITS) == 1


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(300)])
def test_a_damaged_model_is_fitted_again(folder: Path, content: bytes) -> None:
    """And kept in its place."""
    again()
    (kept,) = folder.iterdir()
    kept.write_bytes(content)
    again()
    assert len(FITS) == 2
    again()
    assert len(FITS) == 2


def test_other_answers_or_code_are_another_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one goes."""
    again()
    (before,) = folder.iterdir()
    monkeypatch.setattr(pretrained, "FORMAT", 99)
    again()
    (now,) = folder.iterdir()
    assert now.name != before.name
    assert len(FITS) == 2


def test_a_folder_that_cannot_be_used_does_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is kept, and it works."""
    del folder
    (tmp_path / "file").touch()
    monkeypatch.setenv("FITCHECK_CACHE", str(tmp_path / "file"))
    assert again().annotate(ANSWERS[:1])[0].label is not None
