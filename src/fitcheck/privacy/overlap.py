"""Whether two files hold nearly the same answers, so that subtracting them tells of single people.

Of a survey that was exported again with one respondent more, the counts of both files differ by
that respondent. Nobody can see this in one file alone; where both are given, it can be noticed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fitcheck.privacy.suppress import MIN_DETAIL

_TELLING_WORDS = 4
"""Words from which on an answer is hardly ever written by two people in the same way."""
_SAME_PEOPLE = 0.5
"""Share of recognized respondents from which on two files are about the same people."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What of a respondent can be found again in another file; no text."""

    content: bytes
    """Fingerprint of the answers."""
    known: bytes | None
    """Fingerprint by which this respondent can be recognized; None where "yes" is all there is."""

    @classmethod
    def of(cls, respondent: str, said: Iterable[tuple[str, str]]) -> Trace:
        """Return the trace of a respondent's questions and answers; without an id pass ``""``.

        Examples
        --------
        >>> Trace.of("", [("Passte es?", "ja")]).known is None
        True
        """
        answers = sorted(said)
        content = _fingerprint(answers)
        if sum(len(text.split()) for _, text in answers) >= _TELLING_WORDS:
            return cls(content, content)
        return cls(content, _fingerprint([respondent, answers]) if respondent else None)


def _fingerprint(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def nearly_the_same(group: Sequence[Trace], other: Sequence[Trace]) -> bool:
    """Return whether two groups differ by so few people that subtraction would tell of them.

    It is so if they are about the same people and on either side fewer than ten are not in the
    other. Where nobody differs there is nothing to subtract.

    Examples
    --------
    >>> people = [Trace.of(f"p{i}", [("Passte es?", f"Antwort {i}")]) for i in range(60)]
    >>> nearly_the_same(people, people[:59]), nearly_the_same(people, people)
    (True, False)
    >>> nearly_the_same(people, people[:40]), nearly_the_same(people[:30], people[30:])
    (False, False)
    """
    mine, theirs = (Counter(t.known for t in g if t.known is not None) for g in (group, other))
    fewer = min(mine.total(), theirs.total())
    if not fewer or (mine & theirs).total() < _SAME_PEOPLE * fewer:
        return False
    shared = (Counter(t.content for t in group) & Counter(t.content for t in other)).total()
    return 0 < max(len(group), len(other)) - shared < MIN_DETAIL
