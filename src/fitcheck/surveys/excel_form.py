"""Writes sheets that people fill in: drop-downs, and a page of instructions beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitcheck.surveys.excel_write import lay_out, set_cell
from fitcheck.surveys.outputs import LEGEND_SHEET

_LISTS = f"{LEGEND_SHEET} lists"


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet to fill in."""

    title: str
    """Name of the sheet."""
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    widths: Sequence[float]
    """Of the columns, in characters."""
    choices: Mapping[int, Sequence[str]]
    """What a column's drop-down offers, by the column's index."""
    help_title: str
    help: Sequence[Sequence[str]]
    """Rows of the instructions: each a heading, or a word with its explanation."""


def write_form(path: Path, form: Form) -> None:
    """Write a workbook with the form on its first sheet."""
    from openpyxl import Workbook

    workbook = Workbook()
    table: Any = workbook.active
    table.title = form.title
    for number, row in enumerate([form.headings, *form.rows], start=1):
        for position, value in enumerate(row, start=1):
            if value not in (None, ""):
                set_cell(table, number, position, value)
    _style(table, form)
    _add_help(workbook, form)
    _add_choices(workbook, table, form)
    workbook.save(path)


def _style(table: Any, form: Form) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    fill_in = PatternFill("solid", start_color="FFF7DC")
    top = Alignment(wrap_text=True, vertical="top")
    lay_out(table, form.widths)
    for index in range(len(form.headings)):
        table.cell(1, index + 1).font = Font(bold=True)
        for row in range(2, len(form.rows) + 2):
            cell = table.cell(row, index + 1)
            cell.alignment = top
            if index in form.choices or index == len(form.headings) - 1:
                cell.fill = fill_in


def _add_help(workbook: Any, form: Form) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = workbook.create_sheet(form.help_title)
    for number, row in enumerate(form.help, start=1):
        for position, value in enumerate(row, start=1):
            set_cell(sheet, number, position, value)
            cell = sheet.cell(number, position)
            cell.alignment = Alignment(wrap_text=len(row) > 1 or position > 1, vertical="top")
            cell.font = Font(bold=position == 1)
    for letter, width in (("A", 30), ("B", 100), ("C", 60)):
        sheet.column_dimensions[letter].width = width


def _add_choices(workbook: Any, table: Any, form: Form) -> None:
    """Add the drop-downs; their lists lie on a hidden sheet, which may be longer than a formula."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = workbook.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    known: dict[tuple[str, ...], DataValidation] = {}
    for index, words in form.choices.items():
        key = tuple(words)
        if key not in known:
            column = len(known) + 1
            for number, word in enumerate(words, start=1):
                set_cell(lists, number, column, word)
            letter = get_column_letter(column)
            known[key] = DataValidation(
                type="list",
                formula1=f"'{_LISTS}'!${letter}$1:${letter}${len(words)}",
                allow_blank=True,
            )
            table.add_data_validation(known[key])
        letter = get_column_letter(index + 1)
        known[key].add(f"{letter}2:{letter}{len(form.rows) + 1}")
