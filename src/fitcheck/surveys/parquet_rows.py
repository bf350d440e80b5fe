"""Some rows of a parquet file, wherever it lies."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from fitcheck.surveys.grid import Grid
from fitcheck.surveys.parquet import damaged, grid_of


def describe(source: BinaryIO, path: str) -> tuple[list[str], int]:
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
        return grid_of(table.slice(rows.start - skipped, len(rows)), first_number)


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
        raise damaged(path) from None
