"""Respondents: the unit of a rate and of a sample, each with the answers that decide its label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

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
) -> Iterator[Respondent]:
    """Yield the respondents in the order of their first answer.

    Examples
    --------
    >>> answers = [Answer("ja", "Passte es?", "fit", "7"), Answer("Tee", "Was fehlt?", id="7")]
    >>> next(group_respondents(answers, [Prediction("fit"), Prediction("no_signal")])).positions
    (0,)
    """
    for own in positions_by_respondent(answers):
        first = answers[own[0]]
        label = respondent_label([(answers[i].asks_for_fit, predictions[i].label) for i in own])
        yield Respondent(first.respondent, first.persona, _deciding(own, answers), label)


def positions_by_respondent(answers: Sequence[Answer]) -> Iterator[list[int]]:
    """Yield the positions of each respondent's answers, in the order of the first ones.

    Examples
    --------
    >>> list(positions_by_respondent([Answer("ja", id=who) for who in ("7", "9", "7")]))
    [[0, 2], [1]]
    """
    numbers: dict[str, int] = {}
    known = (numbers.setdefault(answer.respondent, len(numbers)) for answer in answers)
    owners = np.fromiter(known, np.int32, len(answers))
    del numbers, known  # from here on an answer takes two numbers, and none of them is an object
    in_order = np.argsort(owners, kind="stable")
    start = 0
    for end in map(int, np.bincount(owners).cumsum()):
        yield in_order[start:end].tolist()
        start = end


def _deciding(positions: Sequence[int], answers: Sequence[Answer]) -> tuple[int, ...]:
    return tuple(i for i in positions if answers[i].asks_for_fit) or tuple(positions)


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
