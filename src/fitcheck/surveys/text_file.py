"""Reads and writes csv, tsv and txt files in the dialect they came in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys import sniff
from fitcheck.surveys.cells import cell_text, guard_formula, guarded, unguard_formula
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, ReadOptions
from fitcheck.surveys.headings import plain_names
from fitcheck.surveys.outputs import is_own_header

SEPARATOR_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe"}


def read_text_file(content: bytes, path: str, options: ReadOptions) -> Grid:
    """Return the grid of a csv, tsv or txt file.

    Raises
    ------
    DataError
        If the text cannot be decoded, or a quote is not closed, or rows are ragged.
    """
    parsed = _parse_content(content, path, options)
    encoding, separator, rows = parsed.encoding, parsed.separator, parsed.rows
    own = any(is_own_header(row) for row in rows[:4])
    if own:
        rows = [[unguard_formula(cell) for cell in row] for row in rows]
    return Grid(
        rows=rows,
        numbers=list(range(parsed.first, parsed.first + len(rows))),
        facts=dialect_facts(encoding, separator),
        write_rows=partial(
            _write_rows,
            rows,
            encoding=encoding,
            separator=separator or ",",
            separator_line=parsed.separator_line,
            line_end=parsed.line_end,
        ),
        ending="",
        own_output=own,
        notes=dialect_notes(path, encoding, parsed.beginning),
    )


def dialect_facts(encoding: str, separator: str | None) -> dict[str, str]:
    """Return what was detected of a text file."""
    return {
        "format": "csv" if separator != "\t" else "tsv",
        "encoding": "utf-8 with BOM" if encoding == "utf-8-sig" else encoding,
        "separator": SEPARATOR_NAMES.get(separator or "", separator or "none, one column"),
    }


def dialect_notes(path: str, encoding: str, beginning: str) -> tuple[Message, ...]:
    """Return a warning where the beginning has characters that the encoding should not have."""
    if not any("\x80" <= character <= "\x9f" for character in beginning):
        return ()
    return (
        Message(
            "{path} holds control characters, so its encoding may not be {encoding}; "
            "pass --encoding if umlauts look wrong.",
            {"path": path, "encoding": encoding},
            warning=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A text file's cells as they stand there, and the dialect to write them in again."""

    rows: list[list[str]]
    first: int
    """Number of the first row as Excel shows it."""
    encoding: str
    separator: str | None
    separator_line: str | None
    line_end: str
    beginning: str


def _parse_content(content: bytes, path: str, options: ReadOptions) -> _Parsed:
    text, encoding = sniff.decode(content, path, options.encoding)
    named = sniff.separator_line(text)
    body = text.split("\n", 1)[1] if named and "\n" in text else "" if named else text
    separator = choose_separator(options, named, body)
    first = 2 if named else 1
    # A line is a cell where nothing separates cells; quotation marks are then the writer's own.
    rows = list(_parse(body, separator, path, first)) if separator else _lines(body)
    return _Parsed(
        rows,
        first,
        encoding,
        separator,
        f"sep={named}" if named else None,
        "\r\n" if "\r\n" in text else "\n",
        text[:100_000],
    )


def choose_separator(options: ReadOptions, named: str | None, body: str) -> str | None:
    """Return what separates cells: what the user says, or the first line, or the text itself.

    Raises
    ------
    DataError
        If it is not one character.
    """
    separator = options.separator or named or sniff.detect_separator(body)
    if separator == "\\t":
        separator = "\t"
    if separator is not None and len(separator) != 1:
        raise DataError(
            "The separator {separator} is not one character.",
            "Pass --sep ';', --sep ',' or --sep tab.",
            separator=repr(separator),
        )
    return separator


def fill_text_file(content: bytes, path: str, cells: Mapping[tuple[int, int], str]) -> bytes:
    r"""Return a text file with texts in cells, in the dialect that it came in.

    Cells are named by row as Excel shows it and by column, counted from 0.

    Examples
    --------
    >>> fill_text_file(b"Key;Label\r\n7;\r\n", "a.csv", {(2, 1): "=fit"})
    b"Key;Label\r\n7;'=fit\r\n"
    """
    parsed = _parse_content(content, path, ReadOptions())
    for (number, column), text in cells.items():
        row = parsed.rows[number - parsed.first]
        row += [""] * (column + 1 - len(row))
        row[column] = guard_formula(text)
    stream = io.StringIO(newline="")
    if parsed.separator_line:
        stream.write(parsed.separator_line + parsed.line_end)
    writer = csv.writer(stream, delimiter=parsed.separator or ",", lineterminator=parsed.line_end)
    writer.writerows(parsed.rows)
    return _encode(stream.getvalue(), parsed.encoding)


def _lines(body: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(body, newline=""), delimiter="\x1f", strict=True))
    except csv.Error:
        return [[line] if line else [] for line in body.splitlines()]


def _parse(body: str, separator: str, path: str, first: int) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    number = first - 1
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise open_quote(path, number) from None
        yield row


def open_quote(path: str, number: int) -> DataError:
    """Return the error for a row that breaks the rules of quoting."""
    return DataError(
        "{path}, row {row}, has a quotation mark that is not closed or stands in the "
        "middle of a cell.",
        "Open the file in Excel, save it as xlsx and pass that file.",
        path=path,
        row=number,
    )


def _write_rows(
    rows: Sequence[Sequence[str]],
    path: Path,
    layout: GridLayout,
    columns: NewColumns,
    *,
    encoding: str,
    separator: str,
    separator_line: str | None,
    line_end: str,
) -> None:
    width = max((len(row) for row in rows), default=0)
    stream = io.StringIO(newline="")
    stream.write(beginning(separator, separator_line, line_end, layout, columns, width))
    records = text_records(rows, width, separator, line_end, layout, columns)
    stream.writelines(records)
    path.write_bytes(_encode(stream.getvalue(), encoding))


def beginning(
    separator: str,
    separator_line: str | None,
    line_end: str,
    layout: GridLayout,
    columns: Iterable[str],
    width: int,
) -> str:
    """Return what stands above the rows: without a heading nobody could name the new columns."""
    stream = io.StringIO(newline="")
    if separator_line:
        stream.write(separator_line + line_end)
    if not layout.header:
        writer = csv.writer(stream, delimiter=separator, lineterminator=line_end)
        writer.writerow([*plain_names(width), *columns])
    return stream.getvalue()


def text_records(
    rows: Sequence[Sequence[str]],
    width: int,
    separator: str,
    line_end: str,
    layout: GridLayout,
    columns: NewColumns,
) -> list[str]:
    """Return the lines of rows with columns added, padded to the same number of cells."""
    records: list[str] = []
    writer = csv.writer(_Collected(records), delimiter=separator, lineterminator=line_end)
    for row, added in zip(rows, added_cells(layout, columns, len(rows)), strict=True):
        padding = [""] * (width - len(row))
        writer.writerow(guarded([*row, *padding, *added]))
    return records


class _Collected:
    """A file that keeps what is written to it in a list."""

    def __init__(self, records: list[str]) -> None:
        self.write = records.append


def _encode(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:  # an HTML entity in a quote may name what Latin-1 cannot hold
        return text.encode("utf-8-sig", "replace")


def added_cells(layout: GridLayout, columns: NewColumns, n_rows: int) -> Iterator[list[str]]:
    """Yield the new cells of each grid row as text: headings, values, blanks elsewhere."""
    headings = list(columns)
    values = dict(zip(layout.data, zip(*columns.values(), strict=True), strict=True))
    for index in range(n_rows):
        if layout.header and index == layout.header[0]:
            yield headings
        else:
            yield [cell_text(value) for value in values.get(index, [None] * len(headings))]


def write_table(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    separator: str = ",",
) -> None:
    """Write a csv file that Excel and pandas both read: UTF-8 with BOM, guarded cells."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="surrogateescape") as stream:
        csv.writer(stream, delimiter=separator).writerow(header)
        stream.writelines(table_records(rows, separator=separator))


def table_records(rows: Iterable[Sequence[object]], *, separator: str = ",") -> list[str]:
    """Return the lines of a csv file."""
    records: list[str] = []
    writer = csv.writer(_Collected(records), delimiter=separator)
    for row in rows:
        writer.writerow(guarded(list(map(cell_text, row))))
    return records
