"""Times `fitcheck classify` of a large file, and measures its memory in all processes.

Usage: python eval/bench/large.py [N_ROWS]
The answers have 15 words that are drawn by lot from the shipped ones, so that all are different;
other columns make a row about 410 bytes long. Prints a line and writes eval/bench/large.json.
Memory is read from Linux's /proc, shared pages counted once.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fitcheck.labeled import answers_of, load_labeled

HERE = Path(__file__).parent
WORDS = 15
ROLES = ("Führungskraft", "Pflege", "Verwaltung", "Vertrieb", "Azubi")


def main(arguments: list[str]) -> None:
    """Measure and write."""
    n_rows = int(arguments[0]) if arguments else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, n_rows)
        classify(path, 1)  # fits the model if there is none yet
        found = {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "rows": n_rows,
            "words": WORDS,
            "megabytes": round(path.stat().st_size / 1e6),
            **classify(path),
        }
    found["answers_per_two_cpu_s"] = round(2 * n_rows / found["cpu_s"])
    (HERE / "large.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(" | ".join(f"{key} {value}" for key, value in found.items()))


def write(path: Path, n_rows: int) -> None:
    """Write a file of invented answers."""
    lot = random.Random(1)  # noqa: S311
    words = [word for answer in answers_of(load_labeled("train")) for word in answer.text.split()]
    question = "Wie passend war das Training für Sie?"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["Bogennummer", "Rolle", question, "Kurs", "Kurs-ID", "Datum", "Token"])
        for i in range(n_rows):
            text = " ".join(lot.choices(words, k=WORDS))
            course = f"Grundlagen der Arbeitssicherheit, Modul {i % 12} von 12; " * 3
            more = [course, f"K-{i % 997}", f"2026-{i % 12 + 1:02d}-{i % 28 + 1:02d}", f"{i:0128x}"]
            writer.writerow([f"T{i:07d}", lot.choice(ROLES), text, *more])


def classify(path: Path, n_rows: int | None = None) -> dict[str, float]:
    """Run the command, on the first rows or on all."""
    if n_rows is not None:
        lines = path.read_text(encoding="utf-8")[:2000].split("\n")[: n_rows + 1]
        path = path.with_name("small.csv")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    started, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "fitcheck", "classify", str(path), "--force", "--quiet"]
    process = subprocess.Popen(command)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(memory, family(process.pid))))
        time.sleep(0.2)
    if process.returncode:
        sys.exit("the command failed")
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(used, 1),
        "peak_megabytes": round(peak / 1000),
    }


def family(pid: int) -> list[int]:
    """Return a process and those that it started."""
    try:
        children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        children = []
    return [pid, *(other for child in children for other in family(child))]


def memory(pid: int) -> int:
    """Return a process's memory in kilobytes; shared pages are divided among those that share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main(sys.argv[1:])
