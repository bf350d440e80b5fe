"""Classifies a table of many files in parts, on whatever does the parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fitcheck.api import program_facts, run_facts
from fitcheck.classifiers.base import classifier_facts
from fitcheck.codebook import Codebook
from fitcheck.engines.parts import ROWS, Job, Part, Receipt, SourceFile, divide
from fitcheck.engines.storage import PartFolder
from fitcheck.engines.tally import PartTally, assignment_of, counts_of
from fitcheck.groups import Groups, groups_of
from fitcheck.personas import Assignment, Personas
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Classifier
from fitcheck.surveys.results import OutputFormat
from fitcheck.surveys.shape import Shape

_HOW = {
    True: "labels of all rows with the same id, joined by hashed ids over all parts",
    False: "each row is a respondent",
}
_ADDED = ("answers_asked", "answers_kept", "decided_offline")
"""What a classifier says of each part that is added up over all."""


class Workers(Protocol):
    """Whatever does the parts, at once and somewhere."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of it."""

    def describe(self, addresses: Sequence[str]) -> list[SourceFile]:
        """Return what is known of each file."""

    def label(
        self, job: Job, parts: Sequence[Part], progress: Callable[[int], None]
    ) -> tuple[list[Receipt], dict[str, Any]]:
        """Write each part, and return what is told of it and what asking a model took in all."""

    def add_up(self, job: Job, stems: Sequence[str]) -> Any:
        """Return where the sum of all tallies is."""

    def correct(
        self, job: Job, parts: Sequence[Part], stems: Sequence[str], total: Any
    ) -> list[str]:
        """Return the names of the parts once labels of respondents count all parts."""

    def without_ids(self, total: Any) -> PartTally:
        """Return the sum without ids."""


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """What became of a table; the answers themselves are in the folder alone."""

    run: dict[str, Any]
    """What stands in the run file."""
    groups: Groups
    """Counts per persona that is shown."""
    assignment: Assignment
    """What was left open when personas were assigned."""


def classify_table(
    workers: Workers,
    addresses: Sequence[str],
    folder: PartFolder,
    classifier: Classifier,
    shape: Shape,
    *,
    codebook: Codebook,
    personas: Personas | None = None,
    output_format: OutputFormat = "rows",
    min_group: int = MIN_GROUP,
    overwrite: bool = False,
    rows: int = ROWS,
    progress: Callable[[int], None] = lambda _: None,
) -> LabelledTable:
    """Label all rows of the files and write them to a folder of parquet files.

    Finished parts of an earlier run with the same settings and files are not done again.

    Raises
    ------
    DataError
        If a file cannot be read, or the folder not be written. Nothing has its name then.
    LLMError
        If the run with a language model cannot go on.
    """
    files = workers.describe(addresses)
    parts = divide(files, rows)
    settings = _settings(classifier, shape, codebook, personas, output_format)
    key = folder.begin(settings, overwrite=overwrite)
    job = Job(classifier, codebook, personas, shape, output_format, folder, key)
    finished = folder.finished()
    stems = {part.number: finished[part.name] for part in parts if part.name in finished}
    resumed = len(stems)
    receipts, used = workers.label(job, [p for p in parts if p.number not in stems], progress)
    stems |= {receipt.number: receipt.stem for receipt in receipts}
    names = [stems[part.number] for part in parts]
    total = workers.add_up(job, names)
    if shape.columns.id is not None and output_format == "rows":
        names = workers.correct(job, parts, names, total)
    tally = workers.without_ids(total)
    counts = counts_of(tally)
    groups = groups_of(counts.respondents, min_group)
    table = {
        "format": "parquet",
        "profile": shape.profile,
        "header_rows": 1,
        "files": len(files),
        "rows": tally.facts["rows"]["rows"],
        "rows_not_classified": dict(tally.facts["rows_not_classified"]),
        "text_columns": len(shape.columns.texts),
    }
    facts = run_facts(table, classifier, codebook, counts, groups, min_group)
    run = {
        **facts,
        "classifier": {**facts["classifier"], **_told(receipts, used)},
        "engine": {**workers.facts, "parts": len(parts), "parts_kept_from_before": resumed},
        "respondents": {
            "how": _HOW[shape.columns.id is not None],
            "rows_with_id": tally.facts["rows"]["with_id"],
            "different_ids": tally.facts["respondents"]["with_id"],
        },
    }
    folder.publish(names, run)
    by_value = personas is None and shape.columns.persona is not None
    return LabelledTable(run, groups, assignment_of(tally, by_value=by_value))


def _settings(
    classifier: Classifier,
    shape: Shape,
    codebook: Codebook,
    personas: Personas | None,
    output_format: OutputFormat,
) -> dict[str, Any]:
    """Return what decides a part besides its rows; a part made with other settings is no use."""
    described = repr(personas)
    return {
        "fitcheck": program_facts()["fitcheck"],
        "classifier": classifier_facts(classifier),
        "codebook": codebook.sha256,
        "personas": hashlib.sha256(described.encode()).hexdigest(),
        "columns": [*shape.names, repr(shape.columns), shape.keep_incomplete],
        "format": output_format,
    }


def _told(receipts: Sequence[Receipt], used: Mapping[str, Any]) -> dict[str, Any]:
    """Return what all workers say of the model, added up; what asking took counts once."""
    if not used:
        return {}
    facts: dict[str, Any] = {}
    for receipt in receipts:
        facts = {**receipt.facts, **facts}
    told = [receipt.facts for receipt in receipts]
    sums = {name: sum(f.get(name, 0) for f in told) for name in _ADDED if name in facts}
    redactions: Counter[str] = Counter()
    for receipt in receipts:
        redactions.update(receipt.facts.get("redactions", {}))
    weighed = [f["log_probabilities"] for f in told if "log_probabilities" in f]
    if weighed:
        facts["log_probabilities"] = {
            "supported": all(w["supported"] for w in weighed),
            "given": sum(w["given"] for w in weighed),
            "missing": sum(w["missing"] for w in weighed),
        }
    return {**facts, "redactions": dict(redactions), **sums, **used}
