"""A run that is stopped, killed or out of space loses nothing, and does nothing twice."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from both_ways import ByLength, in_parts, whole

from fitcheck.engines.large import partial_folder
from fitcheck.engines.spool import Spool
from fitcheck.errors import DataError
from fitcheck.records import Prediction
from fitcheck.surveys import parts
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import ReadOptions

N_ROWS, ROWS = 40, 4
LONG = "ID;Frage;Antwort\n" + "".join(
    f"T{i % 7};{'Wie passend war es?' if i % 2 else 'Was hat gefallen?'};{'x' * (i + 3)} y z w\n"
    for i in range(N_ROWS)
)
WIDE = "ID;Kommentar\n" + "".join(f"T{i};Das war {'sehr ' * i}gut\n" for i in range(N_ROWS))


class Stops(ByLength):
    """A classifier that stops after some answers."""

    def __init__(self, after: int, error: BaseException) -> None:
        self.after, self.error = after, error

    def annotate(self, X: Any) -> list[Prediction]:
        """Label until it is enough."""
        if self.n_seen >= self.after:
            raise self.error
        return super().annotate(X)


@pytest.fixture(autouse=True)
def small_parts() -> Iterator[None]:
    """Divide small files too."""
    with patch.object(parts, "ROWS", ROWS), patch.object(parts, "_STEP", 2):
        yield


@pytest.fixture(params=[LONG, WIDE], ids=["long", "wide"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a file of several parts."""
    file = tmp_path / "a.csv"
    file.write_text(request.param, encoding="utf-8")
    return file


def run(path: Path, classifier: Any, texts: str = "") -> Any:
    """Classify in parts."""
    wishes = Wishes(texts=[texts] if texts else [])
    return in_parts(path, target(path), "rows", ReadOptions(), wishes, None, classifier)


def target(path: Path) -> Path:
    """Return what is written."""
    return path.with_name("out.csv")


def at_once(path: Path) -> bytes | None:
    """Return what a run gives that reads the file whole."""
    other = path.with_name("whole.csv")
    return whole(path, other, "rows", ReadOptions(), Wishes()).content


def stop(path: Path, after: int = 16) -> ByLength:
    """Start a run that is interrupted."""
    classifier = Stops(after, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(path, classifier)
    assert not target(path).exists()
    return classifier


def test_a_stopped_run_goes_on(path: Path) -> None:
    """What is done is not classified again, and the output is the same."""
    first, second = stop(path), ByLength()
    told = run(path, second)
    assert first.n_seen + second.n_seen == N_ROWS
    assert second.n_seen < N_ROWS / 2 + ROWS
    assert told.content == at_once(path)
    assert not partial_folder(target(path)).exists()


@pytest.mark.parametrize("damage", ["torn line", "torn part", "other bytes"])
def test_what_was_half_written_is_done_again(path: Path, damage: str) -> None:
    """A power cut leaves lines without their content, or the other way round."""
    stop(path)
    journal, contents = (partial_folder(target(path)) / n for n in ("journal.jsonl", "parts"))
    if damage == "torn line":
        journal.write_bytes(journal.read_bytes()[:-9])
    elif damage == "torn part":
        contents.write_bytes(contents.read_bytes()[:-9])
    else:
        contents.write_bytes(contents.read_bytes()[:-9] + b"x" * 9)
    second = ByLength()
    assert run(path, second).content == at_once(path)
    assert second.n_seen < N_ROWS


def test_another_input_starts_anew(path: Path) -> None:
    """Of other answers nothing is taken over."""
    stop(path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("x", "u").replace("sehr", "viel"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    second = ByLength()
    assert run(path, second).content == at_once(path)
    assert second.n_seen == N_ROWS


def test_other_options_start_anew(path: Path) -> None:
    """Neither is anything of another classifier."""
    stop(path)
    second = ByLength()
    second.id = "another"
    assert run(path, second).content == at_once(path)
    assert second.n_seen == N_ROWS


def test_a_full_disk_is_an_error_and_costs_one_part(path: Path) -> None:
    """The parts before it are kept, and there is no output."""
    appended = Spool.append

    def full(self: Spool, content: bytes, facts: Any) -> None:
        if len(self) == 5:
            self._contents.write(content[:3])
            error = OSError(errno.ENOSPC, "No space left on device")
            with patch.object(self, "_contents", _Refuses(error)):
                appended(self, content, facts)
        appended(self, content, facts)

    with patch.object(Spool, "append", full):
        assert "No space left on device" in run(path, ByLength()).error
    assert not target(path).exists()
    second = ByLength()
    assert run(path, second).content == at_once(path)
    assert 0 < second.n_seen <= N_ROWS - 5 * ROWS + 1


class _Refuses:
    def __init__(self, error: OSError) -> None:
        self.error = error

    def write(self, _: bytes) -> None:
        raise self.error


def test_a_full_disk_at_the_end_keeps_all_parts(path: Path) -> None:
    """The output is put together again, and nothing is classified again."""
    with patch("fitcheck.engines.assembly._write_text", side_effect=OSError(28, "No space")):
        assert "No space" in run(path, ByLength()).error
    assert not target(path).exists()
    second = ByLength()
    assert run(path, second).content == at_once(path)
    assert second.n_seen == 0


def test_a_file_that_changes_meanwhile_is_refused(path: Path) -> None:
    """Parts of two versions are no output."""

    class Changes(ByLength):
        def annotate(self, X: Any) -> list[Prediction]:
            os.utime(path, ns=(5, 5))
            return super().annotate(X)

    assert "changed while it was read" in run(path, Changes()).error
    assert not target(path).exists()


def test_two_runs_cannot_write_one_output(tmp_path: Path) -> None:
    """The second one is told to wait, and the first one loses nothing."""
    first = Spool(tmp_path / "a.partial", "key")
    first.append(b"one", 1)
    with pytest.raises(DataError, match="Another run"):
        Spool(tmp_path / "a.partial", "key")
    first.close()
    again = Spool(tmp_path / "a.partial", "key")
    assert list(again.facts()) == [1]
    again.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_the_owner_can_read_parts(path: Path) -> None:
    """They are answers."""
    stop(path)
    assert partial_folder(target(path)).stat().st_mode & 0o077 == 0
