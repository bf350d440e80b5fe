"""The baseline decides no more than the loss that was allowed."""

from __future__ import annotations

import pytest

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.cascade import certainty, threshold_for
from fitcheck.labeled import answers_of, labels_of, load_labeled


@pytest.mark.parametrize("max_loss", [0.0, 0.005, 0.02, 0.1, 1.0])
def test_the_loss_stays_in_bounds(max_loss: float, baseline: BaselineClassifier) -> None:
    """On the answers that the threshold is chosen on; a larger one decides more."""
    examples = load_labeled("dev")
    threshold = threshold_for(baseline, max_loss)
    wrong = [
        certainty(prediction) >= threshold and prediction.label != gold
        for prediction, gold in zip(
            baseline.annotate(answers_of(examples)), labels_of(examples), strict=True
        )
        if prediction.source != "rule"
    ]
    assert sum(wrong) <= max_loss * len(examples) + 1e-9
    assert threshold >= threshold_for(baseline, min(1.0, max_loss + 0.01))
