"""What the cells of one column look like: numbers, choices, ticks, written answers."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fitcheck.surveys.cells import clean_text
from fitcheck.surveys.layout import is_date, is_number

_ENOUGH = 2_000
"""Filled cells of a column that are looked at."""

OPEN_HEADING = re.compile(
    r"\?|kommentar|anmerkung|bemerkung|feedback|freitext|begründ|vorschl|wünsch|anregung|lob\b"
    r"|kritik|rückmeldung|verbesser|gefallen|gefehlt|sonstiges|positiv|negativ|beschreib|wunsch|highlight|lowlight|question|fragen\b|thema|themen"
    r"|topic|wish|brauch|need|tadel|idee|idea|hinweis|mitteilen|ergänz|comment|suggest"
    r"|improve|remark|why\b|please (explain|describe|specify)|tell us|liked?\b|takeaway|text\b"
    r"|response\b|antwort|learn|gelernt|mitgenommen|any other|open|offen|passend|gepasst",
    re.IGNORECASE,
)
# The free field beside a closed question is part of that question.
_OTHER_CHOICE = re.compile(
    r"\bother \(please specify\)|\[(other|sonstiges?|andere[sr]?)\]$|_\d+_TEXT$"
    r"|(sonstiges?|andere[sr]?) \(bitte (angeben|nennen)\)|[–-] (other|sonstiges|andere[sr]?)$",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(nein|nö|nee|nichts?|nix|keine?|none|nothing|no|nope|nah|alles"
    r"|alles (gut|super|ok|prima|bestens)|all (good|fine)|passt( so)?|fine|rien|aucune?|non)\W*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r".*[a-zäöüß)\d][.!?…]+\W*", re.DOTALL)
_SMALL_START = re.compile(r"[a-zäöü].*", re.DOTALL)
# Addresses, links, and ids that hold a digit.
_TOKEN = re.compile(r"https?://\S+|\S+@\S+\.\w+|[0-9a-fA-F-]{16,}|[\w.:/#-]*\d[\w.:/#-]*")
_SCALE = re.compile(
    r"[+o-]{1,3}|[☹🙁😐🙂😊😀😞]\ufe0f?"
    r"|(trifft|stimme|agree|disagree|strongly|voll und ganz|eher|teils|sehr|nicht|gar nicht|über"
    r"wiegend|genau|kann ich nicht|ja|nein|yes|no|neutral|zufrieden|unzufrieden|satisfied"
    r"|dissatisfied|gut|schlecht|befriedigend|ausreichend|mangelhaft|excellent|good|fair|poor"
    r"|very|somewhat|not at all|n/a|weiß nicht|don't know|likely|unlikely|always|never|immer|nie"
    r"|selten|oft|often|rarely|fairly|a little|hoch|mittel|gering|happy|sad|about right"
    r"|passend|hilfreich|useful|relevant|too \w+"
    r"|zu (leicht|schwer|schnell|langsam|kurz|lang|viel|wenig))\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """One column's heading and filled cells, and what they tell."""

    name: str
    heading: str
    values: tuple[str, ...]
    is_full: bool
    """Whether every row has a value."""

    @property
    def n_distinct(self) -> int:
        """Number of distinct values, whatever their case."""
        return len({value.casefold() for value in self.values})

    @property
    def mean_words(self) -> float:
        """Mean number of words of a filled cell."""
        return sum(len(v.split()) for v in self.values) / len(self.values) if self.values else 0.0

    def share(self, pattern: re.Pattern[str]) -> float:
        """Return the share of filled cells that the pattern matches whole."""
        return sum(pattern.fullmatch(v) is not None for v in self.values) / max(1, len(self.values))

    @property
    def is_typed(self) -> bool:
        """Numbers or dates."""
        typed = sum(is_number(value) or is_date(value) for value in self.values)
        return typed >= 0.8 * len(self.values) > 0

    @property
    def is_unique(self) -> bool:
        """Every row has a value of its own."""
        return self.is_full and len(self.values) == len(set(self.values))

    @property
    def is_one_name(self) -> bool:
        """No values, or one of them in most rows."""
        most = max(Counter(self.values).values(), default=0)
        return not self.values or (len(self.values) > 3 and most > 0.5 * len(self.values))

    @property
    def repeats(self) -> bool:
        """Few distinct values, as a closed list of choices has."""
        return self.n_distinct <= max(2, min(40, len(self.values) // 2))

    @property
    def is_group(self) -> bool:
        """A few short values, each given by several respondents."""
        few = 2 <= self.n_distinct <= min(12, len(self.values) // 3)
        closed = self.is_yes_no or self.is_typed or self.is_scale or self.is_tick_list
        return few and self.mean_words <= 8 and not closed

    @property
    def is_coded(self) -> bool:
        """Small whole numbers that stand for something, such as 1, 2, 3."""
        numbers = self.share(re.compile(r"\d{1,2}")) == 1
        return bool(self.values) and numbers and 2 <= self.n_distinct <= 12

    @property
    def is_scale(self) -> bool:
        """Numbers on a small scale, or phrases of agreement from a short list."""
        if not self.values or (self.n_distinct == 1 and len(self.values) > 4):
            return False
        if all(re.fullmatch(r"\d{1,2}([.,]\d+)?", value) for value in self.values):
            return all(float(value.replace(",", ".")) <= 10 for value in self.values)
        if self.is_yes_no:
            return False
        short_list = self.n_distinct <= 7 and (self.repeats or len(self.values) < 8)
        return short_list and self.share(_SCALE) >= 0.8 and self.mean_words <= 5

    @property
    def is_tick_list(self) -> bool:
        """Several choices in one cell, as ``a;b;`` or ``a, b``, from a short list."""
        if not self.values:
            return False
        if self.share(re.compile(r"([^;]+;)+")) >= 0.6:
            return True
        parts = [part for value in self.values for part in re.split(r"[;,] ?", value) if part]
        few = len(set(parts)) <= max(3, 0.3 * len(parts))
        return few and len(parts) > 1.3 * len(self.values) >= 10

    @property
    def is_ticked(self) -> bool:
        """One value wherever there is any: a box that is ticked or not."""
        if self.n_distinct != 1:
            return False
        value = self.values[0]
        more = len(self.values) > 1
        return len(value) <= 3 or self.heading.endswith(value) or (more and value in self.heading)

    @property
    def is_yes_no(self) -> bool:
        """Consent and other questions of two answers."""
        words = {"ja", "nein", "yes", "no", "j", "n", "y", "true", "false", "wahr", "falsch"}
        return bool(self.values) and all(value.casefold() in words for value in self.values)

    @property
    def is_closed(self) -> bool:
        """Many respondents, few distinct answers: a list of choices."""
        few = len(self.values) >= 10 and self.n_distinct <= 0.4 * len(self.values)
        return few and not (self.asks_openly and self._is_written)

    @property
    def asks_openly(self) -> bool:
        """The heading asks for words."""
        return OPEN_HEADING.search(self.heading) is not None

    @property
    def _is_written(self) -> bool:
        """Signs of writing that no list of choices has, however often short answers recur."""
        longest = max((len(value.split()) for value in self.values), default=0)
        signs = (
            longest >= 8
            or self.share(_NOTHING) >= 0.05
            or self.share(_SENTENCE_END) >= 0.1
            or self.share(_SMALL_START) >= 0.2
        )
        return longest >= 4 and self.n_distinct >= max(3, 0.25 * len(self.values)) and signs

    @property
    def is_text(self) -> bool:
        """Written answers."""
        closed = self.is_typed or self.is_scale or self.is_tick_list or self.is_closed
        if not self.values or closed or self.is_ticked or self.is_yes_no:
            return False
        if _OTHER_CHOICE.search(self.heading) or _OTHER_CHOICE.search(self.name):
            return False
        if self.share(_TOKEN) >= 0.5:
            return False
        if self.asks_openly and not re.search("persona", self.heading):
            wordy = self.mean_words >= 3 or self._is_written
            return not self.repeats or wordy or len(self.values) < 6
        return self._reads_as_sentences and self.n_distinct >= 0.5 * len(self.values)

    @property
    def _reads_as_sentences(self) -> bool:
        """Short answers among longer ones, which names of people and places are not."""
        longest = max(len(value.split()) for value in self.values)
        return self.mean_words >= 4 or (self.mean_words >= 2 and longest >= 4)


class CellSample:
    """Every filled cell of a column; of very many some, by lot, in their order.

    Every other one could miss half of the questions. The same file is read alike each time.
    """

    def __init__(self) -> None:
        self.n_filled = 0
        self._drawn: list[tuple[float, str]] = []
        self._share = 1.0
        self._lot = random.Random(0)  # noqa: S311

    @property
    def cells(self) -> list[str]:
        """The cells that were drawn."""
        return [cell for _, cell in self._drawn]

    def add(self, cells: Sequence[str]) -> None:
        """Take the cells of the next rows."""
        filled = [cell for cell in cells if cell and not cell.isspace()]
        self.n_filled += len(filled)
        share, lot = self._share, self._lot.random
        self._drawn += [(lots, cell) for cell in filled if (lots := lot()) < share]
        while len(self._drawn) > _ENOUGH:
            self._share /= 2
            self._drawn = [drawn for drawn in self._drawn if drawn[0] < self._share]

    def column(self, name: str, heading: str, missing: frozenset[str], n_rows: int) -> ColumnCells:
        """Return what the cells tell; `missing` are folded tokens that count as blank."""
        cells = self.cells
        cleaned = (clean_text(cell) for cell in cells)
        values = tuple(value for value in cleaned if value and value.casefold() not in missing)
        is_full = self.n_filled == n_rows and len(values) == len(cells)
        return ColumnCells(name, heading, values, is_full)
