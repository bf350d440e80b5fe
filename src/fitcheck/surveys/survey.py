"""A survey export, read: its table, its columns, its answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.personas import Assignment, Personas, assign_by_value
from fitcheck.records import UNASSIGNED, Answer, Message
from fitcheck.surveys.body import Body
from fitcheck.surveys.cells import clean_heading, clean_text
from fitcheck.surveys.columns import (
    ROW_NUMBERS,
    Columns,
    Wishes,
    reads_as_answer,
    resolve,
    shown_names,
)
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import Grid, GridLayout, ReadOptions
from fitcheck.surveys.mapping import Mapping
from fitcheck.surveys.outline import Block, Outline, head_of, outline
from fitcheck.surveys.outputs import is_added_heading
from fitcheck.surveys.profiles import GENERIC, Profile


@dataclass(frozen=True, slots=True)
class Survey:
    """One export with everything that was detected about it."""

    path: str
    """The file it came from."""
    grid: Grid
    """Every cell of the sheet."""
    layout: GridLayout
    """Where the table stands in the grid."""
    profile: Profile
    """Whose layout it is."""
    names: tuple[str, ...]
    """Unique column names."""
    questions: tuple[str, ...]
    """The full heading of each column, which for answers is the question."""
    columns: Columns
    """What each column is."""
    notes: tuple[Message, ...] = ()
    """Remarks for people; warnings among them."""

    @property
    def n_respondents(self) -> int:
        """Number of rows that are classified."""
        return len(self.layout.data)

    def cells(self, column: str) -> list[str]:
        """Return the cells of a column under the heading, one per classified row."""
        position = self.names.index(column)
        return [
            row[position] if position < len(row) else ""
            for row in (self.grid.rows[i] for i in self.layout.data)
        ]

    def ids(self) -> list[str]:
        """Return the respondent of each classified row: the id column, else the sheet row."""
        numbers = [str(self.grid.numbers[i]) for i in self.layout.data]
        if self.columns.id is None:
            return numbers
        found = (cell.strip() for cell in self.cells(self.columns.id))
        return [cell or f"row {number}" for cell, number in zip(found, numbers, strict=True)]

    def assign_personas(self, personas: Personas | None = None) -> Assignment:
        """Return the persona of each classified row.

        Raises
        ------
        DataError
            If a rule reads a column that the file does not have.
        """
        if personas is not None:
            named = {
                column: self.cells(resolve(column, self.names, self.questions, self.path))
                for column in personas.columns
            }
            return personas.assign(
                {column: cells[i] for column, cells in named.items()}
                for i in range(self.n_respondents)
            )
        if self.columns.persona is None:
            return assign_by_value([UNASSIGNED] * self.n_respondents)
        cells = self.cells(self.columns.persona)
        cleaned = {cell: clean_text(cell) for cell in dict.fromkeys(cells)}
        return assign_by_value([cleaned[cell] for cell in cells])

    def answers(
        self, codebook: Codebook | None = None, assignment: Assignment | None = None
    ) -> list[Answer]:
        """Return every answer, row by row; what the codebook calls missing is left out."""
        codebook = codebook or load_codebook()
        personas = (assignment or self.assign_personas()).personas
        ids = self.ids()
        asked = self.cells(self.columns.question) if self.columns.question else None
        columns = [(name, self._question(name), self.cells(name)) for name in self.columns.texts]
        found = []
        for i, index in enumerate(self.layout.data):
            for name, heading, cells in columns:
                question = clean_heading(asked[i]) if asked else heading
                kind = codebook.kind_of(question)
                text = clean_text(cells[i])
                if codebook.is_missing(text, kind):
                    continue
                number = self.grid.numbers[index]
                found.append(Answer(text, question, kind, ids[i], personas[i], number, name))
        return found

    def _question(self, name: str) -> str:
        return self.questions[self.names.index(name)]

    def endless(self, *, keep_incomplete: bool = False) -> Outline:
        """Return the outline of a table that begins like this, with names above and no totals."""
        return Outline(
            header=(0,),
            heading=(self.grid.rows[0],),
            body=Body(1),
            profile=self.profile,
            names=self.names,
            questions=self.questions,
            columns=self.columns,
            keep_incomplete=keep_incomplete,
        )

    def to_mapping(self) -> Mapping:
        """Return the choice of columns, to be saved for the next export."""
        facts = self.grid.facts
        return Mapping(
            texts=self.columns.texts,
            persona=self.columns.persona,
            id=self.columns.id or ROW_NUMBERS,
            question=self.columns.question,
            header_rows=len(self.layout.header),
            sheet=facts.get("sheet"),
            profile=self.profile.id,
        )


def read_survey(
    path: str | Path,
    options: ReadOptions | None = None,
    *,
    texts: Sequence[str] = (),
    persona: str | None = None,
    id: str | None = None,
    question: str | None = None,
    codebook: Codebook | None = None,
    content: bytes | None = None,
    unique_ids: bool = True,
) -> Survey:
    """Return the export in `path`, with its layout and columns detected.

    Parameters
    ----------
    path : str or Path
        A csv, tsv, txt, xlsx, xls, ods, jsonl, json or parquet file.
    options : ReadOptions, optional
        Reader settings to use instead of what would be detected.
    texts, persona, id, question : optional
        Columns to use instead of the proposed ones, by name, heading or letter.
    codebook : Codebook, optional
        Says which tokens are missing; the shipped one by default.
    content : bytes, optional
        The file's bytes if they are at hand already, as from standard input.
    unique_ids : bool
        Refuse an id in several rows, unless there is one row per answer.

    Raises
    ------
    DataError
        If the file is missing, empty, no table, or its layout or columns stay unclear.
    """
    options = options or ReadOptions()
    name = str(path)
    grid = read_grid(read_bytes(path, options) if content is None else content, name, options)
    whole = Block(0, grid.numbers, grid.rows)
    wishes = Wishes(texts, persona, id, question)
    missing = missing_tokens(codebook)
    found = outline(
        name, head_of(grid), lambda: [whole], options, wishes, missing, unique_ids=unique_ids
    )
    return survey_of(name, grid, found)


def missing_tokens(codebook: Codebook | None) -> frozenset[str]:
    """Return the folded tokens that are no value of any column."""
    return frozenset(t.casefold() for t in (codebook or load_codebook()).missing.always)


def survey_of(path: str, grid: Grid, found: Outline) -> Survey:
    """Return the survey of a whole table."""
    notes = (*grid.notes, *found.notes, *remarks(found, grid))
    return dataclasses.replace(part_of(path, grid, found), notes=notes)


def part_of(path: str, grid: Grid, found: Outline, first: int = 0) -> Survey:
    """Return some rows of a table as a survey; `first` is the index of the first one."""
    layout = layout_of(found, Block(first, grid.numbers, grid.rows))
    return Survey(path, grid, layout, found.profile, found.names, found.questions, found.columns)


def layout_of(found: Outline, block: Block) -> GridLayout:
    """Return where the table stands in some of its rows; indices are those in the block."""
    data: list[int] = []
    totals: dict[int, str] = {}
    again: dict[int, str] = {}
    others: dict[int, str] = {}
    unfinished = found.unfinished()
    for offset, row in enumerate(block.rows):
        index = block.first + offset
        if index < found.body.start or not any(map(str.strip, row)):
            continue
        if reason := found.body.reason(index):
            (totals if index >= found.body.end else again)[offset] = reason
        elif unfinished is not None and (reason := unfinished.reason(row)):
            others[offset] = reason
        else:
            data.append(offset)
    header = tuple(i - block.first for i in found.header if 0 <= i - block.first < len(block.rows))
    return GridLayout(header, tuple(data), totals | again | others)


def remarks(found: Outline, grid: Grid) -> list[Message]:
    """Return what a reader of the table should know, besides what stayed open."""
    told = []
    for reason, n in sorted(found.dropped.items()):
        told.append(
            Message(
                "{n} rows are kept in the file but not classified ({reason}).",
                {"n": n, "reason": Message(reason)},
            )
        )
    if grid.hidden_columns:
        told.append(
            Message(
                "{n} hidden columns are kept but not proposed.",
                {"n": len(grid.hidden_columns)},
            )
        )
    if len(found.header) == 1 and found.profile is GENERIC:
        doubtful = [name for name in found.columns.texts if reads_as_answer(name)]
        if doubtful:
            told.append(
                Message(
                    "Row {row} is taken as the heading although {column} reads like an answer; "
                    "pass --header-rows 0 if it is one.",
                    {
                        "row": grid.numbers[found.header[0]],
                        "column": shown_names(found.names, doubtful),
                    },
                    warning=True,
                )
            )
    if found.numeric:
        told.append(
            Message(
                "{columns} holds numbers, no written answers.",
                {"columns": shown_names(found.numeric)},
                warning=True,
            )
        )
    if any(is_added_heading(name) for name in found.names):
        told.append(
            Message("The file already has columns of fitcheck; new ones are added at the right.")
        )
    return told
