"""The forms that a report can have; another one is one more entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fitcheck.report.content import Report
from fitcheck.report.sentences import plain_text
from fitcheck.report.texts import Texts
from fitcheck.report.tidy import EXCEL_DE, CsvDialect, write_tables
from fitcheck.report.workbook import write_workbook


@dataclass(frozen=True, slots=True)
class Style:
    """What the reader wants."""

    texts: Texts
    excel_de: bool = False
    """Whether csv files are for a German Excel."""
    by: str = ""
    """What the groups of a page are, such as ``Angebot``; personas by default."""
    quotes: bool = False
    """Whether a page shows words of respondents."""


@dataclass(frozen=True, slots=True)
class Format:
    """A form of a report."""

    ending: str
    """Of the file; empty for a folder."""
    write: Callable[[Report, Path, Style], None]
    """Writes to a path: a file, or a folder that is there."""


def _write_page(report: Report, path: Path, style: Style) -> None:
    from fitcheck.report.onepage import report_page

    page = report_page(report, style.texts, by=style.by, quotes=style.quotes)
    path.write_text(page, encoding="utf-8")


def _write_text(report: Report, path: Path, style: Style) -> None:
    path.write_text(plain_text(report, style.texts), encoding="utf-8")


def _write_tables(report: Report, path: Path, style: Style) -> None:
    write_tables(report, path, EXCEL_DE if style.excel_de else CsvDialect())


def _write_workbook(report: Report, path: Path, style: Style) -> None:
    write_workbook(report, path, style.texts)


FORMATS: Mapping[str, Format] = {
    "html": Format(".html", _write_page),
    "text": Format(".txt", _write_text),
    "xlsx": Format(".xlsx", _write_workbook),
    "tables": Format("", _write_tables),
}
"""By the name that `--format` takes."""
