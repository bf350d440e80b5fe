"""The verbs that measure: evaluate, compare, fit."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fitcheck.resources import resource

HEADER = ["id", "question", "text", "label", "scenario"]
TEXTS = {
    "fit": "Passt genau zu meiner Arbeit, nutze ich jeden Tag",
    "not_fit": "Nichts davon brauche ich in meiner Arbeit",
    "no_signal": "Der Trainer war nett und der Raum kalt",
}


def write(path: Path, rows: list[list[str]], header: list[str] | None = None) -> str:
    """Write a labelled file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header or HEADER, *rows])
    return path.name


def labels(path: Path, n: int = 10) -> str:
    """Write an easy labelled file of `n` answers per label."""
    rows = [
        [f"{label}{i}", "Anmerkungen", f"{text} {'und mehr ' * i}".strip(), label, f"s{i}"]
        for label, text in TEXTS.items()
        for i in range(n)
    ]
    return write(path, rows)


def test_evaluate_compare_and_gate(run: Callable[..., Result], tmp_path: Path) -> None:
    """Two runs are written, hold no text, are the same twice, and are compared."""
    name = labels(tmp_path / "mine.csv")
    assert run("evaluate", name, "-o", "a.json", "--quiet").exit_code == 0
    assert run("evaluate", name, "-o", "b.json", "--quiet").exit_code == 0
    text = (tmp_path / "a.json").read_text()
    assert text == (tmp_path / "b.json").read_text()
    assert "Trainer" not in text
    assert run("evaluate", name, "-o", "a.json").exit_code == 1
    compared = run("compare", "a.json", "b.json", "--json", "--gate")
    assert compared.exit_code == 0
    assert json.loads(compared.stdout)["mcnemar_p"] == 1
    (tmp_path / "t.toml").write_text("[mine]\nmacro_f1 = { min = 0.1 }\n")
    assert run("evaluate", name, "--gate", "t.toml").exit_code == 0
    (tmp_path / "t.toml").write_text("[mine]\nmacro_f1 = { min = 1.1 }\n")
    gated = run("evaluate", name, "--gate", "t.toml", "--lang", "de")
    assert gated.exit_code == 3
    assert "verfehlt" in gated.stderr


def test_a_worse_run_is_gated(run: Callable[..., Result], tmp_path: Path) -> None:
    """--gate exits 3 where the second run is worse beyond chance."""
    name = labels(tmp_path / "mine.csv", 30)
    run("evaluate", name, "-o", "a.json", "--quiet")
    worse = json.loads((tmp_path / "a.json").read_text())
    for answer in worse["answers"]:
        answer["label"] = "fit"
    (tmp_path / "b.json").write_text(json.dumps(worse))
    assert run("compare", "a.json", "b.json").exit_code == 0
    assert run("compare", "a.json", "b.json", "--gate").exit_code == 3


def test_fit_and_use_a_model(run: Callable[..., Result], tmp_path: Path) -> None:
    """A model of one's own labels is written and labels with them."""
    name = labels(tmp_path / "mine.csv")
    result = run("fit", name, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["cross_validated"]["macro_f1"] > 0.9
    assert run("fit", name).exit_code == 1
    assert run("fit", name, "--with-default", "--force", "--quiet").exit_code == 0
    (tmp_path / "f.csv").write_text("Rolle;Kommentar\nA;Nichts davon brauche ich\nB;Raum kalt ja\n")
    used = run("classify", "f.csv", "--classifier-model", "model.zip", "--text", "Kommentar")
    assert used.exit_code == 0, used.output
    trained = run("evaluate", name, "--classifier-model", "model.zip")
    assert trained.exit_code == 0  # trained on this file and the shipped one: another fingerprint
    assert run("fit", name, "--force", "--quiet").exit_code == 0
    refused = run("evaluate", name, "--classifier-model", "model.zip")
    assert refused.exit_code == 1
    assert "trained on" in refused.stderr


def test_a_handful_of_labels_of_two_kinds_is_no_crash(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """A model that never saw not_fit gives it no probability."""
    rows = [[str(i), "", f"{TEXTS[k]} {i}", k, ""] for i, k in enumerate(["fit", "no_signal"] * 2)]
    assert run("fit", write(tmp_path / "mine.csv", rows)).exit_code == 0


def test_labels_saved_by_a_german_excel(run: Callable[..., Result], tmp_path: Path) -> None:
    """Semicolons, cp1252, capitals in the heading."""
    lines = [
        "ID;Text;Label",
        *(f"{k}{i};Für {t} {i};{k}" for i in range(4) for k, t in TEXTS.items()),
    ]
    (tmp_path / "mine.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    assert run("evaluate", "mine.csv", "--quiet").exit_code == 0


def test_suspects(run: Callable[..., Result], tmp_path: Path) -> None:
    """A planted wrong label is listed first, without its text."""
    labels(tmp_path / "mine.csv")
    source = (tmp_path / "mine.csv").read_text().replace("Passt genau", "Passt sehr genau", 1)
    lines = source.splitlines()
    wrong = [line.replace(",fit,s3", ",not_fit,s3") for line in lines]
    assert wrong != lines
    (tmp_path / "mine.csv").write_text("\n".join(wrong))
    result = run("evaluate", "mine.csv", "--suspects", "3", "--json")
    assert json.loads(result.stdout)[0]["id"] == "fit3"
    assert "Arbeit" not in result.output


def test_the_shipped_classifier_is_not_measured_on_its_training_data(
    run: Callable[..., Result],
) -> None:
    """A score on what it has learned says nothing."""
    assert "trained on" in run("evaluate", resource("labeled/train.csv")).stderr


@pytest.mark.parametrize(
    ("rows", "header", "what"),
    [
        ([["1", "t"]], ["id", "text"], "no column label"),
        ([["1", "", "t", "gut", ""]], None, "row 2: the label"),
        ([["1", "", "t", "fit", ""], ["1", "", "u", "fit", ""]], None, "same id"),
        ([["1", "", "t", "fit", ""], ["2", "", "t", "not_fit", ""]], None, "other labels"),
        ([], None, "no labelled answers"),
    ],
)
def test_broken_labels_are_told(
    rows: list[list[str]],
    header: list[str] | None,
    what: str,
    run: Callable[..., Result],
    tmp_path: Path,
) -> None:
    """Missing column, unknown label, doubled id, conflicting gold, nothing at all."""
    name = write(tmp_path / "mine.csv", rows, header)
    result = run("evaluate", name)
    assert result.exit_code == 1
    assert what in result.stderr
