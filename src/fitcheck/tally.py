"""Counts of labels: of answers and of respondents, added up part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups, mostly
from fitcheck.records import LABELS, UNASSIGNED, Answer, Label, Prediction

_SILENT, _FAILED = "no answer", "failed"


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
    sources: Counter[str] = field(default_factory=Counter)
    """Answers by who labelled them."""
    failures: Counter[str] = field(default_factory=Counter)
    """Answers without a label, by reason."""
    flags: Counter[str] = field(default_factory=Counter)
    """Answers by flag."""
    n_unanswered: int = 0
    """Answers on which a language model failed, and nobody else was asked."""
    n_handed_on: int = 0
    """Answers on which it failed, and the baseline was asked."""
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by persona and label."""
    respondents: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Respondents by persona and what `state_of` says of them."""

    @classmethod
    def of(cls, answers: Sequence[Answer], predictions: Sequence[Prediction]) -> Tally:
        """Return the counts of answers; those of respondents stay empty."""
        flagged = [p.flags for p in predictions if p.flags]
        pairs = zip(answers, predictions, strict=True)
        return cls(
            len(answers),
            Counter(p.source for p in predictions),
            Counter(p.failure for p in predictions if p.failure),
            Counter(flag for flags in flagged for flag in flags),
            sum(p.source == "llm" and p.label is None for p in predictions),
            sum(any(flag.startswith("llm_") for flag in flags) for flags in flagged),
            Counter((a.persona, p.label) for a, p in pairs if p.label is not None),
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
        return [
            self.n_answers,
            self.sources,
            self.failures,
            self.flags,
            self.n_unanswered,
            self.n_handed_on,
            [[*key, n] for key, n in self.labels.items()],
            [[*key, n] for key, n in self.respondents.items()],
        ]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> Tally:
        """Return what `to_json` was given."""
        n_answers, sources, failures, flags, n_unanswered, n_handed_on, labels, states = found
        return cls(
            n_answers,
            Counter(sources),
            Counter(failures),
            Counter(flags),
            n_unanswered,
            n_handed_on,
            Counter({(persona, label): n for persona, label, n in labels}),
            Counter({(persona, state): n for persona, state, n in states}),
        )


def state_of(coded: Mapping[str, Label | None], respondent: str) -> str:
    """Return a respondent's label, or that there is none, or no answer."""
    return state(coded.get(respondent), answered=respondent in coded)


def state(label: Label | None, *, answered: bool) -> str:
    """Return what is counted of a respondent with this label."""
    return (label or _FAILED) if answered else _SILENT


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Counts of labels in one group; not yet a rate."""

    persona: str
    """The group, or ``unassigned``."""
    respondents: int
    """Respondents in the group, whether they answered or not."""
    answered: int
    """Respondents with at least one answer."""
    labels: dict[str, int] = field(default_factory=dict)
    """Respondents by label; empty where exact counts would tell too much of a small group."""
    failed: int = 0
    """Respondents with answers but no label."""
    mostly: tuple[str, int] | None = None
    """Of such a small group: the label that most share, and how many do at least."""
    suppressed: bool = False
    """True where the group is not shown: too small, or needed to hide one that is."""


def group_counts(
    respondents: Mapping[tuple[str, str], int], min_group: int = MIN_GROUP
) -> list[GroupCounts]:
    """Return the number of respondents by label for each persona, as far as they may be shown."""
    groups: dict[str, Counter[str]] = {}
    for (persona, state), n in respondents.items():
        groups.setdefault(persona, Counter())[state] += n
    counts = [
        GroupCounts(
            persona,
            states.total(),
            states.total() - states[_SILENT],
            {label: states[label] for label in LABELS},
            states[_FAILED],
        )
        for persona, states in groups.items()
    ]
    return sorted(suppress(counts, min_group), key=_shown_order)


def _shown_order(count: GroupCounts) -> tuple[object, ...]:
    """Largest group first; the hidden ones by name, so that their order tells nothing."""
    size = 0 if count.suppressed else -count.respondents
    return (count.persona == UNASSIGNED, count.suppressed, size, count.persona)


def public_labels(
    labels: Mapping[tuple[str, str], int], counts: Sequence[GroupCounts]
) -> dict[str, int] | None:
    """Return the number of answers by label, of the groups whose own counts are shown.

    Those of all groups would tell of the hidden ones by subtraction. None where none is shown.
    """
    shown = {count.persona for count in counts if count.labels}
    found = Counter[str]()
    for (persona, label), n in labels.items():
        if persona in shown:
            found[label] += n
    return {label: found[label] for label in LABELS if found[label]} or None


def suppress(counts: Sequence[GroupCounts], min_group: int = MIN_GROUP) -> list[GroupCounts]:
    """Return the counts without those of groups that must not be shown.

    Of groups of one size, those that are hidden with a smaller one are the same as in rates and
    reports: two outputs that hide different ones would tell of it together.
    """
    ordered = sorted(counts, key=lambda count: (-count.answered, count.persona))
    positions = hidden_groups([count.answered for count in ordered], min_group)
    hidden = {ordered[i].persona for i in positions}
    return [_shown(count, hide=count.persona in hidden) for count in counts]


def _shown(count: GroupCounts, *, hide: bool) -> GroupCounts:
    if hide:
        return GroupCounts(count.persona, 0, 0, suppressed=True)
    if count.answered < MIN_DETAIL:
        bound = mostly({**count.labels, "failed": count.failed})
        return replace(count, labels={}, failed=0, mostly=bound)
    return count
