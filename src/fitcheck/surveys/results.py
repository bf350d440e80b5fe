"""Writes labelled answers: the input with columns added, or one row per answer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from fitcheck.errors import DataError
from fitcheck.records import Answer, Label, Prediction, ThemeHit
from fitcheck.surveys.atomic import atomic_path, write_text
from fitcheck.surveys.outputs import ANSWER_COLUMNS, RESPONDENT_COLUMN, ROW_COLUMNS, heading
from fitcheck.surveys.survey import Survey

OutputFormat = Literal["rows", "answers"]
EXCEL_ROWS = 1_048_576
"""Rows of a sheet."""


def default_output(survey: Survey, output_format: OutputFormat, suffix: str = "") -> Path:
    """Return ``<name>.fitcheck.<ending>`` beside the input.

    Examples
    --------
    ``feedback.xlsx`` becomes ``feedback.fitcheck.xlsx``, and ``feedback.fitcheck.answers.csv``
    for one row per answer.
    """
    source = Path(survey.path)
    stem = source.name.removesuffix(source.suffix)
    if output_format == "answers":
        return source.with_name(f"{stem}.fitcheck.answers{suffix or '.csv'}")
    return source.with_name(f"{stem}.fitcheck{suffix or survey.grid.ending or source.suffix}")


def respondent_label(labels: Sequence[tuple[bool, Label | None]]) -> Label | None:
    """Return one respondent's label over all answers.

    `labels` holds, per answer, whether the question asks for fit, and the label. The fit
    question decides if it is answered; else not_fit if any answer is, else fit, else no_signal.

    Examples
    --------
    >>> respondent_label([(True, "fit"), (False, "not_fit")])
    'fit'
    >>> respondent_label([(False, "no_signal"), (False, "not_fit")])
    'not_fit'
    """
    if len(labels) == 1:
        return labels[0][1]
    known = [(asked, label) for asked, label in labels if label is not None]
    decisive = [label for asked, label in known if asked] or [label for _, label in known]
    for label in ("not_fit", "fit", "no_signal"):
        if label in decisive:
            return label
    return None


def theme_text(themes: Sequence[ThemeHit]) -> str:
    """Return theme ids with their polarity, joined by ``;``.

    Examples
    --------
    >>> theme_text([ThemeHit("need_timing", "wish"), ThemeHit("other", "neutral")])
    'need_timing:wish;other:neutral'
    """
    return ";".join(f"{hit.theme}:{hit.polarity}" for hit in themes)


def write_rows(
    survey: Survey,
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    path: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Write the input, unchanged in values and order, with the labels at the right.

    Raises
    ------
    DataError
        If `path` exists, cannot be written, or has an ending the input cannot be written as.
    """
    refuse_other_ending(survey, path, "rows")
    columns = row_columns(survey, answers, predictions)
    with atomic_path(path, overwrite=overwrite) as temporary:
        if path.suffix.lower() == ".xlsx" and "sheet" not in survey.grid.facts:
            from fitcheck.surveys.excel_write import write_new_workbook

            write_new_workbook(
                temporary, survey.layout, columns, sheet="Feedback", rows=survey.grid.rows
            )
        else:
            survey.grid.write_rows(temporary, survey.layout, columns)


def refuse_other_ending(survey: Survey, path: Path, output_format: str) -> None:
    """Raise a DataError if the output cannot be written as a file with this ending."""
    if output_format == "answers":
        _answers_writer(path)
        return
    if path.suffix.lower() == ".xlsx" and not survey.layout.header:
        raise DataError(
            "The sheet {sheet} has no heading to put the names of new columns in.",
            "Add a heading row in Excel, or pass --format answers.",
            sheet=survey.grid.facts.get("sheet", "Feedback"),
        )
    if path.suffix.lower() == ".xlsx" and "sheet" not in survey.grid.facts:
        _refuse_long_sheet(survey, path)
        return
    ending = survey.grid.ending or Path(survey.path).suffix
    same = {".csv", ".tsv", ".txt"} if survey.grid.facts["format"] in ("csv", "tsv") else {ending}
    if path.suffix.lower() not in {name.lower() for name in same}:
        raise DataError(
            "The rows of {source} cannot be written as {path}.",
            "Pass an --output that ends in {ending}, or --format answers.",
            source=survey.path,
            path=str(path),
            ending=" or ".join(sorted(same)),
        )


def _refuse_long_sheet(survey: Survey, path: Path) -> None:
    if len(survey.grid.rows) > EXCEL_ROWS:
        raise DataError(
            "{source} has {n} rows, and a sheet of Excel {limit} at most.",
            "Pass an --output that ends in {ending}, or --format answers.",
            source=survey.path,
            path=str(path),
            n=len(survey.grid.rows),
            limit=EXCEL_ROWS,
            ending=Path(survey.path).suffix,
        )


def row_columns(
    survey: Survey,
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    by_respondent: Mapping[str, Label | None] | None = None,
) -> dict[str, list[Any]]:
    """Return the added columns, a value per classified row; the respondent's is the last one.

    `by_respondent` is what `labels_by_respondent` returns, where that is known already.
    """
    coded = {
        (answer.row, answer.column): (answer, prediction)
        for answer, prediction in zip(answers, predictions, strict=True)
    }
    numbers = [survey.grid.numbers[i] for i in survey.layout.data]
    columns: list[list[Any]] = []
    for text in survey.columns.texts:
        found = [coded.get((number, text)) for number in numbers]
        cells = [row_cells(pair[1]) if pair else (None,) * len(ROW_COLUMNS) for pair in found]
        columns += ([row[position] for row in cells] for position in range(len(ROW_COLUMNS)))
    if by_respondent is None:
        by_respondent = labels_by_respondent(answers, predictions)
    columns.append([by_respondent.get(respondent) for respondent in survey.ids()])
    headings = added_headings(survey.names, survey.columns.texts)
    return dict(zip(headings, columns, strict=True))


def added_headings(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the headings of the added columns, in order; none is a name that there is already.

    Examples
    --------
    >>> added_headings(["Kommentar", "fit_respondent"], ["Kommentar"])[-2:]
    ['fit_failure', 'fit_respondent (2)']
    """
    several = len(texts) > 1
    wanted = [heading(name, text, several=several) for text in texts for name in ROW_COLUMNS]
    return [_free_heading(names, name) for name in (*wanted, RESPONDENT_COLUMN)]


def _free_heading(names: Sequence[str], name: str) -> str:
    """Return `name`, numbered if the input already has a column of that name."""
    number = 2
    free = name
    while free in names:
        free = f"{name} ({number})"
        number += 1
    return free


def row_cells(prediction: Prediction) -> tuple[Any, ...]:
    """Return one answer's cells in the order of `ROW_COLUMNS`."""
    probabilities, label = prediction.probabilities, prediction.label
    score = round(probabilities[label], 4) if probabilities and label else None
    return (
        label,
        score,
        theme_text(prediction.themes) or None,
        prediction.quote or None,
        prediction.source,
        prediction.failure or None,
    )


def labels_by_respondent(
    answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> dict[str, Label | None]:
    """Return each respondent's label over all answers, in the order of their first ones."""
    labels: dict[str, list[tuple[bool, Label | None]]] = defaultdict(list)
    for answer, prediction in zip(answers, predictions, strict=True):
        labels[answer.respondent].append((answer.asks_for_fit, prediction.label))
    return {respondent: respondent_label(found) for respondent, found in labels.items()}


def write_answers(
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    path: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Write one row per answer, as csv, jsonl or parquet by the ending of `path`.

    Raises
    ------
    DataError
        If the ending is another one, or `path` exists or cannot be written.
    """
    writer = _answers_writer(path)
    with atomic_path(path, overwrite=overwrite) as temporary:
        writer(temporary, answers, predictions)


def _answers_writer(
    path: Path,
) -> Callable[[Path, Sequence[Answer], Sequence[Prediction]], None]:
    writers = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise DataError(
            "Answers cannot be written as {path}.",
            "Pass an --output that ends in .csv, .jsonl or .parquet.",
            path=str(path),
        )
    return writer


def answer_cells(answer: Answer, prediction: Prediction) -> tuple[Any, ...]:
    """Return one row of the answers table, in the order of `ANSWER_COLUMNS`."""
    p_not_fit = prediction.p_not_fit
    return (
        answer.row,
        answer.id,
        answer.persona,
        answer.question,
        answer.text,
        prediction.label,
        None if p_not_fit is None else round(p_not_fit, 4),
        theme_text(prediction.themes),
        prediction.quote,
        ";".join(prediction.flags),
        prediction.source,
        prediction.failure,
    )


def _write_csv(path: Path, answers: Sequence[Answer], predictions: Sequence[Prediction]) -> None:
    from fitcheck.surveys.text_file import write_table

    write_table(path, ANSWER_COLUMNS, answer_rows(answers, predictions))


def answer_rows(
    answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> list[tuple[Any, ...]]:
    """Return the rows of the answers table."""
    return [answer_cells(a, p) for a, p in zip(answers, predictions, strict=True)]


def _write_jsonl(path: Path, answers: Sequence[Answer], predictions: Sequence[Prediction]) -> None:
    from fitcheck.surveys.json_lines import write_objects

    write_objects(path, answer_objects(answers, predictions))


def answer_objects(
    answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> list[dict[str, Any]]:
    """Return the answers table as objects; each theme is one as well."""
    objects = []
    for row, prediction in zip(answer_rows(answers, predictions), predictions, strict=True):
        entry = dict(zip(ANSWER_COLUMNS, row, strict=True))
        entry["themes"] = [
            {"theme": hit.theme, "polarity": hit.polarity, "quote": hit.quote}
            for hit in prediction.themes
        ]
        objects.append(entry)
    return objects


def _write_parquet(
    path: Path, answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> None:
    from fitcheck.surveys.parquet import write_columns

    write_columns(path, answer_columns(answers, predictions))


def answer_columns(
    answers: Sequence[Answer], predictions: Sequence[Prediction]
) -> dict[str, list[Any]]:
    """Return the columns of the answers table."""
    rows = answer_rows(answers, predictions)
    return {name: [row[i] for row in rows] for i, name in enumerate(ANSWER_COLUMNS)}


def run_path(target: Path) -> Path:
    """Return where the facts of a run lie beside its output."""
    return target.with_name(target.name.removesuffix(target.suffix) + ".run.json")


def write_run(path: Path, run: dict[str, Any], *, overwrite: bool = False) -> None:
    """Write the facts of a run as JSON; they hold no text of an answer."""
    text = json.dumps(run, ensure_ascii=False, indent=2) + "\n"
    write_text(path, text, overwrite=overwrite)
