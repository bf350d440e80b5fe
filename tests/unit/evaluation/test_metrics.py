"""Each metric by its definition, against scikit-learn where it has one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    precision_recall_fscore_support,
)

from fitcheck.evaluation import metrics
from fitcheck.records import LABELS, ThemeHit

RANDOM = np.random.default_rng(0)
GOLD = RANDOM.choice(LABELS, 200).tolist()
SAID = RANDOM.choice(LABELS, 200).tolist()


def test_scores_are_what_scikit_learn_says() -> None:
    """Accuracy, F1, precision and recall of random labels."""
    table = metrics.confusion(GOLD, SAID)
    assert metrics.accuracy(table) == pytest.approx(accuracy_score(GOLD, SAID))
    assert metrics.macro_f1(table) == pytest.approx(f1_score(GOLD, SAID, average="macro"))
    expected = precision_recall_fscore_support(GOLD, SAID, labels=list(LABELS))
    for i, label in enumerate(LABELS):
        found = metrics.precision_recall_f1(table, label)
        assert found == pytest.approx(tuple(expected[k][i] for k in range(3)))


def test_weights_are_repetitions() -> None:
    """An answer drawn twice counts twice."""
    weights = RANDOM.integers(0, 3, 200)
    repeated = [(g, s) for g, s, w in zip(GOLD, SAID, weights, strict=True) for _ in range(w)]
    table = metrics.confusion([g for g, _ in repeated], [s for _, s in repeated])
    assert (metrics.confusion(GOLD, SAID, weights) == table).all()


def test_a_failure_is_wrong_and_not_dropped() -> None:
    """Failures lower accuracy and recall, and are seen in a column of their own."""
    table = metrics.confusion(["fit", "not_fit", "fit"], ["fit", None, None])
    assert metrics.accuracy(table) == pytest.approx(1 / 3)
    assert metrics.precision_recall_f1(table, "fit")[1] == 0.5
    assert table[:, 3].sum() == 2
    assert metrics.kappa(metrics.confusion(["fit", "not_fit"], [None, None])) <= 0


def test_brier_and_calibration() -> None:
    """The multi-class Brier score, and a gap of exactly 0.2 between said and seen."""
    p = RANDOM.dirichlet([1, 1, 1], 200)
    order = sorted(LABELS)
    columns = [LABELS.index(label) for label in order]
    expected = brier_score_loss(GOLD, p[:, columns], labels=order, scale_by_half=False)
    assert metrics.brier(p, GOLD) == pytest.approx(expected)
    said = np.full(10, 0.55)
    seen = np.array([True] * 3 + [False] * 7) | (np.arange(10) < 3)
    assert metrics.expected_calibration_error(said, seen) == pytest.approx(0.25)
    assert metrics.reliability(said, seen) == [(pytest.approx(0.55), pytest.approx(0.3), 10)]
    assert metrics.expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_themes_and_quotes() -> None:
    """Micro and macro F1 over themes, polarity only where the theme is right."""

    def hits(*names: str) -> list[ThemeHit]:
        return [ThemeHit(name, "positive") for name in names]

    gold = [hits("a", "b"), hits("a"), []]
    found = [hits("a"), hits("b"), hits("a")]
    micro, macro = metrics.theme_f1(gold, found)
    assert micro == pytest.approx(2 * 1 / (3 + 3))
    assert macro == pytest.approx((2 * 1 / (2 + 2) + 0) / 2)
    wrong = [[ThemeHit("a", "negative")], *found[1:]]
    assert metrics.polarity_accuracy(gold, wrong) == 0
    assert np.isnan(metrics.theme_f1([], [])[0])
    assert metrics.quotes_overlap("eins zwei drei", "eins zwei", "zwei drei")
    assert not metrics.quotes_overlap("eins zwei drei", "eins", "drei")
    assert not metrics.quotes_overlap("eins", "eins", "")


def test_nothing_is_nan() -> None:
    """Scores of no answers are not zero."""
    empty = metrics.confusion([], [])
    assert np.isnan(metrics.accuracy(empty))
    assert np.isnan(metrics.macro_f1(empty))
    assert np.isnan(metrics.brier(np.empty((0, 3)), []))
    assert np.isnan(metrics.expected_calibration_error(np.empty(0), np.empty(0, bool)))
