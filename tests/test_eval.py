"""The figures in the documentation are those of the recorded runs, and the runs are current."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.codebook import load_codebook
from fitcheck.evaluation.compare import compare_runs
from fitcheck.evaluation.gate import load_thresholds, missed
from fitcheck.evaluation.run import read_run
from fitcheck.labeled import fingerprint, load_labeled
from fitcheck.prompts import load_prompt

ROOT = Path(__file__).parents[1]
EVAL = ROOT / "eval"
RUNS = sorted((EVAL / "runs").glob("*-*.json"))
RECORDINGS = sorted((EVAL / "recordings").iterdir())


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
    if run["classifier"]["id"] == "baseline":
        assert run["classifier"]["trained_on"] == baseline.trained_on
    else:
        assert run["classifier"]["prompt"]["sha256"] == load_prompt("fit.v1").sha256
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


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda path: path.name)
def test_a_recording_replays_byte_by_byte(folder: Path, run: Callable[..., Result]) -> None:
    """Without network, and with the run file that stands in eval/runs."""
    size = folder.name.rpartition("-")[2]
    options = ["--classifier", "llm", "--model", "claude", "--no-redact", "--batch-size", size]
    result = run("evaluate", "dev", *options, "--replay", folder, "-o", "-", "--quiet")
    assert result.exit_code == 0, result.output
    assert result.stdout == (EVAL / "runs" / f"{folder.name}.json").read_text(encoding="utf-8")


def test_the_sentences_about_runs_are_true() -> None:
    """Figures that stand in running text."""
    runs = {path.stem: read_run(path) for path in RUNS}
    wrong = {
        name: round(1 / (1 - run["scores"]["accuracy"]["value"])) for name, run in runs.items()
    }
    front = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "one label in five wrong" in front
    assert wrong["baseline-real-dev"] == 5
    assert f"one in {wrong['claude-real-dev']} wrong" in front
    page = " ".join((EVAL / "README.md").read_text(encoding="utf-8").split())
    batches = compare_runs(runs["claude-dev-20"], runs["claude-dev-1"])
    assert f"{batches.only_a_right} only the batches of 20 have right" in page
    assert f"{batches.only_b_right} only the single ones" in page
    assert f"p = {batches.p_value:.2f}" in page
    models = compare_runs(runs["baseline-real-dev"], runs["claude-real-dev"])
    assert f"gets {models.only_b_right} answers right that the baseline gets wrong" in page
    assert f"against {models.only_a_right} the other way" in page


def test_a_recording_of_other_requests_is_refused(run: Callable[..., Result]) -> None:
    """With another batch size the requests are others, and nothing is made up."""
    options = ["--classifier", "llm", "--model", "claude", "--no-redact", "--batch-size", "7"]
    result = run("evaluate", "dev", *options, "--replay", RECORDINGS[0])
    assert result.exit_code == 1
    assert "has no reply to a request" in result.stderr
