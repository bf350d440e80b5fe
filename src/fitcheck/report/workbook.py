"""The report as a workbook: answers, personas, themes, a legend, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fitcheck.privacy.suppress import MIN_DETAIL
from fitcheck.rates import PersonaRate
from fitcheck.report.content import Report
from fitcheck.report.sentences import persona_sentence, report_notes, title
from fitcheck.report.texts import Texts
from fitcheck.surveys.excel_book import PERCENT, WHOLE, Sheet, write_book
from fitcheck.surveys.outputs import ANSWER_COLUMNS
from fitcheck.surveys.results import answer_cells


def write_workbook(report: Report, path: Path, texts: Texts) -> None:
    """Write the workbook; its first sheet is an answers table that fitcheck can read again."""
    write_book(path, sheets_of(report, texts))


def sheets_of(report: Report, texts: Texts) -> list[Sheet]:
    """Return what the workbook shows."""
    return [
        _answers(report, texts),
        _personas(report, texts),
        _themes(report, texts),
        _legend(report, texts),
        _run(report, texts),
    ]


def _answers(report: Report, texts: Texts) -> Sheet:
    pairs = zip(report.answers, report.predictions, strict=True)
    return Sheet(
        texts.of("sheet.answers"),
        ANSWER_COLUMNS,
        [answer_cells(answer, prediction) for answer, prediction in pairs],
        (7, 8, 22, 40, 70, 11, 10, 36, 40, 16, 10, 12),
        {ANSWER_COLUMNS.index("p_not_fit"): PERCENT},
    )


_COUNTED = ("fit", "not_fit", "no_signal")


def _personas(report: Report, texts: Texts) -> Sheet:
    names = ["persona", "respondents", *_COUNTED, "labelled"]
    names += ["rate", "lower", "upper", "verdict", "remark"]
    return Sheet(
        texts.of("sheet.personas"),
        [texts.of(f"heading.{name}") for name in names],
        [_persona_row(rate, report, texts) for rate in report.rates.personas],
        (28, 11, 11, 11, 11, 11, 11, 11, 11, 13, 90),
        {**dict.fromkeys(range(1, 6), WHOLE), **dict.fromkeys(range(6, 9), PERCENT)},
    )


def _persona_row(persona: PersonaRate, report: Report, texts: Texts) -> list[object]:
    found = report.rates
    rate = persona.rates.get(found.headline)
    bounds = (rate.rate, rate.low, rate.high) if rate else (None, None, None)
    is_judged = rate is not None and not persona.withheld
    return [
        texts.persona(persona.persona),
        persona.respondents,
        *(persona.counted.get(name, 0) if persona.counted else None for name in _COUNTED),
        persona.labelled if found.plan else None,
        *(None if value is None or value != value else value for value in bounds),
        texts.of(f"short.{persona.verdict}") if is_judged else None,
        persona_sentence(persona, found, texts),
    ]


def _themes(report: Report, texts: Texts) -> Sheet:
    themes = {theme.id: theme for theme in report.codebook.themes}
    names = ("persona", "theme", "polarity", "respondents", "share", "answers", "dimensions")
    rows = []
    for count in report.themes:
        theme = themes.get(count.theme)
        own = theme.name.get(texts.lang) if theme else None
        concerned = theme.persona_dimensions if theme else ()
        rows.append(
            [
                texts.persona(count.persona),
                own or count.theme,
                texts.of(f"polarity.{count.polarity}"),
                count.respondents,
                count.share,
                count.answers,
                ", ".join(texts.of(f"dimension.{name}") for name in concerned),
            ]
        )
    return Sheet(
        texts.of("sheet.themes"),
        [texts.of(f"heading.{name}") for name in names],
        rows,
        (28, 44, 12, 11, 12, 11, 36),
        {3: WHOLE, 4: PERCENT, 5: WHOLE},
    )


def _legend(report: Report, texts: Texts) -> Sheet:
    return Sheet(
        texts.of("sheet.legend"),
        [texts.of("heading.term"), texts.of("heading.meaning")],
        list(_legend_rows(report, texts)),
        (30, 120),
    )


def _legend_rows(report: Report, texts: Texts) -> Iterator[tuple[str, str]]:
    floors = {"floor": report.run["min_group"], "detail": report.run["min_group_details"]}
    for sheet in ("answers", "personas", "themes"):
        said = texts.of(f"legend.{sheet}", rated=MIN_DETAIL, **floors)
        yield texts.of(f"sheet.{sheet}"), said
    bounds = f"{texts.of('heading.lower')}, {texts.of('heading.upper')}"
    yield bounds, texts.of("legend.bounds")
    yield texts.of("heading.verdict"), texts.of("legend.verdict")
    yield "label", texts.of("legend.label")
    yield texts.of("heading.rate"), title(report.rates, texts)
    for theme in report.codebook.themes:
        yield theme.name.get(texts.lang, theme.id), theme.definition.get(texts.lang, "")
    for note in report_notes(report, texts):
        yield "", note


def _run(report: Report, texts: Texts) -> Sheet:
    return Sheet(
        texts.of("sheet.run"),
        [texts.of("heading.fact"), texts.of("heading.value")],
        [[name, value] for name, value in report.run.items()],
        (36, 80),
    )
