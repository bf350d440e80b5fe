"""Fills in cells of an xlsx workbook; every other byte of its sheets stays as it was."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from fitcheck.errors import DataError
from fitcheck.surveys.cells import guard_formula
from fitcheck.surveys.excel_read import sheet_part
from fitcheck.surveys.excel_write import storable_text
from fitcheck.surveys.grid import column_index, column_letters

Cells = Mapping[tuple[int, int], str]
"""Texts by row as Excel shows it and by column, counted from 0; an empty one empties the cell."""


def fill_workbook(content: bytes, path: str, sheet: str, cells: Cells) -> bytes:
    """Return the workbook with texts in cells of rows that it has.

    openpyxl would load and write the whole workbook: many times slower, and without pictures and
    stored values of formulas. Here only the elements of the named cells are exchanged. Styles are
    not touched, so what starts like a formula gets a quote in front, as in a csv file.

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


@dataclass(slots=True)
class _Cell:
    column: int
    start: int
    end: int = 0
    style: str = ""
    has_formula: bool = False


@dataclass(slots=True)
class _Row:
    number: int
    prefix: str
    """Of the element's name, with its colon."""
    end: int | None = None
    """Where the closing tag begins, if there is one."""
    cells: list[_Cell] = field(default_factory=list)


class _Places:
    """Finds where in a sheet's XML the rows and cells stand."""

    def __init__(self, xml: bytes, wanted: set[int]) -> None:
        self.rows: dict[int, _Row] = {}
        self._xml, self._wanted = xml, wanted
        self._row: _Row | None = None
        self._number, self._column = 0, -1
        self._cell: _Cell | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.Parse(xml, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, kind = name.rpartition(":")
        at = self._parser.CurrentByteIndex
        if kind == "row":
            self._number = int(attributes.get("r") or self._number + 1)
            self._column = -1
            if self._number in self._wanted:
                self._row = _Row(self._number, prefix + colon)
        elif kind == "c" and self._row is not None:
            place = attributes.get("r", "").rstrip("0123456789")
            self._column = column_index(place) if place else self._column + 1
            self._cell = _Cell(self._column, at, style=attributes.get("s", ""))
        elif kind == "f" and self._cell is not None:
            self._cell.has_formula = True

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if self._row is None or kind not in ("c", "row"):
            return
        # The parser stands before a closing tag, but behind an element that has none.
        at = self._parser.CurrentByteIndex
        closing = re.compile(rb"</" + re.escape(name.encode()) + rb"\s*>").match(self._xml, at)
        if kind == "row":
            self._row.end = at if closing else None
            self.rows[self._row.number] = self._row
            self._row = None
        elif self._cell is not None:
            self._cell.end = closing.end() if closing else at
            self._row.cells.append(self._cell)
            self._cell = None


def _fill_sheet(xml: bytes, path: str, cells: Cells) -> bytes:
    try:
        if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ValueError("UTF-16")
        places = _Places(xml, {row for row, _ in cells})
        edits = sorted(_edits(places, path, cells))
    except (expat.ExpatError, ValueError, KeyError):
        raise _not_fillable(path) from None
    parts, done = [], 0
    for start, end, _, new in edits:
        parts += [xml[done:start], new]
        done = end
    return b"".join([*parts, xml[done:]])


def _edits(places: _Places, path: str, cells: Cells) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield what to replace: start, end, column (the order of insertions), new bytes."""
    for (number, column), text in cells.items():
        row = places.rows[number]
        cell = next((cell for cell in row.cells if cell.column == column), None)
        if cell is not None and cell.has_formula:
            raise DataError(
                "{path}, row {row}: a formula stands in a column that is to be filled in.",
                "Replace the formulas of that column by their values in Excel and save.",
                path=path,
                row=number,
            )
        start, end = (cell.start, cell.end) if cell else (_gap(row, column),) * 2
        yield start, end, column, _element(row, column, cell.style if cell else "", text)


def _gap(row: _Row, column: int) -> int:
    """Return where a new cell goes: before the first one to its right."""
    right = next((cell.start for cell in row.cells if cell.column > column), row.end)
    if right is None:
        raise ValueError(row.number)
    return right


def _element(row: _Row, column: int, style: str, text: str) -> bytes:
    p = row.prefix
    head = f'<{p}c r="{column_letters(column)}{row.number}"' + (f' s="{style}"' if style else "")
    if not text:
        return f"{head}/>".encode()
    inner = escape(storable_text(guard_formula(text), row.number))
    return (
        f'{head} t="inlineStr"><{p}is><{p}t xml:space="preserve">{inner}</{p}t></{p}is></{p}c>'
    ).encode()


def _not_fillable(path: str) -> DataError:
    return DataError(
        "{path} can be read but not filled in.", "Save it in Excel as xlsx.", path=path
    )
