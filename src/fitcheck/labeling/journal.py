"""The decisions that are not in the sheet yet, on the disk beside it; no text of an answer."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fitcheck.errors import DataError
from fitcheck.locks import lock_file

Field = Literal["label", "themes", "doubt"]
Value = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One decision about one field of one answer."""

    key: str
    field: Field
    was: Value
    """What the field said before; without it nobody could tell who changed the sheet since."""
    value: Value


class Journal:
    """Decisions, a line each, safe on the disk before anybody is told that they are.

    It can be open once: two programs that label one sheet would forget each other's decisions.

    Raises
    ------
    DataError
        If another program has it open, or the folder cannot be written to.
    """

    def __init__(self, sheet: Path) -> None:
        self.path = sheet.with_name(f"{sheet.name}.journal.jsonl")
        try:
            self._file = _open_locked(self.path)
        except BlockingIOError:
            raise DataError(
                "{path} is being labelled already.",
                "Open the address of that run, or end it with Ctrl-C.",
                path=str(sheet),
            ) from None
        except OSError as error:
            raise DataError(
                "{path} cannot be written ({reason}).",
                "Check the folder's rights and free space.",
                path=str(self.path),
                reason=error.strerror or type(error).__name__,
            ) from None

    def read(self) -> list[Change]:
        """Return the decisions of a run that was killed; a line cut off was never promised."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        os.ftruncate(self._file, len(whole))
        return [
            _parse(line, number, self.path)
            for number, line in enumerate(whole.splitlines(), start=1)
        ]

    def append(self, change: Change) -> None:
        """Write a decision; it survives whatever happens after this returns."""
        line = {"key": change.key, "field": change.field, "was": change.was, "value": change.value}
        os.lseek(self._file, 0, os.SEEK_END)
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fsync(self._file)

    def clear(self) -> None:
        """Forget all decisions: they stand in the sheet."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file; an empty one goes."""
        if os.fstat(self._file).st_size:
            os.close(self._file)
            return
        if sys.platform == "win32":  # an open file cannot go there
            os.close(self._file)
            self.path.unlink(missing_ok=True)
        else:
            self.path.unlink(missing_ok=True)
            os.close(self._file)


def _parse(line: bytes, number: int, path: Path) -> Change:
    try:
        entry = json.loads(line)
        was, value = (
            tuple(v) if isinstance(v, list) else v for v in (entry["was"], entry["value"])
        )
        if entry["field"] not in ("label", "themes"):
            raise ValueError(entry["field"])
        return Change(str(entry["key"]), entry["field"], was, value)
    except (ValueError, KeyError, TypeError):
        raise DataError(
            "Line {row} of {path} is no decision.",
            "Remove the line; the others are kept.",
            path=str(path),
            row=number,
        ) from None


def _open_locked(path: Path) -> int:
    while True:
        # As private as a file can be: it says how somebody decided.
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            lock_file(file)
        except BlockingIOError:
            os.close(file)
            raise
        if os.fstat(file).st_nlink:
            return file
        os.close(file)  # whoever had it removed it in between
