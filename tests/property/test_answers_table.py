"""An answers table reads in the same way block by block and at once, faults of it as well."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys import parquet, parts, predictions
from fitcheck.surveys.outputs import ANSWER_COLUMNS, RUN_FILE
from fitcheck.surveys.predictions import Coded, read_predictions

Rows = list[tuple[str, ...]]
written = st.text("abcäöüßé€ ,;|\t\"'=+-@\r\n09.", max_size=20)
written |= st.sampled_from(["'=1+1", "'-", "'@ä", "''+"])
WHOLE = parts.WholeFileNeeded(Message("asked for"))
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def tables(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Rows]:
    """Return rows of an answers table, now and then with something that cannot be."""
    row = st.tuples(
        st.sampled_from(["2", "17", "", "x"]),
        st.sampled_from(["T1", "", "ä@x.example"]) | texts,
        st.sampled_from(["Pflege", "Büro", ""]) | texts,
        st.sampled_from(["Passte es?", "Was hat gefehlt?"]) | texts,
        texts,
        st.sampled_from(["fit", "not_fit", "no_signal", " fit ", ""] * 8 + ["passt"]),
        st.sampled_from(["0.25", "0,5", "1e-3", "", "viel"]),
        st.sampled_from(["need_timing:wish;other:neutral", "level_pace", "", "x:y:z"]),
        texts,
        st.sampled_from(["mixed", "mixed;truncated", ";", ""]),
        st.sampled_from(["llm", "baseline", "human", "", "Excel"]),
        st.sampled_from(["timeout", "", "no_label"]),
    )
    blank = st.just(("",) * len(ANSWER_COLUMNS))
    return st.lists(row | row | row | blank, max_size=9)


def outcome(path: Path) -> Coded | tuple[str, str]:
    """Return what was read, or what the error says."""
    try:
        return read_predictions(path)
    except DataError as error:
        return str(error), repr(error.__dict__)


def assert_reads_alike(path: Path) -> None:
    """Read in blocks of two rows, and as a whole."""
    small = (
        patch.object(parts, "ROWS", 2),
        patch.object(parts, "_STEP", 1),
        patch.object(parquet, "ROWS", 2),
    )
    with small[0], small[1], small[2]:
        found = outcome(path)
    with patch.object(predictions, "open_parts", side_effect=WHOLE):
        assert found == outcome(path)


@given(
    tables(written),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.booleans(),
    st.permutations(ANSWER_COLUMNS),
    st.integers(0, 40),
)
def test_text(
    rows: Rows,
    separator: str,
    encoding: str,
    line_end: str,
    quoting: int,
    says_separator: bool,
    order: Sequence[str],
    n_lost: int,
) -> None:
    """Whatever saved it: guards of formulas, other columns first, a line cut off at the end."""
    columns = list(ANSWER_COLUMNS) if n_lost % 2 else order
    stream = io.StringIO(newline="")
    if says_separator:
        stream.write(f"sep={separator}{line_end}")
    writer = csv.writer(stream, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerow(columns)
    for row in rows:
        cells = dict(zip(ANSWER_COLUMNS, row, strict=True))
        writer.writerow([cells[column] for column in columns])
    text = stream.getvalue()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        path.write_bytes(text[: len(text) - max(0, n_lost - 20)].encode(encoding))
        assert_reads_alike(path)


@given(tables(any_text), st.data())
def test_json_lines(rows: Rows, data: st.DataObject) -> None:
    """Themes as objects, and lines that lack keys which others have."""
    lines = []
    for row in rows:
        entry: dict[str, object] = dict(zip(ANSWER_COLUMNS, row, strict=True))
        themes = st.lists(st.sampled_from(["need_timing", "other"]), max_size=2)
        entry["themes"] = [
            {"theme": theme, "polarity": "wish", "quote": row[4][:5]} for theme in data.draw(themes)
        ]
        for lost in data.draw(st.lists(st.sampled_from(ANSWER_COLUMNS), max_size=1)):
            del entry[lost]
        lines.append(json.dumps(entry, ensure_ascii=data.draw(st.booleans())))
        lines += data.draw(st.sampled_from([[], [], [], [""], ["{"]]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8", newline="")
        assert_reads_alike(path)


@given(tables(any_text), st.integers(1, 3))
def test_parquet(rows: Rows, n_files: int) -> None:
    """A file, and a folder with the same rows in several."""
    schema = pa.schema([(name, pa.string()) for name in ANSWER_COLUMNS])
    columns = [[row[at] for row in rows] for at in range(len(ANSWER_COLUMNS))]
    table = pa.Table.from_arrays([pa.array(c, pa.string()) for c in columns], schema=schema)
    with TemporaryDirectory() as name:
        file, folder = Path(name) / "answers.parquet", Path(name) / "answers"
        pq.write_table(table, file, row_group_size=3)
        assert_reads_alike(file)
        folder.mkdir()
        (folder / RUN_FILE).touch()
        size = -(-len(rows) // n_files)
        for n in range(n_files):
            pq.write_table(table.slice(n * size, size), folder / f"part.{n}.parquet")
        found, expected = outcome(folder), outcome(file)
        if isinstance(expected, Coded):
            assert found == expected
        else:
            assert isinstance(found, tuple)
            assert found[0].replace(str(folder), str(file)) == expected[0]
