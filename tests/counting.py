"""Counts groups as `classify` does, without a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fitcheck.groups import Groups, groups_of, respondent_states
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Answer, Prediction
from fitcheck.surveys.results import labels_by_respondent


def count_groups(
    persona_of: Mapping[str, str],
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    min_group: int = MIN_GROUP,
) -> Groups:
    """Return the groups of all respondents, those who are in `persona_of`."""
    coded = labels_by_respondent(answers, predictions)
    return groups_of(respondent_states(persona_of, answers, coded), min_group)
