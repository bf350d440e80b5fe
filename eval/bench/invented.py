"""Invents surveys of any size: the same ones each time, no answer like another.

The words are drawn by lot from the shipped answers. Other columns make a row of a survey about
410 bytes long.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from fitcheck.labeled import answers_of, load_labeled

ROLES = ("Führungskraft", "Pflege", "Verwaltung", "Vertrieb", "Azubi")
QUESTION = "Wie passend war das Training für Sie?"
HEADINGS = ("Bogennummer", "Rolle", QUESTION, "Kurs", "Kurs-ID", "Datum", "Token")
ANSWER_COLUMNS = (  # noqa: SIM905 (a line of names reads better)
    "row id persona question text label p_not_fit themes quote flags source failure"
).split()
WORDS = 15
"""Words of an answer."""


def texts(n_words: int | None = WORDS) -> Iterator[str]:
    """Yield answers without end: of `n_words`, or of 3 to 40 as in surveys."""
    lot = random.Random(1)  # noqa: S311 (nothing is kept secret by it)
    shipped = answers_of(load_labeled("train"))
    words = [word for answer in shipped for word in answer.text.split() if word[0] not in "=+-@"]
    while True:
        drawn = n_words or min(40, 3 + int(lot.expovariate(1 / 12)))
        yield " ".join(lot.choices(words, k=drawn))


def survey(n_rows: int, n_words: int | None = WORDS, padding: int = 128) -> Iterator[list[str]]:
    """Yield the rows of a survey; the last cell has `padding` characters."""
    lot = random.Random(2)  # noqa: S311
    for i, text in enumerate(islice(texts(n_words), n_rows)):
        course = f"Grundlagen der Arbeitssicherheit, Modul {i % 12} von 12; " * 3
        date = f"2026-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
        yield [
            f"T{i:07d}", lot.choice(ROLES), text, course, f"K-{i % 997}", date, f"{i:0{padding}x}"
        ]  # fmt: skip


def coded(n_rows: int, n_words: int | None = WORDS) -> Iterator[list[str]]:
    """Yield the rows of an answers table: about one answer in twenty is not_fit."""
    lot = random.Random(3)  # noqa: S311
    labels = lot.choices(("fit", "not_fit", "no_signal"), (60, 5, 35), k=n_rows)
    for i, (text, label) in enumerate(zip(texts(n_words), labels, strict=False)):
        quote = " ".join(text.split()[:4])
        themes = "need_timing:wish;level_pace:negative"
        who = [f"{i + 2}", f"T{i:07d}", lot.choice(ROLES), QUESTION, text]
        yield [*who, label, "0.25", themes, quote, "", "baseline", ""]


def write(path: Path, rows: Iterable[list[str]], headings: Iterable[str] = HEADINGS) -> Path:
    """Write a table in the format that the name ends with, and return its path."""
    {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".xlsx": _xlsx}[path.suffix](
        path, list(headings), rows
    )
    return path


def _csv(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(headings)
        writer.writerows(rows)


def _jsonl(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            entry = dict(zip(headings, row, strict=True))
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _parquet(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in headings])
    with pq.ParquetWriter(path, schema) as writer:
        rows = iter(rows)
        while some := list(islice(rows, 10_000)):
            columns = [list(column) for column in zip(*some, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))


def _xlsx(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    table = book.create_sheet("Daten")
    table.append(headings)
    for row in rows:
        table.append(row)
    book.save(path)
