"""Turns one to three heading rows into unique column names and question texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fitcheck.surveys.cells import clean_heading
from fitcheck.surveys.layout import GENERIC_CHOICE
from fitcheck.surveys.profiles import Profile

CHOICE_MARK = " – "
"""Stands between a question and its choice in the name of a column."""


def heading_texts(
    rows: Sequence[Sequence[str]], width: int, profile: Profile
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a unique name and the question text of each column.

    Qualtrics names a column in the first row and asks in the second. Elsewhere a blank cell of
    the first row belongs to the question on its left, and the second row holds the choice.
    `rows` are the heading's, `width` is the number of cells of the longest row of the table.
    """
    if not rows:
        return plain_names(width), ("",) * width
    lines = [_padded(row, width) for row in rows]
    if profile.id == "qualtrics" and len(lines) > 1:
        names_row = lines[0]
        questions = [lines[1][i] or lines[0][i] for i in range(width)]
    elif len(lines) > 1:
        top = _filled_from_left(lines[0])
        if all(lines[0]):
            # Every column has its own title, so the rows hold a code or label and the question.
            names_row = lines[0]
            questions = [max((line[i] for line in lines), key=len) for i in range(width)]
        else:
            below = [[line[i] for line in lines[1:]] for i in range(width)]
            names_row = questions = [_question(top[i], below[i]) for i in range(width)]
    else:
        names_row = questions = lines[0]
    return _unique(names_row), tuple(questions)


def plain_names(width: int) -> tuple[str, ...]:
    """Return the names of the columns of a table without heading.

    Examples
    --------
    >>> plain_names(1), plain_names(2)
    (('text',), ('column 1', 'column 2'))
    """
    return ("text",) if width == 1 else tuple(f"column {i + 1}" for i in range(width))


def _padded(row: Sequence[str], width: int) -> list[str]:
    cells = [clean_heading(cell) for cell in row]
    return cells + [""] * (width - len(cells))


def _filled_from_left(cells: Sequence[str]) -> list[str]:
    filled: list[str] = []
    for cell in cells:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def _question(top: str, below: Sequence[str]) -> str:
    choices = [
        cell for cell in below if cell and cell != top and not GENERIC_CHOICE.fullmatch(cell)
    ]
    return CHOICE_MARK.join([top, *choices] if top else choices)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        name = name or f"column {position}"
        seen[name] += 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in names:
            seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return tuple(unique)
