"""Times whole runs with a language model against the fake server: clean, and with faults.

Usage: python eval/bench/llm.py [N_ANSWERS]
500 answers, 200 ms a request, 8 in flight, 20 answers a request. Prints a table and writes
eval/bench/llm.json. A fault spoils one request in twenty; one that stays is caused by one answer
in a hundred, whatever it is asked with. A server that is out fails on every request for a while.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fake_server import FAULTS, label_of, serving

HERE = Path(__file__).parent
WORDS = ("Halle", "Maschine", "Beispiel", "Übung", "Station", "Kurs", "Gruppe", "Vorlage", "Folie")


def main(arguments: list[str]) -> None:
    """Measure every case."""
    n = int(arguments[0]) if arguments else 500
    cases: list[tuple[str, dict[str, Any], str, list[str]]] = [("clean", {}, "", [])]
    cases += [("labels only", {}, "", ["--prompt", "labels-only.v1"])]
    cases += [
        (f"{fault}, passing", {"faults": {fault: 0.05}, "seed": 2}, "", []) for fault in FAULTS
    ]
    cases += [(f"{fault}, staying", {}, fault, []) for fault in FAULTS if fault != "429"]
    cases += [(f"out for {s} s", {"outage_s": s}, "", []) for s in (5, 40)]
    results = []
    for name, options, mark, extra in cases:
        results.append({"case": name, **measure(n, options, mark, extra)})
        print(" | ".join(f"{key} {value}" for key, value in results[-1].items()), flush=True)
    facts = {"python": platform.python_version(), "cpus": os.cpu_count(), "answers": n}
    text = json.dumps({**facts, "cases": results}, indent=1) + "\n"
    (HERE / "llm.json").write_text(text, encoding="utf-8")


def measure(n: int, options: dict[str, Any], mark: str, extra: list[str]) -> dict[str, Any]:
    """Return what one run of the command took, and whether its labels are right."""
    spoilt = set(range(7, n, 100)) if mark else set()
    texts = [
        f"{' '.join(WORDS[(i * k) % len(WORDS)] for k in range(1, 14))} "
        f"{f'#{mark} ' if i in spoilt else ''}{i}"
        for i in range(n)
    ]
    with tempfile.TemporaryDirectory() as folder, serving(latency_s=0.2, **options) as server:
        source, target = Path(folder) / "in.csv", Path(folder) / "out.csv"
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(
                [["ID", "Was hat gefallen?"], *([f"p{i}", text] for i, text in enumerate(texts))]
            )
        command = [sys.executable, "-m", "fitcheck", "classify", str(source), "-o", str(target)]
        command += ["--format", "answers", "--quiet", "--classifier", "llm", "--model", "fake"]
        command += ["--base-url", server.url, "--batch-size", "20", *extra]
        started = time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, "FITCHECK_CACHE": folder})
        wall = time.perf_counter() - started
        with target.open(encoding="utf-8-sig", newline="") as stream:
            labels = {row["text"]: row["label"] for row in csv.DictReader(stream)}
        prompt = server.n_prompt_characters - sum(
            len(text) * times for text, times in server.answered.items()
        )
        return {
            "wall_s": round(wall, 2),
            "requests": server.n_requests,
            "connections": server.n_connections,
            "prompt_characters_an_answer": round(prompt / n),
            "wrong": sum(labels[t] not in ("", label_of(t)) for t in texts),
            "lost": sum(not labels[t] and i not in spoilt for i, t in enumerate(texts)),
            "lost_spoilt": sum(not labels[texts[i]] for i in spoilt),
        }


if __name__ == "__main__":
    main(sys.argv[1:])
