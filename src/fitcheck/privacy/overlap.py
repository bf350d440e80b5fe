"""Whether two files hold nearly the same answers, so that subtracting them tells of single people.

Of a survey that was exported again with one respondent more, the counts of both files differ by
that respondent. Nobody can see this in one file alone; where both are given, it can be noticed.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable

from fitcheck.privacy.suppress import MIN_DETAIL

_TELLING_WORDS = 4
"""Words from which on an answer is hardly ever written by two people in the same way."""
_SAME_PEOPLE = 0.5
"""Share of recognized respondents from which on two files are about the same people."""


class Traces:
    """What of a group's respondents can be found again in another file; no text."""

    def __init__(self) -> None:
        self.contents = array("Q")
        """Fingerprints of the answers of each."""
        self.known = array("Q")
        """Fingerprints by which respondents can be recognized: not those who only say "yes"."""

    def __len__(self) -> int:
        """Return the number of respondents."""
        return len(self.contents)

    def add(self, respondent: str, said: Iterable[tuple[str, str]]) -> None:
        """Add a respondent with questions and answers; without an id pass ``""``.

        Examples
        --------
        >>> traces = Traces()
        >>> traces.add("", [("Passte es?", "ja")])
        >>> len(traces), len(traces.known)
        (1, 0)
        """
        answers = sorted(said)
        content = _fingerprint(answers)
        self.contents.append(content)
        if sum(len(text.split()) for _, text in answers) >= _TELLING_WORDS:
            self.known.append(content)
        elif respondent:
            self.known.append(_fingerprint([respondent, answers]))


def _fingerprint(value: object) -> int:
    words = repr(value).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest())


def nearly_the_same(group: Traces, other: Traces) -> bool:
    """Return whether two groups differ by so few people that subtraction would tell of them.

    It is so if they are about the same people and on either side fewer than ten are not in the
    other. Where nobody differs there is nothing to subtract.

    Examples
    --------
    >>> def traces(numbers):
    ...     found = Traces()
    ...     for i in numbers:
    ...         found.add(f"p{i}", [("Passte es?", f"Antwort {i}")])
    ...     return found
    >>> people = traces(range(60))
    >>> nearly_the_same(people, traces(range(59))), nearly_the_same(people, people)
    (True, False)
    >>> nearly_the_same(people, traces(range(40)))
    False
    >>> nearly_the_same(traces(range(30)), traces(range(30, 60)))
    False
    """
    fewer = min(len(group.known), len(other.known))
    if not fewer or _n_shared(group.known, other.known) < _SAME_PEOPLE * fewer:
        return False
    shared = _n_shared(group.contents, other.contents)
    return 0 < max(len(group), len(other)) - shared < MIN_DETAIL


def _n_shared(some: Iterable[int], others: Iterable[int]) -> int:
    return (Counter(some) & Counter(others)).total()
