"""From an export to a verdict on the command line: sample, label, rates."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from made_up import NAMES, fill, write_answers

from fitcheck.surveys.predictions import read_predictions
from fitcheck.surveys.results import write_answers as write_predictions

SIZES = {"Verwaltung": (0, 110, 10), "Produktion": (40, 60, 10), "Vertrieb": (3, 42, 5)}
"""Respondents by persona who say not_fit, fit and nothing of it."""


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Return an answers table in which the classifier errs on every eighth answer."""
    path = tmp_path / "Rückmeldung März.csv"
    write_answers(path, SIZES)
    return path


def verdicts(result: Result) -> dict[str, str]:
    """Return the headline verdicts in the JSON of `rates`."""
    found = json.loads(result.stdout)
    return {r["persona"]: r["verdict"] for r in found["rates"] if r["headline"]}


def test_sample_label_rates(run: Callable[..., Result], answers: Path) -> None:
    """A verdict per persona, whatever the classifier got wrong."""
    drawn = run("sample", str(answers), "--n", "110", "--lang", "de")
    assert drawn.exit_code == 0, drawn.output
    sheet = answers.with_suffix(".sample.xlsx")
    plan = answers.with_suffix(".sample.plan.json").read_text(encoding="utf-8")
    for secret in ("@x.example", "Antwort"):
        assert secret not in plan
    fill(sheet)
    result = run("rates", str(answers), "--labels", str(sheet), "--json")
    assert result.exit_code == 0, result.output
    expected = {"Verwaltung": "met", "Produktion": "not_met", "Vertrieb": "undecided"}
    assert verdicts(result) == expected
    again = run("rates", str(answers), "--labels", str(sheet), "--json")
    assert again.stdout.replace('"looks_taken": 1', "") == result.stdout.replace(
        '"looks_taken": 1', ""
    )
    assert "@x.example" not in result.output + drawn.output


def test_names_of_groups_are_only_names(run: Callable[..., Result], tmp_path: Path) -> None:
    """Formulas, markup, long ones, another direction of writing, and what steers a terminal."""
    names = [
        "=cmd|'/c calc'!A1",
        "<script>alert(1)</script>",
        "X" * 300,
        "شيفت",
        "[bold]Rot[/bold]",
    ]
    odd = {name: (2, 9 + i, 1) for i, name in enumerate(names)}
    steering = {"\x1b[31mrot": (3, 30, 1), "Lager\u202e": (2, 12, 1), "Lager\u00a0": (1, 9, 1)}
    write_answers(tmp_path / "a.csv", odd | steering)
    result = run("rates", "a.csv", "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    counted = json.loads(result.stdout)["counted"]
    assert set(counted) == {*names, "[31mrot", "Lager"}
    assert sum(counted["Lager"].values()) == 26
    for character in ("\x1b", "\u202e"):
        assert character not in result.output
    assert "[bold]Rot[/bold]" in result.stderr
    only = run("rates", "a.csv", "--only", "Lager\u00a0", "--only", "Lager", "--json")
    assert list(json.loads(only.stdout)["counted"]) == ["Lager"]


def test_where_nobody_can_be_shown_it_is_said(run: Callable[..., Result], tmp_path: Path) -> None:
    """One respondent, or small groups alone: a sentence, and nothing to label."""
    for sizes in ({"A": (0, 1, 0)}, {"A": (1, 3, 0), "B": (0, 3, 0)}):
        write_answers(tmp_path / "a.csv", sizes)
        for verb in (["rates"], ["trend", "a.csv"], ["report", "--format", "text"]):
            result = run(*verb, "a.csv", "--lang", "en")
            assert result.exit_code == 0, result.output
            assert "No group is large enough to be shown." in result.output
        assert run("sample", "a.csv").exit_code == 1
        assert run("rates", "a.csv", "--fail-above").exit_code == 3


def test_a_claim_can_be_demanded(run: Callable[..., Result], answers: Path) -> None:
    """Exit code 3 unless what is named is met."""
    run("sample", str(answers), "--n", "110")
    sheet = answers.with_suffix(".sample.xlsx")
    fill(sheet)
    demand = ("rates", str(answers), "--labels", str(sheet), "--fail-above")
    assert run(*demand).exit_code == 3
    assert run(*demand, "--only", "Verwaltung").exit_code == 0
    assert run(*demand, "--only", "Niemand").exit_code == 2


def test_the_table_for_other_tools(run: Callable[..., Result], answers: Path) -> None:
    """Csv with every number, to a file or to stdout."""
    run("sample", str(answers), "--n", "60")
    sheet = answers.with_suffix(".sample.xlsx")
    fill(sheet)
    target = answers.with_name("Anteile.csv")
    result = run("rates", str(answers), "--labels", str(sheet), "-o", str(target))
    assert result.exit_code == 0, result.output
    content = target.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 12
    assert {row["method"] for row in rows} >= {"smb"}
    shown = run("rates", str(answers), "--labels", str(sheet), "-o", "-", "--quiet")
    assert shown.stdout.replace("\r", "").lstrip("\ufeff") == content.replace("\r", "")
    assert run("rates", str(answers), "-o", str(target)).exit_code == 1


def test_labels_in_the_middle_of_the_work(run: Callable[..., Result], answers: Path) -> None:
    """Half a sheet is no sample; what is missing is told, and no look is lost."""
    run("sample", str(answers), "--n", "60")
    sheet = answers.with_suffix(".sample.xlsx")
    fill(sheet, 40)
    result = run("rates", str(answers), "--labels", str(sheet), "--lang", "en")
    assert "label the other" in result.stderr
    fill(sheet)
    assert run("rates", str(answers), "--labels", str(sheet)).exit_code == 0
    workbook = openpyxl.load_workbook(sheet)
    cell = workbook.worksheets[0].cell(5, 5)
    cell.value = "passend" if cell.value != "passend" else "nicht passend"
    workbook.save(sheet)
    looked = run("rates", str(answers), "--labels", str(sheet), "--lang", "en")
    assert "was judged before with other labels" in looked.stderr


def test_labelling_on_until_it_is_decided(run: Callable[..., Result], answers: Path) -> None:
    """A sequential plan tells how many to label next, and may be looked at every time."""
    assert run("sample", str(answers), "--until-decided").exit_code == 0
    sheet = answers.with_suffix(".sample.xlsx")
    seen = []
    for n in (30, 120, None):
        fill(sheet, n)
        result = run("rates", str(answers), "--labels", str(sheet), "--json", "--lang", "en")
        assert result.exit_code == 0, result.output
        seen.append(verdicts(result))
        if n == 30:
            assert "label the next 25" in result.stderr
    assert seen[-1]["Verwaltung"] == "met"
    assert seen[-1]["Produktion"] == "not_met"


def test_two_coders(run: Callable[..., Result], answers: Path) -> None:
    """A second sheet measures agreement; too little of it, and there is no verdict."""
    run("sample", str(answers), "--n", "60", "--coders", "2")
    first = answers.with_suffix(".sample.xlsx")
    second = answers.with_suffix(".sample.coder2.xlsx")
    fill(first)
    fill(second)
    sheets = ("--labels", str(first), "--labels", str(second))
    agreed = run("rates", str(answers), *sheets, "--json")
    assert json.loads(agreed.stdout)["agreement"]["kappa"]["value"] == 1
    workbook = openpyxl.load_workbook(second)
    for number, row in enumerate(workbook.worksheets[0].iter_rows(min_row=2)):
        row[4].value = list(NAMES.values())[number % 3]
    workbook.save(second)
    result = run("rates", str(answers), *sheets, "--lang", "en", "--json")
    assert set(verdicts(result).values()) == {"undecided"}
    assert "agree too little" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rates", "A", "--labels", "nothing.xlsx"], "no plan"),
        (["rates", "nothing.csv"], "no file"),
        (["rates", "A", "--limit", "5"], "range"),
        (["sample", "A", "--n", "0"], "range"),
        (["sample", "A", "-o", "sheet.csv"], "xlsx"),
        (["sample", "A", "--until-decided", "--looks", "3"], "--until-decided"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], told: str, run: Callable[..., Result], answers: Path
) -> None:
    """Two sentences, no traceback."""
    result = run(*(str(answers) if a == "A" else a for a in arguments), "--lang", "en")
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_table_of_rows_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """What classify writes by default has another shape."""
    source = tmp_path / "a.csv"
    source.write_text("ID;Was hat gefallen?\n1;Der Austausch\n2;Alles gut\n", encoding="utf-8")
    run("classify", str(source), "-o", str(tmp_path / "b.csv"))
    result = run("sample", str(tmp_path / "b.csv"), "--lang", "en")
    assert "--format answers" in result.stderr


def test_nothing_is_overwritten(run: Callable[..., Result], answers: Path) -> None:
    """A filled sheet is worth hours."""
    run("sample", str(answers), "--n", "20")
    again = run("sample", str(answers), "--n", "20", "--lang", "en")
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_a_folder_of_parts_is_a_table(run: Callable[..., Result], answers: Path) -> None:
    """What a cluster wrote is sampled, judged and reported as the same answers in one file."""
    coded = read_predictions(answers)
    whole, parts = answers.with_name("whole.parquet"), answers.with_name("parts")
    write_predictions(*coded, whole)
    parts.mkdir()
    for i, start in enumerate(range(0, len(coded.answers), 90)):
        some = slice(start, start + 90)
        write_predictions(
            coded.answers[some], coded.predictions[some], parts / f"part-{i:05d}-ab.parquet"
        )
    refused = run("sample", "parts", "--lang", "en")
    assert "parts is a folder without _run.json" in refused.stderr
    facts = {"fitcheck": "0.1.0", "finished": "", "classifier": {"id": "who it was"}}
    (parts / "_run.json").write_text(json.dumps(facts), encoding="utf-8")
    answers.with_name("whole.run.json").write_text(json.dumps(facts), encoding="utf-8")
    told = []
    for name in ("whole.parquet", "parts"):
        sheet = answers.with_name(f"{Path(name).stem}.sample.xlsx")
        assert run("sample", name, "--n", "110", "--lang", "en").exit_code == 0
        fill(sheet)
        judged = run("rates", name, "--labels", sheet, "--json", "--quiet")
        report = run("report", name, "-o", "-", "--lang", "en")
        assert (judged.exit_code, report.exit_code) == (0, 0), judged.output + report.output
        plan = json.loads(sheet.with_suffix(".plan.json").read_text(encoding="utf-8"))
        told.append((json.loads(judged.stdout), report.stdout, plan["units"]))
    assert told[0] == told[1]
    assert "who it was" in told[0][1]
