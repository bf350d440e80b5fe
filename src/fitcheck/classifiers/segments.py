"""Splits an answer into the sentences and clauses that may carry a verdict."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

MAX_CHARACTERS = 4_000
"""Longer answers are classified by their beginning and flagged."""
MAX_SEGMENTS = 40
MAX_ENCODED = 1_000
"""Characters of one text that an encoder reads; its time grows with the square."""

# A sentence ends at a mark followed by a blank, at a line break, at a list dash; a clause of a
# long sentence ends before a word of contrast. Patterns that begin with a class of characters are
# searched several times faster.
_SENTENCE_END = re.compile(
    r"[.!?…;\s](?:(?<=[.!?…;])([\"'”»)\]]*\s+)|(?<=\s)(?:(?<=\n)\s*|\s*\n\s*|\s*[-–—•*+/]\s+))"
)
_CONTRAST = re.compile(
    r"\s(?:aber|jedoch|allerdings|trotzdem|dennoch|sondern|obwohl|leider|dafür|but|however"
    r"|although|though|yet|whereas|nevertheless|unfortunately|except)\b",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:z|d|u|o|i|e|s|bzw|ca|evtl|ggf|usw|etc|vgl|inkl|exkl|bspw|Dr|Prof|Nr|St|vs|approx"
    r"|incl|Mr|Mrs|Ms|no)\.|\b\d{1,2}\.)$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 8
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


class Segment(NamedTuple):
    """A stretch of an answer: ``text == answer[start:end]``."""

    text: str
    start: int
    end: int


def split_segments(text: str) -> list[Segment]:
    """Return the sentences and clauses of `text`, in order; at least one.

    Examples
    --------
    >>> [s.text for s in split_segments("Trainer top. Aber für uns zu theoretisch!")]
    ['Trainer top.', 'Aber für uns zu theoretisch!']
    """
    end = min(len(text), MAX_CHARACTERS)
    segments: list[Segment] = []
    for start, stop in _sentences(text[:end]):
        segments += _clauses(text, start, stop)
        if len(segments) >= MAX_SEGMENTS:
            break
    return segments[:MAX_SEGMENTS] or [Segment(text[:end], 0, end)]


def _sentences(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = max(match.start(), match.start(1))  # behind the mark, if there is one
        near = max(start, end - _LONGEST_ABBREVIATION)
        if _ABBREVIATION.search(text, near, end) and "\n" not in match.group():
            continue
        if _LETTER_OR_DIGIT.search(text, start, end):
            spans.append((start, end))
            start = match.end()
    spans.append((start, len(text)))
    return [span for span in (_trim(text, *span) for span in spans) if span[0] < span[1]]


def _clauses(text: str, start: int, stop: int) -> list[Segment]:
    cuts = [start]
    for match in _CONTRAST.finditer(text, start, stop):
        clause, cut = text[cuts[-1] : match.start()], match.start() + 1
        if len(clause.rstrip().removesuffix(",")) >= 8 and stop - cut >= 8:
            cuts.append(cut)
    if len(cuts) == 1:
        return [Segment(text[start:stop], start, stop)]
    cuts.append(stop)
    spans = (_trim(text, a, b) for a, b in pairwise(cuts))
    return [Segment(text[a:b], a, b) for a, b in spans if a < b]


def _trim(text: str, start: int, stop: int) -> tuple[int, int]:
    while start < stop and (text[start].isspace() or text[start] in "-–—•*+,"):
        start += 1
    while start < stop and (text[stop - 1].isspace() or text[stop - 1] == ","):
        stop -= 1
    return start, stop


def normalize(text: str) -> str:
    r"""Return `text` as encoders and n-grams take it: NFKC, no surrogates, NUL or long runs.

    Examples
    --------
    >>> normalize("Gut\x00 \ud800ﬁt")
    'Gut �fit'
    """
    clean = without_surrogates(text).replace("\x00", "")
    return " ".join(unicodedata.normalize("NFKC", clean[:MAX_CHARACTERS]).split())


def without_surrogates(text: str) -> str:
    """Return `text` with halves of characters joined, or replaced where the other is missing."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
