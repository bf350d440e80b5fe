"""Changes and trends as tables for other tools, with the same care as the rates themselves."""

from __future__ import annotations

from typing import Any

from fitcheck.changes import Changes, PersonaChange
from fitcheck.rates import PersonaRate, Rates
from fitcheck.report.tables import number
from fitcheck.stats.differences import Difference
from fitcheck.stats.strata import DENOMINATORS, TARGETS
from fitcheck.stats.trend import Limits, Point
from fitcheck.trends import PersonaTrend, Trends

CHANGE_COLUMNS = (
    "persona",
    "target",
    "denominator",
    "headline",
    "respondents_now",
    "respondents_before",
    "labelled_now",
    "labelled_before",
    "rate_now",
    "lower_now",
    "upper_now",
    "rate_before",
    "lower_before",
    "upper_before",
    "difference",
    "lower",
    "upper",
    "p_fallen",
    "p_risen",
    "method",
    "confidence_level",
    "seed_now",
    "seed_before",
    "verdict",
    "p_fallen_picked",
    "p_risen_picked",
    "withheld",
)
"""Columns of the table of changes; they never change within a major version."""

TREND_COLUMNS = (
    "persona",
    "cohort",
    "target",
    "denominator",
    "respondents",
    "labelled",
    "rate",
    "lower",
    "upper",
    "confidence_level",
    "method",
    "counted_not_fit",
    "counted_n",
    "center",
    "limit_low",
    "limit_high",
    "average",
    "average_low",
    "average_high",
    "signal",
    "trend",
    "p_trend",
    "p_trend_picked",
    "withheld",
    "seed",
)
"""Columns of the table of cohorts; they never change within a major version."""

DIRECTIONS = {-1: "low", 0: "", 1: "high"}
"""Of a signal."""
TRENDS = {-1: "falling", 0: "none", 1: "rising"}


def change_records(found: Changes, now: Rates, before: Rates) -> list[dict[str, Any]]:
    """Return one record for each persona in both files, target and denominator.

    Shares and differences are fractions: 0.02 is two percentage points. A verdict stands in the
    record of the headline alone. A persona that must not be shown in either file has no record.
    """
    return [
        record for change in found.personas for record in _of_change(change, found, now, before)
    ]


def _of_change(
    change: PersonaChange, found: Changes, now: Rates, before: Rates
) -> list[dict[str, Any]]:
    empty = dict.fromkeys(CHANGE_COLUMNS)
    if change.now is None or change.before is None:
        return [{**empty, "persona": change.persona, "withheld": change.withheld}]
    times = (("now", change.now, now), ("before", change.before, before))
    common: dict[str, Any] = {
        **empty,
        "persona": change.persona,
        "withheld": _withheld(change),
    }
    for when, rate, rates in times:
        common[f"respondents_{when}"] = rate.respondents
        common[f"labelled_{when}"] = rate.labelled
        common[f"seed_{when}"] = rates.plan.seed if rates.plan else None
    records = []
    for target in TARGETS:
        for denominator in DENOMINATORS:
            record = {**common, "target": target, "denominator": denominator, "headline": False}
            for when, rate, _ in times:
                if own := rate.rates.get((target, denominator)):
                    record[f"rate_{when}"] = number(own.rate)
                    record[f"lower_{when}"] = number(own.low)
                    record[f"upper_{when}"] = number(own.high)
            if difference := change.differences.get((target, denominator)):
                record |= _difference(difference, found.alpha)
            if (target, denominator) == found.headline:
                record |= _verdict(change, found)
            records.append(record)
    return records


def _withheld(change: PersonaChange) -> str | None:
    """Return why there is no verdict: when, and the reason of that time."""
    times = {"now": change.now, "before": change.before}
    rate = times.get(change.withheld)
    return f"{change.withheld}:{rate.withheld}" if rate else change.withheld or None


def _difference(difference: Difference, alpha: float) -> dict[str, Any]:
    return {
        "difference": number(difference.value),
        "lower": number(difference.low),
        "upper": number(difference.high),
        "p_fallen": number(difference.p_fallen),
        "p_risen": number(difference.p_risen),
        "method": difference.method,
        "confidence_level": number(1 - alpha),
    }


def _verdict(change: PersonaChange, found: Changes) -> dict[str, Any]:
    if not found.labelled:
        return {"headline": True}
    return {
        "headline": True,
        "verdict": change.verdict,
        "p_fallen_picked": number(change.p_fallen_picked),
        "p_risen_picked": number(change.p_risen_picked),
    }


def changes_json(found: Changes, now: Rates, before: Rates) -> dict[str, Any]:
    """Return everything that is known of the changes, for machines; small groups are not in it."""
    return {
        "confidence_level": number(1 - found.alpha),
        "headline": {"target": found.headline[0], "denominator": found.headline[1]},
        "picked_fallen": list(found.fallen),
        "picked_risen": list(found.risen),
        "only_now": list(found.only_now),
        "only_before": list(found.only_before),
        "hidden_groups_before": before.hidden,
        "counted_before": {
            change.persona: dict(change.before.counted)
            for change in found.personas
            if change.before is not None
        },
        "changes": change_records(found, now, before),
    }


def trend_records(found: Trends, cohorts: list[Rates]) -> list[dict[str, Any]]:
    """Return one record for each persona and cohort in which it may be shown, in order of time."""
    return [
        _of_cohort(trend, i, found, cohort)
        for trend in found.personas
        for i, cohort in enumerate(cohorts)
        if trend.rates[i] or i in trend.overlapping
    ]


def _of_cohort(trend: PersonaTrend, i: int, found: Trends, cohort: Rates) -> dict[str, Any]:
    empty = dict.fromkeys(TREND_COLUMNS)
    rate, point = trend.rates[i], trend.points[i]
    named = {**empty, "persona": trend.persona, "cohort": found.cohorts[i]}
    if rate is None:
        return {**named, "withheld": "overlap"}
    tested = trend.trend
    return {
        **named,
        "target": found.key[0],
        "denominator": found.key[1],
        "respondents": rate.respondents,
        "labelled": rate.labelled,
        **_bounds(rate, found, cohort),
        **(_point(point) if point else {}),
        "trend": TRENDS[trend.direction] if tested else None,
        "p_trend": number(tested.p_value) if tested else None,
        "p_trend_picked": number(trend.p_picked) if tested else None,
        "withheld": rate.withheld or None,
    }


def _bounds(rate: PersonaRate, found: Trends, cohort: Rates) -> dict[str, Any]:
    own = rate.rates.get(found.key)
    if own is None:
        return {}
    return {
        "rate": number(own.rate),
        "lower": number(own.low),
        "upper": number(own.high),
        "confidence_level": number(1 - cohort.alpha),
        "method": own.method,
        "seed": cohort.plan.seed if cohort.plan else None,
    }


def _point(point: Point) -> dict[str, Any]:
    limits = point.limits or Limits(float("nan"), float("nan"))
    around = point.average_limits or Limits(float("nan"), float("nan"))
    return {
        "counted_not_fit": point.counts.not_fit,
        "counted_n": point.counts.n,
        "center": number(point.center),
        "limit_low": number(limits.low),
        "limit_high": number(limits.high),
        "average": number(point.average),
        "average_low": number(around.low),
        "average_high": number(around.high),
        "signal": DIRECTIONS[point.signal] or None,
    }


def trends_json(found: Trends, cohorts: list[Rates]) -> dict[str, Any]:
    """Return everything that is known of the cohorts, for machines; small groups are not in it."""
    return {
        "cohorts": list(found.cohorts),
        "center": found.center,
        "headline": {"target": found.key[0], "denominator": found.key[1]},
        "picked_trend": list(found.picked),
        "hidden_groups": list(found.hidden),
        "counted": {
            trend.persona: [dict(rate.counted) if rate else None for rate in trend.rates]
            for trend in found.personas
        },
        "rates": trend_records(found, cohorts),
    }
