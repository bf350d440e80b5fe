"""The sheet of a sample: written for people to fill in, and read back however they saved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fitcheck.annotation.drawing import SheetRow
from fitcheck.annotation.words import (
    COLUMNS,
    HOW,
    RULES_SHEET,
    SHEET,
    THEME_COLUMNS,
    Language,
    fold,
    label_words,
    theme_words,
)
from fitcheck.codebook import Codebook
from fitcheck.errors import DataError
from fitcheck.records import LABELS, Label
from fitcheck.surveys.atomic import atomic_path
from fitcheck.surveys.cells import unguard_formula
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import ReadOptions

_WIDTHS = (6, 15, 30, 70, 16, 22, 22, 22, 30)
_SEARCHED = 20
"""Rows in which the heading is looked for."""


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One row of a sheet as it came back."""

    row: int
    """The sheet row as Excel shows it."""
    key: str
    text: str
    label: Label | None
    themes: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class FilledSheet:
    """A sheet that somebody filled in, partly or wholly."""

    path: str
    rows: tuple[FilledRow, ...]
    labels: Mapping[str, Label] = field(default_factory=dict)
    """Labels by key; what has none is not in it."""


def write_sheet(
    path: Path,
    rows: Sequence[SheetRow],
    codebook: Codebook,
    language: Language,
    *,
    overwrite: bool = False,
) -> None:
    """Write the workbook that a coder fills in; it shows no prediction, id or persona.

    Raises
    ------
    DataError
        If `path` exists or cannot be written.
    """
    from fitcheck.surveys.excel_form import Form, write_form

    columns = list(COLUMNS)
    labels = [_text(codebook.labels[label].name, language) for label in LABELS]
    themes = [_text(theme.name, language) for theme in codebook.themes]
    form = Form(
        title=SHEET[language],
        headings=[COLUMNS[name][language] for name in columns],
        rows=[(row.number, row.key, row.question, row.text) for row in rows],
        widths=_WIDTHS,
        choices={
            columns.index("label"): labels,
            **{columns.index(name): themes for name in THEME_COLUMNS},
        },
        help_title=RULES_SHEET[language],
        help=list(_instructions(codebook, language)),
    )
    with atomic_path(path, overwrite=overwrite) as temporary:
        write_form(temporary, form)


def _instructions(codebook: Codebook, language: Language) -> Iterator[tuple[str, ...]]:
    yield (_text(codebook.core_question, language),)
    yield from ((sentence,) for sentence in HOW[language])
    for label in LABELS:
        entry = codebook.labels[label]
        yield _text(entry.name, language), _text(entry.definition, language)
    for rule in codebook.rules:
        yield f"{rule.id} {_text(rule.title, language)}", _text(rule.text, language)
    for theme in codebook.themes:
        yield _text(theme.name, language), _text(theme.definition, language)


def read_sheet(path: str | Path, codebook: Codebook) -> FilledSheet:
    """Return what is in a filled sheet: xlsx, or a csv that Excel saved, in any order of rows.

    Raises
    ------
    DataError
        If it is no such sheet, a label is none of the codebook's, or a key has two labels.
    """
    name, options = str(path), ReadOptions(max_megabytes=1e6)
    grid = read_grid(read_bytes(path, options), name, options)
    start, places = _heading(grid.rows, name)
    words, themes = label_words(codebook), theme_words(codebook)
    rows = []
    for number, cells in zip(grid.numbers[start + 1 :], grid.rows[start + 1 :], strict=True):
        cell = {
            column: unguard_formula(cells[place]).strip() if place < len(cells) else ""
            for column, place in places.items()
        }
        if not any(cell.values()):
            continue
        chosen = [fold(cell[column]) for column in THEME_COLUMNS if cell.get(column)]
        if cell["label"] and fold(cell["label"]) not in words:
            raise DataError(
                "{path}, row {row}: what stands in the column for the label is none.",
                "Choose one of: {known}.",
                path=name,
                row=number,
                known=", ".join(words),
            )
        if not set(chosen) <= set(themes):
            raise DataError(
                "{path}, row {row}: what stands in the column for a theme is none.",
                "Choose one of the drop-down, or empty it.",
                path=name,
                row=number,
            )
        rows.append(
            FilledRow(
                number,
                cell["key"],
                cell["text"],
                words.get(fold(cell["label"])),
                tuple(dict.fromkeys(themes[word] for word in chosen)),
                cell.get("doubt", ""),
            )
        )
    return FilledSheet(name, tuple(rows), _labels(rows, name))


def _heading(rows: Sequence[Sequence[str]], path: str) -> tuple[int, dict[str, int]]:
    """Return the heading's row and where each column stands."""
    names = {fold(word): column for column, words in COLUMNS.items() for word in words.values()}
    for index, row in enumerate(rows[:_SEARCHED]):
        places = {names[fold(cell)]: i for i, cell in enumerate(row) if fold(cell) in names}
        if {"key", "text", "label"} <= set(places):
            return index, places
    raise DataError(
        "{path} is no sheet of `fitcheck sample`: there are no columns {columns}.",
        "Pass the file that was filled in, and keep its headings as they were.",
        path=path,
        columns=", ".join(COLUMNS[name]["en"] for name in ("key", "text", "label")),
    )


def _labels(rows: Sequence[FilledRow], path: str) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    places: dict[str, int] = {}
    for row in rows:
        if row.label is None:
            continue
        if labels.setdefault(row.key, row.label) != row.label:
            raise DataError(
                "{path}: rows {first} and {row} are the same answer with two labels.",
                "Decide for one of them and empty the other.",
                path=path,
                first=places[row.key],
                row=row.row,
            )
        places.setdefault(row.key, row.row)
    return labels


def _text(texts: Mapping[str, str], language: Literal["de", "en"]) -> str:
    chosen = texts.get(language) or next(iter(texts.values()))
    return " ".join(chosen.split())
