"""Tables that are read part by part, because they may be larger than the memory."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.encodings import Encoding, find_encoding
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, ReadOptions
from fitcheck.surveys.layout import HEAD
from fitcheck.surveys.outline import Block

ROWS = 2_048
"""Rows of a part, fewer if they are long."""
_STEP = 256
_LONG = 4_000_000
"""Characters of a part at which it ends early."""
_LONGEST_HEAD = 50_000


class WholeFileNeeded(Exception):  # noqa: N818 - no error: the file is read another way
    """A file cannot be read in parts; the reason is said to people."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Part(NamedTuple):
    """Some rows as they stand in the file."""

    number: int
    """Which part it is, from 0."""
    first: int
    """Index of its first row in the table."""
    line: int
    """The number of that row as Excel shows it, or of the line of the file."""
    content: bytes


class PartFormat(Protocol):
    """How the parts of one file are read and written; goes to other processes."""

    def block(self, part: Part) -> Block:
        """Return the rows of a part."""

    def render(self, part: Part, block: Block, layout: GridLayout, columns: NewColumns) -> Any:
        """Return the part with columns added, one record a row."""


class PartSource(Protocol):
    """One file, read in parts, as often as it takes."""

    @property
    def grid(self) -> Grid:
        """The first rows, with what was detected."""

    @property
    def is_settled(self) -> bool:
        """Whether the last pass found the columns that were known before it."""

    def blocks(self) -> Iterator[Block]:
        """Yield all rows, from the first one."""

    def parts(self, start: int) -> Iterator[Part]:
        """Yield the parts from the one with this number, as the last pass divided them."""

    def format(self, width: int) -> PartFormat:
        """Return how parts are read and written, after a pass; `width` is that of its rows."""


def encoding_of(path: str, options: ReadOptions) -> Encoding:
    """Return the encoding of a file whose bytes can be divided.

    Raises
    ------
    WholeFileNeeded
        If they cannot.
    """
    encoding = find_encoding(path, options.encoding)
    if encoding is None:
        raise WholeFileNeeded(Message("its encoding has no parts"))
    return encoding


class Lines:
    """Lines of a text file, with where they end in its bytes."""

    def __init__(self, path: str, encoding: Encoding, start: int, newline: str) -> None:
        raw = Path(path).open("rb")  # noqa: SIM115 - closed by whoever reads the lines
        raw.seek(start)
        self._stream = io.TextIOWrapper(raw, encoding.codec, newline=newline)
        self._codec = encoding.codec
        self._waiting: list[str] = []
        self._n_passed = 0
        self.offset = start
        """Where the lines end that were passed."""
        self.n_waiting = 0
        """Characters that were read and not passed."""
        self.ends_in_crlf = False
        """Whether any line passed so far ends as on Windows."""

    def __iter__(self) -> Iterator[str]:
        """Yield the lines with their ends."""
        while lines := self._stream.readlines(1 << 18):
            self._waiting += lines
            self.n_waiting += sum(map(len, lines))
            yield from lines

    def pass_to(self, n_lines: int) -> None:
        """Move the offset behind so many lines, counted from the first one."""
        n = n_lines - self._n_passed
        text = "".join(self._waiting[:n])
        del self._waiting[:n]
        self._n_passed = n_lines
        self.n_waiting -= len(text)
        self.offset += len(text.encode(self._codec))
        self.ends_in_crlf = self.ends_in_crlf or "\r\n" in text

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def read_rows(rows: Iterator[Any], into: list[Any], lines: Lines) -> None:
    """Append the rows of one part."""
    from itertools import islice

    while len(into) < ROWS:
        before, n_before = len(into), lines.n_waiting
        into.extend(islice(rows, _STEP))
        if len(into) - before < _STEP or n_before > _LONG:
            return


def head_rows(blocks: Iterator[Block]) -> tuple[list[Sequence[str]], list[int]]:
    """Return the first rows and their numbers: enough to find the heading.

    Raises
    ------
    WholeFileNeeded
        If nearly all of them are blank.
    """
    rows: list[Sequence[str]] = []
    numbers: list[int] = []
    n_filled = 0
    for block in blocks:
        for number, row in zip(block.numbers, block.rows, strict=True):
            rows.append(row)
            numbers.append(number)
            n_filled += any(map(str.strip, row))
            if n_filled == HEAD:
                return rows, numbers
        if len(rows) > _LONGEST_HEAD:
            raise WholeFileNeeded(Message("most of its first rows are blank"))
    return rows, numbers


def contents(
    path: str, marks: Sequence[tuple[int, int, int]], end: int, start: int
) -> Iterator[Part]:
    """Yield parts of a text file; marks hold the first row, its number and the offset of each."""
    with Path(path).open("rb") as stream:
        for number in range(start, len(marks)):
            first, line, offset = marks[number]
            stop = marks[number + 1][2] if number + 1 < len(marks) else end
            stream.seek(offset)
            content = stream.read(stop - offset)
            if len(content) < stop - offset:
                raise changed_meanwhile(path)
            yield Part(number, first, line, content)


def changed_meanwhile(path: str) -> DataError:
    """Return the error for a file that another program writes to."""
    return DataError(
        "{path} changed while it was read.",
        "Wait until the other program has finished, and run the command again.",
        path=path,
    )
