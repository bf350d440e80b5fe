"""Each tool's export is understood without a word from the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from exports import EXPORTS, ROLES, TEXTS, Export, separator_line, table, workbook, write

from fitcheck.errors import DataError
from fitcheck.records import Prediction
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.mapping import load_mapping, save_mapping
from fitcheck.surveys.results import write_rows
from fitcheck.surveys.survey import read_survey


@pytest.mark.parametrize("make", EXPORTS, ids=lambda make: make.__name__)
def test_export_is_understood(make: Callable[[], Export], tmp_path: Path) -> None:
    """Layout and columns are what a person would say they are."""
    export = make()
    survey = read_survey(write(export, tmp_path))
    assert survey.profile.id == export.profile
    assert {key: survey.grid.facts[key] for key in export.facts} == export.facts
    assert len(survey.layout.header) == export.header_rows
    assert survey.columns.id == export.id
    assert survey.columns.persona == export.persona
    assert survey.columns.texts == export.texts
    assert survey.columns.question == export.question
    assert survey.columns.ratings == export.ratings
    assert survey.n_respondents == export.n_rows
    assert Counter(survey.layout.dropped.values()) == export.dropped


@pytest.mark.parametrize("make", EXPORTS, ids=lambda make: make.__name__)
def test_every_answer_arrives(make: Callable[[], Export], tmp_path: Path) -> None:
    """Each answer has its text, question and sheet row; what counts as missing is left out."""
    export = make()
    survey = read_survey(write(export, tmp_path))
    answers = survey.answers()
    assert len(answers) >= export.n_rows - 2
    first = 1 if export.profile == "xapi" else export.header_rows + 1  # JSON has no heading
    assert all(answer.row and answer.row >= first for answer in answers)
    starts = tuple(text.replace("\n", " ")[:12] for text in TEXTS)
    assert all(answer.text.replace("\n", " ").startswith(starts) for answer in answers)
    if export.persona and export.profile != "limesurvey":
        assert {answer.persona for answer in answers} == set(ROLES)


def test_missing_depends_on_the_question(tmp_path: Path) -> None:
    """`nichts` is an answer to one question and none to another."""
    rows = [
        ["Was hat nicht gepasst?", "Weitere Anmerkungen?"],
        ["nichts", "nichts"],
        ["Der Raum war klein", "Danke euch allen"],
        ["Alles zu weit weg", "None"],
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(table(rows, ";"))
    texts = [(a.kind, a.text) for a in read_survey(path, texts=rows[0]).answers()]
    assert ("misfit", "nichts") in texts
    assert ("open", "nichts") not in texts
    assert ("open", "None") not in texts


def test_rows_are_numbered_as_excel_does(tmp_path: Path) -> None:
    """The first answer under one heading row stands in row 2."""
    assert read_survey(write(separator_line(), tmp_path)).answers()[0].row == 3


def test_columns_can_be_named_by_heading_letter_or_code(tmp_path: Path) -> None:
    """A user types what they see."""
    export = next(make() for make in EXPORTS if make.__name__ == "qualtrics")
    path = write(export, tmp_path)
    for name in ("Q5", "q5", "Was hat nicht gepasst?", "I"):
        assert read_survey(path, texts=[name]).columns.texts == ("Q5",)
    with pytest.raises(DataError, match="no column 'Q9'"):
        read_survey(path, texts=["Q9"])


def test_a_mapping_makes_next_month_run(tmp_path: Path) -> None:
    """The saved choice is the choice that is used."""
    export = next(make() for make in EXPORTS if make.__name__ == "lms_report")
    survey = read_survey(write(export, tmp_path), persona="Abteilung")
    save_mapping(survey.to_mapping(), tmp_path / "m.toml")
    mapping = load_mapping(tmp_path / "m.toml")
    assert mapping.persona == "Abteilung"
    assert mapping.texts == ("Kommentar",)
    assert mapping.header_rows == 1


def test_a_table_without_heading_gets_one(tmp_path: Path) -> None:
    """The new columns need names, and the file must be readable again."""
    lines = ["Die Übung war gut", "Für uns am Stapler nichts dabei", "Gerne wieder so"]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    survey = read_survey(tmp_path / "a.txt")
    assert survey.layout.header == ()
    write_rows(survey, survey.answers(), [Prediction("fit")] * 3, tmp_path / "b.txt")
    again = read_survey(tmp_path / "b.txt", texts=["text"])
    assert [a.text for a in again.answers()] == lines


def test_a_poll_sheet_has_its_question_as_title(tmp_path: Path) -> None:
    """A line about the kind of the poll stands between the question and its answers."""
    rows = [["Was hat Ihnen gefehlt?"], ["Type", "Open"], [], ["Responses"], *[[t] for t in TEXTS]]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"Q1": rows}))
    survey = read_survey(path)
    assert survey.columns.texts == ("Was hat Ihnen gefehlt?",)
    assert survey.n_respondents == len(TEXTS)


def test_groups_without_a_telling_heading_are_proposed_with_a_warning(tmp_path: Path) -> None:
    """Codes under a heading that asks for the group, or the only column of groups."""
    for heading, values, note in (
        ("Zu welcher Zielgruppe gehören Sie?", "123", "by codes"),
        ("G01Q01", ["AO01", "AO02", "AO03"], "first column of groups"),
    ):
        cells = [f"{values[i % 3]};die Übung Nummer {i} war gut" for i in range(12)]
        rows = [f"{heading};Kommentar", *cells]
        (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
        survey = read_survey(tmp_path / "a.csv")
        assert survey.columns.persona == heading
        assert note in str(survey.notes[0])


def test_an_open_heading_with_few_different_answers_is_told(tmp_path: Path) -> None:
    """A column left out without a word would be answers lost."""
    few = ["mehr Zeit zum Üben", "bitte kleinere Gruppen bilden", "mehr Fälle aus der Praxis"]
    cells = [f"die Übung Nummer {i} war gut;{few[i % 3]}" for i in range(30)]
    rows = ["Was war gut?;Was sollen wir verbessern?", *cells]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    survey = read_survey(tmp_path / "a.csv")
    assert survey.columns.texts == ("Was war gut?",)
    assert any("repeats a few values" in str(note) for note in survey.notes)


def test_incomplete_rows_can_be_kept(tmp_path: Path) -> None:
    """`keep_incomplete` classifies preview and unfinished rows too."""
    export = next(make() for make in EXPORTS if make.__name__ == "qualtrics")
    options = ReadOptions(keep_incomplete=True)
    assert read_survey(write(export, tmp_path), options).n_respondents == len(TEXTS)


def test_several_sheets(tmp_path: Path) -> None:
    """The sheet with the answers is found; two of them are a question to the user."""
    rows = [["Rolle", "Kommentar"], *zip(ROLES, TEXTS, strict=True)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"Info": [["Stand", "heute"]], "Daten": rows}))
    survey = read_survey(path)
    assert survey.grid.facts["sheet"] == "Daten"
    assert "Info" in str(survey.notes[0])
    path.write_bytes(workbook({"Januar": rows, "Februar": rows}))
    with pytest.raises(DataError, match="several sheets: Januar, Februar"):
        read_survey(path)
    assert read_survey(path, ReadOptions(sheet="februar")).grid.facts["sheet"] == "Februar"
    with pytest.raises(DataError, match="no sheet 'März'"):
        read_survey(path, ReadOptions(sheet="März"))


def test_hidden_columns_are_not_proposed(tmp_path: Path) -> None:
    """A column that the user has hidden stays in the file but is not classified."""
    import openpyxl

    path = tmp_path / "a.xlsx"
    rows = [["Rolle", "Kommentar", "Freitext intern"], *zip(ROLES, TEXTS, TEXTS, strict=True)]
    path.write_bytes(workbook({"Daten": rows}))
    book = openpyxl.load_workbook(path)
    book["Daten"].column_dimensions["C"].hidden = True
    book.save(path)
    assert read_survey(path).columns.texts == ("Kommentar",)


@pytest.mark.parametrize(
    "options",
    [
        ReadOptions(encoding="nonsense"),
        ReadOptions(encoding="ascii"),
        ReadOptions(separator="ab"),
        ReadOptions(profile="nonsense"),
        ReadOptions(max_megabytes=1e-6),
    ],
)
def test_wrong_overrides_are_errors(options: ReadOptions, tmp_path: Path) -> None:
    """A wrong override is told, never ignored."""
    export = next(make() for make in EXPORTS if make.__name__ == "lms_report")
    with pytest.raises(DataError):
        read_survey(write(export, tmp_path), options)


def test_lines_of_prose_keep_their_quotation_marks(tmp_path: Path) -> None:
    """In a file with one answer a line, a quotation mark is what somebody wrote."""
    path = tmp_path / "a.txt"
    path.write_text('"Nie wieder" sage ich dazu\nGut, danke\nPasst mir so\n', encoding="utf-8")
    assert read_survey(path).answers()[0].text == '"Nie wieder" sage ich dazu'


def test_what_latin_1_cannot_hold_is_written_as_utf_8(tmp_path: Path) -> None:
    """A quote with a resolved HTML entity still reaches the file."""
    from fitcheck.records import Prediction
    from fitcheck.surveys.results import write_rows

    path = tmp_path / "a.csv"
    path.write_bytes(table([["Kommentar", "Nr"], ["Für mich &#8594; top", "1"]], ";", "cp1252"))
    survey = read_survey(path, texts=["Kommentar"])
    (answer,) = survey.answers()
    write_rows(survey, [answer], [Prediction("fit", quote=answer.text)], tmp_path / "b.csv")
    assert "Für mich → top" in (tmp_path / "b.csv").read_text(encoding="utf-8-sig")


def test_a_heading_that_reads_like_an_answer_is_doubted(tmp_path: Path) -> None:
    """Where the heading may be the first respondent, the user is told."""
    path = tmp_path / "a.csv"
    path.write_text("x7;Mein Chef ist schuld daran\nx8;gut für mich gewesen\nx9;alles ok so weit\n")
    (note,) = [note for note in read_survey(path).notes if "reads like an answer" in str(note)]
    assert note.warning
    assert "Chef" not in str(note)


def test_json_lines_keep_every_digit(tmp_path: Path) -> None:
    """A number that Python would round comes back as it was written."""
    from fitcheck.records import Prediction
    from fitcheck.surveys.results import write_rows

    line = '{"Kommentar": "Passt mir sehr gut so", "e": 12345678901234567890.5, "p": 1.10}'
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    survey = read_survey(path, texts=["Kommentar"])
    write_rows(survey, survey.answers(), [Prediction("fit")], tmp_path / "b.jsonl")
    assert (tmp_path / "b.jsonl").read_text(encoding="utf-8").startswith(line[:-1] + ", ")


@pytest.mark.parametrize("n", [2_000, 4_000, 6_000])
def test_what_alternates_in_a_long_file_is_seen(n: int, tmp_path: Path) -> None:
    """Two answers of each respondent, row by row: no question and no group is overlooked."""
    questions = ("Was hat gefallen?", "Was sollten wir verbessern?")
    rows = [
        f"p{i // 2};{('Pflege', 'Lager')[i % 2]};{questions[i % 2]};die Übung Nummer {i} war gut"
        for i in range(n)
    ]
    lines = ["ID;Rolle;Frage;Antwort", *rows]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    survey = read_survey(tmp_path / "a.csv")
    assert (survey.columns.persona, survey.columns.question) == ("Rolle", "Frage")
    assert survey.columns.texts == ("Antwort",)
