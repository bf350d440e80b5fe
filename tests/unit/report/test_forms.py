"""What reports say, and what they leave out."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import click
import openpyxl
import pyarrow.parquet as pq
import pytest
import python_calamine as calamine

from fitcheck.annotation.drawing import draw_sample
from fitcheck.annotation.plan import SamplePlan
from fitcheck.cli.report import report as report_command
from fitcheck.codebook import load_codebook
from fitcheck.rates import Rates, not_fit_rates
from fitcheck.records import Answer, Label, Prediction, ThemeHit
from fitcheck.report.columns import ANSWERS, PERSONA_RATES, TABLES, THEME_COUNTS, names
from fitcheck.report.content import Report, make_report
from fitcheck.report.formats import FORMATS
from fitcheck.report.sentences import plain_text
from fitcheck.report.tables import RATE_COLUMNS
from fitcheck.report.texts import Texts
from fitcheck.report.themes import theme_records
from fitcheck.report.tidy import EXCEL_DE, CsvDialect, write_tables
from fitcheck.report.workbook import write_workbook
from fitcheck.surveys.excel_book import PERCENT, Sheet, write_book
from fitcheck.surveys.outputs import ANSWER_COLUMNS
from fitcheck.surveys.predictions import read_predictions

BOOK = load_codebook()


def people(
    persona: str, label: Label | None, n: int, *themes: ThemeHit
) -> list[tuple[Answer, Prediction]]:
    """Return respondents with one answer each."""
    return [
        (
            Answer(
                f"=Antwort von Frau Müller {i}",
                "Passte es?",
                "fit",
                f"{persona}{label}{i}@x.example",
                persona,
                i,
            ),
            Prediction(
                label, {"not_fit": 0.25}, themes, "Frau Müller", failure="" if label else "timeout"
            ),
        )
        for i in range(n)
    ]


def report_of(pairs: list[tuple[Answer, Prediction]], found: Rates | None = None) -> Report:
    """Return the report of labelled answers."""
    answers, predictions = (list(column) for column in zip(*pairs, strict=True))
    return make_report(answers, predictions, found or not_fit_rates(predictions, answers), BOOK)


def judged(pairs: list[tuple[Answer, Prediction]], n: int = 200) -> Report:
    """Return the report where people say what the classifier says."""
    answers, predictions = (list(column) for column in zip(*pairs, strict=True))
    plan = draw_sample(answers, predictions, SamplePlan("fixed", seed=1, n=n)).plan
    labels: dict[str, Label] = {
        key: "fit" if unit.stratum else "not_fit" for unit in plan.units for key in unit.keys
    }
    found = not_fit_rates(predictions, answers, plan=plan, labels=labels)
    return make_report(answers, predictions, found, BOOK)


def test_columns_are_those_that_are_written() -> None:
    """The dictionary and the tables cannot part."""
    assert names(ANSWERS) == ANSWER_COLUMNS
    assert names(PERSONA_RATES) == RATE_COLUMNS
    report = report_of(people("A", "fit", 12, ThemeHit("need_timing", "wish")))
    assert tuple(theme_records(report.themes, BOOK)[0]) == names(THEME_COUNTS)


def test_every_form_can_be_asked_for() -> None:
    """The command knows the same forms, without loading what writes them."""
    (option,) = (o for o in report_command.params if o.name == "output_format")
    assert isinstance(option.type, click.Choice)
    assert set(option.type.choices) == set(FORMATS)


def test_sentences() -> None:
    """Rate, bounds and verdict where everybody is labelled; weighted where a part is."""
    pairs = people("Lager", "not_fit", 20) + people("Lager", "fit", 48)
    assert (
        "Lager: nicht passend 20 von 68 = 29,4\u00a0%, 95\u00a0%-Grenzen 20,4 bis 39,8\u00a0%; "
        "Ziel unter 5\u00a0% widerlegt.\n"
    ) in plain_text(judged(pairs), Texts("de"))
    assert "Lager: not fitting 29.4\u00a0%, projected from 60 labelled of 68 people" in plain_text(
        judged(pairs, n=60), Texts("en")
    )


def test_small_groups_have_no_numbers() -> None:
    """Hidden ones are not named, those under ten have a bound or nothing."""
    pairs = people("Lager", "fit", 30) + people("Neun", "not_fit", 9) + people("Fünf", "fit", 5)
    text = plain_text(report_of(pairs), Texts("de"))
    assert "Neun: 9 Personen, laut Modell mindestens 6 davon nicht passend.\n" in text
    assert "Fünf: 5 Personen, zu wenige für Zahlen je Label.\n" in text
    assert "Datenschutz" not in text
    text = plain_text(report_of(pairs + people("Vier", "fit", 4)), Texts("de"))
    assert "Vier" not in text
    assert "Fünf" not in text
    assert "2 Gruppen sind aus Datenschutzgründen nicht ausgewiesen" in text
    assert "Keine Gruppe" in plain_text(report_of(people("Vier", "fit", 4)), Texts("de"))


def test_respondents_are_counted_once_a_theme() -> None:
    """Whoever speaks of it in two answers is one respondent with two answers."""
    hit = ThemeHit("need_timing", "wish")
    pairs = people("Lager", "fit", 12)
    twice = [(a, Prediction("fit", themes=(hit, hit))) for a, _ in [*pairs[:3], *pairs[:2]]]
    counts = {(t.persona, t.theme): t for t in report_of(pairs + twice).themes}
    found = counts["Lager", "need_timing"]
    assert (found.respondents, found.answers, found.share) == (3, 5, 3 / 12)
    assert counts[None, "need_timing"].respondents == 3


def test_answers_are_redacted_and_without_ids() -> None:
    """Text, quote and id say nothing of who it was; one person stays one person."""
    pairs = people("Lager", "fit", 12)
    report = report_of([*pairs, pairs[0]])
    assert {a.text for a in report.answers} == {
        f"=Antwort von Frau [Person 1] {i}" for i in range(12)
    }
    assert {p.quote for p in report.predictions} == {"Frau [Person 1]"}
    assert report.answers[-1].id == report.answers[0].id == "1"
    assert len({a.id for a in report.answers}) == 12


def test_predictions_are_copied_only_where_words_may_not_be_shown() -> None:
    """Quotes of themes are nowhere to be read, whatever else stays as it is."""
    plain = ThemeHit("need_timing", "wish")
    pairs = people("Lager", "fit", 12, plain, ThemeHit("other", "neutral", "Frau Müller"))
    said = replace(pairs[0][1], quote="Antwort", themes=(plain,))
    report = report_of([*pairs, (pairs[0][0], said)])
    assert report.predictions[-1] is said
    themes = {hit for prediction in report.predictions for hit in prediction.themes}
    assert themes == {plain, ThemeHit("other", "neutral")}


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_workbook(lang: str, tmp_path: Path) -> None:
    """Five sheets, frozen headings, numbers as numbers, no formula; fitcheck reads it again."""
    pairs = people("=cmd()", "not_fit", 20, ThemeHit("need_timing", "wish")) + people(
        "B", "fit", 30
    )
    report = judged(pairs)
    path = tmp_path / "r.xlsx"
    write_workbook(report, path, Texts(lang))  # type: ignore[arg-type]
    book = openpyxl.load_workbook(path)
    answers, personas, themes, legend, run = book.worksheets
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    assert personas["A3"].value == "=cmd()"
    assert personas["A3"].quotePrefix
    assert (personas["G3"].value, personas["G3"].number_format) == (1, "0.0%")
    assert personas["J3"].value == {"de": "widerlegt", "en": "not met"}[lang]
    theme = next(theme for theme in BOOK.themes if theme.id == "need_timing")
    assert themes["B2"].value == theme.name[lang]
    assert themes["E2"].number_format == "0.0%"
    assert legend.max_row > len(BOOK.themes)
    assert ("seed", 1) in list(run.values)
    assert [cell.value for cell in answers[1]] == list(ANSWER_COLUMNS)
    again = read_predictions(path, BOOK)
    assert [a.text for a in again.answers] == [a.text for a in report.answers]
    assert [p.themes for p in again.predictions] == [p.themes for p in report.predictions]
    assert [p.p_not_fit for p in again.predictions] == [0.25] * 50


def test_odd_cells_of_a_workbook_stay_texts(tmp_path: Path) -> None:
    """What looks like a formula, number or date is text for two readers; numbers are numbers."""
    odd = [
        "=1+1",
        "+49",
        "-1",
        "@x",
        "007",
        "1,5",
        "01.02.2026",
        "a\nb",
        " ß 😀 ",
        "_x0041_",
        "x" * 32_000,
    ]
    rows = [[text, i, round(i / 7, 6)] for i, text in enumerate(odd)]
    sheet = Sheet("Blatt", ["=Text", "n", "Anteil"], rows, (9, 9, 9), {2: PERCENT})
    write_book(tmp_path / "b.xlsx", [sheet])
    book = calamine.load_workbook(tmp_path / "b.xlsx")
    assert book.get_sheet_by_name("Blatt").to_python() == [list(sheet.headings), *rows]
    (table,) = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets
    assert [cell.value for cell in table["A"]][1:9] == odd[:8]
    assert {cell.data_type for cell in table["A"]} == {"s"}
    assert [bool(cell.quotePrefix) for cell in table["A"]] == [True] * 5 + [False] * 7
    assert table.auto_filter.ref == "A1:C12"
    assert table["A9"].alignment.wrapText


def test_the_tables(tmp_path: Path) -> None:
    """Csv and parquet say the same, with the same types whatever is in them."""
    report = report_of(people("Lager", "fit", 12, ThemeHit("need_timing", "wish")))
    write_tables(report, tmp_path, CsvDialect())
    for name, columns in TABLES.items():
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        parquet = pq.read_table(tmp_path / f"{name}.parquet")
        assert tuple(rows[0]) == tuple(parquet.column_names) == names(columns)
        assert len(rows) == parquet.num_rows
        kinds = {"text": "string", "integer": "int64", "number": "double", "yes/no": "bool"}
        assert [str(field.type) for field in parquet.schema] == [kinds[c.kind] for c in columns]
    assert (tmp_path / "answers.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_tables_for_a_german_excel(tmp_path: Path) -> None:
    """Semicolons and decimal commas; fitcheck reads them as well."""
    report = report_of(people("Lager", "fit", 12, ThemeHit("need_timing", "wish")))
    write_tables(report, tmp_path, EXCEL_DE)
    content = (tmp_path / "theme_counts.csv").read_text(encoding="utf-8-sig")
    assert content.splitlines()[1] == "Lager;need_timing;wish;12;12;1;need"
    again = read_predictions(tmp_path / "answers.csv", BOOK)
    assert {p.p_not_fit for p in again.predictions} == {0.25}
