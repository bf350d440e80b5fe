"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fitcheck.errors import DataError


@contextmanager
def atomic_path(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` if the block succeeds.

    Raises
    ------
    DataError
        If `target` exists and `overwrite` is false, if its folder is missing or not writable,
        or if another program (Excel) holds it.
    """
    refuse_existing(target, overwrite=overwrite)
    # The temporary file keeps the ending: some writers choose the format by it.
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".fitcheck-", suffix=target.suffix
        )
    except OSError as error:
        raise not_writable(target, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _give_usual_rights(temporary)
        _move(temporary, target)
    except OSError as error:
        raise not_writable(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(target: Path, content: bytes, *, through: Path) -> None:
    """Replace a file that is there, whole or not at all, and keep who may read it.

    Parameters
    ----------
    target
        The file.
    content
        What it is to hold; on the disk before the old one goes.
    through
        Where it is written first. The name is given, so that what a killed run left there is
        found and overwritten.

    Raises
    ------
    DataError
        If it cannot be written, or another program (Excel) holds it.
    """
    try:
        with through.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, through)
        _move(through, target)
    except OSError as error:
        raise not_writable(target, error) from error
    finally:
        through.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside `target`; it becomes `target` if the block succeeds.

    In a folder that is there already, files of the same names are replaced and others kept.

    Raises
    ------
    DataError
        If `target` exists and `overwrite` is false, or cannot be written.
    """
    refuse_existing_folder(target, overwrite=overwrite)
    try:
        with tempfile.TemporaryDirectory(
            dir=target.parent, prefix=".fitcheck-", ignore_cleanup_errors=True
        ) as name:
            folder = Path(name) / target.name
            folder.mkdir()
            yield folder
            if not target.exists():
                folder.rename(target)
            else:
                for file in folder.iterdir():
                    file.replace(target / file.name)
    except OSError as error:
        raise not_writable(target, error) from error


def refuse_existing_folder(target: Path, *, overwrite: bool) -> None:
    """Raise a DataError if `target` is a file or a folder that may not be written into."""
    if target.is_dir() and overwrite:
        return
    if target.exists():
        raise DataError(
            "{path} exists already.",
            "Pass --force to write into that folder, or another --output.",
            path=str(target),
        )
    _refuse_missing_folder(target)


def write_text(target: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with atomic_path(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Raise a DataError if `target` may not be overwritten, or its folder is not there."""
    try:
        is_folder, exists = target.is_dir(), target.exists()
    except OSError as error:
        raise not_writable(target, error) from error
    if is_folder:
        raise DataError("{path} is a folder.", "Pass a file name to --output.", path=str(target))
    if exists and not overwrite:
        raise DataError(
            "{path} exists already.",
            "Pass --force to overwrite it, or another --output.",
            path=str(target),
        )
    _refuse_missing_folder(target)


def refuse_input(target: Path, source: str) -> None:
    """Raise a DataError if writing `target` would replace the file that is read."""
    try:
        same = target.exists() and Path(source).exists() and target.samefile(source)
    except OSError as error:
        raise not_writable(target, error) from error
    if same:
        raise DataError(
            "The output {path} is the input itself.", "Pass another --output.", path=str(target)
        )


def _refuse_missing_folder(target: Path) -> None:
    if not target.parent.is_dir():
        raise DataError(
            "There is no folder {folder} to write to.",
            "Create it, or pass another --output.",
            folder=str(target.parent),
        )


def _move(temporary: Path, target: Path) -> None:
    try:
        temporary.replace(target)
    except PermissionError as error:
        raise DataError(
            "{path} is open in another program, probably Excel.",
            "Close it there and run the command again.",
            path=str(target),
        ) from error


def not_writable(target: Path, error: OSError) -> DataError:
    """Return the error for a file or folder that the system does not let us write."""
    return DataError(
        "{path} cannot be written ({reason}).",
        "Check the folder's rights and free space, or pass another --output.",
        path=str(target),
        reason=error.strerror or type(error).__name__,
    )


def _give_usual_rights(path: Path) -> None:
    """Undo mkstemp's private mode: a result is as readable as any file the user makes."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
