"""Columns are added to a sheet, and nothing else of the workbook changes."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.table import Table

from fitcheck.errors import DataError
from fitcheck.surveys.excel_append import append_to_workbook
from fitcheck.surveys.files import read_grid
from fitcheck.surveys.grid import GridLayout, ReadOptions

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(inner: str, *, prefix: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """Return a workbook whose first sheet has this XML inside, as some program writes it."""
    stream = io.BytesIO()
    made = Workbook()
    made.worksheets[0].title = "A"
    made.save(stream)
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    xml = f'<{prefix}worksheet {name}="{MAIN}">{inner}</{prefix}worksheet>'
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as copy:
        for entry in source.infolist():
            copy.writestr(entry, xml if entry.filename == SHEET else source.read(entry))
        for part, data in (parts or {}).items():
            copy.writestr(part, data)
    return changed.getvalue()


def appended(content: bytes, path: Path, columns: dict[str, list[object]], width: int = 2) -> Path:
    """Write the workbook with columns added; the heading is in row 1."""
    n = len(next(iter(columns.values())))
    layout = GridLayout((0,), tuple(range(1, n + 1)), {})
    append_to_workbook(path, layout, columns, content=content, sheet="A", width=width)
    return path


def part(path: Path, name: str = SHEET) -> str:
    """Return a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


HEAD = '<row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1" t="str" s="0"><v>y</v></c></row>'
ROW = '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>A2+1</f><v>2</v></c></row>'
WAYS = {
    "plain": HEAD + ROW,
    "no names": re.sub(r' r="\w+"', "", HEAD + ROW),
    "widths": (HEAD + ROW).replace(' r="2"', ' r="2" spans="1:2"'),
    "empty cells in the way": (HEAD + ROW).replace(
        "</row>", '<c r="C1" s="0"/><c r="E1" s="0"></c></row>', 1
    ),
    "other rows": HEAD + ROW + '<row r="3"/><row r="4"><c r="A4"><v>9</v></c></row>',
    "comments": (HEAD + ROW).replace("</row>", "<!-- </row> --></row>"),
}


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("rows", WAYS.values(), ids=list(WAYS))
def test_columns_are_added_however_rows_are_written(rows: str, prefix: str, tmp_path: Path) -> None:
    """Behind what is there; formulas keep their stored values."""
    inner = f"<sheetData>{rows}</sheetData>"
    if prefix:
        inner = re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", inner)
    path = appended(
        workbook(inner, prefix=prefix),
        tmp_path / "ä.xlsx",
        {"new": ["ja & <nein>"], "score": [0.25]},
    )
    grid = read_grid(path.read_bytes(), "a", ReadOptions(sheet="A"))
    assert grid.rows[0][:4] == ["x", "y", "new", "score"]
    assert grid.rows[1] == ["1", "2", "ja & <nein>", "0.25"] + [""] * (len(grid.rows[1]) - 4)
    assert "<f>A2+1</f><v>2</v>" in part(path).replace(prefix, "")
    if not prefix:
        table = load_workbook(path)["A"]
        assert [cell.value for cell in table[2]][:4] == [1, "=A2+1", "ja & <nein>", 0.25]


def test_everything_else_stays_byte_for_byte(tmp_path: Path) -> None:
    """Other parts, such as macros, and within the sheet everything around the new cells."""
    behind = '<conditionalFormatting sqref="B2"/><extLst><ext uri="{x}" a=\'>"\'/></extLst>'
    before = workbook(
        f'<sheetPr codeName="S"/><sheetData>{HEAD}{ROW}</sheetData>{behind}',
        parts={"xl/vbaProject.bin": bytes(range(256)), "xl/media/ü.png": b"PNG"},
    )
    path = appended(before, tmp_path / "a.xlsx", {"new": ["a"]})
    ours = {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET}
    ours |= {"[Content_Types].xml"}
    with zipfile.ZipFile(io.BytesIO(before)) as a, zipfile.ZipFile(path) as b:
        assert [name for name in b.namelist() if name not in a.namelist()] == [
            "xl/worksheets/sheet_fitcheck.xml"
        ]
        for name in set(a.namelist()) - ours:
            assert a.read(name) == b.read(name), name
        xml = b.read(SHEET).decode()
    for new in (
        r"<sheetViews>.*</sheetViews>",
        r"<cols>.*</cols>",
        r"<autoFilter[^>]*/>",
        r'<c r="C\d"[^>]*t="inlineStr">.*?</c>',
    ):
        xml = re.sub(new, "", xml)
    with zipfile.ZipFile(io.BytesIO(before)) as a:
        assert xml == a.read(SHEET).decode()


def test_widths_of_other_columns_stay(tmp_path: Path) -> None:
    """A width for all columns is divided; what stands to the right keeps its own."""
    cols = '<cols><col min="1" max="1" width="9"/><col min="2" max="16384" width="30"/></cols>'
    path = appended(
        workbook(f"{cols}<sheetData>{HEAD}{ROW}</sheetData>"),
        tmp_path / "a.xlsx",
        {"fit_label": ["a"], "fit_quote": ["b"]},
    )
    found = re.findall(r'<col min="(\d+)" max="(\d+)" width="(\d+)"', _ordered(part(path)))
    assert found == [
        ("1", "1", "9"),
        ("2", "2", "30"),
        ("3", "3", "16"),
        ("4", "4", "44"),
        ("5", "16384", "30"),
    ]


def _ordered(xml: str) -> str:
    """Return the XML with the attributes of columns in one order."""

    def ordered(tag: re.Match[str]) -> str:
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag.group()))
        return f'<col min="{values["min"]}" max="{values["max"]}" width="{values["width"]}"/>'

    return re.sub(r"<col\b[^>]*/>", ordered, xml)


VIEWS = {
    "none": ("", "A2"),
    "one": ('<sheetViews><sheetView workbookViewId="0"/></sheetViews>', "A2"),
    "with a selection": (
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<selection activeCell="B7" sqref="B7"/></sheetView></sheetViews>',
        "A2",
    ),
    "frozen already": (
        '<sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2"'
        ' activePane="bottomRight" state="frozen"/></sheetView></sheetViews>',
        "B2",
    ),
}


@pytest.mark.parametrize(("views", "frozen"), VIEWS.values(), ids=list(VIEWS))
def test_the_heading_stays_in_sight(views: str, frozen: str, tmp_path: Path) -> None:
    """What somebody froze already is left as it is."""
    inner = f'{views}<sheetFormatPr defaultRowHeight="15"/><sheetData>{HEAD}{ROW}</sheetData>'
    path = appended(workbook(inner), tmp_path / "a.xlsx", {"new": ["a"]})
    assert load_workbook(path)["A"].freeze_panes == frozen
    xml = part(path)
    assert xml.index("<sheetViews") < xml.index("<sheetFormatPr") < xml.index("<cols")


FILTERS = {"none": ("", "A1:C2"), "all": ("A1:B2", "A1:C2"), "some": ("A1:A2", "A1:A2")}


@pytest.mark.parametrize(("before", "after"), FILTERS.values(), ids=list(FILTERS))
def test_a_filter_takes_in_the_new_columns(before: str, after: str, tmp_path: Path) -> None:
    """Unless somebody filters some columns only."""
    known = f'<autoFilter ref="{before}"/>' if before else ""
    inner = f'<sheetData>{HEAD}{ROW}</sheetData><sheetProtection sheet="0"/>{known}'
    path = appended(workbook(inner), tmp_path / "a.xlsx", {"new": ["a"]})
    assert load_workbook(path)["A"].auto_filter.ref == after
    assert part(path).index("<sheetProtection") < part(path).index("<autoFilter")


def test_a_table_takes_in_the_new_columns(tmp_path: Path) -> None:
    """One that ends elsewhere is left as it is."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "A"
    for row in [["x", "y"], ["1", "2"], [], ["v", "w"], ["3", "4"]]:
        sheet.append(row)
    sheet.add_table(Table(displayName="Eins", ref="A1:B2"))
    sheet.add_table(Table(displayName="Zwei", ref="A4:B5"))
    book.save(tmp_path / "in.xlsx")
    names = ['with "quotes" & <more>', "in two\nlines"]
    path = appended(
        (tmp_path / "in.xlsx").read_bytes(), tmp_path / "a.xlsx", {name: ["a"] for name in names}
    )
    table = load_workbook(path)["A"]
    assert table.tables["Eins"].ref == table.tables["Eins"].autoFilter.ref == "A1:D2"
    shown = [column.name for column in table.tables["Eins"].tableColumns]
    assert shown == ["x", "y", *names]
    assert [cell.value for cell in table[1]] == ["x", "y", *names]
    assert table.tables["Zwei"].ref == "A4:B5"


def test_a_second_run_has_one_legend(tmp_path: Path) -> None:
    """Its own output is a workbook like any other."""
    first = appended(
        workbook(f"<sheetData>{HEAD}{ROW}</sheetData>"), tmp_path / "1.xlsx", {"a": ["1"]}
    )
    second = appended(first.read_bytes(), tmp_path / "2.xlsx", {"b": ["2"]}, width=3)
    book = load_workbook(second)
    assert book.sheetnames == ["A", "fitcheck"]
    assert [cell.value for cell in book["A"][2]] == [1, "=A2+1", "1", "2"]
    assert book["fitcheck"]["A2"].value == "fit_label"


def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    """And is one after somebody edited the cell."""
    path = appended(
        workbook(f"<sheetData>{HEAD}{ROW}</sheetData>"),
        tmp_path / "a.xlsx",
        {"fit_label": ["=1+1"], "fit_quote": ["-gut"]},
    )
    for cell in load_workbook(path)["A"][2][2:]:
        assert (cell.data_type, cell.quotePrefix) == ("s", True)


@pytest.mark.parametrize(
    ("inner", "width"),
    [
        ("<sheetData/>", 2),
        (f"<sheetData>{HEAD}<row r='2'/></sheetData>", 2),
        (f"<sheetData>{HEAD}{ROW}</sheetData>", 16_384),
        (f"<sheetData>{HEAD}{ROW}", 2),
    ],
)
def test_what_cannot_be_written_is_refused(inner: str, width: int, tmp_path: Path) -> None:
    """With two sentences, not with a wrong file."""
    with pytest.raises(DataError, match=r"cannot be kept|no room"):
        appended(workbook(inner), tmp_path / "a.xlsx", {"new": ["a"]}, width=width)


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, st.floats(0, 1), texts), min_size=1, max_size=5))
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float, str]]
) -> None:
    """What is there, and what is added."""
    made = Workbook()
    made.worksheets[0].title = "A"
    table = made.worksheets[0]
    for row in [["x", "y"], *([f"t{i}", i] for i in range(len(rows)))]:
        table.append(row)
    stream = io.BytesIO()
    made.save(stream)
    path = tmp_path_factory.mktemp("any") / "a.xlsx"
    columns = dict(zip("abc", map(list, zip(*rows, strict=True)), strict=True))
    appended(stream.getvalue(), path, columns)
    found = read_grid(path.read_bytes(), "a", ReadOptions(sheet="A")).rows[1:]
    for i, (before, after) in enumerate(zip(rows, found, strict=True)):
        after = [*after, *[""] * (5 - len(after))]
        assert after[:3] == [f"t{i}", str(i), before[0]]
        assert float(after[3]) == before[1]
        assert after[4] == before[2]


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    """A workbook that openpyxl would hold in hundreds of megabytes is copied in little."""
    peaks = []
    for n in (2_000, 40_000):
        rows = "".join(
            f'<row r="{i}"><c r="A{i}" t="str"><v>{"Antwort" * 20} {i}</v></c></row>'
            for i in range(2, n + 2)
        )
        content = workbook(f"<sheetData>{HEAD}{rows}</sheetData>")
        del rows
        columns: dict[str, list[object]] = {"new": ["fit"] * n}
        tracemalloc.start()
        appended(content, tmp_path / f"{n}.xlsx", columns)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    places = 40_000 * 300  # which rows there are, in numbers
    assert peaks[1] < peaks[0] + places
