"""Writes new workbooks, and cells in which a text stays a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitcheck.errors import DataError
from fitcheck.surveys.grid import GridLayout, NewColumns
from fitcheck.surveys.legend import LEGEND, LEGEND_WIDTHS, width_of
from fitcheck.surveys.outputs import LEGEND_SHEET

if TYPE_CHECKING:
    from openpyxl.styles import Alignment
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_MAX_CELL = 32_767
MAX_ROWS = 1_048_576
# Excel stores characters that XML forbids as _xHHHH_, and so escapes text that looks like it.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_new_workbook(
    path: Path,
    layout: GridLayout,
    columns: NewColumns,
    *,
    sheet: str,
    rows: Sequence[Sequence[object]],
) -> None:
    """Write a workbook of a table's rows, row by row, with columns added at the right.

    Raises
    ------
    DataError
        If the table or a text is too large for Excel.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    if len(rows) > MAX_ROWS:
        raise DataError(
            "The table has {n} rows; a sheet holds at most {limit}.",
            "Pass an --output that ends in .csv.",
            n=len(rows),
            limit=MAX_ROWS,
        )
    workbook = Workbook(write_only=True)
    table: Any = workbook.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", sheet)[:31] or "Sheet1")
    width = max((len(row) for row in rows), default=0)
    for offset, name in enumerate(columns, start=1):
        letter = get_column_letter(width + offset)
        table.column_dimensions[letter].width = width_of(name)
    last_header = layout.header[-1] + 1
    table.freeze_panes = f"A{last_header + 1}"
    last = get_column_letter(width + len(columns))
    table.auto_filter.ref = f"A{last_header}:{last}{layout.last + 1}"
    added = dict(zip(layout.data, zip(*columns.values(), strict=True), strict=True))
    added[layout.header[0]] = tuple(columns)
    wrap = Alignment(wrap_text=True, vertical="top")
    for index, row in enumerate(rows):
        missing = [None] * (width - len(row))
        is_answer = index in added and index not in layout.header
        table.append(
            [
                _cell(table, value, index + 1, wrap if is_answer else None)
                for value in (*row, *missing, *added.get(index, ()))
            ]
        )
    _write_legend(workbook)
    workbook.save(path)


def _cell(table: Any, value: object, row: int, wrap: Alignment | None) -> Any:
    """Return what stands in a cell of a sheet that is written row by row."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    if not value:
        return None
    cell = WriteOnlyCell(table)
    fill_cell(cell, value, row)
    if wrap is not None and (len(value) > 20 or "\n" in value):
        cell.alignment = wrap
    return cell


def _write_legend(workbook: Workbook) -> None:
    from openpyxl.utils import get_column_letter

    sheet: Any = workbook.create_sheet(LEGEND_SHEET)
    for index, width in enumerate(LEGEND_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"
    for entry in LEGEND:
        sheet.append(list(entry))


def set_cell(table: Worksheet, row: int, column: int, value: object) -> None:
    """Write a value; a text stays a text, whatever it begins with."""
    fill_cell(table.cell(row, column), value, row)


def fill_cell(cell: Any, value: object, row: int) -> None:
    """Give a cell its value; a text stays a text. `row` is named if it is too long."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = storable_text(value, row)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = begins_like_a_formula(text)


def begins_like_a_formula(text: str) -> bool:
    """Return whether Excel would take a text for a formula once somebody edits the cell."""
    return text[:1] in ("=", "+", "-", "@", "\t")


def lay_out(table: Any, widths: Sequence[float]) -> None:
    """Set widths, keep the heading in sight, and fit the sheet's width on a page."""
    from openpyxl.utils import get_column_letter

    for index, width in enumerate(widths):
        table.column_dimensions[get_column_letter(index + 1)].width = width
    table.freeze_panes = "A2"
    table.print_title_rows = "1:1"
    table.page_setup.orientation = "landscape"
    table.page_setup.fitToHeight = 0
    table.sheet_properties.pageSetUpPr.fitToPage = True


def storable_text(value: str, row: int) -> str:
    """Return a text as a workbook stores it.

    Raises
    ------
    DataError
        If it is longer than a cell; `row` is named then.
    """
    text = _ILLEGAL.sub(lambda m: f"_x{ord(m.group()):04X}_", _ESCAPE.sub("_x005F_", value))
    if len(text) > _MAX_CELL:
        raise DataError(
            "The cell in row {row} has {n} characters; Excel holds {limit}.",
            "Pass an --output that ends in .csv.",
            row=row,
            n=len(text),
            limit=_MAX_CELL,
        )
    return text
