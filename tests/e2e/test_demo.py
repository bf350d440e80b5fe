"""The demo: an export, its coding, a filled-in sample, and the verdicts that README shows."""

from __future__ import annotations

import csv
import json
import re
import runpy
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result

from fitcheck.annotation.plan import load_plan
from fitcheck.api import read_answers
from fitcheck.records import LABELS

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "labeled" / "demo"
SHEETS = ("answers.sample.xlsx", "answers.sample.coder2.xlsx")
PLAN = "answers.sample.plan.json"


@pytest.fixture
def rates(run: Callable[..., Result], demo_table: Path, tmp_path: Path) -> Callable[..., Result]:
    """Judge the demo in a folder of its own: a look is noted in the plan."""
    for path in (demo_table, *(DEMO / name for name in (*SHEETS, PLAN))):
        shutil.copy(path, tmp_path)
    return lambda *options: run("rates", "answers.csv", "--labels", SHEETS[0], *options)


def cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what stands in each sheet of a workbook."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_sheets_follow_from_the_coding(tmp_path: Path) -> None:
    """`make demo-sheet` would change nothing."""
    script = runpy.run_path(str(ROOT / "eval" / "demo_sheet.py"))
    answers = read_answers(DEMO / "feedback.csv")
    script["write_sheets"](tmp_path, answers, load_plan(DEMO / PLAN))
    for name in SHEETS:
        assert cells(tmp_path / name) == cells(DEMO / name)


def test_nobody_looked_yet() -> None:
    """Whoever tries the demo judges a sample that was not judged before."""
    assert load_plan(DEMO / PLAN).looked == ()


def test_every_answer_is_coded_twice() -> None:
    """With the agreement that the datasheet states."""
    with (DEMO / "coding.csv").open(encoding="utf-8", newline="") as stream:
        coded = list(csv.DictReader(stream))
    assert len(coded) == len(read_answers(DEMO / "feedback.csv"))
    assert {row[column] for row in coded for column in ("label", "label_2")} == set(LABELS)
    same = sum(row["label"] == row["label_2"] for row in coded)
    datasheet = (ROOT / "labeled" / "README.md").read_text(encoding="utf-8")
    assert f"agree on {same} of {len(coded)} answers" in " ".join(datasheet.split())


def test_personas_of_every_verdict(rates: Callable[..., Result]) -> None:
    """One is met, some are not, and two are undecided for different reasons."""
    result = rates("--json")
    assert result.exit_code == 0, result.output
    found = [rate for rate in json.loads(result.stdout)["rates"] if rate["headline"]]
    verdicts = Counter(rate["verdict"] for rate in found)
    assert verdicts == {"met": 1, "not_met": 2, "undecided": 2}
    needs = {rate["needs"] for rate in found if rate["verdict"] == "undecided"}
    assert needs == {"too_close", "respondents"}
    assert load_plan(DEMO / PLAN).looked == ()


def test_readme_shows_what_the_demo_prints(
    rates: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copy it from `fitcheck rates … --lang en` in a terminal of 80 columns after a change."""
    monkeypatch.setenv("COLUMNS", "80")
    (shown,) = re.findall(
        r"```text\n(Not fitting.*?)```",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    printed = rates("--lang", "en").stderr
    lines = [line.rstrip() for line in printed.replace("\u00a0", " ").splitlines()]
    assert shown.rstrip() in "\n".join(lines), printed


def test_second_coder_agrees(rates: Callable[..., Result]) -> None:
    """The copy that a second coder began is enough for the agreement."""
    result = rates("--labels", SHEETS[1], "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["agreement"]["answers"] == 150
