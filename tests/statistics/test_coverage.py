"""Bounds hold as often as they promise: a few surveys here, all of them with `make test-slow`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import coverage_grid
import pytest
from simulation import BY_KIND, GOOD, WEAK, Measure, Outcome, Survey, by_error_rates, measure_all

SMALL = [
    Survey(0.05, 300, 100, GOOD, denominator="all"),
    Survey(0.05, 300, 100, WEAK, design="srs", denominator="all"),
    Survey(0.2, 300, 100, BY_KIND, target="received", denominator="all"),
    Survey(0.05, 60, 30, BY_KIND, no_signal=0.6),
    Survey(0.08, 60, 30, WEAK, design="srs", target="received"),
    Survey(0.05, 300, 100, by_error_rates(0.9, 0.4), denominator="all"),
    Survey(0.05, 300, 100, GOOD, denominator="all", unclear=0.2),
]
ALLOWED = 0.065
"""False verdicts at the limit: 5 %, and three standard errors."""


def held(outcome: Outcome, at_least: float) -> bool:
    """Whether both bounds cover the truth often enough."""
    return min(outcome.upper, outcome.lower) >= at_least


@pytest.mark.parametrize("survey", SMALL, ids=lambda s: f"{s.classifier.name}-{s.target}-{s.rate}")
def test_the_melded_bound_holds(survey: Survey) -> None:
    """95 % less three standard errors of 600 repeats; the limit is falsely met in 5 % at most."""
    outcome = Measure("smb", repeats=600)(survey)
    assert held(outcome, 0.95 - 3 * 0.0089), outcome
    if survey.rate == 0.05:
        assert outcome.met <= 0.05 + 3 * 0.0089


def test_the_exact_bound_holds() -> None:
    """Fewer repeats: it is slower."""
    outcome = Measure("exact", repeats=400)(Survey(0.05, 60, 30, WEAK, denominator="all"))
    assert held(outcome, 0.95 - 3 * 0.011), outcome


def test_good_predictions_decide() -> None:
    """At 2 %, with 200 labels of 1,000 respondents, `met` in four cases of five."""
    for design in coverage_grid.DESIGNS:
        outcome = Measure("smb", repeats=500)(replace(coverage_grid.POWER, design=design))
        assert outcome.met >= 0.8 - 2 * 0.018
        assert outcome.high <= 0.0425


def test_the_simulation_can_fail_an_estimator() -> None:
    """A normal interval around a power-tuned estimate covers 84 % here, not 95 %."""
    survey = Survey(0.02, 300, 100, GOOD, design="srs", denominator="all")
    outcome = Measure("ppi++", repeats=10_000)(survey)
    assert outcome.upper == pytest.approx(0.84, abs=0.03)
    assert not held(outcome, 0.935)


def test_a_population_is_what_it_says() -> None:
    """Rates of the denominator, labels drawn in each design, errors by kind of answer."""
    survey = Survey(0.1, 1_000, 200, BY_KIND, no_signal=0.6, target="received")
    assert survey.truth() == 0.1
    assert replace(survey, denominator="all").truth() == 0.1
    assert replace(survey, n=60, rate=0.02).truth() == 1 / 24  # rounded up: still no lower


@pytest.fixture(scope="session")
def record() -> dict[str, Any]:
    """Measure everything anew and write eval/runs/coverage.json."""
    record = coverage_grid.measured()
    coverage_grid.write(record)
    return record


def chosen(record: dict[str, Any], group: str, method: str = "smb") -> Iterable[dict[str, Any]]:
    """Return the measured surveys of a group."""
    cells = [c for c in record["cells"] if (c["group"], c["method"]) == (group, method)]
    assert cells
    return cells


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "method"), [("main", "smb"), ("hard", "smb"), ("unclear", "smb"), ("fewer", "exact")]
)
def test_every_survey_is_covered(record: dict[str, Any], group: str, method: str) -> None:
    """At least 93.5 % on each side: 95 % less three standard errors of 2,000 repeats."""
    for cell in chosen(record, group, method):
        assert min(cell["upper"], cell["lower"]) >= 0.935, cell


@pytest.mark.slow
@pytest.mark.parametrize(("group", "method"), [("main", "smb"), ("fewer", "exact")])
def test_the_limit_itself_is_seldom_met(record: dict[str, Any], group: str, method: str) -> None:
    """At a true 5 %, `met` is false."""
    for cell in chosen(record, group, method):
        if cell["rate"] == 0.05:
            assert cell["met"] <= ALLOWED, cell


@pytest.mark.slow
def test_unclear_ones_never_cost_coverage(record: dict[str, Any]) -> None:
    """Counted against either bound, they only widen it; two standard errors of a difference."""
    without = chosen(record, "without unclear")
    for cell, other in zip(chosen(record, "unclear"), without, strict=True):
        assert cell["upper"] >= other["upper"] - 0.014, cell
        assert cell["lower"] >= other["lower"] - 0.014, cell


@pytest.mark.slow
def test_power(record: dict[str, Any]) -> None:
    """At 2 %, with 200 labels of 1,000 respondents."""
    for cell in chosen(record, "power"):
        assert cell["met"] >= 0.8
        assert cell["high"] <= 0.0425


@pytest.mark.slow
def test_all_processors_measure_the_same() -> None:
    """What is recorded is what one process measures."""
    surveys = SMALL[:2]
    assert [o.upper for o in measure_all("smb", 300, surveys)] == pytest.approx(
        [Measure("smb", 300)(survey).upper for survey in surveys], abs=0.02
    )
