"""Counts of a part of a table, which are added up without ever bringing answers together.

Of each respondent with an id it is known which labels the answers have, as bits: the answers of one
person may lie in several parts, and the bits of all of them make the person's label. Ids are
hashed with a key that each run draws anew. A respondent of a single row is counted at once.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fitcheck.engines.seen import label_of, seen
from fitcheck.groups import state
from fitcheck.personas import Assignment, similar_groups
from fitcheck.records import Answer, Label, Prediction
from fitcheck.surveys.survey import Survey
from fitcheck.tally import Tally

_HASH = 16
"""Bytes of a hashed id: among a billion ids no two share it."""


@dataclass(frozen=True)
class PartTally:
    """What was counted in some rows."""

    single: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Respondents of a single row, by persona and bits."""
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, f"S{_HASH}"))
    """Hashed id of each row that has one, in the order of the rows."""
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    """Where in the part these rows stand; meaningless once parts are added up."""
    personas: tuple[str, ...] = ()
    groups: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    """Their personas, as positions in `personas`."""
    bits: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and label."""
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and who decided."""
    facts: Mapping[str, Counter[str]] = field(default_factory=dict)
    """Further counts: of failures, rows, and values without a persona."""

    def to_bytes(self) -> bytes:
        """Return the tally as a file."""
        told = {
            "single": [[*key, n] for key, n in self.single.items()],
            "answers": [[*key, n] for key, n in self.answers.items()],
            "sources": [[*key, n] for key, n in self.sources.items()],
            "personas": self.personas,
            "facts": self.facts,
        }
        packed = io.BytesIO()
        np.savez_compressed(
            packed,
            allow_pickle=False,
            ids=self.ids,
            rows=self.rows,
            groups=self.groups,
            bits=self.bits,
            told=np.frombuffer(json.dumps(told).encode(), np.uint8),
        )
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> PartTally:
        """Return the tally in a file.

        Raises
        ------
        ValueError
            If the file is incomplete.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as packed:
                told = json.loads(packed["told"].tobytes())
                arrays = [packed[name] for name in ("ids", "rows", "groups", "bits")]
        except Exception as error:  # zipfile, zlib and numpy each have their own
            raise ValueError("no tally") from error
        ids, rows, groups, bits = arrays
        return cls(
            Counter({(persona, said): n for persona, said, n in told["single"]}),
            ids,
            rows,
            tuple(told["personas"]),
            groups,
            bits,
            Counter({(persona, label): n for persona, label, n in told["answers"]}),
            Counter({(persona, source): n for persona, source, n in told["sources"]}),
            {name: Counter(counts) for name, counts in told["facts"].items()},
        )

    def without_ids(self) -> PartTally:
        """Return the same counts, of a sum in which each id stands once, without ids."""
        single = Counter(self.single)
        pairs = self.groups.astype(np.int64) * 256 + self.bits
        for pair, n in zip(*np.unique(pairs, return_counts=True), strict=True):
            single[self.personas[int(pair) // 256], int(pair) % 256] += int(n)
        facts = {**self.facts, "respondents": Counter(with_id=len(self.ids))}
        return PartTally(single, answers=self.answers, sources=self.sources, facts=facts)


def tally_part(
    survey: Survey,
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    assignment: Assignment,
    key: bytes,
) -> PartTally:
    """Return the counts of a part; `key` hashes the ids."""
    bits: Counter[int | None] = Counter()
    for answer, prediction in zip(answers, predictions, strict=True):
        bits[answer.row] |= seen(prediction.label, asked=answer.asks_for_fit)
    ids = [b""] * survey.n_respondents
    if survey.columns.id is not None:
        cells = (cell.strip() for cell in survey.cells(survey.columns.id))
        ids = [_hashed(cell, key) if cell else b"" for cell in cells]
    said = [bits[survey.grid.numbers[i]] for i in survey.layout.data]
    personas = tuple(dict.fromkeys(assignment.personas))
    code = {persona: number for number, persona in enumerate(personas)}
    known = [i for i, hashed in enumerate(ids) if hashed]
    return PartTally(
        Counter(
            (persona, said[i])
            for i, (persona, hashed) in enumerate(zip(assignment.personas, ids, strict=True))
            if not hashed
        ),
        np.array([ids[i] for i in known], f"S{_HASH}"),
        np.array([survey.layout.data[i] - 1 for i in known], np.int32),
        personas,
        np.array([code[assignment.personas[i]] for i in known], np.int32),
        np.array([said[i] for i in known], np.uint8),
        Counter((a.persona, p.label or "") for a, p in zip(answers, predictions, strict=True)),
        Counter((a.persona, p.source) for a, p in zip(answers, predictions, strict=True)),
        {
            "failures": Counter(p.failure for p in predictions if p.failure),
            "rows": Counter(rows=survey.n_respondents, with_id=len(known)),
            "rows_not_classified": Counter(survey.layout.dropped.values()),
            "unknown": Counter(assignment.unknown),
            "ambiguous": Counter(respondents=assignment.ambiguous),
        },
    )


def add_tallies(tallies: Iterable[PartTally]) -> PartTally:
    """Return the counts of several parts, given in order; each id stands in them once.

    Adding up sums gives the same as adding up everything at once. As in a single table, a
    respondent belongs to the persona of the first row with an answer, else of the last row.
    """
    parts = list(tallies)
    personas = tuple(dict.fromkeys(name for part in parts for name in part.personas))
    code = {persona: number for number, persona in enumerate(personas)}
    ids = np.concatenate([np.zeros(0, f"S{_HASH}"), *(part.ids for part in parts)])
    bits = np.concatenate([np.zeros(0, np.uint8), *(part.bits for part in parts)])
    groups = np.concatenate(
        [
            np.zeros(0, np.int32),
            *(np.array([code[n] for n in p.personas], np.int32)[p.groups] for p in parts),
        ]
    )
    order = np.argsort(ids, kind="stable")
    ids, bits, groups = ids[order], bits[order], groups[order]
    is_first = np.ones(len(ids), bool)
    is_first[1:] = ids[1:] != ids[:-1]
    starts = np.flatnonzero(is_first)
    decides = _first_answered(bits, starts)
    return PartTally(
        _sum(part.single for part in parts),
        ids[starts],
        np.zeros(len(starts), np.int32),
        personas,
        groups[decides],
        np.bitwise_or.reduceat(bits, starts) if len(starts) else bits,
        _sum(part.answers for part in parts),
        _sum(part.sources for part in parts),
        {
            name: _sum(part.facts.get(name, Counter()) for part in parts)
            for name in dict.fromkeys(name for part in parts for name in part.facts)
        },
    )


def _first_answered(bits: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return where, from each start to the next, the first bits other than 0 are, else the end."""
    if not len(starts):
        return starts
    last = np.append(starts[1:], len(bits)) - 1
    places = np.where(bits != 0, np.arange(len(bits)), len(bits))
    found: np.ndarray = np.minimum(np.minimum.reduceat(places, starts), last)
    return found


def counts_of(total: PartTally) -> Tally:
    """Return what is added up without ids, as in any other run; nothing is hidden yet."""
    respondents: Counter[tuple[str, str]] = Counter()
    for (persona, bits), n in total.without_ids().single.items():
        respondents[persona, state(label_of(bits), answered=bits > 0)] += n
    return Tally(
        n_answers=total.answers.total(),
        sources=total.sources,
        failures=total.facts.get("failures", Counter()),
        labels=Counter({key: n for key, n in total.answers.items() if key[1]}),
        respondents=respondents,
    )


def corrections(part: PartTally, total: PartTally) -> dict[int, Label | None]:
    """Return the rows of a part whose respondent has another label by the answers elsewhere."""
    own = add_tallies([part])
    here = own.bits[np.searchsorted(own.ids, part.ids)]
    everywhere = total.bits[np.searchsorted(total.ids, part.ids)]
    return {
        int(row): label_of(int(after))
        for row, before, after in zip(part.rows, here, everywhere, strict=True)
        if label_of(int(before)) != label_of(int(after))
    }


def assignment_of(total: PartTally, *, by_value: bool) -> Assignment:
    """Return what was left open when personas were assigned.

    Of personas that are the cells of a column, spellings that look alike are found here, over all
    parts.
    """
    sizes: Counter[str] = Counter()
    for (persona, _), n in counts_of(total).respondents.items():
        sizes[persona] += n
    similar = similar_groups(sizes) if by_value else {}
    unknown = total.facts.get("unknown", Counter())
    return Assignment((), unknown, similar, total.facts["ambiguous"]["respondents"])


def _hashed(identifier: str, key: bytes) -> bytes:
    return hashlib.blake2b(
        identifier.encode("utf-8", "surrogatepass"), digest_size=_HASH, key=key
    ).digest()


def _sum(counters: Iterable[Counter[Any]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for counter in counters:
        total.update(counter)
    return total
