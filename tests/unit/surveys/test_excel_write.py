"""Workbooks that get columns."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from fitcheck.records import Prediction
from fitcheck.surveys.results import write_rows
from fitcheck.surveys.survey import read_survey


@pytest.mark.parametrize("n", [30, 300])
def test_a_long_sheet_is_not_counted_for_every_row(
    n: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All cells are looked at to tell a sheet's last column: a few times, however many rows."""
    book = openpyxl.Workbook()
    table = book.worksheets[0]
    table.append(["ID", "Was hat gefallen?"])
    for i in range(n):
        table.append([f"p{i}", f"Die Beispiele aus der Praxis, Nummer {i}"])
    book.save(tmp_path / "in.xlsx")
    survey = read_survey(tmp_path / "in.xlsx")
    answers = survey.answers()
    counted = []
    last_column = Worksheet.max_column.fget
    assert last_column is not None
    monkeypatch.setattr(
        Worksheet, "max_column", property(lambda sheet: counted.append(1) or last_column(sheet))
    )
    write_rows(survey, answers, [Prediction("fit")] * n, tmp_path / "out.xlsx")
    assert len(counted) < 20
    written = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert written.cell(n + 1, 3).value == "fit"
    assert written.cell(n + 1, 2).alignment.wrapText
