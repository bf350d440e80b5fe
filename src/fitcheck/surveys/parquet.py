"""Reads and writes parquet files; the only importer of pyarrow."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fitcheck.errors import DataError
from fitcheck.surveys.cells import cell_text
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns
from fitcheck.surveys.outputs import is_own_header


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
    names = [str(name) for name in table.column_names]
    cells = [[cell_text(value) for value in column.to_pylist()] for column in table.columns]
    rows = [names, *(list(row) for row in zip(*cells, strict=True))]
    return Grid(
        rows=rows,
        numbers=list(range(1, len(rows) + 1)),
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
        table = table.append_column(name, _column(full))
    pq.write_table(table, path)


def write_columns(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write a table of the given columns."""
    pq.write_table(pa.table({name: _column(values) for name, values in columns.items()}), path)


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


def _column(values: Sequence[Any]) -> pa.Array:
    numbers = [value for value in values if value is not None]
    if numbers and all(isinstance(value, int) for value in numbers):
        return pa.array(values, pa.int64())
    if numbers and all(isinstance(value, float) for value in numbers):
        return pa.array(values, pa.float64())
    return pa.array([None if value is None else str(value) for value in values], pa.string())
