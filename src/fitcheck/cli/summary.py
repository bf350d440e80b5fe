"""What `fitcheck classify` says in the end: remarks on personas, and counts without a rate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fitcheck.cli.sending import tell_fallback, tell_flags, tell_usage
from fitcheck.cli.small_groups import label_cells, tell_bounds, tell_hidden
from fitcheck.cli.terminal import Terminal, print_json
from fitcheck.groups import GroupCounts, Groups
from fitcheck.personas import Assignment
from fitcheck.records import Message
from fitcheck.tally import of_groups

if TYPE_CHECKING:
    from pathlib import Path

    from fitcheck.api import Classified
    from fitcheck.engines.part import LabelledTable


def tell_run(result: Classified | LabelledTable, written: list[Path], terminal: Terminal) -> None:
    """Print the summary of a run; `written` are output, run file and page, if there are any."""
    _tell_counts(result.groups, result.assignment, result.run["min_group"], terminal)
    tell_usage(result.run["classifier"], terminal)
    tell_fallback(result.tally, terminal)
    tell_flags(of_groups(result.tally.flags, result.groups) or {}, terminal)
    if written:
        target, run, *pages = written
        terminal.tell("Written: {path} and {run}", path=target, run=run.name)
        for page in pages:
            terminal.tell("Written: {path}", path=page)


def print_run(result: Classified | LabelledTable, target: Path | str | None) -> None:
    """Print the run for machines."""
    counts = [_public(count) for count in result.groups.shown]
    print_json(
        {
            "output": target,
            "run": result.run,
            "personas": counts,
            "hidden_groups": result.groups.hidden,
        }
    )


def _tell_counts(
    groups: Groups, assignment: Assignment, min_group: int, terminal: Terminal
) -> None:
    """Print remarks, and the number of respondents by persona and label."""
    for message in _remarks(groups, assignment, min_group):
        terminal.note(message)
    counts = groups.shown
    headings = ["persona", "answered", "fit", "not_fit", "no_signal", "failed"]
    if counts:
        cells = [_cells(count, terminal) for count in counts]
        terminal.table("Respondents per persona", headings, cells)
    else:
        terminal.tell("No group is large enough to be shown.")
    tell_hidden(groups.hidden, min_group, terminal)
    tell_bounds(any(not count.labels for count in counts), terminal)
    terminal.tell(
        "These are counts of labels, no rate: the classifier errs. `fitcheck sample` draws answers "
        "to label from what --format answers writes, and `fitcheck rates` gives the verdict."
    )


def _remarks(groups: Groups, assignment: Assignment, min_group: int) -> list[Message]:
    remarks = _similar(groups, assignment, min_group)
    if assignment.ambiguous:
        remarks.append(
            Message(
                "{n} respondents fit several personas and are unassigned.",
                {"n": assignment.ambiguous},
                warning=True,
            )
        )
    # Without counts: those of all but one would tell of that one.
    frequent = [v for v, n in assignment.unknown.items() if n >= min_group]
    if assignment.unknown:
        values = ", ".join(map(repr, frequent[:6]))
        more = len(assignment.unknown) > len(frequent[:6])
        values += (", …" if values else "…") if more else ""
        remarks.append(
            Message("No persona has the values: {values}.", {"values": values}, warning=True)
        )
    return remarks


def _similar(groups: Groups, assignment: Assignment, min_group: int) -> list[Message]:
    """Return warnings of spellings that look alike; those of small groups are only counted."""
    named = {count.persona for count in groups.shown}
    named |= {v for v, n in assignment.unknown.items() if n >= min_group}
    remarks, unnamed = [], Counter[str]()
    for value, known in assignment.similar.items():
        if value not in named:
            unnamed[known] += 1
            continue
        remarks.append(
            Message(
                "{value} looks like {known} but is kept apart; add it to the persona's aliases if "
                "it is the same.",
                {"value": repr(value), "known": repr(known)},
                warning=True,
            )
        )
    if unnamed:
        # What a personas file knows is no secret of the survey.
        alike = [repr(v) for v in unnamed if v in named or assignment.unknown]
        remarks.append(
            Message(
                "Groups too small to be named that look like {known} but are kept apart: {n}; add "
                "them to the persona's aliases if they are the same.",
                {"n": unnamed.total(), "known": ", ".join(alike) or Message("each other")},
                warning=True,
            )
        )
    return remarks


def _cells(count: GroupCounts, terminal: Terminal) -> list[str]:
    counts = {**count.labels, "failed": count.failed} if count.labels else {}
    cells = label_cells(counts, count.mostly)
    return [terminal.persona(count.persona), str(count.answered), *cells]


def _public(count: GroupCounts) -> dict[str, Any]:
    """Return a group's counts for machines; a small one has none, or a bound."""
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
