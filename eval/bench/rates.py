"""Times the bounds and the planning of many personas, and of one.

Usage: python eval/bench/rates.py [--personas N] [--output FOLDER]
Each persona has 10,000 respondents, of whom 150 are labelled, one in five of them predicted
not_fit; counts are at hand. In this process, with as many threads as cores.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from record import Bench

from fitcheck.stats.planning import what_would_decide
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.stats.verdict import rates_of

SINGLE = 20
"""Personas that are timed one by one."""


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, personas=1000)
    personas = [persona(np.random.default_rng(i)) for i in range(bench.sizes["personas"])]
    single = [timed(lambda p=p: judge(p)) for p in personas[:SINGLE]]  # type: ignore[misc]
    bench.add(
        "one persona",
        wall_s=round(statistics.median(wall for wall, _ in single), 4),
        cpu_s=round(statistics.median(cpu for _, cpu in single), 4),
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wall, cpu = timed(lambda: list(pool.map(judge, personas)))
    bench.add("all personas", wall_s=round(wall, 2), cpu_s=round(cpu, 2))
    bench.write()


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


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something takes: by the clock, and of the processor."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


if __name__ == "__main__":
    main(sys.argv[1:])
