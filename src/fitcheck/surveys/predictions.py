"""Reads the answers table that `fitcheck classify --format answers` wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, get_args

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.collecting import without_collecting
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
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.open_parts import open_parts
from fitcheck.surveys.outline import Block
from fitcheck.surveys.outputs import ANSWER_COLUMNS, RUN_FILE, is_own_header
from fitcheck.surveys.parts import WholeFileNeeded

_OPTIONS = ReadOptions(max_megabytes=1e6)
_REMEMBERED = 4_096
"""Cells of a column whose meaning is kept, so that equal ones are one object."""
_LABELS: Mapping[str, Label] = {label: label for label in LABELS}
_POLARITIES: Mapping[str, Polarity] = {polarity: polarity for polarity in POLARITIES}
_SOURCES: Mapping[str, Source] = {source: source for source in get_args(Source)}


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
    file, book = Path(path), codebook or load_codebook()
    with without_collecting():
        if file.is_dir():
            return _coded(_blocks_of_folder(file), str(path), book)
        coded = _read_in_parts(str(path), book) if file.is_file() else None
        if coded is not None:
            return coded
        grid = read_grid(read_bytes(file, _OPTIONS), str(path), _OPTIONS)
        return _coded(iter([Block(0, grid.numbers, grid.rows)]), str(path), book)


def _read_in_parts(path: str, book: Codebook) -> Coded | None:
    """Return what is in a file, of whose rows few are held at a time; None if that cannot be."""
    try:
        source = open_parts(path, _OPTIONS)
        try:
            return _coded(source.blocks(), path, book)
        except DataError:
            if source.is_settled:
                raise
            return None  # a column that was missed may be a key that only later lines have
    except (WholeFileNeeded, OSError):  # reading all of it says why it cannot be opened
        return None


def _blocks_of_folder(path: Path) -> Iterator[Block]:
    if not (path / RUN_FILE).is_file():
        raise DataError(
            "{path} is a folder without {name}, so it is no finished run of `fitcheck classify`.",
            "Pass the folder that --engine dask wrote, or a file.",
            path=str(path),
            name=RUN_FILE,
        )
    from fitcheck.surveys.parquet import folder_blocks

    return folder_blocks(path)


def _coded(blocks: Iterator[Block], path: str, book: Codebook) -> Coded:
    """Return what the rows of a table hold; the first one is the heading."""
    rows = (pair for block in blocks for pair in zip(block.numbers, block.rows, strict=True))
    _, header = next(rows, (0, ()))
    coded = Coded([], [])
    try:
        cells = _Cells([cell.strip() for cell in header], path, book)
        for number, row in rows:
            if any(map(str.strip, row)):
                answer, prediction = cells.read(row, number)
                coded.answers.append(answer)
                coded.predictions.append(prediction)
    except DataError:
        for _ in rows:
            pass  # what is wrong with the file itself is told before what is wrong in a row
        raise
    if not coded.answers:
        raise DataError("{path} has no rows.", "Check the export.", path=path)
    return coded


class _Cells:
    """Makes answers and predictions of rows; what many rows share is made once."""

    def __init__(self, header: Sequence[str], path: str, book: Codebook) -> None:
        _refuse_other_table(header, path)
        self._path = path
        self._padding = [""] * len(header)
        places = {name: at for at, name in enumerate(header)}
        self._in_order = itemgetter(*(places[column] for column in ANSWER_COLUMNS))
        once = lru_cache(_REMEMBERED)
        self._same = once(str)
        self._kind = once(book.kind_of)
        self._group = once(group_name)
        self._probabilities = once(_probabilities)
        self._themes = once(_themes)
        self._flags = once(_flags)

    def read(self, row: Sequence[str], number: int) -> tuple[Answer, Prediction]:
        """Return what a row says, which has that number."""
        (
            at,
            who,
            persona,
            question,
            text,
            label,
            p_not_fit,
            themes,
            quote,
            flags,
            source,
            failure,
        ) = self._in_order([*row, *self._padding])
        answer = Answer(
            text,
            self._same(question),
            self._kind(question),
            who or f"row {at}",
            self._group(persona),
            int(at) if at.isdigit() else None,
        )
        prediction = Prediction(
            self._label(label.strip(), number),
            self._probabilities(p_not_fit),
            self._themes_in(themes, number),
            text if quote == text else quote,
            flags=self._flags(flags),
            source=_SOURCES.get(source.strip(), "baseline"),
            failure=self._same(failure) or ("" if label.strip() else "no_label"),
        )
        return answer, prediction

    def _themes_in(self, text: str, number: int) -> tuple[ThemeHit, ...]:
        try:
            return self._themes(text)
        except (ValueError, KeyError, TypeError):
            raise DataError(
                "{path}, row {row}: the themes were changed to what cannot be read.",
                "Copy that cell from what `fitcheck classify` wrote, or empty it.",
                path=self._path,
                row=number,
            ) from None

    def _label(self, text: str, number: int) -> Label | None:
        if text and text not in _LABELS:
            raise DataError(
                "{path}, row {row}: {value} is no label.",
                "Labels are {known}; human labels belong in a sheet of `fitcheck sample`.",
                path=self._path,
                row=number,
                value=repr(text[:30]),
                known=", ".join(LABELS),
            )
        return _LABELS.get(text)


def _refuse_other_table(header: Sequence[str], path: str) -> None:
    """Raise if a table with this heading is no answers table."""
    missing = [column for column in ANSWER_COLUMNS if column not in header]
    if missing and is_own_header(header):
        raise DataError(
            "{path} has a row for each respondent; an answers table is needed.",
            "Run `fitcheck classify` again with --format answers and pass what it writes.",
            path=path,
        )
    if missing:
        raise DataError(
            "{path} is no answers table: it has no column {column}.",
            "Pass what `fitcheck classify --format answers` wrote.",
            path=path,
            column=missing[0],
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
        ThemeHit(str(entry["theme"]), _polarity(entry["polarity"]), str(entry.get("quote", "")))
        for entry in json.loads(text)
    )


def _polarity(text: str) -> Polarity:
    return _POLARITIES.get(text, "neutral")


def _flags(text: str) -> tuple[str, ...]:
    return tuple(flag for flag in text.split(";") if flag)
