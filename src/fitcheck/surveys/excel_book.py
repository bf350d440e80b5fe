"""Writes workbooks of several sheets for people to read and filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError
from fitcheck.surveys.excel_write import MAX_ROWS, lay_out, set_cell

PERCENT = "0.0%"
WHOLE = "#,##0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a heading and rows."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    widths: Sequence[float]
    """Of the columns, in characters."""
    formats: Mapping[int, str] = field(default_factory=dict)
    """Number formats by the column's index."""


def write_book(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write a workbook; no text in it is taken for a formula.

    Raises
    ------
    DataError
        If a table or a cell is too large for Excel.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        if len(sheet.rows) >= MAX_ROWS:
            raise DataError(
                "The table has {n} rows; a sheet holds at most {limit}.",
                "Pass --format tables.",
                n=len(sheet.rows) + 1,
                limit=MAX_ROWS,
            )
        _fill(workbook.create_sheet(sheet.title), sheet)
    workbook.save(path)


def _fill(table: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    bold, top = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for position, heading in enumerate(sheet.headings, start=1):
        set_cell(table, 1, position, heading)
        table.cell(1, position).font = bold
        table.cell(1, position).alignment = top
    for number, row in enumerate(sheet.rows, start=2):
        for position, value in enumerate(row, start=1):
            if value is None or value == "":
                continue
            set_cell(table, number, position, value)
            if isinstance(value, str):
                if len(value) > sheet.widths[position - 1]:
                    table.cell(number, position).alignment = top
            elif position - 1 in sheet.formats:
                table.cell(number, position).number_format = sheet.formats[position - 1]
    lay_out(table, sheet.widths)
    last = get_column_letter(len(sheet.headings))
    table.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
