"""Classifies on a Dask cluster; the only importer of dask and distributed.

Workers get the classifier once each, by a plugin; tasks name it by a key. Limits of a language
model are kept on the scheduler, which lives as long as the run, and every worker asks it before it
sends.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import distributed

from fitcheck.engines.dask_plugins import ask_scheduler, limited, open_run, send
from fitcheck.engines.part import PartTally, add_up
from fitcheck.engines.slices import Job, Receipt, Slice, SourceFile, label_slice
from fitcheck.engines.tasks import add_files, correct, describe, found, received, told
from fitcheck.errors import ConfigError, DataError, FitcheckError
from fitcheck.records import Classifier

if TYPE_CHECKING:
    from fitcheck.codebook import Codebook

_RETRIES = 2
"""How often a part is tried again after an error that may pass, such as of a disk."""
_FAN_IN = 8
"""Tallies that one task adds up."""
_CONNECT_S = 15
_POLL_S = 0.05
_SILENT_S = 20
"""After so long without news it is looked whether anybody still works."""


def classify_dask(
    ddf: Any,
    *,
    text: str | Sequence[str],
    persona: str | None = None,
    classifier: Classifier | None = None,
    codebook: Codebook | None = None,
) -> Any:
    """Return a Dask DataFrame with the columns that `classify` adds to each partition.

    Nothing is computed yet. Each worker gets the classifier once, so make the client first. The
    limits of a language model hold for all workers together, and for everything that is computed
    from one call; `concurrency` holds for each partition that is being worked on.

    Parameters
    ----------
    ddf : dask.dataframe.DataFrame
        One row per respondent, or per answer.
    text, persona, classifier, codebook
        As in `classify`.

    Raises
    ------
    ConfigError
        If the classifier asks a server for sentence vectors.
    DataError
        If a column is not in the frame.
    LLMError
        When it is computed: if the run with a language model cannot go on.

    Examples
    --------
    >>> import dask.dataframe as dd, pandas as pd
    >>> frame = pd.DataFrame({"comment": ["Für meine Arbeit im Lager völlig irrelevant."] * 4})
    >>> labelled = classify_dask(dd.from_pandas(frame, npartitions=2), text="comment")
    >>> labelled.compute(scheduler="sync")["fit_source"].tolist()
    ['baseline', 'baseline', 'baseline', 'baseline']
    """
    from fitcheck.api import make_classifier
    from fitcheck.frames import classify

    classifier = classifier or make_classifier(codebook=codebook)
    options: dict[str, Any] = {"text": text, "persona": persona, "codebook": codebook}
    meta = classify(ddf._meta, classifier=_Nobody(), **options)
    client = _current_client()
    run = open_run(client, classifier)
    key = send(client, classifier)
    return ddf.map_partitions(_label_frame, key=key, run=run, options=options, meta=meta)


class Cluster:
    """A Dask cluster that classifies parts.

    Parameters
    ----------
    client : distributed.Client
        Connected to it.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self._sent: dict[int, str] = {}
        self._run: str | None = None
        self._refuse_other_versions()

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of it."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return {"dask": version("dask"), "workers": len(workers)}

    def describe(self, addresses: Sequence[str]) -> list[SourceFile]:
        """Return what is known of each file, read where workers run."""
        futures = self.client.map(describe, addresses, retries=_RETRIES, pure=False)
        return [found(result) for result in self.client.gather(futures)]

    def label(self, job: Job, parts: Sequence[Slice]) -> Generator[Receipt, None, None]:
        """Yield what workers tell of each part, as they finish.

        A part whose worker is lost is done by another one.

        Raises
        ------
        FitcheckError
            Of the first part that cannot be classified; nothing more is begun then.
        """
        self._run = open_run(self.client, job.classifier)
        try:
            yield from self._receipts(self._key(job), parts, self._run)
        finally:
            if self._run:  # whoever is still asking a model stops
                ask_scheduler(self.client, self._run, "end")

    @property
    def used(self) -> dict[str, Any]:
        """What all requests to a model took by now; empty where none is asked."""
        return ask_scheduler(self.client, self._run, "usage") if self._run else {}

    def _receipts(self, key: str, parts: Sequence[Slice], run: str | None) -> Iterator[Receipt]:
        """Yield what workers tell of each part, as they finish.

        A part that nobody works on any more is sent again: after a worker was killed, the client
        sometimes waits for one that is done. Whoever does a part twice does no harm.
        """
        waiting = {self._submit(key, part, run): part for part in parts}
        try:
            completed = distributed.as_completed(waiting)
            since = time.monotonic()
            while waiting:
                batch = completed.next_batch(block=False)
                for future in batch:
                    yield _receipt(future, waiting.pop(future))
                if batch:
                    since = time.monotonic()
                    continue
                time.sleep(_POLL_S)
                if time.monotonic() - since > _SILENT_S and not self._works_on(waiting):
                    self.client.cancel(list(waiting))
                    waiting = {self._submit(key, part, run): part for part in waiting.values()}
                    completed = distributed.as_completed(waiting)
                    since = time.monotonic()
        finally:
            self.client.cancel(list(waiting))

    def _submit(self, key: str, part: Slice, run: str | None) -> Any:
        name = f"fitcheck-{uuid.uuid4()}"
        return self.client.submit(_label, key, part, run, key=name, retries=_RETRIES, pure=False)

    def _works_on(self, futures: Iterable[Any]) -> bool:
        """Return whether a worker is busy with one of them."""
        wanted = {future.key for future in futures}
        return any(wanted.intersection(keys) for keys in self.client.processing().values())

    def add_up(self, job: Job, stems: Sequence[str]) -> Any:
        """Return a future of the sum of the parts' tallies, added up in a tree on the workers."""
        key = self._key(job)
        groups = [stems[i : i + _FAN_IN] for i in range(0, len(stems), _FAN_IN)]
        level = [self.client.submit(add_files, key, group, pure=False) for group in groups]
        while len(level) > 1:
            groups = [level[i : i + _FAN_IN] for i in range(0, len(level), _FAN_IN)]
            level = [self.client.submit(add_up, group, pure=False) for group in groups]
        return level[0]

    def correct(
        self, job: Job, parts: Sequence[Slice], stems: Sequence[str], total: Any
    ) -> list[str]:
        """Return the names of the parts, those written anew whose respondents are in others too."""
        key = self._key(job)
        futures = [
            self.client.submit(correct, key, part.name, stem, total, pure=False)
            for part, stem in zip(parts, stems, strict=True)
        ]
        return [found(result) for result in self.client.gather(futures)]

    def conclude(self, total: Any) -> PartTally:
        """Return a sum whose respondents are counted: it is as small as there are groups."""
        sum_: PartTally = self.client.submit(PartTally.concluded, total, pure=False).result()
        return sum_

    def _key(self, job: Job) -> str:
        """Return the key by which tasks find the job, sent once to each worker."""
        if id(job) not in self._sent:
            self._sent[id(job)] = send(self.client, job)
        return self._sent[id(job)]

    def _refuse_other_versions(self) -> None:
        own = version("fitcheck-feedback")
        self.client.wait_for_workers(1, timeout=_CONNECT_S)
        for worker, installed in self.client.run(_version, on_error="return").items():
            if installed != own:
                raise ConfigError(
                    "The worker {worker} has not fitcheck {version}.",
                    "Install the same version of fitcheck-feedback[dask] on every worker and on "
                    "the scheduler.",
                    worker=worker,
                    version=own,
                )


@contextmanager
def connected(scheduler: str | None = None) -> Iterator[Cluster]:
    """Connect to a scheduler, or start workers on this machine, one a core.

    Raises
    ------
    ConfigError
        If nobody answers at the address, or it has no workers of the same version.
    """
    if scheduler is None:
        with (
            distributed.LocalCluster(
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,  # they hold tracebacks; errors are told here
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield Cluster(client)
        return
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "No Dask scheduler answers at {address}.",
            "Check --scheduler and whether `dask scheduler` runs there, or leave it out.",
            address=scheduler,
        ) from error
    with client:
        try:
            cluster = Cluster(client)
        except TimeoutError as error:
            raise ConfigError(
                "The Dask scheduler at {address} has no workers.",
                "Start some with `dask worker {address}`.",
                address=scheduler,
            ) from error
        yield cluster


class _Nobody:
    """Labels the no answers of an empty frame."""

    def annotate(self, X: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Return nothing."""
        return []


def _label_frame(frame: Any, *, key: str, run: str | None, options: dict[str, Any]) -> Any:
    from fitcheck.frames import classify

    return classify(frame, classifier=limited(received(key), run), **options)


def _label(key: str, part: Slice, run: str | None) -> Receipt | FitcheckError:
    job: Job = received(key)
    return told(lambda: label_slice(job, part, limited(job.classifier, run)))


def _version() -> str:
    return version("fitcheck-feedback")


def _receipt(future: Any, part: Slice) -> Receipt:
    """Return what became of a part.

    Raises
    ------
    FitcheckError
        If it was not classified.
    """
    try:
        receipt: Receipt = found(future.result())
        return receipt
    except DataError as error:
        raise DataError(
            "{path}, rows {first} to {last}: {problem}",
            "Nothing was written; finished parts are kept for the next run.",
            problem=error.render(),
            **part.place,
        ) from error
    except FitcheckError:
        raise
    except distributed.KilledWorker as error:
        raise DataError(
            "{path}, rows {first} to {last}: several workers were lost while they did this part.",
            "Give workers more memory, or look into their logs; finished parts are kept.",
            **part.place,
        ) from error
    except Exception as error:
        raise DataError(
            "{path}, rows {first} to {last}, cannot be classified ({reason}).",
            "Look into the logs of the workers; finished parts are kept.",
            reason=str(error) if type(error) is RuntimeError else type(error).__name__,
            **part.place,
        ) from error


def _current_client() -> Any:
    with suppress(ValueError):
        return distributed.get_client()
    return None
