"""Reads and writes parquet files; the only importer of pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from fitcheck.errors import DataError
from fitcheck.surveys.cells import cell_text
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns
from fitcheck.surveys.outputs import added_kind, is_own_header


def read_parquet(content: bytes, path: str) -> Grid:
    """Return the grid of a parquet file.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
    except (pa.ArrowException, OSError):
        raise DataError(
            "{path} is a damaged or incomplete parquet file.", "Write it again.", path=path
        ) from None
    return _grid(table)


def count_rows(source: BinaryIO, path: str) -> tuple[list[str], int]:
    """Return the names of the columns of a parquet file and its number of rows.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    with _opened(source, path) as file:
        return [str(name) for name in file.schema_arrow.names], file.metadata.num_rows


def read_rows(source: BinaryIO, path: str, rows: range, first_number: int = 2) -> Grid:
    """Return the grid of some rows of a parquet file; only the groups that hold them are read.

    Parameters
    ----------
    source : file
        Open for reading.
    path : str
        For the error.
    rows : range
        Counted from 0, without the heading.
    first_number : int
        The number of the first of them.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    with _opened(source, path) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        ends = list(accumulate(sizes))
        wanted = [
            i for i, end in enumerate(ends) if end > rows.start and end - sizes[i] < rows.stop
        ]
        table = file.read_row_groups(wanted)
        skipped = ends[wanted[0]] - sizes[wanted[0]] if wanted else 0
        return _grid(table.slice(rows.start - skipped, len(rows)), first_number)


def first_rows(source: BinaryIO, path: str, n: int) -> bytes:
    """Return a parquet file of the first rows of another one.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    with _opened(source, path) as file:
        batch = next(file.iter_batches(n), None)
        written = io.BytesIO()
        table = pa.Table.from_batches([batch] if batch else [], file.schema_arrow)
        pq.write_table(table, written)
        return written.getvalue()


def replace_last_column(content: bytes, values: Mapping[int, str | None]) -> bytes:
    """Return a parquet file with other texts in some rows of its last column."""
    table = pq.read_table(io.BytesIO(content))
    last = table.num_columns - 1
    cells = table.column(last).to_pylist()
    for row, value in values.items():
        cells[row] = value
    written = io.BytesIO()
    new = pa.array(cells, pa.string())
    pq.write_table(table.set_column(last, table.column_names[last], new), written)
    return written.getvalue()


@contextmanager
def _opened(source: BinaryIO, path: str) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(source) as file:
            yield file
    except (pa.ArrowException, OSError):
        raise DataError(
            "{path} is a damaged or incomplete parquet file.", "Write it again.", path=path
        ) from None


def _grid(table: pa.Table, first_number: int = 2) -> Grid:
    names = [str(name) for name in table.column_names]
    cells = [[cell_text(value) for value in column.to_pylist()] for column in table.columns]
    rows = [names, *(list(row) for row in zip(*cells, strict=True))]
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
        full: list[Any] = [None] * table.num_rows
        for index, value in zip(layout.data, values, strict=True):
            full[index - 1] = value
        table = table.append_column(name, _column(name, full))
    pq.write_table(table, path)


def write_columns(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write a table of the given columns."""
    arrays = {name: _column(name, values) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), path)


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
