"""Thresholds that a run has to reach, for continuous integration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from fitcheck.errors import DataError
from fitcheck.toml_files import load_toml


class Bound(BaseModel):
    """What one score must reach, on its value and not on its interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _bounds_something(self) -> Bound:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        return self

    def holds(self, value: float | None) -> bool:
        """Return whether a score lies within; a missing score does not."""
        if value is None:
            return False
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


class Thresholds(RootModel[dict[str, dict[str, Bound]]]):
    """Per data set, per score: the bound."""


def load_thresholds(path: str | Path) -> Thresholds:
    """Return the thresholds in a TOML file; a CodebookError names line and entry of a problem."""
    return load_toml(Path(path), Thresholds)


def missed(run: dict[str, Any], thresholds: Thresholds, path: str) -> list[str]:
    """Return one line for each threshold that the run misses.

    Raises
    ------
    DataError
        If there are no thresholds for the run's data.
    """
    name = run["data"]["name"]
    bounds = thresholds.root.get(name)
    if bounds is None:
        raise DataError(
            "{path} has no thresholds for the data {name}.",
            "Add a table [{name}] with scores such as macro_f1 = {example}.",
            path=path,
            name=name,
            example="{ min = 0.6 }",
        )
    lines = []
    unknown = [metric for metric in bounds if metric not in run["scores"]]
    if unknown:
        raise DataError(
            "{path} names the score {metric}, which the run does not have; it has: {names}.",
            "Correct the name.",
            path=path,
            metric=unknown[0],
            names=", ".join(run["scores"]),
        )
    for metric, bound in bounds.items():
        value = run["scores"].get(metric, {}).get("value")
        if not bound.holds(value):
            lines.append(f"{metric} = {value}, wanted {_wanted(bound)}")
    return lines


def _wanted(bound: Bound) -> str:
    low = [] if bound.min is None else [f">= {bound.min}"]
    return " and ".join([*low, *([] if bound.max is None else [f"<= {bound.max}"])])
