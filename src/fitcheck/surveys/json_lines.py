"""Reads and writes JSON Lines and JSON arrays, among them xAPI statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fitcheck.errors import DataError
from fitcheck.surveys import sniff
from fitcheck.surveys.cells import cell_text
from fitcheck.surveys.grid import Grid, GridLayout, NewColumns, ReadOptions
from fitcheck.surveys.outputs import is_own_header


def read_json(content: bytes, path: str, options: ReadOptions) -> Grid:
    """Return the grid of a JSON Lines file or of a JSON array of objects.

    Nested objects become columns with dotted names such as ``result.response``.

    Raises
    ------
    DataError
        If a line is no JSON object.
    """
    text, encoding = sniff.decode(content, path, options.encoding)
    wrapper = _wrapper(text)
    is_array = wrapper is not None or text.lstrip().startswith("[")
    if wrapper is not None:
        objects = wrapper["statements"]
        numbers = list(range(1, len(objects) + 1))
    else:
        objects, numbers = _parse_array(text, path) if is_array else _parse_lines(text, path)
    flat = [dict(_flatten(entry)) for entry in objects]
    header = list(dict.fromkeys(key for entry in flat for key in entry))
    rows = [header] + [[entry.get(key, "") for key in header] for entry in flat]
    return Grid(
        rows=rows,
        numbers=[0, *numbers],
        facts={"format": "json" if is_array else "jsonl", "encoding": encoding},
        write_rows=partial(_write_rows, objects=objects, as_array=is_array, wrapper=wrapper),
        ending="",
        header_rows=1,
        own_output=is_own_header(header),
    )


def _wrapper(text: str) -> dict[str, Any] | None:
    """Return the answer of a learning record store: one object with a list of statements."""
    if '"statements"' not in text[:1000]:
        return None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    statements = entry.get("statements") if isinstance(entry, dict) else None
    if isinstance(statements, list) and all(isinstance(s, dict) for s in statements):
        return dict(entry)
    return None


def _parse_lines(text: str, path: str) -> tuple[list[dict[str, Any]], list[int]]:
    objects, numbers = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            objects.append(_as_object(line, path, number))
            numbers.append(number)
    return objects, numbers


def _as_object(line: str, path: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise DataError(
            "{path}, line {row}, is not a JSON object.",
            "Write one object a line, such as {example}.",
            path=path,
            row=number,
            example='{"text": "…", "persona": "…"}',
        )
    return entry


def _parse_array(text: str, path: str) -> tuple[list[dict[str, Any]], list[int]]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            "{path}, line {row}, is not valid JSON.",
            "Export it again, or write one object a line.",
            path=path,
            row=getattr(error, "lineno", 1),
        ) from None
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise DataError(
                "{path}: entry {row} of the array is not an object.",
                "Pass an array of objects, one per answer or respondent.",
                path=path,
                row=number,
            )
    return entries, list(range(1, len(entries) + 1))


def _flatten(entry: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in entry.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            pairs += _flatten(value, f"{name}.")
        elif isinstance(value, list):
            pairs.append((name, json.dumps(value, ensure_ascii=False)))
        else:
            pairs.append((name, cell_text(value)))
    return pairs


def _write_rows(
    path: Path,
    layout: GridLayout,
    columns: NewColumns,
    *,
    objects: Sequence[dict[str, Any]],
    as_array: bool,
    wrapper: dict[str, Any] | None,
) -> None:
    values = dict(zip(layout.data, zip(*columns.values(), strict=True), strict=True))
    empty = (None,) * len(columns)
    lines = [
        json.dumps(
            {**entry, **dict(zip(columns, values.get(index, empty), strict=True))},
            ensure_ascii=False,
        )
        for index, entry in enumerate(objects, start=1)
    ]
    with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
        if wrapper is not None:
            labeled = [json.loads(line) for line in lines]
            json.dump({**wrapper, "statements": labeled}, stream, ensure_ascii=False, indent=1)
        elif as_array:
            stream.write("[\n" + ",\n".join(lines) + "\n]\n")
        else:
            stream.writelines(f"{line}\n" for line in lines)


def write_objects(path: Path, objects: Sequence[dict[str, Any]]) -> None:
    """Write one JSON object a line."""
    with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
        stream.writelines(f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in objects)
