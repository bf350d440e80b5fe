"""Every sentence for people has its German wording."""

from __future__ import annotations

import ast
import string
from pathlib import Path

from fitcheck.cli.terminal import load_catalog

GERMAN = load_catalog("de")
SOURCE = Path(__file__).parents[3] / "src" / "fitcheck"
SPEAKERS = {"Message", "tell", "say", "table", "scores", "counting"}
PLAIN = {"TypeError", "ValueError", "AttributeError", "PydanticCustomError", "UsageError"}
PLAIN |= {"NotFittedError"}


def templates() -> set[str]:
    """Return every template that the source gives to an error, a message or the terminal."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if (name.endswith("Error") and name not in PLAIN) or name in SPEAKERS:
                found |= {
                    arg.value
                    for arg in node.args[:2]
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return found


def fields(template: str) -> set[str]:
    """Return the names in a template."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_nothing_is_untranslated() -> None:
    """A German user reads German."""
    assert templates() - set(GERMAN) == set()


def test_translations_keep_the_fields() -> None:
    """A translation shows the same facts."""
    assert {en for en, de in GERMAN.items() if fields(en) != fields(de)} == set()


def test_no_wording_is_left_over() -> None:
    """A sentence nobody says any more has no translation."""
    shown = {"persona", "answered", "fit", "not_fit", "no_signal", "failed", "unassigned"}
    shown |= {"score", "value", "95 % interval", "answers", "label", "precision", "recall"}
    shown |= {"suggested", "margin", "row", "first", "second"}
    shown |= {"batch", "status", "requests", "replies", "errors"}
    shown |= {"goals", "need", "context", "knowledge", "format", "barriers"}
    shown |= {"heading again", "no answer", "preview", "spam", "total", "unfinished"}
    shown |= {"met", "not_met", "undecided", "respondents", "labelled", "rate", "lower", "upper"}
    shown |= {"verdict", "predicted not_fit", "others", "process, signal", "process, all"}
    shown |= {"received, signal", "received, all", "counted"}
    shown |= {"before", "now", "difference", "fallen", "risen", "not_shown"}
    shown |= {
        f"{column} {when}" for column in ("respondents", "not_fit") for when in ("before", "now")
    }
    shown |= {"cohort", "limits", "moving average"}
    shown |= {"way", "tokens in", "and out", "time", "cost"}
    assert set(GERMAN) - templates() - shown == set()
