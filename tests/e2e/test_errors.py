"""Broken input gets two sentences, exit code 1, no traceback, and leaves no file behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from exports import ROLES, TEXTS, table, workbook

HIDDEN = "geheimer Antworttext"
GOOD = table([["Rolle", "Kommentar"], *zip(ROLES, TEXTS, strict=True)])
DUPLICATES = table([["ID", "Kommentar"], ["7", HIDDEN + " eins"], ["7", HIDDEN + " zwei hier"]])
HEADLESS = workbook({"A": [[text] for text in TEXTS]})
DAMAGED = bytearray(workbook({"A": [["Kommentar"], *[[text] for text in TEXTS]]}))
DAMAGED[DAMAGED.index(b"xl/styles.xml") + 40] ^= 0xFF  # a part that holds no answers

BROKEN: dict[str, tuple[str, bytes | None, list[str]]] = {
    "missing file": ("a.csv", None, []),
    "empty file": ("a.csv", b"", []),
    "only a byte order mark": ("a.csv", b"\xef\xbb\xbf", []),
    "only blanks": ("a.csv", b"  \r\n \r\n", []),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), []),
    "a PDF": ("a.xlsx", b"%PDF-1.7 ...", []),
    "random bytes": ("a.csv", bytes(range(256)) * 20, []),
    "a web page named xls": ("a.xls", b"<html><table><tr><td>x</td></tr></table></html>", []),
    "a cut-off workbook": ("a.xlsx", workbook({"A": [["x"]]})[:300], []),
    "a zip archive": ("a.xlsx", b"PK\x05\x06" + bytes(18), []),
    "a workbook without rows": ("a.xlsx", workbook({"A": []}), []),
    "only a heading": ("a.csv", b"Rolle;Kommentar\r\n", []),
    "duplicate ids": ("a.csv", DUPLICATES, []),
    "no text column": ("a.csv", b"ID;Note\r\n1;2\r\n2;3\r\n3;1\r\n", []),
    "a column that is not there": ("a.csv", GOOD, ["--text", "Freitext"]),
    "a persona column that is not there": ("a.csv", GOOD, ["--persona", "Funktion"]),
    "an open quotation mark": ("a.csv", b'Rolle;Kommentar\r\nA;"' + HIDDEN.encode() + b"\r\n", []),
    "a separator inside an answer": (
        "a.csv",
        b"Rolle;Kommentar\r\nA;gut so\r\nB;fein so\r\nC;" + HIDDEN.encode() + b"; ja\r\n",
        [],
    ),
    "mostly UTF-8": (
        "a.csv",
        ("Rolle;Kommentar\r\n" + "Büro;schön für uns\r\n" * 9).encode() + b"B\xfcro;x",
        [],
    ),
    "no heading": ("a.csv", b"1;war gut so\r\n2;war fein so\r\n3;war nett so\r\n", []),
    "broken JSON": ("a.jsonl", b'{"text": "a"}\n{"text": \n', []),
    "a JSON array of numbers": ("a.json", b'[{"text": "a b c"}, 3]', []),
    "a key that stands twice": ("a.jsonl", b'{"text": "a b", "text": "c"}\n', []),
    "a key twice in an array": ("a.json", b'[{"text": "a b", "text": "c"}]', []),
    "a mapping that is a folder": ("a.csv", GOOD, ["--mapping", "."]),
    "a workbook without heading": ("a.xlsx", HEADLESS, ["--header-rows", "0"]),
    "a damaged part of a workbook": ("a.xlsx", DAMAGED, []),
    "a damaged parquet file": ("a.parquet", b"PAR1" + bytes(40), []),
    "two sheets with answers": (
        "a.xlsx",
        workbook(
            {
                "A": [["Kommentar"], *[[t] for t in TEXTS]],
                "B": [["Kommentar"], *[[t] for t in TEXTS]],
            }
        ),
        [],
    ),
    "a sheet that is not there": ("a.xlsx", workbook({"A": [["x", "y"]]}), ["--sheet", "C"]),
    "a file that is too large": ("a.csv", GOOD, ["--max-megabytes", "0.0001"]),
    "an unknown profile": ("a.csv", GOOD, ["--profile", "nonsense"]),
    "a personas file that is not there": ("a.csv", GOOD, ["--personas", "p.toml"]),
    "an output folder that is not there": ("a.csv", GOOD, ["-o", "no/such/folder/out.csv"]),
    "an output that is the input": ("a.csv", GOOD, ["-o", "a.csv", "--force"]),
    "an output of another kind": ("a.csv", GOOD, ["-o", "out.parquet"]),
    "answers of another kind": ("a.csv", GOOD, ["--format", "answers", "-o", "out.xlsx"]),
}


@pytest.mark.parametrize(("name", "content", "options"), BROKEN.values(), ids=list(BROKEN))
def test_broken_input_gets_two_sentences(
    name: str,
    content: bytes | None,
    options: list[str],
    run: Callable[..., Result],
    tmp_path: Path,
) -> None:
    """What was found, what to type next; nothing of the answers; nothing left."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = sorted(tmp_path.iterdir())
    result = run("classify", name, *options, "--quiet")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert HIDDEN not in result.output
    assert result.stdout == ""
    sentences = re.findall(r"[^.]*(?:\.(?=\w)[^.]*)*\.(?=\s|$)", result.stderr)
    assert result.stderr.startswith("Error: ")
    assert len(sentences) >= 2
    assert sorted(tmp_path.iterdir()) == before


def test_existing_output_is_kept(run: Callable[..., Result], tmp_path: Path) -> None:
    """Nothing is overwritten without --force."""
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "a.fitcheck.csv").write_text("mine")
    result = run("classify", "a.csv")
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert (tmp_path / "a.fitcheck.csv").read_text() == "mine"
    assert run("classify", "a.csv", "--force").exit_code == 0


def test_a_file_held_by_excel_is_told(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows a file that is open in Excel cannot be opened or replaced."""
    (tmp_path / "a.csv").write_bytes(GOOD)

    def held(*args: object) -> None:
        raise PermissionError(13, "used by another process")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", held)
        assert "Excel" in run("classify", "a.csv").stderr
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        assert "Close it there" in run("classify", "a.csv").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_verbose_shows_the_traceback(run: Callable[..., Result]) -> None:
    """-v is for those who want to see where."""
    assert run("classify", "missing.csv", "-v").exception is not None


def test_wrong_usage_is_exit_2(run: Callable[..., Result]) -> None:
    """A typo in an option is a usage error."""
    assert run("classify", "a.csv", "--nonsense").exit_code == 2


def test_errors_speak_german(run: Callable[..., Result]) -> None:
    """--lang de translates both sentences."""
    result = run("classify", "fehlt.csv", "--lang", "de")
    assert result.stderr == "Fehler: Es gibt keine Datei fehlt.csv. Prüfen Sie den Namen.\n"


def test_json_is_not_polluted(run: Callable[..., Result], tmp_path: Path) -> None:
    """Stdout holds JSON alone."""
    (tmp_path / "a.csv").write_bytes(GOOD)
    assert json.loads(run("inspect", "a.csv", "--json").stdout)["persona"] == "Rolle"
    assert json.loads(run("classify", "a.csv", "--json").stdout)["run"]["answers"] == len(TEXTS) - 1


def test_nothing_ever_replaces_the_input(run: Callable[..., Result], tmp_path: Path) -> None:
    """Neither the output, the run file nor the mapping, not even with --force."""
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "k.run.json").write_bytes(b'[{"text": "Das war nichts"}, {"text": "Gut so ja"}]')
    for arguments in (
        ("inspect", "a.csv", "--save-mapping", "a.csv", "--force"),
        ("classify", "a.csv", "--format", "answers", "-o", "a.csv", "--force"),
        ("classify", "k.run.json", "-o", "k.json", "--force"),
    ):
        assert run(*arguments).exit_code == 1, arguments
    assert (tmp_path / "a.csv").read_bytes() == GOOD


def test_a_mapping_is_written_only_if_all_went_well(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """A command that fails leaves no mapping; one that works leaves both files."""
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "out.csv").write_text("mine")
    assert run("classify", "a.csv", "-o", "out.csv", "--save-mapping", "m.toml").exit_code == 1
    assert not (tmp_path / "m.toml").exists()
    assert run("classify", "a.csv", "--save-mapping", "m.toml").exit_code == 0
    assert run("inspect", "a.csv", "--mapping", "m.toml").exit_code == 0


def test_names_that_may_be_answers_are_not_shown(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """Where the heading is missing, the first respondent's answer is no column name."""
    (tmp_path / "a.csv").write_text(f"x7;Anna;{HIDDEN} von mir\nx8;B;gut für mich so\n")
    result = run("inspect", "a.csv", "--text", "Freitext")
    assert result.exit_code == 1
    assert HIDDEN not in result.output
    assert "column C" in result.stderr


def test_one_column_cannot_be_both(run: Callable[..., Result], tmp_path: Path) -> None:
    """Answers are never printed as names of groups."""
    (tmp_path / "a.csv").write_bytes(GOOD)
    result = run("classify", "a.csv", "--text", "Kommentar", "--persona", "Kommentar")
    assert result.exit_code == 1
    assert TEXTS[0] not in result.output


def test_a_stray_cell_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """One value in the last cell of a sheet must not fill the memory."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["Kommentar"], *[[text] for text in TEXTS]]:
        book.worksheets[0].append(row)
    book.worksheets[0]["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    result = run("inspect", "a.xlsx")
    assert result.exit_code == 1
    assert "stray cell" in result.stderr


def test_formulas_without_a_stored_value_stay(run: Callable[..., Result], tmp_path: Path) -> None:
    """A workbook made by a program has formulas that nobody has calculated yet."""
    import openpyxl

    (tmp_path / "a.xlsx").write_bytes(
        workbook({"A": [["Kommentar", "Summe"], *[[text, "=1+1"] for text in TEXTS]]})
    )
    result = run("classify", "a.xlsx", "--text", "Kommentar", "--lang", "en")
    assert result.exit_code == 0
    assert f"{len(TEXTS)} formulas of the sheet have no stored value" in result.stderr
    assert openpyxl.load_workbook(tmp_path / "a.fitcheck.xlsx")["A"]["B2"].value == "=1+1"


def test_an_interrupt_while_loading_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come before the command has begun."""
    from fitcheck import __main__

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fitcheck.cli.main", interrupted)
    with pytest.raises(SystemExit) as stopped:
        __main__.main()
    assert stopped.value.code == 130


def test_an_interrupt_while_a_verb_loads_shows_no_traceback(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each verb is read when it is used."""

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fitcheck.cli.import_module", interrupted)
    result = run("classify", "a.csv")
    assert result.exit_code == 130
    assert result.stderr == "Stopped; nothing was written.\n"


def test_numbers_named_as_answers_are_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """A rating is no written answer; the user is told and the column is shown once."""
    rows = [["Kommentar", "Note"], *[[text, "2"] for text in TEXTS]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    result = run("inspect", "a.csv", "--text", "Note", "--lang", "en")
    assert "Note holds numbers" in result.stderr
    assert "Rating:    Note" not in result.stderr
