"""Times the workbook of `report`, and `classify` on a workbook, with many rows.

Usage: python eval/bench/workbook.py [N_ROWS]
The answers are invented: words drawn together, in lengths like those of surveys. Prints a line and
writes eval/bench/workbook.json. Seconds are those of whole commands with their start: by the clock,
and of the processor, which other programs do not lengthen.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
PERSONAS = ("Produktion (Schicht)", "Führungskraft", "Vertrieb", "Verwaltung", "Auszubildende")
HEADINGS = ("ID", "In welcher Rolle arbeiten Sie?", "Wie passend war das Training für Sie?")
LABELS = ("fit", "not_fit", "no_signal")
COLUMNS = "row,id,persona,question,text,label,p_not_fit,themes,quote,flags,source,failure"
WORDS = (  # noqa: SIM905 (a line of words reads better)
    "Beispiele Maschine Übung Gruppe Unterlagen Tempo Schicht Kunden Vorwissen Trainerin Pausen "
    "passte fehlte half war nicht kaum sehr gut neu bekannt zu schnell langsam für unsere Arbeit "
    "im Alltag mit ohne den die das Thema Software Anlage Termin Praxis Theorie und aber weil"
).split()


def main(arguments: list[str]) -> None:
    """Measure and write."""
    n = int(arguments[0]) if arguments else 50_000
    with tempfile.TemporaryDirectory() as folder:
        answers, export = Path(folder) / "answers.csv", Path(folder) / "export.xlsx"
        write_answers(answers, n)
        write_export(export, n)
        report = timed("report", answers, "--format", "xlsx")
        book = answers.with_name("answers.report.xlsx")
        found = {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "rows": n,
            "report": report,
            "report_megabytes": round(book.stat().st_size / 1e6, 1),
            "classify_rows": timed("classify", export),
            "classify_answers": timed("classify", export, "--format", "answers"),
            "classify_report": timed("classify", book, "--format", "answers"),
            "peak_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        }
    (HERE / "workbook.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(" | ".join(f"{key} {value}" for key, value in found.items()))


def write_answers(path: Path, n: int) -> None:
    """Write an answers table of invented answers."""
    say = speaker()
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS.split(","))
        for i in range(n):
            text, label = say(), LABELS[i % 3]
            quote, themes = " ".join(text.split()[:4]), "need_timing:wish;level_pace:negative"
            said = (label, 0.25, themes, quote, "", "baseline", "")
            writer.writerow([i + 2, f"p{i}", PERSONAS[i % 5], HEADINGS[2], text, *said])


def write_export(path: Path, n: int) -> None:
    """Write the export of a survey with as many respondents."""
    say = speaker()
    book = openpyxl.Workbook(write_only=True)
    table = book.create_sheet("Daten")
    table.append(HEADINGS)
    for i in range(n):
        table.append([f"p{i}", PERSONAS[i % 5], say()])
    book.save(path)


def speaker() -> Callable[[], str]:
    """Return what invents answers: the same ones each time, of 3 to 40 words."""
    drawn = random.Random(6)  # noqa: S311 (nothing is kept secret by it)
    return lambda: " ".join(drawn.choices(WORDS, k=min(40, 3 + int(drawn.expovariate(1 / 12)))))


def timed(*arguments: str | Path) -> dict[str, float]:
    """Return the seconds that a command takes."""
    command = [sys.executable, "-m", "fitcheck", *map(str, arguments), "--quiet"]
    started, used = time.perf_counter(), processor_s()
    subprocess.run(command, check=True)
    return {
        "wall_s": round(time.perf_counter() - started, 1),
        "processor_s": round(processor_s() - used, 1),
    }


def processor_s() -> float:
    """Return the seconds that the processor spent on ended commands."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
