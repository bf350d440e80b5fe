"""Parts of a table of parquet files: slices, read, labelled and written on whatever machine."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fitcheck.classifiers.asking import AskingClassifier
from fitcheck.engines.part import Instructions, PartTally
from fitcheck.engines.respondents import join
from fitcheck.engines.storage import PartFolder, open_file, shown, stamp_of
from fitcheck.errors import DataError
from fitcheck.records import Classifier
from fitcheck.surveys.grid import Grid
from fitcheck.surveys.parquet_rows import describe, read_rows, replace_last_column
from fitcheck.surveys.results import write_answers, write_rows
from fitcheck.surveys.survey import part_of

ROWS = 50_000
"""Rows of a slice, at most: what one worker loses when it is lost."""
_WAITS_S = (0.2, 1.0)
"""Between attempts to read one."""


@dataclass(frozen=True)
class Job:
    """What every worker gets once."""

    classifier: Classifier
    how: Instructions
    folder: PartFolder


@dataclass(frozen=True)
class SourceFile:
    """What is known of a file before it is read."""

    address: str
    names: tuple[str, ...]
    n_rows: int
    stamp: str


@dataclass(frozen=True)
class Slice:
    """Some rows of a file, which are a part of the table."""

    number: int
    address: str
    rows: range
    """Rows of the file, counted from 0 without the heading."""
    first_number: int
    """The number of the first one, were all files one table."""
    stamp: str

    @property
    def name(self) -> str:
        """Name in the output; other rows, or a changed file, have another one."""
        parts = [self.address, self.rows.start, self.rows.stop, self.first_number, self.stamp]
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return f"part-{self.number:05d}-{digest[:8]}"

    @property
    def place(self) -> dict[str, Any]:
        """Which rows these are, for people."""
        return {
            "path": shown(self.address),
            "first": self.rows.start + 1,
            "last": self.rows.stop,
        }


@dataclass(frozen=True)
class Receipt:
    """What a worker tells of a part that is written; no text."""

    number: int
    stem: str
    n_answers: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a classifier that asks a model says of itself after the part."""


def describe_file(address: str) -> SourceFile:
    """Return what is known of a parquet file by its last bytes.

    Raises
    ------
    DataError
        If it is none.
    """
    with open_file(address) as source:
        names, n_rows = describe(source, shown(address))
    return SourceFile(address, tuple(names), n_rows, stamp_of(address))


def divide(files: Sequence[SourceFile], rows: int = ROWS) -> list[Slice]:
    """Return the slices of all files, in order.

    Raises
    ------
    DataError
        If the files are not of one table.
    """
    slices: list[Slice] = []
    number = 2  # row 1 is the heading
    for file in files:
        if file.names != files[0].names:
            _refuse_other_columns(file, files[0])
        for start in range(0, file.n_rows, rows):
            wanted = range(start, min(start + rows, file.n_rows))
            slices.append(Slice(len(slices), file.address, wanted, number + start, file.stamp))
        number += file.n_rows
    if not slices:
        raise DataError("{path} has no rows.", "Check the export.", path=shown(files[0].address))
    return slices


def label_slice(job: Job, part: Slice, classifier: Classifier) -> Receipt:
    """Label a slice and write it with its tally; doing so again does no harm.

    `classifier` is that of the job, or the same within limits that workers share.
    """
    survey = part_of(shown(part.address), _read(part), job.how.outline)
    labelled, tally = job.how.label(survey, classifier)
    answers, predictions = labelled.answers, labelled.predictions
    facts: Mapping[str, Any] = {}
    if isinstance(classifier, AskingClassifier):
        # Kept with the part: whoever waits for it may be gone.
        facts, tally = classifier.facts, replace(tally, used=classifier.usage)
    with tempfile.TemporaryDirectory(prefix="fitcheck-") as name:
        written = Path(name) / "part.parquet"
        if job.how.output == "answers":
            write_answers(answers, predictions, written)
        else:
            write_rows(survey, answers, predictions, written)
        stem = job.folder.put(part.name, written.read_bytes(), tally.to_json())
    return Receipt(part.number, stem, len(answers), facts)


def _read(part: Slice) -> Grid:
    """Return the rows of a slice; a store that fails for a moment looks like a damaged file."""
    for wait_s in (*_WAITS_S, None):
        try:
            with open_file(part.address) as source:
                return read_rows(source, shown(part.address), part.rows, part.first_number)
        except DataError:
            if wait_s is None:
                raise
            time.sleep(wait_s)
    raise AssertionError


def correct_slice(job: Job, name: str, stem: str, total: PartTally) -> str:
    """Return the stem of a slice whose labels of respondents count the answers elsewhere too."""
    found = job.folder.tally(stem)
    own, everywhere = PartTally.from_json(found).respondents, total.respondents
    if own is None or everywhere is None:
        return stem
    before, after = join([own]).labels(own), everywhere.labels(own)
    # Row 0 of the part is the heading, which is no row of the file.
    changed = {row - 1: label for row, label in after.items() if label != before[row]}
    if not changed:
        return stem
    return job.folder.put(name, replace_last_column(job.folder.part(stem), changed), found)


def _refuse_other_columns(file: SourceFile, first: SourceFile) -> None:
    missing = [name for name in first.names if name not in file.names]
    if missing:
        raise DataError(
            "{path} has no column {column}, which {other} has.",
            "All files must have the same columns in the same order.",
            path=shown(file.address),
            column=repr(missing[0]),
            other=shown(first.address),
        )
    raise DataError(
        "{path} has other columns than {other}.",
        "All files must have the same columns in the same order.",
        path=shown(file.address),
        other=shown(first.address),
    )
