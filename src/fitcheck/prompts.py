"""Loads a prompt by its id and renders it to messages; a released prompt is never edited."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from fitcheck.codebook import Codebook, text_in
from fitcheck.errors import ConfigError
from fitcheck.records import LABELS
from fitcheck.resources import resource

_HEADER = "+++\n"
_DATA = "=== data ===\n"
_FIELDS = ("quote", "label", "themes")
LETTER_PROMPT = "label-letter.v1"
"""Asks for a letter that stands for the label."""


@dataclass(frozen=True)
class Prompt:
    """A prompt: what stands the same in every request, and the frame of the data.

    Examples
    --------
    >>> load_prompt("labels-only.v1").fields
    ('label',)
    """

    id: str
    """Its name and version, such as ``fit.v1``."""
    source: str
    """The file's text."""
    fields: tuple[str, ...]
    """What a reply holds for each answer, besides its id, in the order in which it is written."""
    static: str
    """Template of the first message."""
    data: str
    """Template of the second message."""

    @property
    def sha256(self) -> str:
        """Fingerprint of the file."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def system_text(self, codebook: Codebook) -> str:
        """Return the first message; it is the same for every request with this codebook."""
        rules = (f"{rule.id} {rule.brief or text_in(rule.text, 'en')}" for rule in codebook.rules)
        themes = (f"{t.id}: {t.brief or text_in(t.definition, 'en')}" for t in codebook.themes)
        filled = {"rules": "\n".join(rules), "themes": "\n".join(themes)}
        return Template(self.static).safe_substitute(filled).strip()

    def data_text(self, items: Sequence[Mapping[str, str]]) -> str:
        """Return the second message: the answers under their questions, numbered from 1.

        Each item has ``question`` and ``text``, and ``persona`` where that is to be shown.
        """
        content: dict[str, dict[str, Any]] = {}
        for number, item in enumerate(items, start=1):
            group = {"persona": item["persona"]} if "persona" in item else {}
            shown = {**group, "text": item["text"]} if group else item["text"]
            content.setdefault(item["question"], {})[str(number)] = shown
        # A closing mark inside an answer must not end the data.
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        return Template(self.data).safe_substitute(data=text).strip()

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of a reply."""
        shapes: dict[str, Any] = {
            "id": {"type": "integer"},
            "quote": {"type": ["string", "null"]},
            "label": {"type": "string", "enum": list(LABELS)},
            "themes": {"type": "array", "items": {"type": "string"}},
        }
        names = ("id", *self.fields)
        entry = _object({name: shapes[name] for name in names})
        return _object({"answers": {"type": "array", "items": entry}})


def load_prompt(name: str) -> Prompt:
    """Return the prompt in ``prompts/`` with this id, or in a file of that path.

    Raises
    ------
    ConfigError
        If there is none, or it is no prompt.
    """
    path = Path(name) if name.endswith(".md") else _shipped(name)
    prompt = _read(path, name)
    if "label" not in prompt.fields or not set(prompt.fields) <= {*_FIELDS}:
        raise _no_prompt(name)
    return prompt


def load_letter_prompt() -> Prompt:
    """Return the shipped prompt whose reply is one letter for the label of one answer."""
    return _read(resource(f"prompts/{LETTER_PROMPT}.md"), LETTER_PROMPT)


def _read(path: Path, name: str) -> Prompt:
    try:
        source = path.read_text(encoding="utf-8")
        head, _, rest = source.removeprefix(_HEADER).partition(_HEADER)
        fields = tuple(tomllib.loads(head)["fields"])
        static, mark, data = rest.partition(_DATA)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise _no_prompt(name) from error
    if not mark or "$data" not in data:
        raise _no_prompt(name)
    return Prompt(path.stem, source, fields, static, data)


def _shipped(name: str) -> Path:
    names = {path.stem: path for path in resource("prompts").glob("*.v*.md")}
    if name not in names:
        raise ConfigError(
            "There is no prompt {name}.",
            "Pass one of {known}, or the path of a prompt file.",
            name=repr(name),
            known=", ".join(sorted(names.keys() - {LETTER_PROMPT})),
        )
    return names[name]


def _no_prompt(name: str) -> ConfigError:
    return ConfigError(
        "{name} is no prompt.",
        "See prompts/README.md for the parts that it needs.",
        name=name,
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
