"""Respondents who may have rows in several parts: one label each, over all of them.

Of each row is kept who wrote it, as a hash whose key is that of the run, the persona, and which
labels its answers have, as bits that add up by `or`. Answers are never brought together for it.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from fitcheck.groups import state
from fitcheck.records import LABELS, Label
from fitcheck.surveys.results import respondent_label
from fitcheck.tally import Labelled

_HASH = 16
"""Bytes of a hashed id: among a billion ids no two share it."""
_TYPES = {"ids": f"S{_HASH}", "rows": "i4", "groups": "i4", "bits": "u1"}
_SAID: tuple[Label | None, ...] = (*LABELS, None)
"""What a bit stands for; the same four again for questions about fit. None is a failure."""


@dataclass(frozen=True)
class Respondents:
    """Who wrote some rows: an entry for each row of a part, for each respondent of a sum."""

    ids: np.ndarray
    """Hashed ids; sorted in a sum."""
    rows: np.ndarray
    """Where in the part these rows stand; meaningless in a sum."""
    personas: tuple[str, ...]
    groups: np.ndarray
    """Their personas, as positions in `personas`."""
    bits: np.ndarray
    """Which labels the answers have; 0 where there is none."""

    @classmethod
    def of(cls, labelled: Labelled, key: bytes) -> Respondents:
        """Return the respondents of a part; `key` hashes their ids."""
        survey = labelled.survey
        bits: dict[int | None, int] = defaultdict(int)
        for answer, prediction in zip(labelled.answers, labelled.predictions, strict=True):
            bits[answer.row] |= seen(prediction.label, asked=answer.asks_for_fit)
        personas = labelled.assignment.personas
        place = {persona: i for i, persona in enumerate(dict.fromkeys(personas))}
        data = survey.layout.data
        return cls(
            np.array([_hashed(who, key) for who in survey.ids()], _TYPES["ids"]),
            np.array(data, _TYPES["rows"]),
            tuple(place),
            np.array([place[persona] for persona in personas], _TYPES["groups"]),
            np.array([bits[survey.grid.numbers[i]] for i in data], _TYPES["bits"]),
        )

    def labels(self, part: Respondents) -> dict[int, Label | None]:
        """Return the label of each row's respondent in a part, by all that this sum holds."""
        bits = self.bits[np.searchsorted(self.ids, part.ids)]
        return dict(zip(part.rows.tolist(), map(label_of, bits.tolist()), strict=True))

    def states(self) -> Counter[tuple[str, str]]:
        """Return the number of respondents of a sum by persona and label."""
        pairs, numbers = np.unique(self.groups.astype("i8") << 8 | self.bits, return_counts=True)
        states: Counter[tuple[str, str]] = Counter()
        for pair, n in zip(pairs.tolist(), numbers.tolist(), strict=True):
            persona, bits = self.personas[pair >> 8], pair & 255
            states[persona, state(label_of(bits), answered=bits > 0)] += n
        return states

    def to_json(self) -> dict[str, Any]:
        """Return the entries as JSON has them."""
        packed = {name: b64encode(getattr(self, name).tobytes()).decode() for name in _TYPES}
        return {**packed, "personas": self.personas}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Respondents:
        """Return what `to_json` was given."""
        arrays = {
            name: np.frombuffer(b64decode(found[name]), kind) for name, kind in _TYPES.items()
        }
        return cls(personas=tuple(found["personas"]), **arrays)


def join(parts: Iterable[Respondents]) -> Respondents:
    """Return the respondents of several parts, given in order; each stands there once.

    Joining sums gives the same as joining everything at once. As in a single table, a respondent
    belongs to the persona of the first row with an answer, else of the last row.
    """
    found = list(parts)
    personas = tuple(dict.fromkeys(name for part in found for name in part.personas))
    place = {persona: i for i, persona in enumerate(personas)}
    groups = [np.array([place[n] for n in p.personas], _TYPES["groups"])[p.groups] for p in found]
    ids, bits, group = (
        np.concatenate([np.zeros(0, _TYPES[name]), *arrays])
        for name, arrays in (
            ("ids", [part.ids for part in found]),
            ("bits", [part.bits for part in found]),
            ("groups", groups),
        )
    )
    order = np.argsort(ids, kind="stable")
    ids, bits, group = ids[order], bits[order], group[order]
    is_first = np.ones(len(ids), bool)
    is_first[1:] = ids[1:] != ids[:-1]
    starts = np.flatnonzero(is_first)
    joined = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    rows = np.zeros(len(starts), _TYPES["rows"])
    return Respondents(ids[starts], rows, personas, group[_first_answered(bits, starts)], joined)


def _first_answered(bits: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return where, from each start to the next, the first bits other than 0 are, else the end."""
    if not len(starts):
        return starts
    last = np.append(starts[1:], len(bits)) - 1
    places = np.where(bits != 0, np.arange(len(bits)), len(bits))
    found: np.ndarray = np.minimum(np.minimum.reduceat(places, starts), last)
    return found


def seen(label: Label | None, *, asked: bool) -> int:
    """Return the bit of an answer; `asked` says whether the question was about fit."""
    return 1 << (len(_SAID) * asked + _SAID.index(label))


@cache
def label_of(bits: int) -> Label | None:
    """Return the label of a respondent whose answers have these labels.

    Examples
    --------
    >>> label_of(seen("fit", asked=True) | seen("not_fit", asked=False))
    'fit'
    """
    n = len(_SAID)
    return respondent_label([(bit >= n, _SAID[bit % n]) for bit in range(2 * n) if bits >> bit & 1])


def _hashed(identifier: str, key: bytes) -> bytes:
    return hashlib.blake2b(
        identifier.encode("utf-8", "surrogatepass"), digest_size=_HASH, key=key
    ).digest()
