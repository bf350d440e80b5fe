"""Replies are kept safely, privately, and for a while."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fitcheck.errors import ConfigError
from fitcheck.llm import cache as module
from fitcheck.llm.cache import Cache, cache_key, clear_cache
from fitcheck.llm.replies import Coding
from fitcheck.records import ThemeHit


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every cache that a test opens."""
    opened: list[Cache] = []
    make = Cache.__init__

    def remembered(self: Cache, folder: Path | None = None) -> None:
        opened.append(self)
        make(self, folder)

    monkeypatch.setattr(Cache, "__init__", remembered)
    yield
    for cache in opened:
        cache.close()


CODING = Coding("fit", "für „mich“ 👍", (ThemeHit("job_relevance", "positive"),), ("x",))


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    """From another connection too, as after a killed run."""
    first = Cache(tmp_path)
    first.put({"a": CODING, "b": Coding("no_signal")})
    assert Cache(tmp_path).get(["b", "a", "c"]) == {"a": CODING, "b": Coding("no_signal")}
    assert first.count() == 2


def test_a_key_changes_with_every_part() -> None:
    """Another model, question or text is another reply."""
    keys = {cache_key({"model": m, "text": t}) for m in "ab" for t in ("x", "y", "\ud800")}
    assert len(keys) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="rights are different there")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """A folder of its own has mode 0700 and the file 0600; a shared folder stays as it is."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    for folder, mode in ((shared, 0o755), (tmp_path / "own", 0o700)):
        cache = Cache(folder)
        cache.put({"a": CODING})
        assert stat.S_IMODE(folder.stat().st_mode) == mode
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_old_replies_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After thirty days."""
    Cache(tmp_path).put({"a": CODING})
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 31 * 86_400)
    assert Cache(tmp_path).count() == 0


def test_many_threads_and_connections(tmp_path: Path) -> None:
    """Nothing is lost when several write at once."""
    caches = [Cache(tmp_path) for _ in range(3)]

    def write(number: int) -> None:
        for i in range(40):
            caches[number % 3].put({f"{number}-{i}": CODING})

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caches[0].count() == 240


def test_a_damaged_file_is_told_and_can_be_cleared(tmp_path: Path) -> None:
    """The error names the way out, and that way works."""
    cache = Cache(tmp_path)
    cache.put({"a": CODING})
    cache.close()
    cache.path.write_bytes(b"not a database, " * 100)
    with pytest.raises(ConfigError, match="cache clear"):
        Cache(tmp_path)
    assert clear_cache(tmp_path) == (0, 0)
    assert Cache(tmp_path).count() == 0


def test_clearing_leaves_no_bytes(tmp_path: Path) -> None:
    """Not in the log of the database either."""
    cache = Cache(tmp_path)
    cache.put({"a": CODING})
    cache.close()
    assert clear_cache(tmp_path) == (1, 0)
    assert [p for p in tmp_path.iterdir() if "replies" in p.name] == []


def test_no_text_but_the_quote_is_kept(tmp_path: Path) -> None:
    """Keys are fingerprints; question and answer stand nowhere."""
    cache = Cache(tmp_path)
    key = cache_key({"question": "Was hat gefallen?", "text": "Ein ganz geheimer Satz"})
    cache.put({key: Coding("no_signal")})
    cache.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("replies*"))
    assert b"geheim" not in content
    assert b"gefallen" not in content
    with closing(sqlite3.connect(cache.path)) as database:
        assert database.execute("SELECT count(*) FROM replies").fetchone() == (1,)


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a variable of its own, else where the system keeps caches."""
    monkeypatch.setenv("FITCHECK_CACHE", str(tmp_path / "mine"))
    assert module.cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("FITCHECK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert tmp_path in module.cache_folder().parents
    assert os.fspath(module.cache_folder()).startswith(str(tmp_path))


def test_a_damaged_entry_is_asked_again(tmp_path: Path) -> None:
    """It is as if it were not there."""
    cache = Cache(tmp_path)
    cache.put({"a": CODING, "b": CODING})
    cache.close()
    database = sqlite3.connect(cache.path)
    database.execute("UPDATE replies SET coding = 'x' WHERE key = 'a'")
    database.commit()
    database.close()
    assert set(Cache(tmp_path).get(["a", "b"])) == {"b"}


def test_vectors_are_kept_beside_codings(tmp_path: Path) -> None:
    """Under keys of their own, byte by byte, and forgotten after 30 days too."""
    first = Cache(tmp_path)
    first.put({"a": CODING})
    first.put_vectors({"a": b"\x00\x01'\xff", "b": b""})
    assert Cache(tmp_path).get_vectors(["a", "b", "c"]) == {"a": b"\x00\x01'\xff", "b": b""}
    assert Cache(tmp_path).get(["a"]) == {"a": CODING}
    assert (first.count(), first.count_vectors()) == (1, 2)
    with closing(sqlite3.connect(first.path, isolation_level=None)) as db:
        db.execute("UPDATE vectors SET at = at - 31 * 86400 WHERE key = 'a'")
    assert Cache(tmp_path).count_vectors() == 1
    assert clear_cache(tmp_path) == (1, 1)
