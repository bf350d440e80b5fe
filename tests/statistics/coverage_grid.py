"""The surveys on which coverage is measured and recorded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from simulation import (
    BY_KIND,
    DRAWS,
    GOOD,
    WEAK,
    Design,
    Outcome,
    Survey,
    by_error_rates,
    measure_all,
)

from fitcheck.stats.strata import DENOMINATORS, TARGETS

RECORD = Path(__file__).parents[2] / "eval" / "runs" / "coverage.json"
DESIGNS: tuple[Design, ...] = ("srs", "stratified")
SIZES = ((60, 30), (300, 100), (1_000, 200))


def every(**options: Iterable[Any]) -> list[Survey]:
    """Return a survey for each combination of options."""
    sizes = options.pop("sizes", SIZES)
    surveys = [
        Survey(n=n, m=m, **dict(zip(options, values, strict=True)))
        for (n, m), *values in product(sizes, *options.values())
    ]
    return sorted(surveys, key=lambda survey: (survey.denominator, survey.target))


MAIN = every(
    rate=(0.01, 0.02, 0.05, 0.08, 0.2),
    classifier=(GOOD, WEAK, BY_KIND),
    design=DESIGNS,
    target=TARGETS,
    denominator=DENOMINATORS,
    no_signal=(0.2, 0.6),
)
# Classifiers that flag most of those that fit, and surveys in which hardly anybody speaks of fit.
HARD = every(
    sizes=((300, 100),),
    rate=(0.02, 0.05, 0.08, 0.2),
    classifier=(by_error_rates(0.9, 0.2), by_error_rates(0.9, 0.4), by_error_rates(0.5, 0.5)),
    design=DESIGNS,
    target=TARGETS,
    denominator=DENOMINATORS,
) + every(
    sizes=((300, 100), (1_000, 200)),
    rate=(0.02, 0.05, 0.2),
    classifier=(GOOD, WEAK),
    target=TARGETS,
    no_signal=(0.9,),
)
UNCLEAR = every(
    sizes=((300, 100),),
    rate=(0.02, 0.05, 0.2),
    classifier=(GOOD, WEAK),
    target=TARGETS,
    denominator=DENOMINATORS,
    unclear=(0.2,),
)
EXACT = every(
    sizes=((60, 30), (300, 100)),
    rate=(0.02, 0.05, 0.2),
    classifier=(BY_KIND,),
    design=DESIGNS,
    target=TARGETS,
    denominator=DENOMINATORS,
)
LIMIT = 0.05
POWER = Survey(0.02, 1_000, 200, GOOD, denominator="all")

Measuring = Callable[[str, int, Iterable[Survey]], list[Outcome]]


def measured(measuring: Measuring = measure_all, repeats: int = 2_000) -> dict[str, Any]:
    """Return every survey with what was measured of it now."""
    began = time.monotonic()
    cells: list[dict[str, Any]] = []
    for group, method, surveys, times in (
        ("main", "smb", MAIN, repeats),
        ("hard", "smb", HARD, repeats),
        ("unclear", "smb", UNCLEAR, repeats),
        ("without unclear", "smb", [replace(s, unclear=0.0) for s in UNCLEAR], repeats),
        ("fewer", "exact", EXACT, repeats // 2),
        ("power", "smb", [POWER, replace(POWER, design="srs")], repeats),
    ):
        outcomes = measuring(method, times, surveys)
        cells += [
            cell(group, method, times, survey, outcome)
            for survey, outcome in zip(surveys, outcomes, strict=True)
        ]
    return {
        "repeats": repeats,
        "draws": DRAWS,
        "seconds": round(time.monotonic() - began),
        "cells": cells,
    }


def cell(group: str, method: str, repeats: int, survey: Survey, outcome: Outcome) -> dict[str, Any]:
    """Return one measured survey as it is recorded."""
    return {
        "group": group,
        "method": method,
        "repeats": repeats,
        **{name: getattr(survey, name) for name in ("rate", "n", "m", "design", "target")},
        "denominator": survey.denominator,
        "no_signal": survey.no_signal,
        "classifier": survey.classifier.name,
        **{name: round(value, 4) for name, value in vars(outcome).items()},
    }


def summary(record: dict[str, Any]) -> dict[str, Any]:
    """Return what is recorded: the worst coverage of each group of surveys, and the power."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for entry in record["cells"]:
        key = tuple(entry[name] for name in ("group", "method", "target", "denominator"))
        groups.setdefault(key, []).append(entry)
    worst = [
        {
            **dict(zip(("group", "method", "target", "denominator"), key, strict=True)),
            "surveys": len(cells),
            "repeats": cells[0]["repeats"],
            "min_upper": min(cell["upper"] for cell in cells),
            "min_lower": min(cell["lower"] for cell in cells),
            "max_met_at_limit": max(c["met"] for c in cells if c["rate"] == LIMIT),
        }
        for key, cells in groups.items()
        if key[0] != "power"
    ]
    power = [
        {name: entry[name] for name in ("rate", "n", "m", "design", "classifier", "met", "high")}
        for entry in record["cells"]
        if entry["group"] == "power"
    ]
    head = {name: record[name] for name in ("repeats", "draws", "seconds")}
    return {**head, "surveys": len(record["cells"]), "groups": worst, "power": power}


def write(record: dict[str, Any]) -> None:
    """Write the summary of a record to eval/runs."""
    RECORD.write_text(json.dumps(summary(record), indent=1) + "\n", encoding="utf-8")
