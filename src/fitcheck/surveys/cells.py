"""Cells as text: formula guards on the way out, cleaning on the way in."""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata

# What a spreadsheet may take for a formula. Numbers and dashes alone are none.
_FORMULA = re.compile(r"'*[=+\-@\t\x00]")
_SIGNS = frozenset("'=+-@\t\x00")
_HARMLESS = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s?%?|[-–—]+")


def guard_formula(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula.

    A leading quote is put before what starts like a formula; `unguard_formula` takes it off.

    Examples
    --------
    >>> guard_formula("=1+1"), guard_formula("-99"), guard_formula("gut")
    ("'=1+1", '-99', 'gut')
    """
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def guarded(cells: list[str]) -> list[str]:
    """Return cells as `guard_formula` returns each.

    Examples
    --------
    >>> guarded(["=1+1", "", "gut"])
    ["'=1+1", '', 'gut']
    """
    return [guard_formula(cell) if cell[:1] in _SIGNS else cell for cell in cells]


def unguard_formula(text: str) -> str:
    """Return what `guard_formula` was given.

    Examples
    --------
    >>> unguard_formula("'=1+1"), unguard_formula("'s war gut")
    ('=1+1', "'s war gut")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def clean_text(text: str) -> str:
    r"""Return `text` as its writer saw it: HTML entities resolved, NFC, plain blanks and lines.

    Examples
    --------
    >>> clean_text("Tipps &amp; Tricks\u00a0\r\nwaren gut ")
    'Tipps & Tricks\nwaren gut'
    """
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\ufeff", "")
        text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text.strip()


def clean_heading(text: str) -> str:
    r"""Return a heading in one line, without tags, entities and outer blanks.

    Examples
    --------
    >>> clean_heading("Wie <b>passend</b>\u00a0war\nes? ")
    'Wie passend war es?'
    """
    return " ".join(re.sub(r"</?[a-zA-Z][^<>]*>", "", clean_text(text)).split())


def cell_text(value: object) -> str:
    """Return a typed cell as text: dates in ISO form, whole numbers without ``.0``.

    Examples
    --------
    >>> cell_text(4.0), cell_text(4.5), cell_text(None), cell_text(True)
    ('4', '4.5', '', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
