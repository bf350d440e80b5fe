"""How many of each stratum are labelled, and which."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.stats.sampling import allocate, random_order


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.integers(0, 3_000))
def test_labels_are_shared_out(n_flagged: int, n_others: int, n_labels: int) -> None:
    """All of them, none too many, at least one for everybody who is there; else one in five."""
    flagged, others = allocate(n_flagged, n_others, n_labels)
    assert flagged + others == min(n_labels, n_flagged + n_others)
    assert 0 <= flagged <= n_flagged
    assert 0 <= others <= n_others
    if n_labels >= 2:
        assert (flagged > 0) == (n_flagged > 0)
        assert (others > 0) == (n_others > 0)
    if n_flagged >= n_labels and n_others >= n_labels >= 5:
        assert flagged == -(-n_labels // 5)


@given(st.lists(st.text(), unique=True), st.integers(0, 5))
def test_the_order_does_not_depend_on_the_order_given(keys: list[str], seed: int) -> None:
    """The same keys and seed give the same order."""
    order = random_order(keys, seed)
    assert sorted(order) == sorted(keys)
    assert random_order(keys[::-1], seed) == order


def test_every_pair_is_as_probable() -> None:
    """The first two of four are a simple random sample."""
    found = Counter(frozenset(random_order("abcd", seed)[:2]) for seed in range(6_000))
    assert len(found) == 6
    assert all(count == pytest.approx(1_000, abs=120) for count in found.values())
