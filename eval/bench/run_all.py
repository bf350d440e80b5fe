"""Runs every bench, one after the other, and says before how long each took the last time.

Usage: python eval/bench/run_all.py [--output FOLDER]
Fitted models lie in a folder that is made for it. A bench that fails does not stop the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from record import HERE, read_record

BENCHES = (
    "startup",
    "reading",
    "redaction",
    "baseline",
    "llm",
    "rates",
    "report",
    "workbook",
    "large",
    "growth",  # takes over what `large` found
    "peers",
)


def main(arguments: list[str]) -> int:
    """Run all; return 1 if one failed."""
    tell_duration()
    failed = []
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "FITCHECK_CACHE": cache}
        for name in BENCHES:
            command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
            if subprocess.run(command, env=environment, check=False).returncode:
                failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def tell_duration() -> None:
    """Print how long each bench took the last time."""
    took = {name: (read_record(name) or {}).get("took_s") for name in BENCHES}
    for name, seconds in took.items():
        print(f"{name:10}", "unknown" if seconds is None else f"{seconds / 60:5.1f} minutes")
    known = sum(seconds for seconds in took.values() if seconds is not None)
    print(f"{'together':10} {known / 60:5.1f} minutes, as recorded last", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
