"""The page as text: its template, its words, and what the codebook says."""

from __future__ import annotations

import functools
import string
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fitcheck.codebook import Codebook, text_in
from fitcheck.errors import as_typed
from fitcheck.records import LABELS, Language
from fitcheck.templates import render_template

_FOLDER = files("fitcheck.labeling") / "page"
STATIC: Mapping[str, str] = {
    "label.css": "text/css; charset=utf-8",
    "label.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Files of the page that are the same in every language, with their media types."""
COMMAND_KEYS = "djkgru"
"""Letters that do something else than naming a theme."""


def static_file(name: str) -> bytes:
    """Return one of the `STATIC` files."""
    return (_FOLDER / name).read_bytes()


@functools.cache
def page_words(language: Language) -> Mapping[str, str]:
    """Return everything that the page says, by name."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def theme_keys(codebook: Codebook) -> dict[str, str]:
    """Return the letter of each theme by its id; of very many themes the last ones have none.

    Examples
    --------
    >>> from fitcheck.codebook import load_codebook
    >>> list(theme_keys(load_codebook()).values())[:5]
    ['a', 'b', 'c', 'e', 'f']
    """
    letters = [letter for letter in string.ascii_lowercase if letter not in COMMAND_KEYS]
    return dict(zip(codebook.theme_ids, letters, strict=False))


def render_page(codebook: Codebook, language: Language, sheet: str) -> str:
    """Return the page; the answers come later, from the server."""
    return render_template(
        _FOLDER,
        "label.html",
        lang=language,
        t=page_words(language),
        sheet=sheet,
        shell_sheet=as_typed(sheet),
        book=_book(codebook, language),
    )


def _book(codebook: Codebook, language: Language) -> dict[str, Any]:
    """Return the codebook's words in one language."""

    def say(texts: Mapping[str, str]) -> str:
        return text_in(texts, language)

    keys = theme_keys(codebook)
    names = {label: say(codebook.labels[label].name) for label in LABELS}
    return {
        "question": say(codebook.core_question),
        "labels": [
            {"id": label, "name": names[label], "text": say(codebook.labels[label].definition)}
            for label in LABELS
        ],
        "rules": [
            {
                "id": rule.id,
                "title": say(rule.title),
                "text": say(rule.text),
                "examples": [
                    {"question": e.question, "text": e.text, "label": names[e.label]}
                    for e in rule.examples
                ],
            }
            for rule in codebook.rules
        ],
        "themes": [
            {
                "id": theme.id,
                "key": keys.get(theme.id, ""),
                "name": say(theme.name),
                "text": say(theme.definition),
            }
            for theme in codebook.themes
        ],
    }
