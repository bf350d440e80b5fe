"""``fitcheck classify`` of a file that may be larger than the memory."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fitcheck.cli.reading import finish
from fitcheck.cli.sending import tell_endpoint
from fitcheck.cli.stopping import stopping_in_two_steps
from fitcheck.cli.summary import print_run, tell_run
from fitcheck.cli.terminal import Terminal
from fitcheck.cli.writing import refuse_outputs, stream_ending
from fitcheck.codebook import Codebook
from fitcheck.personas import Personas
from fitcheck.records import Classifier
from fitcheck.surveys.results import (
    OutputFormat,
    default_output,
    run_path,
    write_run,
)

if TYPE_CHECKING:
    from fitcheck.engines.large import LargeSurvey
    from fitcheck.engines.spool import Spool


@dataclass(frozen=True, slots=True)
class LargeOutput:
    """What the options say of the output."""

    output: str | None
    format: OutputFormat
    force: bool
    min_group: int
    workers: int | None
    as_json: bool


def classify_in_parts(
    large: LargeSurvey,
    make: Callable[[], Classifier],
    codebook: Codebook,
    personas: Personas | None,
    wishes: LargeOutput,
    terminal: Terminal,
) -> None:
    """Label a large file, or go on with it, and tell of it as of any other."""
    from fitcheck.engines.large import classify_large

    survey = large.survey
    with _target(large, wishes) as target:
        to_stdout = wishes.output == "-"
        if not to_stdout:
            refuse_outputs(survey, target, wishes.format, overwrite=wishes.force)
        model = make()
        tell_endpoint(model, terminal)
        with (
            _keeping(target, terminal, keeps=not to_stdout),
            stopping_in_two_steps(model, terminal),
            terminal.counting("Classifying", survey.n_respondents) as advance,
        ):
            result = classify_large(
                large,
                model,
                target,
                codebook=codebook,
                personas=personas,
                output=wishes.format,
                overwrite=wishes.force,
                min_group=wishes.min_group,
                n_workers=wishes.workers or _cores(),
                progress=advance,
                tell=lambda spool, n_rows: _tell_kept(spool, n_rows, terminal),
            )
        if to_stdout:
            with target.open("rb") as stream:
                shutil.copyfileobj(stream, sys.stdout.buffer)
        else:
            write_run(run_path(target), result.run, overwrite=wishes.force)
    finish()
    written = [] if to_stdout else [target, run_path(target)]
    tell_run(result, written, terminal)
    if wishes.as_json:
        print_run(result, target)


@contextmanager
def _target(large: LargeSurvey, wishes: LargeOutput) -> Iterator[Path]:
    """Yield the file to write; what goes to standard output is written to a folder that goes."""
    if wishes.output != "-":
        default = default_output(large.survey, wishes.format)
        yield Path(wishes.output) if wishes.output else default
        return
    ending = stream_ending(large.survey, wishes.format)
    with tempfile.TemporaryDirectory(prefix="fitcheck-") as folder:
        yield Path(folder) / f"out{ending}"


@contextmanager
def _keeping(target: Path, terminal: Terminal, *, keeps: bool) -> Iterator[None]:
    """Say on Ctrl-C that what is done is kept."""
    from fitcheck.engines.large import partial_folder

    try:
        yield
    except KeyboardInterrupt:
        if not keeps:
            raise
        terminal.tell(
            "Stopped; type the same command to go on. What is done lies in {folder}.",
            folder=partial_folder(target),
        )
        sys.exit(130)


def _tell_kept(spool: Spool, n_rows: int, terminal: Terminal) -> None:
    if spool.dropped:
        terminal.tell(
            "What an earlier run had done was thrown away: its input or its options were others."
        )
    if n_rows:
        terminal.tell("{n} rows are done from before; the run goes on behind them.", n=n_rows)


def _cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
