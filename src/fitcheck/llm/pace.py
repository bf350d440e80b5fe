"""Keeps all threads of a run within the server's limits, and waits when it asks to."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from copy import copy
from typing import Self

from fitcheck.errors import LLMError

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_FAILS_ALWAYS = 8
"""Failures in a row, by all threads, after which the server and not a request is to blame."""
_TRIES_AT_START = 4
"""How often a server that never answered is tried."""


class Pace:
    """Requests and tokens a minute, pauses, and the patience with a server that is away.

    Parameters
    ----------
    rpm, tpm : float, optional
        Most requests and tokens a minute.
    max_wait_s : float
        Seconds that a server may be busy or away in a row before the run stops.
    host : str
        For the error.
    clock, sleep : callable
        For tests.
    """

    def __init__(
        self,
        rpm: float | None,
        tpm: float | None,
        max_wait_s: float,
        host: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._clock, self._sleep = clock, sleep or self._wait
        self._buckets = [_Bucket(limit / 60, clock()) for limit in (rpm,) if limit]
        self._token_bucket = _Bucket(tpm / 60, clock()) if tpm else None
        self._max_wait_s, self._host = max_wait_s, host
        self._paused_until = 0.0
        self._trouble_since: float | None = None
        self._troubles = self._pauses = 0
        self._worked = False

    def again(self) -> Self:
        """Return the pace of another round: the same limits go on, a stop and troubles do not."""
        same = copy(self)  # the lock and what is left of the limits are shared
        same.stopped = threading.Event()
        if self._sleep == self._wait:
            same._sleep = same._wait
        same._trouble_since, same._troubles, same._pauses = None, 0, 0
        return same

    def wait_turn(self, tokens: int) -> None:
        """Return when a request of so many tokens may be sent."""
        while not self.stopped.is_set():
            with self._lock:
                now = self._clock()
                wait = max(0.0, self._paused_until - now)
                if not wait:
                    wait = self._take(now, tokens)
                if not wait:
                    return
            self._sleep(wait)

    def book(self, tokens: int) -> float:
        """Count a request of so many tokens now, and return the seconds until it may be sent.

        Turns are given in the order in which they are asked for, so that nobody has to ask twice.
        """
        with self._lock:
            now = self._clock()
            wait = self._wait_for(now, tokens)
            self._count(tokens)
            return max(wait, self._paused_until - now)

    def pause(self, seconds: float) -> None:
        """Let nothing be sent for so long."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _take(self, now: float, tokens: int) -> float:
        """Return 0 where the request was counted, else the seconds to wait for it."""
        wait = self._wait_for(now, tokens)
        if not wait:
            self._count(tokens)
        return wait

    def _wait_for(self, now: float, tokens: int) -> float:
        waits = (bucket.wait_for(amount, now) for bucket, amount in self._asked(tokens))
        return max(waits, default=0.0)

    def _count(self, tokens: int) -> None:
        for bucket, amount in self._asked(tokens):
            bucket.take(amount)

    def _asked(self, tokens: int) -> list[tuple[_Bucket, float]]:
        asked = [(bucket, 1.0) for bucket in self._buckets]
        return asked + ([(self._token_bucket, float(tokens))] if self._token_bucket else [])

    def worked(self) -> None:
        """Note that the server answered."""
        with self._lock:
            self._worked = True
            self._trouble_since, self._troubles, self._pauses = None, 0, 0

    def trouble(self, kind: str, retry_after_s: float | None = None) -> None:
        """Note that the server is busy, away or failing; return when this thread may go on.

        A failure among replies is the request's own: only this thread waits a moment. A server
        that is busy or away, or fails many times in a row, makes all threads wait.

        Raises
        ------
        LLMError
            If that has lasted too long.
        """
        with self._lock:
            now = self._clock()
            self._troubles += 1
            self._trouble_since = now if self._trouble_since is None else self._trouble_since
            lasted = now - self._trouble_since
            never = kind == "gone" and not self._worked and self._troubles >= _TRIES_AT_START
            if never or lasted + (retry_after_s or 0) > self._max_wait_s:
                raise self._lost(kind)
            beyond = self._troubles - (1 if kind in ("gone", "rate_limit") else _FAILS_ALWAYS)
            wait = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._pauses, 10))
            wait *= random.uniform(0.5, 1.0)  # noqa: S311
            if retry_after_s is not None:
                # What the server asks for is a lower bound; the jitter spreads the threads.
                wait = retry_after_s + 0.1 * wait
            is_new = now >= self._paused_until
            if retry_after_s is not None or (beyond >= 0 and is_new):
                self._paused_until = max(self._paused_until, now + wait)
                self._pauses += is_new  # not once a thread: a short outage needs a short wait
        if beyond < 0:
            self._sleep(wait)

    def take_breath(self) -> None:
        """Wait a moment, this thread alone: what it asked is to blame, and may still pass."""
        self._sleep(_FIRST_WAIT_S / 2)

    @property
    def has_worked(self) -> bool:
        """Whether the server ever answered."""
        return self._worked

    def stop(self) -> None:
        """Wake every thread; none sends anything more."""
        self.stopped.set()

    def _wait(self, seconds: float) -> None:
        self.stopped.wait(seconds)

    def _lost(self, kind: str) -> LLMError:
        if kind == "gone":
            return LLMError(
                "No model answers at {host}.",
                "Check --base-url and whether the server runs, then run the command again; "
                "replies so far are kept.",
                host=self._host,
            )
        return LLMError(
            "{host} has been busy or failing for too long.",
            "Run the command again later, or with a lower --concurrency or --rpm; replies so far "
            "are kept.",
            host=self._host,
        )


class _Bucket:
    """A token bucket that holds what is allowed in a second, at least one request."""

    def __init__(self, per_second: float, now: float) -> None:
        self.per_second = per_second
        self.capacity = max(1.0, per_second)
        self.level, self.at = self.capacity, now

    def wait_for(self, amount: float, now: float) -> float:
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_second)
        self.at = now
        # More than the bucket holds is let through when it is full, and paid back afterwards.
        return max(0.0, (min(amount, self.capacity) - self.level) / self.per_second)

    def take(self, amount: float) -> None:
        self.level -= amount
