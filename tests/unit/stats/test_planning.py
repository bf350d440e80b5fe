"""What would decide: numbers that do what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fitcheck.stats.intervals import clopper_pearson
from fitcheck.stats.melded import Melded
from fitcheck.stats.planning import what_would_decide
from fitcheck.stats.sampling import allocate
from fitcheck.stats.strata import Denominator, Strata, Stratum
from fitcheck.stats.verdict import without_predictions


def further(strata: Strata, more: int, random: np.random.Generator) -> Strata:
    """Return the strata after more labels, from a population that fits those so far."""
    wanted = allocate(strata.flagged.size, strata.others.size, strata.labelled + more)
    parts = []
    for stratum, n in zip((strata.flagged, strata.others), wanted, strict=True):
        rate = random.beta(stratum.not_fit + 0.5, stratum.fit + stratum.no_signal + 0.5)
        rate_fit = random.beta(stratum.fit + 0.5, stratum.no_signal + 0.5)
        extra = max(0, n - stratum.labelled)
        not_fit = int(random.binomial(extra, rate))
        fit = int(random.binomial(extra - not_fit, rate_fit))
        parts.append(
            replace(
                stratum,
                not_fit=stratum.not_fit + not_fit,
                fit=stratum.fit + fit,
                no_signal=stratum.no_signal + extra - not_fit - fit,
            )
        )
    return Strata(*parts)


@pytest.mark.parametrize("denominator", ["all", "signal"])
@pytest.mark.parametrize(
    "strata",
    [
        Strata(Stratum(40, 9, 11), Stratum(960, 0, 60, 5)),
        Strata(Stratum(30, 6, 4), Stratum(970, 0, 40)),
        Strata(Stratum(), Stratum(400, 0, 30)),
        Strata(Stratum(30, 5, 5), Stratum(270, 1, 35, 4)),
    ],
)
def test_so_many_labels_decide_as_often_as_it_says(
    strata: Strata, denominator: Denominator
) -> None:
    """Drawn from what is known, labels decide with the chance given, within 9 points.

    The chance rests on 120 scenarios (evenly spread), this on 250 (3 points).
    """
    missing = what_would_decide(strata, denominator, 0.05, 0.05)
    if missing.need == "respondents":
        assert strata.flagged.size == 30
        return
    assert missing.n
    random, decided, repeats = np.random.default_rng(7), 0, 250
    for seed in range(repeats):
        later = further(strata, missing.n, random)
        bounding = without_predictions(later, "process", denominator) or Melded(later, seed, 1_000)
        high = bounding.bound("high", "process", denominator, 0.05)
        decided += high < 0.05 or bounding.bound("low", "process", denominator, 0.05) >= 0.05
    assert decided / repeats == pytest.approx(missing.chance, abs=0.09)


@pytest.mark.parametrize(
    ("strata", "needed"),
    [
        (Strata(Stratum(), Stratum(40, 0, 20)), 59),
        (Strata(Stratum(20, 1, 19), Stratum(30, 0, 30)), None),
    ],
)
def test_too_few_respondents_need_the_floor(strata: Strata, needed: int | None) -> None:
    """So many in all that the estimated rate would be proven, were everybody labelled."""
    missing = what_would_decide(strata, "all", 0.05, 0.05)
    assert missing.need == "respondents"
    assert missing.n is not None
    assert missing.chance is None
    total, rate = strata.size + missing.n, strata.estimate("all")
    assert needed in (None, total)
    assert clopper_pearson(rate * total, total).high < 0.05
    assert clopper_pearson(rate * (total - 1), total - 1).high >= 0.05


def test_respondents_without_a_signal_do_not_count() -> None:
    """With half of them silent, twice as many are needed."""
    missing = what_would_decide(Strata(Stratum(), Stratum(40, 0, 20, 20)), "signal", 0.05, 0.05)
    assert (missing.need, missing.n) == ("respondents", 2 * 59 - 40)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("limit", [0.05, 0.1])
def test_where_nothing_is_known_labels_come_first(limit: float, alpha: float) -> None:
    """As many as prove it if none is not_fit, as far as there are respondents."""
    least = next(n for n in range(1, 200) if clopper_pearson(0, n, alpha).high < limit)
    for size in (20, 1_000):
        missing = what_would_decide(Strata(Stratum(), Stratum(size)), "all", limit, alpha)
        assert (missing.need, missing.n) == ("labels", min(size, least))
        assert missing.chance is None


def test_a_rate_at_the_limit_is_too_close() -> None:
    """No number of labels in reach is promised."""
    strata = Strata(Stratum(200, 50, 50), Stratum(4_800, 10, 390))
    missing = what_would_decide(strata, "all", strata.estimate("all"), 0.05)
    assert (missing.need, missing.n) == ("too_close", None)
    assert missing.chance is not None
    assert missing.chance < 0.8


def test_unclear_ones_count_against_either_side() -> None:
    """Sixty respondents, all looked at, two passed over: labels cannot help any more."""
    strata = Strata(Stratum(), Stratum(60, 0, 58, 0, unclear=2))
    assert what_would_decide(strata, "all", 0.05, 0.05).need == "respondents"
    clear = Strata(Stratum(), Stratum(60, 0, 50))
    assert what_would_decide(clear, "all", 0.05, 0.05).need == "labels"


def test_the_same_seed_gives_the_same_answer() -> None:
    """And another one nearly the same."""
    strata = Strata(Stratum(40, 9, 11), Stratum(960, 0, 60, 5))
    answers = [what_would_decide(strata, "all", 0.05, 0.05, seed) for seed in (1, 1, 2)]
    assert answers[0] == answers[1]
