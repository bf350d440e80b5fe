"""Finished parts of a run, kept beside its output until it is whole, so that it can go on."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError
from fitcheck.locks import lock_file
from fitcheck.surveys.atomic import not_writable


class Spool:
    """Finished parts, in order, in a folder of their own that only its owner can read.

    Contents are appended to one file, then a line about them to another: what a killed run had
    begun to write is cut off by the next one.

    Parameters
    ----------
    folder : Path
        Is made where it is missing.
    key : str
        Fingerprint of all that decides the contents; parts with another one are thrown away.

    Raises
    ------
    DataError
        If another run writes to the same output, or the folder cannot be written.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self._ends = [0]
        self.dropped = False
        """Whether parts of another input or of other options were thrown away."""
        self.used: Mapping[str, Any] = {}
        """What asking a model took by now, in all runs."""
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            with ExitStack() as opened:  # closed again where another run has them
                self._contents = opened.enter_context((folder / "parts").open("a+b"))
                self._journal = opened.enter_context((folder / "journal.jsonl").open("a+b"))
                self._lock()
                self._restore(key)
                opened.pop_all()
        except OSError as error:
            raise not_writable(folder, error) from error

    def __len__(self) -> int:
        """Return the number of finished parts."""
        return len(self._ends) - 1

    def append(self, content: bytes, facts: Any) -> None:
        """Keep the next part.

        Raises
        ------
        DataError
            If there is no space; the parts before it are kept.
        """
        end = self._ends[-1] + len(content)
        line = {"end": end, "crc": zlib.crc32(content), "facts": facts}
        try:
            self._contents.write(content)
            self._contents.flush()
            self._journal.write(json.dumps(line).encode() + b"\n")
            self._journal.flush()
        except OSError as error:
            raise not_writable(self.folder, error) from error
        self._ends.append(end)

    def keep_used(self, used: Mapping[str, Any]) -> None:
        """Keep what asking a model took by now, in all runs."""
        self.used = used
        new = self.folder / "used.json.new"
        try:
            new.write_text(json.dumps(used), encoding="utf-8")
            new.replace(self.folder / "used.json")
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def contents(self) -> Iterator[bytes]:
        """Yield the contents of the parts, in order."""
        with (self.folder / "parts").open("rb") as stream:
            for start, end in pairwise(self._ends):
                yield stream.read(end - start)

    def facts(self) -> Iterator[Any]:
        """Yield what was told of the parts, in order; it is not kept in memory."""
        with (self.folder / "journal.jsonl").open("rb") as stream:
            for line in islice(stream, 1, len(self) + 1):
                yield json.loads(line)["facts"]

    def close(self) -> None:
        """Close the files; the parts are kept, if there are any, and what was paid for them."""
        # A full disk may refuse what is buffered; the next run finds out what is whole.
        for file in (self._contents, self._journal):
            try:
                file.close()
            except OSError:
                continue
        if not len(self) and not self.used:
            shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Throw the parts away: the output is whole."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _lock(self) -> None:
        try:
            lock_file(self._journal.fileno())
        except BlockingIOError:
            raise DataError(
                "Another run writes to {folder}.",
                "Wait until it has ended, or pass another --output.",
                folder=str(self.folder),
            ) from None

    def _restore(self, key: str) -> None:
        self._journal.seek(0)
        first = self._journal.readline()
        used = self.folder / "used.json"
        if first == _first_line(key):
            end = len(first) + self._read_entries()
            self.used = json.loads(used.read_bytes()) if used.exists() else {}
        else:
            self.dropped = bool(first)
            end = 0
            used.unlink(missing_ok=True)
        self._journal.truncate(end)
        self._contents.truncate(self._ends[-1])
        if not end:
            self._journal.write(_first_line(key))
            self._journal.flush()

    def _read_entries(self) -> int:
        """Read the lines of parts that are whole; return their length."""
        length = 0
        self._contents.seek(0)
        for line in self._journal:
            try:
                found = json.loads(line)
                end, crc, _ = found["end"], found["crc"], found["facts"]
            except (ValueError, KeyError, TypeError):
                break
            n_bytes = end - self._ends[-1]
            content = self._contents.read(n_bytes)
            if not line.endswith(b"\n") or len(content) < n_bytes or zlib.crc32(content) != crc:
                break
            self._ends.append(end)
            length += len(line)
        return length


def _first_line(key: str) -> bytes:
    return json.dumps({"key": key}).encode() + b"\n"
