"""Reads labelled answers: the shipped set, or a user's own file of the same shape."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.records import LABELS, POLARITIES, Answer, Label, QuestionKind, ThemeHit
from fitcheck.resources import resource
from fitcheck.surveys.cells import clean_heading
from fitcheck.surveys.files import read_bytes, read_grid
from fitcheck.surveys.grid import ReadOptions

SPLITS = ("train", "dev", "test")
"""The shipped splits: for learning, for choosing, for measuring."""

LABELED_COLUMNS = (
    "id",
    "lang",
    "question",
    "question_kind",
    "text",
    "label",
    "quote",
    "themes",
    "flags",
    "rule",
    "scenario",
    "pair",
)
"""Columns of ``labeled/*.csv``."""


@dataclass(frozen=True, slots=True)
class LabeledAnswer:
    """An answer with its gold label."""

    answer: Answer
    """The answer; its id is the row's id."""
    label: Label
    """The gold label."""
    quote: str = ""
    """The verbatim words that decide; empty for no_signal."""
    themes: tuple[ThemeHit, ...] = ()
    """The themes with their polarity."""
    language: str = ""
    """Such as ``de`` or ``de-AT``."""
    flags: tuple[str, ...] = ()
    """Remarks such as ``mixed``."""
    rule: str = ""
    """The rule of the codebook that decides."""
    scenario: str = ""
    """Answers of one scenario never stand on both sides of a split."""
    pair: str = ""
    """Answers that differ in one detail which changes the label; empty for most."""


def load_labeled(split: str | Path = "train") -> list[LabeledAnswer]:
    """Return the labelled answers of a shipped split, or of a file of your own.

    A file may be csv with any separator and encoding, xlsx, jsonl or parquet; the datasheet in
    ``labeled/`` describes its columns.

    Raises
    ------
    DataError
        If a column is missing, or a row breaks the rules; the message names it.

    Examples
    --------
    >>> load_labeled("train")[0].label in ("fit", "not_fit", "no_signal")
    True
    """
    path = str(resource(f"labeled/{split}.csv") if split in SPLITS else split)
    header, rows, numbers = _read(path)
    missing = [column for column in ("id", "text", "label") if column not in header]
    if missing:
        raise DataError(
            "{path} has no column {column}.",
            "Add it; the datasheet in labeled/ describes every column.",
            path=path,
            column=missing[0],
        )
    cells = (dict(zip(header, row, strict=False)) for row in rows)
    examples = [_labeled(row, n, path) for n, row in zip(numbers, cells, strict=True)]
    _refuse_repeated(examples, path)
    return examples


def _read(path: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Return heading, rows and their numbers of a table in any format that surveys come in."""
    options = ReadOptions()
    grid = read_grid(read_bytes(path, options), path, options)
    filled = [i for i, row in enumerate(grid.rows) if any(cell.strip() for cell in row)]
    if not filled:
        raise DataError("{path} has no rows.", "Check the export.", path=path)
    header = [clean_heading(cell).casefold() for cell in grid.rows[filled[0]]]
    return header, [grid.rows[i] for i in filled[1:]], [grid.numbers[i] for i in filled[1:]]


def _refuse_repeated(examples: Sequence[LabeledAnswer], path: str) -> None:
    ids: dict[str | None, int | None] = {}
    golds: dict[tuple[str, str], LabeledAnswer] = {}
    for example in examples:
        answer = example.answer
        if answer.id in ids:
            raise DataError(
                "{path}: rows {first} and {row} have the same id.",
                "Give each labelled answer an id of its own.",
                path=path,
                first=ids[answer.id],
                row=answer.row,
            )
        ids[answer.id] = answer.row
        earlier = golds.setdefault((answer.question, answer.text), example)
        if earlier.label != example.label:
            raise DataError(
                "{path}: rows {first} and {row} have the same question and text but other labels.",
                "Decide for one label, or remove one row.",
                path=path,
                first=earlier.answer.row,
                row=answer.row,
            )


def _labeled(row: dict[str, str], number: int, path: str) -> LabeledAnswer:
    def wrong(column: str, allowed: Iterable[str]) -> DataError:
        return DataError(
            "{path}, row {row}: the {column} is none of the codebook.",
            "Use one of {allowed}.",
            path=path,
            row=number,
            column=column,
            allowed=", ".join(allowed),
        )

    label = row["label"]
    if label not in LABELS:
        raise wrong("label", LABELS)
    question = row.get("question") or ""
    kind = row.get("question_kind") or load_codebook().kind_of(question)
    if kind not in get_args(QuestionKind):
        raise wrong("question_kind", get_args(QuestionKind))
    try:
        themes = tuple(_theme(hit) for hit in (row.get("themes") or "").split(";") if hit)
    except ValueError:
        raise wrong("themes", (f"theme:{polarity}" for polarity in POLARITIES)) from None
    answer = Answer(row["text"], question, cast(QuestionKind, kind), id=row["id"], row=number)
    return LabeledAnswer(
        answer,
        label,
        row.get("quote") or "",
        themes,
        row.get("lang") or "",
        tuple(flag for flag in (row.get("flags") or "").split(";") if flag),
        row.get("rule") or "",
        row.get("scenario") or row["id"],
        row.get("pair") or "",
    )


def _theme(text: str) -> ThemeHit:
    theme, mark, polarity = text.partition(":")
    if not mark:  # a file that codes themes without polarity
        return ThemeHit(theme, "neutral")
    if polarity not in POLARITIES:
        raise ValueError(text)
    return ThemeHit(theme, polarity)


def labels_of(examples: Iterable[LabeledAnswer]) -> list[Label]:
    """Return the gold labels, in order."""
    return [example.label for example in examples]


def answers_of(examples: Sequence[LabeledAnswer]) -> list[Answer]:
    """Return the answers, in order."""
    return [example.answer for example in examples]


def fingerprint(examples: Sequence[LabeledAnswer]) -> str:
    """Return a sha256 of ids, questions, texts and labels, in order."""
    content = [[e.answer.id, e.answer.question, e.answer.text, e.label] for e in examples]
    coded = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.sha256(coded).hexdigest()
