"""Says whether a server works at the moment, so that no answer is blamed for an outage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from fitcheck.llm.base import ChatRequest


class Witness:
    """Knows by the replies of all threads, or by asking again what has worked.

    Parameters
    ----------
    ask : callable
        Sends a request and returns whether the server answered it.
    clock : callable
        For tests.

    Examples
    --------
    >>> witness = Witness(lambda request: False)
    >>> witness.works(since=0.0)
    False
    >>> witness.saw(ChatRequest((("user", "a"),), 9, {}))
    >>> witness.works(since=0.0), witness.works(since=witness.now())
    (True, False)
    """

    def __init__(
        self, ask: Callable[[ChatRequest], bool], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._ask, self.now = ask, clock
        self._asking = threading.Lock()
        self._good: ChatRequest | None = None
        self._worked_at = self._failed_at = float("-inf")
        self._n_asked = 0

    def saw(self, request: ChatRequest | None) -> None:
        """Note that the server answered just now; a request is one that is worth asking again."""
        self._worked_at = self.now()
        if request is None:
            return
        if self._good is None or request.max_tokens < self._good.max_tokens:
            self._good = request

    def works(self, since: float) -> bool:
        """Return whether the server answered anything since then; threads share what they learn.

        If it never answered, it is not known to work.
        """
        if self._worked_at > max(since, self._failed_at):
            return True
        with self._asking:  # whoever waits here is told by the one who asked
            if max(self._worked_at, self._failed_at) <= since:
                self._find_out()
            return self._worked_at > max(since, self._failed_at)

    def _find_out(self) -> None:
        if self._good is None:
            return
        self._n_asked += 1
        # One token more than before, so that no cache between us answers in the server's place.
        good = replace(self._good, max_tokens=self._good.max_tokens + self._n_asked)
        if self._ask(good):
            self._worked_at = self.now()
        else:
            self._failed_at = self.now()
