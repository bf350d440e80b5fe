"""The Batch API from the command line: submit, be killed, go on, look, collect."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fake_batches import FakeBatches
from fake_server import FakeServer, serving
from made_up import export

from conftest import csv_rows

SECRETS = ("erika.beispiel@firma.example", "+49 89 1234567", "Quandtmeier")
COMMAND = (
    "import sys; from fitcheck.classifiers.batch_submit import Limits, submit;"
    "submit.__kwdefaults__['limits'] = Limits(max_requests=4);"
    "from fitcheck.cli import main; main(sys.argv[1:])"
)
"""The command with small files, so that there are several batches."""


def arguments(path: Path, server: FakeServer, *options: str) -> list[str]:
    """Return what is typed."""
    given = ["--model", "fake", "--base-url", server.url, "--lang", "en", "--batch-size", "5"]
    return ["classify", str(path), *given, *options]


def start(path: Path, server: FakeServer, *options: str) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments(path, server, *options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=path.parent,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return exit code and words once the process has ended."""
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def files(path: Path) -> dict[str, bytes]:
    """Return what was written beside the export, but the run file, which has a time."""
    found = {file.name: file for file in path.parent.glob(f"{path.stem}.fitcheck.*")}
    found.pop(f"{path.stem}.fitcheck.run.json", None)
    return {name: file.read_bytes() for name, file in found.items()}


def undisturbed(folder: Path, monkeypatch: pytest.MonkeyPatch, extra: str = "") -> dict[str, bytes]:
    """Return what a normal run writes, with a cache of its own."""
    folder.mkdir()
    with monkeypatch.context() as patch, serving() as server:
        patch.setenv("FITCHECK_CACHE", str(folder / "cache"))
        path = export(folder, 100, extra)
        assert ended(start(path, server))[0] == 0
    return files(path)


def test_a_run_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submitted, looked at and collected, it writes byte for byte what a normal run does."""
    normal = undisturbed(tmp_path / "normal", monkeypatch)
    path, batches = export(tmp_path, 100), FakeBatches(polls={"3": 2})
    state = tmp_path / "Rückmeldung.fitcheck.batch.json"
    with serving(batches=batches) as server:
        code, said = ended(start(path, server, "--batch-api", "submit"))
        assert code == 0, said
        assert said.index("Texts go to 127.0.0.1 (fake)") < said.index("99 answers in 20 requests")
        assert state.exists()
        code, said = ended(start(path, server, "--batch-api", "submit"))
        assert (code, "not collected yet" in said) == (1, True)
        process = start(path, server, "--batch-api", "status", "--json")
        told = json.loads(process.communicate(timeout=60)[0])
        assert process.returncode == 0
        assert [batch["status"] for batch in told["batches"]].count("in_progress") == 1
        code, said = ended(start(path, server, "--batch-api", "collect"))
        assert (code, "1 of 5 batches have not ended yet" in said) == (1, True)
        assert set(files(path)) == {state.name}
        code, said = ended(start(path, server, "--batch-api", "collect"))
        assert code == 0, said
        assert "By batch: 99 answers in 20 requests." in said
        assert files(path) == normal
        assert (server.n_requests, max(server.answered.values())) == (1, 1)
        assert (len(batches.batches), batches.files) == (5, {})
        code, said = ended(start(path, server, "--batch-api", "collect", "--force"))
        assert (code, "No batches are on their way" in said) == (1, True)
        code, said = ended(start(path, server, "--batch-api", "submit"))
        assert (code, "nothing to submit: 0 answers" in said) == (0, True)
    assert files(path) == normal
    run_file = json.loads((tmp_path / "Rückmeldung.fitcheck.run.json").read_text("utf-8"))
    facts = run_file["classifier"]["batch_api"]
    assert (facts["answers"], facts["requests"], facts["batches"]) == (99, 20, {"completed": 5})
    assert facts["prompt_tokens"] > facts["first_request"]["prompt_tokens"] > 0


def test_a_killed_submission_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at random moments around uploads: nothing is created or paid twice."""
    normal = undisturbed(tmp_path / "normal", monkeypatch)
    path, batches = export(tmp_path, 100), FakeBatches(latency_s=0.2)
    moments, n_killed = random.Random(5), 0  # noqa: S311
    with serving(batches=batches) as server:
        for _ in range(6):
            before = server.n_requests + len(batches.uploads)
            process = start(path, server, "--batch-api", "submit")
            while server.n_requests + len(batches.uploads) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(moments.uniform(0.0, 0.25))
            n_killed += process.poll() is None
            process.kill()
            ended(process)
        code, said = ended(start(path, server, "--batch-api", "submit"))
        assert code == 0 or "not collected yet" in said
        assert n_killed >= 2
        parts = [batch["metadata"]["part"] for batch in batches.batches.values()]
        assert sorted(parts) == ["1", "2", "3", "4", "5"]
        code, said = ended(start(path, server, "--batch-api", "collect"))
        assert code == 0, said
        assert max(server.answered.values()) == 1
    assert files(path) == normal


def test_a_collection_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be done again as often as it takes; each reply is there once."""
    normal = undisturbed(tmp_path / "normal", monkeypatch)
    path, batches = export(tmp_path, 100), FakeBatches(latency_s=0.03)
    with serving(batches=batches) as server:
        assert ended(start(path, server, "--batch-api", "submit"))[0] == 0
        for wait in (0.8, 1.0, 1.2):
            process = start(path, server, "--batch-api", "collect", "--force")
            time.sleep(wait)
            process.kill()
            ended(process)
        code, said = ended(start(path, server, "--batch-api", "collect", "--force"))
        assert code == 0 or "No batches are on their way" in said
        assert max(server.answered.values()) == 1
    assert files(path) == normal


def test_what_is_left_goes_the_normal_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired batches and invalid replies: said, asked directly, and the output is the same."""
    normal = undisturbed(tmp_path / "normal", monkeypatch, "#quote ")
    path = export(tmp_path, 100, "#quote ")
    with serving(batches=FakeBatches(ends={"2": "expired", "4": "failed"})) as server:
        assert ended(start(path, server, "--batch-api", "submit"))[0] == 0
        process = start(path, server, "--batch-api", "status")
        assert "token_limit_exceeded" in ended(process)[1]
        code, said = ended(start(path, server, "--batch-api", "collect"))
    assert code == 0, said
    assert "Not every batch was answered to its end: expired 1, failed 1." in said
    assert "without a valid reply; they are asked directly now" in said
    assert files(path) == normal


def test_a_file_that_changed_in_between(run: Callable[..., Result], tmp_path: Path) -> None:
    """What still matches is used; the others are said and asked directly."""
    path = export(tmp_path, 30)
    with serving(batches=FakeBatches()) as server:
        run(*arguments(path, server, "--batch-api", "submit"))
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[3:6] = ["p100;Lager;Etwas Neues 4", "p101;Lager;Noch etwas 5"]
        path.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n", encoding="utf-8")
        result = run(*arguments(path, server, "--batch-api", "collect"))
        assert result.exit_code == 0, result.output
        assert "3 answers are no longer in the file as they were submitted" in result.stderr
        assert server.n_requests == 2
    rows = csv_rows((tmp_path / "Rückmeldung.fitcheck.csv").read_bytes(), delimiter=";")
    assert {row[2]: row[3] for row in rows}["Noch etwas 5"] == "no_signal"
    assert all(row[3] for row in rows)


def test_nothing_that_identifies_people_leaves(tmp_path: Path) -> None:
    """Not in the files, their names, the state file, the kept replies or the run file."""
    extra = f"Herr {SECRETS[2]} (Tel. {SECRETS[1]}, {SECRETS[0]}) "
    path, batches = export(tmp_path, 20, extra), FakeBatches()
    with serving(batches=batches) as server:
        code, said = ended(start(path, server, "--batch-api", "submit", "--redact"))
        assert code == 0, said
        state = (tmp_path / "Rückmeldung.fitcheck.batch.json").read_text(encoding="utf-8")
        code, told = ended(start(path, server, "--batch-api", "collect", "--redact"))
        assert code == 0, told
    uploaded = str(
        [(name, [json.loads(line) for line in data.splitlines()]) for name, data in batches.uploads]
    )
    created = json.dumps(list(batches.batches.values()))
    kept = b"".join(file.read_bytes() for file in Path(os.environ["FITCHECK_CACHE"]).iterdir())
    run_file = (tmp_path / "Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8")
    assert "[Person 1]" in uploaded
    for place in (uploaded, created, state, kept.decode("utf-8", "replace"), run_file):
        assert [word for word in (*SECRETS, "p7", "Pflege", "Rückmeldung") if word in place] == []
    assert [secret for secret in SECRETS if secret in said + told] == []
    assert [word for word in ("Halle", "Person") if word in state] == []


def test_a_dry_run_sends_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    """It says what a batch could cost, which is about half."""
    path = export(tmp_path, 100)
    costs = []
    for options in ([], ["--batch-api", "submit"]):
        result = run("classify", path, "--model", "gpt-5", "--dry-run", "--json", *options)
        assert result.exit_code == 0, result.output
        costs.append(json.loads(result.stdout)["cost_at_most"])
    assert 0.5 * costs[0] < costs[1] < 0.75 * costs[0]
    assert not (tmp_path / "Rückmeldung.fitcheck.batch.json").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["submit", "--no-cache"], 1, "--no-cache turns off"),
        (["submit", "--classifier", "baseline"], 1, "needs a language model"),
        (["submit", "--max-requests", "3"], 1, "more than the 3 of --max-requests"),
        (["submit", "--max-cost", "1"], 1, "price of this model"),
        (["submit", "-o", "nowhere/x.csv"], 1, "no folder nowhere"),
        (["submit", "-o", "-"], 2, "state file beside --output"),
        (["collect"], 1, "No batches are on their way"),
        (["status"], 1, "No batches are on their way"),
        (["collect", "--dry-run"], 2, "submit only"),
    ],
)
def test_what_is_refused(
    options: list[str], code: int, message: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Each is told before anything is sent."""
    with serving(batches=FakeBatches()) as server:
        result = run(*arguments(export(tmp_path, 30), server, "--batch-api", *options))
        assert (result.exit_code, server.n_requests) == (code, 0)
        assert message in result.stderr


def test_a_server_without_batches(run: Callable[..., Result], tmp_path: Path) -> None:
    """Two sentences that say how to go on, and the same command works without the option."""
    path = export(tmp_path, 30)
    with serving() as server:
        result = run(*arguments(path, server, "--batch-api", "submit"))
        assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
        assert "127.0.0.1 has no Batch API. Run the command without --batch-api." in result.stderr
        assert run(*arguments(path, server)).exit_code == 0
        assert max(server.answered.values()) == 1


def test_a_cascade_by_batch(run: Callable[..., Result], tmp_path: Path) -> None:
    """Only what the baseline is not certain of is submitted, and the output is the same."""
    path = tmp_path / "a.csv"
    texts = ["Zu einfach, kannte ich alles", *(f"Halle mit Text {i}" for i in range(8)), "gut so"]
    lines = ["ID;Kommentar", *(f"p{i};{text}" for i, text in enumerate(texts))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    written = []
    options = ["--classifier", "cascade", "--max-loss", "0.02"]
    with serving(batches=FakeBatches()) as server:
        result = run(*arguments(path, server, *options, "--batch-api", "submit", "--json"))
        assert result.exit_code == 0, result.output
        assert 0 < json.loads(result.stdout)["answers"] < len(texts)
        result = run(*arguments(path, server, *options, "--batch-api", "collect"))
        assert result.exit_code == 0, result.output
        written.append((tmp_path / "a.fitcheck.csv").read_bytes())
        assert run(*arguments(path, server, *options, "--force")).exit_code == 0
        written.append((tmp_path / "a.fitcheck.csv").read_bytes())
        assert server.n_requests == 1
    assert written[0] == written[1]
