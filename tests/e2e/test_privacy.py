"""From a run to the sheet for works council and data protection; what it says is what happened."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fake_batches import FakeBatches
from fake_server import serving
from made_up import export


def facts(run: Callable[..., Result], section: str = "leaves") -> dict[str, str]:
    """Return the English facts of a section, from the run file of the made-up survey."""
    result = run("privacy", "Rückmeldung.fitcheck.run.json", "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    (chosen,) = (part for part in found["sections"] if part["id"] == section)
    return {"lead": found["lead"], **dict(chosen["facts"])}


def test_an_offline_run_opens_no_connection(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheet says that nothing was sent, of a run that could not have sent anything."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert run("classify", export(tmp_path, 40)).exit_code == 0
    assert facts(run) == {
        "lead": "This run sent nothing: a model on this machine labeled 40 answers."
    }
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert "replies.sqlite" not in kept


def test_a_run_with_a_model(run: Callable[..., Result], tmp_path: Path) -> None:
    """Counts are those of the server, which never saw an id or a group."""
    path = export(tmp_path, 40, "Frau Quandtmeier ")
    with serving() as server:
        options = ["--model", "fake", "--base-url", server.url, "--redact"]
        assert run("classify", path, *options).exit_code == 0
        sent = json.dumps(server.bodies, ensure_ascii=False)
    assert facts(run) == {
        "lead": "This run sent texts to a server on this machine (127.0.0.1) and nowhere else.",
        "Server": "127.0.0.1",
        "Model": "fake",
        "Distinct answers sent": str(len(server.answered)),
        "Requests": str(server.n_requests),
        "Answers known from before": "0",
        "Replaced": "Person 40",
        "Group sent along": "no",
    }
    assert [word for word in ("Quandtmeier", '"p7"', "Pflege", "Lager") if word in sent] == []
    if sys.platform != "win32":
        kept = Path(os.environ["FITCHECK_CACHE"])
        assert stat.S_IMODE(kept.stat().st_mode) == 0o700
        assert stat.S_IMODE((kept / "replies.sqlite").stat().st_mode) == 0o600


def test_a_group_that_was_sent(run: Callable[..., Result], tmp_path: Path) -> None:
    """With --show-persona the server gets it, and the sheet says so."""
    path = export(tmp_path, 20)
    with serving() as server:
        options = ["--model", "fake", "--base-url", server.url, "--show-persona"]
        assert run("classify", path, *options).exit_code == 0
        assert "Pflege" in json.dumps(server.bodies, ensure_ascii=False)
    told = facts(run)
    assert told["Group sent along"] == "yes"
    assert "Replaced" not in told


def test_a_run_by_batch(run: Callable[..., Result], tmp_path: Path) -> None:
    """What went directly before and what went as files are both counted; the files are gone."""
    path, batches = export(tmp_path, 40), FakeBatches()
    with serving(batches=batches) as server:
        options = ["--model", "fake", "--base-url", server.url]
        assert run("classify", path, *options, "--batch-api", "submit").exit_code == 0
        collected = run("classify", path, *options, "--batch-api", "collect")
        assert collected.exit_code == 0, collected.output
        assert batches.files == {}
    told = facts(run)
    assert told["Requests"] == str(server.n_requests) == "1"
    assert told["Answers by batch"] == "39"
    assert told["Answers known from before"] == "40"


def test_files_and_endings(run: Callable[..., Result], tmp_path: Path) -> None:
    """Page, Markdown and text; nothing is overwritten, other endings and files are refused."""
    assert run("classify", export(tmp_path, 20)).exit_code == 0
    source = "Rückmeldung.fitcheck.run.json"
    for ending, begins in ((".html", "<!doctype"), (".md", "# Steckbrief"), (".txt", "Steckbrief")):
        assert run("privacy", source, "-o", f"s{ending}", "--lang", "de").exit_code == 0
        assert (tmp_path / f"s{ending}").read_text(encoding="utf-8").startswith(begins)
    again = run("privacy", source, "-o", "s.md", "--lang", "en")
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
    assert run("privacy", source, "-o", "s.md", "--force").exit_code == 0
    for arguments, told in (
        ([source, "-o", "s.pdf"], ".html"),
        (["Rückmeldung.fitcheck.csv"], "no run file"),
        (["none.run.json"], "cannot be read"),
    ):
        result = run("privacy", *arguments, "--lang", "en")
        assert result.exit_code == 1
        assert told in result.stderr
        assert "Traceback" not in result.output
