"""Measures a command as a whole: its time, its processor time, and the memory of its family.

Memory is read from Linux's /proc while the command runs: the sum over all its processes, pages
that some of them share counted once, or the peak that the kernel noted of one process, if that is
more. Elsewhere it is not known.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_EVERY_S = 0.05
_SHARE = 0.03
"""Of one core, that reading memory may take."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took."""

    wall_s: float
    """By the clock, from start to end."""
    cpu_s: float
    """Of the processor, user and system, in the command and all processes that it waited for."""
    peak_mb: float | None
    """Most memory of all its processes at one time, in 10^6 bytes."""

    @property
    def values(self) -> dict[str, float | None]:
        """What is recorded of it."""
        memory = None if self.peak_mb is None else round(self.peak_mb)
        return {"wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3), "peak_mb": memory}


class CommandFailed(Exception):  # noqa: N818
    """A command ended with an error."""

    def __init__(self, command: Sequence[str], words: str, spent: Spent) -> None:
        super().__init__(f"{' '.join(command)}\n{words}")
        self.words, self.spent = words, spent


def fitcheck(*arguments: str | Path) -> list[str]:
    """Return the command line of a verb."""
    return [sys.executable, "-m", "fitcheck", *map(str, arguments)]


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end and return what it took.

    Raises
    ------
    CommandFailed
        If it ends with another status than 0; its words are those to stderr.
    """
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=words,
            env={**os.environ, **(environment or {})},
        )
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        watch.end()
        process.returncode = os.waitstatus_to_exitcode(status)
        spent = Spent(wall, usage.ru_utime + usage.ru_stime, watch.peak_mb)
        if process.returncode:
            words.seek(0)
            raise CommandFailed(command, words.read().decode(errors="replace").strip(), spent)
    return spent


def middle(measured: Sequence[Spent]) -> Spent:
    """Return the median of each value."""
    peaks = [spent.peak_mb for spent in measured if spent.peak_mb is not None]
    return Spent(
        median(spent.wall_s for spent in measured),
        median(spent.cpu_s for spent in measured),
        median(peaks) if peaks else None,
    )


def in_turn(cases: Mapping[str, Callable[[], Spent]], repeats: int) -> dict[str, Spent]:
    """Return the median of each case; they take turns, so that a slow minute hits all alike."""
    measured: dict[str, list[Spent]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, measure in cases.items():
            measured[name].append(measure())
    return {name: middle(some) for name, some in measured.items()}


class _Watch:
    """Reads the memory of a process and its descendants, again and again."""

    def __init__(self, pid: int) -> None:
        self.peak_mb: float | None = None
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.is_set():
            started = time.thread_time()
            now = memory_mb(self._pid)
            if now is not None:
                self.peak_mb = max(self.peak_mb or 0.0, now)
            self._ended.wait(max(_EVERY_S, (time.thread_time() - started) / _SHARE))


def memory_mb(pid: int) -> float | None:
    """Return the memory of a process's family: of all now, or the peak of one if that is more."""
    found = [memory for member in family(pid) if (memory := _memory(member))]
    return max(sum(pss for pss, _ in found), *(peak for _, peak in found)) if found else None


def family(pid: int) -> Iterator[int]:
    """Yield a process and those that it started, through all its threads."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from family(int(child))


def _memory(pid: int) -> tuple[float, float] | None:
    """Return a process's share of memory now, and its own peak, in megabytes."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it ended meanwhile
        return None
    found = _line(rollup, "Pss:"), _line(status, "VmHWM:")
    return None if None in found else found  # type: ignore[return-value]


def _line(text: str, name: str) -> float | None:
    kibibytes = (line.split()[1] for line in text.splitlines() if line.startswith(name))
    return next((int(amount) * 1024 / 1e6 for amount in kibibytes), None)
