"""Finds the heading of a table: titles stand above it, it has one to three rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitcheck.errors import DataError
from fitcheck.surveys.cells import clean_heading, clean_text
from fitcheck.surveys.grid import Grid
from fitcheck.surveys.outputs import is_own_header
from fitcheck.surveys.profiles import GENERIC, Profile, find_profile, profile_by_id

Row = Sequence[str]

_IMPORT_ID = re.compile(r"\s*\{\s*\"ImportId\"")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?")
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(,? .*)?|\d{1,2}:\d{2}(:\d{2})?.*"
)
GENERIC_CHOICE = re.compile(
    r"(open-ended )?responses?|offene antwort|antwort mit offenem ende|antwort(en)?"
    r"|answers?|freitext|comments?|kommentare?",
    re.IGNORECASE,
)
_LOOKAHEAD = 60


def is_number(text: str) -> bool:
    """Return whether a cell is a number, with point or comma, or a percentage."""
    return _NUMBER.fullmatch(text.strip()) is not None


def is_date(text: str) -> bool:
    """Return whether a cell is a date or a time."""
    return _DATE.fullmatch(text.strip()) is not None


HEAD = 2_000
"""Filled rows that tell where the heading is; of more, no more are looked at."""


def find_heading(
    grid: Grid, path: str, header_rows: int | None = None, profile: str | None = None
) -> tuple[tuple[int, ...], Profile]:
    """Return the rows of the heading, and whose export it is.

    Raises
    ------
    DataError
        If there are no rows, no heading, or the heading cannot be told from the answers.
    """
    filled = [i for i, row in enumerate(grid.rows) if any(cell.strip() for cell in row)][:HEAD]
    if not filled:
        raise DataError("{path} has no rows.", "Check the export.", path=path)
    forced = _forced_profile(profile)
    header, found = _find_header(grid, path, filled, header_rows)
    return header, forced or found


def _forced_profile(name: str | None) -> Profile | None:
    if name is None:
        return None
    found = profile_by_id(name)
    if found is None:
        raise DataError(
            "There is no profile {name}.",
            "Run `fitcheck inspect --help` for the list.",
            name=repr(name),
        )
    return found


def _find_header(
    grid: Grid, path: str, filled: list[int], header_rows: int | None
) -> tuple[tuple[int, ...], Profile]:
    rows = grid.rows
    known = find_profile(rows)
    profile = known[0] if known else GENERIC
    fixed = header_rows if header_rows is not None else grid.header_rows
    if fixed == 0:
        return (), profile
    import_row = next(
        (i for i in filled[:8] if any(_IMPORT_ID.match(cell) for cell in rows[i])), None
    )
    if import_row is not None and header_rows is None:
        top = max(filled[0], import_row - 2)
        return tuple(range(top, import_row + 1)), _qualtrics()
    first = _own_header(rows, filled)
    if first is None and fixed is None and not known and (asked := _poll_header(rows, filled)):
        return asked, profile
    if first is None:
        first = known[1] if known else _first_heading(rows, filled)
    if fixed is not None:
        last = min(first + fixed, len(rows))
        return tuple(range(first, last)), profile
    if grid.own_output:
        return (first,), profile
    header = [first]
    following = [i for i in filled if i > first]
    while len(header) < 3 and following and _is_heading(rows, following[0], following[1:]):
        header.append(following.pop(0))
    if len(header) == 1 and not known:
        if _is_single_column(rows, filled) and not _reads_as_heading(rows[first]):
            return (), profile
        _refuse_answer_as_heading(grid, path, first, following)
    return tuple(range(header[0], header[-1] + 1)), profile


def _qualtrics() -> Profile:
    """Return the profile that an ImportId row proves."""
    found = profile_by_id("qualtrics")
    assert found is not None
    return found


def _own_header(rows: Sequence[Row], filled: list[int]) -> int | None:
    return next((i for i in filled[:4] if is_own_header(rows[i])), None)


def _poll_header(rows: Sequence[Row], filled: list[int]) -> tuple[int, ...]:
    """Return the heading of a poll's sheet: the question as a title, answers in one column.

    Lines such as the kind of the poll may stand between the question and a heading like
    ``Responses``. Empty if the sheet is no such list.
    """
    single = sum(_n_filled(rows[i]) == 1 and bool(_cell(rows[i], 0)) for i in filled)
    if single < 0.7 * len(filled):
        return ()
    titles = [i for i in filled[:8] if _reads_as_heading(rows[i])]
    heading = [i for i in titles if _HEADING_WORDS.fullmatch(_cell(rows[i], 0))][:1]
    question = [i for i in titles if i < (heading or [len(rows)])[0]][:1]
    return (*question, *heading) if question and heading else ()


def _n_filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _first_heading(rows: Sequence[Row], filled: list[int]) -> int:
    """Return the first row that is about as full as the table is wide.

    Titles and key-value lines above the table of an LMS report fill one or two cells.
    """
    head = filled[:30]
    usual = max(_n_filled(rows[i]) for i in head)
    for share in (0.8, 0.6, 0.4):
        for index in head:
            if _n_filled(rows[index]) >= max(share * usual, min(usual, 2)):
                if _answer_column(rows, index, [i for i in filled if i > index]) is not None:
                    break
                above = [i for i in head if i < index]
                return above[-1] if above and _holds_choices(rows[index]) else index
    return head[0]


def _holds_choices(row: Row) -> bool:
    """Return whether a row is the second of a heading: blank at first, then kinds of answers."""
    return not _cell(row, 0) and any(GENERIC_CHOICE.fullmatch(clean_text(cell)) for cell in row)


def _is_heading(rows: Sequence[Row], index: int, following: list[int]) -> bool:
    """Return whether a row below the first heading is a heading too, by what stands below it.

    A cell votes for an answer if it is like its column's cells: a number among numbers, a date
    among dates, a value that occurs again. It votes for a heading if it is unlike them.
    """
    below = following[:_LOOKAHEAD]
    if not below:
        return False
    row = rows[index]
    if _holds_choices(row):
        return True
    for_heading, blank_where_full, code_like, filled = 0, 0, 0, 0
    for column in range(max(len(rows[i]) for i in [index, *below])):
        values = [_cell(rows[i], column) for i in below]
        values = [value for value in values if value]
        cell = _cell(row, column)
        if not cell:
            blank_where_full += len(values) == len(below) and len(values) >= 2
            continue
        filled += 1
        if GENERIC_CHOICE.fullmatch(cell):
            for_heading += 1
        elif len(values) >= 2 and _share(values, is_number) >= 0.9:
            if is_number(cell):
                return False
            for_heading += 1
        elif len(values) >= 2 and _share(values, is_date) >= 0.9:
            if is_date(cell):
                return False
            for_heading += 1
        elif cell in values:
            return False
        elif re.fullmatch(r"[A-Za-zÄÖÜäöü]+[_-]?[A-Za-z]*\d*", cell):
            code_like += bool(values) and len(cell) * 2 < max(len(value) for value in values)
    if not filled:
        return False
    asks = any(clean_text(cell).endswith("?") for cell in row)
    if for_heading or (blank_where_full >= (2 if asks else 3) and not _cell(row, 0)):
        return True
    return blank_where_full >= 1 and code_like == filled >= 2


def _cell(row: Row, column: int) -> str:
    return clean_text(row[column]) if column < len(row) else ""


def _share(values: Sequence[str], test: object) -> float:
    assert callable(test)
    return sum(bool(test(value)) for value in values) / len(values)


def _is_single_column(rows: Sequence[Row], filled: list[int]) -> bool:
    return all(len(rows[i]) <= 1 for i in filled)


_HEADING_WORDS = re.compile(
    r"text|texte?|comments?|kommentare?|feedback|answers?|antwort(en)?|freitext|anmerkung(en)?"
    r"|bemerkung(en)?|responses?|rückmeldung(en)?|statements?|aussagen?",
    re.IGNORECASE,
)


def _reads_as_heading(row: Row) -> bool:
    cell = clean_heading(row[0]) if row else ""
    return cell.endswith("?") or _HEADING_WORDS.fullmatch(cell) is not None


def _refuse_answer_as_heading(grid: Grid, path: str, first: int, following: list[int]) -> None:
    column = _answer_column(grid.rows, first, following)
    if column is not None:
        raise DataError(
            "{path}, row {row}, looks like an answer where the heading should be "
            "(column {column} has a number or date).",
            "Pass --header-rows 0 if the file has no heading, or add one.",
            path=path,
            row=grid.numbers[first],
            column=column + 1,
        )


def _answer_column(rows: Sequence[Row], index: int, following: list[int]) -> int | None:
    """Return the first column where a row has a number or date as those below it have."""
    below = following[:_LOOKAHEAD]
    for column, cell in enumerate(rows[index]):
        values = [value for i in below if (value := _cell(rows[i], column))]
        for test in (is_number, is_date):
            if test(cell) and len(values) >= 2 and _share(values, test) >= 0.9:
                return column
    return None
