"""A sheet comes back as people saved it: re-sorted, partly filled, through German Excel."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fitcheck.annotation.counting import labels_of_sheet, read_labels
from fitcheck.annotation.drawing import Sample, draw_sample
from fitcheck.annotation.plan import SamplePlan
from fitcheck.annotation.sheet import read_sheet, write_sheet
from fitcheck.annotation.words import COLUMNS
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.records import Answer, Prediction

TEXTS = (
    "passt",
    "=1+1 gelernt",
    "- gut",
    "Zeile 1\nZeile 2",
    "‚so la la‘ – 3 €",
    "@alle danke",
    "'s ging",
)
ANSWERS = [
    Answer(f"{TEXTS[i % len(TEXTS)]} {i}", "Passte es?", "fit", str(i), "Pflege") for i in range(30)
]
BOOK = load_codebook()


@pytest.fixture
def sample() -> Sample:
    """Twenty drawn respondents."""
    return draw_sample(ANSWERS, [Prediction("fit")] * 30, SamplePlan("fixed", 0, 20))


@pytest.fixture
def path(tmp_path: Path, sample: Sample) -> Path:
    """Their empty German sheet, with its plan."""
    path = tmp_path / "Bögen für März.xlsx"
    write_sheet(path, sample.rows, BOOK, "de")
    sample.plan.save(tmp_path / "Bögen für März.plan.json")
    return path


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change the first sheet as a person would."""
    workbook = openpyxl.load_workbook(path)
    change(workbook.worksheets[0])
    workbook.save(path)


def label_column(language: Any = "de") -> int:
    """Return the column of the label, counted from 1."""
    return list(COLUMNS).index("label") + 1


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_empty_sheet_holds_every_row(language: Any, tmp_path: Path, sample: Sample) -> None:
    """Texts come back letter by letter, formulas and line breaks among them."""
    path = tmp_path / "s.xlsx"
    write_sheet(path, sample.rows, BOOK, language)
    found = read_sheet(path, BOOK)
    assert [row.key for row in found.rows] == [row.key for row in sample.rows]
    assert labels_of_sheet(sample.plan, found, ANSWERS) == ({}, [])


def test_the_sheet_helps_to_fill_it_in(path: Path) -> None:
    """Drop-downs for label and themes, and the codebook's rules beside."""
    workbook = openpyxl.load_workbook(path)
    table, rules = workbook.worksheets[0], workbook["fitcheck Anleitung"]
    ranges = " ".join(str(v.sqref) for v in table.data_validations.dataValidation)
    assert "E2:E21" in ranges
    assert "H2:H21" in ranges
    told = {str(cell.value) for row in rules.iter_rows() for cell in row}
    assert any(text.startswith("G1 ") for text in told)
    cells = {str(cell.value) for row in table.iter_rows() for cell in row}
    assert not cells & {"fit", "not_fit", "Pflege"}


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("passend", "fit"),
        (" Nicht  Passend", "not_fit"),
        ("not_fit", "not_fit"),
        ("NO SIGNAL", "no_signal"),
        ("keine\u00a0Aussage", "no_signal"),
    ],
)
def test_labels_in_either_language(said: str, label: str, path: Path) -> None:
    """However it is written."""
    edit(path, lambda table: table.cell(2, label_column()).__setattr__("value", said))
    assert list(read_sheet(path, BOOK).labels.values()) == [label]


def test_sorting_and_moving_columns_changes_nothing(path: Path, sample: Sample) -> None:
    """Keys carry the labels, not places."""

    def shuffle(table: Any) -> None:
        rows = [[cell.value for cell in row] for row in table.iter_rows(min_row=2)]
        for number, row in enumerate(rows):
            row[label_column() - 1] = ("passend", "nicht passend")[number % 2]
        random.Random(0).shuffle(rows)  # noqa: S311
        for row, values in zip(table.iter_rows(min_row=2), rows, strict=True):
            for cell, value in zip(row, values, strict=True):
                cell.value = value
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
        table.insert_cols(1)
        table.insert_rows(1)
        table.cell(1, 1).value = "Bitte bis Freitag"

    edit(path, shuffle)
    labels = read_labels(path, ANSWERS).labels
    expected = ["fit", "not_fit"] * 10
    assert [labels[row.key] for row in sample.rows] == expected


def test_a_csv_of_german_excel(path: Path, sample: Sample) -> None:
    """Saved as csv: semicolons and cp1252."""
    rows = [
        [c.value for c in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()
    ]
    for row in rows[1:]:
        row[label_column() - 1] = "passend"
    target = path.with_suffix(".csv")
    with target.open("w", encoding="cp1252", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    assert len(read_labels(target, ANSWERS).labels) == 20


def test_themes_and_doubts(path: Path) -> None:
    """Up to three themes by name or id; a word that is none is refused."""

    def fill(table: Any) -> None:
        cells = (5, "passend"), (6, BOOK.themes[0].name["de"]), (7, BOOK.themes[1].id), (9, "?")
        for column, value in cells:
            table.cell(2, column).value = value

    edit(path, fill)
    row = read_sheet(path, BOOK).rows[0]
    assert row.themes == (BOOK.themes[0].id, BOOK.themes[1].id)
    assert row.doubt == "?"
    edit(path, lambda table: table.cell(3, 6).__setattr__("value", "Kaffee"))
    with pytest.raises(DataError, match="row 3: what stands in the column for a theme"):
        read_sheet(path, BOOK)


def test_rows_that_are_gone_or_foreign_are_told(path: Path, sample: Sample) -> None:
    """A deleted row is passed over; a row that was not drawn is not used."""

    def change(table: Any) -> None:
        for row in range(2, 22):
            table.cell(row, label_column()).value = "passend"
        table.delete_rows(5)
        table.append([99, "abcdefabcdef", "Passte es?", "selbst dazu", "nicht passend"])

    edit(path, change)
    found = read_labels(path, ANSWERS)
    assert len(found.labels) == 19
    assert [note.fields["n"] for note in found.notes] == [1, 1]
    assert "not_fit" not in found.labels.values()


def test_changed_answers_are_refused_without_showing_them(path: Path) -> None:
    """Labels of other words prove nothing; the message names rows."""
    edit(path, lambda table: table.cell(7, 4).__setattr__("value", "ganz anders"))
    with pytest.raises(DataError, match="rows 7 were changed") as caught:
        read_labels(path, ANSWERS)
    assert "anders" not in str(caught.value)


def test_wrong_labels_are_refused_without_showing_them(path: Path) -> None:
    """An answer pasted into the wrong column is not printed."""
    edit(path, lambda table: table.cell(3, label_column()).__setattr__("value", "geheimer Text"))
    with pytest.raises(DataError, match="row 3") as caught:
        read_sheet(path, BOOK)
    assert "geheim" not in str(caught.value)


def test_one_key_with_two_labels_is_refused(path: Path) -> None:
    """A copied row must not decide by its place."""

    def copy(table: Any) -> None:
        table.cell(2, label_column()).value = "passend"
        table.append([cell.value for cell in table[2]])
        table.cell(22, label_column()).value = "nicht passend"

    edit(path, copy)
    with pytest.raises(DataError, match="two labels"):
        read_sheet(path, BOOK)


def test_a_sheet_of_another_survey_is_refused(path: Path) -> None:
    """Its sample was drawn from other answers."""
    with pytest.raises(DataError, match="other answers"):
        read_labels(path, ANSWERS[:25])


def test_what_is_no_sheet_is_told(tmp_path: Path) -> None:
    """Any table without keys."""
    path = tmp_path / "a.csv"
    path.write_text("Frage;Antwort\na;b\n", encoding="utf-8")
    with pytest.raises(DataError, match="no sheet"):
        read_sheet(path, BOOK)
