"""Reads the answers table that `fitcheck classify --format answers` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, get_args

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.personas import group_name
from fitcheck.records import (
    LABELS,
    POLARITIES,
    Answer,
    Label,
    Polarity,
    Prediction,
    Source,
    ThemeHit,
)
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import Grid, ReadOptions
from fitcheck.surveys.outputs import ANSWER_COLUMNS, RUN_FILE, is_own_header


class Coded(NamedTuple):
    """Answers and what a classifier said of each, in the same order."""

    answers: list[Answer]
    predictions: list[Prediction]


def read_predictions(path: str | Path, codebook: Codebook | None = None) -> Coded:
    """Return the answers and predictions in an answers table: csv, jsonl or parquet.

    Parameters
    ----------
    path : str or Path
        What ``--format answers`` wrote, with ``--engine dask`` a folder; a copy saved by Excel is
        read as well.
    codebook : Codebook, optional
        Says what each question asks for; the shipped one by default.

    Raises
    ------
    DataError
        If it is another table, or a row of it was changed to what cannot be.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from fitcheck.surveys.results import write_answers
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answers.csv"
    >>> write_answers([Answer("passt", "Hat es gepasst?", id="7")], [Prediction("fit")], file)
    >>> read_predictions(file).predictions[0].label
    'fit'
    """
    name = str(path)
    body = _table(_grid(Path(path)), name)
    book = codebook or load_codebook()
    kinds = {question: book.kind_of(question) for question in {r["question"] for _, r in body}}
    coded = Coded([], [])
    names: dict[str, str] = {}
    for number, row in body:
        question = row["question"]
        coded.answers.append(
            Answer(
                row["text"],
                question,
                kinds[question],
                row["id"] or f"row {row['row']}",
                names.setdefault(row["persona"], group_name(row["persona"])),
                int(row["row"]) if row["row"].isdigit() else None,
            )
        )
        coded.predictions.append(_prediction(row, name, number))
    if not coded.answers:
        raise DataError("{path} has no rows.", "Check the export.", path=name)
    return coded


def _grid(path: Path) -> Grid:
    if not path.is_dir():
        options = ReadOptions(max_megabytes=1e6)
        return read_grid(read_bytes(path, options), str(path), options)
    if not (path / RUN_FILE).is_file():
        raise DataError(
            "{path} is a folder without {name}, so it is no finished run of `fitcheck classify`.",
            "Pass the folder that --engine dask wrote, or a file.",
            path=str(path),
            name=RUN_FILE,
        )
    from fitcheck.surveys.parquet import read_folder

    return read_folder(path)


def _table(grid: Grid, path: str) -> list[tuple[int, dict[str, str]]]:
    """Return the rows as mappings by column, each with its number."""
    header = [cell.strip() for cell in grid.rows[0]] if grid.rows else []
    if missing := [column for column in ANSWER_COLUMNS if column not in header]:
        if is_own_header(header):
            raise DataError(
                "{path} has a row for each respondent; an answers table is needed.",
                "Run `fitcheck classify` again with --format answers and pass what it writes.",
                path=path,
            )
        raise DataError(
            "{path} is no answers table: it has no column {column}.",
            "Pass what `fitcheck classify --format answers` wrote.",
            path=path,
            column=missing[0],
        )
    rows = zip(grid.numbers[1:], grid.rows[1:], strict=True)
    filled = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    padding = [""] * len(header)
    return [(number, dict(zip(header, [*row, *padding], strict=False))) for number, row in filled]


def _prediction(row: Mapping[str, str], path: str, number: int) -> Prediction:
    label, source = row["label"].strip(), row["source"].strip()
    if label and label not in LABELS:
        raise DataError(
            "{path}, row {row}: {value} is no label.",
            "Labels are {known}; human labels belong in a sheet of `fitcheck sample`.",
            path=path,
            row=number,
            value=repr(label[:30]),
            known=", ".join(LABELS),
        )
    return Prediction(
        next((known for known in LABELS if known == label), None),
        _probabilities(row["p_not_fit"]),
        themes=_themes(row["themes"]),
        quote=row["quote"],
        flags=tuple(flag for flag in row["flags"].split(";") if flag),
        source=next((known for known in get_args(Source) if known == source), "baseline"),
        failure=row["failure"] or ("" if label else "no_label"),
    )


def _probabilities(text: str) -> Mapping[Label, float] | None:
    """Return what the table knows of them: that of not_fit alone. Excel may write a comma."""
    try:
        return {"not_fit": float(text.replace(",", "."))}
    except ValueError:
        return None


def _themes(text: str) -> tuple[ThemeHit, ...]:
    """Return the themes; csv and parquet hold no quotes of them, and once no polarity either."""
    if not text.startswith("["):
        pairs = (name.partition(":") for name in text.split(";") if name)
        return tuple(ThemeHit(theme, _polarity(said)) for theme, _, said in pairs)
    return tuple(
        ThemeHit(entry["theme"], _polarity(entry["polarity"]), entry.get("quote", ""))
        for entry in json.loads(text)
    )


def _polarity(text: str) -> Polarity:
    return next((known for known in POLARITIES if known == text), "neutral")
