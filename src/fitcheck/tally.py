"""What is counted in a survey: rows, answers and respondents, added up part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from fitcheck.groups import Groups, respondent_states
from fitcheck.personas import Assignment
from fitcheck.records import Answer, Label, Prediction
from fitcheck.surveys.results import labels_by_respondent
from fitcheck.surveys.survey import Survey


@dataclass(frozen=True)
class Labelled:
    """A survey, whole or some rows of it, with a prediction for each answer."""

    survey: Survey
    assignment: Assignment
    answers: list[Answer]
    predictions: list[Prediction]

    @cached_property
    def by_respondent(self) -> dict[str, Label | None]:
        """Each respondent's label over all answers here."""
        return labels_by_respondent(self.answers, self.predictions)


@dataclass(slots=True)
class Tally:
    """Counts that can be added up; they hold those of small groups and are shown to nobody.

    Examples
    --------
    >>> tally = Tally(n_answers=1, labels=Counter({("Pflege", "fit"): 1}))
    >>> tally.add(Tally.from_json(tally.to_json()))
    >>> tally.labels
    Counter({('Pflege', 'fit'): 2})
    """

    n_rows: int = 0
    """Rows that are classified."""
    n_with_id: int = 0
    """Those of them that name their respondent."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Rows that are not classified, by reason."""
    sizes: Counter[str] = field(default_factory=Counter)
    """Rows by persona."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Rows by value that no persona has."""
    ambiguous: int = 0
    """Rows that several personas have."""
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
    def of(cls, labelled: Labelled, *, with_respondents: bool = True) -> Tally:
        """Return what is counted in a survey, or in rows whose respondents have others too."""
        survey, assignment = labelled.survey, labelled.assignment
        pairs = [
            (a.persona, p) for a, p in zip(labelled.answers, labelled.predictions, strict=True)
        ]
        flagged = [(persona, p.flags) for persona, p in pairs if p.flags]
        name = survey.columns.id
        respondents: Counter[tuple[str, str]] = Counter()
        if with_respondents:
            persona_of = dict(zip(survey.ids(), assignment.personas, strict=True))
            respondents = respondent_states(persona_of, labelled.answers, labelled.by_respondent)
        return cls(
            survey.n_respondents,
            0 if name is None else sum(bool(cell.strip()) for cell in survey.cells(name)),
            Counter(survey.layout.dropped.values()),
            assignment.sizes,
            assignment.unknown,
            assignment.ambiguous,
            len(pairs),
            Counter((persona, p.source) for persona, p in pairs),
            Counter(p.failure for _, p in pairs if p.failure),
            Counter((persona, flag) for persona, flags in flagged for flag in flags),
            sum(p.source == "llm" and p.label is None for _, p in pairs),
            sum(any(flag.startswith("llm_") for flag in flags) for _, flags in flagged),
            Counter((persona, p.label) for persona, p in pairs if p.label is not None),
            respondents,
        )

    def add(self, other: Tally) -> None:
        """Add the counts of another part."""
        for count in fields(self):
            more = getattr(other, count.name)
            if isinstance(more, Counter):
                getattr(self, count.name).update(more)
            else:
                setattr(self, count.name, getattr(self, count.name) + more)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON has them."""
        counts = {count.name: getattr(self, count.name) for count in fields(self)}
        return {
            name: list(counted.items()) if isinstance(counted, Counter) else counted
            for name, counted in counts.items()
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Tally:
        """Return what `to_json` was given."""
        counts: dict[str, Any] = {
            name: counted if isinstance(counted, int) else _counter(counted)
            for name, counted in found.items()
        }
        return cls(**counts)


def _counter(pairs: Sequence[Any]) -> Counter[Any]:
    return Counter({tuple(k) if isinstance(k, list) else k: n for k, n in pairs})


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
