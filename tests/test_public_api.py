"""Public is what `__all__` says."""

from __future__ import annotations

import inspect

import pytest

import fitcheck


def test_all_is_sorted_and_complete() -> None:
    """Every public name can be imported, and only those are listed."""
    assert list(fitcheck.__all__) == sorted(fitcheck.__all__)
    assert set(dir(fitcheck)) == set(fitcheck.__all__) == set(fitcheck._HOME)


@pytest.mark.parametrize("name", fitcheck.__all__)
def test_public_names_are_documented(name: str) -> None:
    """Every public function has a docstring with a runnable example."""
    value = getattr(fitcheck, name)
    doc = inspect.getdoc(value) or ""
    assert doc
    if inspect.isfunction(value) and name not in ("classify_survey", "read_survey"):
        assert ">>>" in doc


def test_unknown_names_are_attribute_errors() -> None:
    """A typo is told as Python does."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fitcheck.nonsense
