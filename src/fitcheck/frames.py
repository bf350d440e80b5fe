"""DataFrame in, DataFrame out; the only importer of pandas."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fitcheck.api import make_classifier
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.records import UNASSIGNED, Answer, Classifier, Prediction
from fitcheck.surveys.cells import clean_text
from fitcheck.surveys.outputs import ROW_COLUMNS, heading
from fitcheck.surveys.results import row_cells


def from_frame(
    frame: pd.DataFrame,
    *,
    text: str | Sequence[str],
    persona: str | None = None,
    id: str | None = None,
    codebook: Codebook | None = None,
) -> list[Answer]:
    """Return the answers in the frame's text columns; missing ones are left out.

    `Answer.row` is the position in the frame, counted from 0. Column names are taken as the
    questions.

    Raises
    ------
    DataError
        If a column is not in the frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"Was hat gefallen?": ["Der Austausch", "n/a"]})
    >>> [answer.text for answer in from_frame(frame, text="Was hat gefallen?")]
    ['Der Austausch']
    """
    codebook = codebook or load_codebook()
    columns = [text] if isinstance(text, str) else list(text)
    for name in (*columns, *(c for c in (persona, id) if c is not None)):
        if name not in frame.columns:
            raise DataError(
                "The frame has no column {column}; it has: {names}.",
                "Pass one of these names.",
                column=repr(name),
                names=", ".join(map(str, frame.columns[:12])),
            )
    groups = _strings(frame[persona]) if persona else [""] * len(frame)
    ids = _strings(frame[id]) if id else [str(position) for position in range(len(frame))]
    cells = {name: _strings(frame[name]) for name in columns}
    kinds = {name: codebook.kind_of(name) for name in columns}
    return [
        Answer(
            clean_text(cells[name][i]),
            name,
            kinds[name],
            ids[i],
            groups[i].strip() or UNASSIGNED,
            i,
            name,
        )
        for i in range(len(frame))
        for name in columns
        if not codebook.is_missing(clean_text(cells[name][i]), kinds[name])
    ]


def classify(
    frame: pd.DataFrame,
    *,
    text: str | Sequence[str],
    persona: str | None = None,
    classifier: Classifier | None = None,
    codebook: Codebook | None = None,
) -> pd.DataFrame:
    """Return a copy of `frame` with the labels in new columns; the index stays the same.

    The columns are those of ``--format rows``: ``fit_label``, ``fit_score``, ``fit_themes``,
    ``fit_quote``, ``fit_source`` and ``fit_failure``, prefixed by the text column where there
    are several. A row without an answer has None in all of them.

    Examples
    --------
    >>> frame = pd.DataFrame({"comment": ["Für meine Arbeit im Lager völlig irrelevant."]})
    >>> classify(frame, text="comment")["fit_source"].tolist()
    ['baseline']
    """
    columns = [text] if isinstance(text, str) else list(text)
    answers = from_frame(frame, text=columns, persona=persona, codebook=codebook)
    classifier = classifier or make_classifier(codebook=codebook)
    coded: dict[tuple[int | None, str | None], Prediction] = {
        (answer.row, answer.column): prediction
        for answer, prediction in zip(answers, classifier.annotate(answers), strict=True)
    }
    result = frame.copy()
    for name in columns:
        found = [coded.get((i, name)) for i in range(len(frame))]
        cells = [row_cells(p) if p else (None,) * len(ROW_COLUMNS) for p in found]
        for position, column in enumerate(ROW_COLUMNS):
            title = heading(column, name, several=len(columns) > 1)
            values = [row[position] for row in cells]
            result[title] = pd.Series(values, index=frame.index, dtype=object)
    return result


def _strings(column: pd.Series) -> list[str]:
    return [
        "" if value is None or value is pd.NA or value != value else str(value)
        for value in column.tolist()
    ]
