"""The answer as sentences: one per persona, and what has to be said beside them."""

from __future__ import annotations

from fitcheck.privacy.suppress import MIN_DETAIL
from fitcheck.rates import PersonaRate, Rates
from fitcheck.report.content import Report
from fitcheck.report.texts import Texts
from fitcheck.stats.planning import Missing
from fitcheck.stats.strata import Denominator
from fitcheck.stats.verdict import Rate


def plain_text(report: Report, texts: Texts) -> str:
    """Return a short text for mail and slides."""
    sentences = [persona_sentence(rate, report.rates, texts) for rate in report.rates.personas]
    lines = [title(report.rates, texts), "", *sentences, "", *report_notes(report, texts)]
    return "\n".join(lines) + "\n"


def title(found: Rates, texts: Texts) -> str:
    """Return what the numbers are of."""
    if found.plan is None:
        return texts.of("title.counts")
    return texts.of(f"title.{found.headline[1]}", limit=texts.level(found.limit))


def persona_sentence(persona: PersonaRate, found: Rates, texts: Texts) -> str:
    """Return the answer for one persona."""
    common = {
        "persona": texts.persona(persona.persona),
        "people": texts.counted("people", persona.respondents),
    }
    headline = persona.rates.get(found.headline)
    if headline is not None:
        return _rate_sentence(persona, headline, found, texts, common)
    if found.plan is not None and persona.respondents >= MIN_DETAIL:
        why = texts.of(f"why.{persona.withheld or 'no_labels'}")
        return texts.of("sentence.withheld", why=why, **common)
    return _count_sentence(persona, texts, common)


def _rate_sentence(
    persona: PersonaRate, headline: Rate, found: Rates, texts: Texts, common: dict[str, str]
) -> str:
    numbers = {
        **common,
        "rate": texts.percent(headline.rate),
        "level": texts.level(1 - found.alpha),
        "span": texts.span(headline.low, headline.high),
        "verdict": verdict_text(persona, found, texts),
    }
    counted = labelled_counts(persona, found.headline[1])
    if counted is not None and abs(counted[0] - headline.rate * counted[1]) < 1e-6:
        k, n = (texts.number(number) for number in counted)
        return texts.of("sentence.exact", k=k, n=n, **numbers)
    labelled = texts.number(persona.labelled)
    return texts.of("sentence.weighted", labelled=labelled, **numbers)


def labelled_counts(persona: PersonaRate, denominator: Denominator) -> tuple[int, int] | None:
    """Return how many of how many labelled respondents are not_fit; None without labels."""
    if persona.sample is None:
        return None
    parts = (persona.sample.strata.flagged, persona.sample.strata.others)
    not_fit, fit = sum(p.not_fit for p in parts), sum(p.fit for p in parts)
    silent = sum(p.no_signal for p in parts) if denominator == "all" else 0
    return not_fit, not_fit + fit + silent


def verdict_text(persona: PersonaRate, found: Rates, texts: Texts) -> str:
    """Return the verdict in words, with what would decide it."""
    limit = texts.level(found.limit)
    if persona.withheld:
        return texts.of(f"verdict.{persona.withheld}")
    if persona.verdict == "undecided" and persona.missing is not None:
        needs = needs_text(persona.missing, texts)
        return texts.of("verdict.undecided_needs", limit=limit, needs=needs)
    return texts.of(f"verdict.{persona.verdict}", limit=limit)


def needs_text(missing: Missing, texts: Texts) -> str:
    """Return what would decide it."""
    if missing.need == "too_close":
        return texts.of("needs.too_close")
    if missing.n is None:
        return texts.of("needs.many")
    return texts.counted(missing.need, missing.n)


def _count_sentence(persona: PersonaRate, texts: Texts, common: dict[str, str]) -> str:
    if persona.counted:
        labels = ("fit", "not_fit", "no_signal", "failed")
        counts = {name: texts.number(persona.counted.get(name, 0)) for name in labels}
        return texts.of("sentence.counts", **counts, **common)
    if persona.mostly:
        label, bound = persona.mostly
        said = texts.of(f"label.{label}")
        return texts.of("sentence.mostly", bound=bound, label=said, **common)
    return texts.of("sentence.few", **common)


def notes(report: Report, texts: Texts) -> list[str]:
    """Return what has to be said beside the numbers."""
    found = report.rates
    said = []
    if not found.personas:
        said.append(texts.of("note.nothing"))
    if report.hidden:
        said.append(texts.counted("hidden", report.hidden, floor=report.run["min_group"]))
    if any(persona.rates for persona in found.personas):
        single, both = (texts.level(1 - n * found.alpha) for n in (1, 2))
        said.append(texts.of("note.bounds", single=single, both=both))
        if len(found.personas) > 1:
            names = ", ".join(map(texts.persona, found.picked)) or texts.of("note.none")
            said.append(texts.of("note.picked", n=len(found.personas), names=names))
    elif found.plan is None and found.personas:
        said.append(texts.of("note.counts"))
    return [*said, texts.of("note.purpose")]


def report_notes(report: Report, texts: Texts) -> list[str]:
    """Return the same for a report, with how not to publish it before what it is for."""
    once = [texts.of("note.once")] if report.rates.personas else []
    *said, purpose = notes(report, texts)
    return [*said, *once, purpose]
