"""From the demo to what others may see: sentences, a workbook, tables."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from made_up import unpacked

DEMO = Path(__file__).parents[2] / "labeled" / "demo"
SHEET = "answers.sample.xlsx"
PLANTED = "Bernsteinzimmer"


@pytest.fixture
def report(run: Callable[..., Result], demo_table: Path, tmp_path: Path) -> Callable[..., Result]:
    """Report the demo in a folder of its own."""
    for path in (demo_table, demo_table.with_suffix(".run.json"), *DEMO.glob("answers.sample*")):
        shutil.copy(path, tmp_path)
    return lambda *options: run("report", "answers.csv", *options)


def plant(path: Path, n: int = 4) -> None:
    """Add a small persona whose name and answers are found nowhere else."""
    with path.open("a", encoding="utf-8", newline="") as stream:
        for i in range(n):
            text = f"{PLANTED} {i} war nicht meine Sache"
            said = ("not_fit", 0.9, "trainer_facilitation:negative", text, "", "baseline", "")
            row = (900 + i, f"{PLANTED}{i}", PLANTED, "Passte es?", text, *said)
            csv.writer(stream).writerow(row)


def test_sentences_of_the_demo(report: Callable[..., Result]) -> None:
    """To stdout, in the language that is asked for."""
    result = report("--labels", SHEET, "--lang", "de", "--format", "text")
    assert result.exit_code == 0, result.output
    assert (
        "Produktion (Schicht): nicht passend 20 von 68 = 29,4\u00a0%, 95\u00a0%-Grenzen 20,4 bis "
        "39,8\u00a0%; Ziel unter 5\u00a0% widerlegt."
    ) in result.stdout
    assert "etwa 135 weitere Personen würden es entscheiden" in result.stdout
    english = report("--labels", SHEET, "--lang", "en", "--format", "text").stdout
    assert "Vertrieb: not fitting 3 of 36 = 8.3\u00a0%" in english
    assert "target under 5\u00a0% neither proven nor refuted" in english


def test_without_labels_there_is_no_verdict(report: Callable[..., Result]) -> None:
    """Counts, and a word on what they are worth."""
    text = report("--lang", "de", "--format", "text").stdout
    assert "Führungskraft: 204 Personen, laut Modell 170 passend" in text
    assert "noch kein Anteil" in text
    assert "Bitte nur einmal berichten" in text
    assert "Report a survey once" in report("--format", "html", "-o", "-", "--lang", "en").stdout


@pytest.mark.parametrize("floor", [(), ("--min-group", "20")])
def test_a_planted_persona_is_in_no_byte(
    report: Callable[..., Result], tmp_path: Path, floor: tuple[str, ...]
) -> None:
    """Neither its name nor an id, a text or a number."""
    plant(tmp_path / "answers.csv")
    written = [
        report("--format", name, "-o", f"out{ending}", "--json", *floor)
        for name, ending in (("html", ".html"), ("xlsx", ".xlsx"), ("tables", ""), ("text", ".txt"))
    ]
    for result in written:
        assert result.exit_code == 0, result.output
        assert PLANTED not in result.output
        assert json.loads(result.stdout)["hidden_groups"] == 2
    files = [p for p in tmp_path.rglob("out*") if p.is_file()] + list((tmp_path / "out").iterdir())
    assert len(files) == 9
    for path in files:
        content = unpacked(path)
        assert PLANTED.encode() not in content, path
        assert b"Auszubildende" not in content, path  # else: the total minus it
        assert "Führungskraft".encode() in content, path


def test_the_floor_is_not_lowered_by_mistake(report: Callable[..., Result], tmp_path: Path) -> None:
    """Two options, so that nobody can say they did not know."""
    plant(tmp_path / "answers.csv")
    refused = report("--min-group", "3")
    assert refused.exit_code == 2
    assert "--i-am-allowed" in refused.stderr
    allowed = report("--min-group", "3", "--i-am-allowed", "--lang", "en", "--format", "text")
    assert f"{PLANTED}: 4 people, too few for numbers by label." in allowed.stdout


def test_the_workbook_comes_back(
    report: Callable[..., Result], run: Callable[..., Result], tmp_path: Path
) -> None:
    """Edited and saved, its answers are classified again; rates reads them too."""
    assert report("--labels", SHEET, "--format", "xlsx", "--lang", "de").exit_code == 0
    path = tmp_path / "answers.report.xlsx"
    book = openpyxl.load_workbook(path)
    assert ("classifier.id", "baseline") in list(book.worksheets[4].values)
    book.worksheets[0]["E2"] = "Das war leider nichts für meine Arbeit."
    book.save(path)
    result = run("classify", path.name, "--format", "answers", "-o", "again.csv", "--quiet")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "again.csv").read_text("utf-8-sig"))))
    assert rows[0]["text"] == "Das war leider nichts für meine Arbeit."
    assert rows[0]["persona"] == "Produktion (Schicht)"
    counted = json.loads(run("rates", path.name, "--json").stdout)["counted"]
    assert counted["Führungskraft"]["fit"] == 170


def test_nothing_is_overwritten(report: Callable[..., Result], tmp_path: Path) -> None:
    """Neither a file nor a folder; with --force other files in the folder stay."""
    for name in ("html", "xlsx", "tables"):
        assert report("--format", name).exit_code == 0
        again = report("--format", name, "--lang", "en")
        assert again.exit_code == 1
        assert "exists already" in again.stderr
    other = tmp_path / "answers.report" / "note.txt"
    other.write_text("mine", encoding="utf-8")
    assert report("--format", "tables", "--excel-de", "--force").exit_code == 0
    assert other.read_text(encoding="utf-8") == "mine"
    rates = (tmp_path / "answers.report" / "persona_rates.csv").read_text(encoding="utf-8-sig")
    assert rates.startswith("persona;target;")
    assert ";0,05;" in rates


@pytest.mark.parametrize("name", ["answers.sample.xlsx", "answers.sample.plan.json"])
def test_what_people_filled_in_is_not_overwritten(
    name: str, run: Callable[..., Result], report: Callable[..., Result], tmp_path: Path
) -> None:
    """Not even with --force: hours of work, and the plan that they are judged by."""
    before = (tmp_path / name).read_bytes()
    labels = ("--labels", SHEET, "--force", "--output", name)
    for result in (
        report("--format", "xlsx", *labels),
        run("rates", "answers.csv", *labels),
        run("trend", "answers.csv", "answers.csv", "--labels", SHEET, *labels),
    ):
        assert result.exit_code == 1, result.output
    assert (tmp_path / name).read_bytes() == before


def test_a_higher_floor_takes_more_people_for_details(
    report: Callable[..., Result], tmp_path: Path
) -> None:
    """Rates of twenty people or more, answers and themes of forty."""
    report("--min-group", "20", "--format", "xlsx", "-o", "out.xlsx")
    answers, personas, themes = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[:3]
    assert "Auszubildende" in {row[0] for row in personas.values}  # 28
    assert "Auszubildende" not in {row[2] for row in answers.values}
    assert "Auszubildende" not in {row[0] for row in themes.values}
    assert "Vertrieb" in {row[0] for row in themes.values}  # 40
    assert {row[0] for row in list(answers.values)[1:]} == {None}  # no row of the export


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "xlsx", "-o", "a.csv"], ".xlsx"),
        (["--format", "tables", "-o", "-"], "folder"),
        (["--format", "xlsx", "--excel-de"], "--excel-de"),
        (["--json", "--format", "text"], "--output"),
        (["--json", "-o", "-"], "--output"),
        (["--pdf", "-o", "-"], "--output"),
        (["--format", "text", "--quotes"], "--format html"),
        (["--format", "xlsx", "--by", "Angebot"], "--format html"),
        (["--format", "xlsx", "-o", "nowhere/a.xlsx"], "no folder"),
        (["--format", "tables", "-o", "nowhere/a"], "no folder"),
        (["--labels", "a", "--labels", "b", "--labels", "c"], "two of two coders"),
    ],
)
def test_wrong_use_is_told(
    options: list[str], told: str, report: Callable[..., Result], tmp_path: Path
) -> None:
    """Two sentences, no traceback, nothing written."""
    before = set(tmp_path.iterdir())
    result = report(*options, "--lang", "en")
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert set(tmp_path.iterdir()) == before


def test_the_page_of_the_demo(report: Callable[..., Result], tmp_path: Path) -> None:
    """The default; the same run makes the same page, and says where accuracy was measured."""
    sheets = ("--labels", SHEET, "--labels", "answers.sample.coder2.xlsx")
    assert report(*sheets, "--lang", "de", "--quotes").exit_code == 0
    page = (tmp_path / "answers.report.html").read_text(encoding="utf-8")
    assert "belegt bei 1 von 5 Personas, widerlegt bei\u00a02, offen bei\u00a02." in page
    name = "<strong><bdi>Produktion (Schicht)</bdi></strong>"
    assert f"{name}: nicht passend 20 von 68 = 29,4\u00a0%" in page
    assert "codierten Personen dieser Umfrage" in page
    assert "Zwei Personen haben 150 Antworten unabhängig codiert" in page
    assert report(*sheets, "--lang", "de", "--quotes", "--force").exit_code == 0
    assert (tmp_path / "answers.report.html").read_text(encoding="utf-8") == page
    counts = report("--lang", "en", "--by", "offer", "-o", "-").stdout
    assert "How fitting was the training? By offer" in counts
    assert "870 invented test answers of fitcheck; not measured in this survey" in counts
    assert "<blockquote>" not in counts
    assert "<blockquote>" in page


def test_it_is_printed_whole_or_not_at_all(
    report: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the browser that is there; without one, or with a bad one, it is told."""
    printed = report("--pdf", "--lang", "en")
    assert printed.exit_code == 0, printed.output
    assert (tmp_path / "answers.report.pdf").read_bytes().startswith(b"%PDF")
    assert report("--pdf", "-o", "again.html").exit_code == 0
    (tmp_path / "again.html").unlink()
    assert report("--pdf", "-o", "again.html").exit_code == 1  # the PDF is there
    assert not (tmp_path / "again.html").exists()
    bad = tmp_path / "chromium"
    bad.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    bad.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    failed = report("--pdf", "-o", "bad.html", "--lang", "en")
    assert failed.exit_code == 1
    assert "did not print" in failed.stderr
    assert not (tmp_path / "bad.pdf").exists()
    bad.unlink()
    missing = report("--pdf", "-o", "none.html", "--lang", "en")
    assert missing.exit_code == 1
    assert "no Chromium, Chrome or Edge" in missing.stderr
    assert not (tmp_path / "none.html").exists()
