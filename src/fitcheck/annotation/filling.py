"""Fills labels into a sheet of a sample; whatever else stands in the file stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fitcheck.annotation.sheet import FilledRow, FilledSheet
from fitcheck.annotation.words import THEME_COLUMNS, fold, theme_words
from fitcheck.codebook import Codebook, text_in
from fitcheck.errors import DataError
from fitcheck.records import Label, Language
from fitcheck.surveys.files import fill_cells


@dataclass(frozen=True, slots=True)
class Coding:
    """What a coder said of one answer."""

    label: Label | None = None
    themes: tuple[str, ...] = ()
    """In alphabetical order: which column a theme stands in says nothing."""
    doubt: str = ""


def coding_of(row: FilledRow) -> Coding:
    """Return what a row says."""
    return Coding(row.label, tuple(sorted(row.themes)), row.doubt)


def theme_slots(sheet: FilledSheet, codebook: Codebook) -> dict[str, int]:
    """Return by key how many themes fit beside words written by hand that are none."""
    known = theme_words(codebook)
    columns = _theme_columns(sheet)
    return {
        row.key: sum(not row.cells[name] or fold(row.cells[name]) in known for name in columns)
        for row in sheet.rows
    }


def fill_sheet(
    content: bytes, sheet: FilledSheet, codebook: Codebook, codings: Mapping[str, Coding]
) -> bytes:
    """Return the file's content with codings by key in their rows.

    Parameters
    ----------
    content, sheet
        The file, and what was read from it.
    codebook
        It names labels and themes.
    codings
        What the rows with these keys are to say.

    Raises
    ------
    DataError
        If the file can be read but not written, such as an xls.
    """
    words = _Words(codebook, sheet.language)
    cells: dict[tuple[int, int], str] = {}
    for row in sheet.rows:
        if row.key in codings:
            for column, text in _texts(sheet, row, words, codings[row.key]):
                if text != row.cells[column]:
                    cells[row.row, sheet.places[column]] = text
    return fill_cells(content, sheet.path, sheet.sheet, cells) if cells else content


class _Words:
    """How a sheet calls labels and themes."""

    def __init__(self, codebook: Codebook, language: Language) -> None:
        self.themes_by_word = theme_words(codebook)
        self.themes = {theme.id: text_in(theme.name, language) for theme in codebook.themes}
        self.labels = {name: text_in(text.name, language) for name, text in codebook.labels.items()}


def _texts(
    sheet: FilledSheet, row: FilledRow, words: _Words, coding: Coding
) -> Iterator[tuple[str, str]]:
    """Yield columns with what is to stand in them; words that mean the same already stay."""
    if coding.label != row.label:
        yield "label", words.labels[coding.label] if coding.label else ""
    if set(coding.themes) != set(row.themes):
        columns = _theme_columns(sheet)
        slots = _slots(sheet, row, columns, words, coding.themes)
        yield from zip(columns, slots, strict=True)
    if coding.doubt != row.doubt:
        yield "doubt", coding.doubt


def _theme_columns(sheet: FilledSheet) -> list[str]:
    return [name for name in THEME_COLUMNS if name in sheet.places]


def _slots(
    sheet: FilledSheet,
    row: FilledRow,
    columns: Sequence[str],
    words: _Words,
    themes: Sequence[str],
) -> list[str]:
    """Return the texts of the theme columns: what stays keeps its column."""
    slots, missing = [], list(themes)
    for column in columns:
        text = row.cells[column]
        theme = words.themes_by_word.get(fold(text))
        stays = theme in missing if theme else bool(text)
        if stays and theme:
            missing.remove(theme)
        slots.append(text if stays else "")
    for theme in missing:
        if "" not in slots:
            raise DataError(
                "{path}, row {row}: the columns for themes are full.",
                "Empty one of them in Excel and save.",
                path=sheet.path,
                row=row.row,
            )
        slots[slots.index("")] = words.themes[theme]
    return slots
