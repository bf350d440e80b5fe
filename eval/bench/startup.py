"""Times how long commands take that have little to do: each in a new process.

Usage: python eval/bench/startup.py [--rows N] [--repeats N] [--output FOLDER]
Medians of runs that take turns. The system keeps the files of the program in memory; nothing else
is left from one run to the next, except the fitted model where the case says so.
"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path

from invented import survey, write
from process import Spent, fitcheck, in_turn, run
from record import Bench, warm_up


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=100, repeats=10)
    script = Path(sysconfig.get_path("scripts")) / "fitcheck"
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "small.csv", survey(bench.sizes["rows"]))
        classify = fitcheck("classify", path, "--force", "--quiet")
        warm_up(path)

        def without_cache() -> Spent:
            with tempfile.TemporaryDirectory() as empty:
                return run(classify, {"FITCHECK_CACHE": empty})

        found = in_turn(
            {
                "python -c pass": lambda: run([sys.executable, "-c", "pass"]),
                "import fitcheck": lambda: run([sys.executable, "-c", "import fitcheck"]),
                "fitcheck --help": lambda: run([str(script), "--help"]),
                "classify, fitted model in the cache": lambda: run(classify),
                "classify, empty cache": without_cache,
            },
            bench.sizes["repeats"],
        )
    bare = found["python -c pass"].wall_s
    for case, spent in found.items():
        bench.add(case, spent, times_bare_python=round(spent.wall_s / bare, 1))
    bench.write()


if __name__ == "__main__":
    main(sys.argv[1:])
