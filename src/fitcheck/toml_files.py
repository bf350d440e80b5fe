"""Reads a TOML file into a pydantic model, with errors that name line and entry."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pydantic

from fitcheck.errors import CodebookError
from fitcheck.records import Message

Model = TypeVar("Model", bound=pydantic.BaseModel)


@dataclass(frozen=True, slots=True)
class TomlFile(Generic[Model]):
    """What stands in a TOML file, and where."""

    path: Path
    source: str
    content: dict[str, Any]
    model: Model

    def place(self, *steps: str | int) -> tuple[int, str]:
        """Return the line and the readable name of an entry."""
        return line_of(self.source, steps), entry_name(self.content, steps)


def load_toml(path: Path, model: type[Model]) -> Model:
    """Return the file's content as `model`, as `read_toml` does."""
    return read_toml(path, model).model


def read_toml(path: Path, model: type[Model]) -> TomlFile[Model]:
    """Return the file's content as `model`, with what it takes to name lines of it later.

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
        return TomlFile(path, source, content, model.model_validate(content))
    except pydantic.ValidationError as error:
        raise _first_problem(error, path, source, content) from None


def _first_problem(
    error: pydantic.ValidationError, path: Path, source: str, content: dict[str, Any]
) -> CodebookError:
    found = error.errors(include_url=False)
    # A list whose entries are all wrong counts as too short as well.
    problems = [p for p in found if not (p["type"] == "too_short" and p["input"])] or found
    problem = problems[0]
    context = problem.get("ctx", {})
    # A rule of ours over several entries says itself where; others know of it.
    place = tuple(context["at"]) if "at" in context else _in_file(content, problem["loc"])
    more = len(problems) - 1
    return CodebookError(
        "{path}, line {line}, {entry}: {reason}{more}.",
        "Correct it and run the check again.",
        path=str(path),
        line=line_of(source, place),
        entry=entry_name(content, place),
        reason=_reason(problem),
        more=Message(" (and {n} more)", {"n": more}) if more else "",
    )


_REASONS = {
    "missing": Message("this entry is missing"),
    "extra_forbidden": Message("extra inputs are not permitted"),
    "bool_type": Message("input should be true or false"),
    "bool_parsing": Message("input should be true or false"),
    "string_type": Message("input should be a text in quotation marks"),
    "int_type": Message("input should be a whole number"),
    "int_from_float": Message("input should be a whole number"),
    "float_type": Message("input should be a number"),
    "finite_number": Message("input should be a number"),
    "tuple_type": Message("input should be a list in square brackets"),
    "model_type": Message("input should be a table of entries"),
    "dict_type": Message("input should be a table of entries"),
    "string_too_short": Message("this text is empty"),
    "string_pattern_mismatch": Message("this has characters that are not possible here"),
    "too_short": Message("input should have {min_length} entry or more"),
    "too_long": Message("input should have {max_length} entries at most"),
    "greater_than": Message("input should be greater than {gt}"),
    "greater_than_equal": Message("input should be {ge} or more"),
    "less_than": Message("input should be less than {lt}"),
    "less_than_equal": Message("input should be {le} or less"),
    "literal_error": Message("input should be {expected}"),
    "union_tag_invalid": Message("there is no kind '{tag}'; there are {expected_tags}"),
    "union_tag_not_found": Message("the entry `kind` is missing"),
}
"""What pydantic finds, in words that can be translated; its own English for all else."""


def _reason(problem: Mapping[str, Any]) -> Message | str:
    context = problem.get("ctx", {})
    if "said" in context:
        said: Message = context["said"]
        return said
    if problem["type"] in _REASONS:
        return Message(_REASONS[problem["type"]].template, context)
    reason = re.sub(r"^(Value error|Assertion failed), ", "", problem["msg"])
    return reason[:1].lower() + reason[1:]


def _in_file(content: Any, place: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return a place without the steps that pydantic puts in for the kind of an entry."""
    kept: list[str | int] = []
    for number, step in enumerate(place):
        is_last = number + 1 == len(place)
        if isinstance(content, dict) and step not in content and not is_last:
            continue
        kept.append(step)
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
    return tuple(kept)


def problem_at(
    place: tuple[str | int, ...] | None, reason: str | Message
) -> pydantic.ValidationError | Exception:
    """Return an error for a model's own validators.

    It carries the place it is about where the rule is over several entries; else that is known.
    A reason that is a message can be translated.
    """
    from pydantic_core import PydanticCustomError

    template = str(reason).replace("{", "(").replace("}", ")")
    context: dict[str, Any] = {} if place is None else {"at": list(place)}
    if isinstance(reason, Message):
        context["said"] = reason
    return PydanticCustomError("fitcheck", template, context)


def entry_name(content: Any, place: tuple[str | int, ...]) -> str:
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
