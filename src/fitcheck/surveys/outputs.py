"""The names of what fitcheck adds to a table; they never change within a major version."""

from __future__ import annotations

import re
from collections.abc import Sequence

ROW_COLUMNS = (
    "fit_label",
    "fit_score",
    "fit_themes",
    "fit_quote",
    "fit_source",
    "fit_failure",
)
"""Columns of ``--format rows``, per text column."""

RUN_FILE = "_run.json"
"""The facts of a run in a folder of parquet files; readers of those pass over such names."""

RESPONDENT_COLUMN = "fit_respondent"
"""The last column of ``--format rows``: the respondent's label over all answers."""

ANSWER_COLUMNS = (
    "row",
    "id",
    "persona",
    "question",
    "text",
    "label",
    "p_not_fit",
    "themes",
    "quote",
    "flags",
    "source",
    "failure",
)
"""Columns of ``--format answers``."""

LEGEND_SHEET = "fitcheck"
"""The sheet that explains the added columns; the name of every sheet of ours begins with it."""


def heading(name: str, column: str, *, several: bool) -> str:
    """Return the heading of an added column; it names the text column where there are several.

    Examples
    --------
    >>> heading("fit_label", "Q5", several=True)
    'Q5: fit_label'
    """
    return f"{column}: {name}" if several else name


def is_added_heading(text: str) -> bool:
    """Return whether a heading is one that fitcheck added."""
    name = _plain(text)
    return name == RESPONDENT_COLUMN or name in ROW_COLUMNS


def added_kind(text: str) -> str:
    """Return what an added column holds, be it empty in one part of a table."""
    return {"fit_score": "number", "p_not_fit": "number", "row": "integer"}.get(
        _plain(text), "text"
    )


def _plain(text: str) -> str:
    """Return a heading without the text column's name before it and the number behind it."""
    return re.sub(r" \(\d+\)$", "", text).rpartition(": ")[2]


def is_own_sheet(name: str) -> bool:
    """Return whether fitcheck added the sheet, so that it holds no answers."""
    return name == LEGEND_SHEET or name.startswith(f"{LEGEND_SHEET} ")


def is_own_header(row: Sequence[str]) -> bool:
    """Return whether a header row shows that fitcheck wrote the table."""
    return tuple(row) == ANSWER_COLUMNS or (
        RESPONDENT_COLUMN in row and any(is_added_heading(cell) for cell in row)
    )
