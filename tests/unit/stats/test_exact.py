"""Exact bounds, against brute force: every sample that can be drawn of tiny populations."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fitcheck.stats.exact import Exact, p_value_of_total, probability_of_few
from fitcheck.stats.strata import DENOMINATORS, SIDES, TARGETS, Denominator, Side, Strata, Stratum

LEFT_OUT = 0.002


@st.composite
def tiny(draw: st.DrawFn) -> tuple[tuple[int, int], tuple[int, int]]:
    """Sizes and labels of two strata with at most 8 respondents."""
    n = draw(st.integers(1, 8))
    n1 = draw(st.integers(0, n))
    drawn = draw(st.integers(0, n1)), draw(st.integers(0, n - n1))
    return (n1, n - n1), drawn


def samples(labels: str, m: int) -> dict[tuple[int, int, int], float]:
    """Return how probable counts are among all samples of m; A is not_fit, B fit, C neither."""
    every = Counter(
        (part.count("A"), part.count("B"), part.count("C")) for part in combinations(labels, m)
    )
    return {counts: n / comb(len(labels), m) for counts, n in every.items()}


@given(tiny(), st.data())
def test_the_probability_of_few_is_counted_right(
    setup: tuple[tuple[int, int], tuple[int, int]], data: st.DataObject
) -> None:
    """All pairs of samples, one by one."""
    sizes, drawn = setup
    if 0 in drawn:
        return
    spread = tuple(data.draw(st.integers(0, n)) for n in sizes)
    found = tuple(data.draw(st.integers(0, m)) for m in drawn)
    parts = [
        samples("A" * t + "B" * (n - t), m) for t, n, m in zip(spread, sizes, drawn, strict=True)
    ]
    # Whole numbers, so that equal estimates are equal.
    weights = (sizes[0] * drawn[1], sizes[1] * drawn[0])
    observed = sum(w * x for w, x in zip(weights, found, strict=True))
    counted = sum(
        p * q
        for (a, p), (b, q) in product(parts[0].items(), parts[1].items())
        if weights[0] * a[0] + weights[1] * b[0] <= observed
    )
    assert probability_of_few(sizes, drawn, found, spread) == pytest.approx(counted, abs=1e-12)


def test_published_example() -> None:
    """Wendell & Schmee: three strata, and the spread that makes it most probable."""
    sizes, drawn, found = (500, 300, 200), (75, 50, 25), (2, 1, 0)
    best = probability_of_few(sizes, drawn, found, (28, 21, 1))
    assert best == pytest.approx(0.02767569, abs=5e-9)
    for spread in ((27, 21, 2), (29, 20, 1), (28, 20, 2), (28, 22, 0), (27, 22, 1), (29, 21, 0)):
        assert probability_of_few(sizes, drawn, found, spread) < best


@settings(max_examples=100)
@given(
    st.tuples(st.integers(0, 12), st.integers(0, 25)),
    st.data(),
)
def test_the_p_value_is_the_most_probable_spread(
    sizes: tuple[int, int], data: st.DataObject
) -> None:
    """By definition: of all totals that are no lower, over all possible and likely spreads."""
    drawn = tuple(data.draw(st.integers(min(1, n), n)) for n in sizes)
    found = tuple(data.draw(st.integers(0, m)) for m in drawn)
    total = data.draw(st.integers(sum(found) + 1, sum(sizes) + 1))
    expected = max(
        _most_probable(sizes, drawn, found, more) for more in range(total, sum(sizes) + 2)
    )
    value = p_value_of_total(sizes, drawn, found, total)
    assert value == pytest.approx(expected, abs=1e-9)


def _most_probable(
    sizes: tuple[int, ...], drawn: tuple[int, ...], found: tuple[int, ...], total: int
) -> float:
    """Return the probability of so few, at the likely spread of a total that makes it highest."""
    (n1, n0), (m1, m0), (x1, x0) = sizes, drawn, found
    possible = [t for t in range(x1, n1 - (m1 - x1) + 1) if x0 <= total - t <= n0 - (m0 - x0)]
    likely = [
        t
        for t in possible
        if m1 == n1
        or (
            stats.hypergeom.cdf(x1, n1, t, m1) > LEFT_OUT / 2
            and stats.hypergeom.sf(x1 - 1, n1, t, m1) > LEFT_OUT / 2
        )
    ]
    if not possible:
        return 0.0
    most = [_few(sizes, drawn, found, (t, total - t)) for t in likely]
    return min(1.0, max(most, default=0.0) + (LEFT_OUT if m1 < n1 else 0.0))


def test_totals_below_the_likely_ones_are_not_refused() -> None:
    """Where all 6 of 6 flagged ones are not_fit, 9 or more of 26 are."""
    assert p_value_of_total((26, 10), (6, 5), (6, 0), 9) > 0.9
    exact = Exact(Strata(Stratum(26, 6), Stratum()))
    assert exact.bound("high", "received", "all", 0.05) == 1
    assert exact.p_value("high", "received", "all", 1 / 3) == 1


def _few(
    sizes: tuple[int, ...], drawn: tuple[int, ...], found: tuple[int, ...], spread: tuple[int, ...]
) -> float:
    """Return `probability_of_few`, which knows no empty strata."""
    kept = [i for i, n in enumerate(sizes) if n]
    parts = ([part[i] for i in kept] for part in (sizes, drawn, found, spread))
    return probability_of_few(*parts)


def test_a_total_that_was_found_is_never_refused() -> None:
    """Nor one that is less; one above all that is left open always is."""
    assert p_value_of_total((5, 20), (5, 10), (3, 2), 4) == 1
    assert p_value_of_total((5, 20), (5, 10), (3, 2), 5) == 1
    assert p_value_of_total((5, 20), (5, 10), (3, 2), 16) == 0
    assert p_value_of_total((5, 20), (2, 10), (1, 2), 18) == 0


@settings(max_examples=150)
@given(
    tiny(),
    st.sampled_from([0.05, 0.1, 0.25]),
    st.sampled_from(SIDES),
    st.sampled_from(["all", "signal"]),
    st.data(),
)
def test_received_covers_by_enumeration(
    setup: tuple[tuple[int, int], tuple[int, int]],
    alpha: float,
    side: Side,
    denominator: Denominator,
    data: st.DataObject,
) -> None:
    """The bound of exactly these respondents errs with alpha at most, whatever they are like."""
    sizes, drawn = setup
    labels = ["".join(sorted(data.draw(st.text("ABC", min_size=n, max_size=n)))) for n in sizes]
    hidden = "".join(labels)
    among = len(hidden) if denominator == "all" else hidden.count("A") + hidden.count("B")
    if not among:
        return
    truth = hidden.count("A") / among
    missed = 0.0
    parts = [samples(label, m) for label, m in zip(labels, drawn, strict=True)]
    for (a, p), (b, q) in product(parts[0].items(), parts[1].items()):
        bound = _bound(sizes, a, b, side, denominator, alpha)
        if bound < truth - 1e-12 if side == "high" else bound > truth + 1e-12:
            missed += p * q
    assert missed <= alpha + 1e-12


@cache
def _bound(
    sizes: tuple[int, int],
    first: tuple[int, int, int],
    second: tuple[int, int, int],
    side: Side,
    denominator: Denominator,
    alpha: float,
) -> float:
    strata = Strata(Stratum(sizes[0], *first), Stratum(sizes[1], *second))
    return Exact(strata).bound(side, "received", denominator, alpha)


@pytest.mark.parametrize(
    ("counts", "process", "received"),
    [
        ((20, 280, 20, 80, 9, 0), (0.01574, 0.06905), (0.03, 0.0567)),
        ((20, 280, 20, 80, 9, 1), (0.02130, 0.08748), (0.0333, 0.0767)),
        # An earlier computation had 0.04603 for this upper bound: it looked at about every third
        # total and gave all weight between two of them to the higher one. The definition gives
        # 0.04485, as `test_a_process_is_melded_by_definition` computes without any of this code.
        ((40, 960, 40, 110, 18, 0), (0.01167, 0.04485), (0.018, 0.042)),
    ],
)
def test_recorded_bounds(
    counts: tuple[int, ...], process: tuple[float, float], received: tuple[float, float]
) -> None:
    """Bounds of the process to 1e-4, of these respondents to a person."""
    n1, n0, m1, m0, x1, x0 = counts
    exact = Exact(Strata(Stratum(n1, x1, m1 - x1), Stratum(n0, x0, m0 - x0)))
    found = [exact.bound(side, "process", "all", 0.05) for side in SIDES]
    assert found == pytest.approx(process, abs=1e-4)
    found = [exact.bound(side, "received", "all", 0.05) for side in SIDES]
    assert found == pytest.approx(received, abs=5e-5)


def test_a_process_is_melded_by_definition() -> None:
    """40 flagged, all labelled, 18 not_fit; 110 of 960 others labelled, none not_fit.

    T* is the largest total that a uniform number does not refuse, the rate a draw of
    Beta(T* + 1, n - T*): simulated directly, and every third total as explained above.
    """
    totals = np.arange(18, 869)
    p_values = stats.hypergeom.cdf(0, 960, totals - 18, 110)
    random = np.random.default_rng(1)
    places = np.searchsorted(-p_values, -random.random(1_000_000), side="left") - 1
    rates = random.beta(totals[places] + 1, 1_000 - totals[places])
    assert np.quantile(rates, 0.95) == pytest.approx(0.04485, abs=1.5e-4)
    every_third = totals[np.minimum(-(-places // 3) * 3, totals.size - 1)]
    coarse = np.quantile(random.beta(every_third + 1, 1_000 - every_third), 0.95)
    assert coarse == pytest.approx(0.0460, abs=2e-4)


@pytest.mark.parametrize(
    ("n", "needed"),
    [(30, [23, 30]), (100, [45, 65, 81]), (200, [51, 78, 101]), (1_000, [57, 90, 119])],
)
def test_how_many_random_labels_prove_it_of_these_respondents(n: int, needed: list[int]) -> None:
    """With none, one, two not_fit among them."""
    assert [_fewest(n, x) for x in range(len(needed))] == needed


def test_how_many_with_five_found() -> None:
    """Of 1,000 respondents."""
    assert _fewest(1_000, 5) == 197


def _fewest(n: int, found: int) -> int:
    def proven(m: int) -> bool:
        strata = Strata(Stratum(), Stratum(n, found, m - found))
        return Exact(strata).bound("high", "received", "all", 0.05) < 0.05

    return next(m for m in range(found + 1, n + 1) if proven(m))


@settings(max_examples=60)
@given(tiny(), st.data(), st.sampled_from(SIDES), st.sampled_from([0.05, 0.3, 0.6]))
def test_a_p_value_is_the_smallest_alpha_that_proves(
    setup: tuple[tuple[int, int], tuple[int, int]], data: st.DataObject, side: Side, limit: float
) -> None:
    """With a little more the bound is beyond the limit, with a little less it is not."""
    found = [data.draw(st.integers(0, m)) for m in setup[1]]
    parts = zip(setup[0], setup[1], found, strict=True)
    exact = Exact(Strata(*(Stratum(10 * n, x, m - x) for n, m, x in parts)))
    for target, denominator in product(TARGETS, DENOMINATORS):
        p_value = exact.p_value(side, target, denominator, limit)
        for alpha in (p_value * (1 + 1e-6), p_value * (1 - 1e-6)):
            if 1e-6 < alpha < 0.99:
                bound = exact.bound(side, target, denominator, alpha)
                proven = bound < limit if side == "high" else bound >= limit
                assert proven == (alpha > p_value)


@pytest.mark.parametrize(
    "strata",
    [
        Strata(Stratum(), Stratum()),
        Strata(Stratum(1), Stratum(0)),
        Strata(Stratum(), Stratum(1, 1)),
        Strata(Stratum(3), Stratum(20, 0, 10)),
        Strata(Stratum(3, 1), Stratum(20)),
        Strata(Stratum(3, 3), Stratum(20, 20)),
        Strata(Stratum(3, 3), Stratum(2_000, 1_900)),
        Strata(Stratum(3, 0, 0, 3), Stratum(20, 0, 0, 10)),
        Strata(Stratum(3, unclear=3), Stratum(20, unclear=10)),
    ],
)
@pytest.mark.parametrize("alpha", [0.05, 0.0001, 0.4])
def test_strange_counts_have_bounds(strata: Strata, alpha: float) -> None:
    """Empty strata, nobody labelled, all of one label: in order and in [0, 1]."""
    exact = Exact(strata)
    for target, denominator in product(("process", "received"), ("all", "signal")):
        low, high = (exact.bound(side, target, denominator, alpha) for side in SIDES)
        assert 0 <= low <= high <= 1
