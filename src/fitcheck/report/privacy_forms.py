"""The forms of the sheet for works council and data protection: page, text, Markdown."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from fitcheck.report.page import render_page
from fitcheck.report.privacy_sheet import PrivacySheet, Section
from fitcheck.report.texts import Texts

_WIDTH = 90
_BLANK = "_" * 40


def privacy_page(sheet: PrivacySheet, texts: Texts) -> str:
    """Return the sheet as a page to print and fill in."""
    return render_page(
        "privacy.html", texts, title=sheet.title, lead=sheet.lead, sections=sheet.sections
    )


def privacy_text(sheet: PrivacySheet, texts: Texts) -> str:  # noqa: ARG001 (as all forms)
    """Return the sheet as plain text."""
    parts = [sheet.title, "=" * len(sheet.title), "", _wrapped(sheet.lead)]
    for section in sheet.sections:
        parts += ["", section.heading, "-" * len(section.heading)]
        parts += [_wrapped(line, "- ") for line in _lines(section)]
    return "\n".join(parts) + "\n"


def _wrapped(text: str, first: str = "") -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(section: Section) -> Iterator[str]:
    for name, value in section.facts:
        yield f"{name}: {value}"
    yield from section.sentences
    for first, *others in section.rows:
        told = zip(section.headings[1:], others, strict=True)
        yield f"{first}. " + ". ".join(f"{name}: {cell}" for name, cell in told)
    for question in section.questions:
        yield f"{question} {_BLANK}"


def privacy_markdown(sheet: PrivacySheet, texts: Texts) -> str:  # noqa: ARG001 (as all forms)
    """Return the sheet as Markdown, for an intranet or a ticket."""
    parts = [f"# {sheet.title}", f"**{_plain(sheet.lead)}**"]
    for section in sheet.sections:
        parts += [f"## {section.heading}", *_blocks(section)]
    return "\n\n".join(parts) + "\n"


def _blocks(section: Section) -> Iterator[str]:
    if section.facts:
        yield "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in section.facts)
    if section.sentences:
        yield "\n\n".join(_plain(sentence) for sentence in section.sentences)
    if section.rows:
        lines = [section.headings, ["---"] * len(section.headings), *section.rows]
        yield "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)
    if section.questions:
        yield "\n".join(f"- [ ] {_plain(question)} …" for question in section.questions)


def _plain(text: str) -> str:
    """Return a text in which Markdown finds no sign of its own but code."""
    return "".join(f"\\{c}" if c in "\\|<>*_[]#" else c for c in text)


def privacy_json(sheet: PrivacySheet) -> dict[str, Any]:
    """Return the sheet for machines."""
    return dataclasses.asdict(sheet)


FORMS: dict[str, Callable[[PrivacySheet, Texts], str]] = {
    ".html": privacy_page,
    ".md": privacy_markdown,
    ".txt": privacy_text,
}
"""What makes the sheet, by the ending of its file."""
