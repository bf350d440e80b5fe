"""Records what a bench measured: one JSON a bench, with the same facts about the machine."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from process import Spent, fitcheck, run

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "openai")


class Bench:
    """A bench: its options, the machine it runs on, and what it found.

    Parameters
    ----------
    script : str
        Its file; the name is that of the record.
    doc : str
        What ``--help`` says.
    arguments : sequence of str
        The command line: ``--output FOLDER``, and ``--NAME N`` for each size.
    **sizes : int
        What can be made smaller, by name, such as ``rows``.
    """

    def __init__(
        self, script: str, doc: str | None, arguments: Sequence[str], **sizes: int
    ) -> None:
        self.name = Path(script).stem
        parser = argparse.ArgumentParser(
            description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--output", type=Path, default=RECORDED, help="folder of the record")
        for size, default in sizes.items():
            parser.add_argument(f"--{size}", type=int, default=default, help=f"[{default:,}]")
        chosen = vars(parser.parse_args(arguments))
        self.output: Path = chosen.pop("output")
        self.sizes: dict[str, int] = chosen
        self.machine = machine_facts()
        self.cases: list[dict[str, Any]] = []
        self._started = time.monotonic()

    def add(self, case: str, spent: Spent | None = None, **values: Any) -> None:
        """Keep and print a case."""
        entry = {"case": case, **(spent.values if spent else {}), **values}
        self.cases.append(entry)
        print(self.name, *(f"{k} {v}" for k, v in entry.items()), sep=" | ", flush=True)

    def write(self, **facts: Any) -> None:
        """Write the record."""
        self.output.mkdir(parents=True, exist_ok=True)
        took = round(time.monotonic() - self._started)
        found = {
            "machine": self.machine,
            "took_s": took,
            **self.sizes,
            **facts,
            "cases": self.cases,
        }
        path = self.output / f"{self.name}.json"
        text = json.dumps(found, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def warm_up(path: Path, *options: str) -> None:
    """Classify a file, so that the fitted model lies in the cache."""
    run(fitcheck("classify", path, "--force", "--quiet", *options))


def read_record(name: str, folder: Path = RECORDED) -> dict[str, Any] | None:
    """Return what was recorded last; None if nothing was."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def machine_facts() -> dict[str, Any]:
    """Return what the measured depends on, and whether the machine is busy with other work."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "os": platform.platform(),
        "python": platform.python_version(),
        "fitcheck": f"{version('fitcheck-feedback')} ({_commit()})",
        **{package: _version(package) for package in PACKAGES},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    """Return the commit of the code, and whether it was changed since."""
    commit = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--", "../../src", "*.py")
    return f"{commit}, changed" if changed else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else "no commit"
