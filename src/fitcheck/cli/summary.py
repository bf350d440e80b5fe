"""What is told of a classified file: counts per persona and what to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitcheck.cli.sending import tell_fallback, tell_flags, tell_usage
from fitcheck.cli.small_groups import label_cells, tell_bounds
from fitcheck.cli.terminal import Terminal, print_json
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Classifier, Message
from fitcheck.tally import GroupCounts

if TYPE_CHECKING:
    from pathlib import Path

    from fitcheck.api import Classified
    from fitcheck.engines.large import LargeResult


def tell_run(
    result: Classified | LargeResult,
    model: Classifier,
    written: list[Path],
    terminal: Terminal,
) -> None:
    """Print the summary of a run; `written` are output, run file and page, if there are any."""
    tell_summary(result, terminal)
    tell_usage(model, terminal)
    tell_fallback(result.tally, terminal)
    tell_flags(result.tally, terminal)
    if written:
        target, run, *pages = written
        terminal.tell("Written: {path} and {run}", path=target, run=run.name)
        for page in pages:
            terminal.tell("Written: {path}", path=page)


def print_run(result: Classified | LargeResult, target: Path | None) -> None:
    """Print the run for machines."""
    counts = [public_count(count) for count in result.counts()]
    print_json({"output": target, "run": result.run, "personas": counts})


def tell_summary(result: Classified | LargeResult, terminal: Terminal) -> None:
    """Print the respondents per persona, and what the reader should check."""
    for message in _remarks(result):
        terminal.note(message)
    counts = result.counts()
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
            n=result.run["min_group"],
        )
    tell_bounds(any(not (count.labels or count.suppressed) for count in counts), terminal)
    terminal.tell(
        "These are counts of labels, no rate: the classifier errs. `fitcheck sample` draws answers "
        "to label from what --format answers writes, and `fitcheck rates` gives the verdict."
    )


def _remarks(result: Classified | LargeResult) -> list[Message]:
    assignment = result.assignment
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


def public_count(count: GroupCounts) -> dict[str, Any]:
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
