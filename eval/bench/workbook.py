"""Times `classify` on workbooks with many rows, and on the workbook of `report`.

Usage: python eval/bench/workbook.py [--rows N] [--output FOLDER]
The answers are invented, of 3 to 40 words. Whole processes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from invented import ANSWER_COLUMNS, HEADINGS, coded, survey, write
from process import fitcheck, run
from record import Bench, warm_up


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=50_000)
    rows = bench.sizes["rows"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        warm_up(write(folder / "small.csv", survey(1)))
        three = (row[:3] for row in survey(rows, None))
        export = write(folder / "export.xlsx", three, HEADINGS[:3])
        answers = write(folder / "answers.csv", coded(rows, None), ANSWER_COLUMNS)
        run(fitcheck("report", answers, "--format", "xlsx", "--output", folder / "report.xlsx"))
        for case, told in {
            "an export, back as a workbook": (export,),
            "an export, to an answers table": (export, "--format", "answers"),
            "a report, to an answers table": (folder / "report.xlsx", "--format", "answers"),
        }.items():
            spent = run(fitcheck("classify", *told, "--force", "--quiet"))
            bench.add(case, spent, answers_per_s=round(rows / spent.wall_s))
    bench.write()


if __name__ == "__main__":
    main(sys.argv[1:])
