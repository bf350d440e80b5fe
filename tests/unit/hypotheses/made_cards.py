"""Hypotheses files made for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fitcheck.hypotheses.evaluate import evaluate_hypotheses
from fitcheck.hypotheses.outcome import Outcome

BELIEVE = "Wir glauben, dass es hilft."
KNOW = "Wir werden wissen, dass es hilft, wenn es mehr wird."


def toml(value: Any) -> str:
    """Return a value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def card_text(id: str = "karte", **criterion: Any) -> str:
    """Return a card with a criterion; ``with_`` is written ``with``."""
    lines = [f"{name.rstrip('_')} = {toml(value)}" for name, value in criterion.items()]
    head = ["[[hypotheses]]", f"id = {toml(id)}", f"believe = {toml(BELIEVE)}"]
    return "\n".join([*head, f"know = {toml(KNOW)}", "[hypotheses.criterion]", *lines, ""])


def write_card(folder: Path, **criterion: Any) -> Path:
    """Write a file with one card."""
    path = folder / "karten.toml"
    path.write_text(card_text(**criterion), encoding="utf-8")
    return path


def outcome_of(folder: Path, **criterion: Any) -> Outcome:
    """Return what the data say of a card with a criterion."""
    return evaluate_hypotheses(write_card(folder, **criterion)).results[0].outcome
