"""Times the bounds and the planning of many personas, and of one.

Usage: python eval/bench/rates.py [N_PERSONAS]
Each persona has 10,000 respondents, of whom 150 are labelled, one in five of them predicted
not_fit; counts are at hand. Prints a line and writes eval/bench/rates.json.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fitcheck.stats.planning import what_would_decide
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.stats.verdict import rates_of

HERE = Path(__file__).parent


def main(arguments: list[str]) -> None:
    """Measure and write."""
    n = int(arguments[0]) if arguments else 1000
    personas = [persona(np.random.default_rng(i)) for i in range(n)]
    single = [timed(lambda p=p: judge(p)) for p in personas[:20]]  # type: ignore[misc]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wall = timed(lambda: list(pool.map(judge, personas)))
    found = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "personas": n,
        "wall_s": round(wall, 2),
        "one_persona_s": round(statistics.median(single), 4),
    }
    (HERE / "rates.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(" | ".join(f"{key} {value}" for key, value in found.items()))


def persona(random: np.random.Generator) -> Strata:
    """Return a persona of which about 2 % are not_fit."""
    n_flagged = int(random.binomial(10_000, 0.06))
    flagged, others = (
        random.multinomial(n, shares)
        for n, shares in ((30, [0.3, 0.6, 0.1]), (120, [0.004, 0.75, 0.246]))
    )
    return Strata(
        Stratum(n_flagged, *map(int, flagged)), Stratum(10_000 - n_flagged, *map(int, others))
    )


def judge(strata: Strata) -> None:
    """Do for a persona what `fitcheck rates` does."""
    rate = rates_of(strata)["process", "signal"]
    if rate.verdict(0.05) == "undecided":
        what_would_decide(strata, "signal", 0.05, 0.05)


def timed(work: object) -> float:
    """Return the seconds that something takes."""
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1:])
