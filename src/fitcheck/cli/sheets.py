"""Filled sheets of `fitcheck sample` as commands read them: a look at the sample is noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.terminal import Terminal
from fitcheck.codebook import load_codebook

if TYPE_CHECKING:
    from fitcheck.annotation.plan import SamplePlan
    from fitcheck.records import Answer, Label


def read_sheets(
    sheets: Sequence[str],
    plan_file: str | None,
    limit: float | None,
    answers: Sequence[Answer],
    codebook: str | None,
    as_is: bool,
    terminal: Terminal,
) -> tuple[SamplePlan, list[dict[str, Label]], bool]:
    """Return the plan, each coder's labels, and whether bounds may be read; a look is noted."""
    from fitcheck.annotation.counting import read_labels, take_look
    from fitcheck.annotation.plan import plan_path

    path = Path(plan_file) if plan_file else plan_path(Path(sheets[0]))
    read = [read_labels(sheet, answers, path, load_codebook(codebook)) for sheet in sheets]
    plan = read[0].plan
    for note in (note for labels in read for note in labels.notes):
        terminal.note(note)
    if limit is not None and limit != plan.limit:
        raise click.UsageError(
            f"The sample was planned for a limit of {plan.limit:g}; it cannot be changed now."
        )
    said = [labels.labels for labels in read]
    plan, may_look = take_look(path, plan, said[0], as_is=as_is)
    return plan, said, may_look
