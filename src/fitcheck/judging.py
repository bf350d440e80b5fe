"""Rates in an answers table by the labels in filled sheets; a look at the sample is noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fitcheck.codebook import Codebook
from fitcheck.errors import DataError
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Message

if TYPE_CHECKING:
    from fitcheck.annotation.plan import SamplePlan
    from fitcheck.rates import Rates
    from fitcheck.records import Answer, Label, Prediction

Note = Callable[[Message], None]
"""Gets what was noticed while reading."""
LIMIT = 0.05
"""The rate that must not be reached, where neither plan nor user says another."""
MIN_KAPPA = 0.6
"""Agreement of two coders under which there is no verdict."""


class Judged(NamedTuple):
    """An answers table, and the rates in it."""

    answers: list[Answer]
    predictions: list[Prediction]
    rates: Rates


class Looked(NamedTuple):
    """A sample whose labels were read."""

    plan: SamplePlan
    labels: list[dict[str, Label]]
    """Of each coder, by key."""
    may_look: bool
    """Whether bounds may be read from them."""


def judge_table(
    file: str,
    codebook: Codebook,
    note: Note,
    *,
    labels: Sequence[str] = (),
    plan_file: str | None = None,
    limit: float | None = None,
    min_kappa: float = MIN_KAPPA,
    as_is: bool = False,
    min_group: int = MIN_GROUP,
) -> Judged:
    """Return the rates in an answers table.

    Parameters
    ----------
    file : str
        What `fitcheck classify --format answers` wrote.
    codebook : Codebook
        Says what each question asks for.
    note : callable
        Gets what was noticed in the sheets.
    labels : sequence of str
        Filled sheets: that of the coder who counts, and perhaps another one's.
    plan_file : str, optional
        The sample's plan; beside the first sheet by default.
    limit : float, optional
        The plan fixes it.
    min_kappa, as_is, min_group
        As of `not_fit_rates`.

    Raises
    ------
    DataError
        If a file cannot be understood, or the sample was planned for another limit.
    """
    from fitcheck.rates import not_fit_rates
    from fitcheck.surveys.predictions import read_predictions

    answers, predicted = read_predictions(file, codebook)
    if not labels:
        found = not_fit_rates(predicted, answers, limit=limit or LIMIT, min_group=min_group)
        return Judged(answers, predicted, found)
    plan, said, may_look = read_sample(
        answers, codebook, note, labels=labels, plan_file=plan_file, as_is=as_is, limit=limit
    )
    found = not_fit_rates(
        predicted,
        answers,
        plan=plan,
        labels=said[0],
        second=said[1] if len(said) > 1 else None,
        min_kappa=min_kappa,
        as_is=as_is,
        may_look=may_look,
        min_group=min_group,
    )
    return Judged(answers, predicted, found)


def read_sample(
    answers: Sequence[Answer],
    codebook: Codebook,
    note: Note,
    *,
    labels: Sequence[str],
    plan_file: str | None = None,
    as_is: bool = False,
    limit: float | None = None,
) -> Looked:
    """Return a sample's plan, each coder's labels, and whether bounds may be read from them.

    Raises
    ------
    DataError
        As `judge_table`.
    """
    from fitcheck.annotation.counting import read_labels, take_look
    from fitcheck.annotation.plan import plan_path

    path = Path(plan_file) if plan_file else plan_path(Path(labels[0]))
    read = [read_labels(sheet, answers, path, codebook) for sheet in labels]
    plan = read[0].plan
    for message in (message for sheet in read for message in sheet.notes):
        note(message)
    if limit is not None and limit != plan.limit:
        raise DataError(
            "The sample was planned for a limit of {planned}; it cannot be changed to {limit} now.",
            "Judge it by its own limit, or draw a new sample with `fitcheck sample --limit`.",
            planned=f"{plan.limit:g}",
            limit=f"{limit:g}",
        )
    said = [sheet.labels for sheet in read]
    plan, may_look = take_look(path, plan, said[0], as_is=as_is)
    return Looked(plan, said, may_look)
