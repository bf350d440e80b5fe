"""The rows below a heading: respondents, repeated headings, totals at the end, unfinished ones."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fitcheck.errors import DataError
from fitcheck.surveys.cells import clean_text
from fitcheck.surveys.layout import is_number
from fitcheck.surveys.profiles import Profile, fold

Row = Sequence[str]

_TOTAL = re.compile(
    r"\W*(gesamt|summe|total|durchschnitt|mittelwert|average|mean|median|anzahl|count|std|n\s*[=:]"
    r"|report|bericht|erstellt|generated|created|stand:|seite|page|quelle|source|©|ende der|end of"
    r"|standardabweichung|rücklauf|response rate|confidential|vertraulich)",
    re.IGNORECASE,
)
_MOST = 65_535


@dataclass(frozen=True, slots=True)
class Body:
    """Which rows of a table are its body, and which of those are no respondents'. Indices."""

    start: int
    """The first row below the heading."""
    end: int = 2**62
    """The first row of the totals and remarks at the end, else behind the last row."""
    again: frozenset[int] = frozenset()
    """Rows that repeat the heading, and their titles."""

    def reason(self, index: int) -> str:
        """Return why a filled row is not classified; empty if it is."""
        if index >= self.end:
            return "total"
        return "heading again" if index in self.again else ""


class BodyScan:
    """Reads the rows below a heading one by one; keeps three bytes of each.

    Parameters
    ----------
    header : sequence of int
        Indices of the heading's rows.
    headings : sequence of rows
        Those rows.
    """

    def __init__(self, header: Sequence[int], headings: Sequence[Row]) -> None:
        self.start = header[-1] + 1 if header else 0
        self._width = max(map(len, headings), default=0)
        cleaned = [[clean_text(cell) for cell in row] for row in headings]
        self._headings = [
            cells for cells, row in zip(cleaned, headings, strict=True) if n_filled(row) > 1
        ]
        self._firsts = {cells[0] for cells in self._headings}
        self._n_filled = array("H")
        self._is_named = bytearray()
        self._again: set[int] = set()
        self._above = -1, False
        self._too_wide: tuple[int, int, int] | None = None

    def add(self, index: int, number: int, row: Row) -> bool:
        """Take the next row; return whether it has a filled cell."""
        filled = sum(map(bool, map(str.strip, row)))
        self._n_filled.append(min(filled, _MOST))
        if not filled:
            self._is_named.append(0)
            return False
        first = row[0].strip() or next(cell.strip() for cell in row if cell.strip())
        self._is_named.append(_TOTAL.match(first) is not None and _is_named(first, row))
        cell = clean_text(row[0])
        if cell in self._firsts and [clean_text(cell) for cell in row] in self._headings:
            self._again.add(index)
            above, is_title = self._above
            if is_title:
                self._again.add(above)
        self._above = index, filled == 1 and bool(cell) and not is_number(row[0])
        if self._width and self._too_wide is None and any(map(str.strip, row[self._width :])):
            self._too_wide = index, number, len(row)
        return True

    @property
    def has_filled(self) -> bool:
        """Whether there is any row with a filled cell."""
        return any(self._n_filled)

    def body(self, path: str) -> Body:
        """Return what the rows are, after the last one.

        Raises
        ------
        DataError
            If a row has filled cells beyond the heading: a separator inside an answer.
        """
        end = self._totals()
        if self._too_wide is not None and self._too_wide[0] < end:
            _, number, n_cells = self._too_wide
            raise DataError(
                "{path}, row {row}, has {n} cells but the heading has {width}: a separator "
                "stands inside an answer, or the separator is another one.",
                "Put that answer in quotation marks, or pass --sep.",
                path=path,
                row=number,
                n=n_cells,
                width=self._width,
            )
        return Body(self.start, end, frozenset(index for index in self._again if index < end))

    def _totals(self) -> int:
        """Return the first of the rows of totals and remarks at the end of a report."""
        usual = _median(Counter(self._n_filled))
        last = _last_filled(self._n_filled, len(self._n_filled))
        end = self.start + len(self._n_filled)
        while (above := _last_filled(self._n_filled, last)) >= 0:
            is_sparse = self._n_filled[last] <= max(1, usual // 2)
            after_gap = last - above > 1
            if usual > 1 and (self._is_named[last] or (after_gap and is_sparse)):
                end = self.start + last
                last = above
            else:
                break
        return end


def n_filled(row: Row) -> int:
    """Return the number of cells that are not blank."""
    return sum(bool(cell.strip()) for cell in row)


def _is_named(first: str, row: Row) -> bool:
    """Return whether a row that begins like a total has no long text."""
    return len(first.split()) <= 8 and not sum(len(cell.split()) >= 4 for cell in row[1:])


def _median(counts: Counter[int]) -> int:
    """Return the usual number of filled cells of rows that have any."""
    counts.pop(0, None)
    numbers = sorted(counts)
    behind: list[int] = []
    for number in numbers:
        behind.append((behind[-1] if behind else 0) + counts[number])
    return numbers[bisect_left(behind, behind[-1] // 2 + 1)] if numbers else 0


def _last_filled(n_filled: Sequence[int], before: int) -> int:
    for index in range(before - 1, -1, -1):
        if n_filled[index]:
            return index
    return -1


class UnfinishedRows:
    """Tells rows that are no finished interviews from the cells that a profile looks at."""

    def __init__(self, profile: Profile, names: Sequence[str], questions: Sequence[str]) -> None:
        self._reason = profile.unfinished.reason
        self._read: list[tuple[int, list[str]]] = []
        for position, pair in enumerate(zip(names, questions, strict=True)):
            keys = [key for key in map(fold, pair) if profile.unfinished.columns.fullmatch(key)]
            if keys:
                self._read.append((position, keys))

    def reason(self, row: Row) -> str:
        """Return why the row is no finished interview; empty if it is one."""
        cells: dict[str, str] = {}
        for position, keys in self._read:
            if position < len(row):
                for key in keys:
                    cells.setdefault(key, row[position])
        return self._reason(cells)
