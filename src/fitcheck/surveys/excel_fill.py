"""Fills in cells of an xlsx workbook; every other byte of its sheets stays as it was."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from fitcheck.errors import DataError
from fitcheck.surveys.cells import guard_formula
from fitcheck.surveys.excel_parts import sheet_part
from fitcheck.surveys.excel_write import storable_text
from fitcheck.surveys.excel_xml import Edit, Row, cell_xml, edit_rows

Cells = Mapping[tuple[int, int], str]
"""Texts by row as Excel shows it and by column, counted from 0; an empty one empties the cell."""


def fill_workbook(content: bytes, path: str, sheet: str, cells: Cells) -> bytes:
    """Return the workbook with texts in cells of rows that it has.

    Only the elements of the named cells are exchanged. Styles are not touched, so what starts like
    a formula gets a quote in front, as in a csv file.

    Raises
    ------
    DataError
        If a cell holds a formula, or this is no workbook as Excel writes it.
    """
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        part = sheet_part(source, sheet)
        if part is None:
            raise _not_fillable(path)
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == part:
                data = _fill_sheet(data, path, cells)
            copy.writestr(entry, data)
    return target.getvalue()


def _fill_sheet(xml: bytes, path: str, cells: Cells) -> bytes:
    by_row: dict[int, dict[int, str]] = {}
    for (number, column), text in sorted(cells.items()):
        by_row.setdefault(number, {})[column] = text
    filled = io.BytesIO()

    def edits_of(row: Row, _: bytes) -> Iterator[Edit]:
        return _edits(row, by_row.pop(row.number), path)

    try:
        edit_rows(io.BytesIO(xml), filled, list(by_row), edits_of)
    except (expat.ExpatError, ValueError):
        raise _not_fillable(path) from None
    if by_row:
        raise _not_fillable(path)
    return filled.getvalue()


def _edits(row: Row, texts: Mapping[int, str], path: str) -> Iterator[Edit]:
    known = {cell.column: cell for cell in row.cells}
    for column, text in texts.items():
        cell = known.get(column)
        if cell is not None and cell.has_formula:
            raise DataError(
                "{path}, row {row}: a formula stands in a column that is to be filled in.",
                "Replace the formulas of that column by their values in Excel and save.",
                path=path,
                row=row.number,
            )
        stored = storable_text(guard_formula(text), row.number)
        new = cell_xml(row.element.prefix, row.number, column, stored, cell.style if cell else "")
        if cell is not None:
            yield Edit(cell.element.start, cell.element.end, new)
        elif (gap := row.gap(column)) is not None:
            yield Edit(gap, gap, new)
        else:
            raise ValueError(row.number)


def _not_fillable(path: str) -> DataError:
    return DataError(
        "{path} can be read but not filled in.", "Save it in Excel as xlsx.", path=path
    )
