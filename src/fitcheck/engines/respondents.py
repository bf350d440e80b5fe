"""Respondents who may have rows in several parts: one label each, over all of them."""

from __future__ import annotations

from collections import Counter

from fitcheck.engines.seen import label_of
from fitcheck.engines.work import Rows
from fitcheck.groups import state
from fitcheck.records import Label


class Respondents:
    """What is known of every respondent: a persona and the labels that occurred.

    Examples
    --------
    >>> respondents = Respondents()
    >>> respondents.add(Rows({"T1": ("Pflege", 0)}, ["T1"], [9]))
    >>> respondents.label("T1"), respondents.states()
    (None, Counter({('Pflege', 'no answer'): 1}))
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {}
        self._same: dict[tuple[str, int], tuple[str, int]] = {}

    def add(self, rows: Rows) -> None:
        """Take the respondents of the next part.

        Whoever answered has the persona of the first answer, the others that of the last row.
        """
        for respondent, (persona, seen) in rows.respondents.items():
            before = self._known.get(respondent)
            found = persona, seen
            if before is not None and before[1]:
                found = before[0], seen | before[1]
            self._known[respondent] = self._same.setdefault(found, found)

    def label(self, respondent: str | None) -> Label | None:
        """Return a respondent's label over all answers."""
        return None if respondent is None else label_of(self._known[respondent][1])

    def states(self) -> Counter[tuple[str, str]]:
        """Return the number of respondents by persona and label."""
        found = Counter(self._known.values())
        states: Counter[tuple[str, str]] = Counter()
        for (persona, seen), n in found.items():
            states[persona, state(label_of(seen), answered=seen > 0)] += n
        return states
