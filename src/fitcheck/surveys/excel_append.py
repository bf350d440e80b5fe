"""Adds columns to a sheet of an xlsx workbook; everything else in it stays as it was."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from fitcheck.errors import DataError
from fitcheck.surveys.excel_around import Surroundings, corners
from fitcheck.surveys.excel_parts import RELATIONS, related_parts, sheet_part
from fitcheck.surveys.excel_write import begins_like_a_formula, storable_text
from fitcheck.surveys.excel_xml import (
    Edit,
    Row,
    appended,
    cell_xml,
    edit_rows,
    edited,
    find_elements,
    with_attributes,
)
from fitcheck.surveys.grid import GridLayout, NewColumns, column_letters
from fitcheck.surveys.legend import LEGEND, LEGEND_WIDTHS, is_wide
from fitcheck.surveys.outputs import LEGEND_SHEET

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_LEGEND_PART = "xl/worksheets/sheet_fitcheck.xml"
_MOST_COLUMNS = 16_384


def append_to_workbook(
    path: Path, layout: GridLayout, columns: NewColumns, *, content: bytes, sheet: str, width: int
) -> None:
    """Write the workbook `content` with columns at the right of a sheet that has `width` of them.

    Formulas, pictures, macros and whatever else is in it stay, byte by byte.

    Raises
    ------
    DataError
        If this is no workbook as Excel writes it, or a text is too long for a cell.
    """
    if width + len(columns) > _MOST_COLUMNS:
        raise DataError(
            "The sheet {sheet} has no room for {n} more columns.",
            "Pass --format answers.",
            sheet=sheet,
            n=len(columns),
        )
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
        ):
            _Addition(source, sheet, layout, columns, width).write(target)
    except (expat.ExpatError, ValueError, KeyError) as error:
        raise DataError(
            "The workbook for {path} has parts that cannot be kept ({reason}).",
            "Pass --format answers.",
            path=str(path),
            reason=type(error).__name__,
        ) from error


@dataclass(frozen=True, slots=True)
class _Styles:
    """Numbers of the styles of added cells; empty in a workbook without styles."""

    wrapped: str = ""
    quoted: str = ""
    """Of a text that begins like a formula: editing the cell leaves it a text."""
    both: str = ""

    def of(self, value: object, *, wide: bool) -> str:
        if not isinstance(value, str):
            return ""
        if begins_like_a_formula(value):
            return self.both if wide else self.quoted
        return self.wrapped if wide else ""


class _Addition:
    def __init__(
        self,
        source: zipfile.ZipFile,
        sheet: str,
        layout: GridLayout,
        columns: NewColumns,
        width: int,
    ) -> None:
        self.source, self.sheet, self.layout = source, sheet, layout
        self.names, self.values, self.width = list(columns), list(columns.values()), width
        self.last = column_letters(width + len(columns) - 1)
        part = sheet_part(source, sheet)
        if part is None:
            raise ValueError(sheet)
        self.part = part
        self.changed: dict[str, bytes] = {}
        """Parts that are written anew."""
        self.styles = self._add_styles()
        self._add_legend()

    def write(self, target: zipfile.ZipFile) -> None:
        """Write the workbook, the large part of it in little memory."""
        with self.source.open(self.part) as stream:
            surroundings = Surroundings(stream)
        around = surroundings.edits(self.layout, self.names, self.width)
        if surroundings.has_tables:
            self._extend_tables()
        for entry in self.source.infolist():
            if entry.filename == self.part:
                with self.source.open(entry) as rows, target.open(_like(entry), "w") as out:
                    self._add_cells(rows, out, around)
            elif (data := self.changed.pop(entry.filename, None)) is not None:
                target.writestr(_like(entry), data)
            else:
                with self.source.open(entry) as before, target.open(_like(entry), "w") as out:
                    shutil.copyfileobj(before, out)
        for name, data in self.changed.items():
            target.writestr(name, data)

    def _add_cells(self, rows: IO[bytes], out: IO[bytes], around: Sequence[Edit]) -> None:
        heading = self.layout.header[0] + 1
        places = {index + 1: i for i, index in enumerate(self.layout.data)}

        def edits_of(row: Row, xml: bytes) -> Iterator[Edit]:
            if row.number == heading:
                values: list[object] = list(self.names)
            else:
                values = [column[places[row.number]] for column in self.values]
            return self._edits(row, xml, values, is_heading=row.number == heading)

        wanted = {heading, *places}
        edit_rows(rows, out, wanted, edits_of, around)

    def _edits(
        self, row: Row, xml: bytes, values: Sequence[object], *, is_heading: bool
    ) -> Iterator[Edit]:
        """Yield what becomes of a row: cells that are empty there make room for the new ones."""
        element, end = row.element, self.width + len(values)
        if "spans" in element.attributes:  # tells how wide the row is; may be left out
            tag = with_attributes(xml, replace(element, start=0), spans=None)
            yield Edit(element.start, element.start + tag.end, tag.new)
        left = ""
        for cell in row.cells:
            if cell.column == self.width - 1 and is_heading:
                left = cell.style
            if self.width <= cell.column < end:
                yield Edit(cell.element.start, cell.element.end, b"")
        new = b"".join(
            self._cell(row, column, value, left, is_heading=is_heading)
            for column, value in enumerate(values, start=self.width)
            if value is not None and value != ""
        )
        gap = row.gap(end - 1)
        if gap is None:
            raise ValueError(row.number)
        yield Edit(gap, gap, new)

    def _cell(self, row: Row, column: int, value: object, left: str, *, is_heading: bool) -> bytes:
        if isinstance(value, str):
            value = storable_text(value, row.number)
        wide = is_wide(self.names[column - self.width])
        style = left if is_heading else self.styles.of(value, wide=wide)
        return cell_xml(row.element.prefix, row.number, column, value, style)

    def _extend_tables(self) -> None:
        """Let an Excel table that ends at the last column take in the new ones.

        Otherwise sorting by the table's buttons would move the answers but not their labels.
        """
        for target in related_parts(self.source, self.part, "table"):
            xml = self.source.read(target)
            elements = find_elements(xml, "table", "autoFilter", "tableColumns", "tableColumn")
            table = elements[0]
            left, top, right, bottom = corners(table.attributes["ref"])
            if right != self.width - 1 or self.layout.header != (top - 1,):
                continue
            ref = f"{column_letters(left)}{top}:{self.last}{bottom}"
            edits = [
                with_attributes(xml, e, ref=ref)
                for e in elements
                if e is table or e.name == "autoFilter"
            ]
            columns = next(e for e in elements if e.name == "tableColumns")
            ids = [int(e.attributes["id"]) for e in elements if e.name == "tableColumn"]
            count = str(len(ids) + len(self.names))
            edits.append(with_attributes(xml, columns, count=count))
            new = "".join(
                f'<{columns.prefix}tableColumn id="{max(ids) + i}" name={_table_name(name)}/>'
                for i, name in enumerate(self.names, start=1)
            )
            edits.append(appended(columns, new.encode()))
            self.changed[target] = edited(xml, edits)

    def _add_styles(self) -> _Styles:
        parts = related_parts(self.source, "xl/workbook.xml", "styles")
        if not parts:
            return _Styles()
        xml = self.source.read(parts[0])
        kinds = find_elements(xml, "cellXfs")
        if not kinds:
            return _Styles()
        formats = kinds[0]
        known = find_elements(xml, "xf")
        p, n = formats.prefix, sum(formats.start < xf.start < formats.end for xf in known)
        wrap = f'<{p}alignment vertical="top" wrapText="1"/>'
        base = f'<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"'
        new = (
            f'{base} applyAlignment="1">{wrap}</{p}xf>{base} quotePrefix="1"/>'
            f'{base} quotePrefix="1" applyAlignment="1">{wrap}</{p}xf>'
        )
        edits = [with_attributes(xml, formats, count=str(n + 3)), appended(formats, new.encode())]
        self.changed[parts[0]] = edited(xml, edits)
        return _Styles(str(n), str(n + 1), str(n + 2))

    def _add_legend(self) -> None:
        known = sheet_part(self.source, LEGEND_SHEET)
        if known is not None:
            self.changed[known] = _legend_xml(self.styles)
            return
        self.changed[_LEGEND_PART] = _legend_xml(self.styles)
        relations_part = "xl/_rels/workbook.xml.rels"
        xml = self.source.read(relations_part)
        relations, *known_ones = find_elements(xml, "Relationships", "Relationship")
        ids = {element.attributes["Id"] for element in known_ones}
        new_id = next(name for i in range(1, 99_999) if (name := f"rIdFitcheck{i}") not in ids)
        new = (
            f'<{relations.prefix}Relationship Id="{new_id}" Type="{RELATIONS}/worksheet"'
            f' Target="/{_LEGEND_PART}"/>'
        )
        self.changed[relations_part] = edited(xml, [appended(relations, new.encode())])
        xml = self.source.read("xl/workbook.xml")
        sheets, *known_ones = find_elements(xml, "sheets", "sheet")
        number = max(int(element.attributes["sheetId"]) for element in known_ones) + 1
        new = (
            f'<{sheets.prefix}sheet xmlns:r="{RELATIONS}" name="{LEGEND_SHEET}"'
            f' sheetId="{number}" r:id="{new_id}"/>'
        )
        self.changed["xl/workbook.xml"] = edited(xml, [appended(sheets, new.encode())])
        xml = self.source.read("[Content_Types].xml")
        types = find_elements(xml, "Types")[0]
        new = f'<{types.prefix}Override PartName="/{_LEGEND_PART}" ContentType="{_SHEET_TYPE}"/>'
        self.changed["[Content_Types].xml"] = edited(xml, [appended(types, new.encode())])


def _table_name(name: str) -> str:
    """Return a heading as the name of a table's column, where a line's end is spelt out."""
    return quoteattr(storable_text(name, 1).replace("\n", "_x000a_"))


def _legend_xml(styles: _Styles) -> bytes:
    rows = "".join(
        f'<row r="{number}">'
        + b"".join(
            cell_xml("", number, i, text, styles.wrapped) for i, text in enumerate(entry)
        ).decode()
        + "</row>"
        for number, entry in enumerate(LEGEND, start=1)
    )
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>'
        for i, width in enumerate(LEGEND_WIDTHS, start=1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{_MAIN}">'
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def _like(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    new = zipfile.ZipInfo(entry.filename, entry.date_time)
    new.compress_type, new.external_attr = zipfile.ZIP_DEFLATED, entry.external_attr
    new.file_size = entry.file_size  # tells whether the archive needs large numbers
    return new
