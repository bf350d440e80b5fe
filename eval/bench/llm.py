"""Times whole runs with a language model against the fake server: clean, and with faults.

Usage: python eval/bench/llm.py [--rows N] [--output FOLDER]
200 ms a request, 8 in flight, 20 answers a request. A fault spoils one request in twenty; one that
stays is caused by one answer in a hundred, whatever it is asked with. A server that is out fails on
every request for a while.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

from fake_server import FAULTS, FakeServer, label_of, serving
from process import Spent, fitcheck, run
from record import Bench

WORDS = ("Halle", "Maschine", "Beispiel", "Übung", "Station", "Kurs", "Gruppe", "Vorlage", "Folie")
QUESTION = "Was hat gefallen?"
LATENCY_S = 0.2


def main(arguments: list[str]) -> None:
    """Measure every case."""
    bench = Bench(__file__, __doc__, arguments, rows=500)
    rows = bench.sizes["rows"]
    cases: list[tuple[str, dict[str, Any], str, list[str]]] = [("clean", {}, "", [])]
    cases += [("labels only", {}, "", ["--prompt", "labels-only.v1"])]
    cases += [
        (f"{fault}, passing", {"faults": {fault: 0.05}, "seed": 2}, "", []) for fault in FAULTS
    ]
    cases += [(f"{fault}, staying", {}, fault, []) for fault in FAULTS if fault != "429"]
    cases += [(f"out for {s} s", {"outage_s": s}, "", []) for s in (5, 40) if rows >= 100]
    for case, options, mark, extra in cases:
        spent, found = measure(asked_texts(rows, mark), options, mark, extra)
        bench.add(case, spent, **found)
    bench.write()


def asked_texts(n: int, mark: str = "") -> list[str]:
    """Return answers whose labels follow from the number at their ends.

    One in a hundred has a `mark`, which spoils every reply it stands in.
    """
    return [
        f"{' '.join(WORDS[(i * k) % len(WORDS)] for k in range(1, 14))} "
        f"{f'#{mark} ' if mark and i % 100 == 7 else ''}{i}"
        for i in range(n)
    ]


def measure(
    texts: list[str], options: dict[str, Any], mark: str, extra: list[str]
) -> tuple[Spent, dict[str, int]]:
    """Return what one run of the command took, and how many of its labels are right."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(latency_s=LATENCY_S, **options) as server,
    ):
        source, target = Path(folder) / "in.csv", Path(folder) / "out.csv"
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(
                [["ID", QUESTION], *([f"p{i}", text] for i, text in enumerate(texts))]
            )
        command = fitcheck("classify", source, "-o", target, "--format", "answers", "--quiet")
        command += ["--classifier", "llm", "--model", "fake", "--base-url", server.url]
        spent = run([*command, "--batch-size", "20", *extra], {"FITCHECK_CACHE": folder})
        with target.open(encoding="utf-8-sig", newline="") as stream:
            labels = {row["text"]: row["label"] for row in csv.DictReader(stream)}
        return spent, {**sent(server, len(texts)), **outcome(labels, texts, mark)}


def sent(server: FakeServer, n: int) -> dict[str, int]:
    """Return what came to the server, for `n` answers."""
    answered = sum(len(text) * times for text, times in server.answered.items())
    return {
        "requests": server.n_requests,
        "connections": server.n_connections,
        "prompt_characters_an_answer": round((server.n_prompt_characters - answered) / n),
    }


def outcome(labels: dict[str, str], texts: list[str], mark: str) -> dict[str, int]:
    """Return how many labels are wrong or missing; of answers that spoil replies, apart."""
    spoilt = [text for text in texts if mark and f"#{mark} " in text]
    said = {text: labels.get(text, "") for text in texts}
    return {
        "wrong": sum(said[text] not in ("", label_of(text)) for text in texts),
        "lost": sum(not said[text] for text in texts if text not in spoilt),
        "lost_spoilt": sum(not said[text] for text in spoilt),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
