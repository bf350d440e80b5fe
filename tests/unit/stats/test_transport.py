"""A rate from predictions alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.stats.transport import ErrorRates, lang_reiczigel


def test_recorded_bounds() -> None:
    """36 of 300 flagged; 60 of 65 and 125 of 135 right elsewhere."""
    errors = ErrorRates(not_fit=65, hits=60, others=135, passes=125)
    _, bounds = lang_reiczigel(36, 300, errors)
    assert bounds == pytest.approx((0, 0.10710), abs=5e-6)
    _, bounds = lang_reiczigel(36, 300, errors, z=1.96)
    assert bounds == pytest.approx((0, 0.11886), abs=5e-6)


def test_the_rate_is_rogan_and_gladen() -> None:
    """What is flagged too much is taken off, what is missed put on."""
    rate, _ = lang_reiczigel(100, 400, ErrorRates(100, 80, 100, 90))
    assert rate == pytest.approx((0.25 + 0.9 - 1) / (0.8 + 0.9 - 1))


@given(st.data())
def test_any_counts_have_bounds(data: st.DataObject) -> None:
    """In order and in [0, 1], also where the classifier is no better than chance."""
    n = data.draw(st.integers(0, 50))
    not_fit, others = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
    hits, passes = data.draw(st.integers(0, not_fit)), data.draw(st.integers(0, others))
    errors = ErrorRates(not_fit, hits, others, passes)
    rate, (low, high) = lang_reiczigel(data.draw(st.integers(0, n)), n, errors)
    assert 0 <= low <= high <= 1
    known = n and not_fit and others and errors.sensitivity + errors.specificity > 1
    known = known and (hits + 1) / (not_fit + 2) + (passes + 1) / (others + 2) > 1
    assert math.isnan(rate) != bool(known)
    if not known:
        assert (low, high) == (0, 1)


@pytest.mark.parametrize("prevalence", [0.02, 0.1, 0.3])
def test_it_covers_where_errors_are_the_same(prevalence: float) -> None:
    """95 % on each side, less 2 points for what the formula and the simulation err."""
    random = np.random.default_rng(5)
    repeats, held = 2_000, np.zeros(2)
    for _ in range(repeats):
        errors = ErrorRates(100, random.binomial(100, 0.85), 300, random.binomial(300, 0.95))
        flagged = random.binomial(300, prevalence * 0.85 + (1 - prevalence) * 0.05)
        _, (low, high) = lang_reiczigel(flagged, 300, errors)
        held += low <= prevalence, prevalence <= high
    assert (held / repeats >= 0.93).all()
