"""What stands around the rows of an xlsx sheet: widths, filter, heading that stays in sight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO

from fitcheck.surveys.excel_xml import Edit, Element, appended, find_elements, with_attributes
from fitcheck.surveys.grid import GridLayout, column_index, column_letters
from fitcheck.surveys.legend import width_of

_BEFORE_FILTER = (
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
)
"""What stands before a filter, in the order that Excel demands."""
_LOOKED_FOR = (
    *_BEFORE_FILTER,
    "dimension",
    "sheetView",
    "pane",
    "selection",
    "sheetFormatPr",
    "cols",
    "col",
    "autoFilter",
    "tableParts",
)


class Surroundings:
    """A sheet without its rows.

    Parameters
    ----------
    stream : file
        The sheet's XML, open for bytes; it is read in little memory.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._xml, self._n_left_out = _without_rows(stream)
        self._found: dict[str, list[Element]] = {}
        for element in find_elements(self._xml, *_LOOKED_FOR):
            self._found.setdefault(element.name, []).append(element)
        self._rows = self._found["sheetData"][0]
        self._prefix = self._rows.prefix

    @property
    def has_tables(self) -> bool:
        """Whether there are Excel tables on it."""
        return "tableParts" in self._found

    def edits(self, layout: GridLayout, names: Sequence[str], width: int) -> list[Edit]:
        """Return what changes in the whole XML for columns at the right of `width` others."""
        edits = [Edit(e.start, e.end, b"") for e in self._found.get("dimension", [])]
        edits += self._frozen(layout.header[-1] + 1)
        edits.append(self._widths(names, width))
        if not self.has_tables:  # a table brings its own filter, and two would break the file
            edits += self._filter(layout, names, width)
        moved = self._n_left_out
        return [
            Edit(e.start + moved, e.end + moved, e.new) if e.start > self._rows.start else e
            for e in edits
        ]

    def _before_rows(self, name: str) -> list[Element]:
        return [e for e in self._found.get(name, []) if e.start < self._rows.start]

    def _frozen(self, n_rows: int) -> Iterator[Edit]:
        """Yield what keeps the heading in sight; what somebody froze already stays."""
        if self._before_rows("pane"):
            return
        p, views = self._prefix, self._before_rows("sheetView")
        pane = (
            f'<{p}pane ySplit="{n_rows}" topLeftCell="A{n_rows + 1}" activePane="bottomLeft"'
            ' state="frozen"/>'
        )
        if not views:
            view = f'<{p}sheetView workbookViewId="0">{pane}</{p}sheetView>'
            following = [*self._before_rows("sheetFormatPr"), *self._before_rows("cols")]
            place = (*following, self._rows)[0].start
            yield Edit(place, place, f"<{p}sheetViews>{view}</{p}sheetViews>".encode())
        elif views[0].closing is None:
            yield appended(views[0], pane.encode())
        else:
            behind_tag = with_attributes(self._xml, views[0]).end
            yield Edit(behind_tag, behind_tag, pane.encode())
            for selection in self._before_rows("selection"):
                if "pane" not in selection.attributes:
                    yield with_attributes(self._xml, selection, pane="bottomLeft")

    def _widths(self, names: Sequence[str], width: int) -> Edit:
        """Return the edit that gives the new columns widths; those of other columns stay."""
        p, first, last = self._prefix, width + 1, width + len(names)
        left, right = b"", b""
        for col in self._found.get("col", []):
            low, high = int(col.attributes["min"]), int(col.attributes["max"])
            if low < first:
                left += self._narrowed(col, max=str(min(high, first - 1)))
            if high > last:
                right += self._narrowed(col, min=str(max(low, last + 1)))
        new = "".join(
            f'<{p}col min="{i}" max="{i}" width="{width_of(name)}" customWidth="1"/>'
            for i, name in enumerate(names, start=first)
        )
        known = self._found.get("cols")
        start, end = (known[0].start, known[0].end) if known else (self._rows.start,) * 2
        cols = f"<{p}cols>".encode() + left + new.encode() + right + f"</{p}cols>".encode()
        return Edit(start, end, cols)

    def _narrowed(self, col: Element, **values: str) -> bytes:
        edit = with_attributes(self._xml, col, **values)
        return edit.new + self._xml[edit.end : col.end]

    def _filter(self, layout: GridLayout, names: Sequence[str], width: int) -> Iterator[Edit]:
        """Yield the edit that lets the filter of the table take in the new columns."""
        last = column_letters(width + len(names) - 1)
        if "autoFilter" in self._found:
            known = self._found["autoFilter"][0]
            left, top, right, bottom = corners(known.attributes["ref"])
            if right == width - 1:
                ref = f"{column_letters(left)}{top}:{last}{bottom}"
                yield with_attributes(self._xml, known, ref=ref)
            return
        ref = f"A{layout.header[-1] + 1}:{last}{layout.last + 1}"
        place = max(e.end for name in _BEFORE_FILTER for e in self._found.get(name, []))
        yield Edit(place, place, f'<{self._prefix}autoFilter ref="{ref}"/>'.encode())


def _without_rows(stream: IO[bytes]) -> tuple[bytes, int]:
    """Return a sheet's XML with its rows left out, and how many bytes that are."""
    data, at, head, prefix = bytearray(), 0, None, b""
    while chunk := stream.read(1 << 18):
        data += chunk
        if head is None:
            opening = re.search(rb"<((?:\w+:)?)sheetData\s*>", data)
            if opening is None:
                continue
            head, prefix, at = bytes(data[: opening.start()]), opening[1], opening.end()
            del data[: opening.end()]
        closing = re.search(rb"</(?:\w+:)?sheetData\s*>", data)
        if closing is not None:
            tail = bytes(data[closing.end() :]) + stream.read()
            before = head + b"<" + prefix + b"sheetData/>"
            return before + tail, at + closing.end() - len(before)
        at += max(0, len(data) - 64)
        del data[:-64]  # a closing tag may be cut in two
    raise ValueError("sheetData")


def corners(ref: str) -> tuple[int, int, int, int]:
    """Return the first column, first row, last column and last row of a range; columns from 0."""
    found = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?", ref)
    if found is None:
        raise ValueError(ref)
    left, top, right, bottom = found.groups()
    return column_index(left), int(top), column_index(right or left), int(bottom or top)
