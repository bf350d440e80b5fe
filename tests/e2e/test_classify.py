"""`fitcheck classify` on the demo and on files of every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from exports import ROLES, TEXTS, separator_line, table, workbook, xapi

from conftest import csv_rows
from fitcheck.groups import GroupCounts, suppress
from fitcheck.resources import resource
from fitcheck.surveys.outputs import ANSWER_COLUMNS

ROWS = [["Rolle", "Kommentar"], *zip(ROLES, TEXTS, strict=True)]


def test_demo_keeps_every_cell(run: Callable[..., Result], tmp_path: Path) -> None:
    """The demo has as many rows as before, with identical cells at the left."""
    source = resource("labeled/demo/feedback.csv").read_bytes()
    (tmp_path / "feedback.csv").write_bytes(source)
    result = run("classify", "feedback.csv", "--lang", "de")
    assert result.exit_code == 0, result.output
    before = csv_rows(source, delimiter=";")
    after = csv_rows((tmp_path / "feedback.fitcheck.csv").read_bytes(), delimiter=";")
    assert len(after) == len(before) == 510
    assert [row[: len(before[0])] for row in after] == before
    assert after[0][-1] == "fit_respondent"
    said = {row[-1] for row in after[1:]}
    assert said == {"fit", "not_fit", "no_signal", ""}  # one wrote nothing
    assert "kein Anteil" in result.stderr
    assert "Führungskraft" in result.stderr


def test_run_file_has_no_text(run: Callable[..., Result], tmp_path: Path) -> None:
    """The run file names versions and counts, never an answer."""
    rows = [ROWS[0], *(["Lager", text] for text in [*TEXTS, *TEXTS])]
    (tmp_path / "a.csv").write_bytes(table(rows))
    assert run("classify", "a.csv").exit_code == 0
    written = (tmp_path / "a.fitcheck.run.json").read_text(encoding="utf-8")
    facts = json.loads(written)
    assert facts["classifier"]["encoder"] == "tfidf"
    assert facts["answers"] == sum(facts["labels"].values()) == 2 * (len(TEXTS) - 1)
    assert not any(text[:10] in written for text in TEXTS)


def test_workbook_keeps_its_sheet(run: Callable[..., Result], tmp_path: Path) -> None:
    """The sheet keeps name, types and values; filter, frozen heading and legend are added."""
    rows = [
        ["Rolle", "Kommentar", "Datum", "Wert"],
        ["Lager", "=1+1 ist zu einfach für mich", "x", 4.5],
        ["Büro", "- gut\n- aber kurz", "y", -3],
    ]
    (tmp_path / "ä b.xlsx").write_bytes(workbook({"Übersicht": rows, "Notiz": [["intern"]]}))
    book = openpyxl.load_workbook(tmp_path / "ä b.xlsx")
    book["Übersicht"]["B2"].data_type = "s"
    book.save(tmp_path / "ä b.xlsx")
    result = run("classify", "ä b.xlsx", "--text", "Kommentar", "--id", "row")
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(tmp_path / "ä b.fitcheck.xlsx")
    assert book.sheetnames == ["Übersicht", "Notiz", "fitcheck"]
    sheet = book["Übersicht"]
    assert [[cell.value for cell in row[:4]] for row in sheet.iter_rows()] == rows
    assert sheet["B2"].data_type == "s"
    assert sheet["E1"].value == "fit_label"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:K3"
    assert (sheet["H1"].value, sheet.column_dimensions["H"].width) == ("fit_quote", 44)
    quote = next(cell for cell in (sheet["H2"], sheet["H3"]) if cell.value)
    assert quote.alignment.wrap_text


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_answers_table(ending: str, run: Callable[..., Result], tmp_path: Path) -> None:
    """One row per answer with the promised columns, in three formats."""
    (tmp_path / "a.csv").write_bytes(table(ROWS))
    result = run("classify", "a.csv", "--format", "answers", "-o", f"out{ending}")
    assert result.exit_code == 0, result.output
    path = tmp_path / f"out{ending}"
    if ending == ".csv":
        rows = csv_rows(path.read_bytes())
        assert tuple(rows[0]) == ANSWER_COLUMNS
        found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    elif ending == ".jsonl":
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert all(isinstance(entry["themes"], list) for entry in found)
    else:
        found = pq.read_table(path).to_pylist()
    assert [str(entry["row"]) for entry in found] == ["2", "3", "5", "6", "7"]
    assert all(0 <= float(entry["p_not_fit"]) <= 1 for entry in found)
    assert all(entry["label"] in ("fit", "not_fit", "no_signal") for entry in found)


def test_own_output_can_be_classified_again(run: Callable[..., Result], tmp_path: Path) -> None:
    """Our own output is input like any other."""
    (tmp_path / "a.csv").write_bytes(table(ROWS))
    assert run("classify", "a.csv").exit_code == 0
    result = run("classify", "a.fitcheck.csv", "-o", "b.csv")
    assert result.exit_code == 0, result.output
    rows = csv_rows((tmp_path / "b.csv").read_bytes())
    assert "fit_label (2)" in rows[0]


def test_json_lines_keep_their_objects(run: Callable[..., Result], tmp_path: Path) -> None:
    """Nested statements come back with keys added."""
    (tmp_path / "a.jsonl").write_bytes(xapi().content)
    assert run("classify", "a.jsonl").exit_code == 0
    lines = (tmp_path / "a.fitcheck.jsonl").read_text(encoding="utf-8").splitlines()
    before = [json.loads(line) for line in xapi().content.decode().splitlines()]
    after = [json.loads(line) for line in lines]
    assert [{k: entry[k] for k in before[0]} for entry in after] == before
    assert after[0]["fit_label"] in ("fit", "not_fit", "no_signal")


def test_parquet_keeps_its_columns(run: Callable[..., Result], tmp_path: Path) -> None:
    """A parquet file comes back with columns added."""
    import pyarrow as pa

    source = pa.table({"rolle": ROLES, "kommentar": TEXTS, "n": list(range(6))})
    pq.write_table(source, tmp_path / "a.parquet")
    assert run("classify", "a.parquet").exit_code == 0
    after = pq.read_table(tmp_path / "a.fitcheck.parquet")
    assert after.select(["rolle", "kommentar", "n"]).equals(source)
    assert "fit_label" in after.column_names


def test_csv_becomes_a_workbook(run: Callable[..., Result], tmp_path: Path) -> None:
    """-o with .xlsx makes a workbook of a csv file."""
    (tmp_path / "a.csv").write_bytes(table(ROWS))
    assert run("classify", "a.csv", "-o", "a.xlsx").exit_code == 0
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Feedback"]
    assert sheet["B5"].value == TEXTS[3]
    assert sheet["B5"].data_type == "s"


def test_standard_streams(run: Callable[..., Result]) -> None:
    """- reads stdin and writes stdout in the dialect that came in."""
    result = run("classify", "-", "--quiet", input=separator_line().content)
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes.startswith(b"sep=|\r\nRolle|Kommentar|fit_label")
    result = run("classify", "-", "--format", "answers", "-q", input=separator_line().content)
    assert tuple(csv_rows(result.stdout_bytes)[0]) == ANSWER_COLUMNS


def test_personas_file_assigns(run: Callable[..., Result], tmp_path: Path) -> None:
    """A personas file names the groups; unknown and near-duplicate spellings are reported."""
    rows = [["Rolle", "Kommentar"]]
    roles = ["Produktion", "A1", "Führungskraft", "Fuehrungskraft", ""]
    rows += [
        [role, f"{text} zu {i}"]
        for i, (role, text) in enumerate(zip(roles * 5, (TEXTS * 5)[:25], strict=True))
    ]
    (tmp_path / "a.csv").write_bytes(table(rows))
    assert run("personas", "init", "-o", "p.toml", "--quiet").exit_code == 0
    personas = (tmp_path / "p.toml").read_text(encoding="utf-8")
    (tmp_path / "p.toml").write_text(
        personas.replace("In welcher Rolle arbeiten Sie?", "Rolle"), encoding="utf-8"
    )
    result = run("classify", "a.csv", "--personas", "p.toml", "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    groups = {entry["persona"]: entry for entry in json.loads(result.stdout)["personas"]}
    assert groups["produktion_schicht"]["respondents"] == 10
    assert groups["unassigned"]["respondents"] == 10
    assert "'Fuehrungskraft' looks like 'Führungskraft'" in result.stderr


def test_small_groups_show_no_counts(run: Callable[..., Result], tmp_path: Path) -> None:
    """Fewer than five respondents are nobody's business."""
    rows = [
        ["Rolle", "Kommentar"],
        *[["Lager", f"{t} {i}"] for i, t in enumerate(TEXTS)],
        ["Vorstand", "War nicht meine Sache"],
        ["Vorstand", "Passt für meine Runde"],
    ]
    (tmp_path / "a.csv").write_bytes(table(rows))
    result = run("classify", "a.csv", "--persona", "Rolle", "--json", "--lang", "en")
    groups = {entry["persona"]: entry for entry in json.loads(result.stdout)["personas"]}
    assert groups == {}  # not even of the larger one, else: total minus Lager
    assert json.loads(result.stdout)["hidden_groups"] == 2
    assert "Vorstand" not in result.output
    assert "Lager" not in result.output
    assert "Groups not shown: 2." in result.stderr


def test_alike_groups_under_ten_have_a_bound(run: Callable[..., Result], tmp_path: Path) -> None:
    """Seven of seven would tell of each of them."""
    rows = [["Rolle", "War das Training passend?"], *[["Lager", "passt"]] * 7]
    (tmp_path / "a.csv").write_bytes(table(rows))
    columns = ("--persona", "Rolle", "--text", "War das Training passend?")
    result = run("classify", "a.csv", *columns, "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    (group,) = told["personas"]
    assert group["mostly"] == {"label": "fit", "at_least": 4, "of": 7}
    assert "not_fit" not in group
    assert told["run"]["labels"] is None
    assert "≥ 4" in result.stderr
    assert "Of groups under 10" in result.stderr


def test_small_spellings_are_not_named(run: Callable[..., Result], tmp_path: Path) -> None:
    """That there are any is said beside the large group that they look like."""
    rows = [["Rolle", "Kommentar"], *[["Führungskraft", f"Das passte gut {i}"] for i in range(30)]]
    rows += [["Fuehrungskraft", "Das passte nicht"], *[["Lager", f"Gut {i}"] for i in range(9)]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    columns = ("--persona", "Rolle", "--text", "Kommentar")
    result = run("classify", "a.csv", *columns, "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Fuehrungskraft" not in result.output
    assert "look like 'Führungskraft' but are kept apart: 1" in result.stderr


def test_a_single_hidden_group_takes_the_next_smallest_along() -> None:
    """Two hidden groups hide each other; larger ones stay."""
    sizes = {"a": 30, "b": 12, "c": 3}
    groups = suppress([GroupCounts(name, n, n) for name, n in sizes.items()])
    assert ([c.persona for c in groups.shown], groups.hidden) == (["a"], 2)
    groups = suppress([GroupCounts(name, n, n) for name, n in (("a", 30), ("b", 4), ("c", 3))])
    assert ([c.persona for c in groups.shown], groups.hidden) == (["a"], 2)
    groups = suppress([GroupCounts("a", 30, 30), GroupCounts("nobody answered", 3, 0)])
    assert ([c.persona for c in groups.shown], groups.hidden) == (["a"], 1)


def test_few_respondents_leave_no_counts_in_the_run_file(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Four people's labels are nobody's business either."""
    rows = [["Kommentar"], *[[f"{text} und mehr"] for text in TEXTS[:4]]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    result = run("classify", "a.csv", "--text", "Kommentar", "--json")
    assert json.loads(result.stdout)["run"]["labels"] is None


def test_two_things_on_stdout_are_wrong_usage(run: Callable[..., Result]) -> None:
    """Neither could be read."""
    assert run("classify", "a.csv", "-o", "-", "--json").exit_code == 2


def test_an_excel_table_takes_in_the_new_columns(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Sorting by the table's buttons must move answers and labels together."""
    import openpyxl
    from openpyxl.worksheet.table import Table

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [["Rolle", "Kommentar"], *[["Lager", text] for text in TEXTS]]:
        sheet.append(row)
    sheet.add_table(Table(displayName="Tabelle1", ref=f"A1:B{len(TEXTS) + 1}"))
    book.save(tmp_path / "a.xlsx")
    assert run("classify", "a.xlsx", "--text", "Kommentar").exit_code == 0
    written = openpyxl.load_workbook(tmp_path / "a.fitcheck.xlsx").worksheets[0]
    found = written.tables["Tabelle1"]
    heading = [cell.value for cell in written[1]]
    assert found.ref == f"A1:I{len(TEXTS) + 1}"
    assert found.autoFilter.ref == found.ref
    assert [column.name for column in found.tableColumns] == heading
    assert written.auto_filter.ref is None


def test_the_page_hides_the_same_groups_as_the_table(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Of groups of one size each output hides the same, or together they tell of a third."""
    sizes = {"Café": 12, "Kleinst": 3, "Archiv": 12, "Lager": 40}
    rows = [name for name, n in sizes.items() for _ in range(n)]
    lines = [f"{i};{name};passte gut zu meiner Arbeit {i}" for i, name in enumerate(rows)]
    (tmp_path / "f.csv").write_text("\n".join(["ID;Rolle;Passte es?", *lines]), encoding="utf-8")
    told = run("classify", "f.csv", "--report", "--by", "Rolle", "--json", "--lang", "de")
    assert told.exit_code == 0, told.output
    page = (tmp_path / "f.fitcheck.report.html").read_text(encoding="utf-8")
    shown = {p["persona"] for p in json.loads(told.stdout)["personas"]}
    assert shown == {name for name in sizes if f"<bdi>{name}</bdi>" in page}
    assert len(shown) == 2
    assert "Nach Rolle" in page
    assert run("classify", "f.csv", "--report").exit_code == 1
    stdout = run("classify", "f.csv", "--report", "-o", "-")
    assert stdout.exit_code == 2
    assert "--report" in stdout.stderr
