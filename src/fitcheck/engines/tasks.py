"""What a worker does for each task, with what it was sent once; nothing here knows of Dask."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fitcheck.engines.part import PartTally, add_up
from fitcheck.engines.slices import Job, SourceFile, correct_slice, describe_file
from fitcheck.errors import ConfigError, FitcheckError

Result = TypeVar("Result")

_sent: dict[str, bytes] = {}
"""What this worker was sent, by its key."""
_made = threading.local()
"""The same as objects, of each thread its own: a classifier counts what it uses."""


def keep(key: str, packed: bytes) -> None:
    """Keep what this worker was sent."""
    _sent[key] = packed


def received(key: str) -> Any:
    """Return what this worker was sent under a key.

    Raises
    ------
    ConfigError
        If it was not.
    """
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


def describe(address: str) -> SourceFile | FitcheckError:
    """Return what is known of a file."""
    return told(lambda: describe_file(address))


def add_files(key: str, stems: Sequence[str]) -> PartTally:
    """Return the sum of the tallies of parts that are written."""
    job: Job = received(key)
    return add_up(PartTally.from_json(job.folder.tally(stem)) for stem in stems)


def correct(key: str, name: str, stem: str, total: PartTally) -> str | FitcheckError:
    """Return the name of a part once its respondents count the other parts too."""
    job: Job = received(key)
    return told(lambda: correct_slice(job, name, stem, total))


def told(work: Callable[[], Result]) -> Result | FitcheckError:
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


def found(result: Result | FitcheckError) -> Result:
    """Return what a task gave, or raise the error that it told."""
    if isinstance(result, FitcheckError):
        raise result
    return result
