"""Detects what a file is: content type, text encoding, cell separator."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from fitcheck.errors import DataError

FileKind = Literal["text", "workbook", "json", "parquet"]

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
)
SEPARATORS = (";", ",", "\t", "|")
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65_536

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def file_kind(content: bytes, path: str) -> FileKind:
    """Return how `content` has to be read, from the content and not from the file's name.

    Raises
    ------
    DataError
        If the file is empty or is no table.
    """
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise DataError("{path} is empty.", "Export it again.", path=path)
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content, path)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise DataError(
                "{path} is protected by a password.",
                "Save it in Excel without a password and run the command again.",
                path=path,
            )
        return "workbook"
    if content.startswith(b"PAR1"):
        return "parquet"
    for signature, name in _SIGNATURES:
        if content.startswith(signature):
            raise _not_a_table(path, name)
    head = content[:_SAMPLE]
    if re.match(rb"\s*(<!doctype html|<html|<table|<\?xml|<meta)", head, re.IGNORECASE):
        raise _not_a_table(path, "a web page or XML document, whatever its name says")
    if not _has_bom(content) and utf16_without_bom(head) is None and _looks_binary(head):
        raise _not_a_table(path, "a binary file")
    if re.match(rb"(?:\xef\xbb\xbf)?\s*(\{\s*[\"}]|\[\s*\{)", head):
        return "json"
    return "text"


def _zip_kind(content: bytes, path: str) -> FileKind:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        raise DataError(
            "{path} is a damaged or incomplete workbook.",
            "Download or save it again.",
            path=path,
        ) from None
    if any(name.startswith("xl/workbook") for name in names) or "content.xml" in names:
        return "workbook"
    raise _not_a_table(path, "a zip archive")


def _not_a_table(path: str, name: str) -> DataError:
    return DataError(
        "{path} is {kind}, not a table of answers.",
        "Export the answers as xlsx or csv and pass that file.",
        path=path,
        kind=name,
    )


def _has_bom(content: bytes) -> bool:
    return any(content.startswith(bom) for bom, _ in _BOMS)


def _looks_binary(head: bytes) -> bool:
    controls = sum(head.count(bytes([code])) for code in range(32) if code not in b"\t\n\r\x0b\x0c")
    return controls > max(8, len(head) // 20)


def utf16_without_bom(head: bytes) -> str | None:
    """Return utf-16-le or utf-16-be if every second byte is mostly NUL."""
    if len(head) < 4:
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.5 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.5 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def decode(content: bytes, path: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and the encoding it was in.

    Tried in this order: byte order mark, UTF-16 by its NULs, UTF-8, cp1252, Latin-1.

    Raises
    ------
    DataError
        If `encoding` is unknown or does not fit, or if a file is mostly but not all UTF-8.
    """
    if encoding is not None:
        return _decode_as(content, path, encoding), encoding
    marked = marked_encoding(content)
    if marked is not None:
        return _decode_as(content, path, marked), marked
    wide = utf16_without_bom(content[:_SAMPLE])
    if wide is not None:
        return _decode_as(content, path, wide), wide
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        _refuse_mixed(content, path, error.start)
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def marked_encoding(content: bytes) -> str | None:
    """Return the encoding that a byte order mark names, or None."""
    return next((name for bom, name in _BOMS if content.startswith(bom)), None)


def _decode_as(content: bytes, path: str, encoding: str) -> str:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except LookupError:
        raise unknown_encoding(encoding) from None
    except UnicodeError as error:
        row = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise wrong_encoding(path, encoding, row) from None


def _refuse_mixed(content: bytes, path: str, position: int) -> None:
    """Raise if all but a few characters of the file are UTF-8: guessing would garble those."""
    good, bad = utf8_counts(content)
    if good > 2 * bad:
        raise mixed_encoding(path, content.count(b"\n", 0, position) + 1)


def utf8_counts(content: bytes) -> tuple[int, int]:
    """Return how many characters beyond ASCII are UTF-8, and how many are not."""
    good = len(re.findall(rb"[\xc3-\xf4][\x80-\xbf]+", content))
    return good, content.decode("utf-8", errors="replace").count("\ufffd")


def unknown_encoding(encoding: str) -> DataError:
    """Return the error for an encoding that does not exist."""
    return DataError(
        "There is no encoding {encoding}.",
        "Pass --encoding utf-8, cp1252, latin-1 or utf-16.",
        encoding=encoding,
    )


def wrong_encoding(path: str, encoding: str, row: int) -> DataError:
    """Return the error for a file that is not in the encoding that is named."""
    return DataError(
        "{path}, line {row}, has bytes that are not {encoding}.",
        "Leave --encoding out to have it detected, or export the file again as UTF-8.",
        path=path,
        row=row,
        encoding=encoding,
    )


def mixed_encoding(path: str, row: int) -> DataError:
    """Return the error for a file of which a few characters are not UTF-8."""
    return DataError(
        "{path}, line {row}, has bytes that are not UTF-8 although the rest of the file is.",
        "Export the file again, or pass --encoding cp1252 to read it all as Windows text.",
        path=path,
        row=row,
    )


def separator_line(text: str) -> str | None:
    """Return the separator that a first line such as ``sep=;`` names, or None."""
    match = re.match(r"\"?sep=(.)\"?[ \t]*(\r\n|\r|\n|$)", text, re.IGNORECASE)
    return match.group(1) if match else None


def detect_separator(text: str) -> str | None:
    """Return the separator under which most rows have the same number of cells, or None.

    Quotes are respected. None means a table of a single column.
    """
    sample = text[: 4 * _SAMPLE]
    scores = {separator: _consistency(sample, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    return best if scores[best] > (0.0, 0) else None


def _consistency(sample: str, separator: str) -> tuple[float, int]:
    """Return the share of rows with the usual cell count, rounded, and that count."""
    rows = [row for row in _rows_of(sample, separator) if any(cell.strip() for cell in row)]
    inner = [cell for row in rows for cell in row[1:] if cell]
    if inner and sum(cell.startswith(" ") for cell in inner) > 0.8 * len(inner):
        return (0.0, 0)  # the commas of prose
    widths = [len(row) for row in rows]
    if len(widths) > 1 and len(sample) >= 4 * _SAMPLE:
        widths.pop()  # the sample may end in the middle of a row
    if not widths:
        return (0.0, 0)
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return (0.0, 0)
    width, _ = max(counts.items(), key=lambda item: (item[1] * (item[0] ** 0.5), item[0]))
    table = widths[widths.index(width) :]
    share = sum(found == width for found in table) / len(table)
    # Long prose contains commas: a separator that most rows do not share is none.
    coverage = len(table) / len(widths)
    if share < 0.6 or coverage < 0.5:
        return (0.0, 0)
    return (round(share * coverage**0.5, 1), width)


def _rows_of(sample: str, separator: str) -> Iterator[list[str]]:
    """Yield rows until one breaks the rules of quoting, as it does under a wrong separator."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator, strict=True)
    with contextlib.suppress(csv.Error):
        yield from reader
