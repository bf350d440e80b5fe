"""What the page is told of the sheet, and what it may ask for: never an id, persona, prediction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from fitcheck.errors import FitcheckError
from fitcheck.labeling.journal import Field, Value
from fitcheck.labeling.store import LabelStore
from fitcheck.records import LABELS

MAX_DOUBT = 1000
"""Characters of a doubt."""


class BadRequestError(Exception):
    """The page, or somebody who has its address, asks for what there is not."""


def page_rows(store: LabelStore, only: str | None = None) -> list[dict[str, Any]]:
    """Return the answers in the order of labelling, or one of them."""
    rows = store.rows
    of_person = Counter(row.cells.get("number", "") for row in rows)
    seen: Counter[str] = Counter()
    told = []
    for row in rows:
        person = row.cells.get("number", "")
        seen[person] += 1
        if only is not None and row.key != only:
            continue
        coding = store.coding(row.key)
        told.append(
            {
                "key": row.key,
                "person": person,
                "nth": seen[person],
                "of": of_person[person],
                "question": row.cells.get("question", ""),
                "text": row.text,
                "label": coding.label,
                "themes": coding.themes,
                "doubt": coding.doubt,
                "slots": store.slots(row.key),
            }
        )
    return told


def page_status(store: LabelStore, render: Callable[[FitcheckError], str]) -> dict[str, Any]:
    """Return what holds for the sheet as a whole."""
    problem = store.problem
    held = problem is not None and isinstance(problem.__context__, PermissionError)
    return {
        "revision": store.revision,
        "unsaved": store.n_unsaved,
        "doubts": store.has_doubts,
        "problem": None if problem is None else "" if held else render(problem),
        "notices": [
            {"number": notice.number, "kind": notice.kind, "rows": notice.rows}
            for notice in store.notices
        ],
    }


def make_change(store: LabelStore, wanted: object) -> tuple[str, Field, Value]:
    """Return the decision that the page asks for: key, field, value.

    One field of one answer at a time, and a theme by itself: a page that was loaded long ago
    then cannot bring back old values of anything else.

    Raises
    ------
    BadRequestError
        If it is none.
    """
    if not isinstance(wanted, Mapping) or not isinstance(wanted.get("key"), str):
        raise BadRequestError
    if all(row.key != wanted["key"] for row in store.rows):
        raise BadRequestError
    match wanted:
        case {"key": str(key), "label": label, **rest} if not rest and (
            label is None or label in LABELS
        ):
            return key, "label", label
        case {"key": str(key), "theme": str(theme), "on": bool(on), **rest} if not rest:
            themes = set(store.coding(key).themes) - {theme} | ({theme} if on else set())
            known = theme in store.codebook.theme_ids
            if known and (not on or len(themes) <= store.slots(key)):
                return key, "themes", tuple(sorted(themes))
        case {"key": str(key), "doubt": str(doubt), **rest} if not rest:
            if store.has_doubts and len(doubt) <= MAX_DOUBT:
                return key, "doubt", doubt
    raise BadRequestError
