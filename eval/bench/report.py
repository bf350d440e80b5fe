"""Times `fitcheck report` of many answers, in each of its forms.

Usage: python eval/bench/report.py [--rows N] [--output FOLDER]
The answers are invented, of 3 to 40 words; about one in twenty is not_fit. Whole processes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from invented import ANSWER_COLUMNS, coded, write
from process import fitcheck, run
from record import Bench

TARGETS = {"html": "page.html", "text": "said.txt", "xlsx": "book.xlsx", "tables": "tables"}


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=50_000)
    rows = bench.sizes["rows"]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "answers.csv", coded(rows, None), ANSWER_COLUMNS)
        for form, name in TARGETS.items():
            target = Path(folder) / name
            spent = run(fitcheck("report", path, "--format", form, "--output", target, "--quiet"))
            files = [target] if target.is_file() else list(target.iterdir())
            size = sum(file.stat().st_size for file in files)
            bench.add(
                form, spent, answers_per_s=round(rows / spent.wall_s), written_kb=round(size / 1e3)
            )
    bench.write()


if __name__ == "__main__":
    main(sys.argv[1:])
