"""What a report says of the run that labelled the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def run_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return who labelled the answers and when, by dotted name, from what a run file holds.

    Lists and empty values are left out.

    Examples
    --------
    >>> run_facts({"fitcheck": "1.0", "finished": "", "classifier": {"id": "llm", "seed": None}})
    {'fitcheck': '1.0', 'finished': '', 'classifier.id': 'llm'}
    """
    return dict(_flat({name: run[name] for name in ("fitcheck", "finished", "classifier")}))


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, str | int | float | bool):
            yield f"{prefix}{name}", value
