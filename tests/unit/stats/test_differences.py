"""Differences of two rates: by definition, and how often their bounds hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from fitcheck.stats.differences import Group, differences_of
from fitcheck.stats.exact import Exact
from fitcheck.stats.intervals import clopper_pearson, newcombe
from fitcheck.stats.melded import Melded
from fitcheck.stats.sampling import allocate
from fitcheck.stats.sequential import rates_in_order
from fitcheck.stats.strata import DENOMINATORS, TARGETS, Strata, Stratum

KEYS = list(product(TARGETS, DENOMINATORS))
NO_SIGNAL = 0.2


def labelled(not_fit: int, n: int, no_signal: int = 0) -> Group:
    """Return a group of which everybody is labelled."""
    return Group(Strata(Stratum(0), Stratum(n, not_fit, n - not_fit - no_signal, no_signal)))


def sampled(seed: int = 0) -> tuple[Group, Group]:
    """Return two groups of which a part is labelled."""
    now = Strata(Stratum(40, 12, 14, 4), Stratum(460, 0, 100, 20))
    before = Strata(Stratum(90, 20, 8, 2), Stratum(410, 3, 100, 17))
    return Group(now, seed=seed), Group(before, seed=seed)


class World:
    """Draws groups of n respondents, of whom m are labelled, from a classifier that errs."""

    def __init__(self, seed: int, n_draws: int = 2_000) -> None:
        self.random = np.random.default_rng(seed)
        self.n_draws = n_draws

    def group(self, rate: float, n: int, m: int) -> tuple[Group, dict[str, float]]:
        """Return a group and its true rates among exactly these respondents, by denominator."""
        shares = (rate * (1 - NO_SIGNAL), (1 - rate) * (1 - NO_SIGNAL), NO_SIGNAL)
        true = self.random.multinomial(n, shares)
        flagged = self.random.binomial(true, (0.9, 0.02, 0.02))
        sizes = flagged.sum(), n - flagged.sum()
        parts = []
        for members, size, wanted in zip(
            (flagged, true - flagged), sizes, allocate(*map(int, sizes), m), strict=True
        ):
            counts = self.random.multivariate_hypergeometric(members, wanted)
            parts.append(Stratum(int(size), *map(int, counts)))
        seed = int(self.random.integers(1_000_000))
        received = {"all": true[0] / n, "signal": true[0] / max(1, true[0] + true[1])}
        return Group(Strata(*parts), seed=seed, n_draws=self.n_draws), received

    def held(self, rates: tuple[float, float], n: int, m: int, repeats: int) -> dict[str, float]:
        """Return how often each bound held, and how often a change was claimed."""
        times: dict[str, list[bool]] = {}
        for _ in range(repeats):
            (a, in_a), (b, in_b) = (self.group(rate, n, m) for rate in rates)
            for (target, denominator), found in differences_of(a, b).items():
                share = 1 - NO_SIGNAL if denominator == "all" else 1.0
                truth = (rates[0] - rates[1]) * share
                if target == "received":
                    truth = in_a[denominator] - in_b[denominator]
                name = f"{target} {denominator}"
                times.setdefault(f"{name} high", []).append(found.high >= truth - 1e-9)
                times.setdefault(f"{name} low", []).append(found.low <= truth + 1e-9)
                if target == "process" and rates[0] == rates[1]:
                    for change in ("fallen", "risen"):
                        held = found.verdict(0.05) != change
                        times.setdefault(f"{name} not {change}", []).append(held)
        return {name: float(np.mean(held)) for name, held in times.items()}


def test_everybody_labelled_is_newcombe_and_counted() -> None:
    """Two groups about as large, each denominator with its own counts."""
    found = differences_of(labelled(3, 110, 10), labelled(12, 130, 10))
    for denominator, (n_a, n_b) in (("signal", (100, 120)), ("all", (110, 130))):
        process, received = found["process", denominator], found["received", denominator]  # type: ignore[index]
        assert (process.low, process.high) == pytest.approx(newcombe(3, n_a, 12, n_b))
        assert process.method == "newcombe"
        assert process.value == pytest.approx(3 / n_a - 12 / n_b)
        assert received.low == received.high == received.value
        assert (received.method, received.verdict(0.001)) == ("counted", "fallen")


def test_the_p_value_is_where_the_bound_leaves_zero() -> None:
    """A little less error and the bound includes 0, a little more and it does not."""
    groups = [
        (labelled(3, 110), labelled(12, 130)),
        (labelled(12, 130), labelled(3, 110)),
        (labelled(3, 300), labelled(5, 60)),
        tuple(replace(group, method="exact") for group in (labelled(3, 110), labelled(12, 130))),
        sampled(),
    ]
    for a, b in groups:
        for key, found in differences_of(a, b).items():
            p = min(found.p_fallen, found.p_risen)
            if key[0] == "received" or p > 0.45:
                continue
            side = "high" if found.p_fallen < found.p_risen else "low"
            for alpha, excluded in ((p * 1.01 + 1e-4, True), (p * 0.99 - 1e-4, False)):
                if 0 < alpha < 1:
                    bound = getattr(differences_of(a, b, alpha)[key], side)
                    assert (bound < 0 if side == "high" else bound > 0) == excluded


@pytest.mark.parametrize("method", ["smb", "exact", "sequential"])
def test_turned_round_is_the_negative(method: str) -> None:
    """Who is called now and who before changes the sign and nothing else."""
    order = ("fit",) * 40 + ("not_fit", "no_signal", None)
    pair = [replace(group, method=method, in_order=order) for group in sampled(3)]
    there, back = differences_of(pair[0], pair[1]), differences_of(pair[1], pair[0])
    assert set(there) == set(back)
    for key, found in there.items():
        other = back[key]
        assert (found.low, found.high) == (-other.high, -other.low)
        assert (found.p_fallen, found.p_risen) == (other.p_risen, other.p_fallen)


def test_exact_bounds_hold_together() -> None:
    """Each group's own bound, with half of the error."""
    now, before = (replace(group, method="exact") for group in sampled())
    found = differences_of(now, before)["process", "all"]
    high, low = (
        Exact(group.strata).bound(side, "process", "all", 0.025)  # type: ignore[arg-type]
        for group, side in ((now, "high"), (before, "low"))
    )
    assert found.method == "apart"
    assert found.high == pytest.approx(high - low)
    complete = differences_of(replace(labelled(2, 80), method="exact"), labelled(9, 90))
    assert complete["process", "all"].high == pytest.approx(
        clopper_pearson(2, 80, 0.025).high - clopper_pearson(9, 90, 0.025).low
    )


def test_sequential_bounds_hold_whenever_one_stops() -> None:
    """They are those that hold at any time; of these respondents with a signal there are none."""
    order = ("fit", "not_fit") * 30
    a, b = (replace(group, method="sequential", in_order=order) for group in sampled())
    found = differences_of(a, b)
    assert ("received", "signal") not in found
    own = [rates_in_order(order, g.strata, alpha=0.025)["process", "all"] for g in (a, b)]
    assert found["process", "all"].high == pytest.approx(own[0].high - own[1].low)


def test_groups_of_very_different_size_get_other_bounds() -> None:
    """Newcombe's would claim a fall too often: summed exactly, with 300 against 60 at 1 %."""
    n_a, n_b, rate = 300, 60, 0.01
    claimed = {"newcombe": 0.0, "own": 0.0}
    for x_b in range(8):
        for x_a in range(12):
            chance = stats.binom.pmf(x_a, n_a, rate) * stats.binom.pmf(x_b, n_b, rate)
            own = differences_of(labelled(x_a, n_a), labelled(x_b, n_b))["process", "all"]
            assert own.method == "melded"
            claimed["own"] += chance * (own.verdict(0.05) == "fallen")
            claimed["newcombe"] += chance * (newcombe(x_a, n_a, x_b, n_b).high < 0)
    assert claimed["newcombe"] > 0.07
    assert claimed["own"] < 0.05


def test_unclear_labels_count_against_either_bound() -> None:
    """As not_fit now and as fit before, and the other way round."""
    strata = Strata(Stratum(30, 3, 10, 2, 5), Stratum(100, 1, 30, 4, 5))
    group, other = Group(strata), labelled(10, 120)
    worst, best = Group(strata.at_worst()), Group(strata.at_best())
    for key, found in differences_of(group, other).items():
        assert found.high == differences_of(worst, other)[key].high
        assert found.low == differences_of(best, other)[key].low


def test_what_nobody_labelled_proves_nothing() -> None:
    """An unlabelled group may have any rate; a group without a signal as well."""
    for nobody in (Group(Strata(Stratum(10), Stratum(90))), labelled(0, 100, 100)):
        found = differences_of(nobody, labelled(40, 100))["process", "signal"]
        assert np.isnan(found.value)
        assert found.high > 0.4
        assert found.low < -0.2
        assert found.verdict(0.05) == "not_shown"


def test_draws_of_both_groups_are_independent() -> None:
    """Plans may well have the same seed."""
    now, _ = sampled(5)
    taken: list[np.ndarray] = []
    with pytest.MonkeyPatch.context() as patch:
        draws = Melded.draws
        patch.setattr(Melded, "draws", lambda *args: taken.append(draws(*args)) or taken[-1])
        differences_of(now, now)
    assert len(taken) == 2 * 2 * 4
    for high, low in zip(taken[::2], taken[1::2], strict=True):
        assert abs(np.corrcoef(high, low)[0, 1]) < 4 / np.sqrt(high.size)


SIZES = [(60, 60), (300, 100), (1000, 200)]
RATES = [(0.02, 0.06), (0.05, 0.05), (0.2, 0.1)]


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_bounds_hold(n: int, m: int) -> None:
    """Each with .95, less what 150 repeats of two settings can miss (4 standard errors)."""
    for rates in ((0.05, 0.05), (0.2, 0.1)):
        held = World(n).held(rates, n, m, 150)
        assert min(held.values()) > 0.95 - 4 * 0.018, held


@pytest.mark.slow
@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_bounds_hold_in_many_worlds(n: int, m: int, rates: tuple[float, float]) -> None:
    """Each with .95, less three standard errors of 2,000 repeats; so do claims of a change."""
    held = World(n + m).held(rates, n, m, 2_000)
    print(n, m, rates, {name: round(share, 3) for name, share in held.items()})  # noqa: T201
    assert min(held.values()) >= 0.935, held
