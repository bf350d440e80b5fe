"""Reads and writes JSON Lines and JSON arrays, among them xAPI statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    entries = list(map(flat, objects))
    header = list(dict.fromkeys(key for entry in entries for key in entry))
    rows = [header] + [cells(entry, header) for entry in entries]
    return Grid(
        rows=rows,
        numbers=[0, *numbers],
        facts={"format": "json" if is_array else "jsonl", "encoding": encoding},
        write_rows=(
            partial(_write_array, objects=objects, wrapper=wrapper)
            if is_array
            else partial(_write_lines, lines=[line for line in text.split("\n") if line.strip()])
        ),
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
            objects.append(as_object(line, path, number))
            numbers.append(number)
    return objects, numbers


def as_object(line: str, path: str, number: int) -> dict[str, Any]:
    """Return the object in a line.

    Raises
    ------
    DataError
        If there is none, or it has a key twice.
    """
    try:
        entry = _OBJECTS.decode(line)
    except _RepeatedKeyError:
        raise _repeated_key(path, number) from None
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
        entries = json.loads(text, object_pairs_hook=_unique_keys)
    except _RepeatedKeyError:
        raise _repeated_key(path, 1) from None
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


class _RepeatedKeyError(ValueError):
    """An object names a key twice; a parser would silently keep only the last value."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        raise _RepeatedKeyError
    return entry


_OBJECTS = json.JSONDecoder(object_pairs_hook=_unique_keys)


def _repeated_key(path: str, number: int) -> DataError:
    return DataError(
        "{path}, line {row}: an object has the same key twice.",
        "Give each answer a key of its own.",
        path=path,
        row=number,
    )


def flat(entry: dict[str, Any]) -> dict[str, str]:
    """Return values as text, those of nested objects under dotted names.

    Examples
    --------
    >>> flat({"id": 7, "result": {"response": "passt", "success": True}})
    {'id': '7', 'result.response': 'passt', 'result.success': 'TRUE'}
    """
    if set(map(type, entry.values())) == {str}:  # most lines are flat already
        return entry
    return dict(_flat_pairs(entry, ""))


def _flat_pairs(entry: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in entry.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            pairs += _flat_pairs(value, f"{name}.")
        elif isinstance(value, list):
            pairs.append((name, json.dumps(value, ensure_ascii=False)))
        else:
            pairs.append((name, cell_text(value)))
    return pairs


def cells(entry: Mapping[str, str], header: list[str]) -> list[str]:
    """Return the values of a flat object in the order of the columns."""
    if [*entry] == header:  # as it is in most lines
        return [*entry.values()]
    return [entry.get(key, "") for key in header]


def _write_lines(
    path: Path, layout: GridLayout, columns: NewColumns, *, lines: Sequence[str]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
        stream.writelines(json_records(lines, _added_keys(layout, columns, len(lines))))


def json_records(lines: Iterable[str], keys: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield each line as it was, with keys added at its end: no number is rounded."""
    for line, added in zip(lines, keys, strict=True):
        body = line.rstrip()[:-1].rstrip()
        comma = "" if body.endswith("{") else ", "
        yield f"{body}{comma}{json.dumps(added, ensure_ascii=False)[1:]}\n"


def _write_array(
    path: Path,
    layout: GridLayout,
    columns: NewColumns,
    *,
    objects: Sequence[dict[str, Any]],
    wrapper: dict[str, Any] | None,
) -> None:
    added = _added_keys(layout, columns, len(objects))
    labeled = [{**entry, **keys} for entry, keys in zip(objects, added, strict=True)]
    content = labeled if wrapper is None else {**wrapper, "statements": labeled}
    with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
        json.dump(content, stream, ensure_ascii=False, indent=1)


def _added_keys(
    layout: GridLayout, columns: NewColumns, n_objects: int
) -> Iterator[dict[str, object]]:
    """Yield the new keys of each object; an object is the grid row after its number."""
    return added_keys(layout, columns, range(1, n_objects + 1))


def added_keys(
    layout: GridLayout, columns: NewColumns, rows: Iterable[int]
) -> Iterator[dict[str, object]]:
    """Yield the new keys of the objects in these rows."""
    values = dict(zip(layout.data, zip(*columns.values(), strict=True), strict=True))
    empty = (None,) * len(columns)
    for index in rows:
        yield dict(zip(columns, values.get(index, empty), strict=True))


def write_objects(path: Path, objects: Sequence[dict[str, Any]]) -> None:
    """Write one JSON object a line."""
    with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
        stream.writelines(object_records(objects))


def object_records(objects: Sequence[dict[str, Any]]) -> list[str]:
    """Return the lines of a JSON Lines file."""
    return [f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in objects]
