"""The XML inside xlsx workbooks, changed in places; every other byte stays as it was.

openpyxl would load and write the whole workbook: many times slower, in memory many times its size,
and without what it does not know, such as shapes, macros and newer kinds of rules.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple, cast
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from fitcheck.surveys.grid import column_index, column_letters

_CHUNK = 1 << 18
_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


class Edit(NamedTuple):
    """What stands in place of the bytes from `start` to `end`."""

    start: int
    end: int
    new: bytes


@dataclass(slots=True)
class Element:
    """Where an element stands, in bytes from the beginning of its part."""

    name: str
    prefix: str
    """Of the name, with its colon."""
    attributes: Mapping[str, str]
    start: int
    closing: int | None = None
    """Where the closing tag begins; None if there is none."""
    end: int = 0


class _Reader:
    """Tells where elements begin and end, while XML comes in chunks."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begun
        self._parser.EndElementHandler = self._ended
        self.seen = bytearray()
        """The bytes that came in, from `base` on."""
        self.base = 0

    def read(self, data: bytes, *, last: bool = False) -> None:
        if not self.base and not self.seen and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ValueError("UTF-16")
        self.seen += data
        self._parser.Parse(data, last)

    def forget(self, until: int) -> bytes:
        """Return the bytes up to a place, which are needed no more."""
        known = bytes(self.seen[: until - self.base])
        del self.seen[: until - self.base]
        self.base = until
        return known

    def begun(self, element: Element) -> None:
        """Do what is to be done where an element begins."""

    def ended(self, kind: str, name: str) -> None:
        """Do what is to be done where an element ends; `close` tells where that is."""

    def close(self, element: Element, name: str) -> None:
        """Note where an element ends that has just done so."""
        # The parser stands before a closing tag, but behind an element that has none.
        at = self._parser.CurrentByteIndex
        tag = re.compile(rb"</" + name.encode() + rb"\s*>").match(self.seen, at - self.base)
        element.closing = None if tag is None else at
        element.end = at if tag is None else self.base + tag.end()

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, kind = name.rpartition(":")
        self.begun(Element(kind, prefix + colon, attributes, self._parser.CurrentByteIndex))

    def _ended(self, name: str) -> None:
        self.ended(name.rpartition(":")[2], name)


class _Finder(_Reader):
    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._names = names
        self._open: list[Element] = []

    def begun(self, element: Element) -> None:
        if element.name in self._names:
            self.found.append(element)
            self._open.append(element)

    def ended(self, kind: str, name: str) -> None:
        if kind in self._names:
            self.close(self._open.pop(), name)


def find_elements(xml: bytes, *names: str) -> list[Element]:
    """Return the elements with these names, in the order in which they begin.

    Raises
    ------
    ValueError
        If the text is in UTF-16.
    ExpatError
        If it is no XML.
    """
    finder = _Finder(names)
    finder.read(xml, last=True)
    return finder.found


def edited(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the text with the edits made.

    Examples
    --------
    >>> edited(b"<a><b/></a>", [Edit(3, 7, b"<c/>")])
    b'<a><c/></a>'
    """
    parts, done = [], 0
    for start, end, new in _in_order(edits):
        parts += [xml[done:start], new]
        done = end
    return b"".join([*parts, xml[done:]])


def _in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits by place; those at one place as they come."""
    return sorted(edits, key=lambda edit: edit[:2])


def appended(element: Element, new: bytes) -> Edit:
    """Return the edit that adds something as an element's last child."""
    if element.closing is not None:
        return Edit(element.closing, element.closing, new)
    name = f"</{element.prefix}{element.name}>".encode()
    return Edit(element.end - 2, element.end, b">" + new + name)


def with_attributes(xml: bytes, element: Element, **values: str | None) -> Edit:
    """Return the edit that gives an element's tag other attributes; None takes one away."""
    tag = _TAG.match(xml, element.start)
    if tag is None:
        raise ValueError(element.name)
    head = tag.group().rstrip(b"/>").rstrip()
    for name, value in values.items():
        known = re.compile(rb"\s+" + name.encode() + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
        head = known.sub(b"", head)
        if value is not None:
            head += f" {name}={quoteattr(value)}".encode()
    return Edit(tag.start(), tag.end(), head + (b"/>" if element.closing is None else b">"))


@dataclass(slots=True)
class Cell:
    """A cell that a sheet has, be it empty."""

    column: int
    element: Element
    has_formula: bool = False

    @property
    def style(self) -> str:
        """Number of its style."""
        return self.element.attributes.get("s", "")


@dataclass(slots=True)
class Row:
    """A row that a sheet has."""

    number: int
    """As Excel shows it."""
    element: Element
    cells: list[Cell] = field(default_factory=list)

    def gap(self, column: int) -> int | None:
        """Return where a new cell goes: before the first one to its right; None without an end."""
        right = (cell.element.start for cell in self.cells if cell.column > column)
        return next(right, self.element.closing)


class _Rows(_Reader):
    """Copies a sheet, with edits of rows and around them."""

    def __init__(
        self,
        target: IO[bytes],
        wanted: Collection[int],
        edits_of: Callable[[Row, bytes], Iterable[Edit]],
        around: Sequence[Edit],
    ) -> None:
        super().__init__()
        self._target, self._wanted, self._edits_of = target, wanted, edits_of
        self._edits = _in_order(around)
        self._row: Row | None = None
        self._number, self._column = 0, -1

    def begun(self, element: Element) -> None:
        kind = element.name
        if kind == "row":
            self._number = int(element.attributes.get("r") or self._number + 1)
            self._column = -1
            if self._number in self._wanted:
                self._row = Row(self._number, element)
        elif self._row is None:
            return
        elif kind == "c":
            place = element.attributes.get("r", "").rstrip("0123456789")
            self._column = column_index(place) if place else self._column + 1
            self._row.cells.append(Cell(self._column, element))
        elif kind == "f":
            self._row.cells[-1].has_formula = True

    def ended(self, kind: str, name: str) -> None:
        if self._row is None:
            return
        if kind == "c":
            self.close(self._row.cells[-1].element, name)
        elif kind == "row":
            row, self._row = self._row, None
            self.close(row.element, name)
            self.write(row.element.start)
            xml = bytes(self.seen[: row.element.end - self.base])
            self._edits = _in_order([*self._edits_of(row, xml), *self._edits])
            self.write(row.element.end)

    def write(self, until: int | None = None) -> None:
        """Write what is known up to a place, with the edits before it; all by default."""
        until = self.base + len(self.seen) if until is None else until
        while self._edits and self._edits[0].end <= until:
            edit = self._edits.pop(0)
            self._target.write(self.forget(edit.start))
            self._target.write(edit.new)
            self.forget(edit.end)
        if not self._edits or self._edits[0].start >= until:
            self._target.write(self.forget(until))


def edit_rows(
    source: IO[bytes],
    target: IO[bytes],
    wanted: Collection[int],
    edits_of: Callable[[Row, bytes], Iterable[Edit]],
    around: Sequence[Edit] = (),
) -> None:
    """Copy a sheet's XML in little memory, with edits of rows and of what stands around them.

    Parameters
    ----------
    source, target : file
        Open for bytes.
    wanted : collection of int
        Numbers of the rows that are edited.
    edits_of : callable
        Gets such a row and its bytes and returns its edits, those at one place in order.
    around : sequence of Edit
        What else is edited.
    """
    buffered = io.BufferedWriter(cast(io.RawIOBase, target), _CHUNK)
    rows = _Rows(buffered, wanted, edits_of, around)
    while chunk := source.read(_CHUNK):
        rows.read(chunk)
    rows.read(b"", last=True)
    rows.write()
    buffered.flush()
    buffered.detach()


def cell_xml(prefix: str, row: int, column: int, value: object, style: str = "") -> bytes:
    """Return a cell's element: a number, or a text, which must be one that XML can hold.

    Examples
    --------
    >>> cell_xml("", 2, 0, 0.5, "3"), cell_xml("", 2, 0, "")
    (b'<c r="A2" s="3"><v>0.5</v></c>', b'<c r="A2"/>')
    """
    p = prefix
    head = f'<{p}c r="{column_letters(column)}{row}"' + (f' s="{style}"' if style else "")
    if not isinstance(value, str):
        return f"{head}><{p}v>{value}</{p}v></{p}c>".encode()
    if not value:
        return f"{head}/>".encode()
    text = f'<{p}is><{p}t xml:space="preserve">{escape(value)}</{p}t></{p}is>'
    return f'{head} t="inlineStr">{text}</{p}c>'.encode()
