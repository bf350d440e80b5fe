"""What was submitted by batch and is not collected yet: ids and fingerprints, no text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fitcheck.errors import ConfigError, DataError
from fitcheck.surveys.atomic import write_text


class Part(BaseModel):
    """One file of requests and its batch."""

    model_config = ConfigDict(extra="forbid")

    requests: dict[str, list[str]]
    """Cache keys of the answers in each request, in order, by its custom id."""
    file: str = ""
    """Id of the file on the server, once it is uploaded."""
    batch: str = ""
    """Id of the batch, once it is created."""

    @property
    def keys(self) -> list[str]:
        """Cache keys of all its answers."""
        return [key for keys in self.requests.values() for key in keys]


class Shape(BaseModel):
    """What the first, direct request taught of the server."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["json_schema", "json_object", "text"]
    left_out: list[str]
    room: int = Field(ge=1)


class BatchState(BaseModel):
    """A submission: what was asked in which batch, and how far it got."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    run: str
    """Names the submission at the server."""
    begun: str = Field(
        default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    )
    made_with: dict[str, Any]
    """What decides a reply, by the option that sets it."""
    shape: Shape
    first_request: dict[str, Any]
    """Requests, tokens and cost of what was asked directly."""
    parts: list[Part]

    @property
    def open_parts(self) -> list[tuple[int, Part]]:
        """Number and part of what has requests and no batch yet."""
        numbered = enumerate(self.parts, start=1)
        return [(n, part) for n, part in numbered if part.requests and not part.batch]

    @property
    def is_of_use(self) -> bool:
        """Whether any batch is there or still to be created."""
        return any(part.requests for part in self.parts)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_text(path, self.model_dump_json(indent=1) + "\n", overwrite=True)

    def refuse_other_settings(self, made_with: dict[str, Any], path: Path) -> None:
        """Raise a ConfigError if the replies would be to other requests than today's."""
        differ = [f"--{name}" for name, value in made_with.items() if self.made_with[name] != value]
        if differ:
            raise ConfigError(
                "The batches in {path} were submitted with another {options}.",
                "Pass the same as then, or remove the file to give these batches up.",
                path=str(path),
                options=", ".join(differ),
            )


def load_state(path: Path) -> BatchState | None:
    """Return what was submitted; None if nothing was.

    Raises
    ------
    DataError
        If the file is not what `BatchState.save` wrote.
    """
    try:
        return BatchState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DataError(
            "{path} is no state file of --batch-api.",
            "Restore it, or remove it to give its batches up.",
            path=str(path),
        ) from error
