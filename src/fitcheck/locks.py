"""Locks on files, which the system takes off again when a program ends or is killed."""

from __future__ import annotations

import os
import sys


def lock_file(file: int) -> None:
    """Lock an open file until it is closed.

    Raises
    ------
    BlockingIOError
        If another program has locked it.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 1 << 30, os.SEEK_SET)  # far behind the end, so that lines can be read
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
