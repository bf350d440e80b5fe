"""The report as one page: the answer, one picture, reasons, how sure it is, and how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from fitcheck.codebook import text_in
from fitcheck.rates import PersonaRate
from fitcheck.report.content import Report
from fitcheck.report.page import render_page
from fitcheck.report.picture import KINDS, draw_pictures
from fitcheck.report.quotes import draw_quotes
from fitcheck.report.reasons import Reason, reasons_of
from fitcheck.report.sentences import persona_sentence, report_notes, title
from fitcheck.report.texts import Texts
from fitcheck.report.trust import trust_in


def report_page(report: Report, texts: Texts, *, by: str = "", quotes: bool = False) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    report : Report
        What may be shown.
    texts : Texts
        In which language.
    by : str
        What the groups are, such as ``Angebot``; personas by default.
    quotes : bool
        Show a few words of respondents.
    """
    found = report.rates
    judged = found.plan is not None
    said = report_notes(report, texts)
    return render_page(
        "report.html",
        texts,
        title=texts.of("page.title_by", by=by) if by else texts.of("page.title"),
        lead=_lead(report, texts, by),
        headline=title(found, texts) if found.personas else "",
        lines=[_line(persona, report, texts) for persona in found.personas],
        notes=said[:-1],  # the last one, what it is for, stands at the end of the page
        pictures=draw_pictures(report, texts) if judged and found.personas else [],
        picture_lead=texts.of("page.picture_lead", level=texts.level(1 - found.alpha)),
        headings=[by or texts.of("heading.persona"), *_headings(judged, texts)],
        numeric=[1, 2, 3, 4, 5] if judged else [1, 2, 3, 4],
        rows=[[texts.persona(p.persona), *_cells(p, report, texts)] for p in found.personas],
        reasons=_reasons(report, texts),
        with_quotes=quotes,
        quotes=draw_quotes(report) if quotes else {},
        facts=list(_facts(report, texts)),
        **trust_in(report, texts),
    )


def _line(persona: PersonaRate, report: Report, texts: Texts) -> dict[str, str]:
    """Return the sentence of a persona in two parts: its name, and the rest."""
    name = texts.persona(persona.persona)
    rest = persona_sentence(persona, report.rates, texts).removeprefix(name)
    return {"kind": _kind(persona), "name": name, "rest": rest}


def _kind(persona: PersonaRate) -> str:
    return KINDS[persona.verdict] if persona.rates and not persona.withheld else "none"


def _lead(report: Report, texts: Texts, by: str) -> str:
    """Return the whole report in a sentence."""
    found = report.rates
    if not found.personas:
        return texts.of("note.nothing")
    if found.plan is None:
        return texts.of("page.lead_counts")
    kinds = [_kind(persona) for persona in found.personas]
    groups = texts.counted("groups" if by else "personas", len(kinds))
    counts = {name: texts.number(kinds.count(kind)) for name, kind in KINDS.items()}
    lead = texts.of("page.lead", limit=texts.level(found.limit), groups=groups, **counts)
    unjudged = kinds.count("none")
    return f"{lead} {texts.counted('unjudged', unjudged)}" if unjudged else lead


_JUDGED = ("respondents", "labelled", "rate", "lower", "upper", "verdict")
_COUNTED = ("respondents", "fit", "not_fit", "no_signal")


def _headings(judged: bool, texts: Texts) -> list[str]:
    return [texts.of(f"heading.{name}") for name in (_JUDGED if judged else _COUNTED)]


def _cells(persona: PersonaRate, report: Report, texts: Texts) -> list[object]:
    found = report.rates
    if found.plan is None:
        counted = persona.counted
        labels = [texts.number(counted.get(name, 0)) if counted else "–" for name in _COUNTED[1:]]
        return [texts.number(persona.respondents), *labels]
    rate, kind = persona.rates.get(found.headline), _kind(persona)
    bounds = (rate.rate, rate.low, rate.high) if rate else (math.nan,) * 3
    return [
        texts.number(persona.respondents),
        texts.number(persona.labelled),
        *map(texts.percent, bounds),
        {"kind": kind, "word": texts.of(f"short.{persona.verdict}")} if kind != "none" else "–",
    ]


def _reasons(report: Report, texts: Texts) -> list[dict[str, Any]]:
    return [
        {
            "persona": group.persona,
            "respondents": group.respondents,
            "by_lever": {
                lever: [_reason(reason, texts) for reason in found]
                for lever, found in group.by_lever.items()
            },
        }
        for group in reasons_of(report)
    ]


def _reason(reason: Reason, texts: Texts) -> dict[str, str]:
    told = [texts.counted(f"said_{name}", n) for name, n in sorted(reason.counts.items())]
    return {
        "name": text_in(reason.theme.name, texts.lang),
        "told": ", ".join(told),
        "concerns": ", ".join(texts.of(f"dimension.{name}") for name in reason.dimensions),
    }


def _facts(report: Report, texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield every setting with its name, in words where there are some."""
    for name, value in report.run.items():
        yield texts.fact(name), texts.setting(name, value)
