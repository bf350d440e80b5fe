"""Classifies on a Dask cluster; the only importer of dask and distributed.

Workers get the classifier once each, by a plugin; tasks name it by a key. Limits of a language
model are kept on the scheduler, which lives as long as the run, and every worker asks it before it
sends.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import distributed
from distributed.diagnostics.plugin import SchedulerPlugin, WorkerPlugin

from fitcheck.classifiers.asking import AskingClassifier
from fitcheck.engines.parts import (
    Job,
    Part,
    Receipt,
    SourceFile,
    correct_part,
    describe_file,
    label_part,
)
from fitcheck.engines.tally import Tally, add_tallies
from fitcheck.errors import ConfigError, DataError, FitcheckError
from fitcheck.llm.permits import Ask, Permits, SharedLimits
from fitcheck.records import Classifier

if TYPE_CHECKING:
    from fitcheck.codebook import Codebook

Result = TypeVar("Result")

_RETRIES = 2
"""How often a part is tried again after an error that may pass, such as of a disk."""
_FAN_IN = 8
"""Tallies that one task adds up."""
_CONNECT_S = 15


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
    run = _open_run(client, classifier)
    key = _send(client, classifier)
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
        self._refuse_other_versions()

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of it."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return {"dask": version("dask"), "workers": len(workers)}

    def describe(self, addresses: Sequence[str]) -> list[SourceFile]:
        """Return what is known of each file, read where workers run."""
        futures = self.client.map(_described, addresses, retries=_RETRIES, pure=False)
        return [_found(result) for result in self.client.gather(futures)]

    def label(
        self, job: Job, parts: Sequence[Part], progress: Callable[[int], None]
    ) -> tuple[list[Receipt], dict[str, Any]]:
        """Return what workers tell of each part, and what all requests to a model took.

        A part whose worker is lost is done by another one.

        Raises
        ------
        FitcheckError
            Of the first part that cannot be classified; nothing more is begun then.
        """
        run = _open_run(self.client, job.classifier)
        key = _send(self.client, job)
        futures = [
            self.client.submit(
                _label, key, part, run, key=f"fitcheck-{uuid.uuid4()}", retries=_RETRIES, pure=False
            )
            for part in parts
        ]
        part_of = {future.key: part for future, part in zip(futures, parts, strict=True)}
        receipts = []
        try:
            for future in distributed.as_completed(futures):
                receipt = _receipt(future, part_of[future.key])
                receipts.append(receipt)
                progress(receipt.n_answers)
            return receipts, _ask_scheduler(self.client, run, "usage") if run else {}
        finally:
            self.client.cancel(futures)
            if run:  # whoever is still asking a model stops
                _ask_scheduler(self.client, run, "end")

    def add_up(self, job: Job, stems: Sequence[str]) -> Any:
        """Return a future of the sum of the parts' tallies, added up in a tree on the workers."""
        key = _send(self.client, job)
        groups = [stems[i : i + _FAN_IN] for i in range(0, len(stems), _FAN_IN)]
        level = [self.client.submit(_add_files, key, group, pure=False) for group in groups]
        while len(level) > 1:
            groups = [level[i : i + _FAN_IN] for i in range(0, len(level), _FAN_IN)]
            level = [self.client.submit(_add, group, pure=False) for group in groups]
        return level[0]

    def correct(
        self, job: Job, parts: Sequence[Part], stems: Sequence[str], total: Any
    ) -> list[str]:
        """Return the names of the parts, those written anew whose respondents are in others too."""
        key = _send(self.client, job)
        futures = [
            self.client.submit(_correct, key, part.name, stem, total, pure=False)
            for part, stem in zip(parts, stems, strict=True)
        ]
        return [_found(result) for result in self.client.gather(futures)]

    def without_ids(self, total: Any) -> Tally:
        """Return a sum whose respondents are counted: it is as small as there are groups."""
        found: Tally = self.client.submit(Tally.without_ids, total, pure=False).result()
        return found

    def _refuse_other_versions(self) -> None:
        own = version("fitcheck-feedback")
        self.client.wait_for_workers(1, timeout=_CONNECT_S)
        for worker, found in self.client.run(_version, on_error="return").items():
            if found != own:
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
                dashboard_address=None,
                silence_logs=logging.ERROR,
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
            found = Cluster(client)
        except TimeoutError as error:
            raise ConfigError(
                "The Dask scheduler at {address} has no workers.",
                "Start some with `dask worker {address}`.",
                address=scheduler,
            ) from error
        yield found


_sent: dict[str, bytes] = {}
"""What this worker was sent, by its key."""
_made = threading.local()
"""The same as objects, of each thread its own: a classifier counts what it uses."""


class _Payload(WorkerPlugin):  # type: ignore[misc]
    """Brings something to every worker, to those that come later too."""

    idempotent = True

    def __init__(self, key: str, content: bytes) -> None:
        self.name = f"fitcheck-{key}"
        self.key, self.content = key, content

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Keep it in the worker's process."""
        _sent[self.key] = self.content


def _send(client: Any, content: Any) -> str:
    """Send something to each worker once, and return the key by which tasks find it there."""
    packed = pickle.dumps(content)
    key = hashlib.sha256(packed).hexdigest()[:16]
    if client is None:
        _sent[key] = packed
    else:
        client.register_plugin(_Payload(key, packed))
    return key


def _received(key: str) -> Any:
    known: dict[str, Any] = _made.__dict__.setdefault("known", {})
    if key not in known:
        if key not in _sent:
            raise ConfigError(
                "The classifier was not sent to this worker.",
                "Make the distributed.Client before fc.classify_dask is called.",
            )
        known.clear()  # what is used one after the other need not stay
        known[key] = pickle.loads(_sent[key])  # noqa: S301
    return known[key]


class _PermitOffice(SchedulerPlugin):  # type: ignore[misc]
    """Keeps the limits of runs on the scheduler."""

    name = "fitcheck-permits"
    idempotent = True

    def __init__(self) -> None:
        self.runs: dict[str, Permits] = {}

    async def start(self, scheduler: Any) -> None:
        """Let workers ask."""
        scheduler.handlers["fitcheck_permits"] = self.answer

    def answer(self, run: str, question: str, numbers: Sequence[Any] = ()) -> dict[str, Any]:
        """Answer a worker's question, or the client's."""
        if question == "open":
            self.runs[run] = Permits(**numbers[0])
            return {}
        if question == "usage":
            return self.runs[run].usage
        return self.runs[run].answer(question, *numbers)


_permits: dict[str, Permits] = {}
"""Limits of runs without a cluster, in threads of this process."""


def _open_run(client: Any, classifier: Classifier) -> str | None:
    """Return the name of a new run with the limits of a classifier; None where it asks nobody.

    Raises
    ------
    ConfigError
        If it asks a server for sentence vectors, or there is a cap on money and no price.
    """
    if not isinstance(classifier, AskingClassifier):
        from fitcheck.classifiers.embedding import EmbeddingClassifier

        if isinstance(classifier, EmbeddingClassifier):
            raise _no_vectors()
        return None
    if classifier.vectors is not None:
        raise _no_vectors()
    limits = classifier.limits_to_share
    permits, run = Permits(**limits), uuid.uuid4().hex
    if client is None:
        _permits[run] = permits
    else:
        client.register_plugin(_PermitOffice())
        _ask_scheduler(client, run, "open", limits)
    return run


def _ask_scheduler(client: Any, run: str, question: str, *numbers: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.sync(
        client.scheduler.fitcheck_permits, run=run, question=question, numbers=numbers
    )
    return found


def _limited(classifier: Classifier, run: str | None) -> Classifier:
    """Return the classifier within the limits of a run."""
    if run is None or not isinstance(classifier, AskingClassifier):
        return classifier
    if run in _permits:
        return classifier.within(SharedLimits(_permits[run].answer))
    return classifier.within(SharedLimits(_asking(distributed.get_worker(), run)))


def _asking(worker: Any, run: str) -> Ask:
    """Return what asks the scheduler from any thread of a worker."""

    def ask(question: str, *numbers: Any) -> dict[str, Any]:
        found: dict[str, Any] = distributed.utils.sync(
            worker.loop,
            worker.scheduler.fitcheck_permits,
            run=run,
            question=question,
            numbers=numbers,
        )
        return found

    return ask


class _Nobody:
    """Labels the no answers of an empty frame."""

    def annotate(self, X: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Return nothing."""
        return []


def _label_frame(frame: Any, *, key: str, run: str | None, options: dict[str, Any]) -> Any:
    from fitcheck.frames import classify

    return classify(frame, classifier=_limited(_received(key), run), **options)


def _label(key: str, part: Part, run: str | None) -> Receipt | FitcheckError:
    job: Job = _received(key)
    return _told(lambda: label_part(job, part, _limited(job.classifier, run)))


def _described(address: str) -> SourceFile | FitcheckError:
    return _told(lambda: describe_file(address))


def _add_files(key: str, stems: Sequence[str]) -> Tally:
    job: Job = _received(key)
    return add_tallies(Tally.from_bytes(job.folder.tally(stem)) for stem in stems)


def _add(tallies: Iterable[Tally]) -> Tally:
    return add_tallies(tallies)


def _correct(key: str, name: str, stem: str, total: Tally) -> str | FitcheckError:
    job: Job = _received(key)
    return _told(lambda: correct_part(job, name, stem, total))


def _version() -> str:
    return version("fitcheck-feedback")


def _told(work: Callable[[], Result]) -> Result | FitcheckError:
    """Return what the work gives, or its error: what is wrong with the data is not tried again.

    Other errors are raised without their words, which could hold those of an answer: Dask logs
    them.
    """
    try:
        return work()
    except FitcheckError as error:
        return error
    except Exception as error:
        raise RuntimeError(type(error).__name__) from None


def _found(result: Result | FitcheckError) -> Result:
    if isinstance(result, FitcheckError):
        raise result
    return result


def _receipt(future: Any, part: Part) -> Receipt:
    """Return what became of a part.

    Raises
    ------
    FitcheckError
        If it was not classified.
    """
    try:
        receipt: Receipt = _found(future.result())
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


def _no_vectors() -> ConfigError:
    return ConfigError(
        "Sentence vectors of a server are not asked for by several workers.",
        "Choose another --encoder, such as tfidf+use.",
    )
