"""Classifies files that may be larger than the memory, and goes on where a run was stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fitcheck.api import Progress, run_facts
from fitcheck.codebook import Codebook
from fitcheck.engines.assembly import assemble
from fitcheck.engines.respondents import Respondents
from fitcheck.engines.spool import Spool
from fitcheck.engines.work import Assigned, PartDone, PartWork, Rows
from fitcheck.errors import DataError
from fitcheck.groups import Groups, groups_of
from fitcheck.personas import Assignment, Personas, similar_groups
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Classifier
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import GridLayout, ReadOptions
from fitcheck.surveys.open_parts import open_parts
from fitcheck.surveys.outline import Outline, outline
from fitcheck.surveys.parts import Part, PartSource, changed_meanwhile
from fitcheck.surveys.results import OutputFormat
from fitcheck.surveys.survey import Survey, missing_tokens, remarks
from fitcheck.tally import Tally

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier

LARGE_BYTES = 20_000_000
LARGE_ROWS = 20_000
"""A file with more bytes or rows is read part by part."""
_BEGINNING = 1 << 20


@dataclass(frozen=True, slots=True)
class LargeSurvey:
    """A file that is read part by part, with everything that was detected about it."""

    survey: Survey
    """What is known of it, without its rows."""
    source: PartSource
    outline: Outline
    stamp: tuple[int, int]
    """Size and time of the file when it was read first."""

    def work(
        self,
        codebook: Codebook,
        personas: Personas | None,
        output: OutputFormat = "rows",
        ending: str = "",
    ) -> PartWork:
        """Return how its parts are read, and written to a file of that ending."""
        return PartWork(
            self.survey.path,
            self.survey.grid.facts,
            self.source.format(self.outline.width),
            self.outline,
            codebook,
            personas,
            output,
            ending,
        )


@dataclass(frozen=True, slots=True)
class LargeResult:
    """What is told of a run whose labels are in a file."""

    survey: Survey
    assignment: Assignment
    """What was left open about personas; those of respondents are not kept."""
    run: dict[str, Any]
    groups: Groups
    tally: Tally
    n_kept: int
    """Rows that an earlier run had done."""


def is_large(path: str) -> bool:
    """Return whether a file is better read part by part, by its size and its first lines."""
    file = Path(path)
    if not file.is_file():
        return False
    size = file.stat().st_size
    if size > LARGE_BYTES:
        return True
    with file.open("rb") as stream:
        head = stream.read(_BEGINNING)
    if head.startswith(b"PAR1"):
        from fitcheck.surveys.parquet import count_rows

        return count_rows(path) > LARGE_ROWS
    return head.count(b"\n") * size > LARGE_ROWS * len(head)


def read_large(
    path: str,
    options: ReadOptions,
    wishes: Wishes,
    codebook: Codebook | None = None,
    progress: Progress | None = None,
) -> LargeSurvey:
    """Return what a file is, having read it once or twice.

    `progress` is called with the number of rows read since the last call.

    Raises
    ------
    DataError
        If it cannot be understood; the message says what to pass.
    WholeFileNeeded
        If it can only be read as a whole.
    """
    stamp = _stamp(path)
    source = open_parts(path, options)
    missing = missing_tokens(codebook)

    def blocks() -> Iterator[Any]:
        for block in source.blocks():
            yield block
            if progress is not None:
                progress(len(block.rows))

    while True:
        try:
            found = outline(path, source.grid, blocks, options, wishes, missing)
        except DataError:
            if source.is_settled:
                raise
            continue
        if source.is_settled:
            break
    grid = source.grid
    # Rows are counted, not kept: the indices of those that are classified are nobody's business.
    layout = GridLayout(found.header, range(found.n_data))
    survey = Survey(
        path,
        replace(grid, rows=[], numbers=[]),
        layout,
        found.profile,
        found.names,
        found.questions,
        found.columns,
        (*grid.notes, *found.notes, *remarks(found, grid)),
    )
    return LargeSurvey(survey, source, found, stamp)


def classify_large(
    large: LargeSurvey,
    classifier: Classifier,
    target: Path,
    *,
    codebook: Codebook,
    personas: Personas | None = None,
    output: OutputFormat = "rows",
    overwrite: bool = False,
    min_group: int = MIN_GROUP,
    n_workers: int = 1,
    progress: Progress | None = None,
    tell: Callable[[Spool, int], None] | None = None,
) -> LargeResult:
    """Write the labelled file, as `classify_survey` and the writers of results would.

    Finished parts lie in a folder beside the output until it is whole: a run that is stopped or
    killed goes on behind them, if input, options and classifier are the same.

    Parameters
    ----------
    large : LargeSurvey
        What `read_large` returned.
    classifier : Classifier
        The baseline works in several processes, others in this one.
    target : Path
        The file to write; its ending decides the format of answers.
    n_workers : int
        Number of processes; 1 is this one.
    progress : callable, optional
        Is told how many more rows are done.
    tell : callable, optional
        Is told of the spool and of the rows in it, before the first part is classified.

    Raises
    ------
    DataError
        If the file changes meanwhile, or the output cannot be written.
    """
    found, path = large.outline, large.survey.path
    work = large.work(codebook, personas, output, target.suffix.lower())
    spool = Spool(partial_folder(target), _key(large, work, classifier))
    with closing(spool):
        run = _Run(work, spool, progress)
        n_kept = run.restore(large.source)
        if tell is not None:
            tell(spool, n_kept)
        parts = large.source.parts(len(spool))
        for done in _done(work, classifier, parts, n_workers):
            run.take(done)
        if _stamp(path) != large.stamp:
            raise changed_meanwhile(path)
        assemble(work, spool, target, run.respondents, overwrite=overwrite)
    tally, assignment = run.conclude()
    groups = groups_of(tally.respondents, min_group)
    table = {
        **large.survey.grid.facts,
        "profile": found.profile.id,
        "header_rows": len(found.header),
        "rows": found.n_data,
        "rows_not_classified": dict(found.dropped),
        "text_columns": len(found.columns.texts),
    }
    facts = run_facts(table, classifier, codebook, tally, groups, min_group)
    return LargeResult(large.survey, assignment, facts, groups, tally, n_kept)


def partial_folder(target: Path) -> Path:
    """Return where finished parts of an output lie."""
    return target.with_name(target.name + ".partial")


class _Run:
    """Adds up what parts tell, and keeps them."""

    def __init__(self, work: PartWork, spool: Spool, progress: Progress | None) -> None:
        self.work, self.spool = work, spool
        self._progress = progress or (lambda _: None)
        self._tally, self._assigned = Tally(), Assigned()
        self.respondents = Respondents() if work.outline.is_shared else None

    def restore(self, source: PartSource) -> int:
        """Take over the parts that an earlier run has done; return their rows."""
        n_rows = 0
        for facts, part in zip(self.spool.facts(), source.parts(0), strict=False):
            survey = self.work.survey(part)
            self._add(self.work.assigned(survey), *_from_facts(facts))
            n_rows += survey.n_respondents
            self._progress(survey.n_respondents)
        return n_rows

    def take(self, done: PartDone) -> None:
        """Keep a part."""
        self.spool.append(done.content, _facts(done))
        self._add(done.assigned, done.tally, done.rows)
        self._progress(len(done.assigned.personas))

    def _add(self, assigned: Assigned, tally: Tally, rows: Rows | None) -> None:
        self._assigned.add(assigned)
        self._tally.add(tally)
        if rows is not None and self.respondents is not None:
            self.respondents.add(rows)

    def conclude(self) -> tuple[Tally, Assignment]:
        """Return all counts, and what was left open about personas."""
        if self.respondents is not None:
            self._tally.respondents = self.respondents.states()
        assigned, personas = self._assigned, self.work.personas
        if personas is not None:
            return self._tally, personas.conclude((), assigned.unknown, assigned.ambiguous)
        return self._tally, Assignment((), similar=similar_groups(assigned.sizes))


def _done(
    work: PartWork, classifier: Classifier, parts: Iterable[Part], n_workers: int
) -> Iterator[PartDone]:
    from fitcheck.classifiers.asking import AskingClassifier
    from fitcheck.classifiers.baseline import BaselineClassifier

    if isinstance(classifier, BaselineClassifier) and n_workers > 1:
        yield from _in_processes(work, classifier, parts, n_workers)
        return
    with classifier.one_run() if isinstance(classifier, AskingClassifier) else nullcontext():
        for part in parts:
            yield work.done(part, classifier)


def _in_processes(
    work: PartWork, classifier: BaselineClassifier, parts: Iterable[Part], n_workers: int
) -> Iterator[PartDone]:
    from fitcheck.classifiers.model_file import save_model
    from fitcheck.engines.workers import work_in_processes

    # Not beside the output: it holds words of the answers that were learned from.
    with TemporaryDirectory(prefix="fitcheck-", ignore_cleanup_errors=True) as folder:
        model = Path(folder) / "model.zip"
        save_model(classifier, model, {"trained_on": classifier.trained_on})
        with closing(work_in_processes(work, model, parts, n_workers)) as done:  # type: ignore[type-var]
            yield from done


def _facts(done: PartDone) -> list[Any]:
    return [done.tally.to_json(), done.is_encodable, done.rows]


def _from_facts(facts: list[Any]) -> tuple[Tally, Rows | None]:
    tally, _, rows = facts
    return Tally.from_json(tally), None if rows is None else Rows(*rows)


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116
    return found.st_size, found.st_mtime_ns


def _key(large: LargeSurvey, work: PartWork, classifier: Classifier) -> str:
    """Return a fingerprint of all that decides what is in a part."""
    from fitcheck.classifiers.base import classifier_facts

    with Path(work.path).open("rb") as stream:
        head = hashlib.sha256(stream.read(_BEGINNING)).hexdigest()
    found = large.outline
    decides = [
        version("fitcheck-feedback"),
        large.stamp,
        head,
        work.facts,
        repr(work.format),
        repr((found.header, found.body.end, sorted(found.body.again), found.profile.id)),
        repr((found.names, found.questions, found.columns, found.keep_incomplete)),
        work.codebook.sha256,
        work.personas.model_dump_json() if work.personas else None,
        work.output,
        work.ending,
        _model(classifier, classifier_facts(classifier)),
    ]
    return hashlib.sha256(json.dumps(decides, ensure_ascii=True).encode()).hexdigest()


def _model(classifier: Classifier, facts: dict[str, Any]) -> str:
    """Return a fingerprint of what labels."""
    learned = getattr(getattr(classifier, "segment_model_", None), "coef", None)
    numbers = b"" if learned is None else learned.tobytes()
    told = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(told.encode() + numbers).hexdigest()
