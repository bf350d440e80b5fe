"""Two hands on one sheet: what is decided here, and what somebody changed in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fitcheck.annotation.filling import Coding
from fitcheck.labeling.journal import Change, Field, Value

FIELDS: tuple[Field, ...] = ("label", "themes", "doubt")


@dataclass
class Said:
    """What was decided here, per field of an answer, with everything it said before."""

    _values: dict[tuple[str, Field], list[Value]] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Note a decision."""
        self._values.setdefault((change.key, change.field), [change.was]).append(change.value)

    def forget(self, key: str, name: Field) -> None:
        """Forget a field: somebody else has decided it since."""
        self._values.pop((key, name), None)

    def of(self, key: str, name: Field) -> list[Value]:
        """Return what a field said, oldest first; empty if nothing was decided here."""
        return self._values.get((key, name), [])


@dataclass(frozen=True, slots=True)
class Merged:
    """What each answer says after the file was read again."""

    codings: Mapping[str, Coding]
    taken: tuple[tuple[str, Field], ...]
    """Fields that somebody changed in the file, and that now say so here."""
    overruled: tuple[tuple[str, Field], ...]
    """Those of them that had been decided here too, and otherwise."""
    put_back: tuple[tuple[str, Field], ...]
    """Fields that the file had lost or set back, although they stood in it already."""


def merge(
    before: Mapping[str, Coding],
    on_disk: Mapping[str, Coding],
    now: Mapping[str, Coding],
    said: Said,
) -> Merged:
    """Return what holds, field by field.

    What was decided here stays, unless the file says something new: then somebody typed that on
    purpose. An older or empty value is nothing new: it is what a program that had opened the file
    earlier writes back when it saves.

    Parameters
    ----------
    before
        What this program shows.
    on_disk
        What the file said when it was last read or written.
    now
        What the file says.
    said
        What was decided here.
    """
    codings: dict[str, Coding] = {}
    taken: list[tuple[str, Field]] = []
    overruled: list[tuple[str, Field]] = []
    put_back: list[tuple[str, Field]] = []
    for key, theirs in now.items():
        ours = before.get(key, theirs)
        merged = theirs
        for name in FIELDS:
            value, new = getattr(ours, name), getattr(theirs, name)
            if new == value:
                continue
            own = said.of(key, name)
            if own and (new in own or not new):
                merged = with_value(merged, name, value)
                if getattr(on_disk.get(key), name, None) == value:
                    put_back.append((key, name))
            else:
                (overruled if own else taken).append((key, name))
        codings[key] = merged
    return Merged(codings, tuple(taken), tuple(overruled), tuple(put_back))


def with_value(coding: Coding, name: Field, value: Any) -> Coding:
    """Return a coding with another value in one field."""
    return replace(coding, **{name: value})
