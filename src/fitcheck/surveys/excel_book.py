"""Writes workbooks of several sheets for people to read and filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError
from fitcheck.surveys.excel_write import MAX_ROWS, fill_cell, lay_out

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

    workbook = Workbook(write_only=True)
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
    """Write a sheet row by row; what belongs to the whole sheet stands before its rows."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    bold, top = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    lay_out(table, sheet.widths)
    last = get_column_letter(len(sheet.headings))
    table.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
    headings = [WriteOnlyCell(table) for _ in sheet.headings]
    for cell, heading in zip(headings, sheet.headings, strict=True):
        fill_cell(cell, heading, 1)
        cell.font, cell.alignment = bold, top
    table.append(headings)
    for number, row in enumerate(sheet.rows, start=2):
        cells: list[Any] = []
        for position, value in enumerate(row):
            if value is None or value == "":
                cells.append(None)
                continue
            cell = WriteOnlyCell(table)
            fill_cell(cell, value, number)
            if isinstance(value, str):
                if len(value) > sheet.widths[position] or "\n" in value:
                    cell.alignment = top
            elif position in sheet.formats:
                cell.number_format = sheet.formats[position]
            cells.append(cell)
        table.append(cells)
