"""What the picture of a report shows: rates with bounds against the limit, in parts for paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fitcheck.rates import PersonaRate
from fitcheck.report.chart import NARROW, WIDE, Dot, Kind, draw_dots
from fitcheck.report.content import Report
from fitcheck.report.texts import Texts
from fitcheck.stats.verdict import Verdict
from fitcheck.templates import Trusted

KINDS: dict[Verdict, Kind] = {"met": "yes", "not_met": "no", "undecided": "open"}
"""What a verdict looks like."""
_ROWS = 20
"""Most rows of a part, so that it fits on a sheet of paper."""
_SCALES = ((0.1, 0.02), (0.2, 0.05), (0.4, 0.1), (0.6, 0.2), (1.0, 0.2))
"""Ends of the scale, and how far its marks are apart."""


def draw_pictures(report: Report, texts: Texts) -> list[tuple[Trusted, Trusted]]:
    """Return the parts of the picture, each for wide and for narrow screens, on one scale."""
    found = report.rates
    dots = [_dot(persona, report, texts) for persona in found.personas]
    drawn = [dot for dot in dots if dot.rate is not None]
    ticks = _ticks(max((dot.high for dot in drawn), default=0), found.limit, texts)
    limit_word = texts.of("page.limit", limit=texts.level(found.limit))
    parts = [dots[i : i + _ROWS] for i in range(0, len(dots), _ROWS)]
    pictures = []
    for number, part in enumerate(parts, 1):
        title = texts.of("page.picture_part", part=number, parts=len(parts))
        told: dict[str, Any] = {
            "limit": found.limit,
            "limit_word": limit_word,
            "ticks": ticks,
            "title": title if len(parts) > 1 else texts.of("page.picture_title"),
            "description": " ".join(_told(dot) for dot in part),
        }
        pictures.append((draw_dots(part, WIDE, **told), draw_dots(part, NARROW, **told)))
    return pictures


def _dot(persona: PersonaRate, report: Report, texts: Texts) -> Dot:
    found = report.rates
    rate = persona.rates.get(found.headline)
    name = texts.persona(persona.persona)
    if rate is None:
        return Dot(name, "", word=texts.of("page.no_rate"))
    size = _size(persona.labelled, texts)
    judged = not persona.withheld
    word = texts.of(f"short.{persona.verdict}") if judged else texts.of("page.no_verdict")
    kind = KINDS[persona.verdict] if judged else "open"
    span = texts.span(rate.low, rate.high)
    if not math.isfinite(rate.rate):
        return Dot(name, size, kind, word, None, rate.low, rate.high, span)
    numbers = texts.of("page.rate_span", rate=texts.percent(rate.rate), span=span)
    return Dot(name, size, kind, word, rate.rate, rate.low, rate.high, numbers)


def _size(n: int, texts: Texts) -> str:
    return f"n\u00a0=\u00a0{texts.number(n)}"


def _told(dot: Dot) -> str:
    return f"{dot.name}: {', '.join(filter(None, (dot.word, dot.numbers, dot.size)))}."


def _ticks(highest: float, limit: float, texts: Texts) -> Sequence[tuple[float, str]]:
    end, step = next(
        (scale for scale in _SCALES if scale[0] >= max(highest, 1.5 * limit)), _SCALES[-1]
    )
    marks = [round(i * step, 4) for i in range(round(end / step) + 1)]
    return [(mark, texts.percent(mark, 0)) for mark in marks]
