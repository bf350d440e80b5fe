"""Small sheets to label, and edits as somebody makes them in Excel."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

from fitcheck.annotation.drawing import SheetRow
from fitcheck.annotation.sheet import write_sheet
from fitcheck.annotation.words import COLUMNS
from fitcheck.codebook import load_codebook

QUESTION = "Wie passend war das Training für Ihre Aufgaben?"
ROWS = (
    SheetRow(1, "k1", QUESTION, "Für meine Schicht: genau richtig."),
    SheetRow(2, "k2", QUESTION, "=SUMME(A1:A3) kannte ich schon"),
    SheetRow(2, "k3", "Was hat gefehlt?", "- mehr Praxis\n- weniger Folien"),
    SheetRow(3, "k4", QUESTION, "<b>ging</b> & \"so\"; 'naja'"),
    SheetRow(4, "k5", QUESTION, "Zu lang für mich 🙂"),
)
KEYS = tuple(row.key for row in ROWS)


def coded_sheet(path: Path, rows: tuple[SheetRow, ...] = ROWS) -> Path:
    """Write a German sheet for people to fill in."""
    write_sheet(path, rows, load_codebook(), "de")
    return path


def write_csv(sheet: Path) -> Path:
    """Save a sheet as a German Excel does with "CSV UTF-8", its rows in another order."""
    path = sheet.with_suffix(".csv")
    heading, *rows = load_workbook(sheet)["Antworten"].iter_rows(values_only=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([heading, *rows])
    return path


def set_in_excel(path: Path, cells: Mapping[tuple[int, str], str]) -> None:
    """Type into cells, by sheet row and column, and save."""
    columns = list(COLUMNS)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter=";"))
        for (row, column), text in cells.items():
            rows[row - 1][columns.index(column)] = text
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(rows)
        return
    workbook = load_workbook(path)
    for (row, column), text in cells.items():
        workbook["Antworten"].cell(row, columns.index(column) + 1).value = text
    workbook.save(path)
