"""A clock for tests of pace and patience."""

from __future__ import annotations


class Time:
    """A clock that only sleeping moves on."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds
