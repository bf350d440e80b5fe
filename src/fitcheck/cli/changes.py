"""The words for changes between two files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fitcheck.cli.terminal import Terminal
from fitcheck.cli.verdicts import next_steps
from fitcheck.personas import group_name
from fitcheck.records import Message

if TYPE_CHECKING:
    from fitcheck.changes import Changes, PersonaChange
    from fitcheck.judging import Judged
    from fitcheck.rates import PersonaRate, Rates
    from fitcheck.records import Answer

_TITLES = {
    "signal": Message("Change of not fitting in points, of respondents who speak of fit"),
    "all": Message("Change of not fitting in points, of all who answered"),
}


class Compared(NamedTuple):
    """The changes, and the rates that they are of."""

    changes: Changes
    now: Rates
    before: Rates

    def only(self, personas: Sequence[str]) -> Compared:
        """Return the changes of these personas, if any are named."""
        if not personas:
            return self
        named = {group_name(name) for name in personas}
        kept = tuple(c for c in self.changes.personas if c.persona in named)
        return self._replace(changes=replace(self.changes, personas=kept))


def compare_with(
    now: Rates, answers: Sequence[Answer], other: Judged, terminal: Terminal
) -> Compared:
    """Return how rates differ from those of another file."""
    from fitcheck.changes import compare_rates

    if n := len(_ids(answers) & _ids(other.answers)):
        terminal.note(
            Message(
                "{n} ids stand in both files. The bounds are for different people; if these are "
                "the same ones, they are usually wider than needed.",
                {"n": n},
            )
        )
    return Compared(compare_rates(now, other.rates), now, other.rates)


def _ids(answers: Sequence[Answer]) -> set[str]:
    return {answer.respondent for answer in answers if answer.has_id}


def tell_changes(compared: Compared, versus: str, terminal: Terminal) -> None:
    """Print the changes of all personas, and what may be said of them."""
    changes = compared.changes
    if changes.labelled:
        terminal.table(
            _TITLES[changes.headline[1]].template,
            ["persona", "before", "now", "difference", "lower", "upper", "verdict"],
            [_row(change, changes, terminal) for change in changes.personas],
        )
    else:
        terminal.table(
            "Counted labels before and now, no rates",
            ["persona", "respondents before", "not_fit before", "respondents now", "not_fit now"],
            [_counts(change, terminal) for change in changes.personas],
        )
    if changes.labelled:
        missing = [c.before for c in changes.personas if c.withheld == "before" and c.before]
        for step, personas in next_steps(replace(compared.before, personas=tuple(missing))):
            names = ", ".join(map(terminal.persona, personas))
            terminal.tell("{personas}, before: {next}.", personas=names, next=step)
    for sentence in _sentences(compared, versus, terminal):
        terminal.note(sentence)


def _row(change: PersonaChange, changes: Changes, terminal: Terminal) -> list[str]:
    if change.now is None or change.before is None:
        return [terminal.persona(change.persona), *["–"] * 6]
    rates = [_rate(rate, changes, terminal) for rate in (change.before, change.now)]
    difference = change.differences.get(changes.headline)
    shown = (
        [_points(value, terminal) for value in (difference.value, difference.low, difference.high)]
        if difference
        else ["–"] * 3
    )
    return [terminal.persona(change.persona), *rates, *shown, terminal.say(change.verdict)]


def _rate(rate: PersonaRate, changes: Changes, terminal: Terminal) -> str:
    own = rate.rates.get(changes.headline)
    return terminal.percent(own.rate) if own else "–"


def _points(difference: float, terminal: Terminal) -> str:
    """Return a difference in percentage points with its sign, such as +2.1 or −0,4."""
    shown = terminal.percent(abs(difference)).removesuffix("\u00a0%")
    return f"{'−' if difference < 0 else '+'}{shown}" if shown != "–" else shown


def _counts(change: PersonaChange, terminal: Terminal) -> list[str]:
    if change.now is None or change.before is None:
        return [terminal.persona(change.persona), *["–"] * 4]
    cells = [terminal.persona(change.persona)]
    for rate in (change.before, change.now):
        # Of a group under ten, an exact count could tell of each member.
        not_fit = str(rate.counted.get("not_fit", 0)) if rate.counted else "–"
        cells += [str(rate.respondents), not_fit]
    return cells


def _sentences(compared: Compared, versus: str, terminal: Terminal) -> list[Message]:
    changes = compared.changes

    def listed(personas: Sequence[str]) -> str | Message:
        return ", ".join(map(terminal.persona, personas)) or Message("none")

    sentences = []
    if changes.only_now:
        fields = {"path": versus, "names": listed(changes.only_now)}
        sentences.append(Message("Not in {path}, or too small there: {names}.", fields))
    if changes.only_before:
        fields = {"path": versus, "names": listed(changes.only_before)}
        sentences.append(Message("Only in {path}, or too small here: {names}.", fields))
    if same := [c.persona for c in changes.personas if c.withheld == "overlap"]:
        sentences.append(
            Message(
                "Not compared, because both files hold nearly the same answers and the difference "
                "would tell of single people: {names}. Compare files of different people.",
                {"names": listed(same)},
                warning=True,
            )
        )
    if not changes.labelled:
        sentences.append(
            Message(
                "Counts prove nothing, and neither does their difference: label a sample of both "
                "files, and pass the sheets with --labels and --versus-labels."
            )
        )
        return sentences
    if compared.now.headline != compared.before.headline:
        sentences.append(
            Message(
                "The samples were planned for different rates ({now}; {before}), so there is no "
                "verdict on the difference.",
                {
                    "now": Message(", ".join(compared.now.headline)),
                    "before": Message(", ".join(compared.before.headline)),
                },
                warning=True,
            )
        )
        return sentences
    judged = [change for change in changes.personas if change.differences]
    if not judged:
        return sentences
    single, both = (f"{100 * (1 - n * changes.alpha):.4g} %" for n in (1, 2))
    sentences.append(
        Message(
            "Each bound of a difference holds with {single}, both together with {both}. They do "
            "not say why: groups that chose their programme themselves differ in other ways as "
            "well.",
            {"single": single, "both": both},
        )
    )
    if len(judged) > 1:
        sentences.append(
            Message(
                "Picked out of {n} personas, proven to have fallen: {fallen}; to have risen: "
                "{risen}.",
                {
                    "n": len(judged),
                    "fallen": listed(changes.fallen),
                    "risen": listed(changes.risen),
                },
            )
        )
    return sentences
