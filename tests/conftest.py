"""What every test may use."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.pretrained import pretrained_baseline
from fitcheck.cli import main

# Time is for `make bench`: a machine may be busy.
settings.register_profile("fitcheck", deadline=None)
settings.load_profile("fitcheck")

DEMO = Path(__file__).parents[1] / "labeled" / "demo"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *args, **kwargs: CliRunner().invoke(main, [str(a) for a in args], **kwargs)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep replies of language models apart from the user's, and from other tests."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FITCHECK_CACHE", str(folder))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY", "FITCHECK_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def baseline() -> BaselineClassifier:
    """Return the baseline fitted on the shipped answers."""
    return pretrained_baseline()


@pytest.fixture(scope="session")
def demo_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo's answers table; its run file lies beside it."""
    path = tmp_path_factory.mktemp("demo") / "answers.csv"
    command = ["classify", str(DEMO / "feedback.csv"), "--format", "answers", "-o", str(path)]
    assert CliRunner().invoke(main, command).exit_code == 0
    return path


def csv_rows(content: bytes, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """Return the cells of a csv file, read without fitcheck."""
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
