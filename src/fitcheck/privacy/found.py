"""What a detector returns: where something identifying stands in a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal["E-Mail", "Telefon", "Link", "IBAN", "Nummer", "Person"]
KINDS: tuple[Kind, ...] = ("E-Mail", "Telefon", "Link", "IBAN", "Nummer", "Person")
"""The words in the placeholders; the same in every language, so that a reply can quote them."""

MARKS = r"\u0300-\u036f"
"""Accents of decomposed letters; no word characters to `re`, yet parts of names."""


class Found(NamedTuple):
    """Characters ``text[start:end]`` that identify somebody."""

    start: int
    end: int
    kind: Kind


def merge(found: Iterable[Found]) -> list[Found]:
    """Return the findings in order, overlapping ones as one with the kind of the longest.

    Examples
    --------
    >>> merge([Found(0, 4, "Nummer"), Found(0, 11, "Telefon")])
    [Found(start=0, end=11, kind='Telefon')]
    """
    merged: list[Found] = []
    for each in sorted(found, key=lambda one: one.start):
        if not merged or each.start >= merged[-1].end:
            merged.append(each)
            continue
        longest = max(merged[-1], each, key=lambda one: one.end - one.start)
        end = max(merged[-1].end, each.end)
        merged[-1] = Found(merged[-1].start, end, longest.kind)
    return merged
