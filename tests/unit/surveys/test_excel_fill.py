"""Cells are filled in wherever they stand, and nothing else of the workbook changes."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from fitcheck.errors import DataError
from fitcheck.surveys.excel_fill import fill_workbook
from fitcheck.surveys.files import fill_cells, read_grid
from fitcheck.surveys.grid import ReadOptions

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: str, *, prefix: str = "") -> bytes:
    """Return a workbook whose first sheet has these rows, as some program writes them."""
    stream = io.BytesIO()
    made = Workbook()
    made.active.title = "A"
    made.active["A1"] = "x"
    made.save(stream)
    p = f"{prefix}:" if prefix else ""
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    xml = f'<{p}worksheet {name}="{MAIN}"><{p}sheetData>{rows}</{p}sheetData></{p}worksheet>'
    return with_part(stream.getvalue(), SHEET, xml.encode())


def with_part(content: bytes, part: str, data: bytes) -> bytes:
    """Return an archive with one part exchanged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as copy:
        for entry in source.infolist():
            copy.writestr(entry, data if entry.filename == part else source.read(entry))
    return stream.getvalue()


def cells(content: bytes) -> dict[str, object]:
    """Return the filled cells of the first sheet, as openpyxl sees them."""
    table = load_workbook(io.BytesIO(content)).worksheets[0]
    return {c.coordinate: c.value for row in table.iter_rows() for c in row if c.value is not None}


WAYS = {
    "empty cells": '<row r="1"><c r="A1" s="0"/><c r="B1"><v>1</v></c><c r="C1" s="0"></c></row>',
    "no cells where they go": '<row r="1"><c r="B1"><v>1</v></c></row>',
    "no names of rows and cells": "<row><c/><c><v>1</v></c></row>",
    "tags with a > inside": '<row r="1" x="a>b"><c r="A1" x=\'/>\'/><c r="B1"><v>1</v></c ></row >',
    "texts that look like tags": '<row r="1"><c r="A1" t="str"><v><![CDATA[</c><row>]]></v></c>'
    '<c r="B1"><v>1</v></c><!-- <c r="C1"/> --></row>',
}


@pytest.mark.parametrize("rows", WAYS.values(), ids=list(WAYS))
def test_cells_are_found_however_they_are_written(rows: str) -> None:
    """Before, behind and in place of what is there; in order, as Excel demands."""
    filled = fill_workbook(workbook(rows), "a.xlsx", "A", {(1, 2): "drei", (1, 0): "<eins> & ]]>"})
    assert cells(filled) == {"A1": "<eins> & ]]>", "B1": 1, "C1": "drei"}


def test_prefixed_names_are_kept() -> None:
    """Some programs write every element with a prefix; openpyxl is not asked, it knows none."""
    rows = '<x:row r="1"><x:c r="B1"><x:v>1</x:v></x:c></x:row>'
    filled = fill_workbook(workbook(rows, prefix="x"), "a.xlsx", "A", {(1, 0): "eins"})
    with zipfile.ZipFile(io.BytesIO(filled)) as archive:
        xml = archive.read(SHEET).decode()
    assert (
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t xml:space="preserve">eins</x:t>' in xml
    )


def test_everything_else_stays_byte_for_byte() -> None:
    """Of other parts, and of the sheet around the cell."""
    rows = '<row r="1" spans="1:2" ht="30"><c r="A1" s="0"/><c r="B1"><f>1+1</f><v>2</v></c></row>'
    before = workbook(rows)
    after = fill_workbook(before, "a.xlsx", "A", {(1, 0): "ja"})
    with zipfile.ZipFile(io.BytesIO(before)) as a, zipfile.ZipFile(io.BytesIO(after)) as b:
        assert a.namelist() == b.namelist()
        for part in a.namelist():
            new = '<c r="A1" s="0" t="inlineStr"><is><t xml:space="preserve">ja</t></is></c>'
            was = a.read(part).replace(b'<c r="A1" s="0"/>', new.encode())
            assert b.read(part) == was


def test_an_empty_text_empties_the_cell() -> None:
    """It keeps its style."""
    rows = '<row r="1"><c r="A1" s="0" t="str"><v>alt</v></c><c r="B1"><v>1</v></c></row>'
    assert cells(fill_workbook(workbook(rows), "a.xlsx", "A", {(1, 0): ""})) == {"B1": 1}


@given(text=st.text(max_size=30))
@example("=1+1")
@example("@x")
@example("'=1")
@example("_x000D_\x07")
@settings(max_examples=80)
def test_any_text_comes_back(text: str) -> None:
    """And none is a formula, in a workbook or in the csv file that is saved of it."""
    text = text.replace("\r", "")
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return
    rows = '<row r="1"><c r="A1"/><c r="B1"><v>1</v></c></row>'
    filled = fill_workbook(workbook(rows), "a.xlsx", "A", {(1, 0): text})
    shown = read_grid(filled, "a.xlsx", ReadOptions()).rows[0][0]
    assert shown in (text, f"'{text}")
    assert text[:1] not in ("=", "@") or shown.startswith("'")


def test_a_formula_is_not_overwritten() -> None:
    """Other cells may hang on it, and Excel would find its list of formulas wrong."""
    rows = '<row r="1"><c r="A1"><f>B1</f><v>1</v></c><c r="B1"><v>1</v></c></row>'
    with pytest.raises(DataError, match="row 1: a formula"):
        fill_workbook(workbook(rows), "a.xlsx", "A", {(1, 0): "x"})


@pytest.mark.parametrize("rows", ['<row r="1"/>', '<row r="2"></row>', '<row r="x"></row>'])
def test_rows_that_cannot_be_filled_are_refused(rows: str) -> None:
    """With two sentences, not with a wrong file."""
    with pytest.raises(DataError, match="not filled in"):
        fill_workbook(workbook(rows), "a.xlsx", "A", {(1, 0): "x"})


@pytest.mark.parametrize("content", [b'[{"a": "b"}]', b"PAR1" + bytes(40)])
def test_other_formats_are_refused(content: bytes) -> None:
    """They can be read, but nobody fills them in."""
    with pytest.raises(DataError, match="not filled in"):
        fill_cells(content, "a", "", {(1, 0): "x"})
