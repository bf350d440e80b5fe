"""Times every path with more and more rows, and how steeply time and memory grow.

Usage: python eval/bench/growth.py [--most N] [--output FOLDER]
Whole commands, with 1,000 rows, 10,000 and so on; medians of three where they are short. A slope is
the exponent by which a value grows from the second last number of rows to the last one: 1 is a
straight line, 0 is constant. What would take more than three minutes of the processor is left out
and says so.
Files of `large.py` are not timed twice where its record is of the same code and machine.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from fake_server import serving
from invented import ANSWER_COLUMNS, coded, survey, write
from process import Spent, fitcheck, middle, run
from record import Bench, read_record, warm_up

from fitcheck.annotation.filling import Coding, fill_sheet
from fitcheck.annotation.sheet import read_sheet
from fitcheck.codebook import load_codebook

FIRST = 1_000
LONGEST_S = 300
REPEATED = 10_000
"""Up to so many rows each run is repeated."""
Command = Callable[[Path, int], list[str]]
"""Returns the command for a file of so many rows, having written what it needs."""


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, most=1_000_000)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        warm_up(write(folder / "small.csv", survey(1)))
        server = stack.enter_context(serving())
        asked = ["--classifier", "llm", "--model", "fake", "--base-url", server.url]
        asked += ["--batch-size", "20", "--no-cache"]
        paths: dict[str, tuple[Command, int]] = {
            "classify csv": (reads("classify", "csv"), 10**6),
            "classify jsonl": (reads("classify", "jsonl"), 10**6),
            "classify parquet": (reads("classify", "parquet"), 10**6),
            "classify xlsx": (reads("classify", "xlsx"), 10**6),
            "classify csv, language model": (reads("classify", "csv", *asked), 10**5),
            "inspect csv": (reads("inspect", "csv"), 10**6),
            "sample": (sample, 10**6),
            "rates": (rates, 10**6),
            "report": (report, 10**6),
        }
        for name, (path, most) in paths.items():
            grow(bench, name, path, min(most, bench.sizes["most"]), folder)
    bench.write(slopes=slopes(bench.cases))


def grow(bench: Bench, name: str, path: Command, most: int, folder: Path) -> None:
    """Time a path with more and more rows."""
    last, rows = 0.0, min(FIRST, most)
    while rows <= most:
        if known := of_large(bench, name, rows):
            bench.add(name, rows=rows, **known)
        elif 10 * last > LONGEST_S:
            bench.add(name, rows=rows, left_out=f"more than {LONGEST_S} CPU s")
        else:
            command = path(folder, rows)
            repeats = 3 if rows <= min(REPEATED, most / 10) else 1
            spent: Spent = middle([run(command) for _ in range(repeats)])
            last = spent.cpu_s  # by the clock a busy machine would leave out more
            bench.add(name, spent, rows=rows)
        rows *= 10


def of_large(bench: Bench, name: str, rows: int) -> dict[str, Any] | None:
    """Return what `large.py` recorded of the same run, on this machine, of this code."""
    record = read_record("large", bench.output)
    if record is None or record["rows"] != rows:
        return None
    if any(record["machine"][fact] != bench.machine[fact] for fact in ("cpu", "fitcheck")):
        return None
    found = (case for case in record["cases"] if f"classify {case['case']}" == name)
    return next(({k: case[k] for k in ("wall_s", "cpu_s", "peak_mb")} for case in found), None)


def reads(verb: str, ending: str, *options: str) -> Command:
    """Return a path that reads a survey."""

    def command(folder: Path, rows: int) -> list[str]:
        path = write(folder / f"survey.{ending}", survey(rows))
        force = ["--force"] if verb == "classify" else []
        return fitcheck(verb, path, "--quiet", "--max-megabytes", "1000", *force, *options)

    return command


def answers_table(folder: Path, rows: int) -> Path:
    """Write an answers table, and return its path."""
    return write(folder / "answers.csv", coded(rows), ANSWER_COLUMNS)


def sample(folder: Path, rows: int) -> list[str]:
    """Draw respondents of all personas."""
    return fitcheck("sample", answers_table(folder, rows), "--force", "--quiet")


def rates(folder: Path, rows: int) -> list[str]:
    """Judge personas by a sample that is labelled."""
    command = sample(folder, rows)
    run(command)
    sheet = folder / "answers.sample.xlsx"
    book = load_codebook()
    filled = read_sheet(sheet, book)
    codings = {
        row.key: Coding("not_fit" if i % 40 == 0 else "fit") for i, row in enumerate(filled.rows)
    }
    sheet.write_bytes(fill_sheet(sheet.read_bytes(), filled, book, codings))
    return fitcheck("rates", folder / "answers.csv", "--labels", sheet, "--quiet")


def report(folder: Path, rows: int) -> list[str]:
    """Write a page by a sample that is labelled."""
    *_, table, _, sheet, _ = rates(folder, rows)
    return fitcheck("report", table, "--labels", sheet, "--force", "--quiet")


def slopes(cases: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return by path how each value grows between its last two numbers of rows."""
    found: dict[str, dict[str, Any]] = {}
    measured = [case for case in cases if "left_out" not in case]
    for before, after in pairwise(measured):
        if before["case"] == after["case"]:
            decade = math.log(after["rows"] / before["rows"])
            found[after["case"]] = {
                "rows": [before["rows"], after["rows"]],
                **{
                    key: round(math.log(after[key] / before[key]) / decade, 2)
                    for key in ("wall_s", "cpu_s", "peak_mb")
                    if before[key] and after[key]
                },
            }
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
