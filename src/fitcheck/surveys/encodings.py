"""The encoding of a text file that is too long to be decoded at once."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fitcheck.surveys import sniff

_BLOCK = 1 << 20
_STATELESS = re.compile(
    r"utf-(8|8-sig|16|16-[lb]e|32|32-[lb]e)|ascii|iso8859-\d+|cp(125\d|437|850)"
)
"""Encodings in which a text can be cut between any two characters."""


class Encoding(NamedTuple):
    """How the bytes of a file are text."""

    name: str
    """What people read, and what the file is written in again."""
    codec: str
    """What decodes the bytes from `start` on, and any part of them."""
    start: int
    """Length of the byte order mark."""


def find_encoding(path: str, encoding: str | None) -> Encoding | None:
    """Return the encoding as `sniff.decode` would find it; None where parts cannot be decoded.

    Raises
    ------
    DataError
        If `encoding` is unknown or does not fit, or if a file is mostly but not all UTF-8.
    """
    with Path(path).open("rb") as stream:
        head = stream.read(1 << 16)
    if encoding is not None:
        return _named(path, encoding, head)
    name = sniff.marked_encoding(head) or sniff.utf16_without_bom(head)
    if name is not None:
        return _named(path, name, head)
    if _first_error(path, "utf-8") is None:
        return Encoding("utf-8", "utf-8", 0)
    _refuse_mixed(path)
    name = "cp1252" if _first_error(path, "cp1252") is None else "latin-1"
    return Encoding(name, name, 0)


def _named(path: str, name: str, head: bytes) -> Encoding | None:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        raise sniff.unknown_encoding(name) from None
    if not _STATELESS.fullmatch(known):
        return None
    codec, start = known, 0
    if known in ("utf-8", "utf-8-sig"):
        codec, start = "utf-8", 3 if head.startswith(codecs.BOM_UTF8) else 0
    elif known in ("utf-16", "utf-32"):
        width = int(known[-2:]) // 8
        little, big = (getattr(codecs, f"BOM_UTF{known[-2:]}_{end}") for end in ("LE", "BE"))
        codec = f"{known}-be" if head.startswith(big) else f"{known}-le"
        start = width if head.startswith((little, big)) else 0
    row = _first_error(path, codec, start)
    if row is not None:
        raise sniff.wrong_encoding(path, name, row)
    return Encoding(name, codec, start)


def _first_error(path: str, codec: str, start: int = 0) -> int | None:
    """Return the line that cannot be decoded, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    n_lines = 1
    for block, is_last in _blocks(path, start):
        try:
            decoder.decode(block, is_last)
        except UnicodeError as error:
            return n_lines + block.count(b"\n", 0, getattr(error, "start", 0))
        n_lines += block.count(b"\n")
    return None


def _blocks(path: str, start: int) -> Iterator[tuple[bytes, bool]]:
    with Path(path).open("rb") as stream:
        stream.seek(start)
        block = stream.read(_BLOCK)
        while block:
            following = stream.read(_BLOCK)
            yield block, not following
            block = following


def _refuse_mixed(path: str) -> None:
    """Raise if all but a few characters of the file are UTF-8, as `sniff.decode` does."""
    good = bad = 0
    with Path(path).open("rb") as stream:
        while lines := stream.readlines(_BLOCK):
            n_good, n_bad = sniff.utf8_counts(b"".join(lines))
            good, bad = good + n_good, bad + n_bad
    if good > 2 * bad:
        raise sniff.mixed_encoding(path, _first_error(path, "utf-8") or 1)
