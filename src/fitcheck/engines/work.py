"""What is done with one part of a large file, in this process or another one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from fitcheck.engines.part import Instructions, PartTally
from fitcheck.records import Classifier
from fitcheck.surveys.grid import Grid, writes_nothing
from fitcheck.surveys.outline import Block
from fitcheck.surveys.parts import Part, PartFormat
from fitcheck.surveys.results import answer_columns, answer_objects, answer_rows, row_columns
from fitcheck.surveys.survey import Survey, part_of
from fitcheck.tally import Labelled


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part as it stands in the output, and its counts."""

    number: int
    content: bytes
    tally: PartTally


@dataclass(frozen=True, slots=True)
class PartWork:
    """How the parts of one file are read, labelled and written; goes to other processes."""

    path: str
    facts: Mapping[str, str]
    """What was detected of the file."""
    format: PartFormat
    how: Instructions
    ending: str
    """Of the file that is written."""

    @property
    def encoding(self) -> str:
        """The encoding of a text file that is written; what is kept meanwhile is UTF-8."""
        is_text = self.how.output == "rows" and self.facts["format"] in ("csv", "tsv")
        return str(getattr(self.format, "encoding", "utf-8")) if is_text else "utf-8"

    @property
    def errors(self) -> str:
        """What becomes of halves of characters, which no encoding has."""
        return "surrogateescape" if self.ending == ".csv" else "backslashreplace"

    @property
    def keeps_records(self) -> bool:
        """Whether text is kept record by record, because respondents' labels are yet to come."""
        is_text = self.ending != ".parquet"
        return is_text and self.how.output == "rows" and self.how.key is not None

    def survey(self, part: Part) -> Survey:
        """Return the rows of a part as a survey of their own."""
        block = self.format.block(part)
        rows = cast(list[list[str]], block.rows)
        grid = Grid(rows, list(block.numbers), dict(self.facts), writes_nothing, "")
        return part_of(self.path, grid, self.how.outline, block.first)

    def done(self, part: Part, classifier: Classifier) -> PartDone:
        """Return the part with the labels that the classifier gives."""
        labelled, tally = self.how.label(self.survey(part), classifier)
        return PartDone(part.number, self._content(part, labelled), tally)

    def _content(self, part: Part, labelled: Labelled) -> bytes:
        survey, answers, predictions = labelled.survey, labelled.answers, labelled.predictions
        if self.how.output == "answers":
            records = _answer_records(self.ending, labelled)
        else:
            knows_all = self.how.key is None
            coded = labelled.by_respondent if knows_all else {}
            columns = row_columns(survey, answers, predictions, coded)
            if not knows_all:
                columns.popitem()  # the respondent's label is known once all parts are
            block = Block(part.first, survey.grid.numbers, survey.grid.rows)
            records = self.format.render(part, block, survey.layout, columns)
        if isinstance(records, bytes):
            return records
        if self.keeps_records:
            return json.dumps(records, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return "".join(records).encode("utf-8", self.errors)


def _answer_records(ending: str, labelled: Labelled) -> list[str] | bytes:
    answers, predictions = labelled.answers, labelled.predictions
    if ending == ".parquet":
        from fitcheck.surveys.parquet import answer_bytes

        return answer_bytes(answer_columns(answers, predictions))
    if ending == ".jsonl":
        from fitcheck.surveys.json_lines import object_records

        return object_records(answer_objects(answers, predictions))
    from fitcheck.surveys.text_file import table_records

    return table_records(answer_rows(answers, predictions))
