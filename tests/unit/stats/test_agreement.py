"""Agreement by its definition, intervals by their promise."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from fitcheck.stats.agreement import cohen_kappa, confusion_of, krippendorff_alpha
from fitcheck.stats.bootstrap import Resampler


def test_kappa_is_what_scikit_learn_says() -> None:
    """On random codings both agree."""
    random = np.random.default_rng(0)
    for _ in range(20):
        a, b = random.choice(list("xyz"), (2, 50))
        table = confusion_of(list(a), list(b), "xyz")
        assert cohen_kappa(table) == pytest.approx(cohen_kappa_score(a, b))


def test_alpha_of_a_worked_example() -> None:
    """Two coders, ten units, coincidences counted by hand: D_o = 4/20, D_e = 184/380."""
    first, second = list("aaaaabbbbb"), list("aaaabbbbba")
    table = confusion_of(first, second, "ab")
    expected = (20**2 - 10**2 - 10**2) / (20 * 19)
    assert krippendorff_alpha(table) == pytest.approx(1 - (4 / 20) / expected)


def test_undefined_agreement_is_nan() -> None:
    """One label alone, or nothing, says nothing about agreement."""
    assert np.isnan(cohen_kappa(np.array([[7.0, 0], [0, 0]])))
    assert np.isnan(krippendorff_alpha(np.zeros((2, 2))))


def test_intervals_cover_as_promised() -> None:
    """In 200 samples of clustered answers, about 95 % of the intervals hold the true share."""
    random = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        rates = random.beta(3, 2, size=80)  # mean 0.6; answers of one scenario are alike
        hits = random.random((80, 4)) < rates[:, None]
        clusters = np.repeat(np.arange(80), 4)
        flat = hits.ravel().astype(float)
        interval = Resampler(list(clusters), 200).interval(
            lambda w, flat=flat: float(w @ flat / w.sum())
        )
        held += interval.low <= 0.6 <= interval.high
    assert 180 <= held <= 198


def test_ignoring_clusters_would_be_too_narrow() -> None:
    """The same data, resampled answer by answer, gives a narrower interval."""
    values = np.repeat(np.array([0.0, 1.0] * 10), 10)
    clusters = np.repeat(np.arange(20), 10)

    def mean(w: np.ndarray) -> float:
        return float(w @ values / w.sum())

    wide = Resampler(list(clusters)).interval(mean)
    narrow = Resampler(list(range(200))).interval(mean)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
