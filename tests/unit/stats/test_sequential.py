"""Bets against a rate: by definition, and that they err no more than they may at any time."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.stats.sequential import decided_at, sequential_bound, wealth
from fitcheck.stats.strata import SIDES, Side

LABELS = st.lists(st.booleans(), max_size=30)


@given(LABELS)
def test_wealth_by_definition(labels: list[bool]) -> None:
    """The mean over what each bet has multiplied to."""
    for side, bets in (("high", (0.005, 0.01, 0.02, 0.03)), ("low", (0.08, 0.12, 0.2, 0.35))):
        earned = [1.0] * 4
        for i, label in enumerate(labels):
            pays = [q / 0.05 if label else (1 - q) / 0.95 for q in bets]
            earned = [e * p for e, p in zip(earned, pays, strict=True)]
            assert wealth(labels, 0.05, side)[i] == pytest.approx(sum(earned) / 4)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("n", [5, 8, 11])
@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5])
def test_of_exactly_these_it_errs_no_more_than_it_may(side: Side, n: int, rate: float) -> None:
    """Every order of every population of which the claim is wrong, a look after every label."""
    for total in range(n + 1):
        claim_is_wrong = total / n >= rate if side == "high" else total / n < rate
        if not claim_is_wrong:
            continue
        paths = [
            wealth(np.isin(range(n), places), rate, side, n)
            for places in combinations(range(n), total)
        ]
        assert (np.mean(paths, axis=0) <= 1 + 1e-9).all()
        highest = np.array([path.max() for path in paths])
        for alpha in (0.05, 0.2, 0.5):
            assert (highest >= 1 / alpha).sum() / comb(n, total) <= alpha


@given(LABELS, st.sampled_from([0.05, 0.2, 0.5]), st.sampled_from(SIDES))
def test_what_speaks_against_a_claim_never_pays(
    labels: list[bool], rate: float, side: Side
) -> None:
    """So a rate further away than the one bet against cannot pay more on average."""
    earned = np.concatenate([[1.0], wealth(labels, rate, side, size=40)])
    against = np.array(labels, bool) if side == "high" else ~np.array(labels, bool)
    assert (earned[1:][against] <= earned[:-1][against] * (1 + 1e-12)).all()


@given(LABELS, st.sampled_from([0.05, 0.1, 0.37]), st.sampled_from(SIDES), st.booleans())
def test_bound_and_decision_agree(
    labels: list[bool], limit: float, side: Side, of_these: bool
) -> None:
    """The limit is proven where the bound is beyond it."""
    size = 30 if of_these else None
    bound = sequential_bound(labels, side, 0.2, size)
    proven = decided_at(labels, limit, side, 0.2, size) is not None
    assert proven == (bound < limit if side == "high" else bound >= limit)


@given(LABELS, LABELS, st.sampled_from(SIDES))
def test_a_bound_only_gets_closer(labels: list[bool], more: list[bool], side: Side) -> None:
    """What was proven stays proven."""
    before, after = (sequential_bound(seen, side, 0.2) for seen in (labels, labels + more))
    assert after <= before + 1e-9 if side == "high" else after >= before - 1e-9


def test_when_all_is_known_the_bound_is_the_share() -> None:
    """Without putting back nothing is left to bet on."""
    labels = [True, False, False, True, False, False, False, False, False, False]
    assert sequential_bound(labels, "high", size=10) == 0.2
    assert sequential_bound(labels, "low", size=10) == 0.2
    assert sequential_bound([], "high") == 1
    assert sequential_bound([], "low", size=10) == 0


def _decided(rate: float, side: Side, repeats: int, seed: int) -> list[int]:
    """Return after how many labels each of many series of 400 decided; those that did."""
    random = np.random.default_rng(seed)
    found = (decided_at(random.random(400) < rate, 0.05, side) for _ in range(repeats))
    return [n for n in found if n is not None]


def test_at_the_limit_a_look_after_every_label_does_not_err_more() -> None:
    """At most 5 %, and three standard errors of 3,000 repeats."""
    for side in SIDES:
        assert len(_decided(0.05, side, 3_000, seed=1)) / 3_000 <= 0.05 + 3 * 0.004


def test_it_decides_where_the_rate_is_low_or_high() -> None:
    """At 1 % nearly always, after about 130 labels (those that do not count as 400)."""
    needed = _decided(0.01, "high", 3_000, seed=2)
    assert len(needed) / 3_000 >= 0.98
    missing = 3_000 - len(needed)
    assert 125 <= (sum(needed) + 400 * missing) / 3_000 <= 135
    assert len(_decided(0.2, "low", 300, seed=3)) == 300


@pytest.mark.parametrize("n", [60, 100, 300, 1_000])
def test_of_these_at_the_limit(n: int) -> None:
    """Exactly 5 % not_fit, everybody labelled one by one."""
    random = np.random.default_rng(n)
    labels = np.arange(n) < n * 5 // 100
    repeats = 2_000
    wrong = sum(
        decided_at(random.permutation(labels), 0.05, "high", size=n) is not None
        for _ in range(repeats)
    )
    assert wrong / repeats <= 0.05 + 3 * 0.005
