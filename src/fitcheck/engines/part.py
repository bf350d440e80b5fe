"""A part of a table, wherever it is read and kept: how it is labelled, and what is counted in it.

A part is some rows that follow each other. Whoever reads it, its rows are a survey of their own,
which is labelled as a whole file is; what is counted in it can be added up over all parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fitcheck.api import label_survey, program_facts, run_facts
from fitcheck.classifiers.asking import together
from fitcheck.classifiers.base import classifier_facts
from fitcheck.codebook import Codebook
from fitcheck.engines.respondents import Respondents, join
from fitcheck.groups import Groups, groups_of
from fitcheck.personas import Assignment, Personas
from fitcheck.records import Classifier
from fitcheck.surveys.outline import Outline
from fitcheck.surveys.results import OutputFormat
from fitcheck.surveys.survey import Survey
from fitcheck.tally import Labelled, Tally

_FORMAT = 3
"""Of what is kept of a part; to be raised when that changes."""


@dataclass(frozen=True)
class Instructions:
    """What holds for all parts of a table; goes to whoever labels one."""

    outline: Outline
    codebook: Codebook
    personas: Personas | None
    output: OutputFormat
    key: bytes | None = None
    """Hashes the ids of respondents; None where each has a row of its own."""

    def label(self, survey: Survey, classifier: Classifier) -> tuple[Labelled, PartTally]:
        """Return a part with its labels, and what is counted in it."""
        labelled = label_survey(survey, classifier, self.codebook, self.personas)
        counts = Tally.of(labelled, with_respondents=self.key is None)
        respondents = None if self.key is None else Respondents.of(labelled, self.key)
        return labelled, PartTally(counts, respondents)

    def settings(self, classifier: Classifier) -> dict[str, Any]:
        """Return what decides a part besides its rows; one made with other settings is no use."""
        found, personas = self.outline, self.personas
        told = json.dumps(classifier_facts(classifier), sort_keys=True, default=str).encode()
        learned = getattr(getattr(classifier, "segment_model_", None), "coef", None)
        return {
            "fitcheck": program_facts()["fitcheck"],
            "parts": _FORMAT,
            "classifier": _sha256(told + (b"" if learned is None else learned.tobytes())),
            "codebook": self.codebook.sha256,
            "personas": personas and _sha256(personas.model_dump_json().encode()),
            "columns": [found.profile.id, *found.names, *found.questions, repr(found.columns)],
            "keep_incomplete": found.keep_incomplete,
            "output": self.output,
        }

    def conclude(
        self, survey: Survey, classifier: Classifier, tally: Tally, min_group: int
    ) -> LabelledTable:
        """Return what is told of all parts, by the counts of all; `survey` needs no rows."""
        groups = groups_of(tally.respondents, min_group)
        run = run_facts(survey, classifier, self.codebook, tally, groups, min_group)
        spellings = self.personas.spellings if self.personas else None
        left = Assignment((), tally.sizes, tally.unknown, tally.ambiguous, spellings)
        return LabelledTable(run, groups, tally, left)


@dataclass(frozen=True)
class PartTally:
    """What is counted in a part, or in several together; no text."""

    counts: Tally
    respondents: Respondents | None = None
    """Those who may have rows in other parts too; where it is None, they are counted."""
    used: Mapping[str, Any] = field(default_factory=dict)
    """What asking a model for it took, where the part itself keeps that."""

    def concluded(self) -> PartTally:
        """Return the counts of all parts, respondents among them."""
        if self.respondents is None:
            return self
        counts = replace(self.counts, respondents=self.respondents.states())
        return PartTally(counts, used=self.used)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON has them."""
        respondents = None if self.respondents is None else self.respondents.to_json()
        return {"counts": self.counts.to_json(), "respondents": respondents, "used": self.used}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> PartTally:
        """Return what `to_json` was given."""
        respondents = found["respondents"]
        return cls(
            Tally.from_json(found["counts"]),
            None if respondents is None else Respondents.from_json(respondents),
            found["used"],
        )


@dataclass(frozen=True)
class LabelledTable:
    """What is told of a table whose labels are in files."""

    run: dict[str, Any]
    """What stands in the run file."""
    groups: Groups
    """Counts per persona that is shown."""
    tally: Tally
    """The counts behind the facts; those of small groups among them."""
    assignment: Assignment
    """What was left open when personas were assigned."""


def add_up(tallies: Iterable[PartTally]) -> PartTally:
    """Return the counts of several parts, given in order; adding up sums gives the same."""
    counts, respondents, used = Tally(), [], dict[str, Any]()
    for tally in tallies:
        counts.add(tally.counts)
        used = together(used, tally.used)
        if tally.respondents is not None:
            respondents.append(tally.respondents)
    return PartTally(counts, join(respondents) if respondents else None, used)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
