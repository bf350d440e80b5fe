"""Asks in threads: as many requests at once as a run may have, and none too early."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from fitcheck.llm.pace import Pace

Request = TypeVar("Request")
Result = TypeVar("Result")


def in_threads(
    ask: Callable[[Request], Result],
    next_request: Callable[[], Request | None],
    pace: Pace,
    concurrency: int,
) -> Generator[Result, None, None]:
    """Yield what asking brings, in the order in which it becomes known.

    Until the server has answered once, requests go alone: a wrong key or model is found out before
    anything else is sent. A request is made when a thread is free for it, so what an earlier one
    brought can decide it. Close the generator to stop: nothing new is sent then, and what is on its
    way is paid for, so it is waited for.

    Parameters
    ----------
    ask : callable
        Sends a request, in a thread.
    next_request : callable
        Returns what to ask next; None if that depends on what is on its way, or all is asked.
    pace : Pace
        Knows whether the server has answered; it is stopped if the run ends early.
    concurrency : int
        Requests in flight.
    """
    pending: set[Future[Result]] = set()
    with ThreadPoolExecutor(concurrency, thread_name_prefix="fitcheck") as pool:
        try:
            while True:
                at_once = concurrency if pace.has_worked else 1
                while len(pending) < at_once and (request := next_request()) is not None:
                    pending.add(pool.submit(ask, request))
                if not pending:
                    return
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            pace.stop()
            raise
