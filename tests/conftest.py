"""What every test may use."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.cli import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *args, **kwargs: CliRunner().invoke(main, [str(a) for a in args], **kwargs)


@pytest.fixture(scope="session")
def baseline() -> BaselineClassifier:
    """Return the baseline fitted on the shipped answers."""
    return BaselineClassifier.pretrained()


def csv_rows(content: bytes, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """Return the cells of a csv file, read without fitcheck."""
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
