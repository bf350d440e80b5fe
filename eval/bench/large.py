"""Times `fitcheck classify` of files that are larger than what is held in memory.

Usage: python eval/bench/large.py [--rows N] [--output FOLDER]
The answers have 15 words that are drawn by lot from the shipped ones, so that all are different;
other columns make a row about 410 bytes long.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from invented import WORDS, survey, write
from process import fitcheck, run
from record import Bench, warm_up


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=1_000_000)
    rows = bench.sizes["rows"]
    with tempfile.TemporaryDirectory() as folder:
        warm_up(write(Path(folder) / "small.csv", survey(1)))
        for ending in ("csv", "jsonl", "parquet"):
            path = write(Path(folder) / f"large.{ending}", survey(rows))
            output = Path(folder) / f"labelled.{ending}"
            spent = run(fitcheck("classify", path, "--output", output, "--force", "--quiet"))
            bench.add(
                ending,
                spent,
                file_mb=round(path.stat().st_size / 1e6),
                answers_per_s=round(rows / spent.wall_s),
                answers_per_two_cpu_s=round(2 * rows / spent.cpu_s),
            )
            path.unlink()
            output.unlink()
    bench.write(words=WORDS)


if __name__ == "__main__":
    main(sys.argv[1:])
