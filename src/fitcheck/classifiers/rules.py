"""Short answers that the codebook settles by themselves, whoever classifies the others."""

from __future__ import annotations

from collections.abc import Sequence

from fitcheck.codebook import Codebook
from fitcheck.records import Answer, Label, Prediction, QuestionKind

SIGNAL: tuple[Label, ...] = ("fit", "not_fit")
"""The labels that have a quote."""


def kind_of(answer: Answer, codebook: Codebook) -> QuestionKind:
    """Return what the answer's question asks for."""
    return answer.kind if answer.kind is not None else codebook.kind_of(answer.question)


def settled_by_rule(
    answer: Answer, codebook: Codebook, classes: Sequence[Label]
) -> Prediction | None:
    """Return the prediction for a whole short answer such as ``nichts``; None for others.

    Examples
    --------
    >>> from fitcheck.codebook import load_codebook
    >>> answer = Answer("nichts", question="Was hat nicht gepasst?")
    >>> settled_by_rule(answer, load_codebook(), ["fit", "no_signal", "not_fit"]).label
    'fit'
    """
    entry = codebook.short_answer(answer.text, kind_of(answer, codebook))
    if entry is None or entry.label not in classes:
        return None
    signal = entry.label in SIGNAL
    return Prediction(
        entry.label,
        dict.fromkeys(classes, 0.0) | {entry.label: 1.0},
        quote=answer.text if signal else "",
        span=(0, len(answer.text)) if signal else None,
        flags=entry.flags,
        source="rule",
    )
