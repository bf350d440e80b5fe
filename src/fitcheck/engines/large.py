"""Classifies files that may be larger than the memory, and goes on where a run was stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fitcheck.api import Progress
from fitcheck.classifiers.asking import AskingClassifier, together
from fitcheck.codebook import Codebook
from fitcheck.collecting import without_collecting
from fitcheck.engines.assembly import assemble
from fitcheck.engines.part import Instructions, LabelledTable, PartTally, add_up
from fitcheck.engines.spool import Spool
from fitcheck.engines.work import PartDone, PartWork
from fitcheck.errors import DataError
from fitcheck.personas import Personas
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Answer, Classifier
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import GridLayout, ReadOptions
from fitcheck.surveys.open_parts import open_parts
from fitcheck.surveys.outline import Outline, outline
from fitcheck.surveys.parts import Part, PartSource, changed_meanwhile
from fitcheck.surveys.results import OutputFormat
from fitcheck.surveys.survey import Survey, missing_tokens, remarks

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier

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
        how = Instructions(self.outline, codebook, personas, output)
        form = self.source.format(self.outline.width)
        return PartWork(self.survey.path, self.survey.grid.facts, form, how, ending)

    def answers(
        self, codebook: Codebook, personas: Personas | None = None
    ) -> Iterator[list[Answer]]:
        """Yield the answers, in the parts in which a run labels them."""
        work = self.work(codebook, personas)
        for part in self.source.parts(0):
            survey = work.survey(part)
            yield survey.answers(codebook, survey.assign_personas(personas))


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
            with without_collecting():
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
    progress: Progress = lambda _: None,
    tell: Callable[[Spool, int], None] = lambda *_: None,
) -> LabelledTable:
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
    survey = large.survey
    work = large.work(codebook, personas, output, target.suffix.lower())
    key = _key(large, work, classifier)
    if large.outline.is_shared:
        work = replace(work, how=replace(work.how, key=bytes.fromhex(key)))
    spool = Spool(partial_folder(target), key)

    def tallies() -> Generator[PartTally, None, None]:
        n_kept = 0
        for facts in spool.facts():
            kept = PartTally.from_json(facts)
            n_kept += kept.counts.n_rows
            yield kept
        progress(n_kept)
        tell(spool, n_kept)
        parts, before = large.source.parts(len(spool)), spool.used
        try:
            for done in _done(work, classifier, parts, n_workers):
                spool.append(done.content, done.tally.to_json())
                _keep_used(spool, before, classifier)
                yield done.tally
                progress(done.tally.counts.n_rows)
        finally:  # a part that was not finished has asked as well
            _keep_used(spool, before, classifier)

    with closing(spool), closing(tallies()) as counted:
        total = add_up(counted)
        if _stamp(survey.path) != large.stamp:
            raise changed_meanwhile(survey.path)
        assemble(work, spool, target, total.respondents, overwrite=overwrite)
    result = work.how.conclude(survey, classifier, total.concluded().counts, min_group)
    result.run["classifier"] |= spool.used
    return result


def partial_folder(target: Path) -> Path:
    """Return where finished parts of an output lie."""
    return target.with_name(target.name + ".partial")


def _done(
    work: PartWork, classifier: Classifier, parts: Iterable[Part], n_workers: int
) -> Iterator[PartDone]:
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


def _keep_used(spool: Spool, before: Mapping[str, Any], classifier: Classifier) -> None:
    used = classifier.usage if isinstance(classifier, AskingClassifier) else {}
    if before or used.get("requests"):
        spool.keep_used(together(before, used))


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116
    return found.st_size, found.st_mtime_ns


def _key(large: LargeSurvey, work: PartWork, classifier: Classifier) -> str:
    """Return a fingerprint of all that decides what is in a part."""
    with Path(work.path).open("rb") as stream:
        head = hashlib.sha256(stream.read(_BEGINNING)).hexdigest()
    found = large.outline
    decides = [
        work.how.settings(classifier),
        large.stamp,
        head,
        work.facts,
        repr(work.format),
        repr((found.header, found.body.end, sorted(found.body.again))),
        work.ending,
    ]
    return hashlib.sha256(json.dumps(decides, ensure_ascii=True).encode()).hexdigest()
