"""Opens a file and reads it with the reader for its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fitcheck.errors import DataError
from fitcheck.surveys import sniff
from fitcheck.surveys.grid import Grid, ReadOptions


def read_bytes(path: str | Path, options: ReadOptions) -> bytes:
    """Return the file's content.

    Raises
    ------
    DataError
        If it is missing, a folder, too large, or held by another program.
    """
    file = Path(path)
    name = str(path)
    try:
        size = file.stat().st_size
        if file.is_dir():
            raise DataError("{path} is a folder.", "Pass a file in it.", path=name)
        if size > options.max_megabytes * 1e6:
            raise DataError(
                "{path} has {size:.0f} MB; up to {limit:.0f} MB are read.",
                "Pass --max-megabytes {enough:.0f} if the machine has memory for about eight "
                "times that, or split the file.",
                path=name,
                size=size / 1e6,
                limit=options.max_megabytes,
                enough=size / 1e6 + 1,
            )
        return file.read_bytes()
    except FileNotFoundError:
        raise DataError("There is no file {path}.", "Check the name.", path=name) from None
    except PermissionError:
        raise DataError(
            "{path} cannot be opened: another program, probably Excel, holds it, or you may not "
            "read it.",
            "Close it there and run the command again.",
            path=name,
        ) from None
    except OSError as error:
        raise DataError(
            "{path} cannot be read ({reason}).",
            "Copy it to another folder and try again.",
            path=name,
            reason=error.strerror or type(error).__name__,
        ) from None


def read_grid(content: bytes, path: str, options: ReadOptions) -> Grid:
    """Return the grid of a file, read by what it is and not by what it is called."""
    kind = sniff.file_kind(content, path)
    if kind == "workbook":
        from fitcheck.surveys.excel_read import read_workbook

        return read_workbook(content, path, options)
    if kind == "parquet":
        from fitcheck.surveys.parquet import read_parquet

        return read_parquet(content, path)
    if kind == "json":
        from fitcheck.surveys.json_lines import read_json

        return read_json(content, path, options)
    from fitcheck.surveys.text_file import read_text_file

    return read_text_file(content, path, options)


def fill_cells(
    content: bytes, path: str, sheet: str, cells: Mapping[tuple[int, int], str]
) -> bytes:
    """Return a file's content with texts in cells, by row as Excel shows it and column from 0.

    Raises
    ------
    DataError
        If the file is neither an xlsx workbook nor a text file.
    """
    kind = sniff.file_kind(content, path)
    if kind == "workbook" and content.startswith(b"PK"):
        from fitcheck.surveys.excel_fill import fill_workbook

        return fill_workbook(content, path, sheet, cells)
    if kind == "text":
        from fitcheck.surveys.text_file import fill_text_file

        return fill_text_file(content, path, cells)
    raise DataError("{path} can be read but not filled in.", "Save it in Excel as xlsx.", path=path)
