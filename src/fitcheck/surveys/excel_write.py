"""Writes workbooks: what is there is kept, columns are added."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitcheck.errors import DataError
from fitcheck.surveys.grid import GridLayout, NewColumns
from fitcheck.surveys.outputs import LEGEND_SHEET

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LEGEND: tuple[tuple[str, str, str], ...] = (
    (
        "fit_label",
        "fit = passend, not_fit = nicht passend, no_signal = keine Aussage zur Passung; "
        "leer = keine Antwort",
        "fit, not_fit = not fitting, no_signal = says nothing about fit; empty = no answer",
    ),
    (
        "fit_score",
        "Wahrscheinlichkeit des Labels laut Klassifikator, 0 bis 1",
        "the classifier's probability of the label, 0 to 1",
    ),
    (
        "fit_themes",
        "Themen des Codebuchs, mit ; getrennt, je mit positive, negative, wish oder neutral",
        "themes of the codebook, separated by ;, each positive, negative, wish or neutral",
    ),
    (
        "fit_quote",
        "der Teil der Antwort, der das Label getragen hat, wörtlich",
        "the part of the answer that carried the label, verbatim",
    ),
    (
        "fit_source",
        "wer entschieden hat: rule = Regel des Codebuchs, baseline = Modell auf diesem Rechner, "
        "llm = Sprachmodell, human = Mensch",
        "who decided: rule of the codebook, baseline = model on this machine, llm, human",
    ),
    (
        "fit_failure",
        "warum es kein Label gibt; leer, wenn es eines gibt",
        "why there is no label; empty where there is one",
    ),
    (
        "fit_respondent",
        "Label der Person über alle ihre Antworten: die Frage nach der Passung entscheidet; sonst "
        "not_fit, wenn eine Antwort es ist, sonst fit, sonst no_signal",
        "the respondent's label over all answers: the fit question decides; else not_fit if any "
        "answer is, else fit, else no_signal",
    ),
)
_MAX_CELL = 32_767
MAX_ROWS = 1_048_576
# Excel stores characters that XML forbids as _xHHHH_, and so escapes text that looks like it.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def append_columns(
    path: Path,
    layout: GridLayout,
    columns: NewColumns,
    *,
    content: bytes | None,
    sheet: str,
    rows: Sequence[Sequence[object]],
) -> None:
    """Write the workbook `content` with `columns` added at the right of `sheet`.

    Formulas are written as their values, because a formula without its stored value reads as
    an empty cell in every program but Excel. Without `content`, a new workbook is made of `rows`.
    """
    if content is None:
        workbook, table = _new_workbook(sheet, rows)
    else:
        workbook = _load(content, path)
        table = workbook[sheet]
        _keep_texts(table)
    width = max((len(row) for row in rows), default=0)
    _fill(table, layout, columns, width)
    _extend_tables(table, layout, columns, width)
    _style(table, layout, width, len(columns))
    _add_legend(workbook)
    workbook.active = workbook.index(table)
    workbook.save(path)


def _load(content: bytes, path: Path) -> Workbook:
    """Return the workbook with stored values; a formula that has none stays a formula."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(content), data_only=True)
        formulas = load_workbook(io.BytesIO(content)) if _has_formulas(content) else None
    except Exception as error:  # openpyxl lets many kinds through from a file it cannot keep
        raise DataError(
            "The workbook for {path} has parts that cannot be kept ({reason}).",
            "Pass --format answers.",
            path=str(path),
            reason=type(error).__name__,
        ) from error
    if formulas is not None:
        for sheet in workbook.worksheets:
            for row in formulas[sheet.title].iter_rows():
                for cell in row:
                    target: Any = sheet[cell.coordinate]
                    if cell.data_type == "f" and target.value is None:
                        target.value = cell.value
    return workbook


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(
            b"<f>" in (xml := archive.read(part)) or b"<f " in xml
            for part in archive.namelist()
            if part.startswith("xl/worksheets/") and part.endswith(".xml")
        )


def _new_workbook(sheet: str, rows: Sequence[Sequence[object]]) -> tuple[Workbook, Worksheet]:
    from openpyxl import Workbook

    if len(rows) > MAX_ROWS:
        raise DataError(
            "The table has {n} rows; a sheet holds at most {limit}.",
            "Pass an --output that ends in .csv.",
            n=len(rows),
            limit=MAX_ROWS,
        )
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    table = workbook.create_sheet()
    table.title = re.sub(r"[\[\]:*?/\\]", "_", sheet)[:31] or "Sheet1"
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row, start=1):
            if value not in (None, ""):
                set_cell(table, number, position, value)
    return workbook, table


def _keep_texts(table: Worksheet) -> None:
    """Mark the cells that begin like a formula as text, which they were in the source."""
    for row in table.iter_rows():
        for cell in row:
            if cell.data_type == "s" and str(cell.value)[:1] in "=+-@":
                cell.quotePrefix = True


def _fill(table: Worksheet, layout: GridLayout, columns: NewColumns, width: int) -> None:
    for offset, (name, values) in enumerate(columns.items(), start=1):
        set_cell(table, layout.header[0] + 1, width + offset, name)
        for index, value in zip(layout.data, values, strict=True):
            if value is not None and value != "":
                set_cell(table, index + 1, width + offset, value)


def _extend_tables(table: Worksheet, layout: GridLayout, columns: NewColumns, width: int) -> None:
    """Let an Excel table that ends at the last column take in the new ones.

    Otherwise sorting by the table's buttons would move the answers but not their labels.
    """
    from openpyxl.utils import get_column_letter, range_boundaries
    from openpyxl.worksheet.table import TableColumn

    for excel_table in table.tables.values():
        left, top, right, bottom = range_boundaries(excel_table.ref)
        if right != width or layout.header != (int(top or 0) - 1,):
            continue
        last = get_column_letter(width + len(columns))
        excel_table.ref = f"{get_column_letter(int(left or 1))}{top}:{last}{bottom}"
        if excel_table.autoFilter is not None:
            excel_table.autoFilter.ref = excel_table.ref
        known = excel_table.tableColumns
        first_id = max((int(column.id) for column in known), default=0) + 1
        known += [TableColumn(id=first_id + i, name=name) for i, name in enumerate(columns)]


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
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@", "\t")


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


def _style(table: Worksheet, layout: GridLayout, width: int, n_added: int) -> None:
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    first, last_header = layout.header[0] + 1, layout.header[-1] + 1
    last_row = max((*layout.data, *layout.dropped, layout.header[-1])) + 1
    last_column = get_column_letter(width + n_added)
    table.freeze_panes = f"A{last_header + 1}"
    if not table.tables:  # an Excel table brings its own filter, and two would break the file
        table.auto_filter.ref = f"A{last_header}:{last_column}{last_row}"
    for offset in range(1, n_added + 1):
        letter = get_column_letter(width + offset)
        heading: Any = table.cell(first, width + offset)
        if width:
            left: Any = table.cell(first, width)
            heading._style = copy(left._style)
        wide = str(heading.value or "").endswith(("quote", "themes"))
        table.column_dimensions[letter].width = 44 if wide else 16
    wrap = Alignment(wrap_text=True, vertical="top")
    rows_of_answers = {index + 1 for index in layout.data}
    # All rows at once: looking one up by its number counts all cells of the sheet each time.
    for number, row in enumerate(table.iter_rows(), start=table.min_row):
        for cell in row if number in rows_of_answers else ():
            if isinstance(cell.value, str) and (len(cell.value) > 20 or "\n" in cell.value):
                cell.alignment = wrap


def _add_legend(workbook: Workbook) -> None:
    if LEGEND_SHEET in workbook.sheetnames:
        del workbook[LEGEND_SHEET]
    sheet = workbook.create_sheet(LEGEND_SHEET)
    sheet.append(["Spalte / column", "Bedeutung", "Meaning"])
    for entry in LEGEND:
        sheet.append(list(entry))
    for letter, width in (("A", 20), ("B", 70), ("C", 70)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
