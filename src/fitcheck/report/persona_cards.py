"""Learner personas as cards, with what a report may say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fitcheck.codebook import text_in
from fitcheck.personas import ASPECTS, Persona, Personas
from fitcheck.privacy.suppress import MIN_DETAIL
from fitcheck.rates import PersonaRate
from fitcheck.report.content import Report
from fitcheck.report.page import render_page
from fitcheck.report.reasons import Reason, reasons_of
from fitcheck.report.sentences import notes, persona_sentence, verdict_text
from fitcheck.report.texts import Texts

_REASONS = 3
_SIGNS = {"met": "yes", "not_met": "no", "undecided": "open"}


@dataclass(frozen=True, slots=True)
class Card:
    """A persona, and what is known of it."""

    name: str
    facts: tuple[tuple[str, str], ...]
    """Goals, need and the like."""
    assigned: str
    """How respondents are assigned."""
    remarks: tuple[str, ...] = ()
    """Sentences on the numbers, or why there are none."""
    rate: str = ""
    """Share of not_fit; empty where there is none."""
    bounds: str = ""
    verdict: tuple[str, str] | None = None
    """The sign and the words."""
    reasons: tuple[tuple[str, str], ...] | None = None
    """What is criticized and wished most, each with its counts and what it concerns; None where
    themes are not shown."""


def personas_page(personas: Personas, report: Report | None, texts: Texts) -> str:
    """Return the page of all personas; what a report must not show is not in it."""
    lead = texts.of("personas.lead", n=texts.counted("personas", len(personas.personas)))
    others: list[str] = []
    if report is not None:
        lead = _lead(report, texts) or lead
        others = [
            persona_sentence(rate, report.rates, texts)
            for rate in report.rates.personas
            if not any(persona.is_meant_by(rate.persona) for persona in personas.personas)
        ]
    return render_page(
        "personas.html",
        texts,
        title=texts.of("personas.title"),
        lead=lead,
        cards=make_cards(personas, report, texts),
        others=others,
        notes=notes(report, texts) if report is not None else [],
    )


def make_cards(personas: Personas, report: Report | None, texts: Texts) -> list[Card]:
    """Return a card for each persona, in the order of their file."""
    return [_card(persona, report, texts) for persona in personas.personas]


def _lead(report: Report, texts: Texts) -> str:
    """Return how many verdicts there are of each kind; empty where there is none."""
    judged = [rate for rate in report.rates.personas if _is_judged(rate, report)]
    if not judged:
        return ""
    counts = Counter(rate.verdict for rate in judged)
    return texts.of(
        "personas.lead_judged",
        limit=texts.level(report.rates.limit),
        n=texts.number(len(judged)),
        **{verdict: texts.number(counts[verdict]) for verdict in _SIGNS},  # type: ignore[index]
    )


def _is_judged(rate: PersonaRate, report: Report) -> bool:
    return report.rates.headline in rate.rates and not rate.withheld


def _card(persona: Persona, report: Report | None, texts: Texts) -> Card:
    card = Card(
        persona.said_of("name", texts.lang),
        tuple(_facts(persona, texts)),
        texts.of("personas.assigned", rules=_rules(persona, texts)),
    )
    if report is None:
        return card
    found = [rate for rate in report.rates.personas if persona.is_meant_by(rate.persona)]
    if not found:  # hidden or not asked: nobody can tell which
        return replace(card, remarks=(texts.of("personas.hidden"),))
    if len(found) > 1:
        names = ", ".join(rate.persona for rate in found)
        return replace(card, remarks=(texts.of("personas.several", names=names),))
    return _with_numbers(card, found[0], report, texts)


def _facts(persona: Persona, texts: Texts) -> Iterator[tuple[str, str]]:
    for aspect in ASPECTS:
        if said := persona.said_of(aspect, texts.lang):
            yield texts.of(f"aspect.{aspect}"), said


def _rules(persona: Persona, texts: Texts) -> str:
    return "; ".join(
        texts.of(
            "personas.assigned_rule",
            column=rule.column or rule.checked,
            values=", ".join(rule.accepted) or texts.of("personas.checked"),
        )
        for rule in persona.assign
    )


def _with_numbers(card: Card, rate: PersonaRate, report: Report, texts: Texts) -> Card:
    found = report.rates
    card = replace(card, reasons=_reasons(rate, report, texts))
    if not _is_judged(rate, report):
        return replace(card, remarks=(persona_sentence(rate, found, texts),))
    headline = rate.rates[found.headline]
    bounds = texts.of(
        "personas.bounds",
        level=texts.level(1 - found.alpha),
        span=texts.span(headline.low, headline.high),
        people=texts.counted("people", rate.respondents),
    )
    as_named = texts.of("personas.evaluated_as", name=rate.persona)
    return replace(
        card,
        remarks=() if rate.persona == card.name else (as_named,),
        rate=texts.percent(headline.rate),
        bounds=bounds,
        verdict=(_SIGNS[rate.verdict], verdict_text(rate, found, texts)),
    )


def _reasons(rate: PersonaRate, report: Report, texts: Texts) -> tuple[tuple[str, str], ...] | None:
    """Return the reasons that most respondents give."""
    if rate.respondents < MIN_DETAIL:
        return None
    own = [reasons for reasons in reasons_of(report) if reasons.persona == rate.persona]
    found = [reason for reasons in own for by in reasons.by_lever.values() for reason in by]
    found.sort(key=lambda reason: (-max(reason.counts.values()), reason.theme.id))
    people = texts.counted("people", rate.respondents)
    return tuple(_reason(reason, people, texts) for reason in found[:_REASONS])


def _reason(reason: Reason, people: str, texts: Texts) -> tuple[str, str]:
    told = [texts.counted(f"said_{name}", n) for name, n in sorted(reason.counts.items())]
    said = texts.of("personas.reason", told=", ".join(told), people=people)
    concerned = ", ".join(texts.of(f"dimension.{name}") for name in reason.dimensions)
    name = text_in(reason.theme.name, texts.lang)
    return name, f"{said}; {texts.of('heading.dimensions')} {concerned}" if concerned else said
