"""Intervals of shares and differences, by definition and against other people's code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fitcheck.stats.intervals import clopper_pearson, newcombe, wilson


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    """How many of how many, at least one."""
    n = draw(st.integers(1, 400))
    return draw(st.integers(0, n)), n


@given(counts(), st.sampled_from([0.01, 0.05, 0.025, 0.2]))
def test_they_are_those_of_scipy(count: tuple[int, int], alpha: float) -> None:
    """SciPy's are two-sided: each side errs with half of what both do."""
    test = stats.binomtest(*count)
    for own, method in ((clopper_pearson, "exact"), (wilson, "wilson")):
        other = test.proportion_ci(1 - 2 * alpha, method)
        assert tuple(own(*count, alpha)) == pytest.approx((other.low, other.high), abs=1e-9)


def test_recorded_bounds() -> None:
    """3 of 100."""
    assert clopper_pearson(3, 100) == pytest.approx((0.008226, 0.075711), abs=1e-6)
    assert wilson(3, 100) == pytest.approx((0.012052, 0.072710), abs=1e-6)


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
def test_nobody_bounds_nothing(interval: object) -> None:
    """Of nobody, everything is possible."""
    assert callable(interval)
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("n", [1, 7, 30, 59])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3, 0.5, 0.9])
def test_clopper_pearson_covers(n: int, rate: float) -> None:
    """Its promise, summed over everything that can be found."""
    chances = stats.binom.pmf(range(n + 1), n, rate)
    bounds = [clopper_pearson(x, n) for x in range(n + 1)]
    assert sum(p for p, b in zip(chances, bounds, strict=True) if b.high < rate) <= 0.05 + 1e-12
    assert sum(p for p, b in zip(chances, bounds, strict=True) if b.low > rate) <= 0.05 + 1e-12


def test_how_many_labels_prove_a_limit_of_five_percent() -> None:
    """The fewest with x not_fit that prove less; the most that prove no less."""
    fewest = [
        next(n for n in range(x + 1, 400) if clopper_pearson(x, n).high < 0.05) for x in range(9)
    ]
    assert fewest == [59, 93, 124, 153, 181, 208, 234, 260, 286]
    most = [
        max(n for n in range(x, 400) if clopper_pearson(x, n).low >= 0.05) for x in range(3, 12)
    ]
    assert most == [16, 28, 40, 53, 67, 81, 95, 110, 125]


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_published(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998, table II, method 10."""
    assert newcombe(*a, *b, alpha=0.025) == pytest.approx((low, high), abs=6e-5)


@given(counts(), counts())
def test_newcombe_turns_round(a: tuple[int, int], b: tuple[int, int]) -> None:
    """The difference b - a is the negative of a - b."""
    there, back = newcombe(*a, *b), newcombe(*b, *a)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= there.low <= there.high <= 1


@given(counts())
def test_newcombe_with_an_empty_group(a: tuple[int, int]) -> None:
    """Whatever the other share may be is inside."""
    low, high = newcombe(*a, 0, 0)
    share = a[0] / a[1]
    assert low <= share - 1 + 1e-12
    assert high >= share - 1e-12
