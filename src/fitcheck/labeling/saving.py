"""Puts decisions from the journal into the sheet while the coder goes on."""

from __future__ import annotations

import contextlib
import threading

from fitcheck.errors import FitcheckError
from fitcheck.labeling.store import LabelStore

_PAUSE_S = 0.3
"""Between two writings: a large sheet takes longer to write than a decision takes."""
_RETRY_S = 3.0
"""Until a sheet that another program held is tried again."""


class Saver:
    """A thread that saves after each decision, and again while that does not work."""

    def __init__(self, store: LabelStore) -> None:
        self._store = store
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)

    def start(self) -> None:
        """Begin, with what a killed run left."""
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Say that there is something to save."""
        self._wanted.set()

    def stop(self) -> None:
        """End after the writing that is going on."""
        self._ended.set()
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            waiting = self._store.problem or self._store.n_unsaved
            self._wanted.wait(_RETRY_S if waiting else None)
            self._wanted.clear()
            if self._ended.is_set():
                return
            # The store says why it failed, the page shows it, and the journal has everything.
            with contextlib.suppress(FitcheckError):
                self._store.save()
            self._ended.wait(_PAUSE_S)
