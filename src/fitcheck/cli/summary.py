"""What `fitcheck classify` says in the end: remarks on personas, and counts without a rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fitcheck.cli.small_groups import label_cells, tell_bounds
from fitcheck.cli.terminal import Terminal
from fitcheck.counts import GroupCounts
from fitcheck.personas import Assignment
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Message


def tell_summary(
    counts: Sequence[GroupCounts], assignment: Assignment, min_group: int, terminal: Terminal
) -> None:
    """Print remarks, and the number of respondents by persona and label."""
    for message in _remarks(assignment):
        terminal.note(message)
    headings = ["persona", "answered", "fit", "not_fit", "no_signal", "failed"]
    terminal.table(
        "Respondents per persona",
        headings,
        [_cells(count, terminal) for count in counts],
    )
    if any(count.suppressed for count in counts):
        terminal.tell(
            "–: not shown, because fewer than {n} people answered or because such a group could "
            "be worked out from it.",
            n=min_group,
        )
    tell_bounds(any(not (count.labels or count.suppressed) for count in counts), terminal)
    terminal.tell(
        "These are counts of labels, no rate: the classifier errs. `fitcheck sample` draws answers "
        "to label from what --format answers writes, and `fitcheck rates` gives the verdict."
    )


def _remarks(assignment: Assignment) -> list[Message]:
    remarks = [
        Message(
            "{value} looks like {known} but is kept apart; add it to the persona's aliases if "
            "it is the same.",
            {"value": repr(value), "known": repr(known)},
            warning=True,
        )
        for value, known in assignment.similar.items()
    ]
    if assignment.ambiguous:
        remarks.append(
            Message(
                "{n} respondents fit several personas and are unassigned.",
                {"n": assignment.ambiguous},
                warning=True,
            )
        )
    frequent = [(v, n) for v, n in assignment.unknown.items() if n >= MIN_GROUP]
    rare = len(assignment.unknown) - len(frequent)
    if assignment.unknown:
        values = ", ".join(f"{v!r} ({n})" for v, n in frequent[:6])
        values += (", …" if values else "…") if rare or len(frequent) > 6 else ""
        remarks.append(
            Message("No persona has the values: {values}.", {"values": values}, warning=True)
        )
    return remarks


def _cells(count: GroupCounts, terminal: Terminal) -> list[str]:
    name = terminal.persona(count.persona)
    if count.suppressed:
        return [name, *["–"] * 5]
    counts = {**count.labels, "failed": count.failed} if count.labels else {}
    return [name, str(count.answered), *label_cells(counts, count.mostly)]


def public_counts(count: GroupCounts) -> dict[str, Any]:
    """Return a group's counts for machines; a small one has none, or a bound."""
    if count.suppressed:
        return {"persona": count.persona, "suppressed": True}
    public: dict[str, Any] = {
        "persona": count.persona,
        "respondents": count.respondents,
        "answered": count.answered,
    }
    if count.labels:
        return {**public, **count.labels, "failed": count.failed}
    if count.mostly:
        label, bound = count.mostly
        return {**public, "mostly": {"label": label, "at_least": bound, "of": count.answered}}
    return public
