"""What every file format is read into: rows of strings, numbered as Excel shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fitcheck.records import Message

NewColumns = Mapping[str, Sequence[object]]
"""Columns to add: heading to one value per grid row below the header, None for no value."""


def writes_nothing(path: Path, layout: GridLayout, columns: NewColumns) -> None:
    """Stand in for the writer of a table whose rows are written part by part."""
    raise NotImplementedError


def column_index(letters: str) -> int:
    """Return the index of a spreadsheet column.

    Examples
    --------
    >>> column_index("A"), column_index("AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_letters(index: int) -> str:
    """Return the letters of a spreadsheet column.

    Examples
    --------
    >>> column_letters(0), column_letters(26)
    ('A', 'AA')
    """
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user overrides; None and empty mean: detect."""

    encoding: str | None = None
    """Text encoding, such as ``cp1252``."""
    separator: str | None = None
    """Cell separator of a text file."""
    header_rows: int | None = None
    """Number of rows that make up the heading."""
    sheet: str | None = None
    """Sheet of a workbook."""
    profile: str | None = None
    """Id of the survey tool's layout."""
    keep_incomplete: bool = False
    """Keep preview answers and interrupted interviews."""
    max_megabytes: float = 100.0
    """Largest file that is read into memory."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one table as text, with everything around it."""

    rows: list[list[str]]
    """Every row of the sheet, titles and totals included."""
    numbers: list[int]
    """The row numbers as Excel shows them, one per row."""
    facts: dict[str, str]
    """What was detected, such as format, encoding, separator, sheet."""
    write_rows: Callable[[Path, GridLayout, NewColumns], None]
    """Writes the source again with columns added at the right."""
    ending: str
    """File ending of what `write_rows` writes, with its dot."""
    header_rows: int | None = None
    """Number of heading rows where the format fixes it."""
    hidden_columns: frozenset[int] = frozenset()
    """Indices of columns the user has hidden."""
    own_output: bool = False
    """True for a table that fitcheck wrote; its formula guards are taken off."""
    notes: tuple[Message, ...] = ()
    """What a reader of the file should know."""


@dataclass(frozen=True, slots=True)
class GridLayout:
    """Where in a grid the table stands. Rows are indices into `Grid.rows`."""

    header: tuple[int, ...]
    """The heading's rows, top to bottom."""
    data: Sequence[int]
    """The respondents' rows (or answers' rows in a long table)."""
    dropped: Mapping[int, str] = field(default_factory=dict)
    """Rows that are kept in the file but not classified, with the reason."""

    @property
    def last(self) -> int:
        """The last row of the table, or of what is kept below it."""
        return max((*self.header, *self.data, *self.dropped))
