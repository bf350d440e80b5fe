"""Reads xlsx, xlsb, xls and ods workbooks; the only importer of python-calamine."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from xml.etree import ElementTree

import python_calamine as calamine

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.cells import cell_text
from fitcheck.surveys.excel_append import append_to_workbook
from fitcheck.surveys.excel_parts import sheet_part
from fitcheck.surveys.excel_write import write_new_workbook
from fitcheck.surveys.grid import Grid, ReadOptions, column_index
from fitcheck.surveys.outputs import is_own_header, is_own_sheet

_MAX_AREA = 100_000_000


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    rows: list[list[object]]
    text_cells: int
    """Cells that look like written answers."""
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    """Ranges of merged cells: (row, column) of their first and last cell."""


def read_workbook(content: bytes, path: str, options: ReadOptions) -> Grid:
    """Return the grid of the sheet that holds the answers.

    Raises
    ------
    DataError
        If the workbook is damaged or protected, or no sheet or several could be meant.
    """
    sheets, hidden = _read_sheets(content, path)
    chosen, notes = _choose(sheets, hidden, path, options.sheet)
    values = chosen.rows
    rows = [[cell_text(value) for value in row] for row in values]
    _fill_merged(rows, chosen.merged)
    notes += _uncomputed_formulas(content, chosen.name)
    hidden_columns = _hidden_columns(content, chosen.name)
    is_xlsx = content.startswith(b"PK") and hidden_columns is not None
    return Grid(
        rows=rows,
        numbers=list(range(1, len(rows) + 1)),
        facts={"format": "xlsx" if is_xlsx else "workbook", "sheet": chosen.name},
        write_rows=partial(
            append_to_workbook,
            content=content,
            sheet=chosen.name,
            width=max((len(row) for row in values), default=0),
        )
        if is_xlsx
        else partial(write_new_workbook, sheet=chosen.name, rows=values),
        ending="" if is_xlsx else ".xlsx",
        hidden_columns=hidden_columns or frozenset(),
        own_output=any(is_own_header(row) for row in rows[:4]),
        notes=tuple(notes),
    )


def _read_sheets(content: bytes, path: str) -> tuple[list[_Sheet], list[str]]:
    _refuse_stray_cells(content, path)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            visible: list[str] = []
            hidden: list[str] = []
            for sheet in workbook.sheets_metadata:
                if sheet.typ != calamine.SheetTypeEnum.WorkSheet or is_own_sheet(sheet.name):
                    continue
                shown = sheet.visible == calamine.SheetVisibleEnum.Visible
                (visible if shown else hidden).append(sheet.name)
            return [_load(workbook, name) for name in (*visible, *hidden)], hidden
    except calamine.PasswordError:
        raise DataError(
            "{path} is protected by a password.",
            "Save it in Excel without a password and run the command again.",
            path=path,
        ) from None
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError):
        raise _damaged(path) from None


def _damaged(path: str) -> DataError:
    return DataError(
        "{path} is a damaged or incomplete workbook.", "Download or save it again.", path=path
    )


def _refuse_stray_cells(content: bytes, path: str) -> None:
    """Raise if a single far-away cell would make the sheet's rectangle fill the memory.

    Every part is unpacked first: what is damaged anywhere could not be written back later.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.testzip() is not None:
                raise _damaged(path)
            for part in archive.namelist():
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
                    xml = archive.read(part)
                    rows = max(
                        map(int, re.findall(rb"<(?:\w+:)?row [^>]*?r=\"(\d+)\"", xml)), default=0
                    )
                    names = set(re.findall(rb"<(?:\w+:)?c [^>]*?r=\"([A-Z]+)\d+\"", xml))
                    width = max((column_index(name.decode()) + 1 for name in names), default=0)
                    if rows * width > _MAX_AREA:
                        raise DataError(
                            "{path} has a stray cell far below or to the right of the table.",
                            "Delete the empty rows and columns around the table in Excel and save.",
                            path=path,
                        )
    except (zlib.error, EOFError):
        raise _damaged(path) from None
    except zipfile.BadZipFile:
        return  # an xls, which is no archive


def _load(workbook: calamine.CalamineWorkbook, name: str) -> _Sheet:
    sheet = workbook.get_sheet_by_name(name)
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    texts = sum(isinstance(cell, str) and len(cell.split()) >= 3 for row in rows for cell in row)
    return _Sheet(name, rows, texts, sheet.merged_cell_ranges or [])


def _fill_merged(
    rows: list[list[str]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Give every row of a cell merged downwards its value, as a reader sees it."""
    for (top, left), (bottom, _) in ranges:
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]) and not rows[row][left]:
                rows[row][left] = rows[top][left]


def _choose(
    sheets: list[_Sheet], hidden: list[str], path: str, wanted: str | None
) -> tuple[_Sheet, list[Message]]:
    names = ", ".join(sheet.name for sheet in sheets)
    if wanted is not None:
        for number, sheet in enumerate(sheets, start=1):
            if wanted.strip().casefold() in (sheet.name.strip().casefold(), str(number)):
                return sheet, []
        raise DataError(
            "{path} has no sheet {sheet}; it has: {sheets}.",
            "Pass --sheet with one of these names.",
            path=path,
            sheet=repr(wanted),
            sheets=names,
        )
    candidates = [s for s in sheets if s.name not in hidden and _n_filled_rows(s) > 0]
    if not candidates:
        raise DataError(
            "{path} has no visible sheet with rows.",
            "Check the export, or name a hidden sheet with --sheet.",
            path=path,
        )
    candidates.sort(key=lambda sheet: (sheet.text_cells, _n_filled_rows(sheet)), reverse=True)
    best = candidates[0]
    rivals = [s for s in candidates[1:] if s.text_cells >= max(3, best.text_cells / 2)]
    if rivals:
        raise DataError(
            "{path} has answers on several sheets: {sheets}.",
            "Pass --sheet with the one to use.",
            path=path,
            sheets=", ".join(sheet.name for sheet in (best, *rivals)),
        )
    others = [sheet.name for sheet in sheets if sheet is not best]
    if not others:
        return best, []
    return best, [
        Message(
            "Sheet {sheet} is read; other sheets: {others}.",
            {"sheet": best.name, "others": ", ".join(others)},
        )
    ]


def _n_filled_rows(sheet: _Sheet) -> int:
    return sum(any(cell not in ("", None) for cell in row) for row in sheet.rows)


def _hidden_columns(content: bytes, sheet: str) -> frozenset[int] | None:
    """Return the indices of a sheet's hidden columns; None if this is no xlsx workbook.

    Read from the XML directly: loading the whole workbook a second time takes many times longer.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = sheet_part(archive, sheet)
            return None if part is None else frozenset(_hidden_in(archive, part))
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return None


def _uncomputed_formulas(content: bytes, sheet: str) -> list[Message]:
    """Return a warning where formulas have no stored value: they read as empty cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = sheet_part(archive, sheet)
            xml = b"" if part is None else archive.read(part)
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return []
    n = len(re.findall(rb"<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?</c>", xml))
    if not n:
        return []
    return [
        Message(
            "{n} formulas of the sheet have no stored value and count as empty; open the file in "
            "Excel and save it.",
            {"n": n},
            warning=True,
        )
    ]


def _hidden_in(archive: zipfile.ZipFile, part: str) -> Iterator[int]:
    with archive.open(part) as stream:
        head = stream.read(200_000).decode("utf-8", errors="replace")
    # Columns are declared before the rows, so the head of the file has them all.
    for tag in re.findall(r"<(?:\w+:)?col\b[^>]*>", head.split("<sheetData", 1)[0]):
        attributes = dict(re.findall(r"(\w+)=\"([^\"]*)\"", tag))
        if attributes.get("hidden") in ("1", "true"):
            last = min(int(attributes["max"]), 16_384)
            yield from range(int(attributes["min"]) - 1, last)
