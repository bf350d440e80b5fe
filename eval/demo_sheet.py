"""Fills in the sheets of the demo from labeled/demo/coding.csv. A test keeps them current.

Usage: python eval/demo_sheet.py [--draw]
With --draw, respondents are drawn anew, by what the baseline predicts now.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import openpyxl

import fitcheck as fc
from fitcheck.annotation.drawing import SheetRow, answer_keys, draw_sample
from fitcheck.annotation.plan import SamplePlan, load_plan, plan_path
from fitcheck.annotation.sheet import write_sheet
from fitcheck.annotation.words import COLUMNS, THEME_COLUMNS
from fitcheck.codebook import load_codebook
from fitcheck.records import Answer

DEMO = Path(__file__).parents[1] / "labeled" / "demo"
SHEET, SECOND = "answers.sample.xlsx", "answers.sample.coder2.xlsx"
SECOND_CAME_TO = 150
"""Respondents that the second coder labelled, from the top of the sheet."""


def main(arguments: Sequence[str]) -> None:
    """Write both sheets, and the plan if respondents are drawn anew."""
    answers = fc.read_answers(DEMO / "feedback.csv")
    plan_file = plan_path(DEMO / SHEET)
    if "--draw" in arguments:  # as `fitcheck sample answers.csv` does
        predictions = fc.make_classifier("baseline").annotate(answers)
        plan = SamplePlan("fixed", seed=0, n=150)
        draw_sample(answers, predictions, plan).plan.save(plan_file, overwrite=True)
    write_sheets(DEMO, answers, load_plan(plan_file))


def write_sheets(folder: Path, answers: Sequence[Answer], plan: SamplePlan) -> None:
    """Write the sheet as the first coder filled it in, and as far as the second one came."""
    keys = answer_keys(answers, plan.seed)
    known = dict(zip(keys, answers, strict=True))
    coded = dict(zip(keys, read_coding(answers), strict=True))
    rows = [
        SheetRow(number, key, known[key].question, known[key].text)
        for number, unit in enumerate(plan.units, start=1)
        for key in unit.keys
    ]
    first = [dict(first_coder(coded[row.key])) for row in rows]
    second = [{"label": coded[row.key]["label_2"]} for row in rows if row.number <= SECOND_CAME_TO]
    for name, filled in ((SHEET, first), (SECOND, second)):
        write_sheet(folder / name, rows, load_codebook(), "de", overwrite=True)
        fill_in(folder / name, filled)


def read_coding(answers: Sequence[Answer]) -> list[dict[str, str]]:
    """Return what was coded of each answer."""
    with (DEMO / "coding.csv").open(encoding="utf-8", newline="") as stream:
        coded = {(row["id"], row["question"]): row for row in csv.DictReader(stream)}
    questions = list(dict.fromkeys(answer.question for answer in answers))
    return [coded[str(a.id), str(questions.index(a.question) + 1)] for a in answers]


def first_coder(entry: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the cells that the first coder filled in, by column."""
    yield "label", entry["label"]
    yield from zip(THEME_COLUMNS, entry["themes"].split(";"), strict=False)
    yield "doubt", entry["doubt"]


def fill_in(path: Path, filled: Sequence[Mapping[str, str]]) -> None:
    """Fill in rows of a sheet from the top, with the words that its drop-downs offer."""
    book = load_codebook()
    words = {label: entry.name["de"] for label, entry in book.labels.items()}
    words |= {theme.id: theme.name["de"] for theme in book.themes}
    columns = list(COLUMNS)
    workbook = openpyxl.load_workbook(path)
    for row, cells in enumerate(filled, start=2):
        for column, value in cells.items():
            if value:
                place = columns.index(column) + 1
                workbook.worksheets[0].cell(row, place).value = words.get(value, value)
    workbook.save(path)


if __name__ == "__main__":
    main(sys.argv[1:])
