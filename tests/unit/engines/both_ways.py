"""Classifies a file whole and in parts, and compares what comes out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitcheck.api import classify_survey
from fitcheck.codebook import load_codebook
from fitcheck.engines.large import classify_large, partial_folder, read_large
from fitcheck.errors import FitcheckError
from fitcheck.personas import Assignment, Personas
from fitcheck.records import Answer, Prediction
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.parts import WholeFileNeeded
from fitcheck.surveys.results import OutputFormat, write_answers, write_rows
from fitcheck.surveys.survey import read_survey

LABELS = ("fit", "not_fit", "no_signal")


class ByLength:
    """A classifier that is fast, and whose labels, scores and failures differ by text."""

    id = "by length"
    n_seen = 0

    def annotate(self, X: Any) -> list[Prediction]:
        """Label by the length of the text."""
        self.n_seen += len(X)
        return [self._one(answer) for answer in X]

    def _one(self, answer: Answer) -> Prediction:
        n = len(answer.text)
        if n % 11 == 0:
            return Prediction(None, source="llm", failure="no_reply")
        label = LABELS[n % 3]
        shares = {name: 0.8 if name == label else 0.1 for name in LABELS} if n % 5 else None
        quote = answer.text[: n // 2]
        flags = ("mixed",) if n % 7 == 0 else ()
        return Prediction(label, shares, (), quote, (0, n // 2), flags, "baseline")


@dataclass
class Told:
    """What a run leaves behind."""

    content: bytes | None = None
    run: dict[str, Any] | None = None
    counts: Any = None
    assignment: tuple[Any, ...] = ()
    tally: Any = None
    notes: tuple[str, ...] = ()
    error: str = ""


def _run(run: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps({**run, "finished": ""}))  # type: ignore[no-any-return]


def _open(assignment: Assignment) -> tuple[Any, ...]:
    return dict(assignment.unknown), dict(assignment.similar), assignment.ambiguous


def whole(
    path: Path,
    target: Path,
    output: OutputFormat,
    options: ReadOptions,
    wishes: Wishes,
    personas: Personas | None = None,
    classifier: Any = None,
) -> Told:
    """Classify a file at once."""
    try:
        survey = read_survey(
            path,
            options,
            texts=wishes.texts,
            persona=wishes.persona,
            id=wishes.id,
            question=wishes.question,
        )
        result = classify_survey(survey, classifier or ByLength(), personas=personas)
        if output == "answers":
            write_answers(result.answers, result.predictions, target, overwrite=True)
        else:
            write_rows(survey, result.answers, result.predictions, target, overwrite=True)
    except FitcheckError as error:
        return Told(error=str(error))
    return Told(
        target.read_bytes(),
        _run(result.run),
        result.groups,
        _open(result.assignment),
        result.tally,
        tuple(map(str, survey.notes)),
    )


def in_parts(
    path: Path,
    target: Path,
    output: OutputFormat,
    options: ReadOptions,
    wishes: Wishes,
    personas: Personas | None = None,
    classifier: Any = None,
    n_workers: int = 1,
) -> Told | None:
    """Classify a file part by part; None where it can only be read whole."""
    try:
        large = read_large(str(path), options, wishes)
        result = classify_large(
            large,
            classifier or ByLength(),
            target,
            codebook=load_codebook(),
            personas=personas,
            output=output,
            overwrite=True,
            n_workers=n_workers,
        )
    except WholeFileNeeded:
        return None
    except FitcheckError as error:
        return Told(error=str(error))
    assert not partial_folder(target).exists()
    return Told(
        target.read_bytes(),
        _run(result.run),
        result.groups,
        _open(result.assignment),
        result.tally,
        tuple(map(str, large.survey.notes)),
    )
