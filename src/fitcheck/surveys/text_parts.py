"""Reads csv, tsv and txt files part by part, and writes their rows again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fitcheck.records import Message
from fitcheck.surveys import sniff
from fitcheck.surveys.cells import unguard_formula
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, ReadOptions, writes_nothing
from fitcheck.surveys.outline import Block
from fitcheck.surveys.outputs import is_own_header
from fitcheck.surveys.parts import (
    Lines,
    Part,
    WholeFileNeeded,
    contents,
    encoding_of,
    head_rows,
    read_rows,
)
from fitcheck.surveys.text_file import (
    beginning,
    choose_separator,
    dialect_facts,
    dialect_notes,
    open_quote,
    text_records,
)

_HEAD = 300_000
"""Characters that tell the separator; `sniff.detect_separator` looks at fewer."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How the rows of one text file are read and written."""

    codec: str
    separator: str | None
    separator_line: str | None
    own: bool
    """Whether fitcheck wrote the file, so that guards of formulas are taken off."""
    encoding: str
    line_end: str
    width: int
    """Cells of the longest row."""

    def block(self, part: Part) -> Block:
        """Return the rows of a part."""
        stream = io.StringIO(part.content.decode(self.codec), newline="")
        rows = list(csv.reader(stream, delimiter=self.separator or "\x1f", strict=True))
        if self.own:
            rows = [[unguard_formula(cell) for cell in row] for row in rows]
        return Block(part.first, range(part.line, part.line + len(rows)), rows)

    def render(
        self,
        part: Part,  # noqa: ARG002
        block: Block,
        layout: GridLayout,
        columns: NewColumns,
    ) -> list[str]:
        """Return the lines of the part with columns added."""
        separator = self.separator or ","
        return text_records(block.rows, self.width, separator, self.line_end, layout, columns)

    def beginning(self, layout: GridLayout, columns: list[str]) -> str:
        """Return what stands above the first row."""
        separator = self.separator or ","
        return beginning(separator, self.separator_line, self.line_end, layout, columns, self.width)


class TextParts:
    """A csv, tsv or txt file, read in parts."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        self._path = path
        self._encoding = encoding = encoding_of(path, options)
        head = self._head()
        named = sniff.separator_line(head)
        if named and "\n" not in head:
            raise WholeFileNeeded(Message("its lines have no ends"))
        line, body = head.split("\n", 1) if named else ("", head)
        self._separator = choose_separator(options, named, body)
        self._separator_line = f"sep={named}" if named else None
        self._first = 2 if named else 1
        self._start = encoding.start + (len(f"{line}\n".encode(encoding.codec)) if named else 0)
        self._own = False
        self._marks: list[tuple[int, int, int]] = []
        rows, numbers = head_rows(self.blocks())
        self._own = any(is_own_header(row) for row in rows[:4])
        if self._own:
            rows = [[unguard_formula(cell) for cell in row] for row in rows]
        self._grid = Grid(
            rows=[list(row) for row in rows],
            numbers=numbers,
            facts=dialect_facts(encoding.name, self._separator),
            write_rows=writes_nothing,
            ending="",
            own_output=self._own,
            notes=dialect_notes(path, encoding.name, head[:100_000]),
        )

    @property
    def grid(self) -> Grid:
        """The first rows, with what was detected."""
        return self._grid

    @property
    def is_settled(self) -> bool:
        """Whether the columns were known before the last pass; those of text have no names."""
        return True

    def blocks(self) -> Iterator[Block]:
        """Yield all rows, from the first one."""
        lines = Lines(self._path, self._encoding, self._start, "")
        reader = csv.reader(lines, delimiter=self._separator or "\x1f", strict=True)
        self._marks, first, self._is_windows = [], 0, False
        try:
            while True:
                offset, rows = lines.offset, list[list[str]]()
                try:
                    read_rows(reader, rows, lines)
                except csv.Error:
                    if self._separator is None:
                        raise WholeFileNeeded(
                            Message("its quotation marks are the writers' own")
                        ) from None
                    raise open_quote(self._path, self._first + first + len(rows)) from None
                if not rows:
                    return
                lines.pass_to(reader.line_num)
                self._marks.append((first, self._first + first, offset))
                self._end, self._is_windows = lines.offset, lines.ends_in_crlf
                if self._own:
                    rows = [[unguard_formula(cell) for cell in row] for row in rows]
                yield Block(
                    first, range(self._first + first, self._first + first + len(rows)), rows
                )
                first += len(rows)
        finally:
            lines.close()

    def parts(self, start: int) -> Iterator[Part]:
        """Yield the parts from the one with this number, as the last pass divided them."""
        return contents(self._path, self._marks, self._end, start)

    def format(self, width: int) -> TextFormat:
        """Return how parts are read and written."""
        return TextFormat(
            self._encoding.codec,
            self._separator,
            self._separator_line,
            self._own,
            self._encoding.name,
            "\r\n" if self._is_windows or self._head_is_windows else "\n",
            width,
        )

    def _head(self) -> str:
        with Path(self._path).open("rb") as stream:
            stream.seek(self._encoding.start)
            text = io.TextIOWrapper(stream, self._encoding.codec, newline="")
            head = text.read(_HEAD)
        self._head_is_windows = "\r\n" in head
        return head
