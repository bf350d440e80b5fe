"""Respondents by persona and label, as far as they may be shown; counts, and not yet a rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups, mostly
from fitcheck.records import LABELS, UNASSIGNED, Answer, Label

_SILENT, _FAILED = "no answer", "failed"


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


class Groups(NamedTuple):
    """The groups of a survey."""

    shown: tuple[GroupCounts, ...]
    """Largest first, ``unassigned`` last."""
    hidden: int
    """Groups that are not shown, not even their names: too small, or needed to hide such ones."""


def respondent_states(
    persona_of: Mapping[str, str], answers: Sequence[Answer], coded: Mapping[str, Label | None]
) -> Counter[tuple[str, str]]:
    """Return the number of respondents by persona and by what `state` says of them.

    `persona_of` are all respondents. Whoever answered belongs to the persona of the first answer,
    as in rates: else the difference between two outputs would be the label of one person.

    Examples
    --------
    >>> answers = [Answer("passt", id=str(i), persona="A" if i < 20 else "B") for i in range(23)]
    >>> persona_of = {answer.id: answer.persona for answer in answers}
    >>> states = respondent_states(persona_of, answers, dict.fromkeys(persona_of, "fit"))
    >>> states["B", "fit"], groups_of(states)
    (3, Groups(shown=(), hidden=2))
    """
    first = {answer.respondent: answer.persona for answer in reversed(answers)}
    return Counter(
        (persona, state(coded.get(respondent), answered=respondent in coded))
        for respondent, persona in {**persona_of, **first}.items()
    )


def state(label: Label | None, *, answered: bool) -> str:
    """Return what is counted of a respondent with this label."""
    return (label or _FAILED) if answered else _SILENT


def groups_of(respondents: Mapping[tuple[str, str], int], min_group: int = MIN_GROUP) -> Groups:
    """Return the groups of respondents who are counted by persona and state."""
    groups: dict[str, Counter[str]] = {}
    for (persona, found), n in respondents.items():
        groups.setdefault(persona, Counter())[found] += n
    counts = []
    for persona, states in groups.items():
        by_label: dict[str, int] = {label: states[label] for label in LABELS}
        n_answered = states.total() - states[_SILENT]
        counts.append(GroupCounts(persona, states.total(), n_answered, by_label, states[_FAILED]))
    return suppress(counts, min_group)


def suppress(counts: Sequence[GroupCounts], min_group: int = MIN_GROUP) -> Groups:
    """Return the groups without those that must not be shown, and without counts that are too few.

    Nobody of a group that did not answer can be told apart, so it needs no other to hide it.
    """
    answered = {count.persona: count.answered for count in counts if count.answered}
    may_be_shown = answered.keys() - hidden_groups(answered, min_group)
    shown = (_shown(count) for count in counts if count.persona in may_be_shown)
    order = sorted(shown, key=_largest_first)
    return Groups(tuple(order), len(counts) - len(order))


def _shown(count: GroupCounts) -> GroupCounts:
    if count.answered >= MIN_DETAIL:
        return count
    bound = mostly({**count.labels, "failed": count.failed})
    return replace(count, labels={}, failed=0, mostly=bound)


def _largest_first(count: GroupCounts) -> tuple[object, ...]:
    return (count.persona == UNASSIGNED, -count.respondents, count.persona)
