"""What `codebook` and `personas` share: starter files."""

from __future__ import annotations

from pathlib import Path

from fitcheck.cli.terminal import Terminal
from fitcheck.surveys.atomic import atomic_path


def write_starter(source: Path, output: str, *, force: bool, terminal: Terminal) -> None:
    """Copy a shipped file as the start of the user's own."""
    target = Path(output)
    with atomic_path(target, overwrite=force) as temporary:
        temporary.write_bytes(source.read_bytes())
    terminal.tell("Written: {path}", path=target)
