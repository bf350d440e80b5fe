"""What is known of one persona."""

from __future__ import annotations

import math

import pytest

from fitcheck.stats.strata import Strata, Stratum


@pytest.mark.parametrize(
    ("n1", "n0", "m1", "m0", "x1", "x0", "rate"),
    [
        (20, 280, 20, 80, 9, 0, 0.03),
        (20, 280, 20, 80, 9, 1, 0.04167),
        (40, 960, 40, 110, 18, 0, 0.018),
        (0, 100, 0, 100, 0, 2, 0.02),
    ],
)
def test_the_estimate_weighs_by_size(
    n1: int, n0: int, m1: int, m0: int, x1: int, x0: int, rate: float
) -> None:
    """Where everybody speaks of fit, both denominators are the same."""
    strata = Strata(Stratum(n1, x1, m1 - x1), Stratum(n0, x0, m0 - x0))
    assert strata.estimate("all") == pytest.approx(rate, abs=5e-6)
    assert strata.estimate("signal") == pytest.approx(strata.estimate("all"))


def test_no_signal_is_left_out_of_the_headline() -> None:
    """10 + 1/50 * 400 not_fit; of 20 + 400 respondents, half of the others with a signal."""
    strata = Strata(Stratum(20, 10, 10), Stratum(400, 1, 24, 25))
    assert strata.estimate("all") == pytest.approx((10 + 8) / 420)
    assert strata.estimate("signal") == pytest.approx((10 + 8) / (20 + 200))


def test_unclear_ones_count_for_neither_in_the_estimate() -> None:
    """They count in the bounds."""
    strata = Strata(Stratum(10, 4, 4, unclear=2), Stratum(90, 0, 10))
    assert strata.estimate("all") == pytest.approx(0.05)
    assert strata.at_worst().flagged == Stratum(10, 6, 4)
    assert strata.at_best().flagged == Stratum(10, 4, 6)
    assert strata.labelled == strata.at_best().labelled == strata.at_worst().labelled


@pytest.mark.parametrize(
    "strata",
    [
        Strata(Stratum(), Stratum()),
        Strata(Stratum(5), Stratum(50, 0, 10)),
        Strata(Stratum(5, 1, 4), Stratum(50)),
        Strata(Stratum(5, unclear=5), Stratum(50, 0, 10)),
    ],
)
def test_a_stratum_nobody_knows_leaves_the_rate_unknown(strata: Strata) -> None:
    """Nothing is guessed."""
    assert math.isnan(strata.estimate("all"))
    assert math.isnan(strata.estimate("signal"))


def test_nobody_with_a_signal_has_no_rate() -> None:
    """Nought of nought; among all, nought."""
    strata = Strata(Stratum(), Stratum(50, 0, 0, 20))
    assert math.isnan(strata.estimate("signal"))
    assert strata.estimate("all") == 0


@pytest.mark.parametrize("counts", [(3, 2, 2), (3, -1), (3, 1, 1, 1, 1)])
def test_impossible_counts_are_refused(counts: tuple[int, ...]) -> None:
    """More labels than respondents, or fewer than none."""
    with pytest.raises(ValueError):
        Stratum(*counts)
