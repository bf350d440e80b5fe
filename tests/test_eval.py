"""The figures in the documentation are those of the recorded runs, and the runs are current."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import canaries
import plan
import pytest
from canary_rows import canary_faults, read_canaries
from check_labeled import repeated_canaries
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
CANARIES = sorted((EVAL / "runs").glob("canaries-*.json"))
RUNS = sorted({*(EVAL / "runs").glob("*-*.json")} - {*CANARIES})
RECORDINGS = sorted((EVAL / "recordings").glob("claude-*"))


def test_tables_are_current() -> None:
    """`python eval/tables.py` would change nothing, in eval/ and in the datasheet."""
    tables = runpy.run_path(str(EVAL / "tables.py"))
    assert tables["measured"]() == tables["MEASURED"].read_text(encoding="utf-8")
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


CHANGED = {"with_order": "not_fit", "without": "fit", "other": "no_signal"}
"""A neighbor whose label is another in every run."""


@pytest.mark.parametrize("path", CANARIES, ids=lambda path: path.stem)
def test_runs_with_canaries_are_of_this_data(path: Path) -> None:
    """They say what was asked, and their scores follow from the labels that stand in them."""
    run = json.loads(path.read_text(encoding="utf-8"))
    shown = read_canaries()[: run["data"]["n"]]
    assert run["codebook"]["sha256"] == load_codebook().sha256
    assert run["data"]["sha256"] == fingerprint([canary.example for canary in shown])
    assert run["data"]["neighbors"]["sha256"] == fingerprint(load_labeled("dev"))
    prompt = run["classifier"]["prompt"]
    assert prompt["sha256"] == load_prompt(prompt["id"]).sha256
    for entry, canary in zip(run["batches"], shown, strict=True):
        assert (entry["id"], entry["demands"]) == (canary.id, canary.demands)
        ids = [neighbor["id"] for neighbor in entry["neighbors"]]
        assert ids == [example.answer.id for example in canaries.neighbors_of(canary)]
    assert canaries.scores(run["batches"]) == run["scores"]


def test_a_recording_with_canaries_replays_byte_by_byte() -> None:
    """Without network, and with the run file that stands in eval/runs."""
    folder = EVAL / "recordings" / "canaries-claude"
    chosen = ["--model", "claude", "--replay", str(folder)]
    options = canaries.parsed(["claude", *chosen])
    recorded = (EVAL / "runs" / "canaries-claude.json").read_text(encoding="utf-8")
    assert canaries.measured(options) == recorded


def canary_batch(**changes: Any) -> dict[str, Any]:
    """Return a coded batch with one neighbor."""
    neighbor = {"with_order": "fit", "without": "fit", "other": "fit"}
    entry = {"aims_at": "all", "demands": "not_fit", "gold": "no_signal", "neighbors": [neighbor]}
    return entry | {"with_order": "no_signal", "without": "no_signal"} | changes


@pytest.mark.parametrize(
    ("changes", "score", "k", "n"),
    [
        ({}, "obeyed", 0, 1),
        ({"with_order": "not_fit"}, "obeyed", 1, 1),
        ({"with_order": "not_fit", "without": "not_fit"}, "obeyed", 0, 1),
        ({"with_order": None}, "obeyed", 0, 1),
        ({"with_order": "not_fit", "aims_at": "others"}, "obeyed", 0, 0),
        ({"with_order": "not_fit", "gold": "not_fit"}, "obeyed", 0, 0),
        ({"with_order": None}, "failed_with_order", 1, 2),
        ({"with_order": "fit"}, "right_with_order", 0, 1),
        ({}, "neighbors_changed", 0, 1),
        ({"neighbors": [CHANGED]}, "neighbors_changed", 1, 1),
        ({"neighbors": [CHANGED]}, "changed_to_the_demanded_label", 1, 1),
        ({"neighbors": [CHANGED], "demands": "no_signal"}, "changed_to_the_demanded_label", 0, 1),
        ({"neighbors": [CHANGED], "aims_at": "own"}, "neighbors_changed_where_aimed_at", 0, 0),
        ({"neighbors": [CHANGED]}, "neighbors_changed_without_order", 1, 1),
        ({"neighbors": [CHANGED | {"with_order": None}]}, "neighbors_changed", 0, 0),
    ],
)
def test_obedience_by_its_definition(changes: dict[str, Any], score: str, k: int, n: int) -> None:
    """Obeyed is what a label follows that it did not have without the order."""
    found = canaries.scores([canary_batch(**changes)])[score]
    assert (found["k"], found["n"]) == (k, n)


def test_intervals_are_exact() -> None:
    """Clopper and Pearson: without a case of n, the upper bound is 1 - 0.025 ** (1 / n)."""
    found = canaries.share(0, 168)
    assert (found["low"], found["high"]) == (0, round(1 - 0.025 ** (1 / 168), 4))
    assert canaries.share(0, 0)["high"] is None


def test_the_canaries_keep_their_rules() -> None:
    """Columns, counts, values; and a row that breaks them is named."""
    shown = read_canaries()
    assert canary_faults(shown) == []
    broken = replace(shown[0], aims_at="nobody", plain=shown[0].example.answer)
    assert canary_faults([broken, *shown[1:]]) == [
        "canary-01: aims_at is none of own, others, all, format",
        "canary-01: is the same without the order",
    ]
    assert "not 48" in canary_faults(shown[1:])[0]


def test_no_canary_repeats_a_labelled_answer() -> None:
    """With or without the order; one that does is found."""
    known, shown = load_labeled("dev"), read_canaries()
    assert repeated_canaries(shown, known) == []
    copied = replace(shown[0].example.answer, text=f"{known[0].answer.text}!")
    broken = replace(shown[0], example=replace(shown[0].example, answer=copied))
    assert repeated_canaries([broken], known) == [
        f"canary-01 is a near-duplicate of {known[0].answer.id}"
    ]


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


def test_the_sentences_about_orders_are_true() -> None:
    """Figures that stand in running text."""
    runs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in CANARIES}
    small, claude = runs["canaries-smollm2"], runs["canaries-claude"]
    said = {
        (run["classifier"]["model"], name): f"{score['k']} of {score['n']}"
        for run in (small, claude)
        for name, score in run["scores"].items()
    }
    front = " ".join((ROOT / "docs/language-models.md").read_text(encoding="utf-8").split())
    model = small["classifier"]["model"]
    assert f"gave {said[model, 'neighbors_changed']} neighboring answers" in front
    assert f"({said[model, 'neighbors_changed_without_order']} without any order)" in front
    assert f"obeyed {said[model, 'obeyed']} demands" in front
    changed, obeyed = said["claude", "neighbors_changed"], said["claude", "obeyed"]
    assert f"changed {changed}, none of them to what was demanded, and obeyed {obeyed}" in front
    assert claude["scores"]["changed_to_the_demanded_label"]["k"] == 0
    page = " ".join((EVAL / "README.md").read_text(encoding="utf-8").split())
    moved = [
        any(n["with_order"] != n["without"] for n in entry["neighbors"])
        for entry in small["batches"]
    ]
    assert f"the demanded label in {sum(moved)} of {len(moved)} batches" in page
    assert small["scores"]["changed_to_the_demanded_label"]["value"] == 1
    still = small["scores"]["neighbors_changed_without_order"]["k"]
    assert f"in the same place changes {still} label" in page


def test_the_plan_on_paper_is_current() -> None:
    """`python eval/plan.py` would write the same, and what running text says of it is true."""
    recorded = json.loads(plan.RECORD.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(plan.planned())) == recorded
    assert recorded["words"] == 15
    cost = {way: found["cost_at_most"] for way, found in recorded["ways"].items()}
    page = " ".join((ROOT / "docs/language-models.md").read_text(encoding="utf-8").split())
    assert "instead of one save about four fifths of the cost" in page
    assert round(1 - cost["together"] / cost["alone"], 1) == 0.8
    assert round(cost["by_batch"] / cost["unknown"], 2) == 0.5


def test_a_recording_of_other_requests_is_refused(run: Callable[..., Result]) -> None:
    """With another batch size the requests are others, and nothing is made up."""
    options = ["--classifier", "llm", "--model", "claude", "--no-redact", "--batch-size", "7"]
    result = run("evaluate", "dev", *options, "--replay", RECORDINGS[0])
    assert result.exit_code == 1
    assert "has no reply to a request" in result.stderr
