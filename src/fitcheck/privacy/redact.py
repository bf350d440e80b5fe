"""Replaces what identifies people by placeholders, and puts it back into a quote.

Names without a title that nobody listed remain: rules cannot tell them from other words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from fitcheck.privacy.contacts import find_online, find_phones
from fitcheck.privacy.found import KINDS, Found, Kind, merge
from fitcheck.privacy.names import NameList, find_titled_names, is_distinctive
from fitcheck.privacy.numbers import find_bare_numbers, find_cued_numbers, find_ibans

Detector = Callable[[str], list[Found]]

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)}) [0-9]+\]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One replaced part of a text."""

    kind: Kind
    """What it was, in the word of the placeholder."""
    placeholder: str
    """What stands there now; the same for every occurrence of `original` in this text."""
    original: str
    """The replaced characters. Never write them to a log or a run file."""
    start: int
    """Where the placeholder stands in the redacted text."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what identifies people, and the way back.

    Examples
    --------
    >>> redacted = Redactor().redact("Frau Müller (a@b.de) war nett.")
    >>> redacted.text, redacted.restore("Frau [Person 1]")
    ('Frau [Person 1] ([E-Mail 1]) war nett.', 'Frau Müller')
    """

    text: str
    """The redacted text."""
    hits: tuple[Hit, ...] = ()
    """What was replaced, in the order of the text."""

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many parts of each kind were replaced."""
        return Counter(hit.kind for hit in self.hits)

    def restore(self, part: str) -> str:
        """Return a part of the redacted text, such as a quote, with the originals put back."""
        originals = {hit.placeholder: hit.original for hit in self.hits}
        return _PLACEHOLDER.sub(lambda match: originals.get(match[0], match[0]), part)

    def part(self, start: int, end: int) -> str:
        """Return what stands in the redacted text for a part of the original one.

        What is replaced is replaced whole, wherever the part begins or ends.

        Examples
        --------
        >>> text = "Frau Müller war nett. Müller kann das."
        >>> Redactor().redact(text).part(22, 38)
        '[Person 1] kann das.'
        """
        longer = 0  # how much longer the redacted text is than the original, up to here
        first, last = start, end
        for hit in self.hits:
            begins = hit.start - longer
            ends = begins + len(hit.original)
            grown = len(hit.placeholder) - len(hit.original)
            if start >= ends:
                first += grown
            elif start > begins:
                first = hit.start
            if end >= ends:
                last += grown
            elif end > begins:
                last = hit.start + len(hit.placeholder)
            longer += grown
        return self.text[first:last]


class Redactor:
    """Replaces what identifies people before a text leaves the machine.

    Finds e-mail addresses, links, phone numbers, IBANs, personnel and ticket numbers, names
    after a title and listed names. Redacting a redacted text changes nothing.

    Parameters
    ----------
    names : iterable of str
        Names to replace wherever they stand, such as those of the trainers. A name of several
        words is also found by its first and by its last word.

    Examples
    --------
    >>> Redactor(["Anna Schmidt"]).redact("annas Beispiele, Tel. 089 123456").text
    '[Person 1]s Beispiele, Tel. [Telefon 1]'
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        self._listed = NameList(self.names)
        self._detectors: tuple[Detector, ...] = (
            find_online,
            find_ibans,
            _find_phones_and_numbers,
            find_bare_numbers,
            self._find_names,
        )

    def redact(self, text: str) -> Redacted:
        """Return `text` with placeholders, which are unique within it."""
        pieces = _settle(_set_placeholders_aside(text), self._detectors)
        surnames = _surnames(pieces)
        if surnames:
            # whoever was "Frau Schmidt" may be just "Schmidt" in the next sentence
            pieces = _settle(pieces, (*self._detectors, NameList(surnames).find))
        return _assemble(pieces, taken=set(_PLACEHOLDER.findall(text)))

    def _find_names(self, text: str) -> list[Found]:
        """Return both at once, so that neither takes a part of what the other knows whole."""
        return merge([*find_titled_names(text), *self._listed.find(text)])


def _find_phones_and_numbers(text: str) -> list[Found]:
    """Return both at once: "Ticket 0171 23456" is a phone number, all of it."""
    return merge([*find_cued_numbers(text), *find_phones(text)])


class _Piece(NamedTuple):
    """A part of the text."""

    text: str
    kind: Kind | None = None
    """What it gives away; None if it stays."""
    is_searched: bool = True
    """False for what looked like a placeholder from the start."""


def _set_placeholders_aside(text: str) -> list[_Piece]:
    """Return the text in pieces, so that what looks like a placeholder is never changed."""
    pieces, position = [], 0
    for match in _PLACEHOLDER.finditer(text):
        pieces.append(_Piece(text[position : match.start()]))
        pieces.append(_Piece(match[0], is_searched=False))
        position = match.end()
    return [*pieces, _Piece(text[position:])]


def _settle(pieces: Sequence[_Piece], detectors: Sequence[Detector]) -> list[_Piece]:
    """Cut out what the detectors find until they find nothing more in any piece.

    Each piece is searched by itself, as it will be when the redacted text is redacted again:
    that is why a second time changes nothing.
    """
    waiting, settled = list(reversed(pieces)), []
    while waiting:
        piece = waiting.pop()
        parts = [] if piece.kind or not piece.is_searched else _cut(piece.text, detectors)
        if parts:
            waiting.extend(reversed(parts))
        else:
            settled.append(piece)
    return settled


def _cut(text: str, detectors: Sequence[Detector]) -> list[_Piece]:
    """Return the text cut by the first detector that finds something, else nothing."""
    for detector in detectors:
        found = detector(text)
        if found:
            return list(_pieces(text, found))
    return []


def _pieces(text: str, found: Sequence[Found]) -> Iterator[_Piece]:
    position = 0
    for start, end, kind in found:
        if start > position:
            yield _Piece(text[position:start])
        yield _Piece(text[start:end], kind)
        position = end
    if position < len(text):
        yield _Piece(text[position:])


def _surnames(pieces: Sequence[_Piece]) -> set[str]:
    """Return the last words of the names found so far that cannot be another word."""
    names = (piece.text.split()[-1] for piece in pieces if piece.kind == "Person")
    return {name for name in names if is_distinctive(name)}


def _assemble(pieces: Sequence[_Piece], taken: set[str]) -> Redacted:
    """Return the pieces as one text; numbers start where the text itself uses none."""
    placeholders: dict[tuple[Kind, str], str] = {}
    numbers = {kind: count(1) for kind in KINDS}
    texts: list[str] = []
    hits: list[Hit] = []
    position = 0
    for text, kind, _ in pieces:
        shown = text
        if kind:
            if (kind, text) not in placeholders:
                placeholders[kind, text] = _free_placeholder(kind, numbers[kind], taken)
            shown = placeholders[kind, text]
            hits.append(Hit(kind, shown, text, position))
        texts.append(shown)
        position += len(shown)
    return Redacted("".join(texts), tuple(hits))


def _free_placeholder(kind: Kind, numbers: Iterator[int], taken: set[str]) -> str:
    return next(name for n in numbers if (name := f"[{kind} {n}]") not in taken)
