"""Respondents: the unit of a rate and of a sample, each with the answers that decide its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fitcheck.records import Answer, Label, Prediction
from fitcheck.surveys.results import respondent_label


@dataclass(frozen=True, slots=True)
class Respondent:
    """One person, counted once however many answers there are."""

    id: str
    persona: str
    positions: tuple[int, ...]
    """Which of the answers decide: those to a question about fit, if there are any, else all."""
    predicted: Label | None
    """The label over these answers; None if none of them has one."""


def group_respondents(
    answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> list[Respondent]:
    """Return the respondents in the order of their first answer.

    Examples
    --------
    >>> answers = [Answer("ja", "Passte es?", "fit", "7"), Answer("Tee", "Was fehlt?", id="7")]
    >>> group_respondents(answers, [Prediction("fit"), Prediction("no_signal")])[0].positions
    (0,)
    """
    by_id: dict[str, list[int]] = {}
    for position, answer in enumerate(answers):
        by_id.setdefault(answer.id or f"row {answer.row}", []).append(position)
    return [
        _respondent(identifier, positions, answers, predictions)
        for identifier, positions in by_id.items()
    ]


def _respondent(
    identifier: str,
    positions: Sequence[int],
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
) -> Respondent:
    asked = [answers[i].kind in ("fit", "misfit") for i in positions]
    label = respondent_label(
        [(fit, predictions[i].label) for fit, i in zip(asked, positions, strict=True)]
    )
    decide = [i for fit, i in zip(asked, positions, strict=True) if fit] or positions
    return Respondent(identifier, answers[positions[0]].persona, tuple(decide), label)


def human_label(labels: Sequence[Label | None]) -> Label | None:
    """Return what people say of a respondent over the answers that decide: not_fit if one is.

    A missing label makes the result unknown, unless another answer settles it.

    Examples
    --------
    >>> [human_label(said) for said in (["no_signal", "fit"], ["not_fit", None], ["fit", None])]
    ['fit', 'not_fit', None]
    """
    if "not_fit" in labels:
        return "not_fit"
    if not labels or None in labels:
        return None
    return "fit" if "fit" in labels else "no_signal"
