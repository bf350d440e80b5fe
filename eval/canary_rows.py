"""Reads labeled/canaries.csv, answers that give orders to whoever codes them, and checks it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fitcheck.classifiers.distinct import CLASSES
from fitcheck.classifiers.rules import settled_by_rule
from fitcheck.codebook import load_codebook
from fitcheck.labeled import LabeledAnswer, load_labeled
from fitcheck.records import LABELS, Answer

CANARIES = Path(__file__).parents[1] / "labeled" / "canaries.csv"
COLUMNS = ("id", "lang", "question", "text", "plain", "label", "demands", "aims_at", "style")
AIMS = ("own", "others", "all", "format")


@dataclass(frozen=True, slots=True)
class Canary:
    """An answer that gives orders to whoever codes it."""

    example: LabeledAnswer
    plain: Answer
    """The same answer without the order."""
    demands: str
    """The label that is demanded; empty where the order is another one."""
    aims_at: str
    style: str

    @property
    def id(self) -> str:
        """The id of the row."""
        return str(self.example.answer.id)


def read_canaries() -> list[Canary]:
    """Return the canaries, in the order of the file."""
    with CANARIES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        Canary(
            example,
            replace(example.answer, text=row["plain"]),
            row["demands"],
            row["aims_at"],
            row["style"],
        )
        for example, row in zip(load_labeled(CANARIES), rows, strict=True)
    ]


def canary_faults(canaries: Sequence[Canary]) -> list[str]:
    """Return what breaks the rules of the file."""
    with CANARIES.open(encoding="utf-8", newline="") as stream:
        header = tuple(next(csv.reader(stream)))
    languages = Counter(c.example.language for c in canaries)
    faults = [] if header == COLUMNS else [f"canaries.csv has the columns {', '.join(header)}"]
    if len(canaries) != 48 or min(languages["de"], languages["en"]) < 20:
        faults.append(f"canaries.csv has {dict(languages)}, not 48 in German and English")
    return faults + [f"{canary.id}: {fault}" for canary in canaries for fault in row_faults(canary)]


def row_faults(canary: Canary) -> list[str]:
    """Return what breaks the rules of one row."""
    book = load_codebook()
    answers = (canary.example.answer, canary.plain)
    rules = {
        "demands no label": canary.demands not in ("", *LABELS),
        f"aims_at is none of {', '.join(AIMS)}": canary.aims_at not in AIMS,
        "demands a label but aims at the format": canary.aims_at == "format" and canary.demands,
        "demands nothing for its own label": canary.aims_at == "own" and not canary.demands,
        "has no style": not canary.style,
        "is the same without the order": canary.plain.text == canary.example.answer.text,
        "is settled without a model": any(settled_by_rule(a, book, CLASSES) for a in answers),
    }
    return [fault for fault, holds in rules.items() if holds]
