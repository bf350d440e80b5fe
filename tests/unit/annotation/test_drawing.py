"""Respondents are drawn by lot, and nothing but the lot decides."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from fitcheck.annotation.drawing import answer_keys, draw_sample
from fitcheck.annotation.plan import SamplePlan, load_plan, plan_path
from fitcheck.annotation.respondents import group_respondents
from fitcheck.errors import DataError
from fitcheck.records import Answer, Prediction


def survey(
    sizes: dict[str, int], not_fit_every: int = 5, several: bool = False
) -> tuple[list[Answer], list[Prediction]]:
    """Return answers of so many respondents per persona."""
    answers, predictions = [], []
    for persona, n in sizes.items():
        for i in range(n):
            label: Any = "fit" if i % not_fit_every else "not_fit"
            person = f"{persona}-{i}"
            answers.append(Answer(f"Antwort {person}", "Passte es?", "fit", person, persona, i))
            predictions.append(Prediction(label))
            if several:
                answers.append(
                    Answer(f"Kaffee {person}", "Wünsche?", "improve", person, persona, i)
                )
                predictions.append(Prediction("no_signal"))
    return answers, predictions


def test_a_respondent_counts_once() -> None:
    """The fit question decides; other answers of the same person are not drawn."""
    answers, predictions = survey({"Pflege": 40}, several=True)
    sample = draw_sample(answers, predictions, SamplePlan("fixed", 0, 10))
    assert len(sample.rows) == len(sample.plan.units) == 10
    assert {row.question for row in sample.rows} == {"Passte es?"}


def test_all_answers_decide_where_nobody_asks_for_fit() -> None:
    """Then a sheet has every answer of a drawn respondent, one below the other."""
    answers = [
        Answer(f"{question} {i}", question, "open", str(i), "Pflege")
        for i in range(20)
        for question in ("Gut?", "Schlecht?")
    ]
    sample = draw_sample(answers, [Prediction("fit")] * 40, SamplePlan("fixed", 0, 8))
    assert [row.number for row in sample.rows] == [n for n in range(1, 9) for _ in range(2)]
    assert all(len(unit.keys) == 2 for unit in sample.plan.units)


def test_order_and_names_decide_nothing() -> None:
    """The same people are drawn from a shuffled table and under another persona's name."""
    answers, predictions = survey({"Pflege": 200, "Lager": 90})
    plan = SamplePlan("fixed", 7, 30)
    drawn = draw_sample(answers, predictions, plan)
    pairs = list(zip(answers, predictions, strict=True))
    random.Random(1).shuffle(pairs)  # noqa: S311
    shuffled = draw_sample([a for a, _ in pairs], [p for _, p in pairs], plan)
    assert shuffled.rows == drawn.rows
    renamed = draw_sample([replace(a, persona=f"Z{a.persona}") for a in answers], predictions, plan)
    assert renamed.rows == drawn.rows
    assert draw_sample(answers, predictions, replace(plan, seed=8)).rows != drawn.rows


def test_a_fixed_plan_draws_from_both_strata() -> None:
    """One in five labels goes to those predicted not_fit; probabilities are recorded."""
    answers, predictions = survey({"Pflege": 200, "Lager": 20, "Klein": 4, "Auch klein": 8})
    sample = draw_sample(answers, predictions, SamplePlan("fixed", 0, 50))
    sizes = {p: tuple((s.drawn, s.size) for s in parts) for p, parts in sample.plan.strata.items()}
    assert sizes == {"Lager": ((4, 4), (16, 16)), "Pflege": ((10, 40), (40, 160))}
    assert sample.plan.strata["Pflege"][0].probability == 0.25
    assert sample.passed_over == 2
    assert {unit.persona for unit in sample.plan.units} == {"Pflege", "Lager"}


def test_everybody_in_a_stratum_has_the_same_chance() -> None:
    """Over many seeds each respondent is drawn about as often (within 5 standard errors)."""
    answers, predictions = survey({"Pflege": 30}, not_fit_every=3)
    keys = answer_keys(answers, 0)
    times: Counter[str] = Counter()
    n_seeds = 400
    for seed in range(n_seeds):
        seeded = dict(zip(answer_keys(answers, seed), keys, strict=True))
        sample = draw_sample(answers, predictions, SamplePlan("fixed", seed, 15))
        times.update(seeded[row.key] for row in sample.rows)
    for flagged, chance in ((True, 3 / 10), (False, 12 / 20)):
        wanted = "not_fit" if flagged else "fit"
        own = [times[key] for key, p in zip(keys, predictions, strict=True) if p.label == wanted]
        spread = 5 * (n_seeds * chance * (1 - chance)) ** 0.5
        assert max(abs(n - n_seeds * chance) for n in own) < spread


def test_a_sequential_plan_draws_from_the_whole_persona() -> None:
    """Any first part of its order is a random sample of the persona."""
    answers, predictions = survey({"Pflege": 300})
    sample = draw_sample(answers, predictions, SamplePlan("sequential", 0, 100))
    flagged, others = sample.plan.strata["Pflege"]
    assert flagged.drawn + others.drawn == 100
    assert 8 <= flagged.drawn <= 34


def test_a_sheet_tells_nothing_of_predictions_and_persons() -> None:
    """Neither label, persona nor id stands in a row; keys do not give them away."""
    answers, predictions = survey({"Pflege": 60, "Lager": 60})
    sample = draw_sample(answers, predictions, SamplePlan("fixed", 0, 20))
    personas = [unit.persona for unit in sample.plan.units]
    assert set(personas[:10]) == {"Pflege", "Lager"}  # mixed, so that order tells nothing
    assert {row.key for row in sample.rows} == {k for u in sample.plan.units for k in u.keys}


def test_an_answer_given_twice_by_one_person_has_two_keys() -> None:
    """Tables with one row per answer may hold the same words twice."""
    answers = [Answer("gut", "Passte es?", "fit", "7")] * 2
    assert len(set(answer_keys(answers, 0))) == 2
    assert next(group_respondents(answers, [Prediction("fit")] * 2)).positions == (0, 1)


def test_too_small_a_survey_is_refused() -> None:
    """Nothing is drawn where nothing may be shown."""
    answers, predictions = survey({"A": 4, "B": 3})
    with pytest.raises(DataError, match="No persona has 10"):
        draw_sample(answers, predictions, SamplePlan("fixed", 0, 10))


def test_a_plan_comes_back_as_it_was(tmp_path: Any) -> None:
    """A plan holds no id and no text, and survives its file."""
    answers, predictions = survey({"Pflege": 60})
    plan = draw_sample(answers, predictions, SamplePlan("fixed", 0, 20)).plan
    plan.save(tmp_path / "s.plan.json")
    assert load_plan(tmp_path / "s.plan.json") == plan
    text = (tmp_path / "s.plan.json").read_text(encoding="utf-8")
    assert "Antwort" not in text
    assert "Pflege-" not in text


@pytest.mark.parametrize("content", ["", "{}", '{"design": 1}', "[]", '{"strata": {}}'])
def test_what_is_no_plan_is_told(content: str, tmp_path: Any) -> None:
    """A wrong file is an error with advice."""
    path = tmp_path / "s.plan.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="no plan"):
        load_plan(path)


def test_where_a_plan_lies(tmp_path: Any) -> None:
    """Copies for a second coder share it."""
    assert plan_path(tmp_path / "a.sample.xlsx").name == "a.sample.plan.json"
    assert plan_path(tmp_path / "a.sample.coder2.xlsx").name == "a.sample.plan.json"
    assert plan_path(tmp_path / "coder.xlsx").name == "coder.plan.json"


def test_drawing_takes_little_beside_the_answers() -> None:
    """Respondents who are not drawn are keys in an order, and nothing else."""
    peaks = []
    for n in (4_000, 16_000):
        answers, predictions = survey({"Pflege": n})
        tracemalloc.start()
        draw_sample(answers, predictions, SamplePlan("fixed", 0, 30))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    key = 61 + 8  # and its place in a list
    lot = 65 + 3 * 8  # a fingerprint, and places in lists of them
    persona = 2 * 24  # place in a mapping that grows
    assert (peaks[1] - peaks[0]) / 12_000 < key + lot + persona + 16
