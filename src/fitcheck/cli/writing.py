"""Where a command writes: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fitcheck.surveys.atomic import atomic_path, refuse_existing, refuse_input
from fitcheck.surveys.results import OutputFormat, refuse_other_ending, run_path
from fitcheck.surveys.survey import Survey


@contextmanager
def output_path(output: str, ending: str, *, overwrite: bool) -> Iterator[Path]:
    """Yield a path to write to; for ``-`` what was written goes to stdout afterwards."""
    if output != "-":
        with atomic_path(Path(output), overwrite=overwrite) as temporary:
            yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="fitcheck-") as folder:
        path = Path(folder) / f"out{ending}"
        yield path
        sys.stdout.buffer.write(path.read_bytes())


def refuse_outputs(
    survey: Survey, target: Path, output_format: OutputFormat, *more: Path, overwrite: bool
) -> None:
    """Raise before anything is labelled if output, run file or further files cannot be written.

    Raises
    ------
    DataError
        If one of them is the input or is there already, or the ending says another format.
    """
    for path in (target, run_path(target), *more):
        refuse_input(path, survey.path)
        refuse_existing(path, overwrite=overwrite)
    refuse_other_ending(survey, target, output_format)


def stream_ending(survey: Survey, output_format: OutputFormat) -> str:
    """Return the ending of a file with what goes to standard output."""
    if output_format == "answers":
        return ".csv"
    kind = survey.grid.facts["format"]
    return {"tsv": ".csv"}.get(kind, f".{kind}")
