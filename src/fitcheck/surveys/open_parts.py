"""Opens a large file so that it is read part by part, with the reader for its content."""

from __future__ import annotations

from pathlib import Path

from fitcheck.records import Message
from fitcheck.surveys import sniff
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.parts import PartSource, WholeFileNeeded

LARGE_BYTES = 20_000_000
LARGE_ROWS = 20_000
"""A file with more bytes or rows is read part by part."""
_BEGINNING = 1 << 20


def is_large(path: str) -> bool:
    """Return whether a file is better read part by part, by its size and its first lines."""
    file = Path(path)
    if not file.is_file():
        return False
    size = file.stat().st_size
    if size > LARGE_BYTES:
        return True
    with file.open("rb") as stream:
        head = stream.read(_BEGINNING)
    if head.startswith(b"PAR1"):
        from fitcheck.surveys.parquet import count_rows

        return count_rows(path) > LARGE_ROWS
    return head.count(b"\n") * size > LARGE_ROWS * len(head)


def open_parts(path: str, options: ReadOptions) -> PartSource:
    """Return the file, ready to be read in parts.

    Raises
    ------
    DataError
        If it is no table.
    WholeFileNeeded
        If it can only be read as a whole.
    """
    with Path(path).open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe") or head.startswith(
        (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    ):
        raise WholeFileNeeded(Message("its format has no parts"))
    kind = sniff.file_kind(head, path)
    if kind == "parquet":
        from fitcheck.surveys.parquet import ParquetParts

        return ParquetParts(path)
    if kind == "json":
        from fitcheck.surveys.json_parts import JsonParts

        return JsonParts(path, options)
    from fitcheck.surveys.text_parts import TextParts

    return TextParts(path, options)
