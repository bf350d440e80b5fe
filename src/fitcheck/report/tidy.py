"""The report as tidy tables for Power BI and the like: csv that Excel opens, and parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitcheck.report.columns import TABLES, Column, names
from fitcheck.report.content import Report
from fitcheck.report.tables import rate_records
from fitcheck.report.themes import theme_records
from fitcheck.surveys.results import answer_cells


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How numbers and cells are written."""

    separator: str = ","
    decimal: str = "."


EXCEL_DE = CsvDialect(";", ",")
"""What a German Excel opens by a double click."""


def write_tables(report: Report, folder: Path, dialect: CsvDialect) -> None:
    """Write ``answers``, ``persona_rates`` and ``theme_counts`` into a folder, each twice."""
    from fitcheck.surveys.parquet import write_typed
    from fitcheck.surveys.text_file import write_table

    for name, rows in _rows(report).items():
        columns = TABLES[name]
        written = ([_written(value, dialect) for value in row] for row in rows)
        csv = folder / f"{name}.csv"
        write_table(csv, names(columns), written, separator=dialect.separator)
        write_typed(folder / f"{name}.parquet", _kinds(columns), rows)


def _rows(report: Report) -> dict[str, list[Sequence[Any]]]:
    pairs = zip(report.answers, report.predictions, strict=True)
    counts = [count for count in report.themes if count.persona is not None]  # no totals in a sum
    return {
        "answers": [answer_cells(answer, prediction) for answer, prediction in pairs],
        "persona_rates": [list(record.values()) for record in rate_records(report.rates)],
        "theme_counts": [
            list(record.values()) for record in theme_records(counts, report.codebook)
        ],
    }


def _kinds(columns: Sequence[Column]) -> dict[str, str]:
    return {column.name: column.kind for column in columns}


def _written(value: Any, dialect: CsvDialect) -> Any:
    if isinstance(value, float) and dialect.decimal != ".":
        return f"{value:.15g}".replace(".", dialect.decimal)
    return value
