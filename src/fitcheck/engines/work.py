"""What is done with one part of a large file, in this process or another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from fitcheck.api import tally_of
from fitcheck.codebook import Codebook
from fitcheck.engines.seen import seen
from fitcheck.personas import Assignment, Personas, group_name
from fitcheck.records import UNASSIGNED, Answer, Classifier, Label, Prediction
from fitcheck.surveys.cells import clean_text
from fitcheck.surveys.columns import resolve
from fitcheck.surveys.grid import Grid, writes_nothing
from fitcheck.surveys.outline import Block, Outline
from fitcheck.surveys.parts import Part, PartFormat
from fitcheck.surveys.results import (
    OutputFormat,
    answer_columns,
    answer_objects,
    answer_rows,
    labels_by_respondent,
    row_columns,
)
from fitcheck.surveys.survey import Survey, layout_of
from fitcheck.tally import Tally


@dataclass(slots=True)
class Assigned:
    """The personas of a part's respondents, and what was left open; can be added up."""

    personas: list[str] = field(default_factory=list)
    """One per classified row; not kept when parts are added up."""
    sizes: Counter[str] = field(default_factory=Counter)
    """Rows by persona."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows by column and value that no persona has."""
    ambiguous: int = 0
    """Rows that several personas have."""

    def add(self, other: Assigned) -> None:
        """Add the counts of another part."""
        self.sizes.update(other.sizes)
        self.unknown.update(other.unknown)
        self.ambiguous += other.ambiguous


class Rows(NamedTuple):
    """Which respondents a part's rows belong to, where one may have rows in several parts."""

    respondents: dict[str, tuple[str, int]]
    """Persona and what `seen` says of the labels, by respondent."""
    of_records: list[str | None]
    """The respondent of each record; None where there is none."""
    ends: list[int]
    """Where each record ends, in bytes of the content."""


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part with its labels, as it stands in the output."""

    number: int
    content: bytes
    is_encodable: bool
    """Whether the file's own encoding can hold it."""
    tally: Tally
    assigned: Assigned
    rows: Rows | None


@dataclass(frozen=True, slots=True)
class PartWork:
    """How the parts of one file are classified and written; goes to other processes."""

    path: str
    facts: Mapping[str, str]
    """What was detected of the file."""
    format: PartFormat
    outline: Outline
    codebook: Codebook
    personas: Personas | None
    output: OutputFormat
    ending: str
    """Of the file that is written."""

    @property
    def encoding(self) -> str:
        """The encoding of a text file that is written; what is kept meanwhile is UTF-8."""
        is_text = self.output == "rows" and self.facts["format"] in ("csv", "tsv")
        return str(getattr(self.format, "encoding", "utf-8")) if is_text else "utf-8"

    def survey(self, part: Part) -> Survey:
        """Return the rows of a part as a survey of their own."""
        block = self.format.block(part)
        found = self.outline
        rows = cast(list[list[str]], block.rows)
        grid = Grid(rows, list(block.numbers), dict(self.facts), writes_nothing, "")
        layout = layout_of(found, block)
        return Survey(
            self.path, grid, layout, found.profile, found.names, found.questions, found.columns
        )

    def assigned(self, survey: Survey) -> Assigned:
        """Return the personas of a part's rows."""
        n = survey.n_respondents
        if self.personas is not None:
            named = {
                column: survey.cells(resolve(column, survey.names, survey.questions, self.path))
                for column in self.personas.columns
            }
            personas, unknown, ambiguous = self.personas.assign_part(
                {column: cells[i] for column, cells in named.items()} for i in range(n)
            )
            return Assigned(personas, Counter(personas), unknown, ambiguous)
        if survey.columns.persona is None:
            return Assigned([UNASSIGNED] * n)
        names: dict[str, str] = {}
        for cell in survey.cells(survey.columns.persona):
            names.setdefault(cell, "")
        names = {cell: group_name(clean_text(cell)) for cell in names}
        groups = [names[cell] for cell in survey.cells(survey.columns.persona)]
        return Assigned(groups, Counter(groups))

    def answers(self, survey: Survey, assigned: Assigned) -> list[Answer]:
        """Return the answers of a part."""
        return survey.answers(self.codebook, Assignment(tuple(assigned.personas)))

    def done(self, part: Part, classifier: Classifier) -> PartDone:
        """Return the part with the labels that the classifier gives."""
        from fitcheck.classifiers.base import annotate_all

        survey = self.survey(part)
        assigned = self.assigned(survey)
        answers = self.answers(survey, assigned)
        return self.written(part, survey, assigned, answers, annotate_all(classifier, answers))

    def written(
        self,
        part: Part,
        survey: Survey,
        assigned: Assigned,
        answers: Sequence[Answer],
        predictions: Sequence[Prediction],
    ) -> PartDone:
        """Return the part with these labels."""
        if self.outline.is_shared:
            tally = Tally.of(answers, predictions)
            content, records, encodable = self._content(part, survey, answers, predictions)
            rows = _rows(survey, assigned, answers, predictions, records)
        else:
            personas = Assignment(tuple(assigned.personas))
            coded = labels_by_respondent(answers, predictions)
            tally = tally_of(survey, answers, predictions, personas, coded)
            content, _, encodable = self._content(part, survey, answers, predictions, coded)
            rows = None
        return PartDone(part.number, content, encodable, tally, assigned, rows)

    def _content(
        self,
        part: Part,
        survey: Survey,
        answers: Sequence[Answer],
        predictions: Sequence[Prediction],
        coded: Mapping[str, Label | None] | None = None,
    ) -> tuple[bytes, list[str], bool]:
        """Return what is written, its records, and whether the file's encoding can hold it."""
        records: list[str] | bytes
        if self.output == "answers":
            records = _answer_records(self.ending, answers, predictions)
        else:
            columns = row_columns(survey, answers, predictions, coded)
            if self.outline.is_shared:
                columns.popitem()  # the respondent's label is known once all parts are
            block = Block(part.first, survey.grid.numbers, survey.grid.rows)
            records = self.format.render(part, block, survey.layout, columns)
        if isinstance(records, bytes):
            return records, [], True
        text = "".join(records)
        return text.encode("utf-8", self.errors), records, _holds(self.encoding, text)

    @property
    def errors(self) -> str:
        """What becomes of halves of characters, which no encoding has."""
        return "surrogateescape" if self.ending == ".csv" else "backslashreplace"


def _answer_records(
    ending: str, answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> list[str] | bytes:
    if ending == ".parquet":
        from fitcheck.surveys.parquet import answer_bytes

        return answer_bytes(answer_columns(answers, predictions))
    if ending == ".jsonl":
        from fitcheck.surveys.json_lines import object_records

        return object_records(answer_objects(answers, predictions))
    from fitcheck.surveys.text_file import table_records

    return table_records(answer_rows(answers, predictions))


def _holds(encoding: str, text: str) -> bool:
    if encoding.startswith("utf"):
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _rows(
    survey: Survey,
    assigned: Assigned,
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    records: Sequence[str],
) -> Rows:
    labels: dict[str, int] = {}
    for answer, prediction in zip(answers, predictions, strict=True):
        bit = seen(prediction.label, asked=answer.asks_for_fit)
        labels[answer.respondent] = labels.get(answer.respondent, 0) | bit
    ids = survey.ids()
    persona_of = dict(zip(ids, assigned.personas, strict=True))
    persona_of |= {answer.respondent: answer.persona for answer in reversed(answers)}
    respondents = {
        respondent: (persona, labels.get(respondent, 0))
        for respondent, persona in persona_of.items()
    }
    of_rows = dict(zip(survey.layout.data, ids, strict=True))
    ends, end = [], 0
    for record in records:
        end += len(record.encode("utf-8", "backslashreplace"))
        ends.append(end)
    return Rows(respondents, [of_rows.get(i) for i in range(len(survey.grid.rows))], ends)
