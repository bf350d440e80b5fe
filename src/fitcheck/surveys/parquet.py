"""Reads and writes parquet files; the only importer of pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.cells import cell_text
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, writes_nothing
from fitcheck.surveys.outline import Block
from fitcheck.surveys.outputs import added_kind, is_own_header
from fitcheck.surveys.parts import ROWS, Part, WholeFileNeeded, head_rows

GROUP_ROWS = 65_536
"""Rows of a group, which is held in memory while it is written."""


def read_parquet(content: bytes, path: str) -> Grid:
    """Return the grid of a parquet file.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        return grid_of(pq.ParquetFile(io.BytesIO(content)).read())
    except (pa.ArrowException, OSError):
        raise damaged(path) from None


def grid_of(table: pa.Table, first_number: int = 2) -> Grid:
    """Return the grid of a table, whose first row below the heading has that number."""
    names = [str(name) for name in table.column_names]
    rows = [names, *_rows_of(table)]
    return Grid(
        rows=rows,
        numbers=[1, *range(first_number, first_number + len(rows) - 1)],
        facts={"format": "parquet"},
        write_rows=partial(_write_rows, table=table),
        ending="",
        header_rows=1,
        own_output=is_own_header(names),
    )


def _write_rows(path: Path, layout: GridLayout, columns: NewColumns, *, table: pa.Table) -> None:
    for name, values in columns.items():
        table = table.append_column(
            name, _column(name, _by_row(values, layout, table.num_rows, first=1))
        )
    write_groups(path, table.schema, [table])


def _by_row(values: Sequence[Any], layout: GridLayout, n_rows: int, *, first: int) -> list[Any]:
    """Return a value for each row of a table; its first row is that of this index in the grid."""
    full: list[Any] = [None] * n_rows
    for index, value in zip(layout.data, values, strict=True):
        full[index - first] = value
    return full


def write_groups(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables below each other, in groups of the same size however they are divided."""
    with pq.ParquetWriter(path, schema) as writer:
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table)
            while sum(part.num_rows for part in waiting) >= GROUP_ROWS:
                joined = pa.concat_tables(waiting)
                _write_group(writer, joined.slice(0, GROUP_ROWS))
                waiting = [joined.slice(GROUP_ROWS)]
        joined = pa.concat_tables(waiting) if waiting else schema.empty_table()
        if joined.num_rows or not waiting:
            _write_group(writer, joined)


def _write_group(writer: pq.ParquetWriter, table: pa.Table) -> None:
    # Where pages end depends on how arrays are divided.
    writer.write_table(table.combine_chunks(), row_group_size=GROUP_ROWS)


def write_columns(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write a table of the given columns."""
    table = pa.table({name: _column(name, values) for name, values in columns.items()})
    write_groups(path, table.schema, [table])


_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "yes/no": pa.bool_(),
}


def write_typed(path: Path, kinds: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a table whose columns have the same type whatever stands in them."""
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in kinds.items()])
    columns = [pa.array([row[i] for row in rows], field.type) for i, field in enumerate(schema)]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), path)


def _column(name: str, values: Sequence[Any]) -> pa.Array:
    kind = added_kind(name)
    if kind == "text":
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, _TYPES[kind])


def _rows_of(table: pa.Table | pa.RecordBatch) -> list[list[str]]:
    cells = [[cell_text(value) for value in column.to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*cells, strict=True)]


def damaged(path: str) -> DataError:
    """Return the error for a file that cannot be read."""
    return DataError(
        "{path} is a damaged or incomplete parquet file.", "Write it again.", path=path
    )


@dataclass(frozen=True, slots=True)
class ParquetFormat:
    """How parts of a parquet file are read and written."""

    def block(self, part: Part) -> Block:
        """Return the rows of a part."""
        rows = _rows_of(_table(part.content))
        return Block(part.first, range(part.line, part.line + len(rows)), rows)

    def render(self, part: Part, block: Block, layout: GridLayout, columns: NewColumns) -> bytes:
        """Return the part with columns added."""
        table = _table(part.content)
        for name, values in columns.items():
            full = _by_row(values, layout, len(block.rows), first=0)
            table = table.append_column(name, _column(name, full))
        return _bytes(table)


def answer_bytes(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return columns as a part of a larger table."""
    return _bytes(pa.table({name: _column(name, values) for name, values in columns.items()}))


def with_column(content: bytes, name: str, values: Mapping[int, Any]) -> bytes:
    """Return a part with one more column, of values by row."""
    table = _table(content)
    full = [values.get(row) for row in range(table.num_rows)]
    return _bytes(table.append_column(name, _column(name, full)))


def write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write parts as one table; there is at least one."""
    tables = map(_table, parts)
    first = next(tables)
    write_groups(path, first.schema, chain([first], tables))


def count_rows(path: str) -> int:
    """Return the number of rows that a parquet file says it has; 0 if it is damaged."""
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except (pa.ArrowException, OSError):
        return 0


class ParquetParts:
    """A parquet file, read in parts."""

    is_settled = True
    """Its columns are known from the start."""

    def __init__(self, path: str) -> None:
        self._path = path
        schema = _schema(path)
        if any(pa.types.is_dictionary(field.type) for field in schema):
            raise WholeFileNeeded(Message("it has columns of categories"))
        self._names = [str(name) for name in schema.names]
        rows, numbers = head_rows(self.blocks())
        self._grid = Grid(
            rows=[list(row) for row in rows],
            numbers=numbers,
            facts={"format": "parquet"},
            write_rows=writes_nothing,
            ending="",
            header_rows=1,
            own_output=is_own_header(self._names),
        )

    @property
    def grid(self) -> Grid:
        """The first rows, with what was detected."""
        return self._grid

    def blocks(self) -> Iterator[Block]:
        """Yield all rows, from the heading on."""
        yield Block(0, [1], [self._names])
        for part, batch in self._parts():
            rows = _rows_of(batch)
            yield Block(part.first, range(part.line, part.line + len(rows)), rows)

    def parts(self, start: int) -> Iterator[Part]:
        """Yield the parts from the one with this number."""
        for part, batch in self._parts():
            if part.number >= start:
                yield part._replace(content=_bytes(pa.Table.from_batches([batch])))

    def format(self, width: int) -> ParquetFormat:  # noqa: ARG002
        """Return how parts are read and written."""
        return ParquetFormat()

    def _parts(self) -> Iterator[tuple[Part, pa.RecordBatch]]:
        first = 1
        for number, batch in enumerate(_batches(self._path)):
            yield Part(number, first, first + 1, b""), batch
            first += batch.num_rows


def folder_blocks(path: Path) -> Iterator[Block]:
    """Yield all rows of the parquet files in a folder, in the order of their names.

    Raises
    ------
    DataError
        If one of them is damaged, or they are not parts of one table.
    """
    files = [str(file) for file in sorted(path.glob("[!._]*.parquet"))]
    try:
        schema = pa.concat_tables([_schema(file).empty_table() for file in files]).schema
    except pa.ArrowException:
        raise damaged(str(path)) from None
    yield Block(0, [1], [[str(name) for name in schema.names]])
    first = 1
    for batch in chain.from_iterable(map(_batches, files)):
        yield Block(first, range(first + 1, first + 1 + batch.num_rows), _rows_of(batch))
        first += batch.num_rows


def _schema(path: str) -> pa.Schema:
    with _opened(path) as file:
        return file.schema_arrow


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    with _opened(path) as file:
        try:
            yield from file.iter_batches(ROWS)
        except (pa.ArrowException, OSError):
            raise damaged(path) from None


def _opened(path: str) -> pq.ParquetFile:
    try:
        # Buffered: a group is not read at once, however many rows it has.
        return pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    except (pa.ArrowException, OSError):
        raise damaged(path) from None


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()
