"""Numbers as German, English, Swiss and French people write them; what is unclear is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fitcheck.errors import DataError
from fitcheck.surveys.numbers import read_numbers


def numbers(*cells: str, **options: Any) -> list[float]:
    """Return the numbers in the cells of a column that starts in row 2."""
    return read_numbers(cells, range(2, 2 + len(cells)), "a.csv", **options)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["12", "0", "+3"], [12, 0, 3]),
        (["1.234,5", "12"], [1234.5, 12]),
        (["1,234.5", "12"], [1234.5, 12]),
        (["12,5", "1.234"], [12.5, 1234]),
        (["12.5", "1,234"], [12.5, 1234]),
        (["1.234.567", "5"], [1234567, 5]),
        (["84.000,00 €", "€ 1.000"], [84000, 1000]),
        (["1'234.50", "1’234"], [1234.5, 1234]),
        (["1\u00a0234,5", "1\u202f234"], [1234.5, 1234]),
        (["EUR 12", "12 CHF"], [12, 12]),
        (["0.125"], [0.125]),
    ],
)
def test_read(cells: list[str], found: list[float]) -> None:
    """The cells of a column tell how it is written."""
    assert numbers(*cells) == found


def test_counts_have_no_decimals() -> None:
    """So three digits behind a sign are thousands."""
    assert numbers("1.234", "17", whole=True) == [1234, 17]
    assert numbers("1,234", whole=True) == [1234]
    assert numbers("4,0", whole=True) == [4]


def test_the_decimal_sign_can_be_said() -> None:
    """Where the cells do not tell."""
    assert numbers("1.234", decimal=".") == [1.234]
    assert numbers("1.234", decimal=",") == [1234]


@pytest.mark.parametrize(
    ("cells", "options", "row", "what"),
    [
        (["5", "1.234"], {}, 3, "two ways"),
        (["5", "-1"], {}, 3, "negative"),
        (["5", "−1"], {}, 3, "negative"),
        (["5", ""], {}, 3, "no number"),
        (["5", "viele"], {}, 3, "no number"),
        (["01.02.2024"], {}, 2, "no number"),
        (["2024-02-01"], {}, 2, "no number"),
        (["5 %"], {}, 2, "no number"),
        (["12.5", "1.234,5"], {}, 3, "no number"),
        (["12,34,5"], {}, 2, "no number"),
        (["1", "1.5"], {"whole": True}, 3, "whole number"),
        (["1e5"], {}, 2, "no number"),
        (["nan"], {}, 2, "no number"),
    ],
)
def test_refused(cells: list[str], options: dict[str, Any], row: int, what: str) -> None:
    """The message names the row; a cell that may be an answer is not shown."""
    with pytest.raises(DataError) as caught:
        numbers(*cells, **options)
    assert caught.value.rows == (row,)
    assert what in str(caught.value)
    assert "viele" not in str(caught.value)
