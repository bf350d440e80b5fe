"""Parts of a table too large for one machine: each is read as the first one was understood."""

from __future__ import annotations

from dataclasses import dataclass

from fitcheck.surveys.body import UnfinishedRows
from fitcheck.surveys.columns import Columns
from fitcheck.surveys.grid import Grid, GridLayout
from fitcheck.surveys.profiles import GENERIC, profile_by_id
from fitcheck.surveys.survey import Survey


@dataclass(frozen=True, slots=True)
class Shape:
    """What was detected in the first rows of a table and holds for all of it."""

    profile: str
    """Whose layout it is, by its id."""
    names: tuple[str, ...]
    questions: tuple[str, ...]
    columns: Columns
    keep_incomplete: bool = False

    @classmethod
    def of(cls, survey: Survey, *, keep_incomplete: bool = False) -> Shape:
        """Return what a survey of the first rows shows."""
        return cls(
            survey.profile.id, survey.names, survey.questions, survey.columns, keep_incomplete
        )

    def survey(self, grid: Grid, path: str) -> Survey:
        """Return a part of the table, whose grid begins with the heading.

        Every row with a cell that is filled is a respondent's: a part has no totals below.
        """
        filled = (i for i, row in enumerate(grid.rows) if any(cell.strip() for cell in row))
        profile = profile_by_id(self.profile) or GENERIC
        dropped: dict[int, str] = {}
        data = [i for i in filled if i]
        if not self.keep_incomplete:
            unfinished = UnfinishedRows(profile, self.names, self.questions)
            reasons = {i: unfinished.reason(grid.rows[i]) for i in data}
            dropped = {i: reason for i, reason in reasons.items() if reason}
        layout = GridLayout((0,), tuple(i for i in data if i not in dropped), dropped)
        return Survey(path, grid, layout, profile, self.names, self.questions, self.columns)
