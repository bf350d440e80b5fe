"""Keeps valid codings and vectors on this machine, so that no answer is paid for twice."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fitcheck.errors import ConfigError
from fitcheck.llm.replies import Coding
from fitcheck.records import ThemeHit

_FILE = "replies.sqlite"
_DAY_S = 86_400
KEEP_DAYS = 30
_TABLES = {"replies": "coding TEXT", "vectors": "vector BLOB"}
"""What is kept, and its form; each has a key and the time at which it came."""


def cache_folder() -> Path:
    """Return where replies are kept: ``FITCHECK_CACHE``, else the system's place for caches."""
    if chosen := os.environ.get("FITCHECK_CACHE"):
        return Path(chosen)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "fitcheck" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fitcheck"


def cache_key(parts: Mapping[str, object]) -> str:
    """Return the sha256 of everything that decides a reply; the text is not kept."""
    coded = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(coded.encode("utf-8", "surrogatepass")).hexdigest()


class Cache:
    """Codings and vectors by key in a file that several threads and processes share.

    Quotes are kept as redacted text; questions and whole answers are not kept. The folder can be
    read by its owner alone, and entries live for 30 days.

    Parameters
    ----------
    folder : Path, optional
        `cache_folder` by default.

    Raises
    ------
    ConfigError
        If the folder cannot be used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or cache_folder()) / _FILE
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            self.path.chmod(0o600)
            # autocommit: a reply is safe as soon as it is put, whatever happens next
            self._db = sqlite3.connect(
                self.path, timeout=60, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            for table, kept in _TABLES.items():
                self._db.execute(
                    f"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY, at REAL, {kept})"
                )
                self._db.execute(f"DELETE FROM {table} WHERE at < ?", (_oldest(),))  # noqa: S608
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise self._unusable() from error

    def get(self, keys: Iterable[str]) -> dict[str, Coding]:
        """Return the codings that are known."""
        found = ((key, _decoded(text)) for key, text in self._rows("replies", keys))
        return {key: coding for key, coding in found if coding}

    def put(self, codings: Mapping[str, Coding]) -> None:
        """Keep codings; they are safe when this returns, even if the process is killed."""
        self._keep("replies", {key: _encoded(coding) for key, coding in codings.items()})

    def get_vectors(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the vectors that are known."""
        return dict(self._rows("vectors", keys))

    def put_vectors(self, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors; they are safe when this returns, even if the process is killed."""
        self._keep("vectors", vectors)

    def count(self) -> int:
        """Return the number of codings kept."""
        return self._count("replies")

    def count_vectors(self) -> int:
        """Return the number of vectors kept."""
        return self._count("vectors")

    def _rows(self, table: str, keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
        wanted, value = list(keys), _TABLES[table].split()[0]
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            with self._lock:
                found = self._run(
                    f"SELECT key, {value} FROM {table} WHERE key IN ({marks})",  # noqa: S608
                    part,
                )
            yield from found

    def _keep(self, table: str, values: Mapping[str, str | bytes]) -> None:
        rows = [(key, time.time(), value) for key, value in values.items()]
        if not rows:
            return
        with self._lock:
            self._run("BEGIN IMMEDIATE")
            for row in rows:
                self._run(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", row)  # noqa: S608
            self._run("COMMIT")

    def _count(self, table: str) -> int:
        with self._lock:
            return int(self._run(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()

    @property
    def _database(self) -> sqlite3.Connection:
        if self._db is None:
            raise self._unusable()
        return self._db

    def _run(self, query: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise self._unusable() from error

    def _unusable(self) -> ConfigError:
        return ConfigError(
            "The cache {path} cannot be used.",
            "Run `fitcheck cache clear`, set FITCHECK_CACHE to another folder, or pass --no-cache.",
            path=str(self.path),
        )


def clear_cache(folder: Path | None = None) -> tuple[int, int]:
    """Forget everything, a damaged file too; return how many codings and vectors there were.

    Raises
    ------
    ConfigError
        If the files cannot be removed.
    """
    path = (folder or cache_folder()) / _FILE
    n = (0, 0)
    try:
        cache = Cache(folder)
        n = (cache.count(), cache.count_vectors())
        cache.close()
    except ConfigError:
        pass  # damaged: it goes all the same
    try:
        for file in path.parent.glob(f"{_FILE}*"):
            file.unlink()
    except OSError as error:
        raise ConfigError(
            "{path} cannot be removed ({reason}).",
            "End other runs of fitcheck first.",
            path=str(path),
            reason=error.strerror or type(error).__name__,
        ) from error
    return n


def models_folder() -> Path:
    """Return where fitted models are kept."""
    return cache_folder() / "models"


def forget_models() -> int:
    """Remove the fitted models that are kept; return how many there were."""
    found = list(models_folder().glob("*.zip"))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _oldest() -> float:
    return time.time() - KEEP_DAYS * _DAY_S


def _encoded(coding: Coding) -> str:
    themes = [f"{hit.theme}:{hit.polarity}" for hit in coding.themes]
    parts: list[object] = [coding.label, coding.quote, themes, coding.flags]
    if coding.evidence is not None:
        parts.append(dict(coding.evidence))
    return json.dumps(parts, ensure_ascii=False)


def _decoded(text: str) -> Coding | None:
    """Return the coding; None if the entry is damaged."""
    try:
        label, quote, themes, flags, *evidence = json.loads(text)
        hits = tuple(ThemeHit(*theme.split(":")) for theme in themes)
    except (ValueError, TypeError, AttributeError):
        return None
    return Coding(label, quote, hits, tuple(flags), *evidence)
