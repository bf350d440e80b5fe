"""Changes follow from labels of both samples, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_rates import World

from fitcheck.changes import Changes, compare_rates
from fitcheck.rates import Rates
from fitcheck.report.changes import CHANGE_COLUMNS, change_records, changes_json
from fitcheck.stats.differences import Group, differences_of
from fitcheck.stats.verdict import holm

NOW = {"Verwaltung": (2, 180, 20), "Produktion": (60, 120, 20), "Vertrieb": (9, 66, 10)}
BEFORE = {"Verwaltung": (40, 150, 10), "Produktion": (15, 170, 20), "Vertrieb": (9, 66, 10)}


def rates(truth: dict[str, tuple[int, int, int]], cohort: str = "", **settings: Any) -> Rates:
    """Return the rates of a world, labelled to the end; another cohort is of other people."""
    world = World(truth, cohort)
    plan, labels = world.draw(**settings)
    return world.rates(plan=plan, labels=labels)


@pytest.fixture(scope="module")
def now() -> Rates:
    """Rates that are not changed."""
    return rates(NOW)


@pytest.fixture(scope="module")
def before() -> Rates:
    """Return the same of another time."""
    return rates(BEFORE)


def verdicts(changes: Changes) -> dict[str, str]:
    """Return the verdicts by persona."""
    return {change.persona: change.verdict for change in changes.personas}


def test_verdicts(now: Rates, before: Rates) -> None:
    """Fallen, risen, and not shown; turned round the other way."""
    found = compare_rates(now, before)
    expected = {"Verwaltung": "fallen", "Produktion": "risen", "Vertrieb": "not_shown"}
    assert verdicts(found) == expected
    assert (found.fallen, found.risen) == (("Verwaltung",), ("Produktion",))
    back = compare_rates(before, now)
    assert (back.fallen, back.risen) == (("Produktion",), ("Verwaltung",))


def test_numbers_are_those_of_the_statistics(now: Rates, before: Rates) -> None:
    """A persona's bounds are `differences_of` its counts; several are picked out with Holm."""
    found = compare_rates(now, before)
    p_values = []
    for change in found.personas:
        groups = []
        for rate, when in ((change.now, now), (change.before, before)):
            assert rate
            assert rate.sample
            assert when.plan
            groups.append(Group(rate.sample.strata, seed=when.plan.seed))
        assert change.differences == differences_of(groups[0], groups[1])
        p_values.append(change.differences["process", "signal"].p_fallen)
    assert [change.p_fallen_picked for change in found.personas] == holm(p_values)


def test_without_labels_nothing_is_claimed(now: Rates) -> None:
    """However the counts differ."""
    counted = World(BEFORE).rates()
    for pair in ((now, counted), (counted, now), (counted, counted)):
        found = compare_rates(*pair)
        assert not found.labelled
        assert not any(change.differences for change in found.personas)
        assert {change.verdict for change in found.personas} == {"not_shown"}
        assert not found.fallen + found.risen
        records = change_records(found, *pair)
        assert {record["verdict"] for record in records} == {None}
        assert {record["difference"] for record in records} == {None}


def test_unfinished_labels_withhold_one_persona_or_all(now: Rates) -> None:
    """The time at which something is missing is named."""
    world = World(BEFORE)
    plan, labels = world.draw()
    half = {key: labels[key] for unit in plan.units[:200] for key in unit.keys}
    found = compare_rates(now, world.rates(plan=plan, labels=half))
    assert {change.withheld for change in found.personas} == {"before"}
    records = change_records(found, now, world.rates(plan=plan, labels=half))
    assert {record["withheld"] for record in records} == {"before:not_complete"}
    looked = world.rates(plan=plan, labels=labels, may_look=False)
    assert {c.withheld for c in compare_rates(looked, now).personas} == {"now"}


def test_personas_in_one_file_are_named(now: Rates) -> None:
    """And nothing is said of their change."""
    other = rates({"Verwaltung": (2, 180, 20), "Einkauf": (2, 40, 8)})
    found = compare_rates(now, other)
    assert [change.persona for change in found.personas] == ["Verwaltung"]
    assert (found.only_now, found.only_before) == (("Produktion", "Vertrieb"), ("Einkauf",))


@pytest.mark.parametrize("small_now", [True, False])
def test_what_is_hidden_in_one_file_is_hidden(small_now: bool) -> None:
    """A persona with few people at one time, and the one that hides it: as if not in that file."""
    large = {"A": (9, 100, 0), "B": (5, 60, 0), "C": (4, 50, 0)}
    small = {"A": (9, 100, 0), "B": (5, 60, 0), "C": (1, 2, 0)}
    pair = [rates(truth) for truth in ((small, large) if small_now else (large, small))]
    found = compare_rates(pair[0], pair[1])
    assert [change.persona for change in found.personas] == ["A"]
    assert (found.only_before if small_now else found.only_now) == ("B", "C")
    assert {r["persona"] for r in change_records(found, *pair)} == {"A"}
    assert set(changes_json(found, *pair)["counted_before"]) == {"A"}


def test_people_who_are_in_both_files_are_not_told_of() -> None:
    """One more who did not fit: the difference of two large groups would be that person's label."""
    less, more = {"A": (2, 60, 3), "B": (4, 50, 2)}, {"A": (3, 60, 3), "B": (4, 50, 2)}
    pair = rates(more), rates(less)
    found = compare_rates(*pair)
    a, b = found.personas
    assert (a.persona, a.withheld, a.now, a.before) == ("A", "overlap", None, None)
    assert b.now is not None  # exactly the same people: there is nothing to subtract
    told = changes_json(found, *pair)
    assert [r for r in told["changes"] if r["persona"] == "A"] == [
        {**dict.fromkeys(CHANGE_COLUMNS), "persona": "A", "withheld": "overlap"}
    ]
    assert set(told["counted_before"]) == {"B"}
    others = compare_rates(rates(more), rates(less, cohort="last year "))
    assert all(change.differences for change in others.personas)


def test_several_looks_share_the_error() -> None:
    """With two looks at either sample, three pairs can be seen one after the other."""
    once, twice = rates(NOW), rates(BEFORE, looks=2)
    assert compare_rates(once, twice).alpha == pytest.approx(0.05 / 2)
    assert compare_rates(rates(NOW, looks=2), twice).alpha == pytest.approx(0.05 / 3)
    narrow, wide = compare_rates(once, rates(BEFORE)), compare_rates(once, twice)
    key = ("process", "signal")
    for one, several in zip(narrow.personas, wide.personas, strict=True):
        assert several.differences[key].high > one.differences[key].high  # type: ignore[index]


def test_samples_planned_for_different_rates_have_no_verdict(now: Rates) -> None:
    """The numbers are there, but which one decides was not fixed."""
    other = rates(BEFORE, denominator="all")
    found = compare_rates(now, other)
    assert {change.withheld for change in found.personas} == {"headline"}
    assert all(change.differences for change in found.personas)
    assert set(verdicts(found).values()) == {"not_shown"}
    assert not found.fallen + found.risen


def test_a_sequential_plan_keeps_its_bounds(before: Rates) -> None:
    """What holds at any time stays so; what it cannot bound is not there."""
    found = compare_rates(rates(NOW, design="sequential", n=150), before)
    assert verdicts(found)["Verwaltung"] == "fallen"
    for change in found.personas:
        assert change.differences["process", "signal"].method == "apart"
        assert ("received", "signal") not in change.differences


def test_order_and_names_change_nothing(now: Rates, before: Rates) -> None:
    """Personas in another order: the same numbers."""
    turned = replace(before, personas=before.personas[::-1])
    assert compare_rates(now, turned) == compare_rates(now, before)


def test_the_table_has_every_number(now: Rates, before: Rates) -> None:
    """Four records for each persona, with the columns that are promised."""
    found = compare_rates(now, before)
    records = change_records(found, now, before)
    assert len(records) == 12
    assert all(tuple(record) == CHANGE_COLUMNS for record in records)
    for record in records:
        assert record["difference"] == pytest.approx(
            record["rate_now"] - record["rate_before"], abs=2e-6
        )
        counted = record["method"] == "counted"
        assert record["lower"] <= record["difference"] <= record["upper"]
        assert (record["lower"] < record["upper"]) != counted
        assert (record["verdict"] is not None) == record["headline"]
        assert record["confidence_level"] == 0.95
