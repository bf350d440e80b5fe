"""Reads a TOML file into a pydantic model, with errors that name line and entry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from fitcheck.errors import CodebookError

Model = TypeVar("Model", bound=pydantic.BaseModel)


def load_toml(path: Path, model: type[Model]) -> Model:
    """Return the file's content as `model`.

    Raises
    ------
    CodebookError
        If the file is missing, is no UTF-8, is no TOML, or breaks the model; the message
        names the first line and entry that does.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CodebookError(
            "There is no file {path}.", "Check the name, or start one with `init`.", path=str(path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        if path.is_dir():
            raise CodebookError(
                "{path} is a folder.", "Pass a file in it.", path=str(path)
            ) from None
        raise CodebookError(
            "{path} cannot be read as UTF-8 text ({reason}).",
            "Save it as UTF-8.",
            path=str(path),
            reason=type(error).__name__,
        ) from None
    try:
        content = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CodebookError(
            "{path} is not valid TOML: {reason}.",
            "Correct that line and run the check again.",
            path=str(path),
            reason=str(error).rstrip("."),
        ) from None
    try:
        return model.model_validate(content)
    except pydantic.ValidationError as error:
        raise _first_problem(error, path, source, content) from None


def _first_problem(
    error: pydantic.ValidationError, path: Path, source: str, content: dict[str, Any]
) -> CodebookError:
    problem = error.errors(include_url=False)[0]
    place = tuple(problem["loc"])
    context = problem.get("ctx", {})
    if "at" in context:  # a rule of ours over several entries says itself where
        place = tuple(context["at"])
    reason = re.sub(r"^(Value error|Assertion failed), ", "", problem["msg"])
    more = error.error_count() - 1
    return CodebookError(
        "{path}, line {line}, {entry}: {reason}{more}.",
        "Correct it and run the check again.",
        path=str(path),
        line=line_of(source, place),
        entry=_entry_name(content, place),
        reason=reason[:1].lower() + reason[1:],
        more=f" (and {more} more)" if more else "",
    )


def problem_at(place: tuple[str | int, ...], reason: str) -> pydantic.ValidationError | Exception:
    """Return an error for a model's own validators that carries the place it is about."""
    from pydantic_core import PydanticCustomError

    template = reason.replace("{", "(").replace("}", ")")
    return PydanticCustomError("fitcheck", template, {"at": list(place)})


def _entry_name(content: Any, place: tuple[str | int, ...]) -> str:
    """Return a readable path such as ``themes[job_relevance].name``."""
    name, node = "", content
    for step in place:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(step, int):
            label = node.get("id") if isinstance(node, dict) else None
            name += f"[{label or step + 1}]"
        else:
            name += f".{step}" if name else step
    return name or "the file"


def line_of(source: str, place: tuple[str | int, ...]) -> int:
    r"""Return the line, counted from 1, on which the entry at `place` stands.

    The nearest enclosing table or key is used where the entry itself has no line of its own,
    such as a missing key.

    Examples
    --------
    >>> line_of('a = 1\n[[t]]\nid = "x"\n[[t]]\nid = "y"\n', ("t", 1, "id"))
    5
    """
    lines = source.splitlines()
    start, end = 0, len(lines)
    found = 1
    header = ""
    for depth, step in enumerate(place):
        if isinstance(step, int):
            continue
        header = f"{header}.{step}" if header else step
        number = place[depth + 1] if depth + 1 < len(place) else None
        table = re.compile(rf"^\s*\[+\s*{re.escape(header)}\s*\]+")
        starts = [i for i in range(start, end) if table.match(lines[i])]
        if starts:
            chosen = starts[number] if isinstance(number, int) and number < len(starts) else None
            found = start = chosen if chosen is not None else starts[0]
            later = [i for i in starts if i > start]
            end = later[0] if later else _table_end(lines, start, end, header)
            found += 1
            continue
        key = re.compile(rf"^\s*[\"']?{re.escape(step)}[\"']?\s*=")
        keys = [i for i in range(start, end) if key.match(lines[i])]
        if not keys:
            break
        found = keys[0] + 1
        start = keys[0]
    return found


def _table_end(lines: list[str], start: int, end: int, header: str) -> int:
    """Return where the table `header` ends: at the next header that is not below it."""
    below = re.compile(rf"^\s*\[+\s*{re.escape(header)}\.")
    for index in range(start + 1, end):
        if re.match(r"^\s*\[", lines[index]) and not below.match(lines[index]):
            return index
    return end
