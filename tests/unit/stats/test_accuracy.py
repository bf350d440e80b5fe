"""How often predictions are right, from a sample with unequal chances to be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from fitcheck.stats.accuracy import sample_accuracy
from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.strata import Strata, Stratum


def test_whom_everybody_labelled_it_is_a_plain_count() -> None:
    """Clopper and Pearson's interval of the plain shares, over several personas."""
    samples = [
        Strata(Stratum(10, not_fit=6, fit=3, no_signal=1), Stratum(50, not_fit=2, fit=48)),
        Strata(Stratum(4, not_fit=4), Stratum(36, fit=30, no_signal=6)),
    ]
    found = sample_accuracy(samples)
    assert found is not None
    assert found.labelled == 100
    assert found.right.value == pytest.approx(94 / 100)
    assert found.found is not None
    assert (found.found.value, found.found.n) == (pytest.approx(10 / 12), 12)
    assert found.confirmed is not None
    assert (found.confirmed.value, found.confirmed.n) == (pytest.approx(10 / 14), 14)
    plain = clopper_pearson(94, 100, 0.025)
    assert found.right.low <= found.right.value <= found.right.high
    assert found.right.low == pytest.approx(plain.low, abs=0.02)


def test_weights_undo_the_drawing() -> None:
    """All flagged and one in ten of the others: each of the latter counts for ten."""
    found = sample_accuracy(
        [Strata(Stratum(20, not_fit=12, fit=8), Stratum(400, not_fit=1, fit=39))]
    )
    assert found is not None
    assert found.found is not None
    assert found.found.value == pytest.approx(12 / 22)
    assert found.right.value == pytest.approx((12 + 390) / 420)
    assert found.found.high - found.found.low > 0.5  # the ten rest on one label


def test_nobody_and_no_error() -> None:
    """Without labels there is nothing; without errors the interval still has a width."""
    assert sample_accuracy([]) is None
    assert sample_accuracy([Strata(Stratum(5), Stratum(9))]) is None
    found = sample_accuracy([Strata(Stratum(0), Stratum(60, fit=30, unclear=4))])
    assert found is not None
    assert found.found is None
    assert found.confirmed is None
    assert found.labelled == 30
    assert (found.right.value, found.right.high) == (1, 1)
    assert found.right.low == pytest.approx(clopper_pearson(30, 30, 0.025).low)


@pytest.mark.parametrize("measure", ["right", "found", "confirmed"])
def test_intervals_hold(measure: str) -> None:
    """In surveys drawn again and again they miss the truth in about one of twenty at most."""
    chance = np.random.default_rng(7)
    truth = {"right": 0.0, "found": 0.0, "confirmed": 0.0}
    flagged_n, others_n, flagged_p, others_p = 60, 540, 0.6, 0.02
    hits, misses = flagged_n * flagged_p, others_n * others_p
    truth["right"] = (hits + others_n - misses) / (flagged_n + others_n)
    truth["found"], truth["confirmed"] = hits / (hits + misses), flagged_p
    missed, runs = 0, 400
    for _ in range(runs):
        a, b = chance.binomial(60, flagged_p), chance.binomial(90, others_p)
        sample = Strata(Stratum(60, a, 60 - a), Stratum(others_n, b, 90 - b))
        found = getattr(sample_accuracy([sample]), measure)
        missed += not found.low <= truth[measure] <= found.high
    assert missed <= 0.08 * runs
