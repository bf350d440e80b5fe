"""Reads JSON Lines files part by part, and writes their lines again."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from fitcheck.records import Message
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, ReadOptions, writes_nothing
from fitcheck.surveys.json_lines import added_keys, as_object, cells, flat, json_records
from fitcheck.surveys.outline import Block
from fitcheck.surveys.outputs import is_own_header
from fitcheck.surveys.parts import (
    Lines,
    Part,
    WholeFileNeeded,
    contents,
    encoding_of,
    head_rows,
    read_rows,
)


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """How the lines of one file are read and written."""

    path: str
    codec: str
    header: tuple[str, ...]
    """Every key of any line, those of nested objects dotted."""

    def block(self, part: Part) -> Block:
        """Return the rows of a part."""
        header, numbers, rows = list(self.header), [], []
        for number, line in self._lines(part):
            numbers.append(number)
            rows.append(cells(flat(as_object(line, self.path, number)), header))
        return Block(part.first, numbers, rows)

    def render(
        self, part: Part, block: Block, layout: GridLayout, columns: NewColumns
    ) -> list[str]:
        """Return the lines of the part with keys added."""
        lines = (line for _, line in self._lines(part))
        return list(json_records(lines, added_keys(layout, columns, range(len(block.rows)))))

    def _lines(self, part: Part) -> Iterator[tuple[int, str]]:
        lines = part.content.decode(self.codec).split("\n")
        return ((n, line) for n, line in enumerate(lines, part.line) if line.strip())


class JsonParts:
    """A JSON Lines file, read in parts."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        self._path = path
        self._encoding = encoding_of(path, options)
        self._header: list[str] = []
        self._new: dict[str, None] = {}
        self._marks: list[tuple[int, int, int]] = []
        self._refuse_array()
        self._find_first_keys()
        self._make_grid()

    def _refuse_array(self) -> None:
        lines = Lines(self._path, self._encoding, self._encoding.start, "\n")
        try:
            first = next((line for line in lines if line.strip()), "")
        finally:
            lines.close()
        if first.lstrip().startswith("[") or '"statements"' in first[:1000]:
            raise WholeFileNeeded(Message("its answers stand in one array"))

    def _find_first_keys(self) -> None:
        """Read until there are keys: before, every row is empty, and none would be the first."""
        with closing(self.blocks()) as blocks:
            for _ in blocks:
                if self._new:
                    return

    def _make_grid(self) -> None:
        self._header += self._new
        self._new = {}
        rows, numbers = head_rows(self.blocks())
        self._grid = Grid(
            rows=[list(row) for row in rows],
            numbers=numbers,
            facts={"format": "jsonl", "encoding": self._encoding.name},
            write_rows=writes_nothing,
            ending="",
            header_rows=1,
            own_output=is_own_header(self._header),
        )

    @property
    def grid(self) -> Grid:
        """The first rows, with what was detected."""
        return self._grid

    @property
    def is_settled(self) -> bool:
        """Whether the last pass found no new key; else they are known for the next one."""
        if not self._new:
            return True
        self._make_grid()
        return False

    def blocks(self) -> Generator[Block, None, None]:
        """Yield all rows, from the heading on."""
        header = list(self._header)
        known = set(header)
        yield Block(0, [0], [header])
        lines = Lines(self._path, self._encoding, self._encoding.start, "\n")
        self._marks, first, line_number = [], 1, 1
        source = iter(lines)
        try:
            while True:
                offset, texts = lines.offset, list[str]()
                read_rows(source, texts, lines)
                if not texts:
                    return
                lines.pass_to(line_number - 1 + len(texts))
                numbers, rows = [], []
                for number, line in enumerate(texts, line_number):
                    if line.strip():
                        entry = flat(as_object(line, self._path, number))
                        if not entry.keys() <= known:
                            self._new |= dict.fromkeys(key for key in entry if key not in known)
                        numbers.append(number)
                        rows.append(cells(entry, header))
                self._marks.append((first, line_number, offset))
                self._end = lines.offset
                yield Block(first, numbers, rows)
                first, line_number = first + len(rows), line_number + len(texts)
        finally:
            lines.close()

    def parts(self, start: int) -> Iterator[Part]:
        """Yield the parts from the one with this number, as the last pass divided them."""
        return contents(self._path, self._marks, self._end, start)

    def format(self, width: int) -> JsonFormat:  # noqa: ARG002
        """Return how parts are read and written."""
        return JsonFormat(self._path, self._encoding.codec, tuple(self._header))
