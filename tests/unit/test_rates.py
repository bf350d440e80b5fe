"""Verdicts follow from labels drawn by lot, and from nothing else."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counting import count_groups
from fitcheck.annotation.coders import agreement_of
from fitcheck.annotation.counting import count_labels, take_look
from fitcheck.annotation.drawing import draw_sample
from fitcheck.annotation.plan import SamplePlan, load_plan
from fitcheck.errors import DataError
from fitcheck.rates import Rates, not_fit_rates
from fitcheck.records import Answer, Label, Prediction
from fitcheck.report.tables import RATE_COLUMNS, rate_records, rates_json
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.stats.verdict import rates_of

TRUTH: Mapping[str, tuple[int, int, int]] = {
    "Verwaltung": (0, 180, 20),
    "Produktion": (60, 120, 20),
    "Vertrieb": (4, 66, 10),
}
"""Respondents by persona: not_fit, fit, no_signal."""


class World:
    """Respondents whose true labels are known, and a classifier that errs on every tenth."""

    def __init__(self, truth: Mapping[str, Sequence[int]] = TRUTH, cohort: str = "") -> None:
        self.answers: list[Answer] = []
        self.predictions: list[Prediction] = []
        self.true: dict[str, Label] = {}
        labels: tuple[Label, ...] = ("not_fit", "fit", "no_signal")
        for persona, numbers in truth.items():
            for label, n in zip(labels, numbers, strict=True):
                for i in range(n):
                    text = f"{persona} {label} {i}"
                    self.true[text] = label
                    wrong: Label = "fit" if label == "not_fit" else "not_fit"
                    said = wrong if i % 10 == 9 else label
                    person = f"{cohort}{text}"
                    self.answers.append(Answer(text, "Passte es?", "fit", person, persona))
                    self.predictions.append(Prediction(said))

    def draw(self, **settings: Any) -> tuple[SamplePlan, dict[str, Label]]:
        """Return a plan, and what people would say who never err."""
        plan = replace(SamplePlan("fixed", seed=3, n=150), **settings)
        sample = draw_sample(self.answers, self.predictions, plan)
        return sample.plan, {row.key: self.true[row.text] for row in sample.rows}

    def rates(self, **settings: Any) -> Rates:
        """Return the rates."""
        return not_fit_rates(self.predictions, self.answers, **settings)


@pytest.fixture(scope="module")
def world() -> World:
    """One that is not changed."""
    return World()


def verdicts(rates: Rates) -> dict[str, str]:
    """Return the verdicts by persona."""
    return {p.persona: p.verdict for p in rates.personas}


def test_without_labels_there_are_counts_and_no_verdict(world: World) -> None:
    """However few the classifier flags."""
    found = world.rates()
    assert {p.withheld for p in found.personas} == {"no_labels"}
    assert not any(p.rates for p in found.personas)
    counted = {p.persona: p.counted for p in found.personas}
    assert counted["Verwaltung"] == {"not_fit": 20, "fit": 162, "no_signal": 18}


@pytest.mark.parametrize("method", ["smb", "exact"])
def test_verdicts(world: World, method: str) -> None:
    """Met, not met and undecided, with the counts that they rest on."""
    plan, labels = world.draw(method=method)
    found = world.rates(plan=plan, labels=labels)
    assert verdicts(found) == {
        "Verwaltung": "met",
        "Produktion": "not_met",
        "Vertrieb": "undecided",
    }
    assert found.picked == ("Verwaltung",)
    assert not found.all_met
    for persona in found.personas:
        assert persona.labelled == min(150, persona.respondents)
        not_fit, fit, _ = TRUTH[persona.persona]
        received = persona.rates["received", "signal"]
        assert received.low <= not_fit / (not_fit + fit) <= received.high
    assert next(p for p in found.personas if p.persona == "Vertrieb").missing is not None


def test_numbers_are_those_of_the_statistics(world: World) -> None:
    """A persona's bounds are `rates_of` its counts."""
    plan, labels = world.draw()
    counted = count_labels(plan, labels)["Produktion"]
    found = world.rates(plan=plan, labels=labels)
    persona = next(p for p in found.personas if p.persona == "Produktion")
    assert persona.rates == rates_of(counted.strata, seed=plan.seed)
    assert counted.strata.labelled == 150


def test_an_unfinished_sample_is_not_judged(world: World) -> None:
    """Unless it is to be judged as it is; those not labelled then do not count."""
    plan, labels = world.draw()
    half = {key: labels[key] for unit in plan.units[:200] for key in unit.keys}
    found = world.rates(plan=plan, labels=half)
    assert {p.withheld for p in found.personas} == {"not_complete"}
    assert sum(p.to_label for p in found.personas) == len(plan.units) - 200
    as_is = world.rates(plan=plan, labels=half, as_is=True)
    assert all(p.rates and p.unclear == 0 for p in as_is.personas)


def test_leaving_out_what_is_hard_makes_no_rate_better(world: World) -> None:
    """Respondents who were passed over count as not fitting in the upper bound."""
    plan, labels = world.draw()
    clean = world.rates(plan=plan, labels=labels)
    last = plan.units[-1].keys
    left_out = {k: v for k, v in labels.items() if v != "not_fit" or k in last}
    found = world.rates(plan=plan, labels=left_out, as_is=True)
    for before, after in zip(clean.personas, found.personas, strict=True):
        if after.unclear:
            key = ("process", "signal")
            assert after.rates[key].high >= before.rates[key].high - 0.01  # type: ignore[index]


def test_a_bound_is_not_looked_at_until_it_suits(world: World, tmp_path: Path) -> None:
    """The same labels can be read again, other ones take a look; then it is over."""
    plan, labels = world.draw(looks=2)
    path = tmp_path / "s.plan.json"
    changed = [labels | {next(iter(labels)): label} for label in ("fit", "not_fit", "no_signal")]
    answers = []
    for said in (*changed, changed[0]):
        plan, may_look = take_look(path, plan, said)  # type: ignore[arg-type]
        answers.append(may_look)
    assert answers == [True, True, False, True]
    assert len(load_plan(path).looked) == 2
    found = world.rates(plan=plan, labels=labels, may_look=False)
    assert {p.withheld for p in found.personas} == {"looked"}
    assert not any(p.rates for p in found.personas)


def test_each_of_several_looks_has_wider_bounds(world: World) -> None:
    """Alpha is shared among the looks."""
    key = ("process", "signal")
    high = {}
    for looks in (1, 4):
        plan, labels = world.draw(looks=looks)
        found = world.rates(plan=plan, labels=labels)
        assert found.alpha == pytest.approx(0.05 / looks)
        high[looks] = [p.rates[key].high for p in found.personas]  # type: ignore[index]
    assert all(many > one for many, one in zip(high[4], high[1], strict=True))


def test_a_sequential_plan_says_how_to_go_on(world: World) -> None:
    """Label on in the drawn order until it is decided; nothing needs to be complete."""
    plan, labels = world.draw(design="sequential", n=200)
    first = {key: labels[key] for unit in plan.units[:40] for key in unit.keys}
    found = world.rates(plan=plan, labels=first)
    assert set(verdicts(found).values()) >= {"undecided"}
    undecided = [p for p in found.personas if p.verdict == "undecided"]
    assert all(p.to_label and p.missing for p in undecided)
    decided = verdicts(world.rates(plan=plan, labels=labels))
    assert decided["Verwaltung"] == "met"
    assert decided["Produktion"] == "not_met"


def test_coders_who_disagree_prove_nothing(world: World) -> None:
    """The verdict is withheld, the numbers stay."""
    plan, labels = world.draw()
    other = dict.fromkeys(labels, "fit")
    found = world.rates(plan=plan, labels=labels, second=other)
    assert {p.withheld for p in found.personas} == {"agreement"}
    assert set(verdicts(found).values()) == {"undecided"}
    assert all(p.rates for p in found.personas)
    same = world.rates(plan=plan, labels=labels, second=dict(labels))
    assert same.agreement is not None
    assert same.agreement.kappa.value == 1
    assert verdicts(same)["Verwaltung"] == "met"


def test_agreement_by_definition(world: World) -> None:
    """Specific agreement of a label: twice the hits over all times it was chosen."""
    plan, labels = world.draw()
    keys = list(labels)[:4]
    first = dict(zip(keys, ("fit", "fit", "not_fit", "no_signal"), strict=True))
    second = dict(zip(keys, ("fit", "not_fit", "not_fit", "no_signal"), strict=True))
    found = agreement_of(plan, first, second)  # type: ignore[arg-type]
    assert (found.n, found.same) == (4, 3)
    assert found.by_label["fit"].value == pytest.approx(2 / 3)
    assert found.by_label["no_signal"].value == 1


def test_small_groups_show_nothing() -> None:
    """Under five respondents, and the next smallest with them."""
    world = World({"A": (0, 100, 0), "B": (1, 8, 0), "C": (1, 2, 0), "D": (1, 6, 0)})
    plan, labels = world.draw()
    found = world.rates(plan=plan, labels=labels)
    by_name = {p.persona: p for p in found.personas}
    assert list(by_name) == ["A", "B"]
    assert found.hidden == 2
    assert not found.all_met
    assert by_name["B"].withheld == "few"
    assert not by_name["B"].rates
    assert not by_name["B"].labelled
    assert {r["persona"] for r in rate_records(found)} == {"A", "B"}
    told = rates_json(found)
    assert told["hidden_groups"] == 2
    assert set(told["counted"]) == {"A"}
    assert told["mostly"] == {"B": {"label": "fit", "at_least": 6, "of": 9}}


def test_whoever_stands_in_two_groups_is_counted_in_one(world: World) -> None:
    """The same one in every verb: else the difference would be the label of one person."""
    person = replace(world.answers[0], text="Nun in einer anderen Abteilung", persona="Vertrieb")
    answers, predictions = [*world.answers, person], [*world.predictions, Prediction("not_fit")]
    persona_of = {answer.respondent: answer.persona for answer in answers}  # the last one
    groups = count_groups(persona_of, answers, predictions)
    rates = not_fit_rates(predictions, answers)
    assert {g.persona: {k: n for k, n in g.labels.items() if n} for g in groups.shown} == {
        rate.persona: rate.counted for rate in rates.personas
    }


def test_order_and_names_change_nothing(world: World) -> None:
    """The same people in another order and under other names: the same numbers."""
    plan, labels = world.draw()
    before = world.rates(plan=plan, labels=labels)
    other = World(dict(reversed(TRUTH.items())))
    plan, labels = other.draw()
    after = other.rates(plan=plan, labels=labels)
    assert after.personas == before.personas


def test_a_sample_of_other_answers_is_refused(world: World) -> None:
    """Sizes must be those that it was drawn from."""
    plan, labels = world.draw()
    with pytest.raises(DataError, match="drawn from other answers"):
        not_fit_rates(world.predictions[:-1], world.answers[:-1], plan=plan, labels=labels)


def test_the_table_has_every_number(world: World) -> None:
    """Four records for each persona, with the columns that are promised."""
    plan, labels = world.draw()
    records = rate_records(world.rates(plan=plan, labels=labels))
    assert len(records) == 12
    assert all(tuple(record) == RATE_COLUMNS for record in records)
    headline = [r for r in records if r["headline"]]
    assert [(r["target"], r["denominator"]) for r in headline] == [("process", "signal")] * 3
    assert all(r["confidence_level"] == 0.95 and r["seed"] == 3 for r in records)


def test_unclear_labels_count_against_either_bound() -> None:
    """As if they were not_fit, and as if they were fit."""
    unclear = rates_of(Strata(Stratum(10, 2, 5, 2, 1), Stratum(90, 1, 30, 8, 3)))
    worst = rates_of(Strata(Stratum(10, 3, 5, 2), Stratum(90, 4, 30, 8)))
    best = rates_of(Strata(Stratum(10, 2, 6, 2), Stratum(90, 1, 33, 8)))
    for key, rate in unclear.items():
        assert (rate.low, rate.high) == (best[key].low, worst[key].high)


def test_counting_takes_little_beside_the_answers() -> None:
    """Nothing is made for each respondent and held until all are counted, but numbers."""
    peaks = []
    for n in (4_000, 16_000):
        world = World({"Verwaltung": (0, n, 0)})
        tracemalloc.start()
        not_fit_rates(world.predictions, world.answers)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    respondent = 2 * 24 + 32 + 4  # place in a mapping that grows, and number, of the answer as well
    assert (peaks[1] - peaks[0]) / 12_000 < respondent + 16  # and two traces
