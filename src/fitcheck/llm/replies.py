"""Reads a model's reply: what it says of each answer, and what cannot be accepted."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fitcheck.records import LABELS, POLARITIES, Label, ThemeHit

_MAX_THEMES = 4
_MAX_VALUES = 50
"""How many places of a reply are tried as the start of JSON."""
_OPENING = re.compile(r"[{\[]")
_PLAIN = dict.fromkeys(map(ord, "„“”‟«»‹›\"'‘’‚`´"), "'") | dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
"""Quotation marks and dashes as quotes are compared."""
_IDEOGRAPH = re.compile(
    r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Coding:
    """What the model says of one answer."""

    label: Label
    quote: str = ""
    """A part of the text as it was sent."""
    themes: tuple[ThemeHit, ...] = ()
    flags: tuple[str, ...] = ()
    """``quote_dropped``, ``theme_dropped`` or ``no_quote`` where a part was not accepted."""
    evidence: Mapping[Label, float] | None = None
    """The model's own probability of each label, where the reply was asked for it."""


@dataclass(slots=True)
class Reading:
    """What a reply says of a batch, by the number of the answer in it, from 1."""

    codings: dict[int, Coding] = field(default_factory=dict)
    """Accepted as they are."""
    doubtful: dict[int, Coding] = field(default_factory=dict)
    """Acceptable once asking again did not help: a quote or theme was dropped."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why there is nothing acceptable, in words for the model."""

    @property
    def complaints(self) -> Mapping[int, str]:
        """Why each answer is to be asked again."""
        return {n: ", ".join(c.flags) for n, c in self.doubtful.items()} | self.faults


def read_reply(
    reply: str, texts: Sequence[str], fields: Sequence[str], themes: Sequence[str]
) -> Reading:
    """Return what `reply` says of the answers `texts`.

    Parameters
    ----------
    reply : str
        The model's text.
    texts : sequence of str
        The answers as they were sent, in order.
    fields : sequence of str
        What the prompt asks for.
    themes : sequence of str
        Ids of the codebook's themes.

    Examples
    --------
    >>> read_reply('{"answers":[{"id":1,"label":"Fit"}]}', ["ja", "nein"], ["label"], []).faults
    {2: 'no entry'}
    """
    reading = Reading()
    found: dict[int | None, list[Mapping[str, Any]]] = {}
    for entry in _entries(reply):
        found.setdefault(_number(entry.get("id")), []).append(entry)
    if not set(found) <= set(range(1, len(texts) + 1)):
        # Ids that were not asked for: perhaps all are shifted, and then every label is wrong.
        wrong = f"ids must be 1 to {len(texts)}"
        reading.faults = dict.fromkeys(range(1, len(texts) + 1), wrong)
        return reading
    for number, text in enumerate(texts, start=1):
        entries = found.get(number, [])
        if not entries:
            reading.faults[number] = "no entry"
        elif any(entry != entries[0] for entry in entries):
            reading.faults[number] = "several entries that differ"
        else:
            _read_entry(reading, number, entries[0], text, fields, themes)
    return reading


def _read_entry(
    reading: Reading,
    number: int,
    entry: Mapping[str, Any],
    text: str,
    fields: Sequence[str],
    themes: Sequence[str],
) -> None:
    label = _label(entry.get("label"))
    if label is None:
        reading.faults[number] = f"label must be one of {', '.join(LABELS)}"
        return
    if "quote" in fields and "quote" not in entry:
        reading.faults[number] = "no quote given, not even null"
        return
    flags: list[str] = []
    hits, foreign = _themes(entry.get("themes"), themes) if "themes" in fields else ((), False)
    if foreign:
        flags.append("theme_dropped")
    quote = ""
    if "quote" in fields and label != "no_signal":
        said = entry.get("quote")
        quote = find_quote(said, text) if isinstance(said, str) else ""
        if _has_word(text) and not _has_word(quote):
            quote = ""  # one letter stands somewhere in every answer
        if not isinstance(said, str) or not said.strip():
            # The prompt's rule: without words of the writer there is no signal.
            label, flags = "no_signal", [*flags, "no_quote"]
        elif not quote:
            flags.append("quote_dropped")
    coding = Coding(label, quote, hits, tuple(flags))
    (reading.doubtful if flags else reading.codings)[number] = coding


def _entries(reply: str) -> list[Mapping[str, Any]]:
    """Return the entries of the last JSON value in the reply that has some.

    Prose, and drafts of a model that thinks aloud, may stand before it.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_without_contradictions)
    found: list[Mapping[str, Any]] = []
    place = 0
    for attempt in range(_MAX_VALUES):
        start = _OPENING.search(reply, place)
        if start is None:
            break
        try:
            value, place = decoder.raw_decode(reply, start.start())
        except (ValueError, RecursionError):
            place = start.end()
            continue
        if isinstance(value, dict) and "answers" in value:
            found = _objects(value["answers"]) or found
        elif attempt == 0:  # without the frame; further in, it is a part of something cut off
            found = _objects(value if isinstance(value, list) else [value])
    return found


def _objects(values: Any) -> list[Mapping[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _without_contradictions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names a key twice says nothing."""
    return dict(pairs) if len({key for key, _ in pairs}) == len(pairs) else {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    digits = str(value).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def _word(value: Any) -> str:
    """Return an id without differences of case and spacing."""
    return re.sub(r"[\s_-]+", "_", value.strip().casefold()) if isinstance(value, str) else ""


def _label(value: Any) -> Label | None:
    return next((label for label in LABELS if label == _word(value)), None)


def _themes(value: Any, known: Sequence[str]) -> tuple[tuple[ThemeHit, ...], bool]:
    """Return the themes of the codebook, and whether there were others."""
    hits: dict[str, ThemeHit] = {}
    foreign = not isinstance(value, list | None)
    for said in value if isinstance(value, list) else ():
        if isinstance(said, dict):
            name, polarity = _word(said.get("theme")), _word(said.get("polarity"))
        else:
            name, _, polarity = (_word(part) for part in str(said).partition(":"))
        chosen = next((p for p in POLARITIES if p == polarity), None)
        if name not in known or chosen is None:
            foreign = True
            continue
        hits.setdefault(name, ThemeHit(name, chosen))
    return tuple(hits.values())[:_MAX_THEMES], foreign


def find_quote(quote: str, text: str) -> str:
    """Return the part of `text` that `quote` copies, or an empty string.

    White space, quotation marks, dashes, case and a final dot may differ.

    Examples
    --------
    >>> find_quote('das "Modul 3" ', "Nur das „Modul  3“ war neu")
    'das „Modul  3“'
    """
    start = text.find(quote)
    if quote and start >= 0:
        return quote
    wanted, _ = _folded(quote)
    wanted = wanted.strip(" .…")
    folded, places = _folded(text)
    start = folded.find(wanted)
    if not wanted or start < 0:
        return ""
    return text[places[start] : places[start + len(wanted) - 1] + 1]


def _has_word(text: str) -> bool:
    """Return whether two letters stand together, or one of a script that writes words so."""
    run = ""
    for character in unicodedata.normalize("NFC", text):
        # Vowel signs of Thai or Hindi are marks, and letters of their words.
        is_letter = unicodedata.category(character)[0] in "LM"
        run = run + character if is_letter else ""
        if len(run) > 1 or _IDEOGRAPH.match(run):
            return True
    return False


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text as quotes are compared, and where each of its characters stood."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).translate(_PLAIN).casefold()
        for part in plain:
            if part.isspace():
                if not characters or characters[-1] == " ":
                    continue
                part = " "
            characters.append(part)
            places.append(place)
    return "".join(characters), places
