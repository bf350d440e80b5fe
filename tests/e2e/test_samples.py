"""Exports written from descriptions of the tools, without sight of the reader, are understood.

The files and their answers are invented; what a person would say of each stands in expected.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_understood(name: str, run: Callable[..., Result]) -> None:
    """Heading rows, id, persona, question, text columns and the number of rows are right."""
    result = run("inspect", SAMPLES / name, "--json", "--quiet")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    found["texts"] = [entry["column"] for entry in found["texts"]]
    assert {key: found[key] for key in EXPECTED[name]} == EXPECTED[name]
