"""Trends follow from labels of each cohort's sample."""

from __future__ import annotations

import pytest
from test_changes import rates
from test_rates import World

from fitcheck.errors import DataError
from fitcheck.rates import Rates
from fitcheck.report.changes import TREND_COLUMNS, trend_records, trends_json
from fitcheck.stats.trend import control_chart, effective_counts
from fitcheck.stats.verdict import holm
from fitcheck.trends import Trends, rate_trends

JUMPS, FALLS, STAYS = (4, 4, 4, 40), (24, 16, 10, 5), (6, 5, 7, 6)


@pytest.fixture(scope="module")
def cohorts() -> list[Rates]:
    """Four cohorts of three personas."""
    return [
        rates(
            {"Jumps": (j, 100 - j, 10), "Falls": (f, 110 - f, 10), "Stays": (s, 120 - s, 10)}, name
        )
        for j, f, s, name in zip(JUMPS, FALLS, STAYS, "abcd", strict=True)
    ]


def by_name(found: Trends) -> dict[str, tuple[tuple[int, ...], int]]:
    """Return signals and trend by persona."""
    return {p.persona: (p.signals, p.direction) for p in found.personas}


def test_what_is_seen(cohorts: list[Rates]) -> None:
    """A jump, a falling trend, and nothing."""
    found = by_name(rate_trends(cohorts))
    assert found["Jumps"] == ((3,), 1)
    assert found["Falls"][1] == -1
    assert found["Stays"] == ((), 0)
    picked = rate_trends(cohorts).picked
    assert set(picked) == {"Jumps", "Falls"}


def test_numbers_are_those_of_the_statistics(cohorts: list[Rates]) -> None:
    """The chart of the effective counts, and Holm over personas."""
    found = rate_trends(cohorts, center=0.05)
    for persona in found.personas:
        counts = []
        for rate in persona.rates:
            assert rate
            assert rate.sample
            counts.append(effective_counts(rate.sample.strata, "signal", 3))
        assert list(persona.points) == control_chart(counts, 0.05)
    p_values = [p.trend.p_value for p in found.personas if p.trend]
    assert [p.p_picked for p in found.personas] == holm(p_values)


def test_a_cohort_without_a_finished_sample_does_not_count(cohorts: list[Rates]) -> None:
    """Neither one without labels, nor one labelled on until it is decided."""
    world = World({"Jumps": (4, 96, 10)})
    plan, labels = world.draw(design="sequential", n=60)
    first = {key: labels[key] for unit in plan.units[:30] for key in unit.keys}
    partly = world.rates(plan=plan, labels=first)
    for other in (partly, world.rates()):
        found = rate_trends([cohorts[0], other, cohorts[1]])
        points = next(p for p in found.personas if p.persona == "Jumps").points
        assert [point is None for point in points] == [False, True, False]


def test_without_labels_nothing_is_claimed() -> None:
    """There are counts."""
    counted = [World({"A": (n, 100, 0)}).rates() for n in (2, 30, 60)]
    found = rate_trends(counted)
    assert not found.labelled
    assert not found.personas[0].judged
    assert by_name(found) == {"A": ((), 0)}
    assert trends_json(found, counted)["counted"]["A"][2]["not_fit"] > 30


def test_what_is_hidden_in_a_cohort_is_hidden() -> None:
    """Few people in one cohort: nothing there, and numbers elsewhere."""
    small = rates({"A": (9, 100, 0), "B": (5, 60, 0), "C": (1, 2, 0)})
    large = rates({"A": (9, 100, 0), "B": (5, 60, 0), "C": (4, 50, 0)})
    cohorts = [large, small, large]
    found = rate_trends(cohorts)
    hidden = [p for p in found.personas if p.persona in "BC"]
    assert all(p.rates[1] is None and p.points[1] is None for p in hidden)
    records = [r for r in trend_records(found, cohorts) if r["persona"] in "BC"]
    assert {r["cohort"] for r in records} == {"1", "3"}
    assert found.hidden == (0, 2, 0)
    assert trends_json(found, cohorts)["counted"]["B"][1] is None


def test_a_cohort_that_repeats_an_earlier_one_is_not_shown() -> None:
    """The same survey exported again, one more respondent in it; a later cohort is."""
    cohorts = [rates({"A": (2 + more, 60, 3)}, name) for more, name in ((0, ""), (1, ""), (5, "x"))]
    found = rate_trends(cohorts)
    (persona,) = found.personas
    assert persona.overlapping == (1,)
    assert [rate is None for rate in persona.rates] == [False, True, False]
    records = trend_records(found, cohorts)
    assert [r["withheld"] for r in records] == [None, "overlap", None]
    assert [k for k, v in records[1].items() if v] == ["persona", "cohort", "withheld"]


def test_different_denominators_are_refused(cohorts: list[Rates]) -> None:
    """Rates of other people cannot be followed."""
    other = rates({"Jumps": (4, 96, 10)}, denominator="all")
    with pytest.raises(DataError, match="different denominators"):
        rate_trends([cohorts[0], other])


def test_the_table_has_every_number(cohorts: list[Rates]) -> None:
    """A record for each persona and cohort, with the columns that are promised."""
    records = trend_records(rate_trends(cohorts, list("abcd")), cohorts)
    assert len(records) == 12
    assert all(tuple(record) == TREND_COLUMNS for record in records)
    assert [r["cohort"] for r in records[:4]] == list("abcd")
    jump = next(r for r in records if (r["persona"], r["cohort"]) == ("Jumps", "d"))
    assert jump["signal"] == "high"
    assert jump["limit_high"] < jump["rate"]
    assert jump["counted_not_fit"] / jump["counted_n"] == pytest.approx(0.4, abs=0.01)
