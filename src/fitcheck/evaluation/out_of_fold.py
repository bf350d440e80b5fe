"""Predictions for labelled answers by models that did not see them, and what they dispute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.errors import DataError
from fitcheck.labeled import LabeledAnswer, answers_of, labels_of
from fitcheck.records import LABELS, Label, Prediction


def out_of_fold(
    classifier: BaselineClassifier,
    examples: Sequence[LabeledAnswer],
    *,
    always: Sequence[LabeledAnswer] = (),
    n_folds: int = 5,
    random_state: int = 0,
    progress: Callable[[int], None] | None = None,
) -> list[Prediction]:
    """Return one prediction per example, from a model fitted without its scenario.

    `always` are answers that every fold learns from and that are not predicted.

    Raises
    ------
    DataError
        If there are fewer scenarios than two.
    """
    groups = [example.scenario for example in examples]
    n_folds = min(n_folds, len(set(groups)))
    if n_folds < 2:
        raise DataError(
            "{n} labelled answers are too few to check a model on.",
            "Label more answers first.",
            n=len(examples),
        )
    found: list[Prediction | None] = [None] * len(examples)
    folds = GroupKFold(n_folds, shuffle=True, random_state=random_state)
    for train, test in folds.split(np.zeros(len(examples)), groups=groups):
        model = clone(classifier).fit_labeled([*always, *(examples[i] for i in train)])
        for i, prediction in zip(
            test, model.annotate(answers_of([examples[i] for i in test])), strict=True
        ):
            found[i] = prediction
        if progress is not None:
            progress(len(test))
    return [prediction for prediction in found if prediction is not None]


@dataclass(frozen=True, slots=True)
class Suspect:
    """An answer whose label the model disputes."""

    example: LabeledAnswer
    """The answer with its label."""
    suggested: Label
    """What the model would say."""
    margin: float
    """How much surer the model is of its own label, in [0, 1]."""


def find_suspects(
    examples: Sequence[LabeledAnswer], predictions: Sequence[Prediction]
) -> list[Suspect]:
    """Return the answers whose label is most likely wrong, most disputed first.

    An answer is suspect if the model gives another label at least the probability that it
    gives that label on average where it is the gold label. Predictions must be out of fold.

    References
    ----------
    Northcutt, Jiang & Chuang 2021, Confident learning, section 3.1, doi:10.1613/jair.1.12125
    """
    gold = labels_of(examples)
    shares = np.array([[(p.probabilities or {}).get(c, 0.0) for c in LABELS] for p in predictions])
    column = {label: i for i, label in enumerate(LABELS)}
    thresholds = np.array(
        [
            np.mean([s[i] for s, g in zip(shares, gold, strict=True) if g == label] or [np.inf])
            for label, i in column.items()
        ]
    )
    suspects = []
    for example, row in zip(examples, shares, strict=True):
        confident = np.where(row >= thresholds, row, -1.0)
        best = int(np.argmax(confident))
        if confident[best] >= 0 and LABELS[best] != example.label:
            margin = float(row[best] - row[column[example.label]])
            suspects.append(Suspect(example, LABELS[best], margin))
    return sorted(suspects, key=lambda suspect: -suspect.margin)
