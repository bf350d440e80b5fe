"""What a table is, whatever its length: found in a pass over its rows, and kept without them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.body import Body, BodyScan, Row, UnfinishedRows
from fitcheck.surveys.column_cells import CellSample
from fitcheck.surveys.columns import Columns, Wishes, override, propose, resolve, shown_names
from fitcheck.surveys.grid import Grid, ReadOptions
from fitcheck.surveys.headings import heading_texts
from fitcheck.surveys.layout import HEAD, find_heading, is_number
from fitcheck.surveys.profiles import Profile

_MANY_IDS = 50_000


class Block(NamedTuple):
    """Some rows that follow each other."""

    first: int
    """Index of the first one in the table."""
    numbers: Sequence[int]
    """The row numbers as Excel shows them."""
    rows: Sequence[Row]


Blocks = Callable[[], Iterable[Block]]
"""Reads the table from its first row, each time it is called."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything that was detected about a table but its rows."""

    header: tuple[int, ...]
    """Indices of the heading's rows."""
    heading: tuple[Row, ...]
    """Those rows."""
    body: Body
    """Which rows stand below it."""
    profile: Profile
    """Whose layout it is."""
    names: tuple[str, ...] = ()
    """Unique column names."""
    questions: tuple[str, ...] = ()
    """The full heading of each column, which for answers is the question."""
    columns: Columns = field(default_factory=lambda: Columns(()))
    """What each column is."""
    keep_incomplete: bool = False
    """Whether unfinished interviews count."""
    width: int = 0
    """Cells of the longest row, titles above the table included."""
    n_rows: int = 0
    """All rows of the sheet."""
    n_data: int = 0
    """Rows that are classified."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Number of rows that are not, by reason."""
    numeric: tuple[str, ...] = ()
    """Text columns that hold numbers."""
    notes: tuple[Message, ...] = ()
    """What stayed open about the columns."""
    has_row_ids: bool = False
    """Whether an id reads like the number of a row, which stands for a missing one."""

    @property
    def is_shared(self) -> bool:
        """Whether a respondent may have several rows."""
        has_ids = self.columns.id is not None
        return has_ids and (self.columns.question is not None or self.has_row_ids)

    def unfinished(self) -> UnfinishedRows | None:
        """Return what tells unfinished interviews; None where they count."""
        if self.keep_incomplete:
            return None
        return UnfinishedRows(self.profile, self.names, self.questions)


def outline(
    path: str,
    head: Grid,
    blocks: Blocks,
    options: ReadOptions,
    wishes: Wishes,
    missing: frozenset[str],
    *,
    unique_ids: bool = True,
) -> Outline:
    """Return what a table is.

    Parameters
    ----------
    path : str
        The file, for messages.
    head : Grid
        The table's first rows: enough of them to find the heading.
    blocks : callable
        Reads all rows. It is called once where the head tells how the rest goes on, up to three
        times where it does not.
    options, wishes
        What the user overrides.
    missing : frozenset of str
        Folded tokens that count as blank.
    unique_ids : bool
        Refuse an id in several rows.

    Raises
    ------
    DataError
        If its layout or columns stay unclear, or an id stands in several rows.
    """
    assumed = _with_heading(path, head, options)
    with suppress(DataError):  # the head alone may lack a column that is named
        first = _Scan(assumed, [Block(0, head.numbers, head.rows)])
        assumed = first.concluded(path, head, wishes, missing, assumed.body)
    # What is gathered along is right if the rest goes on as the head makes believe.
    while True:
        scan = _Scan(assumed, blocks())
        found = scan.concluded(path, head, wishes, missing, scan.body_found(path, head))
        if _is_same(found, assumed):
            break
        assumed = found
    if unique_ids and (repeated := scan.repeated_ids()):
        _refuse_repeated_ids(path, found, blocks(), repeated)
    return found


def table_outline(path: str, grid: Grid, header_rows: int | None = None) -> Outline:
    """Return what a table is that need not hold answers: its heading, body and names.

    Raises
    ------
    DataError
        If its layout stays unclear.
    """
    options = ReadOptions(header_rows=header_rows, keep_incomplete=True)
    assumed = _with_heading(path, head_of(grid), options)
    scan = _Scan(assumed, [Block(0, grid.numbers, grid.rows)])
    body = scan.body_found(path, grid)
    names, questions = heading_texts(assumed.heading, scan.width, assumed.profile)
    return replace(assumed, body=body, names=names, questions=questions)


def _with_heading(path: str, head: Grid, options: ReadOptions) -> Outline:
    header, profile = find_heading(head, path, options.header_rows, options.profile)
    return Outline(
        header=header,
        heading=tuple(head.rows[i] for i in header),
        body=Body(header[-1] + 1 if header else 0),
        profile=profile,
        keep_incomplete=options.keep_incomplete,
    )


def _is_same(found: Outline, assumed: Outline) -> bool:
    """Return whether rows and columns were divided as they should be."""
    end = min(assumed.body.end, found.n_rows)
    return (found.body.end, found.body.again, found.names, found.questions, found.columns) == (
        end,
        assumed.body.again,
        assumed.names,
        assumed.questions,
        assumed.columns,
    )


class _Scan:
    """What a pass over all rows gathers, under an assumption of what they are."""

    def __init__(self, assumed: Outline, blocks: Iterable[Block]) -> None:
        self.assumed = assumed
        self.rows = BodyScan(assumed.header, assumed.heading)
        self.width = max(map(len, assumed.heading), default=0)
        self.full_width = self.n_rows = self.n_data = self.n_totals = 0
        self.unfinished: Counter[str] = Counter()
        self.samples: list[CellSample] = []
        self.n_sampled = 0
        self.ids = array("q")
        self.has_row_ids = False
        names, columns = assumed.names, assumed.columns
        self._texts = [names.index(name) for name in columns.texts]
        self._n_texts, self._n_numbers = Counter[int](), Counter[int]()
        is_respondent = columns.id is not None and columns.question is None
        self._id = names.index(columns.id) if columns.id is not None and is_respondent else None
        self._unfinished = assumed.unfinished()
        for block in blocks:
            self._add(block)

    def _add(self, block: Block) -> None:
        body, rows, data = self.assumed.body, self.rows, []
        self.n_rows = block.first + len(block.rows)
        for index, (number, row) in enumerate(
            zip(block.numbers, block.rows, strict=True), block.first
        ):
            n_cells = len(row)
            if n_cells > self.full_width:
                self.full_width = n_cells
            if index < body.start or not rows.add(index, number, row):
                continue
            if n_cells > self.width:
                self.width = n_cells
            if not body.reason(index):
                data.append(row)
            elif index >= body.end:
                self.n_totals += 1
        self._sample(data)
        if self._unfinished is not None:
            reasons = [self._unfinished.reason(row) for row in data]
            self.unfinished.update(filter(None, reasons))
            data = [row for row, reason in zip(data, reasons, strict=True) if not reason]
        self.n_data += len(data)
        for position in self._texts:
            filled = [c for row in data if position < len(row) and (c := row[position].strip())]
            self._n_texts[position] += len(filled)
            self._n_numbers[position] += sum(map(is_number, filled))
        if (at := self._id) is not None:
            ids = [cell for row in data if at < len(row) and (cell := row[at].strip())]
            self.ids.extend(map(hash, ids))
            self.has_row_ids = self.has_row_ids or any(c.startswith("row ") for c in ids)

    def _sample(self, data: Sequence[Row]) -> None:
        if not data:
            return
        width = max(map(len, data))
        while len(self.samples) < width:
            self.samples.append(CellSample())
        self.n_sampled += len(data)
        if min(map(len, data)) < width:
            data = [(*row, *[""] * (width - len(row))) for row in data]
        for sample, cells in zip(self.samples, zip(*data, strict=True), strict=False):
            sample.add(cells)

    def body_found(self, path: str, head: Grid) -> Body:
        """Return which rows are what, after the last one."""
        if not self.rows.has_filled:
            header = self.assumed.header
            raise DataError(
                "{path} has a heading in row {row} but no answers below it.",
                "Check the export, or pass --header-rows if that row is an answer.",
                path=path,
                row=head.numbers[header[-1]] if header else 1,
            )
        return self.rows.body(path)

    def concluded(
        self, path: str, head: Grid, wishes: Wishes, missing: frozenset[str], body: Body
    ) -> Outline:
        """Return the outline that follows."""
        assumed = self.assumed
        names, questions = heading_texts(assumed.heading, self.width, assumed.profile)
        persona = wishes.persona
        if persona is not None:
            persona = resolve(persona, names, questions, path)
        blank = [CellSample()] * (len(names) - len(self.samples))
        cells = [
            sample.column(name, question or name, missing, self.n_sampled)
            for sample, name, question in zip(
                (*self.samples, *blank), names, questions, strict=True
            )
        ]
        proposed, notes = propose(
            cells, assumed.profile, hidden=head.hidden_columns, persona=persona
        )
        columns = override(proposed, names, questions, path, replace(wishes, persona=persona))
        if not columns.texts:
            raise DataError(
                "{path} has no column that looks like written answers; its columns are: {names}.",
                "Name the column with --text.",
                path=path,
                names=shown_names(names),
            )
        numeric = [at for at in self._texts if self._n_numbers[at] >= 0.8 * self._n_texts[at] > 0]
        dropped = Counter({"total": self.n_totals, "heading again": len(body.again)})
        return replace(
            assumed,
            body=body,
            names=names,
            questions=questions,
            columns=columns,
            width=self.full_width,
            n_rows=self.n_rows,
            n_data=self.n_data,
            dropped=+dropped + self.unfinished,
            numeric=tuple(assumed.names[at] for at in numeric),
            notes=tuple(notes),
            has_row_ids=self.has_row_ids,
        )

    def repeated_ids(self) -> set[int]:
        """Return hashes of ids that stand in several rows; others may have the same."""
        if len(self.ids) < _MANY_IDS:
            return {key for key, n in Counter(self.ids).items() if n > 1}
        import numpy as np

        ordered = np.sort(np.frombuffer(self.ids, np.int64))
        return set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def _refuse_repeated_ids(
    path: str, found: Outline, blocks: Iterable[Block], suspects: set[int]
) -> None:
    """Raise if an id stands in several rows; the suspects are hashes."""
    at = found.names.index(found.columns.id or "")
    unfinished = found.unfinished()
    seen: list[tuple[str, int]] = []
    for first, numbers, rows in blocks:
        for index, (number, row) in enumerate(zip(numbers, rows, strict=True), first):
            cell = row[at].strip() if index >= found.body.start and at < len(row) else ""
            if not cell or hash(cell) not in suspects or found.body.reason(index):
                continue
            if unfinished is None or not unfinished.reason(row):
                seen.append((cell, number))
    repeated = {cell for cell, n in Counter(cell for cell, _ in seen).items() if n > 1}
    if not repeated:
        return
    lines = [number for cell, number in seen if cell in repeated]
    raise DataError(
        "{path}: the column {column} has the same id in several rows: {rows}.",
        "Remove the copies, name another column with --id, or pass --id row.",
        path=path,
        column=repr(found.columns.id),
        rows=", ".join(map(str, lines[:8])) + (", …" if len(lines) > 8 else ""),
    )


def head_of(grid: Grid) -> Grid:
    """Return the grid's first rows: enough to find the heading."""
    if len(grid.rows) <= HEAD:
        return grid
    filled = (i for i, row in enumerate(grid.rows, 1) if any(cell.strip() for cell in row))
    end = next(islice(filled, HEAD - 1, None), len(grid.rows))
    return replace(grid, rows=grid.rows[:end], numbers=grid.numbers[:end])
