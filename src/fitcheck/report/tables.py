"""Rates as tables for other tools: every number with its method, n, seed and confidence level."""

from __future__ import annotations

import math
from typing import Any

from fitcheck.rates import PersonaRate, Rates
from fitcheck.stats.bootstrap import Interval
from fitcheck.stats.strata import DENOMINATORS, TARGETS
from fitcheck.stats.verdict import Rate

RATE_COLUMNS = (
    "persona",
    "target",
    "denominator",
    "headline",
    "respondents",
    "labelled",
    "unclear",
    "rate",
    "lower",
    "upper",
    "p_met",
    "method",
    "confidence_level",
    "limit",
    "seed",
    "verdict",
    "p_met_picked",
    "withheld",
    "needs",
    "needs_n",
)
"""Columns of the rates table; they never change within a major version."""


def rate_records(found: Rates) -> list[dict[str, Any]]:
    """Return one record for each persona, target and denominator, in the order of columns.

    Shares are in [0, 1]. A verdict stands in the record of the headline alone.
    """
    return [record for persona in found.personas for record in _of_persona(persona, found)]


def _of_persona(persona: PersonaRate, found: Rates) -> list[dict[str, Any]]:
    empty = dict.fromkeys(RATE_COLUMNS)
    missing = persona.missing
    common = {
        **empty,
        "persona": persona.persona,
        "respondents": persona.respondents,
        "labelled": persona.labelled,
        "unclear": persona.unclear,
        "limit": found.limit,
        "withheld": persona.withheld or None,
    }
    verdict = {
        "headline": True,
        "verdict": persona.verdict if found.plan else None,
        "p_met_picked": number(persona.p_met_picked),
        "needs": missing.need if missing else None,
        "needs_n": missing.n if missing else None,
    }
    records = []
    for target in TARGETS:
        for denominator in DENOMINATORS:
            is_headline = (target, denominator) == found.headline
            rate = persona.rates.get((target, denominator))
            records.append(
                {
                    **common,
                    "target": target,
                    "denominator": denominator,
                    **(verdict if is_headline else {"headline": False}),
                    **(_rate(rate, found) if rate else {}),
                }
            )
    return records


def _rate(rate: Rate, found: Rates) -> dict[str, Any]:
    return {
        "rate": number(rate.rate),
        "lower": number(rate.low),
        "upper": number(rate.high),
        "p_met": number(rate.p_met),
        "method": rate.method,
        "confidence_level": number(1 - found.alpha),
        "seed": found.plan.seed if found.plan else None,
    }


def rates_json(found: Rates) -> dict[str, Any]:
    """Return everything that is known of the rates, for machines; small groups are not in it."""
    plan, agreement = found.plan, found.agreement
    return {
        "limit": found.limit,
        "confidence_level": number(1 - found.alpha),
        "headline": {"target": found.headline[0], "denominator": found.headline[1]},
        "design": plan.design if plan else None,
        "looks": plan.looks if plan else None,
        "looks_taken": len(plan.looked) if plan else None,
        "all_met": found.all_met,
        "picked_met": list(found.picked),
        "hidden_groups": found.hidden,
        "agreement": None
        if agreement is None
        else {
            "answers": agreement.n,
            "kappa": _interval(agreement.kappa),
            "alpha": _interval(agreement.alpha),
            "by_label": {label: _interval(i) for label, i in agreement.by_label.items()},
        },
        "counted": {p.persona: dict(p.counted) for p in found.personas if p.counted},
        "mostly": {
            p.persona: {"label": p.mostly[0], "at_least": p.mostly[1], "of": p.respondents}
            for p in found.personas
            if p.mostly
        },
        "rates": rate_records(found),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {name: number(getattr(interval, name)) for name in ("value", "low", "high")}


def number(value: float) -> float | None:
    """Return a number for a table; None for one that is not known."""
    return round(value, 6) if math.isfinite(value) else None
