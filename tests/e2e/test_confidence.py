"""How sure a language model is, from the command line: measured, calibrated, or left empty."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fake_server import LABELS, FakeServer, label_of, serving

from conftest import csv_rows


def labeled(path: Path, n: int, first: int = 0) -> Path:
    """Write labelled answers; where the model doubts, every second label is another one."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "question", "text", "label"])
        for i in range(first, first + n):
            doubts = i % 4 == 0
            text = f"Halle {'~2 ' if doubts else ''}mit Text {i}"
            turned = doubts and i % 8 == 0
            label = LABELS[(LABELS.index(label_of(text)) + turned) % 3]
            table.writerow([f"a{i}", "Was hat gefallen?", text, label])
    return path


def export(path: Path, n: int) -> Path:
    """Write answers to label, a few of them doubtful, and one that a rule settles."""
    texts = [f"Halle {'~2 ' if i % 4 == 0 else ''}mit Wort {i}" for i in range(n)]
    lines = ["ID;Was hat gefallen?;Was hat nicht gepasst?", f"p;{texts[0]};nichts"]
    lines += [f"p{i};{text};" for i, text in enumerate(texts[1:], start=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def answers_of(path: Path) -> list[dict[str, str]]:
    """Return the rows that a model labelled, of the answers format."""
    header, *rows = csv_rows(path.read_bytes())
    return [
        row for cells in rows if (row := dict(zip(header, cells, strict=True)))["source"] == "llm"
    ]


def model(server: FakeServer, *more: str) -> list[str]:
    """Return the options that name the model."""
    return ["--model", "fake", "--base-url", server.url, "--lang", "en", *more]


@pytest.mark.parametrize("kind", [["--votes", "5"], ["--logprobs"], []])
def test_evidence_becomes_a_probability_by_calibration(
    kind: list[str], run: Callable[..., Result], tmp_path: Path
) -> None:
    """Empty without one; with one, doubtful labels are less probable where that was measured."""
    mine = labeled(tmp_path / "mine.csv", 240)
    source = export(tmp_path / "feedback.csv", 40)
    texts = ["--text", "Was hat gefallen?", "--text", "Was hat nicht gepasst?"]
    with serving() as server:
        options = model(server, *kind)
        measured = run("evaluate", mine, *options, "-o", "run.json", "--json")
        assert measured.exit_code == 0, measured.output
        content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert ("evidence" in content["answers"][0]) == bool(kind)
        assert "Halle" not in json.dumps(content)
        plain = run("classify", source, *texts, *options, "--format", "answers", "-o", "a.csv")
        assert plain.exit_code == 0, plain.output
        more = [*texts, *options, "--calibration", "run.json", "--format", "answers"]
        calibrated = run("classify", source, *more, "-o", "b.csv")
        assert calibrated.exit_code == 0, calibrated.output
    before, after = answers_of(tmp_path / "a.csv"), answers_of(tmp_path / "b.csv")
    assert len(before) == 40
    assert {row["p_not_fit"] for row in before} == {""}
    for old, new in zip(before, after, strict=True):
        assert 0 < float(new["p_not_fit"]) < 1
        assert old == new | {"p_not_fit": ""}
    sure = [
        float(r["p_not_fit"]) for r in after if r["label"] == "not_fit" and "~" not in r["text"]
    ]
    doubtful = [
        float(r["p_not_fit"]) for r in after if r["label"] == "not_fit" and "~" in r["text"]
    ]
    if kind:
        assert min(sure) > 0.9
        assert 0.3 < min(doubtful) <= max(doubtful) < 0.7
    else:
        assert {*sure, *doubtful} == {sure[0]}
        assert 0.7 < sure[0] < 0.95
    facts = json.loads((tmp_path / "b.run.json").read_text(encoding="utf-8"))["classifier"]
    assert facts["calibration"]["n"] == 240
    assert 0 <= facts["calibration"]["ece_not_fit"] < 0.1
    assert facts["calibration"]["data"]["name"] == "mine"


def test_a_calibration_is_measured_on_other_answers(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Not on those it was learned from; then there is a Brier score."""
    mine, other = labeled(tmp_path / "mine.csv", 200), labeled(tmp_path / "other.csv", 120, 1_000)
    with serving() as server:
        options = model(server, "--votes", "3")
        assert run("evaluate", mine, *options, "-o", "run.json").exit_code == 0
        same = run("evaluate", mine, *options, "--calibration", "run.json")
        assert (same.exit_code, "was learned from these answers" in same.stderr) == (1, True)
        found = run("evaluate", other, *options, "--calibration", "run.json", "--json")
        assert found.exit_code == 0, found.output
        scores = json.loads(found.stdout)["scores"]
        assert scores["brier"]["value"] < 0.3
        assert scores["ece_not_fit"]["value"] < 0.1
        asked = server.n_requests
        refused = run("evaluate", other, *model(server), "--calibration", "run.json")
        assert "made with --votes 3, and this run is with --votes 1" in refused.stderr
        assert server.n_requests == asked


@pytest.mark.parametrize("options", [{"logprobs": False}, {"unsupported": ("logprobs",)}])
def test_missing_log_probabilities_are_told_once(
    options: dict[str, Any], run: Callable[..., Result], tmp_path: Path
) -> None:
    """The labels are written all the same, and nothing is made up."""
    source = export(tmp_path / "feedback.csv", 30)
    with serving(**options) as server:
        more = ["--text", "Was hat gefallen?", "--format", "answers", "-o", "a.csv"]
        result = run("classify", source, *model(server, "--logprobs"), *more)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("127.0.0.1 gives no log-probabilities") == 1
    rows = answers_of(tmp_path / "a.csv")
    assert [row["label"] for row in rows] == [label_of(row["text"]) for row in rows]
    assert {row["p_not_fit"] for row in rows} == {""}


def test_the_dry_run_counts_all_calls(run: Callable[..., Result], tmp_path: Path) -> None:
    """Votes and label-only calls are in the requests, and are said."""
    source = export(tmp_path / "feedback.csv", 30)
    for kind, requests, told in (
        (["--votes", "5"], 10, "asked 5 times"),
        (["--logprobs"], 32, "asks for the label alone"),
    ):
        options = ["--text", "Was hat gefallen?", "--model", "gpt-5", *kind, "--dry-run"]
        plan = json.loads(run("classify", source, *options, "--json").stdout)
        assert (plan["distinct_answers_sent"], plan["requests"]) == (30, requests)
        assert told in run("classify", source, *options, "--lang", "en").stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--votes", "16"], "--votes cannot be 16"),
        (["--votes", "2", "--logprobs"], "choose one of the two"),
        (["--calibration", "nowhere.json"], "no file nowhere.json"),
    ],
)
def test_wrong_options(
    options: list[str], message: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Each is told before anything is sent."""
    with serving() as server:
        more = ["--text", "Was hat gefallen?", *model(server), *options]
        result = run("classify", export(tmp_path / "feedback.csv", 5), *more)
        assert (result.exit_code, server.n_requests) == (1, 0)
        assert message in result.stderr


def test_a_calibration_without_a_model(run: Callable[..., Result], tmp_path: Path) -> None:
    """The baseline has probabilities of its own."""
    source = export(tmp_path / "feedback.csv", 5)
    options = ["--text", "Was hat gefallen?", "--calibration", "run.json"]
    assert "Pass --model, or leave" in run("classify", source, *options, "--lang", "en").stderr
