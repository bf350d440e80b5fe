"""How often a classifier misses and raises false alarms, from the file of an evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.stats.transport import ErrorRates

_UNEVEN = 0.05
"""Difference in accuracy between groups that makes error rates doubtful elsewhere."""


def load_error_rates(path: str | Path) -> tuple[ErrorRates, list[Message]]:
    """Return the error rates in a run file of `fitcheck evaluate`, and what makes them doubtful.

    Raises
    ------
    DataError
        If it is no such file.
    """
    try:
        run = json.loads(Path(path).read_text(encoding="utf-8"))
        labels, rows = run["confusion"]["labels"], run["confusion"]["rows"]
        column = labels.index("not_fit")
        not_fit, others = rows["not_fit"], [rows[label] for label in ("fit", "no_signal")]
        errors = ErrorRates(
            sum(not_fit),
            not_fit[column],
            sum(map(sum, others)),
            sum(sum(row) - row[column] for row in others),
        )
        notes = [note for dimension in ("language", "persona") for note in _uneven(run, dimension)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(
            "{path} is no run of `fitcheck evaluate`.",
            "Make one with `fitcheck evaluate LABELED --output FILE`.",
            path=str(path),
        ) from error
    return errors, notes


def _uneven(run: dict[str, Any], dimension: str) -> list[Message]:
    """Return a warning if the classifier is much better in one group than in another."""
    found = run["groups"].get(dimension, {})
    accuracies = {name: s["accuracy"] for name, s in found.items() if "accuracy" in s}
    if len(accuracies) < 2:
        return []
    worst, best = (pick(accuracies, key=accuracies.__getitem__) for pick in (min, max))
    if accuracies[best] - accuracies[worst] < _UNEVEN:
        return []
    return [
        Message(
            "The classifier errs more often for {worst} than for {best}, so error rates from "
            "elsewhere mislead here.",
            {"worst": worst, "best": best},
            warning=True,
        )
    ]
