"""What stays on a Dask cluster for a run: the payload on each worker, limits on the scheduler."""

from __future__ import annotations

import hashlib
import pickle
import uuid
from collections.abc import Sequence
from typing import Any

import distributed
from distributed.diagnostics.plugin import SchedulerPlugin, WorkerPlugin

from fitcheck.classifiers.asking import AskingClassifier
from fitcheck.engines.tasks import keep
from fitcheck.errors import ConfigError
from fitcheck.llm.permits import Ask, Permits, SharedLimits
from fitcheck.records import Classifier


class _Payload(WorkerPlugin):  # type: ignore[misc]
    """Brings something to every worker, to those that come later too."""

    idempotent = True

    def __init__(self, key: str, content: bytes) -> None:
        self.name = f"fitcheck-{key}"
        self.key, self.content = key, content

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Keep it in the worker's process."""
        keep(self.key, self.content)


def send(client: Any, content: Any) -> str:
    """Send something to each worker once, and return the key by which tasks find it there."""
    packed = pickle.dumps(content)
    key = hashlib.sha256(packed).hexdigest()[:16]
    if client is None:
        keep(key, packed)
    else:
        _register(client, _Payload(key, packed))
    return key


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


def open_run(client: Any, classifier: Classifier) -> str | None:
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
        _register(client, _PermitOffice())
        ask_scheduler(client, run, "open", limits)
    return run


def ask_scheduler(client: Any, run: str, question: str, *numbers: Any) -> dict[str, Any]:
    """Ask the permits of a run from the client, and return the answer."""
    found: dict[str, Any] = client.sync(
        client.scheduler.fitcheck_permits, run=run, question=question, numbers=numbers
    )
    return found


def limited(classifier: Classifier, run: str | None) -> Classifier:
    """Return the classifier within the limits of a run."""
    if run is None or not isinstance(classifier, AskingClassifier):
        return classifier
    if run in _permits:
        return classifier.within(SharedLimits(_permits[run].answer))
    return classifier.within(SharedLimits(asking(distributed.get_worker(), run)))


def asking(worker: Any, run: str) -> Ask:
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


def _register(client: Any, plugin: Any) -> None:
    try:
        client.register_plugin(plugin)
    except ImportError as error:  # what it is made of is not known there
        raise ConfigError(
            "The cluster does not know fitcheck ({reason}).",
            "Install the same version of fitcheck-feedback[dask] on every worker and on the "
            "scheduler.",
            reason=error.name or type(error).__name__,
        ) from error


def _no_vectors() -> ConfigError:
    return ConfigError(
        "Sentence vectors of a server are not asked for by several workers.",
        "Choose another --encoder, such as tfidf+use.",
    )
