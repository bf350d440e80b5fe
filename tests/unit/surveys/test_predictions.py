"""Reading answers tables: every format, few rows at a time, and what is no answers table."""

from __future__ import annotations

import gc
import os
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fitcheck.errors import DataError
from fitcheck.records import Answer, Prediction, ThemeHit
from fitcheck.surveys import predictions
from fitcheck.surveys.outputs import ANSWER_COLUMNS, RUN_FILE
from fitcheck.surveys.predictions import Coded, read_predictions
from fitcheck.surveys.results import answer_rows, write_answers

MANY = 5_000
"""Answers of more than two blocks."""


def coded(n: int) -> Coded:
    """Return answers that differ, with what stands in tables of every format."""
    answers = [
        Answer(f'=Zu schnell, Übung {i}\n"sagt" er', "Passte es?", "fit", f"T{i}", "Büro", i + 2)
        for i in range(n)
    ]
    themes = (ThemeHit("level_pace", "negative"), ThemeHit("need_timing", "wish"))
    given = Prediction("not_fit", {"not_fit": 0.75}, themes, "Zu schnell", flags=("mixed",))
    failed = Prediction(None, source="llm", failure="timeout")
    return Coded(answers, [given if i % 3 else failed for i in range(n)])


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_what_was_written_is_read_without_holding_all_rows(tmp_path: Path, name: str) -> None:
    """Every format that is written has parts."""
    expected = coded(MANY)
    write_answers(*expected, tmp_path / name)
    with patch.object(predictions, "read_grid", side_effect=AssertionError):
        assert read_predictions(tmp_path / name) == expected


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    """Its files are one table; others may lie beside."""
    expected = coded(MANY)
    for part in range(3):
        mine = slice(part * 2_500, (part + 1) * 2_500)
        write_answers(
            expected.answers[mine], expected.predictions[mine], tmp_path / f"{part}.parquet"
        )
    (tmp_path / RUN_FILE).touch()
    (tmp_path / "_metadata.parquet").touch()
    assert read_predictions(tmp_path) == expected


def test_a_copy_that_excel_saved(tmp_path: Path) -> None:
    """As a workbook it is read as a whole."""
    answers, said = coded(3)
    answers = [replace(answer, text=answer.text.lstrip("=")) for answer in answers]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(ANSWER_COLUMNS)
    for row in answer_rows(answers, said):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert read_predictions(tmp_path / "a.xlsx") == (answers, said)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_can_be_read_once(tmp_path: Path) -> None:
    """What another command writes is read as a whole."""
    write_answers(*coded(3), tmp_path / "a.csv")
    os.mkfifo(tmp_path / "pipe")
    content = (tmp_path / "a.csv").read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    assert read_predictions(tmp_path / "pipe") == coded(3)
    writer.join()


def heading(*names: str) -> str:
    """Return the first line of a csv file."""
    return ",".join(names or ANSWER_COLUMNS) + "\n"


ROW = '2,T1,Büro,Passte es?,"Ja, gut",fit,,,,,baseline,\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (heading(), "has no rows"),
        (heading() + ",,,,,,,,,,,\n", "has no rows"),
        (heading("a", "b") + "1,2\n", "it has no column row"),
        (heading(*ANSWER_COLUMNS[:-1]) + ROW, "it has no column failure"),
        (heading("Nr", "fit_label", "fit_respondent") + "1,fit,fit\n", "a row for each respondent"),
        (heading() + ROW.replace("fit", "passt"), "row 2: 'passt' is no label"),
        (heading() + ROW * 4_000 + ROW.replace("fit", "passt"), "row 4002: 'passt' is no label"),
        (heading() + ROW.replace("fit,,", "fit,,["), "row 2: the themes"),
        (heading() + ROW.replace("fit,,", 'fit,,"[{""theme"":1}]"'), "row 2: the themes"),
        (heading() + ROW * 4_000 + '"' + ROW, "row 4002, has a quotation mark"),
        # What is wrong with the file is told before what is wrong in a row.
        (heading("a", "b") + '1,2\n"3,4\n', "row 3, has a quotation mark"),
        (heading() + ROW.replace("fit", "passt") + ROW * 4_000 + '"', "row 4003, has a quotation"),
    ],
    ids=range(13),
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: str, said: str) -> None:
    """With the row as Excel shows it, behind the first block as well."""
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_predictions(tmp_path / "a.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is said as of any other file."""
    with pytest.raises(DataError, match="There is no file"):
        read_predictions(tmp_path / "a.csv")


def other_columns(folder: Path) -> None:
    """Add a file of another table."""
    pq.write_table(pa.table({"row": [1]}), folder / "1.parquet")


def cut_off(folder: Path) -> None:
    """Lose the end of the file."""
    content = (folder / "0.parquet").read_bytes()
    (folder / "0.parquet").write_bytes(content[:-9])


def overwritten(folder: Path) -> None:
    """Write zeros over the middle of the file, whose end tells what it holds."""
    content = (folder / "0.parquet").read_bytes()
    third = len(content) // 3
    (folder / "0.parquet").write_bytes(content[:third] + bytes(third) + content[2 * third :])


def emptied(folder: Path) -> None:
    """Remove the only file."""
    (folder / "0.parquet").unlink()


@pytest.mark.parametrize("damage", [other_columns, cut_off, overwritten, emptied])
def test_a_folder_that_is_no_table(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Files of different tables are refused, and damaged ones."""
    write_answers(*coded(MANY), tmp_path / "0.parquet")
    (tmp_path / RUN_FILE).touch()
    damage(tmp_path)
    with pytest.raises(DataError, match="is a damaged or incomplete parquet file"):
        read_predictions(tmp_path)


def test_a_folder_of_no_run(tmp_path: Path) -> None:
    """Any other folder is refused before a file of it is read."""
    with pytest.raises(DataError, match=f"a folder without {RUN_FILE}"):
        read_predictions(tmp_path)


def test_keys_that_only_later_lines_have(tmp_path: Path) -> None:
    """They are columns all the same."""
    expected = coded(MANY)
    write_answers(*expected, tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    for at in range(2_500):
        lines[at] = lines[at].replace(', "failure": ""', "").replace(', "failure": "timeout"', "")
    (tmp_path / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    found = read_predictions(tmp_path / "a.jsonl")
    assert found.answers == expected.answers
    failures = [said.failure for said in found.predictions]
    assert failures[:2] + failures[-2:] == ["no_label", "", "timeout", ""]


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_collected_again(tmp_path: Path, enabled: bool) -> None:
    """After an error too, and only if it was before."""
    (tmp_path / "a.csv").write_text(heading() + ROW.replace("fit", "passt"), encoding="utf-8")
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(DataError):
            read_predictions(tmp_path / "a.csv")
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_only_answers_and_predictions_stay(tmp_path: Path, name: str) -> None:
    """At the peak as well: an answer takes its two records, and the strings that are its own."""
    peaks = []
    for n in (MANY, 4 * MANY):
        write_answers(*coded(n), tmp_path / name, overwrite=True)
        read_predictions(tmp_path / name)  # what is loaded once does not count
        tracemalloc.start()
        read_predictions(tmp_path / name)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    records = 16 + 16 + 8 * 7 + 16 + 16 + 8 * 9  # each with what the garbage collector notes
    strings = 73 + 40 + 49 + 6 + 49 + 10  # text, id and quote; a row number is smaller than 49
    places = 2 * 8 * 1.125 * 2  # of lists, while they grow
    assert (peaks[1] - peaks[0]) / (3 * MANY) < records + strings + 49 + places
