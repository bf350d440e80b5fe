"""The sheet of a sample: written for people to fill in, and read back however they saved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fitcheck.annotation.words import (
    COLUMNS,
    HOW,
    RULES_SHEET,
    SHEET,
    THEME_COLUMNS,
    fold,
    label_words,
    theme_words,
)
from fitcheck.codebook import Codebook, text_in
from fitcheck.errors import DataError
from fitcheck.records import LABELS, Label, Language
from fitcheck.surveys.atomic import atomic_path
from fitcheck.surveys.cells import unguard_formula
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import ReadOptions

if TYPE_CHECKING:  # drawing needs scipy, a sheet does not
    from fitcheck.annotation.drawing import SheetRow

_WIDTHS = (6, 15, 30, 70, 16, 22, 22, 22, 30)
_OPTIONS = ReadOptions(max_megabytes=1e6)
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
    cells: Mapping[str, str] = field(default_factory=dict)
    """Everything that stands in it, by the names in `COLUMNS`."""

    @property
    def has_foreign_theme(self) -> bool:
        """Whether a theme is named that the codebook does not have."""
        named = {fold(self.cells[name]) for name in THEME_COLUMNS if self.cells.get(name)}
        return len(named) > len(self.themes)


@dataclass(frozen=True)
class FilledSheet:
    """A sheet that somebody filled in, partly or wholly."""

    path: str
    rows: tuple[FilledRow, ...]
    labels: Mapping[str, Label] = field(default_factory=dict)
    """Labels by key; what has none is not in it."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Where each column stands, counted from 0."""
    sheet: str = ""
    """Name of the workbook's sheet; empty for a text file."""
    language: Language = "en"
    """Of its headings."""


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
    labels = [text_in(codebook.labels[label].name, language) for label in LABELS]
    themes = [text_in(theme.name, language) for theme in codebook.themes]
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
    yield (text_in(codebook.core_question, language),)
    yield from ((sentence,) for sentence in HOW[language])
    for label in LABELS:
        entry = codebook.labels[label]
        yield text_in(entry.name, language), text_in(entry.definition, language)
    for rule in codebook.rules:
        yield f"{rule.id} {text_in(rule.title, language)}", text_in(rule.text, language)
    for theme in codebook.themes:
        yield text_in(theme.name, language), text_in(theme.definition, language)


def read_sheet(path: str | Path, codebook: Codebook) -> FilledSheet:
    """Return what is in a filled sheet: xlsx, or a csv that Excel saved, in any order of rows.

    Raises
    ------
    DataError
        If it is no such sheet, a label is none of the codebook's, or a key has two labels.
    """
    return parse_sheet(read_bytes(path, _OPTIONS), str(path), codebook)


def parse_sheet(content: bytes, name: str, codebook: Codebook) -> FilledSheet:
    """Return what is in the content of a filled sheet, as `read_sheet` does."""
    grid = read_grid(content, name, _OPTIONS)
    start, places, language = _heading(grid.rows, name)
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
        rows.append(
            FilledRow(
                number,
                cell["key"],
                cell["text"],
                words.get(fold(cell["label"])),
                tuple(dict.fromkeys(themes[word] for word in chosen if word in themes)),
                cell.get("doubt", ""),
                cell,
            )
        )
    sheet = grid.facts.get("sheet", "")
    return FilledSheet(name, tuple(rows), _labels(rows, name), places, sheet, language)


def _heading(rows: Sequence[Sequence[str]], path: str) -> tuple[int, dict[str, int], Language]:
    """Return the heading's row, where each column stands, and the language."""
    names = {fold(word): column for column, words in COLUMNS.items() for word in words.values()}
    for index, row in enumerate(rows[:_SEARCHED]):
        places = {names[fold(cell)]: i for i, cell in enumerate(row) if fold(cell) in names}
        if {"key", "text", "label"} <= set(places):
            german = fold(row[places["key"]]) == fold(COLUMNS["key"]["de"])
            return index, places, "de" if german else "en"
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
