"""Files on disks and object stores, and the folder in which parts wait until all are there.

Parts are written to ``<output>.unfinished``. A part counts once its tally lies beside it, which is
written after it; both carry a token of their own, so that two workers that do the same part do not
mix theirs. When all parts are there, the folder gets its name in one step. An object store cannot
rename: there the parts are moved one by one, and ``_run.json`` comes last and says that all are
there.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from fitcheck.errors import DataError
from fitcheck.surveys.atomic import refuse_existing_folder
from fitcheck.surveys.outputs import RUN_FILE

_SETTINGS, _USED = "settings.json", "used.json"
_PART, _TALLY = ".parquet", ".tally"


def find_files(pattern: str) -> list[str]:
    """Return the addresses of the files that a path, a folder or a pattern means, sorted.

    Raises
    ------
    DataError
        If there are none, or they cannot be listed.
    """
    try:
        files, path = fsspec.core.url_to_fs(pattern)
        if files.isdir(path):
            path = f"{path.rstrip('/')}/*{_PART}"
        found = sorted(name for name in files.glob(path) if not _is_hidden(name))
        addresses = [_address(files, name) for name in found]
    except (OSError, ValueError, ImportError) as error:
        raise DataError(
            "{path} cannot be read ({reason}).",
            "Check the address and the rights; an object store needs its package, such as s3fs.",
            path=pattern,
            reason=type(error).__name__,
        ) from error
    if not addresses:
        raise DataError(
            "There is no file {path}.", "Check the name; quote a pattern.", path=pattern
        )
    return addresses


def open_file(address: str) -> BinaryIO:
    """Open a file for reading.

    Raises
    ------
    DataError
        If it is not there.
    """
    try:
        opened: BinaryIO = fsspec.open(address, "rb").open()
        return opened
    except FileNotFoundError:
        raise DataError(
            "There is no file {path} where a worker runs.",
            "Put it where all workers can read it.",
            path=shown(address),
        ) from None


def stamp_of(address: str) -> str:
    """Return what changes when a file does."""
    files, path = fsspec.core.url_to_fs(address)
    info = files.info(path)
    return json.dumps([info.get(name) for name in ("size", "mtime", "ETag")], default=str)


def shown(address: str) -> str:
    """Return an address as people write it."""
    return address.removeprefix("file://")


@dataclass(frozen=True)
class PartFolder:
    """The output of a run while it is made.

    Parameters
    ----------
    target : str
        Address of the folder that is to appear.
    """

    target: str

    @classmethod
    def of(cls, path: str) -> PartFolder:
        """Return the folder for a path as it was typed."""
        return cls(_address(*fsspec.core.url_to_fs(path)).rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Whether it can be renamed."""
        return self.target.startswith("file://")

    @property
    def path(self) -> Path:
        """The target on a disk."""
        return Path(shown(self.target))

    def refuse_existing(self, *, overwrite: bool) -> None:
        """Raise a DataError if the target may not be replaced, or cannot be made."""
        if self.is_local:
            refuse_existing_folder(self.path, overwrite=overwrite)
        if not self._files.exists(self._target):
            return
        if not overwrite:
            raise DataError(
                "{path} exists already.",
                "Pass --force to overwrite it, or another --output.",
                path=shown(self.target),
            )
        if not self._files.exists(f"{self._target}/{RUN_FILE}"):
            raise DataError(
                "{path} is no folder that fitcheck wrote.",
                "Pass another --output.",
                path=shown(self.target),
            )

    def begin(self, settings: Mapping[str, Any], *, overwrite: bool) -> bytes:
        """Begin or go on, and return the key that hashes ids.

        Raises
        ------
        DataError
            If an unfinished run with other settings lies there.
        """
        settings = json.loads(json.dumps(settings))
        known = self._read_if_there(_SETTINGS)
        if known and known["settings"] != settings:
            if not overwrite:
                raise DataError(
                    "{path} holds an unfinished run with other settings.",
                    "Pass the same options to go on with it, or --force to begin anew.",
                    path=f"{shown(self.target)}.unfinished",
                )
            self._files.rm(self._unfinished, recursive=True)
            known = {}
        if not known:
            self._files.makedirs(self._unfinished, exist_ok=True)
            known = {"settings": settings, "key": secrets.token_hex(32)}
            self._write(_SETTINGS, json.dumps(known, indent=2).encode())
        return bytes.fromhex(known["key"])

    def finished(self) -> dict[str, str]:
        """Return the parts that are there: their names without the token, and with it."""
        names = self._there()
        stems = sorted(name.removesuffix(_TALLY) for name in names if name.endswith(_TALLY))
        return {stem.rpartition("-")[0]: stem for stem in stems if stem + _PART in names}

    def put(self, name: str, part: bytes, tally: Mapping[str, Any]) -> str:
        """Write a part and its tally, and return its name with the token.

        Raises
        ------
        DataError
            If the folder is not there: it must be one for all workers.
        """
        if self.is_local and not Path(self._unfinished).is_dir():
            raise DataError(
                "There is no folder {path} where a worker runs.",
                "Pass an --output on a disk or store that all workers share.",
                path=f"{shown(self.target)}.unfinished",
            )
        stem = f"{name}-{secrets.token_hex(4)}"
        self._write(stem + _PART, part)
        self._write(stem + _TALLY, json.dumps(tally).encode())
        return stem

    def part(self, stem: str) -> bytes:
        """Return a part."""
        return bytes(self._files.cat_file(f"{self._unfinished}/{stem}{_PART}"))

    def tally(self, stem: str) -> dict[str, Any]:
        """Return the tally of a part."""
        return self._read(stem + _TALLY)

    def used(self) -> dict[str, Any]:
        """Return what asking a model took by now, in all runs."""
        return self._read_if_there(_USED)

    def keep_used(self, used: Mapping[str, Any]) -> None:
        """Keep what asking a model took by now, in all runs."""
        self._write(_USED, json.dumps(used).encode())

    def publish(self, stems: Collection[str], run: Mapping[str, Any]) -> None:
        """Give the folder its name, with these parts and the facts of the run.

        Raises
        ------
        DataError
            If a part is not seen here.
        """
        there = self._there()
        wanted = {stem + _PART for stem in stems}
        if missing := sorted(wanted - there):
            raise DataError(
                "{path} does not hold what a worker wrote there: {name}.",
                "Pass an --output on a disk or store that all workers share.",
                path=f"{shown(self.target)}.unfinished",
                name=missing[0],
            )
        told = (json.dumps(run, ensure_ascii=False, indent=2) + "\n").encode()
        if not self.is_local:
            self._move_parts(sorted(wanted), told)
            return
        # A worker that was given up may still write to the old place: it cannot reach the new one.
        whole = Path(self._unfinished, f"whole-{secrets.token_hex(4)}")
        whole.mkdir()
        for name in sorted(wanted):
            Path(self._unfinished, name).rename(whole / name)
        (whole / RUN_FILE).write_bytes(told)
        before = self.path.with_name(f".fitcheck-{secrets.token_hex(4)}")
        if self.path.exists():
            self.path.rename(before)
        whole.rename(self.path)
        shutil.rmtree(before, ignore_errors=True)
        shutil.rmtree(self._unfinished, ignore_errors=True)

    def _move_parts(self, names: Collection[str], told: bytes) -> None:
        if self._files.exists(self._target):
            self._files.rm(self._target, recursive=True)
        for name in names:
            self._files.mv(f"{self._unfinished}/{name}", f"{self._target}/{name}")
        self._files.pipe_file(f"{self._target}/{RUN_FILE}", told)
        self._files.rm(self._unfinished, recursive=True)

    def _there(self) -> set[str]:
        """Return the names of what all workers have written by now."""
        self._files.invalidate_cache()
        return {Path(name).name for name in self._files.ls(self._unfinished, detail=False)}

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._files.cat_file(f"{self._unfinished}/{name}"))
        return found

    def _read_if_there(self, name: str) -> dict[str, Any]:
        try:
            return self._read(name)
        except FileNotFoundError:
            return {}

    def _write(self, name: str, content: bytes) -> None:
        path = f"{self._unfinished}/{name}"
        if not self.is_local:
            self._files.pipe_file(path, content)  # an object appears whole
            return
        temporary = Path(f"{path}.{secrets.token_hex(4)}.part")
        temporary.write_bytes(content)
        temporary.replace(path)

    @property
    def _unfinished(self) -> str:
        return f"{self._target}.unfinished"

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        files, path = fsspec.core.url_to_fs(self.target)
        return files, str(path)

    @property
    def _files(self) -> Any:
        return self._opened[0]

    @property
    def _target(self) -> str:
        return self._opened[1]


def _address(files: Any, path: str) -> str:
    return str(files.unstrip_protocol(path))


def _is_hidden(path: str) -> bool:
    return path.rpartition("/")[2].startswith((".", "_"))
