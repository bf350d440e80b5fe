"""Where a command writes: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fitcheck.surveys.atomic import atomic_path


@contextmanager
def output_path(output: str, ending: str, *, overwrite: bool) -> Iterator[Path]:
    """Yield a path to write to; for ``-`` what was written goes to stdout afterwards."""
    if output != "-":
        with atomic_path(Path(output), overwrite=overwrite) as temporary:
            yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="fitcheck-") as folder:
        path = Path(folder) / f"out{ending}"
        yield path
        sys.stdout.buffer.write(path.read_bytes())
