"""Reads labelled answers: the shipped set, or a user's own file of the same shape."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.records import LABELS, POLARITIES, Answer, Label, QuestionKind, ThemeHit
from fitcheck.resources import resource

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


def load_labeled(split: str | Path = "train") -> list[LabeledAnswer]:
    """Return the labelled answers of a shipped split, or of a csv file.

    Raises
    ------
    DataError
        If a column is missing, or a row breaks the rules; the message names it.

    Examples
    --------
    >>> load_labeled("train")[0].label in ("fit", "not_fit", "no_signal")
    True
    """
    path = Path(split)
    if path.suffix != ".csv":
        path = resource(f"labeled/{split}.csv")
    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "{path} cannot be read as UTF-8 text ({reason}).",
            "Check the name and save it as UTF-8.",
            path=str(path),
            reason=type(error).__name__,
        ) from None
    reader = csv.DictReader(io.StringIO(source, newline=""))
    missing = [c for c in ("id", "text", "label") if c not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            "{path} has no column {column}.",
            "Add it; the datasheet in labeled/ describes every column.",
            path=str(path),
            column=missing[0],
        )
    return [_labeled(row, n, str(path)) for n, row in enumerate(reader, start=2)]


def _labeled(row: dict[str, str], number: int, path: str) -> LabeledAnswer:
    def wrong(column: str) -> DataError:
        return DataError(
            "{path}, row {row}: the {column} is none of the codebook.",
            "Correct that cell.",
            path=path,
            row=number,
            column=column,
        )

    label = row["label"]
    if label not in LABELS:
        raise wrong("label")
    question = row.get("question") or ""
    kind = row.get("question_kind") or load_codebook().kind_of(question)
    if kind not in get_args(QuestionKind):
        raise wrong("question_kind")
    try:
        themes = tuple(_theme(hit) for hit in (row.get("themes") or "").split(";") if hit)
    except ValueError:
        raise wrong("themes") from None
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
    )


def _theme(text: str) -> ThemeHit:
    theme, _, polarity = text.partition(":")
    if polarity not in POLARITIES:
        raise ValueError(text)
    return ThemeHit(theme, polarity)


def labels_of(examples: Iterable[LabeledAnswer]) -> list[Label]:
    """Return the gold labels, in order."""
    return [example.label for example in examples]


def answers_of(examples: Sequence[LabeledAnswer]) -> list[Answer]:
    """Return the answers, in order."""
    return [example.answer for example in examples]
