"""The rates of a persona: how each bound is made, and that verdict, bounds and p-values agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest
from any_counts import a_persona
from hypothesis import given, settings
from hypothesis import strategies as st

from fitcheck.stats.exact import Exact
from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.strata import DENOMINATORS, TARGETS, Strata, Stratum
from fitcheck.stats.verdict import METHODS, Method, holm, rates_of


@settings(max_examples=40)
@given(
    a_persona(6, 20),
    st.sampled_from([0.05, 0.1, 1 / 3]),
    st.sampled_from([0.05, 0.01, 0.05 / 3, 0.2]),
    st.sampled_from(METHODS),
)
def test_verdict_bounds_and_p_values_agree(
    strata: Strata, limit: float, alpha: float, method: Method
) -> None:
    """Proven with error probability alpha is what the bound at level 1 - alpha says."""
    for rate in rates_of(strata, limit=limit, alpha=alpha, method=method).values():
        assert 0 <= rate.low <= rate.high <= 1
        assert (rate.p_met <= alpha) == (rate.high < limit)
        assert (rate.p_not_met <= alpha) == (rate.low >= limit)
        expected = "met" if rate.high < limit else "not_met" if rate.low >= limit else "undecided"
        assert rate.verdict(alpha) == expected


def test_the_recorded_persona_is_met() -> None:
    """18 of 40 flagged ones, none of 110 of 960 others."""
    strata = Strata(Stratum(40, 18, 22), Stratum(960, 0, 110))
    for method in METHODS:
        rate = rates_of(strata, method=method)["process", "all"]
        assert rate.method == method
        assert rate.rate == pytest.approx(0.018)
        assert rate.verdict(0.05) == "met"
        assert rate.verdict(0.01) == "undecided"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("turned", [False, True])
def test_predictions_that_are_all_alike_add_nothing(method: Method, turned: bool) -> None:
    """Nobody flagged, or everybody: Clopper and Pearson's bounds of the labels."""
    parts = Stratum(), Stratum(100, 2, 98)
    rates = rates_of(Strata(*(parts[::-1] if turned else parts)), method=method)
    for denominator in ("all", "signal"):
        process, received = rates["process", denominator], rates["received", denominator]
        assert process.method == "clopper-pearson"
        assert (process.low, process.high) == pytest.approx((0.00357, 0.06162), abs=5e-6)
        assert received.method == "counted"
        assert (received.low, received.high) == (0.02, 0.02)
        assert received.verdict(0.05) == "met"
    parts = Stratum(), Stratum(300, 1, 79, 20)
    rates = rates_of(Strata(*(parts[::-1] if turned else parts)), method=method)
    assert rates["process", "all"].high == clopper_pearson(1, 100).high
    assert rates["process", "signal"].high == clopper_pearson(1, 80).high
    assert rates["received", "all"].method == "exact"
    assert rates["received", "signal"].method == method


def test_where_everybody_is_labelled_labels_count() -> None:
    """Whatever was predicted."""
    strata = Strata(Stratum(10, 2, 8), Stratum(50, 1, 29, 20))
    rates = rates_of(strata)
    assert rates["process", "all"].high == clopper_pearson(3, 60).high
    assert rates["process", "signal"].low == clopper_pearson(3, 40).low
    assert rates["received", "signal"].high == rates["received", "signal"].low == 3 / 40
    assert rates["received", "signal"].verdict(0.05) == "not_met"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "strata",
    [
        Strata(Stratum(), Stratum()),
        Strata(Stratum(), Stratum(1, 0, 1)),
        Strata(Stratum(1, 1), Stratum()),
        Strata(Stratum(4), Stratum(56)),
        Strata(Stratum(), Stratum(80, 0, 0, 80)),
    ],
)
def test_next_to_nothing_proves_nothing_of_the_process(method: Method, strata: Strata) -> None:
    """Nobody, one respondent, no label, no signal."""
    rate = rates_of(strata, method=method)["process", "signal"]
    if rate.verdict(0.05) == "not_met":  # one of one at a limit of 5 %
        assert strata.not_fit == strata.size == 1
    else:
        assert rate.verdict(0.05) == "undecided"


def test_passed_over_ones_leave_a_count_open() -> None:
    """Two of sixty may be either."""
    rates = rates_of(Strata(Stratum(), Stratum(60, 2, 56, 0, unclear=2)))
    assert (rates["received", "all"].low, rates["received", "all"].high) == (2 / 60, 4 / 60)
    assert rates["received", "all"].verdict(0.05) == "undecided"
    assert rates["process", "all"].high == clopper_pearson(4, 60).high
    assert rates["process", "all"].low == clopper_pearson(2, 60).low


@settings(max_examples=40)
@given(a_persona(6, 20), st.sampled_from(["not_fit", "fit", "no_signal"]), st.booleans())
def test_passing_over_never_narrows(strata: Strata, label: str, flagged: bool) -> None:
    """One label less, one passed over more: exact bounds move apart or stay."""
    name = "flagged" if flagged else "others"
    stratum = getattr(strata, name)
    if not getattr(stratum, label):
        return
    changed = replace(
        stratum, **{label: getattr(stratum, label) - 1, "unclear": stratum.unclear + 1}
    )
    before, after = Exact(strata), Exact(replace(strata, **{name: changed}))
    for key in product(TARGETS, DENOMINATORS):
        assert after.bound("high", *key, 0.05) >= before.bound("high", *key, 0.05) - 1e-9
        assert after.bound("low", *key, 0.05) <= before.bound("low", *key, 0.05) + 1e-9


def test_nothing_but_counts_and_seed_decides() -> None:
    """The same counts give the same rates, in any order and company."""
    personas = [
        Strata(Stratum(20, 9, 11), Stratum(280, 0, 60, 20)),
        Strata(Stratum(30, 3, 4), Stratum(270, 1, 60, 20)),
        Strata(Stratum(20, 9, 11), Stratum(280, 0, 60, 20)),
    ]
    there = [rates_of(strata, seed=4) for strata in personas]
    back = [rates_of(strata, seed=4) for strata in personas[::-1]][::-1]
    assert there == back
    assert there[0] == there[2]
    assert there[0] != rates_of(personas[0], seed=5)


def _closed(p_values: Sequence[float], i: int) -> float:
    """Return Holm's adjusted p-value by definition: every family with i in it, by Bonferroni."""
    others = [j for j in range(len(p_values)) if j != i]
    families = [(i, *more) for k in range(len(p_values)) for more in combinations(others, k)]
    return max(min(1.0, len(f) * min(p_values[j] for j in f)) for f in families)


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.01, 0.02]), max_size=7))
def test_holm_is_the_closed_test(p_values: list[float]) -> None:
    """A claim is proven if every family it belongs to is."""
    expected = [_closed(p_values, i) for i in range(len(p_values))]
    assert holm(p_values) == pytest.approx(expected)
