"""Builds labeled/train.csv and labeled/vectors.npz from JSON Lines of invented answers.

Usage: python eval/build_labeled.py answers.jsonl [...]
Without files, only the vectors are built again from labeled/train.csv.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np

from fitcheck.classifiers.encoders import UseEncoder, text_key
from fitcheck.classifiers.segments import normalize, split_segments
from fitcheck.labeled import LABELED_COLUMNS, load_labeled

LABELED = Path(__file__).parents[1] / "labeled"


def write_answers(files: list[str]) -> None:
    """Write the answers of the files as csv, without repeated texts under one question."""
    seen: set[tuple[str, str]] = set()
    with (LABELED / "train.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, LABELED_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for file in files:
            for line in Path(file).read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                if (key := (entry["question"], entry["text"])) in seen:
                    continue
                seen.add(key)
                themes = {hit["theme"]: hit["polarity"] for hit in entry["themes"]}
                row = {name: entry.get(name, "") for name in LABELED_COLUMNS}
                row["id"] = f"s{len(seen):04d}"
                row["themes"] = ";".join(f"{name}:{sign}" for name, sign in themes.items())
                row["flags"] = ";".join(entry["flags"])
                writer.writerow(row)


def write_vectors() -> None:
    """Write the sentence vector of every text and segment, as int8 with one scale each."""
    texts = {
        normalize(text)[:1000]
        for example in load_labeled(LABELED / "train.csv")
        for text in (
            example.answer.text,
            *(segment.text for segment in split_segments(example.answer.text)),
        )
    }
    encoder = UseEncoder()
    encoder._shipped = {}
    ordered = sorted(texts)
    vectors = encoder.encode(ordered)
    scales = np.abs(vectors).max(axis=1) / 127
    np.savez_compressed(
        LABELED / "vectors.npz",
        encoder=np.array(encoder.id),
        keys=np.array([text_key(text) for text in ordered]),
        scales=scales.astype(np.float32),
        values=np.round(vectors / scales[:, None]).astype(np.int8),
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        write_answers(sys.argv[1:])
    write_vectors()
