"""How often a classifier is right without anybody's labels: on the shipped test answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fitcheck.resources import resource
from fitcheck.stats.accuracy import Accuracy, sample_accuracy
from fitcheck.stats.strata import Strata, Stratum


def shipped_accuracy(run: Mapping[str, Any]) -> Accuracy | None:
    """Return how often a classifier is right on the test answers; None if that is not recorded.

    Parameters
    ----------
    run : mapping
        Facts of the run that made the predictions, by dotted name.

    Examples
    --------
    >>> shipped_accuracy({"classifier.id": "llm"}) is None
    True
    """
    measured = json.loads(resource("labeled/measured.json").read_text(encoding="utf-8"))
    known = {f"classifier.{name}": value for name, value in measured["classifier"].items()}
    if any(run.get(name) != value for name, value in known.items()):
        return None
    return sample_accuracy([_as_strata(measured["confusion"])])


def _as_strata(confusion: Mapping[str, Any]) -> Strata:
    column = confusion["labels"].index("not_fit")
    rows = confusion["rows"]
    flagged = {label: row[column] for label, row in rows.items()}
    others = {label: sum(row) - row[column] for label, row in rows.items()}
    return Strata(
        *(Stratum(sum(part.values()), **part) for part in (flagged, others)),
    )
