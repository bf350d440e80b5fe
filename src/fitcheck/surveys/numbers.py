"""Numbers in cells, as people of different countries write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from fitcheck.errors import DataError
from fitcheck.surveys.cells import clean_text

Decimal = Literal[",", "."]

_CURRENCY = re.compile(r"^(€|\$|£|eur|euro|chf|usd|gbp)\s*|\s*(€|\$|£|eur|euro|chf|usd|gbp)$", re.I)
_FORMS: dict[Decimal, re.Pattern[str]] = {
    ".": re.compile(r"([+-]?)([1-9]\d{0,2}(?:[ ,'’]\d{3})+|\d+)(?:\.(\d+))?"),
    ",": re.compile(r"([+-]?)([1-9]\d{0,2}(?:[ .'’]\d{3})+|\d+)(?:,(\d+))?"),
}
"""Sign, whole part with or without thousands set apart, and decimals, by the decimal sign."""


def read_numbers(
    cells: Sequence[str],
    rows: Sequence[int],
    path: str,
    *,
    whole: bool = False,
    decimal: Decimal | None = None,
) -> list[float]:
    """Return the numbers in the cells of a column; 0 or more.

    ``1.234`` is 1234 in German and little more than 1 in English. Which is meant follows from the
    other cells of the column; where they do not tell, it is refused and not guessed.

    Parameters
    ----------
    cells : sequence of str
        One per row.
    rows : sequence of int
        Their numbers as Excel shows them.
    path : str
        The file, for messages.
    whole : bool
        Whether there are whole numbers only, so that three digits behind a sign are thousands.
    decimal : {",", "."}, optional
        The decimal sign, if it is known.

    Raises
    ------
    DataError
        If a cell is no number, is negative, or can be read in two ways.

    Examples
    --------
    >>> read_numbers(["1.234,50 €", "1.000"], [2, 3], "a.csv")
    [1234.5, 1000.0]
    >>> read_numbers(["1.234"], [2], "a.csv", whole=True)
    [1234.0]
    """
    texts = [_CURRENCY.sub("", clean_text(cell).replace("−", "-")).strip() for cell in cells]
    signs: list[Decimal] = [decimal] if decimal else [".", ","]
    readings = [[_number(text, sign, whole) for text in texts] for sign in signs]
    possible = [reading for reading in readings if None not in reading]
    if not possible:
        # The way of writing that most cells follow; the first one that does not is shown.
        best = min(readings, key=lambda reading: reading.count(None))
        row = rows[best.index(None)]
        if whole:
            raise DataError(
                "{path}, row {row}: the cell is no whole number.",
                "Correct it there, or name another column.",
                path=path,
                row=row,
            )
        raise DataError(
            "{path}, row {row}: the cell is no number.",
            "Correct it there, or name another column.",
            path=path,
            row=row,
        )
    for row, text, *values in zip(rows, texts, *possible, strict=True):
        if len(set(values)) > 1:
            raise DataError(
                "{path}, row {row}: {value} can be read in two ways.",
                "Add `decimal = ','` or `decimal = '.'` to the card's table.",
                path=path,
                row=row,
                value=text,
            )
        if text.startswith("-"):
            raise DataError(
                "{path}, row {row}: {value} is negative.",
                "Correct it there, or name another column.",
                path=path,
                row=row,
                value=text,
            )
    return [number for number in possible[0] if number is not None]


def _number(text: str, sign: Decimal, whole: bool) -> float | None:
    found = _FORMS[sign].fullmatch(text)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found[2])
    number = float(f"{found[1]}{digits}.{found[3] or 0}")
    return None if whole and not number.is_integer() else number
