"""Counts of labels: of answers and of respondents, added up part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fitcheck.groups import Groups
from fitcheck.records import Answer, Prediction


@dataclass(slots=True)
class Tally:
    """Counts that can be added up; they hold those of small groups and are shown to nobody.

    Examples
    --------
    >>> tally = Tally.of([Answer("passt", persona="Pflege")], [Prediction("fit")])
    >>> tally.add(tally)
    >>> tally.labels
    Counter({('Pflege', 'fit'): 2})
    """

    n_answers: int = 0
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and by who labelled them."""
    failures: Counter[str] = field(default_factory=Counter)
    """Answers without a label, by reason."""
    flags: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and flag."""
    n_unanswered: int = 0
    """Answers on which a language model failed, and nobody else was asked."""
    n_handed_on: int = 0
    """Answers on which it failed, and the baseline was asked."""
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and label."""
    respondents: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Respondents by persona and what `groups.state` says of them."""

    @classmethod
    def of(cls, answers: Sequence[Answer], predictions: Sequence[Prediction]) -> Tally:
        """Return the counts of answers; those of respondents stay empty."""
        flagged = [
            (a.persona, p.flags) for a, p in zip(answers, predictions, strict=True) if p.flags
        ]
        pairs = [(a.persona, p) for a, p in zip(answers, predictions, strict=True)]
        return cls(
            len(answers),
            Counter((persona, p.source) for persona, p in pairs),
            Counter(p.failure for p in predictions if p.failure),
            Counter((persona, flag) for persona, flags in flagged for flag in flags),
            sum(p.source == "llm" and p.label is None for p in predictions),
            sum(any(flag.startswith("llm_") for flag in flags) for _, flags in flagged),
            Counter((persona, p.label) for persona, p in pairs if p.label is not None),
        )

    def add(self, other: Tally) -> None:
        """Add the counts of another part."""
        self.n_answers += other.n_answers
        self.n_unanswered += other.n_unanswered
        self.n_handed_on += other.n_handed_on
        for name in ("sources", "failures", "flags", "labels", "respondents"):
            getattr(self, name).update(getattr(other, name))

    def to_json(self) -> list[Any]:
        """Return the counts as JSON has them."""
        pairs = (self.sources, self.flags, self.labels, self.respondents)
        return [
            self.n_answers,
            self.failures,
            self.n_unanswered,
            self.n_handed_on,
            *([[*key, n] for key, n in counted.items()] for counted in pairs),
        ]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> Tally:
        """Return what `to_json` was given."""
        n_answers, failures, n_unanswered, n_handed_on, *pairs = found
        sources, flags, labels, states = (
            Counter({(persona, name): n for persona, name, n in counted}) for counted in pairs
        )
        return cls(
            n_answers,
            sources,
            Counter(failures),
            flags,
            n_unanswered,
            n_handed_on,
            labels,
            states,
        )


def of_groups(counted: Mapping[tuple[str, str], int], groups: Groups) -> dict[str, int] | None:
    """Return what is counted by persona, over the groups whose own counts by label are shown.

    That of all groups would tell of the smaller ones by subtraction. None where none is shown.
    """
    shown = {count.persona for count in groups.shown if count.labels}
    found = Counter[str]()
    for (persona, name), n in counted.items():
        if persona in shown:
            found[name] += n
    return dict(found) or None
