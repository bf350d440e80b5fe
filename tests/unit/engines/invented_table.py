"""An invented table of answers, in one parquet file and in several."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[3]
TEXT = "Wie passend war das Training?"
NAMES = ("Pflege", "Lager", "Verwaltung", "Leitung")


def invented(n: int = 240, *, respondents: int | None = None) -> pd.DataFrame:
    """Return rows of invented answers; with fewer respondents than rows, some have several."""
    with (ROOT / "labeled/train.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row["text"] for row in csv.DictReader(stream)][:n]
    who = [(i * 7) % (respondents or n) for i in range(n)]
    # One group of two and one of eight: the first is hidden, the second has no exact counts.
    group = ["Leitung" if w < 2 else "Verwaltung" if w < 10 else NAMES[w % 2] for w in who]
    return pd.DataFrame(
        {
            "Nr": [f"P{w}" for w in who],
            "Rolle": group,
            TEXT: [None if i % 17 == 5 else text for i, text in enumerate(texts)],
            "Note": [i % 6 + 1 for i in range(n)],
        }
    )


def write_files(frame: pd.DataFrame, folder: Path, n: int = 3) -> str:
    """Write the rows into so many files, and return the pattern that means them."""
    folder.mkdir()
    size = -(-len(frame) // n)
    for i in range(n):
        frame.iloc[i * size : (i + 1) * size].to_parquet(folder / f"f{i}.parquet", index=False)
    return str(folder / "*.parquet")
