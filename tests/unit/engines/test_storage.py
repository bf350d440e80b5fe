"""The folder of parts appears whole or not at all, and a run that goes on finds its parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from fitcheck.engines.storage import PartFolder, find_files, open_file, stamp_of
from fitcheck.errors import DataError


@pytest.fixture(params=["disk", "store"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return where the folder is to be: on a disk, or where nothing can be renamed."""
    yield str(tmp_path / "out") if request.param == "disk" else f"memory://{tmp_path.name}/out"
    fsspec.filesystem("memory").store.clear()


def names(address: str) -> list[str]:
    """Return what is in a folder; nothing where there is none."""
    files, path = fsspec.core.url_to_fs(address)
    return sorted(Path(p).name for p in files.ls(path, detail=False)) if files.exists(path) else []


def test_nothing_has_its_name_before_all_is_there(target: str) -> None:
    """Parts lie beside until the end, then only they and the facts of the run."""
    folder = PartFolder.of(target)
    folder.begin({"a": 1}, overwrite=False)
    stem = folder.put("part-00000-aaaa", b"one", {"n": 1})
    left = folder.put("part-00000-aaaa", b"two", {"n": 1})
    assert names(target) == []
    assert (folder.part(stem), folder.tally(stem)) == (b"one", {"n": 1})
    folder.publish([stem], {"answers": 1})
    assert names(target) == ["_run.json", f"{stem}.parquet"]
    assert left != stem
    assert names(f"{target}.unfinished") == []
    assert json.loads(open_file(f"{folder.target}/_run.json").read()) == {"answers": 1}


def test_a_run_goes_on_with_what_is_finished(target: str) -> None:
    """A part without its tally was being written when its worker was lost."""
    folder = PartFolder.of(target)
    key = folder.begin({"a": 1}, overwrite=False)
    stem = folder.put("part-00000-aaaa", b"one", {"n": 1})
    folder._write("part-00001-bbbb-1234.parquet", b"half")
    again = PartFolder.of(target)
    assert again.begin({"a": 1}, overwrite=False) == key
    assert again.finished() == {"part-00000-aaaa": stem}
    with pytest.raises(DataError, match="other settings"):
        again.begin({"a": 2}, overwrite=False)
    again.begin({"a": 2}, overwrite=True)
    assert again.finished() == {}


def test_what_is_there_is_kept(target: str) -> None:
    """Only with --force, and only what fitcheck wrote, is anything replaced."""
    folder = PartFolder.of(target)
    folder.refuse_existing(overwrite=False)
    folder.begin({}, overwrite=False)
    folder.publish([folder.put("part-0-a", b"old", {})], {})
    with pytest.raises(DataError, match="exists already"):
        folder.refuse_existing(overwrite=False)
    folder.refuse_existing(overwrite=True)
    folder.begin({}, overwrite=False)
    stem = folder.put("part-0-b", b"new", {})
    folder.publish([stem], {})
    assert names(target) == ["_run.json", f"{stem}.parquet"]


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """Whatever is forced."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(DataError, match="no folder that fitcheck wrote"):
        PartFolder.of(str(tmp_path / "out")).refuse_existing(overwrite=True)


def test_a_worker_that_does_not_share_the_disk_says_so(tmp_path: Path) -> None:
    """It does not write where nobody looks."""
    with pytest.raises(DataError, match="where a worker runs"):
        PartFolder.of(str(tmp_path / "out")).put("part-0-a", b"", {})
    folder = PartFolder.of(str(tmp_path / "out"))
    folder.begin({}, overwrite=False)
    with pytest.raises(DataError, match="does not hold what a worker wrote"):
        folder.publish(["part-00000-of-another-disk"], {})
    assert not (tmp_path / "out").exists()


def test_files_are_found_by_pattern_and_folder(tmp_path: Path) -> None:
    """Hidden files are none; a file that is changed has another stamp."""
    for name in ("b.parquet", "a.parquet", "_run.json", ".x.parquet", "c.csv"):
        (tmp_path / name).write_bytes(b"1")
    found = [Path(address).name for address in find_files(str(tmp_path))]
    assert found == ["a.parquet", "b.parquet"]
    assert find_files(f"{tmp_path}/*.parquet") == find_files(str(tmp_path))
    before = stamp_of(find_files(str(tmp_path))[0])
    (tmp_path / "a.parquet").write_bytes(b"12")
    assert stamp_of(find_files(str(tmp_path))[0]) != before
    with pytest.raises(DataError, match="There is no file"):
        find_files(f"{tmp_path}/*.nothing")
    with pytest.raises(DataError, match="cannot be read"):
        find_files("nosuchstore://bucket/*.parquet")
    with pytest.raises(DataError, match="where a worker runs"):
        open_file(f"file://{tmp_path}/gone.parquet")
