"""Charts and trends: by definition, and how often they raise a false alarm."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import stats
from test_differences import World

from fitcheck.stats import trend
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.stats.trend import (
    EWMA_WEIGHT,
    FALSE_ALARM,
    Counts,
    Limits,
    control_chart,
    effective_counts,
    trend_test,
)


def limits_of_next(earlier: Counts, n: int, center: float | None = None) -> Limits:
    """Return the limits of a cohort of n after another one."""
    limits = control_chart([earlier, Counts(0, n)], center)[1].limits
    assert limits
    return limits


def alarm(limits: Limits, n: int, rate: float) -> float:
    """Return how probable a count outside the limits is."""
    low, high = (round(end * n) for end in limits)
    return float(stats.binom.cdf(low - 1, n, rate) + stats.binom.sf(high, n, rate))


@pytest.mark.parametrize("n", [20, 40, 150])
@pytest.mark.parametrize("rate", [0.02, 0.05, 0.2])
def test_limits_of_a_known_rate_are_exact(n: int, rate: float) -> None:
    """No further out than needed: one more inside on either side, and the tail is too large."""
    limits = limits_of_next(Counts(0, n), n, rate)
    low, high = (round(end * n) for end in limits)
    tail = FALSE_ALARM / 2
    assert stats.binom.cdf(low - 1, n, rate) <= tail < stats.binom.cdf(low, n, rate)
    assert stats.binom.sf(high, n, rate) <= tail < stats.binom.sf(high - 1, n, rate)


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("n", [20, 40, 60])
def test_earlier_cohorts_are_not_taken_as_the_truth(n: int, rate: float) -> None:
    """Summed over everything one earlier cohort can be; limits around its rate alone would not."""
    chances = stats.binom.pmf(np.arange(n + 1), n, rate)
    own = naive = 0.0
    for x, chance in enumerate(chances):
        own += chance * alarm(limits_of_next(Counts(x, n), n), n, rate)
        center = min(max(x / n, 1e-9), 1 - 1e-9)
        low, high = (
            float(f(FALSE_ALARM / 2, n, center)) for f in (stats.binom.ppf, stats.binom.isf)
        )
        naive += chance * alarm(Limits(low / n, high / n), n, rate)
    assert own <= FALSE_ALARM
    assert naive > 0.03


def test_the_moving_average_by_definition() -> None:
    """It starts at the center, or at the first cohort; a cohort of nobody leaves it."""
    cohorts = [Counts(2, 100), Counts(0, 0), Counts(5, 50)]
    chart = control_chart(cohorts)
    assert chart[0].average == 0.02
    assert chart[1].limits is None
    assert chart[2].average == pytest.approx(EWMA_WEIGHT * 0.1 + (1 - EWMA_WEIGHT) * 0.02)
    assert chart[2].center == 0.02
    around = control_chart(cohorts, 0.05)
    assert around[0].average == pytest.approx(EWMA_WEIGHT * 0.02 + (1 - EWMA_WEIGHT) * 0.05)


def test_limits_of_the_average_around_a_known_rate() -> None:
    """Near those of a normal distribution, where counts are large."""
    n, rate, cohorts = 2_000, 0.2, 6
    chart = control_chart([Counts(400, n)] * cohorts, rate)
    spread = sum((EWMA_WEIGHT * (1 - EWMA_WEIGHT) ** i) ** 2 for i in range(cohorts))
    half = stats.norm.isf(FALSE_ALARM / 2) * np.sqrt(spread * rate * (1 - rate) / n)
    limits = chart[-1].average_limits
    assert limits
    assert limits.low == pytest.approx(rate - half, abs=0.1 * half)
    assert limits.high == pytest.approx(rate + half, abs=0.1 * half)


def test_a_shift_is_seen() -> None:
    """A jump at its cohort, a small lasting shift by the average."""
    jump = control_chart([Counts(5, 100)] * 4 + [Counts(20, 100)])
    assert [point.signal for point in jump] == [0, 0, 0, 0, 1]
    drop = control_chart([Counts(20, 100)] * 4 + [Counts(3, 100)])
    assert drop[-1].signal == -1
    slow = control_chart([Counts(6, 150)] * 3 + [Counts(13, 150)] * 8, 0.04)
    assert not any(point.limits and point.limits.side(point.rate) for point in slow)
    assert slow[-1].signal == 1


@pytest.mark.parametrize(
    "cohorts",
    [
        [Counts(4, 12), Counts(2, 9), Counts(0, 10)],
        [Counts(0, 5), Counts(1, 8), Counts(1, 8), Counts(4, 6)],
        [Counts(2, 10), Counts(2, 10), Counts(2, 10)],
    ],
)
def test_the_p_value_is_that_of_all_deals(cohorts: list[Counts]) -> None:
    """Every way in which the same total can lie among the cohorts, one by one."""
    total = sum(c.not_fit for c in cohorts)
    every = [
        (
            sum(i * x for i, x in enumerate(xs)),
            np.prod([comb(c.n, x) for c, x in zip(cohorts, xs, strict=True)]),
        )
        for xs in product(*(range(min(total, c.n) + 1) for c in cohorts))
        if sum(xs) == total
    ]
    observed = sum(i * c.not_fit for i, c in enumerate(cohorts))
    weight = sum(w for _, w in every)
    tails = (
        sum(w for s, w in every if s >= observed) / weight,
        sum(w for s, w in every if s <= observed) / weight,
    )
    found = trend_test(cohorts)
    assert found
    assert found.p_value == pytest.approx(min(1.0, 2 * min(tails)), abs=0.012)


def test_the_test_is_cochran_and_armitages() -> None:
    """With large counts, its chi-square with one degree of freedom."""
    cohorts = [Counts(60, 500), Counts(52, 400), Counts(75, 450), Counts(80, 480)]
    x, n = (np.array(part, float) for part in zip(*cohorts, strict=True))
    t, p = np.arange(4.0), x.sum() / n.sum()
    statistic = t @ (x - n * p)
    variance = p * (1 - p) * (n @ t**2 - (n @ t) ** 2 / n.sum())
    # Half a step, as counts are whole.
    expected = 2 * stats.norm.sf((abs(statistic) - 0.5) / np.sqrt(variance))
    found = trend_test(cohorts)
    assert found
    assert found.p_value == pytest.approx(expected, rel=0.25)
    assert found.direction == np.sign(statistic) == 1
    back = trend_test(cohorts[::-1])
    assert back
    assert back.direction == -1
    assert back.p_value == pytest.approx(expected, rel=0.25)


def test_a_gap_in_time_counts() -> None:
    """A cohort without a rate keeps its place; two cohorts are no trend."""
    assert trend_test([Counts(1, 50), Counts(0, 0), Counts(9, 50)]) is None
    cohorts = [Counts(12, 90), Counts(0, 0), Counts(0, 0), Counts(8, 90), Counts(2, 90)]
    gap, close = trend_test(cohorts), trend_test([c for c in cohorts if c.n])
    assert gap
    assert close
    assert gap.direction == close.direction == -1


def test_a_simple_sample_counts_as_it_is() -> None:
    """The formula gives n where labels are a simple sample; a stratified one lies between."""
    simple = Strata(Stratum(0), Stratum(1000, 6, 94))
    assert effective_counts(simple, "all") == (6, 100)
    draws = np.random.default_rng(0).beta(7, 94, 400_000)
    mean, variance = draws.mean(), draws.var()
    assert mean * (1 - mean) / variance - 2 == pytest.approx(100, rel=0.02)
    good = effective_counts(Strata(Stratum(50, 20, 10), Stratum(950, 0, 120)), "all")
    assert 120 < good.n < 1000
    assert good.not_fit / good.n == pytest.approx(2 / 3 * 0.05, abs=0.005)
    assert effective_counts(Strata(Stratum(50), Stratum(950, 0, 120)), "all") == (0, 0)


def alarms(n: int, m: int, rate: float, repeats: int, seed: int) -> dict[str, float]:
    """Return how often six cohorts without a change raise an alarm, by what raises it."""
    world, tails, trends = World(seed, n_draws=1_000), [], []
    for _ in range(repeats):
        counts = []
        for _ in range(6):
            group, _ = world.group(rate, n, m)
            counts.append(effective_counts(group.strata, "signal", group.seed))
        for point in control_chart(counts, seed=int(world.random.integers(1e6)))[1:]:
            assert point.limits
            assert point.average_limits
            outside = point.limits.side(point.rate) != 0
            tails.append((outside, point.average_limits.side(point.average) != 0))
        tested = trend_test(counts, int(world.random.integers(1e6)))
        assert tested
        trends.append(tested.p_value <= 0.05)
    limits, average = np.mean(tails, axis=0)
    return {"limits": limits, "average": average, "trend": float(np.mean(trends))}


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.02, 0.05, 0.15])
@pytest.mark.parametrize(("n", "m"), [(60, 60), (100, 60), (300, 100), (1000, 150)])
def test_false_alarms_are_rare(
    n: int, m: int, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As rare as promised, within 4 standard errors of 400 series."""
    monkeypatch.setattr(trend, "N_DEALS", 4_000)
    found = alarms(n, m, rate, 400, n)
    print(n, m, rate, found)  # noqa: T201
    assert found["limits"] <= FALSE_ALARM + 4 * np.sqrt(FALSE_ALARM / 2_000)
    assert found["average"] <= FALSE_ALARM + 4 * np.sqrt(FALSE_ALARM / 2_000)
    assert found["trend"] <= 0.05 + 4 * np.sqrt(0.05 / 400)


def test_cohorts_without_a_change_are_stable() -> None:
    """The small version: everybody labelled, 80 series of six; an average stays out for a while."""
    random = np.random.default_rng(3)
    outside = trends = 0
    for _ in range(80):
        cohorts = [Counts(int(x), 80) for x in random.binomial(80, 0.05, 6)]
        outside += any(point.signal for point in control_chart(cohorts))
        found = trend_test(cohorts)
        trends += found is not None and found.p_value <= 0.05
    assert outside <= 80 * 10 * FALSE_ALARM + 4
    assert trends <= 80 * 0.05 + 4 * np.sqrt(80 * 0.05)
