"""Opens a file so that it is read part by part, with the reader for its content."""

from __future__ import annotations

from pathlib import Path

from fitcheck.records import Message
from fitcheck.surveys import sniff
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.parts import PartSource, WholeFileNeeded


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
