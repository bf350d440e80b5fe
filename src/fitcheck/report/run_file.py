"""The run file of `classify`, read again: who labelled, what was sent, and where to."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from fitcheck.errors import DataError
from fitcheck.settings import LOOPBACK


class Sending(BaseModel):
    """A server that got texts."""

    endpoint: str
    model: str
    redacted: bool
    requests: int

    @property
    def is_local(self) -> bool:
        """Whether the server is this machine."""
        return self.endpoint in LOOPBACK


class Hashed(BaseModel):
    """A prompt, and the fingerprint of its text."""

    id: str
    sha256: str


class Votes(BaseModel):
    """What says how sure a language model is of a label."""

    kind: str
    votes: int = 1


class Used(BaseModel):
    """How often something was asked."""

    requests: int = 0


class ByBatch(Used):
    """What went through a Batch API."""

    answers: int
    first_request: Used = Used()
    """What was asked directly before, to learn what the server supports."""


class Asked(Sending):
    """A language model that was asked."""

    persona_shown: bool
    answers_asked: int
    answers_kept: int
    redactions: dict[str, int]
    prompt: Hashed
    evidence: Votes = Votes(kind="label")
    batch_api: ByBatch | None = None

    @property
    def requests_in_all(self) -> int:
        """Requests that were sent directly, by this run and by the submission before it."""
        return self.requests + (self.batch_api.first_request.requests if self.batch_api else 0)


class Vectors(Sending):
    """A server that turned texts into vectors."""

    texts_asked: int
    texts_kept: int


class Labeller(BaseModel):
    """Who labelled."""

    id: str
    encoder: str | None = None
    trained_on: str | None = None
    asked: Asked | None = None
    vectors: Vectors | None = None
    endpoint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _facts_of_the_model_together(cls, facts: Any) -> Any:
        is_asked = isinstance(facts, Mapping) and "model" in facts
        return {**facts, "asked": facts} if is_asked else facts

    @model_validator(mode="after")
    def _server_is_known(self) -> Labeller:
        if self.endpoint and not self.sendings:
            raise ValueError("a server without what it got")
        return self

    @property
    def sendings(self) -> tuple[Sending, ...]:
        """All servers that got texts."""
        return tuple(server for server in (self.asked, self.vectors) if server is not None)

    @property
    def is_known(self) -> bool:
        """Whether it is fitcheck's own, so that what it sends is in the run file."""
        return bool(self.sendings) or self.id == "baseline"


class CodebookFacts(Hashed):
    """The codebook of a run."""

    version: int


class InputFacts(BaseModel):
    """The export of a run."""

    format: str
    rows: int
    rows_not_classified: dict[str, int]
    text_columns: int


class RunFile(BaseModel):
    """A run of `fitcheck classify`."""

    fitcheck: str
    python: str
    finished: dt.datetime
    classifier: Labeller
    codebook: CodebookFacts
    input: InputFacts
    answers: int
    min_group: int
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the file itself."""


def read_run_file(path: str | Path) -> RunFile:
    """Return the facts of a run.

    Raises
    ------
    DataError
        If it is no run file of `classify`, or one of a version that said less.

    Examples
    --------
    >>> import json, tempfile
    >>> facts = {"format": "csv", "rows": 9, "rows_not_classified": {}, "text_columns": 1}
    >>> run = {"fitcheck": "0.1.0", "python": "3.13.1", "finished": "2026-02-01T08:00:00+00:00",
    ...        "classifier": {"id": "baseline"}, "input": facts, "answers": 9, "min_group": 5,
    ...        "codebook": {"id": "fit", "version": 1, "sha256": "558c"}}
    >>> file = Path(tempfile.mkdtemp()) / "a.run.json"
    >>> _ = file.write_text(json.dumps(run))
    >>> read_run_file(file).classifier.sendings
    ()
    """
    import json

    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(
            "{path} cannot be read ({reason}).",
            "Pass the run file that `fitcheck classify` wrote beside its output.",
            path=str(path),
            reason=error.strerror or type(error).__name__,
        ) from None
    try:
        run = json.loads(content)
    except ValueError:
        run = None
    if not isinstance(run, Mapping) or not {"fitcheck", "classifier"} <= run.keys():
        raise DataError(
            "{path} is no run file.",
            "Pass the file ending in .run.json that `fitcheck classify` wrote beside its output.",
            path=str(path),
        )
    if "input" not in run:
        raise DataError(
            "{path} is a run file of another command.",
            "Pass the one that `fitcheck classify` wrote beside its output.",
            path=str(path),
        )
    try:
        return RunFile.model_validate({**run, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        problem = error.errors()[0]
        raise DataError(
            "{path} was written by fitcheck {version}, or changed since: {place} is missing or "
            "wrong, so nobody could tell what was sent.",
            "Run `fitcheck classify` again and pass its run file.",
            path=str(path),
            version=str(run["fitcheck"])[:20],
            place=".".join(str(part) for part in problem["loc"] if part != "asked"),
        ) from None
