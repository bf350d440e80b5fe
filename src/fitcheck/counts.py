"""Respondents by label in each group: counted, and then hidden where a group is small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fitcheck.personas import Assignment
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups, mostly
from fitcheck.records import LABELS, UNASSIGNED, Answer, Prediction
from fitcheck.surveys.results import labels_by_respondent
from fitcheck.surveys.survey import Survey


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


def count_groups(
    survey: Survey,
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    assignment: Assignment,
) -> list[GroupCounts]:
    """Return the number of respondents by label for each persona; nothing is hidden yet."""
    coded = labels_by_respondent(answers, predictions)
    group_of = dict(zip(survey.ids(), assignment.personas, strict=True))
    groups: dict[str, list[str]] = {}
    for respondent, persona in group_of.items():
        groups.setdefault(persona, []).append(respondent)
    counts = []
    for persona, members in groups.items():
        answered = [respondent for respondent in members if respondent in coded]
        labels = Counter(coded[respondent] for respondent in answered)
        counts.append(
            GroupCounts(
                persona,
                len(members),
                len(answered),
                {label: labels[label] for label in LABELS},
                labels[None],
            )
        )
    return counts


def show_counts(counts: Sequence[GroupCounts], min_group: int = MIN_GROUP) -> list[GroupCounts]:
    """Return the counts for people: small groups hidden, largest first, ``unassigned`` last."""
    return sorted(suppress(counts, min_group), key=_shown_order)


def _shown_order(count: GroupCounts) -> tuple[object, ...]:
    """Largest group first; the hidden ones by name, so that their order tells nothing."""
    size = 0 if count.suppressed else -count.respondents
    return (count.persona == UNASSIGNED, count.suppressed, size, count.persona)


def public_labels(
    answers: Mapping[tuple[str, Any], int], counts: Sequence[GroupCounts]
) -> dict[str, int] | None:
    """Return the number of answers by label, of the groups whose own counts are shown.

    Those of all groups would tell of the hidden ones by subtraction. None where none is shown.
    """
    shown = {count.persona for count in counts if count.labels}
    labels: Counter[str] = Counter()
    for (persona, label), n in answers.items():
        if label and persona in shown:
            labels[label] += n
    return dict(labels) or None


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
