"""Classifies a table of many files in parts, on whatever does the parts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from fitcheck.classifiers.asking import together
from fitcheck.codebook import Codebook
from fitcheck.engines.part import Instructions, LabelledTable, PartTally
from fitcheck.engines.slices import ROWS, Job, Receipt, Slice, SourceFile, divide
from fitcheck.engines.storage import PartFolder
from fitcheck.personas import Personas
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Classifier
from fitcheck.surveys.results import OutputFormat
from fitcheck.surveys.survey import Survey

_HOW = {
    True: "labels of all rows with the same id, joined by hashed ids over all parts",
    False: "each row is a respondent",
}


class Workers(Protocol):
    """Whatever does the parts, at once and somewhere."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of it."""

    def describe(self, addresses: Sequence[str]) -> list[SourceFile]:
        """Return what is known of each file."""

    def label(self, job: Job, parts: Sequence[Slice]) -> Generator[Receipt, None, None]:
        """Write each part, and yield what is told of it as they are there; close it to stop."""

    @property
    def used(self) -> dict[str, Any]:
        """What asking a model took by now, for all parts that `label` was given."""

    def add_up(self, job: Job, stems: Sequence[str]) -> Any:
        """Return where the sum of all tallies is."""

    def correct(
        self, job: Job, parts: Sequence[Slice], stems: Sequence[str], total: Any
    ) -> list[str]:
        """Return the names of the parts once labels of respondents count all parts."""

    def conclude(self, total: Any) -> PartTally:
        """Return the sum, with respondents counted."""


def classify_table(
    workers: Workers,
    addresses: Sequence[str],
    folder: PartFolder,
    classifier: Classifier,
    survey: Survey,
    *,
    codebook: Codebook,
    personas: Personas | None = None,
    output: OutputFormat = "rows",
    keep_incomplete: bool = False,
    min_group: int = MIN_GROUP,
    overwrite: bool = False,
    rows: int = ROWS,
    progress: Callable[[int], None] = lambda _: None,
) -> LabelledTable:
    """Label all rows of the files and write them to a folder of parquet files.

    Finished parts of an earlier run with the same settings and files are not done again.

    Parameters
    ----------
    survey : Survey
        The first rows of the first file: all rows are read as they are.
    rows : int
        Rows of a part, at most.

    Raises
    ------
    DataError
        If a file cannot be read, or the folder not be written. Nothing has its name then.
    LLMError
        If the run with a language model cannot go on.
    """
    files = workers.describe(addresses)
    parts = divide(files, rows)
    outline = survey.endless(keep_incomplete=keep_incomplete)
    how = Instructions(outline, codebook, personas, output)
    key = folder.begin(how.settings(classifier), overwrite=overwrite)
    has_ids = outline.columns.id is not None
    job = Job(classifier, replace(how, key=key) if has_ids else how, folder)
    finished = folder.finished()
    stems = {part.number: finished[part.name] for part in parts if part.name in finished}
    resumed = len(stems)
    left = [part for part in parts if part.number not in stems]
    told: dict[str, Any] = {}
    for receipt in _labelled(workers, job, left):
        stems[receipt.number] = receipt.stem
        told = {**receipt.facts, **told}
        progress(receipt.n_answers)
    names = [stems[part.number] for part in parts]
    total = workers.add_up(job, names)
    if has_ids and output == "rows":
        names = workers.correct(job, parts, names, total)
    concluded = workers.conclude(total)
    tally = concluded.counts
    result = how.conclude(survey, classifier, tally, min_group)
    run = result.run
    run["input"]["files"] = len(files)
    run["classifier"] |= {**told, **concluded.used, **folder.used()}
    run["engine"] = {**workers.facts, "parts": len(parts), "parts_kept_from_before": resumed}
    run["respondents"] = {
        "how": _HOW[has_ids],
        "rows_with_id": tally.n_with_id,
        "different_ids": tally.respondents.total() - (tally.n_rows - tally.n_with_id),
    }
    folder.publish(names, run)
    return result


def _labelled(workers: Workers, job: Job, parts: Sequence[Slice]) -> Iterator[Receipt]:
    """Yield what is told of each part, and keep what requests of all runs take."""
    before = job.folder.used()

    def keep() -> None:
        if used := workers.used:  # by parts that were not finished as well
            job.folder.keep_used(together(before, used))

    try:
        with closing(workers.label(job, parts)) as receipts:
            for receipt in receipts:
                keep()
                yield receipt
    finally:
        keep()
