"""Any table of strings reads back identical, and our own output gives back the input."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fitcheck.classifiers.segments import split_segments
from fitcheck.records import Answer, Prediction
from fitcheck.surveys.cells import guard_formula, unguard_formula
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.results import write_rows
from fitcheck.surveys.survey import read_survey
from fitcheck.surveys.text_file import read_text_file

cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=30)
western = st.text("abcäöüßé€ ,;|\t\"'=+-@\r\n09.", max_size=30)
separators = st.sampled_from([",", ";", "\t", "|"])


def tables(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Return tables of 1 to 5 columns."""
    return st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=8)
    )


def as_csv(rows: list[list[str]], separator: str) -> str:
    """Return rows as text with every cell quoted."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    return stream.getvalue()


@given(tables(cell), separators, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_unicode_tables_read_back(rows: list[list[str]], separator: str, encoding: str) -> None:
    """With the separator given, every string comes back as it was."""
    content = as_csv(rows, separator).encode(encoding)
    options = ReadOptions(separator=separator, encoding="utf-8" if encoding == "utf-8" else None)
    assert read_text_file(content, "a.csv", options).rows == rows


@given(tables(western), separators, st.sampled_from(["cp1252", "iso-8859-15", "utf-16-le"]))
def test_western_tables_read_back(rows: list[list[str]], separator: str, encoding: str) -> None:
    """The encodings of older programs come back as well when named."""
    content = as_csv(rows, separator).encode(encoding)
    options = ReadOptions(separator=separator, encoding=encoding)
    assert read_text_file(content, "a.csv", options).rows == rows


@given(
    st.lists(st.tuples(st.sampled_from(["Lager", "Büro"]), western), min_size=3, max_size=12),
    separators,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_detection_reads_back(
    answers: list[tuple[str, str]], separator: str, encoding: str
) -> None:
    """Encoding and separator are detected on tables like real ones."""
    rows = [["Rolle", "Kommentar", "Nr"]]
    rows += [[role, text, str(n)] for n, (role, text) in enumerate(answers)]
    content = as_csv(rows, separator).encode(encoding)
    if encoding == "cp1252":
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            assume(content.isascii())
    assert read_text_file(content, "a.csv", ReadOptions()).rows == rows


@given(st.text())
def test_formula_guard_is_reversible(text: str) -> None:
    """What is guarded comes back, and nothing guarded starts a formula."""
    guarded = guard_formula(text)
    assert unguard_formula(guarded) == text
    assert guarded[:1] not in ("=", "@", "\t", "\x00")


@settings(max_examples=40)
@given(
    st.lists(western.filter(lambda t: t.strip() != ""), min_size=2, max_size=6),
    st.sampled_from([".csv", ".xlsx"]),
)
def test_own_output_gives_back_the_input(
    tmp_path_factory: object, texts: list[str], ending: str
) -> None:
    """Rows written by us hold every original cell, in value and order."""
    folder: Path = tmp_path_factory.mktemp("own")  # type: ignore[attr-defined]
    rows = [["Rolle", "Kommentar", "Nr"]]
    rows += [["Lager", text, str(n)] for n, text in enumerate(texts)]
    source = folder / "in.csv"
    source.write_bytes(as_csv(rows, ",").encode("utf-8"))
    survey = read_survey(source, texts=["Kommentar"], id="row")
    answers = survey.answers()
    target = folder / f"out{ending}"
    write_rows(survey, answers, [Prediction("fit", source="rule") for _ in answers], target)
    again = read_survey(target, texts=["Kommentar"], id="row")
    found = [row[:3] for row in again.grid.rows]
    if ending == ".xlsx":  # XML folds \r\n to \n inside a cell
        rows = [[c.replace("\r\n", "\n").replace("\r", "\n") for c in row] for row in rows]
        found = [[c.replace("\r\n", "\n").replace("\r", "\n") for c in row] for row in found]
    assert found == rows


@given(st.text(max_size=300))
def test_segments_are_verbatim(text: str) -> None:
    """A segment is a stretch of the text, in order, without overlap."""
    segments = split_segments(text)
    assert segments
    assert all(text[s.start : s.end] == s.text for s in segments)
    assert all(a.end <= b.start for a, b in pairwise(segments))


def test_answer_is_hashable() -> None:
    """Answers can be keys."""
    assert len({Answer("a"), Answer("a")}) == 1
