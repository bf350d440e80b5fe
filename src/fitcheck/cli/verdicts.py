"""The words for rates, verdicts and what would decide them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitcheck.cli.terminal import Terminal
from fitcheck.records import Message
from fitcheck.stats.planning import PROMISED
from fitcheck.stats.strata import DENOMINATORS, TARGETS

if TYPE_CHECKING:
    from fitcheck.rates import PersonaRate, Rates
    from fitcheck.stats.bootstrap import Interval
    from fitcheck.stats.verdict import Rate

TITLES = {
    "signal": Message("Not fitting, of respondents who speak of fit"),
    "all": Message("Not fitting, of all who answered"),
}
_WITHHELD = {
    "no_labels": Message("nobody of this persona is labelled"),
    "few": Message("too few respondents for a rate"),
    "looked": Message("this sample was judged before with other labels; draw a new one"),
    "agreement": Message("the coders agree too little for a verdict"),
}
_AT_ONCE = 25
"""Labels that are asked for at once while labelling on until it is decided."""


def rate_row(rate: PersonaRate, found: Rates, terminal: Terminal) -> list[str]:
    """Return persona, respondents, labelled, rate, bounds and verdict for people."""
    numbers = [str(rate.respondents), str(rate.labelled)]
    headline = rate.rates.get(found.headline)
    shown = (
        [terminal.percent(value) for value in (headline.rate, headline.low, headline.high)]
        if headline
        else ["–"] * 3
    )
    return [terminal.persona(rate.persona), *numbers, *shown, terminal.say(rate.verdict)]


def rate_rows(found: Rates, terminal: Terminal) -> list[list[str]]:
    """Return all four rates of each persona with their bounds."""
    keys = [(target, denominator) for target in TARGETS for denominator in DENOMINATORS]
    return [
        [terminal.persona(p.persona), *(_interval(p.rates.get(key), terminal) for key in keys)]
        for p in found.personas
        if p.rates
    ]


def _interval(rate: Rate | None, terminal: Terminal) -> str:
    if rate is None:
        return "–"
    if rate.method == "counted" and rate.low == rate.high:
        return terminal.percent(rate.rate)
    shown, low, high = (terminal.percent(value) for value in (rate.rate, rate.low, rate.high))
    return f"{shown} ({low[:-2]}–{high[:-2]})"


def next_steps(found: Rates) -> list[tuple[Message, list[str]]]:
    """Return what would decide the personas that are undecided, each step with its personas."""
    steps: dict[str, tuple[Message, list[str]]] = {}
    for persona in found.personas:
        if step := _next_step(persona, found):
            steps.setdefault(str(step), (step, []))[1].append(persona.persona)
    return list(steps.values())


def _next_step(rate: PersonaRate, found: Rates) -> Message | None:
    """Return what would decide a persona that is undecided."""
    if rate.withheld:
        return _WITHHELD.get(rate.withheld) or Message(
            "label the other {n} that were drawn", {"n": rate.to_label}
        )
    missing = rate.missing
    if missing is None:
        return None
    if found.plan is not None and found.plan.design == "sequential" and rate.to_label:
        return Message("label the next {n}", {"n": min(rate.to_label, _AT_ONCE)})
    if missing.need == "too_close":
        return Message("too close to the limit to tell with labels in reach")
    if missing.n is None:
        return Message("many more respondents are needed")
    if missing.need == "respondents":
        return Message("about {n} more respondents would decide it", {"n": missing.n})
    if missing.chance is not None and missing.chance < PROMISED:
        chance = f"{missing.chance:.0%}"
        return Message(
            "{n} more labels decide it with a chance of {chance}",
            {"n": missing.n, "chance": chance},
        )
    return Message("about {n} more labels would decide it", {"n": missing.n})


def claims(found: Rates) -> list[Message]:
    """Return the sentences that may be said of all personas together."""
    if not any(p.rates for p in found.personas):
        return []
    single, both = (f"{100 * (1 - n * found.alpha):.4g} %" for n in (1, 2))
    sentences = [
        Message(
            "Each verdict is for its persona alone; each bound holds with {single}, both together "
            "with {both}.",
            {"single": single, "both": both},
        )
    ]
    if len(found.personas) > 1:
        names = ", ".join(found.picked)
        sentences.append(
            Message(
                "Naming those of {n} personas that are met takes a correction (Holm); with it, "
                "proven: {names}.",
                {"n": len(found.personas), "names": names or Message("none")},
            )
        )
        if found.all_met:
            sentences.append(Message("Proven of all personas together as well."))
    return sentences


def tell_agreement(found: Rates, terminal: Terminal) -> None:
    """Say how far two coders agree."""
    agreement = found.agreement
    if agreement is None:
        return
    scores: dict[str, Interval] = {"kappa": agreement.kappa, "alpha": agreement.alpha}
    scores.update((str(label), share) for label, share in agreement.by_label.items())
    terminal.scores("Agreement of the two coders", scores, digits=2)
