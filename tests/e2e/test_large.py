"""`fitcheck classify` of large files: what a person types, sees and finds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from click.testing import Result
from fake_server import label_of, serving

from conftest import csv_rows
from fitcheck.surveys import open_parts, parts, survey

N_ROWS = 30_000
COMMAND = [sys.executable, "-m", "fitcheck", "classify", "a.csv", "--text", "Kommentar"]


def write(path: Path, n_rows: int = N_ROWS) -> None:
    """Write a file with different answers."""
    roles = ["Pflege", "Lager", "Büro"]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("ID;Rolle;Kommentar\n")
        for i in range(n_rows):
            denial = "nicht " * (i % 2)
            stream.write(f"T{i};{roles[i % 3]};Das passt {denial}zu Fall {i} im Bereich {i % 97}\n")


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, "--lang", "en", *options],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background may ignore Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_parts(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until some parts are done."""
    journal = folder / "a.fitcheck.csv.partial" / "journal.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 3:
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_a_killed_or_stopped_run_goes_on(run: Callable[..., Result], tmp_path: Path) -> None:
    """Killed without warning, then stopped by Ctrl-C: the third run ends with the same bytes."""
    write(tmp_path / "a.csv")
    with start(tmp_path, "--workers", "2") as killed:
        wait_for_parts(tmp_path, killed)
        killed.kill()
    assert not (tmp_path / "a.fitcheck.csv").exists()
    with start(tmp_path, "--workers", "1") as stopped:
        while "done from before" not in (line := str(stopped.stderr and stopped.stderr.readline())):
            assert line
        os.killpg(stopped.pid, signal.SIGINT)
        assert stopped.wait() == 130
        assert "type the same command" in str(stopped.stderr and stopped.stderr.read())
    assert not (tmp_path / "a.fitcheck.csv").exists()
    went_on = run("classify", "a.csv", "--text", "Kommentar", "--lang", "en", "--workers", "1")
    assert went_on.exit_code == 0, went_on.output
    assert "rows are done from before" in went_on.stderr
    assert not (tmp_path / "a.fitcheck.csv.partial").exists()
    with patch.object(open_parts, "LARGE_ROWS", 10**9):
        other = run("classify", "a.csv", "--text", "Kommentar", "-o", "whole.csv", "--lang", "en")
    assert other.exit_code == 0, other.output
    assert (tmp_path / "a.fitcheck.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    table = went_on.stderr[
        went_on.stderr.index("Respondents per") : went_on.stderr.index("Written")
    ]
    assert table in other.stderr
    one, two = (
        json.loads((tmp_path / name).read_text(encoding="utf-8")) | {"finished": ""}
        for name in ("a.fitcheck.run.json", "whole.run.json")
    )
    assert one == two


def test_a_large_file_goes_to_stdout(run: Callable[..., Result], tmp_path: Path) -> None:
    """Nothing is left beside the input."""
    write(tmp_path / "a.csv", 300)
    arguments = ("classify", "a.csv", "--format", "answers", "-o", "-", "--quiet")
    whole = run(*arguments)
    with patch.object(open_parts, "LARGE_ROWS", 100):
        in_parts = run(*arguments)
    assert in_parts.exit_code == whole.exit_code == 0
    assert in_parts.stdout_bytes == whole.stdout_bytes
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("a")] == ["a.csv"]


def test_a_file_without_parts_is_read_whole(run: Callable[..., Result], tmp_path: Path) -> None:
    """It is said why."""
    rows = [{"Rolle": "Lager", "Kommentar": f"zu viel Theorie {i}"} for i in range(30)]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with patch.object(open_parts, "LARGE_ROWS", 10):
        result = run("classify", "a.json", "--text", "Kommentar", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "read as a whole: its answers stand in one array" in result.stderr


def test_json_lines_of_any_number_have_parts(run: Callable[..., Result], tmp_path: Path) -> None:
    """Before its keys are known, no row of a file says anything; it is read in parts all the same.

    A key that comes late is known in the end.
    """
    rows = [{"Rolle": "Lager", "Kommentar": f"zu viel Theorie {i}"} for i in range(300)]
    rows[280]["Kurs"] = "Kran"
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (tmp_path / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    command = ("classify", "a.jsonl", "--text", "Kommentar", "--lang", "en", "--workers", "1")
    with (
        patch.object(open_parts, "LARGE_ROWS", 10),
        patch.object(parts, "HEAD", 30),
        patch.object(parts, "_LONGEST_HEAD", 60),
        patch.object(parts, "ROWS", 20),
        patch.object(parts, "_STEP", 20),
    ):
        result = run(*command)
    assert result.exit_code == 0, result.output
    assert "read as a whole" not in result.stderr
    in_parts = (tmp_path / "a.fitcheck.jsonl").read_bytes()
    assert run(*command, "--force").exit_code == 0
    assert (tmp_path / "a.fitcheck.jsonl").read_bytes() == in_parts


@pytest.mark.parametrize("table", ["a.csv", "long.csv", "a.jsonl", "a.parquet"])
def test_inspect_says_the_same_of_a_large_file(
    table: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """It is counted part by part, and no limit of memory holds for it."""
    if table == "long.csv":
        rows = [
            f"T{i % 40};Pflege;{'Passte es?;Ja' if i % 2 else 'Was fehlt?;Zeit'} und {i}"
            for i in range(120)
        ]
        text = "\n".join(["ID;Rolle;Frage;Antwort", *rows, "T1;Pflege;Passte es?;", ""])
        (tmp_path / table).write_text(text, encoding="utf-8")
    else:
        write(tmp_path / "a.csv", 120)
        frame = pd.read_csv(tmp_path / "a.csv", sep=";")
        frame.to_parquet(tmp_path / "a.parquet")
        frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True, force_ascii=False)
    whole = run("inspect", table, "--json", "--lang", "en")
    with (
        patch.object(open_parts, "LARGE_ROWS", 10),
        patch.object(parts, "ROWS", 32),
        patch.object(survey, "read_grid", side_effect=AssertionError),
    ):
        in_parts = run("inspect", table, "--json", "--lang", "en", "--max-megabytes", "0.001")
    assert whole.exit_code == in_parts.exit_code == 0, in_parts.output
    assert json.loads(in_parts.stdout) == json.loads(whole.stdout)
    assert "Found:" in in_parts.stderr


def test_a_sheet_has_an_end(run: Callable[..., Result], tmp_path: Path) -> None:
    """What no sheet of Excel can hold is refused before anything is labelled."""
    write(tmp_path / "a.csv", 30)
    with patch("fitcheck.surveys.results.EXCEL_ROWS", 20):
        result = run("classify", "a.csv", "-o", "a.xlsx", "--lang", "en")
    assert result.exit_code == 1
    assert "a.csv has 31 rows, and a sheet of Excel 20 at most" in result.stderr
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.slow
def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    """Four times the rows need hardly more memory."""
    peaks = []
    for n_rows in (50_000, 50_000, 200_000):  # the first run may have to fit the model
        write(tmp_path / "a.csv", n_rows)
        code = (
            "import resource, sys; from fitcheck.cli import main\n"
            "try: main(sys.argv[1:])\n"
            "except SystemExit as end: assert not end.code\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        options = [*COMMAND[3:], "--workers", "1", "--force", "--quiet"]
        done = subprocess.run(
            [sys.executable, "-c", code, *options],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[2] <= 1.15 * peaks[1]


@pytest.mark.parametrize("kept", [True, False])
def test_a_language_model_is_counted_over_all_parts_and_runs(
    run: Callable[..., Result], tmp_path: Path, kept: bool
) -> None:
    """Its labels are those of a file read at once; caps hold for the run, not for each part.

    What was asked before a run stopped is in the run file as well, if its parts are kept.
    """
    write(tmp_path / "a.csv", 60)
    with (
        serving() as server,
        patch.object(open_parts, "LARGE_ROWS", 10),
        patch.object(parts, "ROWS", 20),
        patch.object(parts, "_STEP", 20),
    ):
        command = ("classify", "a.csv", "--text", "Kommentar", "--lang", "en", "--model", "fake")
        command = (*command, "--base-url", server.url, "--batch-size", "10", "--no-cache")
        capped = run(*command, "--max-requests", "5")
        assert capped.exit_code == 1, capped.output
        assert not (tmp_path / "a.fitcheck.csv").exists()
        before = server.n_requests
        result = run(*command, *([] if kept else ["--on-failure", "leave"]))
        assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "a.fitcheck.run.json").read_text(encoding="utf-8"))
    assert facts["answers"] == 60
    usage = facts["classifier"]
    assert usage["requests"] == server.n_requests - (0 if kept else before)
    assert f"Sent: {usage['answers_asked']} answers in {usage['requests']}" in result.stderr
    assert usage["answers_asked"] == (80 if kept else 60)  # those of the part that was not finished
    rows = csv_rows((tmp_path / "a.fitcheck.csv").read_bytes(), delimiter=";")
    assert [row[3] for row in rows[1:]] == [label_of(row[2]) for row in rows[1:]]


def test_what_the_first_part_asked_counts_as_well(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """A cap ends the first run before any part is finished; its replies are kept."""
    write(tmp_path / "a.csv", 60)
    with serving() as server, patch.object(open_parts, "LARGE_ROWS", 10):
        command = ("classify", "a.csv", "--text", "Kommentar", "--model", "fake")
        command = (*command, "--base-url", server.url, "--batch-size", "10", "--quiet")
        assert run(*command, "--max-requests", "2").exit_code == 1
        result = run(*command)
        assert result.exit_code == 0, result.output
        facts = json.loads((tmp_path / "a.fitcheck.run.json").read_text(encoding="utf-8"))
        assert facts["classifier"]["requests"] == server.n_requests == 6
    assert not (tmp_path / "a.fitcheck.csv.partial").exists()
