"""Reads the files that a card names; what is wrong with them is told with card and entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fitcheck.codebook import Codebook
from fitcheck.errors import DataError
from fitcheck.hypotheses.entries import Entry, Name
from fitcheck.judging import Note
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP
from fitcheck.records import Message
from fitcheck.surveys.columns import resolve
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.numbers import read_numbers
from fitcheck.surveys.outline import Block, table_outline
from fitcheck.surveys.profiles import fold
from fitcheck.surveys.survey import layout_of

_FEW, _SHORT = 12, 40
"""Values of a column, and their characters, that are shown."""
_HINTS = {
    "Pass --sheet with one of these names.": Message("Name one as `sheet` in the card's table."),
    "Pass --sheet with the one to use.": Message("Name one as `sheet` in the card's table."),
    "Copy there what `fitcheck sample` wrote, or name it with --plan.": Message(
        "Copy there what `fitcheck sample` wrote, or name it as `plan` in the card."
    ),
    "Check the export, or pass --header-rows if that row is an answer.": Message(
        "Check the file, or give `header_rows` in the card's table."
    ),
}
"""What to write in a card, by what other commands would take as an option."""

Place = Callable[..., tuple[int, str]]
"""Gives the line and the name of an entry of the file by the steps to it."""


class Table(Entry):
    """A table that a card names; a criterion adds the columns that it reads."""

    file: Name
    sheet: Name | None = None
    """Of a workbook; the one with the most rows by default."""
    decimal: Literal[",", "."] | None = None
    """The decimal sign, where the cells do not tell."""
    header_rows: Annotated[int, Field(ge=0, le=5)] | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """A table that was read."""

    path: str
    names: tuple[str, ...]
    questions: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    """Of the rows, as Excel shows them."""
    decimal: Literal[",", "."] | None

    def cells(self, name: str) -> list[str]:
        """Return the cells of a column, by its name, heading or letter."""
        position = self.names.index(resolve(name, self.names, self.questions, self.path))
        return [row[position] if position < len(row) else "" for row in self.rows]

    def only(self, rows: Sequence[int]) -> Columns:
        """Return the table with some of its rows, by their positions."""
        return replace(
            self,
            rows=tuple(self.rows[i] for i in rows),
            numbers=tuple(self.numbers[i] for i in rows),
        )

    def counts(self, name: str) -> list[int]:
        """Return the whole numbers of a column."""
        found = read_numbers(
            self.cells(name), self.numbers, self.path, whole=True, decimal=self.decimal
        )
        return [int(number) for number in found]

    def amounts(self, name: str) -> list[float]:
        """Return the numbers of a column."""
        return read_numbers(self.cells(name), self.numbers, self.path, decimal=self.decimal)

    def rows_with(self, name: str, value: str) -> list[int]:
        """Return the positions of the rows that hold a value in a column; at least one."""
        cells = [fold(cell) for cell in self.cells(name)]
        found = [i for i, cell in enumerate(cells) if cell == fold(value)]
        if not found:
            there = sorted({cell.strip() for cell in self.cells(name)} - {""})
            # Names of groups are few and short; what is not may be answers.
            few = len(there) <= _FEW and all(len(cell) <= _SHORT for cell in there)
            raise DataError(
                "{path}: no row has {value} in the column {column}; it has: {there}.",
                "Write it as it stands there.",
                path=self.path,
                value=repr(value),
                column=repr(name),
                there=", ".join(there) if few else Message("other values"),
            )
        return found

    def sort_out(self, name: str, kinds: Sequence[Sequence[str]]) -> tuple[list[int | None], int]:
        """Return which kind of value each row has, None for others, and how many are empty.

        Raises
        ------
        DataError
            If a row has a value that is of no kind; it is not shown, for it may be an answer.
        """
        known = {fold(value): i for i, values in enumerate(kinds) for value in values}
        cells = [fold(cell) for cell in self.cells(name)]
        strange = [
            number
            for number, cell in zip(self.numbers, cells, strict=True)
            if cell and cell not in known
        ]
        if strange:
            raise DataError(
                "{path}: the column {column} has a value that the card does not list, in rows "
                "{rows}.",
                "Add it to `yes`, `no` or `ignore`.",
                path=self.path,
                column=repr(name),
                rows=", ".join(map(str, strange[:8])) + (", …" if len(strange) > 8 else ""),
            )
        return [known.get(cell) for cell in cells], cells.count("")


@dataclass(frozen=True, slots=True)
class Source:
    """What a criterion may read, and how it tells what is wrong."""

    folder: Path
    """Paths in a card are relative to it."""
    cards: str
    """The hypotheses file."""
    card: int
    """Position of the card in it."""
    place: Place
    codebook: Codebook
    note: Note
    min_group: int = MIN_GROUP
    """Fewest respondents of a group that is shown."""

    @property
    def min_detail(self) -> int:
        """Fewest respondents of whom a share is shown."""
        return max(MIN_DETAIL, self.min_group)

    def path(self, name: str) -> str:
        """Return the path of a file that the card names."""
        return str(self.folder / name)

    def file(self, name: str, *entry: str) -> str:
        """Return the path of a file that the card names and that must be there."""
        path = self.path(name)
        if not Path(path).exists():
            with self.at(*entry):
                raise DataError("There is no file {path}.", "Check the name.", path=path)
        return path

    def table(self, table: Table, entry: str = "table") -> Columns:
        """Return a table that the card names."""
        path = self.path(table.file)
        options = ReadOptions(sheet=table.sheet, max_megabytes=1e6)
        with self.at(entry, "file"):
            content = read_bytes(path, options)
            if not content.strip():
                raise DataError("{path} is empty.", "Export it again.", path=path)
            grid = read_grid(content, path, options)
            found = table_outline(path, grid, table.header_rows)
            for message in grid.notes:
                self.note(message)
        layout = layout_of(found, Block(0, grid.numbers, grid.rows))
        return Columns(
            path,
            found.names,
            found.questions,
            tuple(tuple(grid.rows[i]) for i in layout.data),
            tuple(grid.numbers[i] for i in layout.data),
            table.decimal,
        )

    @contextmanager
    def at(self, *entry: str | int) -> Iterator[None]:
        """Let a DataError inside say at which entry of the criterion it arose."""
        try:
            yield
        except DataError as error:
            if "cards" in error.fields:
                raise
            line, name = self.place("hypotheses", self.card, "criterion", *entry)
            raise DataError(
                "{cards}, line {line}, {entry}: {problem}",
                _HINTS[error.hint].template if error.hint in _HINTS else error.hint,
                **error.fields,
                cards=self.cards,
                line=line,
                entry=name,
                problem=Message(error.found, error.fields),
            ) from error
