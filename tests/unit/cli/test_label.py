"""`fitcheck label` from the terminal: what it prints, and what it refuses."""

from __future__ import annotations

import json
import re
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sheets import coded_sheet, write_csv

from fitcheck.labeling import server
from fitcheck.labeling.journal import Journal


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Ctrl-C come at once, and note which addresses a browser would open."""

    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    addresses: list[str] = []
    monkeypatch.setattr(server, "serve", stop)
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


def test_it_opens_an_address_that_nobody_can_guess(
    run: Callable[..., Result], tmp_path: Path, opened: list[str]
) -> None:
    """Another one each time, on this machine, printed on stderr; the end is no error."""
    coded_sheet(tmp_path / "s.xlsx")
    for _ in range(2):
        result = run("label", "s.xlsx", "--lang", "de", "--json")
        assert result.exit_code == 0, result.output
        assert opened[-1] in result.stderr
        assert "Gelabelt: 0 von 5 Antworten." in result.stderr
        assert json.loads(result.stdout) == {"sheet": "s.xlsx", "labelled": 0, "answers": 5}
    assert len(set(opened)) == 2
    for address in opened:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", address)
    assert [path.name for path in tmp_path.iterdir()] == ["s.xlsx"]


def test_the_browser_stays_closed_if_wanted(
    run: Callable[..., Result], tmp_path: Path, opened: list[str]
) -> None:
    """The address is printed even with --quiet: nobody could open the page without."""
    write_csv(coded_sheet(tmp_path / "s.xlsx"))
    result = run("label", "s.csv", "--no-browser", "--quiet", "--lang", "en")
    assert result.exit_code == 0
    assert result.stderr.startswith("Label at http://127.0.0.1:")
    assert not opened


def test_what_cannot_be_labelled_is_refused(
    run: Callable[..., Result], tmp_path: Path, opened: list[str]
) -> None:
    """With two sentences and no traceback, and nothing is left behind."""
    coded_sheet(tmp_path / "s.xlsx")
    (tmp_path / "other.csv").write_text("Rolle;Kommentar\nA;war gut so\n", encoding="utf-8")
    (tmp_path / "s.json").write_text('[{"Key": "k", "Answer": "a", "Label": ""}]', encoding="utf-8")
    taken = socket.create_server(("127.0.0.1", 0))
    journal = Journal(tmp_path / "t.xlsx")
    coded_sheet(tmp_path / "t.xlsx")
    before = sorted(tmp_path.iterdir())
    port = taken.getsockname()[1]
    for args, found in (
        (["missing.xlsx"], "There is no file"),
        (["other.csv"], "is no sheet of `fitcheck sample`"),
        (["s.json"], "can be read but not filled in"),
        (["t.xlsx"], "is being labelled already"),
        (["s.xlsx", "--port", str(port)], f"Port {port} is taken"),
    ):
        result = run("label", *args, "--lang", "en")
        assert result.exit_code == 1
        assert found in result.stderr
        assert "Traceback" not in result.output
    journal.close()
    taken.close()
    assert not opened
    assert sorted(tmp_path.iterdir()) == [path for path in before if "journal" not in path.name]


def test_labels_that_cannot_get_in_are_kept(
    run: Callable[..., Result],
    tmp_path: Path,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sheet that is held at the end: the terminal says where the labels are."""
    coded_sheet(tmp_path / "s.xlsx")
    journal = tmp_path / "s.xlsx.journal.jsonl"
    journal.write_text('{"key": "k1", "field": "label", "was": null, "value": "fit"}\n')

    def held(*args: object) -> None:
        raise PermissionError("held")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        result = run("label", "s.xlsx", "--lang", "en")
    assert result.exit_code == 0
    assert "1 labels are kept beside the sheet" in result.stderr
    assert journal.stat().st_size
    result = run("label", "s.xlsx", "--lang", "en")
    assert "Labelled: 1 of 5 answers." in result.stderr
    assert not journal.exists()
