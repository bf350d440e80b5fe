"""What may stand in a hypotheses file, with errors that say what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fitcheck.records import Message
from fitcheck.surveys.profiles import fold
from fitcheck.toml_files import problem_at


class Entry(BaseModel):
    """A table of a hypotheses file; entries that it does not know are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )


def _share(value: Any) -> Any:
    """Return a share that was written as 0.05 or as "5 %"."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*", value)
        if found is None:
            raise problem_at(None, Message("a share is written as 0.05 or as '5 %'"))
        return float(Decimal(found[1].replace(",", ".")) / 100)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1:
        raise problem_at(
            None,
            Message(
                "{value} would be {percent} %; for {value} % write {share} or '{value} %'",
                {"value": f"{value:g}", "percent": f"{100 * value:g}", "share": f"{value / 100:g}"},
            ),
        )
    return value


def _growth(value: Any) -> Any:
    """Return a growth that was written as 0.2 or as "20 %"; up to threefold as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value <= 2:
        return value
    if isinstance(value, str):
        found = re.fullmatch(r"\s*\+?\s*(\d+(?:[.,]\d+)?)\s*%\s*", value)
        if found is not None:
            return float(Decimal(found[1].replace(",", ".")) / 100)
    return _share(value)


Share = Annotated[float, BeforeValidator(_share), Field(gt=0, lt=1)]
"""A share in (0, 1)."""
Points = Annotated[float, BeforeValidator(_share), Field(ge=0, lt=1)]
"""A difference of shares in [0, 1)."""
Growth = Annotated[float, BeforeValidator(_growth), Field(ge=0)]
"""By what part something grows, 0 or more."""
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]


def not_more(part: str, whole: str) -> Any:
    """Return a validator: of so many there can be no more than all."""

    def check(_cls: type[BaseModel], value: int, info: pydantic.ValidationInfo) -> int:
        found = info.data.get(part)
        if found is not None and found > value:
            raise problem_at(
                None,
                Message(
                    "`{part}` is {found}, more than `{whole}`, which is {n}",
                    {"part": part, "found": found, "whole": whole, "n": value},
                ),
            )
        return value

    return pydantic.field_validator(whole)(classmethod(check))


def one_of(entries: dict[str, bool]) -> None:
    """Raise if several ways of giving the data are used at once, or one of them in part."""
    given = [name for name, is_given in entries.items() if is_given]
    if len(given) > 1:
        raise problem_at(
            None,
            Message(
                "give the data once: `{first}` or `{second}`",
                {"first": given[0], "second": given[1]},
            ),
        )


def differ(**entries: str) -> None:
    """Raise if two entries name the same value of a column."""
    (first, value), (second, other) = ((n.rstrip("_"), value) for n, value in entries.items())
    if fold(value) == fold(other):
        raise problem_at(
            None,
            Message("`{first}` and `{second}` are the same", {"first": first, "second": second}),
        )


def apart(**entries: Sequence[str]) -> None:
    """Raise if a value of a column stands in two entries."""
    owner: dict[str, str] = {}
    for name, values in entries.items():
        for value in values:
            other = owner.setdefault(fold(value), name)
            if other != name:
                raise problem_at(
                    None,
                    Message(
                        "{value} stands in `{first}` and in `{second}`",
                        {"value": repr(value), "first": other, "second": name},
                    ),
                )


def together(**entries: object) -> bool:
    """Return whether entries that belong together are there; raise if only some are."""
    missing = [name.rstrip("_") for name, value in entries.items() if value is None]
    if missing and len(missing) < len(entries):
        given = next(name.rstrip("_") for name, value in entries.items() if value is not None)
        raise problem_at(
            None,
            Message(
                "`{given}` is given, `{missing}` is not", {"given": given, "missing": missing[0]}
            ),
        )
    return not missing
