"""Times reading of a survey by `read_answers`, by `fitcheck inspect`, and of its cells by pandas.

Usage: python eval/bench/reading.py [--rows N] [--repeats N] [--output FOLDER]
Whole processes, with their start; medians of runs that take turns. pandas is told the separator and
to keep strings as they are; it looks for no columns, headings or encodings.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from invented import survey, write
from process import fitcheck, in_turn, run
from record import Bench

PANDAS = {
    "csv": "read_csv({path!r}, sep=';', dtype=str, keep_default_na=False)",
    "jsonl": "read_json({path!r}, lines=True, dtype=False, convert_dates=False)",
    "parquet": "read_parquet({path!r})",
    "xlsx": "read_excel({path!r}, engine='calamine', dtype=str, keep_default_na=False)",
}


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=100_000, repeats=3)
    rows = bench.sizes["rows"]
    with tempfile.TemporaryDirectory() as folder:
        for ending, call in PANDAS.items():
            path = str(write(Path(folder) / f"survey.{ending}", survey(rows)))
            library = f"import fitcheck; assert len(fitcheck.read_answers({path!r})) == {rows}"
            pandas = f"import pandas; assert len(pandas.{call.format(path=path)}) == {rows}"
            found = in_turn(
                {
                    "read_answers": lambda code=library: run([sys.executable, "-c", code]),  # type: ignore[misc]
                    "inspect": lambda path=path: run(fitcheck("inspect", path, "--quiet")),  # type: ignore[misc]
                    "pandas": lambda code=pandas: run([sys.executable, "-c", code]),  # type: ignore[misc]
                },
                bench.sizes["repeats"],
            )
            for name, spent in found.items():
                bench.add(
                    f"{ending}, {name}",
                    spent,
                    rows_per_s=round(rows / spent.wall_s),
                    times_pandas=round(spent.wall_s / found["pandas"].wall_s, 2),
                )
    bench.write()


if __name__ == "__main__":
    main(sys.argv[1:])
