"""Processes that work on parts beside each other; results come in order, each once."""

from __future__ import annotations

import gc
import os
import queue
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from fitcheck.collecting import without_collecting
from fitcheck.engines.work import PartDone, PartWork
from fitcheck.errors import DataError, FitcheckError
from fitcheck.surveys.parts import Part

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

_TRIES = 3
_AHEAD = 2
"""Parts that a worker has: the one it works on, and the next."""
_WINDOW = 4
"""Parts a worker that may be done before an earlier one is."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def work_in_processes(
    work: PartWork, model: Path, parts: Iterable[Part], n_workers: int
) -> Iterator[PartDone]:
    """Yield what the work makes of each part, in order.

    Parameters
    ----------
    work : PartWork
        Goes to each worker once.
    model : Path
        A file of `save_model`, which each worker reads once.
    parts : iterable of Part
        Read as workers get free.
    n_workers : int
        Number of processes, at least 1.

    Raises
    ------
    DataError
        If a part ended its worker three times.
    """
    with closing(_Pool(work, model, n_workers)) as pool:
        yield from pool.results(iter(parts))


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    inbox: Connection
    outbox: Connection
    parts: deque[Part] = field(default_factory=deque)
    """What it was given and has not given back, in order."""


class _Pool:
    def __init__(self, work: PartWork, model: Path, n_workers: int) -> None:
        self._context = get_context("spawn")
        self._work, self._model = work, model
        self._n_lost: Counter[int] = Counter()
        self._again: deque[Part] = deque()
        self._n_open = 0
        """Parts that were read and whose results were not yielded."""
        self._workers: list[_Worker] = []
        for _ in range(n_workers):
            self._workers.append(self._started())

    def results(self, parts: Iterator[Part]) -> Iterator[PartDone]:
        """Yield results in the order of the parts."""
        done: dict[int, PartDone] = {}
        following: int | None = None
        while True:
            self._hand_out(parts)
            given = [part.number for worker in self._workers for part in worker.parts]
            if not given:
                return
            following = min(given) if following is None else following
            done |= {result.number: result for result in self._received()}
            while following in done:
                yield done.pop(following)
                following += 1
                self._n_open -= 1

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.inbox.close()
            worker.outbox.close()

    def _started(self) -> _Worker:
        to_do, inbox = self._context.Pipe(duplex=False)
        outbox, result = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_serve, args=(to_do, result, self._work, str(self._model)), daemon=True
        )
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
        try:
            process.start()
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
        # Only the worker has these ends now, so that each sees when the other is gone.
        to_do.close()
        result.close()
        return _Worker(process, inbox, outbox)

    def _hand_out(self, parts: Iterator[Part]) -> None:
        for wanted in range(1, _AHEAD + 1):
            for worker in self._workers:
                if len(worker.parts) < wanted:
                    part = self._next(parts)
                    if part is None:
                        return
                    worker.parts.append(part)
                    with suppress(OSError):  # it is gone, as its other pipe is about to tell
                        worker.inbox.send(part)

    def _next(self, parts: Iterator[Part]) -> Part | None:
        if self._again:
            return self._again.popleft()
        if self._n_open >= _WINDOW * len(self._workers):
            return None
        part = next(parts, None)
        self._n_open += part is not None
        return part

    def _received(self) -> Iterator[PartDone]:
        """Yield what came in, and put a new worker in the place of one that is gone."""
        ready = wait([worker.outbox for worker in self._workers])
        for place, worker in enumerate(self._workers):
            if worker.outbox not in ready:
                continue
            try:
                result = worker.outbox.recv()
            except (EOFError, OSError):
                self._take_back(worker)
                self._workers[place] = self._started()
                continue
            if isinstance(result, FitcheckError):
                raise result
            worker.parts.popleft()
            yield result

    def _take_back(self, worker: _Worker) -> None:
        worker.process.join()
        worker.inbox.close()
        worker.outbox.close()
        if not worker.parts:
            return
        first = worker.parts[0]
        self._n_lost[first.number] += 1
        if self._n_lost[first.number] == _TRIES:
            raise DataError(
                "The process that worked on {path}, row {row} and those below it, ended {n} times.",
                "Run the command again with --workers 1; it goes on where it stopped.",
                path=self._work.path,
                row=first.line,
                n=_TRIES,
            )
        self._again.extendleft(reversed(worker.parts))


def _serve(to_do: Connection, result: Connection, work: PartWork, model: str) -> None:
    """Work on parts until there is nobody to give them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this process
    inbox: queue.SimpleQueue[Part] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(to_do, inbox), daemon=True).start()
    from fitcheck.classifiers.model_file import load_model

    classifier = load_model(model)
    classifier.codebook = work.how.codebook
    gc.freeze()
    while True:
        part = inbox.get()
        with without_collecting():
            try:
                result.send(work.done(part, classifier))
            except FitcheckError as error:
                result.send(error)
        gc.collect()


def _listen(to_do: Connection, inbox: queue.SimpleQueue[Part]) -> None:
    """Take parts while the worker computes; a pipe holds little."""
    while True:
        try:
            inbox.put(to_do.recv())
        except (EOFError, OSError):
            os._exit(0)
