"""Respondents by persona and label, as far as they may be shown; counts, and not yet a rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups, mostly
from fitcheck.records import LABELS, UNASSIGNED, Answer, Prediction
from fitcheck.surveys.results import labels_by_respondent


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


def count_groups(
    persona_of: Mapping[str, str],
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    min_group: int = MIN_GROUP,
) -> Groups:
    """Return the number of respondents by label for each persona.

    `persona_of` are all respondents. Whoever answered belongs to the persona of the first answer,
    as in rates: else the difference between two outputs would be the label of one person.

    Examples
    --------
    >>> answers = [Answer("passt", id=str(i), persona="A" if i < 20 else "B") for i in range(23)]
    >>> persona_of = {answer.id: answer.persona for answer in answers}
    >>> count_groups(persona_of, answers, [Prediction("fit")] * 23)
    Groups(shown=(), hidden=2)
    """
    coded = labels_by_respondent(answers, predictions)
    groups: dict[str, list[str]] = {}
    first = {answer.respondent: answer.persona for answer in reversed(answers)}
    for respondent, persona in {**persona_of, **first}.items():
        groups.setdefault(persona, []).append(respondent)
    counts = []
    for persona, members in groups.items():
        labels = Counter(coded[respondent] for respondent in members if respondent in coded)
        by_label: dict[str, int] = {label: labels[label] for label in LABELS}
        counts.append(GroupCounts(persona, len(members), labels.total(), by_label, labels[None]))
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
