"""Counts several votes of a model on one answer: what most of them say, and how many agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fitcheck.classifiers.distinct import Distinct, Preparation
from fitcheck.llm.batching import Item, make_batches
from fitcheck.llm.replies import Coding
from fitcheck.llm.runner import Outcome
from fitcheck.records import LABELS, Label


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is made of all that a model said of one answer."""

    coding: Coding | None
    """None where every vote failed."""
    failure: str = ""
    """Why, for the first vote."""
    evidence: Mapping[Label, float] | None = None
    """What speaks for each label, in [0, 1]; not calibrated."""


def decide(votes: Sequence[Outcome]) -> Verdict:
    """Return the coding of the label that most votes chose.

    Of labels with equally many votes the one that was chosen first counts (``split_vote``).
    A vote that failed agrees with no label.

    Parameters
    ----------
    votes : sequence of Outcome
        All votes on one answer, first to last; at least one.

    Examples
    --------
    >>> item = Item(0, "", "zu leicht")
    >>> verdict = decide([Outcome(item, Coding(k)) for k in ("fit", "not_fit", "not_fit")])
    >>> verdict.coding.label, verdict.coding.flags, verdict.evidence["fit"] == 1 / 3
    ('not_fit', ('votes:2/3',), True)
    """
    codings = [vote.coding for vote in votes if vote.coding is not None]
    if not codings:
        return Verdict(None, votes[0].failure)
    counts = Counter(coding.label for coding in codings)
    most = max(counts.values())
    # A counter keeps the order in which labels came, so the first is the earliest vote's.
    label, *others = (label for label, n in counts.items() if n == most)
    first = next(coding for coding in codings if coding.label == label)
    flags = (*first.flags, *(["split_vote"] if others else []))
    if most < len(votes):
        flags = (*flags, f"votes:{most}/{len(votes)}")
    shares = {each: counts[each] / len(votes) for each in LABELS}
    return Verdict(replace(first, flags=flags), evidence=shares)


class Poll:
    """Collects the votes on each answer until all are in.

    Parameters
    ----------
    distinct : iterable of Distinct
        The answers.
    preparation : Preparation
        Says how many votes there are and where each is kept.

    Attributes
    ----------
    keys : dict of Item to str
        Every vote, with its key in the cache.
    """

    def __init__(self, distinct: Iterable[Distinct], preparation: Preparation) -> None:
        self._n_votes = preparation.settings.votes
        self._entries = {entry.item.position: entry for entry in distinct}
        self._votes: dict[int, list[Outcome]] = {}
        self.keys: dict[Item, str] = {}
        for entry in self._entries.values():
            for vote in range(self._n_votes):
                item = replace(entry.item, vote=vote) if vote else entry.item
                self.keys[item] = preparation.key(item) if vote else entry.key

    def cast(self, outcome: Outcome) -> Iterator[tuple[Distinct, Verdict]]:
        """Take a vote; yield the answer with its verdict if it was the last one missing."""
        position = outcome.item.position
        votes = self._votes.setdefault(position, [])
        votes.append(outcome)
        if len(votes) == self._n_votes:
            del self._votes[position]
            votes.sort(key=lambda vote: vote.item.vote)
            yield self._entries.pop(position), decide(votes)


def in_turn(items: Sequence[Item], size: int | None) -> Iterator[Item]:
    """Yield votes in the order to ask them: all votes on some answers before the next answers.

    So answers are finished one after the other, and each request still is a full one.
    """
    if not any(item.vote for item in items):
        yield from items
        return
    votes: dict[int, list[Item]] = {}
    for item in items:
        votes.setdefault(item.position, []).append(item)
    for batch in make_batches((replace(first, vote=0) for first, *_ in votes.values()), size):
        asked = [vote for item in batch.items for vote in votes[item.position]]
        yield from sorted(asked, key=lambda item: item.vote)  # stable: answers keep their order
