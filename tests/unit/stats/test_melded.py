"""The melded bound: recorded figures, seeds, and that bound and p-value never disagree."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from any_counts import a_persona
from hypothesis import given, settings
from hypothesis import strategies as st

from fitcheck.stats.melded import Melded
from fitcheck.stats.strata import (
    DENOMINATORS,
    SIDES,
    TARGETS,
    Denominator,
    Side,
    Strata,
    Stratum,
    Target,
)


@pytest.mark.parametrize(
    ("counts", "process", "received"),
    [
        ((20, 280, 20, 80, 9, 0), (0.0153, 0.0699), (0.03, 0.0567)),
        ((20, 280, 20, 80, 9, 1), (0.0209, 0.0884), (0.0333, 0.0767)),
        ((40, 960, 40, 110, 18, 0), (0.0115, 0.0452), (0.018, 0.042)),
    ],
)
def test_recorded_bounds(
    counts: tuple[int, ...], process: tuple[float, float], received: tuple[float, float]
) -> None:
    """With 400,000 draws; of exactly these respondents to a person."""
    n1, n0, m1, m0, x1, x0 = counts
    strata = Strata(Stratum(n1, x1, m1 - x1), Stratum(n0, x0, m0 - x0))
    melded = Melded(strata, n_draws=400_000)
    for target, expected, within in (("process", process, 8e-4), ("received", received, 5e-5)):
        found = [melded.bound(side, target, "all", 0.05) for side in SIDES]
        assert found == pytest.approx(expected, abs=within)


def test_the_default_draws_are_enough() -> None:
    """Seeds move a bound by less than a tenth of a point."""
    strata = Strata(Stratum(40, 18, 22), Stratum(960, 0, 80, 30))
    bounds = [Melded(strata, seed).bound("high", "process", "signal", 0.05) for seed in range(20)]
    assert len(set(bounds)) == 20
    assert max(bounds) - min(bounds) < 0.002
    again = Melded(strata, 3).bound("high", "process", "signal", 0.05)
    assert again == bounds[3]


@settings(max_examples=150)
@given(
    a_persona(9, 30),
    st.sampled_from([0.05, 0.01, 0.05 / 3, 0.2]) | st.floats(0.001, 0.4),
    st.integers(3, 60),
    st.sampled_from(SIDES),
)
def test_bound_and_p_value_agree(strata: Strata, alpha: float, n_draws: int, side: Side) -> None:
    """At the draws themselves, where they could differ, and at the usual limit."""
    melded = Melded(strata, n_draws=n_draws)
    for target, denominator in product(TARGETS, DENOMINATORS):
        bound = melded.bound(side, target, denominator, alpha)
        assert 0 <= bound <= 1
        draws = melded.draws(side, target, denominator)
        for limit in (*np.unique(draws[(draws > 0) & (draws < 1)]), 0.05):
            proven = bound < limit if side == "high" else bound >= limit
            p_value = melded.p_value(side, target, denominator, limit)
            assert (p_value <= alpha) == proven


@given(a_persona(9, 30))
def test_more_alpha_never_widens(strata: Strata) -> None:
    """A bound that may err more is no further away."""
    melded = Melded(strata, n_draws=300)
    for target, denominator in product(TARGETS, DENOMINATORS):
        highs = [melded.bound("high", target, denominator, a) for a in (0.01, 0.05, 0.1)]
        lows = [melded.bound("low", target, denominator, a) for a in (0.01, 0.05, 0.1)]
        assert highs == sorted(highs, reverse=True)
        assert lows == sorted(lows)


def test_what_nobody_labelled_is_bounded_by_nothing() -> None:
    """All of an unlabelled stratum may be not_fit, or fit."""
    melded = Melded(Strata(Stratum(100), Stratum(100, 20, 20, 60)))
    assert melded.bound("high", "received", "all", 0.05) == pytest.approx(0.6)
    assert melded.bound("low", "received", "all", 0.05) == pytest.approx(0.1)
    # 20 of 40, and a hundred more that fit.
    assert melded.bound("low", "received", "signal", 0.05) == pytest.approx(20 / 140)
    nobody = Melded(Strata(Stratum(10), Stratum(90)))
    for target, denominator in product(TARGETS, DENOMINATORS):
        bounds = [nobody.bound(side, target, denominator, 0.05) for side in SIDES]
        assert bounds == [0.0, 1.0]


def test_nobody_with_a_signal_is_bounded_by_nothing() -> None:
    """Hundred labels that say nothing of fit leave its share open."""
    melded = Melded(Strata(Stratum(2, 0, 0, 2), Stratum(300, 0, 0, 100)))
    assert melded.bound("high", "process", "signal", 0.05) > 0.9
    assert melded.bound("low", "process", "signal", 0.05) == 0


def test_a_label_that_stands_for_many_counts_in_full() -> None:
    """20 labels for 240 flagged ones, 80 for 60 others: as far as Clopper and Pearson's 20 go."""
    flags_most = Strata(Stratum(240, 0, 20), Stratum(60, 0, 80 - 20))
    high = Melded(flags_most).bound("high", "process", "all", 0.05)
    assert high > 0.8 * 0.139


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("denominator", DENOMINATORS)
def test_draws_of_two_streams_are_independent(target: Target, denominator: Denominator) -> None:
    """A difference takes one side's draws from each group, with whatever seeds: nothing is shared.

    The correlation of 20,000 independent pairs has a standard error of .007.
    """
    strata = Strata(Stratum(60, 10, 5, 15), Stratum(940, 6, 34, 80))
    high = Melded(strata, stream=0).draws("high", target, denominator)
    low = Melded(strata, stream=1).draws("low", target, denominator)
    assert abs(np.corrcoef(high, low)[0, 1]) < 0.035
