"""A survey export, read: its table, its columns, its answers."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.personas import Assignment, Personas, assign_by_value
from fitcheck.records import UNASSIGNED, Answer, Message
from fitcheck.surveys.cells import clean_heading, clean_text
from fitcheck.surveys.columns import (
    ROW_NUMBERS,
    Columns,
    propose,
    reads_as_answer,
    resolve,
    shown_names,
)
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import Grid, GridLayout, ReadOptions
from fitcheck.surveys.headings import heading_texts
from fitcheck.surveys.layout import find_layout, is_number
from fitcheck.surveys.mapping import Mapping
from fitcheck.surveys.outputs import is_added_heading
from fitcheck.surveys.profiles import GENERIC, Profile, fold


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
            return Assignment((UNASSIGNED,) * self.n_respondents)
        return assign_by_value([clean_text(c) for c in self.cells(self.columns.persona)])

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
    layout, profile = find_layout(grid, name, options.header_rows, options.profile)
    names, questions = heading_texts(grid.rows, layout, profile)
    body = [grid.rows[i] for i in layout.data]
    missing = frozenset(t.casefold() for t in (codebook or load_codebook()).missing.always)
    if persona is not None:
        persona = resolve(persona, names, questions, name)
    proposed, notes = propose(
        names,
        questions,
        body,
        profile,
        hidden=grid.hidden_columns,
        missing=missing,
        persona=persona,
    )
    columns = _override(proposed, names, questions, name, texts, persona, id, question)
    if not columns.texts:
        raise DataError(
            "{path} has no column that looks like written answers; its columns are: {names}.",
            "Name the column with --text.",
            path=name,
            names=shown_names(names),
        )
    if not options.keep_incomplete:
        layout = drop_incomplete(grid, layout, profile, names, questions)
    survey = Survey(name, grid, layout, profile, names, questions, columns, (*grid.notes, *notes))
    if unique_ids:
        _refuse_duplicate_ids(survey)
    return dataclasses.replace(survey, notes=(*survey.notes, *_remarks(survey)))


def _override(
    proposed: Columns,
    names: Sequence[str],
    questions: Sequence[str],
    path: str,
    texts: Sequence[str],
    persona: str | None,
    identifier: str | None,
    question: str | None,
) -> Columns:
    def found(wanted: str) -> str:
        return resolve(wanted, names, questions, path)

    changes: dict[str, object] = {}
    if texts:
        changes["texts"] = tuple(dict.fromkeys(found(text) for text in texts))
        if persona is None and proposed.persona in changes["texts"]:  # type: ignore[operator]
            changes["persona"] = None
    if identifier is not None:
        use_rows = identifier == ROW_NUMBERS and ROW_NUMBERS not in names
        changes["id"] = None if use_rows else found(identifier)
    if question is not None:
        changes["question"] = found(question)
    columns = dataclasses.replace(proposed, **changes)  # type: ignore[arg-type]
    ratings = tuple(name for name in columns.ratings if name not in columns.texts)
    columns = dataclasses.replace(columns, ratings=ratings)
    if columns.persona in columns.texts:
        raise DataError(
            "The column {column} is named as persona and as answers.",
            "Pass another --persona or --text.",
            column=shown_names([columns.persona or ""]),
        )
    return columns


def drop_incomplete(
    grid: Grid,
    layout: GridLayout,
    profile: Profile,
    names: Sequence[str],
    questions: Sequence[str],
) -> GridLayout:
    """Return the layout without previews and interrupted interviews."""
    dropped = dict(layout.dropped)
    keys = [(fold(name), fold(question)) for name, question in zip(names, questions, strict=True)]
    for index in layout.data:
        row = grid.rows[index]
        cells: dict[str, str] = {}
        for (name, question), cell in zip(keys, row, strict=False):
            cells.setdefault(name, cell)
            cells.setdefault(question, cell)
        if reason := profile.incomplete(cells):
            dropped[index] = reason
    kept = tuple(i for i in layout.data if i not in dropped)
    return dataclasses.replace(layout, data=kept, dropped=dropped)


def _refuse_duplicate_ids(survey: Survey) -> None:
    if survey.columns.id is None or survey.columns.question is not None:
        return
    cells = [cell.strip() for cell in survey.cells(survey.columns.id)]
    repeated = {cell for cell, n in Counter(cells).items() if n > 1 and cell}
    if not repeated:
        return
    numbers = [survey.grid.numbers[i] for i in survey.layout.data]
    rows = [n for cell, n in zip(cells, numbers, strict=True) if cell in repeated]
    raise DataError(
        "{path}: the column {column} has the same id in several rows: {rows}.",
        "Remove the copies, name another column with --id, or pass --id row.",
        path=survey.path,
        column=repr(survey.columns.id),
        rows=", ".join(map(str, rows[:8])) + (", …" if len(rows) > 8 else ""),
    )


def _remarks(survey: Survey) -> list[Message]:
    remarks = []
    reasons = Counter(survey.layout.dropped.values())
    for reason, n in sorted(reasons.items()):
        remarks.append(
            Message(
                "{n} rows are kept in the file but not classified ({reason}).",
                {"n": n, "reason": Message(reason)},
            )
        )
    if survey.grid.hidden_columns:
        remarks.append(
            Message(
                "{n} hidden columns are kept but not proposed.",
                {"n": len(survey.grid.hidden_columns)},
            )
        )
    if len(survey.layout.header) == 1 and survey.profile is GENERIC:
        doubtful = [name for name in survey.columns.texts if reads_as_answer(name)]
        if doubtful:
            remarks.append(
                Message(
                    "Row {row} is taken as the heading although {column} reads like an answer; "
                    "pass --header-rows 0 if it is one.",
                    {
                        "row": survey.grid.numbers[survey.layout.header[0]],
                        "column": shown_names(survey.names, doubtful),
                    },
                    warning=True,
                )
            )
    numeric = [name for name in survey.columns.texts if _holds_numbers(survey.cells(name))]
    if numeric:
        remarks.append(
            Message(
                "{columns} holds numbers, no written answers.",
                {"columns": shown_names(numeric)},
                warning=True,
            )
        )
    if any(is_added_heading(name) for name in survey.names):
        remarks.append(
            Message("The file already has columns of fitcheck; new ones are added at the right.")
        )
    return remarks


def _holds_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 0 and sum(map(is_number, filled)) >= 0.8 * len(filled)
