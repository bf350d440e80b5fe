"""A file read in parts gives what the same file read at once does, byte for byte."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from both_ways import Told, in_parts, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from fitcheck.personas import Personas
from fitcheck.surveys import layout, outline, parquet, parts
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import ReadOptions

SAMPLES = Path(__file__).parents[2] / "samples"
TEXTS = [
    "Passt genau zu meiner Arbeit, danke!",
    "Für uns im Lager völlig ungeeignet;\nzu viel Theorie",
    'Der Teil "Kennzahlen" war nützlich',
    "=SUMME(A1) kam nicht vor",
    "nichts",
    "",
    "k. A.",
    "Tipps &amp; Tricks waren gut &#8364;",
    "zu kurz\r\n- mehr Übungen\r\n- weniger Folien",
    "ä" * 40,
]
answer = st.sampled_from(TEXTS) | st.text("abcäöüß ,;\"'=-\n.", max_size=60)


def compare(
    path: Path,
    tmp_path: Path,
    options: ReadOptions | None = None,
    wishes: Wishes | None = None,
    **kwargs: object,
) -> list[Told]:
    """Classify a file both ways, as rows and as answers; return what came out."""
    options, wishes = options or ReadOptions(), wishes or Wishes()
    told = []
    for output, ending in (
        ("rows", path.suffix),
        ("answers", ".csv"),
        ("answers", ".jsonl"),
        ("answers", ".parquet"),
    ):
        arguments = (path, tmp_path / f"out{ending}", output, options, wishes)
        one = whole(*arguments, **kwargs)  # type: ignore[arg-type]
        other = in_parts(*arguments, **kwargs)  # type: ignore[arg-type]
        if other is None:
            return []
        assert other == one
        told.append(other)
    return told


@pytest.fixture(autouse=True)
def small_parts() -> object:
    """Divide small files too, of which the head is no more than a part."""
    with (
        patch.object(parts, "ROWS", 3),
        patch.object(parts, "_STEP", 2),
        patch.object(parquet, "ROWS", 3),
        patch.object(parquet, "GROUP_ROWS", 7),
        patch.object(layout, "HEAD", 8),
        patch.object(outline, "HEAD", 8),
        patch.object(parts, "HEAD", 8),
    ):
        yield


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.[cjt]*")), ids=lambda path: path.name)
def test_samples_are_the_same(path: Path, tmp_path: Path) -> None:
    """Exports of survey tools, with all that stands around their tables."""
    if path.name != "expected.json":
        assert compare(path, tmp_path)


def test_json_lines_of_any_length_have_parts(tmp_path: Path) -> None:
    """More lines than are looked at to find the heading; some are blank, and keys come later."""
    path = tmp_path / "a.jsonl"
    entries = [{"Nr": f"T{i}", "Wie passend war es?": TEXTS[i % len(TEXTS)]} for i in range(40)]
    entries[30]["Status"] = "Complete"
    lines = ["", "", "", "", *(json.dumps(entry) for entry in entries)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with patch.object(parts, "_LONGEST_HEAD", 10):
        assert compare(path, tmp_path)


rows_of = st.lists(
    st.tuples(
        st.sampled_from(["Pflege", "Lager", "lager ", "Führungskraft", "Fuehrungskraft", ""]),
        answer,
        answer,
        st.sampled_from(["", "Complete", "Partial", "abgebrochen"]),
    ),
    min_size=1,
    max_size=24,
)


@settings(max_examples=40)
@given(
    rows_of,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "sep"]),
    st.lists(st.integers(0, 24), max_size=2),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_text_files_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    separator: str,
    encoding: str,
    line_end: str,
    beginning: str,
    blank: list[int],
    has_title: bool,
    has_totals: bool,
    is_repeated: bool,
) -> None:
    """Quotes, line breaks, titles, totals, blank lines and repeated headings among them."""
    tmp_path = tmp_path_factory.mktemp("text")
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator=line_end)
    if beginning:
        stream.write(f"sep={separator}{line_end}")
    if has_title:
        writer.writerow(["Bericht vom März"])
        stream.write(line_end)
    heading = ["Nr", "Rolle", "Wie passend war es?", "Was fehlte?", "Status"]
    writer.writerow(heading)
    for number, row in enumerate(rows):
        if number in blank:
            stream.write(line_end)
        if is_repeated and number == 7:
            writer.writerow(["Februar"])
            writer.writerow(heading)
        writer.writerow([f"T{number}", *row])
    if has_totals:
        stream.write(line_end)
        writer.writerow(["Summe", "", len(rows)])
        writer.writerow(["Erstellt am 1.1.2026"])
    path = tmp_path / "a.csv"
    path.write_bytes(stream.getvalue().encode(encoding, "replace"))
    named = encoding if encoding == "utf-16-be" else None
    wishes = Wishes(texts=["Wie passend war es?"])
    compare(path, tmp_path, ReadOptions(encoding=named), wishes)


long_rows = st.lists(
    st.tuples(
        st.sampled_from(["T1", "T2", "T3", " T4", "", "row 5"]),
        st.sampled_from(["Pflege", "Lager", ""]),
        st.sampled_from(["Wie passend war es?", "Was hat gefallen?"]),
        answer,
        st.sampled_from(["", "Großraum"]),
    ),
    min_size=2,
    max_size=24,
)


@settings(max_examples=25)
@given(long_rows, st.sampled_from([".csv", ".jsonl", ".parquet"]), st.booleans())
def test_long_tables_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    ending: str,
    is_long: bool,
) -> None:
    """A respondent with rows in several parts has one label."""
    tmp_path = tmp_path_factory.mktemp("long")
    heading = ["ID", "Rolle", "Frage", "Antwort", "Ort"]
    path = tmp_path / f"a{ending}"
    write_as(path, heading, rows)
    wishes = Wishes(texts=["Antwort"], id="ID", question="Frage" if is_long else None)
    assert compare(path, tmp_path, wishes=wishes)


def write_as(path: Path, heading: list[str], rows: list[tuple[str, ...]]) -> None:
    """Write a table as csv, JSON Lines with late keys and blank lines, or parquet."""
    if path.suffix == ".csv":
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=";").writerows([heading, *rows])
        path.write_bytes(stream.getvalue().encode())
    elif path.suffix == ".parquet":
        columns = [[row[i] or None for row in rows] for i in range(len(heading))]
        table = {name: pa.array(c, pa.string()) for name, c in zip(heading, columns, strict=True)}
        table["Wert"] = pa.array(list(range(len(rows))), pa.int32())
        table["leer"] = pa.nulls(len(rows))
        pq.write_table(pa.table(table), path, row_group_size=5)
    else:
        lines = [
            json.dumps(dict(zip(heading, row, strict=True)), ensure_ascii=i % 2 == 0)
            if row[4]
            else json.dumps({**dict(zip(heading[:4], row[:4], strict=True)), "x": {"y": i}})
            for i, row in enumerate(rows)
        ]
        lines[0] = json.dumps(dict(zip(heading[:4], rows[0][:4], strict=True)))
        path.write_bytes("\n\n".join(lines).encode())


PERSONAS = Personas.model_validate(
    {
        "personas": [
            {
                "id": "shop",
                "name": {"de": "Lager"},
                "assign": [{"column": "A", "values": ["Lager"]}],
            },
            {
                "id": "care",
                "name": {"de": "Pflege"},
                "assign": [
                    {"column": "A", "values": ["Pflege"]},
                    {"column": "B", "values": ["x"], "aliases": ["Führungskraft"]},
                ],
            },
        ]
    }
)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Lager", "lager ", "Pflege", "Pflegee", "", "Büro"]),
            st.sampled_from(["x", "", "Fuehrungskraft", "y"]),
            answer,
            answer,
            st.just("z"),
        ),
        min_size=1,
        max_size=24,
    ),
    st.sampled_from([".csv", ".jsonl", ".parquet"]),
)
def test_personas_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], ending: str
) -> None:
    """Rules, unknown values and similar spellings count over all parts."""
    path = tmp_path_factory.mktemp("personas") / f"a{ending}"
    write_as(path, ["A", "B", "Kommentar", "Was noch?", "Ort"], rows)
    wishes = Wishes(texts=["Kommentar"], id="row")
    assert compare(path, path.parent, wishes=wishes, personas=PERSONAS)


@pytest.mark.parametrize(
    "content",
    [
        b'Rolle;Kommentar\nLager;zu "viel" Theorie; und mehr;x\nLager;gut so\n',
        b'Rolle;Kommentar\nLager;"offen\nLager;gut so\n',
        b"ID;Kommentar\n1;zu viel Theorie\n2;gut so\n1;gern wieder\n",
        b"Rolle;Kommentar\n",
        b"ID;Wert\n1;2\n2;3\n3;4\n4;5\n",
        "Rolle;Kommentar\nLager;zu groß und viel zu lang\nBüro;ü ö ä".encode() + b"\xff\n",
    ],
)
def test_errors_are_the_same(content: bytes, tmp_path: Path) -> None:
    """What cannot be read is refused in the same words."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert all(told.error for told in compare(path, tmp_path))
