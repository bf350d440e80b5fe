"""The figures in the documentation are those of the recorded runs, and the runs are current."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.codebook import load_codebook
from fitcheck.evaluation.gate import load_thresholds, missed
from fitcheck.evaluation.run import read_run
from fitcheck.labeled import fingerprint, load_labeled

ROOT = Path(__file__).parents[1]
EVAL = ROOT / "eval"
RUNS = sorted((EVAL / "runs").glob("baseline-*.json"))


def test_tables_are_current() -> None:
    """`python eval/tables.py` would change nothing, in eval/ and in the datasheet."""
    tables = runpy.run_path(str(EVAL / "tables.py"))
    for path in tables["PAGES"]:
        page = path.read_text(encoding="utf-8")
        assert "<!-- end -->" in page
        assert tables["rendered"](page) == page


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_runs_are_of_this_data_and_codebook(path: Path, baseline: BaselineClassifier) -> None:
    """A run says what it is of; after a change it has to be recorded again."""
    run = read_run(path)
    assert run["codebook"]["sha256"] == load_codebook().sha256
    assert run["classifier"]["trained_on"] == baseline.trained_on
    if run["data"]["name"] in ("dev", "test"):
        assert run["data"]["sha256"] == fingerprint(load_labeled(run["data"]["name"]))
    by_id = {answer["id"]: answer for answer in run["answers"]}
    assert len(by_id) == run["data"]["n"]


def test_the_recorded_labels_are_what_the_baseline_says(baseline: BaselineClassifier) -> None:
    """The first answers of the dev run, labelled again."""
    examples = load_labeled("dev")[:60]
    recorded = {a["id"]: a["label"] for a in read_run(EVAL / "runs/baseline-dev.json")["answers"]}
    predictions = baseline.annotate([example.answer for example in examples])
    said = [prediction.label for prediction in predictions]
    assert said == [recorded[str(example.answer.id)] for example in examples]


def test_the_recorded_run_passes_the_gate() -> None:
    """Thresholds are not above what was reached."""
    run = read_run(EVAL / "runs/baseline-test.json")
    assert missed(run, load_thresholds(EVAL / "thresholds.toml"), "thresholds.toml") == []
