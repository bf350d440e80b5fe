"""Ratios of rates: against other people's code, by their promise, and where bounds would lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from fitcheck.stats.poisson import Events, dispersion_p, rate_ratio

TABLES = [
    ((0, 1), (0, 1)),
    ((0, 6), (1, 12)),
    ((0, 6), (40, 12)),
    ((1, 1), (0, 1)),
    ((7, 6), (0, 12)),
    ((1, 1), (1, 1)),
    ((2, 3), (1, 5)),
    ((3, 0.5), (9, 2)),
    ((5, 12), (5, 12)),
    ((8, 1), (20, 1)),
    ((12, 6), (11, 12)),
    ((20, 12), (20, 6)),
    ((31, 7), (60, 12)),
    ((62, 6), (100, 12)),
    ((66, 6), (100, 12)),
    ((99, 11), (100, 12)),
    ((120, 6), (160, 12)),
    ((131, 6), (187, 12)),
    ((400, 12), (380, 12)),
    ((2000, 24), (950, 12)),
]
"""Events and time after and before."""


@pytest.mark.parametrize(("after", "before"), TABLES)
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_bounds_are_where_exact_tests_turn(
    after: tuple[float, float], before: tuple[float, float], alpha: float
) -> None:
    """At a bound, the exact conditional test of statsmodels has just that error probability."""
    ratio = rate_ratio(Events(*after), Events(*before), alpha)
    for bound, side, none in ((ratio.low, "larger", 0.0), (ratio.high, "smaller", math.inf)):
        if bound == none:
            found = after[0] if side == "larger" else before[0]
            assert found == 0
            continue
        with np.errstate(divide="ignore"):  # statsmodels also tells the ratio
            test = poisson_test(*after, *before, value=bound, method="exact-cond", alternative=side)
        assert test.pvalue == pytest.approx(alpha, abs=1e-6)


@pytest.mark.parametrize(("after", "before"), TABLES)
def test_bounds_are_those_of_the_share_after(
    after: tuple[float, float], before: tuple[float, float]
) -> None:
    """SciPy's exact bounds of a binomial share, as odds and per time."""
    ratio = rate_ratio(Events(*after), Events(*before), 0.025)
    n = int(after[0] + before[0])
    if n == 0:
        assert math.isnan(ratio.value)
        assert (ratio.low, ratio.high) == (0, math.inf)
        return
    share = stats.binomtest(int(after[0]), n).proportion_ci(0.95, "exact")
    scale = before[1] / after[1]
    low = share.low / (1 - share.low)
    high = share.high / (1 - share.high) if share.high < 1 else math.inf
    assert ratio.low == pytest.approx(low * scale, abs=1e-6)
    assert ratio.high == pytest.approx(high * scale, rel=1e-6)


@pytest.mark.parametrize(("before", "ratio", "time"), [(2, 1.0, 0.5), (15, 1.4, 0.5), (80, 0.7, 1)])
def test_bounds_hold(before: float, ratio: float, time: float) -> None:
    """Of 4,000 drawn pairs, each bound misses the true ratio in 5 % at most."""
    random = np.random.default_rng(5)
    drawn = zip(
        random.poisson(before, 4000), random.poisson(before * ratio * time, 4000), strict=True
    )
    bounds = [rate_ratio(Events(int(b), time), Events(int(a), 1)) for a, b in drawn]
    for missed in ([b.low > ratio for b in bounds], [b.high < ratio for b in bounds]):
        assert np.mean(missed) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 4000)


def test_dispersion_is_that_of_a_table() -> None:
    """With equal times, it is Pearson's test of equal counts; periods add up."""
    counts = [14, 17, 19, 15, 13, 30]
    expected = stats.chisquare(counts)
    found = dispersion_p([[Events(n, 1) for n in counts]])
    assert found == pytest.approx(expected.pvalue, abs=1e-12)
    shifted = [[Events(n, 1) for n in counts], [Events(50 * n, 50) for n in (1, 1, 1)]]
    freedom = len(counts) - 1 + 2
    assert dispersion_p(shifted) == pytest.approx(stats.chi2.sf(expected.statistic, freedom))


@pytest.mark.parametrize("periods", [[], [[Events(5, 1)], [Events(9, 2)]], [[Events(0, 1)] * 3]])
def test_single_counts_cannot_vary(periods: list[list[Events]]) -> None:
    """Nor can counts of nothing."""
    assert dispersion_p(periods) == 1


def test_dispersion_keeps_its_error() -> None:
    """Poisson counts look uneven as rarely as it says; bunches of six nearly always do."""
    random = np.random.default_rng(7)
    calm = random.poisson(15, (2000, 12))
    p_values = [dispersion_p([[Events(int(n), 1) for n in row]]) for row in calm]
    assert 0.03 < np.mean(np.array(p_values) <= 0.05) < 0.07
    bunched = 6 * random.poisson(2.5, (200, 12))
    p_values = [dispersion_p([[Events(int(n), 1) for n in row]]) for row in bunched]
    assert np.mean(np.array(p_values) <= 0.05) > 0.9
