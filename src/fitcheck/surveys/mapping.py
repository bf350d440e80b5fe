"""Mapping files: a choice of columns and reader settings, saved for next month's export."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fitcheck.surveys.atomic import write_text
from fitcheck.toml_files import load_toml


class Mapping(BaseModel):
    """What the user chose; None and empty mean: detect.

    Examples
    --------
    >>> print(to_toml(Mapping(texts=("Kommentar",), persona="Rolle")), end="")
    texts = ["Kommentar"]
    persona = "Rolle"
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: tuple[str, ...] = ()
    persona: str | None = None
    id: str | None = None
    question: str | None = None
    encoding: str | None = None
    separator: str | None = None
    header_rows: int | None = None
    sheet: str | None = None
    profile: str | None = None
    keep_incomplete: bool | None = None


def load_mapping(path: str | Path) -> Mapping:
    """Return the mapping in `path`; a CodebookError names line and entry of a problem."""
    return load_toml(Path(path), Mapping)


def save_mapping(mapping: Mapping, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the mapping as TOML, whole or not at all."""
    write_text(Path(path), to_toml(mapping), overwrite=overwrite)


def to_toml(mapping: Mapping) -> str:
    """Return the mapping's settled entries as TOML."""
    # JSON's strings, numbers, booleans and arrays of strings are TOML as well.
    entries = mapping.model_dump(mode="json", exclude_none=True)
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in entries.items()
        if value != []
    ]
    return "\n".join(lines) + "\n"
