"""Metrics of labels, probabilities, themes and quotes, each by its definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fitcheck.records import LABELS, Label, ThemeHit
from fitcheck.stats.agreement import cohen_kappa, cross_codes, cross_table

_N_BINS = 10


def confusion(
    gold: Sequence[Label], predicted: Sequence[Label | None], weights: np.ndarray | None = None
) -> np.ndarray:
    """Return counts of shape (3, 4): rows are gold labels, the last column are failures."""
    return table_of(codes_of(gold, predicted), weights)


def codes_of(gold: Sequence[Label], predicted: Sequence[Label | None]) -> np.ndarray:
    """Return the cell of the confusion table that each answer belongs to, shape (n,)."""
    known = [p if p in LABELS else None for p in predicted]
    return cross_codes(gold, known, LABELS, (*LABELS, None))


def table_of(codes: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the confusion table of coded answers, shape (3, 4)."""
    return cross_table(codes, (len(LABELS), len(LABELS) + 1), weights)


def accuracy(table: np.ndarray) -> float:
    """Return the share of right labels, in [0, 1]; a failure is wrong."""
    return float(np.trace(table) / table.sum()) if table.sum() else float("nan")


def precision_recall_f1(table: np.ndarray, label: Label) -> tuple[float, float, float]:
    """Return precision, recall and F1 of one label, each in [0, 1]; nan if undefined."""
    i = LABELS.index(label)
    hit, said, wanted = table[i, i], table[:, i].sum(), table[i].sum()
    precision = hit / said if said else float("nan")
    recall = hit / wanted if wanted else float("nan")
    f1 = 2 * hit / (said + wanted) if said + wanted else float("nan")
    return float(precision), float(recall), float(f1)


def macro_f1(table: np.ndarray) -> float:
    """Return the mean F1 of the labels that occur in gold or prediction, in [0, 1]."""
    scores = [precision_recall_f1(table, label)[2] for label in LABELS]
    known = [score for score in scores if not np.isnan(score)]
    return float(np.mean(known)) if known else float("nan")


def kappa(table: np.ndarray) -> float:
    """Return Cohen's kappa of gold and prediction; failures agree with nothing."""
    k = len(LABELS) + 1
    return cohen_kappa(np.vstack([table, np.zeros((1, k))]))


def brier(p: np.ndarray, gold: Sequence[Label], weights: np.ndarray | None = None) -> float:
    """Return the multi-class Brier score, in [0, 2]; lower is better.

    Parameters
    ----------
    p : ndarray, shape (n, 3)
        Probabilities in the order fit, not_fit, no_signal.

    References
    ----------
    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """
    if not len(gold):
        return float("nan")
    return float(np.average(squared_errors(p, gold), weights=weights))


def squared_errors(p: np.ndarray, gold: Sequence[Label]) -> np.ndarray:
    """Return each answer's summed squared distance from the truth, in [0, 2], shape (n,)."""
    truth = np.array([[g == label for label in LABELS] for g in gold], float)
    return np.asarray(((p - truth.reshape(len(gold), len(LABELS))) ** 2).sum(axis=1))


def reliability(
    p: np.ndarray, happened: np.ndarray, weights: np.ndarray | None = None
) -> list[tuple[float, float, float]]:
    """Return (mean probability, observed share, weight) of each filled bin of ten.

    Parameters
    ----------
    p : ndarray, shape (n,)
        Probabilities that something holds, in [0, 1].
    happened : ndarray of bool, shape (n,)
        Whether it held.
    """
    w = np.ones(len(p)) if weights is None else weights
    bins = np.minimum((p * _N_BINS).astype(int), _N_BINS - 1)
    mass = np.bincount(bins, w, _N_BINS)
    said, seen = np.bincount(bins, w * p, _N_BINS), np.bincount(bins, w * happened, _N_BINS)
    return [(said[b] / mass[b], seen[b] / mass[b], mass[b]) for b in range(_N_BINS) if mass[b]]


def expected_calibration_error(
    p: np.ndarray, happened: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Return the mean distance of probability and observed share over ten bins, in [0, 1].

    References
    ----------
    Naeini, Cooper & Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian
    binning
    """
    table = reliability(p, happened, weights)
    total = sum(mass for _, _, mass in table)
    if not total:
        return float("nan")
    return float(sum(mass * abs(said - seen) for said, seen, mass in table) / total)


def theme_f1(
    gold: Sequence[Sequence[ThemeHit]], found: Sequence[Sequence[ThemeHit]]
) -> tuple[float, float]:
    """Return micro and macro F1 of theme ids over answers, in [0, 1]; polarity is not counted."""
    wanted = [{hit.theme for hit in hits} for hits in gold]
    said = [{hit.theme for hit in hits} for hits in found]
    names = sorted(set().union(*wanted, *said))
    counts = np.array(
        [
            [
                sum(name in w and name in s for w, s in zip(wanted, said, strict=True)),
                sum(name in w for w in wanted) + sum(name in s for s in said),
            ]
            for name in names
        ],
        float,
    ).reshape(len(names), 2)
    if not len(counts):
        return float("nan"), float("nan")
    return float(2 * counts[:, 0].sum() / counts[:, 1].sum()), float(
        (2 * counts[:, 0] / counts[:, 1]).mean()
    )


def polarity_accuracy(
    gold: Sequence[Sequence[ThemeHit]], found: Sequence[Sequence[ThemeHit]]
) -> float:
    """Return how often the polarity is right where a theme was rightly found, in [0, 1]."""
    right, seen = 0, 0
    for wanted, hits in zip(gold, found, strict=True):
        signs = {hit.theme: hit.polarity for hit in wanted}
        shared = [hit for hit in hits if hit.theme in signs]
        seen += len(shared)
        right += sum(signs[hit.theme] == hit.polarity for hit in shared)
    return right / seen if seen else float("nan")


def quotes_overlap(text: str, gold: str, found: str) -> bool:
    """Return whether two verbatim quotes of a text share a stretch of it.

    Examples
    --------
    >>> quotes_overlap("Gut. Für mich zu leicht.", "zu leicht", "Für mich zu leicht.")
    True
    """
    a, b = text.find(gold), text.find(found)
    return bool(gold and found) and a >= 0 <= b and a < b + len(found) and b < a + len(gold)
