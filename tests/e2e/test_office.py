"""Workbooks in LibreOffice: it shows what was meant, and what it saves is understood again."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

import invented
import openpyxl
import pytest
from click.testing import Result
from office import Office, Shown

from fitcheck.codebook import load_codebook
from fitcheck.rates import not_fit_rates
from fitcheck.records import LABELS, Answer, Prediction, ThemeHit
from fitcheck.report.content import make_report
from fitcheck.report.texts import Texts
from fitcheck.report.workbook import sheets_of, write_workbook
from fitcheck.surveys.excel_book import PERCENT, WHOLE, Sheet, write_book

pytestmark = pytest.mark.office
DEMO = Path(__file__).parents[2] / "labeled" / "demo"
ODD = (
    *("=1+1", "+49 gut", "-1", "@alle", "\tBlatt", "'zitiert'", "=SUMME(A1:A9)", "|cmd"),
    *("007", "00123", "1,5", "1.5", "50 %", "1e5", "01.02.2026", "2026-02-01", "#NV", "TRUE"),
    *("Größe, Maß, „Übung“", "zwei\nZeilen", "zwei\r\nZeilen", " außen ", 'er sagte "nein"; gut'),
    *("😀 👩‍👩‍👧 ñ 漢字", "_x000D_ bleibt", "Glocke\x07", "lang " * 6500),
)
"""What spreadsheets like to take for something else."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Return a LibreOffice whose numbers are German."""
    return Office(tmp_path_factory.mktemp("profile"))


def meant(value: object, form: str | None, lang: str = "de") -> Shown:
    """Return what a person should read in a cell; numbers as in German."""
    if value is None or value == "":
        return Shown("", False)
    if isinstance(value, str):
        return Shown(value.replace("\r\n", "\n"), True)
    if isinstance(value, bool):
        return Shown("WAHR" if value else "FALSCH", False)
    if form == PERCENT:
        return Shown(f"{100 * float(value):.1f}%".replace(".", ","), False)  # type: ignore[arg-type]
    if form == WHOLE:
        return Shown(f"{value:,}".replace(",", "."), False)
    return Shown(f"{value:.15g}".replace(".", ","), False)


def differences(sheet: Sheet, shown: Sequence[Sequence[Shown]]) -> list[object]:
    """Return the cells that are not as they were meant."""
    forms = [sheet.formats.get(i) for i in range(len(sheet.headings))]
    wanted = [[meant(cell, None) for cell in sheet.headings]]
    wanted += [[meant(cell, f) for cell, f in zip(row, forms, strict=True)] for row in sheet.rows]
    return [
        (number, cells)
        for number, row in enumerate(zip_longest(wanted, shown, fillvalue=[]), start=1)
        for cells in zip_longest(*row)
        if cells[0] != cells[1]
    ]


def test_odd_cells_stay_what_they_are(office: Office, tmp_path: Path) -> None:
    """Texts that look like formulas, numbers or dates are texts; numbers have a decimal comma."""
    numbers = [round(1 / (i + 3.1), 6) for i in range(len(ODD))]
    rows = [[text, i, x, x] for i, (text, x) in enumerate(zip(ODD, numbers, strict=True))]
    sheet = Sheet(
        "Blatt", ["=Text", "n", "x", "Anteil"], rows, (9, 9, 9, 9), {1: WHOLE, 3: PERCENT}
    )
    write_book(tmp_path / "odd.xlsx", [sheet])
    shown = office.sheets(tmp_path / "odd.xlsx", tmp_path)
    assert differences(sheet, shown["Blatt"]) == []


@pytest.mark.parametrize(("lang", "n"), [("de", 50_000), ("en", 500)])
def test_fifty_thousand_answers(lang: str, n: int, office: Office, tmp_path: Path) -> None:
    """Every cell of every sheet of the report's workbook reads as it was meant."""
    said = invented.texts(None)
    answers, predictions = [], []
    for i in range(n):
        text = ODD[i // 10 % len(ODD)] if i % 10 == 0 else next(said)
        answers.append(
            Answer(text, "Wie passend war es?", "fit", f"p{i}", invented.ROLES[i % 5], i + 2)
        )
        hits = (ThemeHit("need_timing", "wish"), ThemeHit("level_pace", "negative"))
        label = LABELS[i % 3]
        predictions.append(Prediction(label, {label: 0.75}, hits[: i % 3], text.split(" ")[0]))
    run = {"classifier.id": "baseline", "classifier.redacted": True, "finished": "2026-02-01"}
    found = not_fit_rates(predictions, answers)
    report = make_report(answers, predictions, found, load_codebook(), run=run)
    texts = Texts(lang)  # type: ignore[arg-type]
    book = tmp_path / "book.xlsx"
    write_workbook(report, book, texts)
    shown = office.sheets(book, tmp_path)
    sheets = sheets_of(report, texts)
    assert sorted(shown) == sorted(sheet.title for sheet in sheets)
    assert len(sheets[0].rows) == n
    for sheet in sheets:
        assert differences(sheet, shown[sheet.title])[:3] == []


def test_labels_beside_an_export(
    office: Office, run: Callable[..., Result], tmp_path: Path
) -> None:
    """`classify` keeps each cell of a workbook as a person reads it: dates, ids, numbers, texts."""
    book = openpyxl.Workbook()
    table = book.active
    assert table is not None
    table.append(["ID", "Datum", "Note", "Rolle", "Was hat gefallen?"])
    for i, text in enumerate(ODD):
        day = dt.datetime(2026, 2, 1 + i % 28, 9, 30)
        table.append([f"{i:05}", day, 1.5 + i, "Pflege", f"Gut. {text}".replace("\x07", "")])
        table.cell(i + 2, 2).number_format = "dd.mm.yyyy hh:mm"
    book.save(tmp_path / "in.xlsx")
    result = run("classify", "in.xlsx", "-o", "out.xlsx")
    assert result.exit_code == 0, result.output
    (before,) = office.sheets(tmp_path / "in.xlsx", tmp_path).values()
    after = office.sheets(tmp_path / "out.xlsx", tmp_path)
    assert after.keys() == {"Sheet", "fitcheck"}
    assert [row[:5] for row in after["Sheet"]] == before
    assert before[3][:3] == [("00002", True), ("03.02.2026 09:30", False), ("3,5", False)]
    assert {row[5].text for row in after["Sheet"][1:]} <= set(LABELS)


@pytest.mark.parametrize("ending", [".xlsx", ".ods", ".csv"])
def test_what_it_saves_is_understood(
    ending: str, office: Office, run: Callable[..., Result], demo_table: Path, tmp_path: Path
) -> None:
    """An answer changed, one deleted, all sorted: the rest of a report comes back as it was."""
    for path in (demo_table, *DEMO.glob("answers.sample*")):
        shutil.copy(path, tmp_path)
    labels = ("--labels", "answers.sample.xlsx", "--lang", "de")
    assert run("report", "answers.csv", "--format", "xlsx", *labels).exit_code == 0
    written = rows_of(run, "answers.report.xlsx", "first.csv", tmp_path)
    text = "Größer, =besser: das war nichts für mich 😀"
    office.edit(tmp_path / "answers.report.xlsx", tmp_path / f"edited{ending}", text)
    edited = rows_of(run, f"edited{ending}", "second.csv", tmp_path)
    changed, _, *others = written
    kept = ("id", "persona", "question", "text")
    expected = [{**changed, "text": text}, *others]
    assert sorted([row[name] for name in kept] for row in edited) == sorted(
        [row[name] for name in kept] for row in expected
    )
    assert [row["text"] for row in edited] != [row["text"] for row in expected]
    labelled = {(row["id"], row["text"]): row["label"] for row in written}
    known = [row for row in edited if row["text"] != text]
    assert all(labelled[row["id"], row["text"]] == row["label"] for row in known)
    counted = json.loads(run("rates", f"edited{ending}", "--json").stdout)["counted"]
    assert sum(counted["Führungskraft"].values()) == 204


def rows_of(
    run: Callable[..., Result], file: str, target: str, folder: Path
) -> list[dict[str, str]]:
    """Classify a file and return what is written, row by row."""
    result = run("classify", file, "--format", "answers", "-o", target, "--quiet")
    assert result.exit_code == 0, result.output
    with (folder / target).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
