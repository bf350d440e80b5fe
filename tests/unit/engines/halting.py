"""A baseline that halts in the middle of a part until it is told to go on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fitcheck.records import Answer, Classifier, Prediction

_AT_MOST_S = 60


class HaltingBaseline:
    """Labels as the baseline does, once the file ``go on`` is there.

    Parameters
    ----------
    baseline : Classifier
        Who labels.
    folder : Path
        Where each process that halts leaves its number as the name of a file.
    """

    id = "baseline"

    def __init__(self, baseline: Classifier, folder: Path) -> None:
        self.baseline, self.folder = baseline, folder

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return the baseline's predictions."""
        (self.folder / f"{os.getpid()}.halts").touch()
        wait_for(lambda: (self.folder / "go on").exists())
        return self.baseline.annotate(X)

    def halting(self) -> list[int]:
        """Return the processes that halt or did."""
        return sorted(int(path.stem) for path in self.folder.glob("*.halts"))

    def go_on(self) -> None:
        """Let everybody go on."""
        (self.folder / "go on").touch()


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; the limit is there for a test that would hang."""
    for _ in range(_AT_MOST_S * 50):
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError


def is_alive(pid: int) -> bool:
    """Return whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
