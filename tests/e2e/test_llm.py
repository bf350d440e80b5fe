"""The language model from the command line: paid once, private, and safe when things break."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from fake_server import FakeServer, label_of, serving
from made_up import export

from conftest import csv_rows
from fitcheck.llm.cache import Cache

COMMAND = [sys.executable, "-m", "fitcheck", "classify"]
SECRETS = (
    "erika.beispiel@firma.example",
    "+49 89 1234567",
    "DE89 3704 0044 0532 0130 00",
    "Quandtmeier",
    "https://intranet.firma.example/x?y=1",
)


def start(path: Path, server: FakeServer, *options: str) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    arguments = ["--model", "fake", "--base-url", server.url, "--force", "--lang", "en", *options]
    return subprocess.Popen(
        [*COMMAND, str(path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=path.parent,
    )


def ended(process: subprocess.Popen[str]) -> int:
    """Return the exit code once the process has ended."""
    process.communicate(timeout=60)
    return process.returncode


def written(path: Path) -> bytes:
    """Return the output's bytes."""
    return path.with_name("Rückmeldung.fitcheck.csv").read_bytes()


def test_labels_and_run_file(run: Callable[..., Result], tmp_path: Path) -> None:
    """Labels come from the model; the run file says who, where and how much, and no text."""
    path = export(tmp_path, 40)
    with serving() as server:
        result = run("classify", path, "--model", "fake", "--base-url", server.url, "--json")
    assert result.exit_code == 0, result.output
    rows = csv_rows(written(path), delimiter=";")
    assert [row[3] for row in rows[1:]] == [label_of(row[2]) for row in rows[1:]]
    text = (tmp_path / "Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8")
    facts = json.loads(text)["classifier"]
    assert (facts["model"], facts["endpoint"], facts["requests"]) == ("fake", "127.0.0.1", 2)
    assert facts["prompt"]["id"] == "fit.v1"
    assert facts["completion_tokens"] > 0
    assert "Halle" not in text


def test_a_second_run_asks_nothing_and_writes_the_same(tmp_path: Path) -> None:
    """Everything is known."""
    path = export(tmp_path)
    with serving() as server:
        assert ended(start(path, server)) == 0
        first, asked = written(path), server.n_requests
        assert ended(start(path, server)) == 0
        assert server.n_requests == asked
    assert written(path) == first


def test_a_killed_run_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed again and again at random moments: no answer that was received is paid twice."""
    path = export(tmp_path)
    with serving() as server:
        assert ended(start(path, server)) == 0
    undisturbed = written(path)
    path.with_name("Rückmeldung.fitcheck.csv").unlink()
    monkeypatch.setenv("FITCHECK_CACHE", str(tmp_path / "other"))
    moments = random.Random(4)  # noqa: S311
    with serving(latency_s=0.05) as server:
        for _ in range(5):
            process = start(path, server, "--batch-size", "5", "--concurrency", "2")
            time.sleep(moments.uniform(0.7, 1.3))
            process.kill()
            ended(process)
            assert not list(tmp_path.glob("*.tmp*"))
        assert ended(start(path, server, "--batch-size", "5", "--concurrency", "2")) == 0
        again = sum(n - 1 for n in server.answered.values())
        # What was on its way when the process died could not be kept.
        assert again <= 5 * 2 * 5
        assert len(server.answered) == 200
    assert written(path) == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="signals are different there")
def test_an_interrupted_run_keeps_what_is_paid(tmp_path: Path) -> None:
    """Ctrl-C ends cleanly: no output, no traceback, and every reply received is kept."""
    path = export(tmp_path)
    with serving(latency_s=0.2) as server:
        process = start(path, server, "--batch-size", "5")
        while server.n_requests < 10 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode != 0
        assert "Traceback" not in errors
        assert not path.with_name("Rückmeldung.fitcheck.csv").exists()
        assert ended(start(path, server, "--batch-size", "5")) == 0
        assert max(server.answered.values()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are different there")
def test_a_second_interrupt_leaves_at_once(tmp_path: Path) -> None:
    """The first says what is waited for; whoever will not wait keeps what came until then."""
    path = export(tmp_path)
    with serving() as server:
        # Slow enough that the run does not end before the server is seen to halt.
        process = start(path, server, "--batch-size", "5", "--rpm", "240")
        wait_for_requests(server, process, 5)
        server.latency_s = 600
        wait_for_requests(server, process, server.n_requests + 2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = iter(process.stderr.readline, "")
        assert any("press Ctrl-C again to leave them" in line for line in told)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGINT
        assert "Traceback" not in errors
        with closing(Cache()) as cache:
            kept = cache.count()
        assert kept >= 5
    # Another server at the same address: this one may still hear of requests from before.
    with serving(port=server.server_address[1]) as server:
        assert ended(start(path, server, "--batch-size", "5")) == 0
        assert 5 * server.n_requests == 200 - kept


def wait_for_requests(server: FakeServer, process: subprocess.Popen[str], n: int) -> None:
    """Return when so many requests have come."""
    while server.n_requests < n and process.poll() is None:
        time.sleep(0.01)


def test_two_runs_at_once(tmp_path: Path) -> None:
    """They share the replies they keep and do not disturb each other."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    paths = [export(folder) for folder in folders]
    with serving(latency_s=0.02) as server:
        running = [start(path, server) for path in paths]
        assert [ended(process) for process in running] == [0, 0]
    assert written(paths[0]) == written(paths[1])


def test_nothing_that_identifies_people_leaves(tmp_path: Path) -> None:
    """Not in a request, on the terminal, in the kept replies or in the run file."""
    extra = f"Herr {SECRETS[3]} ({SECRETS[0]}, Tel. {SECRETS[1]}, {SECRETS[2]}, {SECRETS[4]}) "
    path = export(tmp_path, 10, extra)
    with serving() as server:
        process = start(path, server, "--redact")
        output, errors = process.communicate(timeout=60)
        sent = json.dumps(server.bodies, ensure_ascii=False)
    kept = b"".join(file.read_bytes() for file in Path(os.environ["FITCHECK_CACHE"]).iterdir())
    run_file = (tmp_path / "Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8")
    for place in (sent, output, errors, kept.decode("utf-8", "replace"), run_file):
        assert [secret for secret in SECRETS if secret in place] == []
        assert "p7" not in place
        assert "Pflege" not in place.replace(errors, "")
    assert json.loads(run_file)["classifier"]["redactions"]["Person"] == 10
    assert "[Person 1]" in sent
    rows = csv_rows(written(path), delimiter=";")
    assert all(SECRETS[0] in row[2] for row in rows[1:])


def test_names_of_a_list_do_not_leave(run: Callable[..., Result], tmp_path: Path) -> None:
    """A file of names is read, one a line."""
    path = export(tmp_path, 5, "die Zwibulka war toll ")
    (tmp_path / "namen.txt").write_text("Ottilie Zwibulka\n", encoding="utf-8")
    with serving() as server:
        options = ["--base-url", server.url, "--redact", "--names", tmp_path / "namen.txt"]
        result = run("classify", path, "--model", "fake", *options)
        assert result.exit_code == 0, result.output
        assert "Zwibulka" not in json.dumps(server.bodies)


def test_a_dry_run_sends_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    """It prints the first request, redacted, and what the run could cost; no key is needed."""
    path = export(tmp_path, 50, f"{SECRETS[0]} ")
    result = run("classify", path, "--model", "gpt-5", "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["endpoint"], told["requests"]) == ("api.openai.com", 3)
    assert told["distinct_answers_sent"] == 50
    assert 0 < told["cost_at_most"] < 1
    assert told["redactions"] == {"E-Mail": 50}
    assert SECRETS[0] not in result.output
    assert "[E-Mail 1]" in told["first_request"][1]["content"]
    assert not path.with_name("Rückmeldung.fitcheck.csv").exists()
    result = run("classify", path, "--model", "gpt-5", "--dry-run", "--lang", "de")
    assert "Es wurde nichts gesendet." in result.stderr


@pytest.mark.parametrize(
    ("on_failure", "source", "code"),
    [("baseline", "baseline", 0), ("leave", "", 0), ("stop", None, 1)],
)
def test_what_becomes_of_failures(
    on_failure: str, source: str | None, code: int, run: Callable[..., Result], tmp_path: Path
) -> None:
    """They go to the baseline, which is said; or stay without a label; or stop the run."""
    path = export(tmp_path, 30)
    path.write_text(path.read_text(encoding="utf-8").replace("Text 7\n", "Text #foreign 7\n"))
    with serving() as server:
        options = ["--model", "fake", "--base-url", server.url, "--on-failure", on_failure]
        result = run("classify", path, *options)
    assert result.exit_code == code, result.output
    if source is None:
        assert "1 answers have no valid reply" in result.stderr
        assert not path.with_name("Rückmeldung.fitcheck.csv").exists()
        return
    rows = csv_rows(written(path), delimiter=";")
    place = {name: i for i, name in enumerate(rows[0])}
    assert rows[8][place["fit_source"]] == (source or "llm")
    assert bool(rows[8][place["fit_label"]]) == bool(source)
    assert rows[8][place["fit_failure"]] == ("" if source else "invalid_reply")
    assert {row[place["fit_source"]] for row in rows[1:8]} == {"llm"}


def test_a_remote_server_needs_a_key(run: Callable[..., Result], tmp_path: Path) -> None:
    """Told in two sentences, before anything is sent."""
    result = run("classify", export(tmp_path, 5), "--model", "gpt-5")
    assert result.exit_code == 1
    assert "There is no key for api.openai.com. Set the environment variable" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch-size", "0"], "--batch-size cannot be"),
        (["--concurrency", "500"], "--concurrency cannot be"),
        (["--base-url", "localhost:11434/v1"], "must look like http://localhost"),
        (["--base-url", "http://[::1"], "--base-url cannot be"),
        (["-o", "nowhere/out.csv"], "There is no folder nowhere"),
        (["-o", "out.pdf"], "cannot be written as out.pdf"),
        (["--max-cost", "1"], "price of this model"),
        (["--prompt", "fit.v9"], "no prompt 'fit.v9'"),
        (["--names", "nowhere.txt"], "cannot be read"),
        (["--prices", "nowhere.toml"], "no price list"),
    ],
)
def test_wrong_settings(
    options: list[str], message: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Each is told before anything is sent."""
    with serving() as server:
        path = export(tmp_path, 5)
        result = run("classify", path, "--model", "x", "--base-url", server.url, *options)
        assert result.exit_code == 1
        assert message in result.stderr
        assert server.n_requests == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch-size", "0"], "--batch-size kann nicht '0' sein. Möglich ist 1 oder mehr."),
        (
            ["--concurrency", "500"],
            "--concurrency kann nicht 500 sein. Möglich ist 64 oder weniger.",
        ),
        (
            ["--batch-size", "viele"],
            "--batch-size kann nicht 'viele' sein. Es muss eine Zahl sein.",
        ),
        (["--batch-size", "1.5"], "--batch-size kann nicht '1.5' sein. Es muss eine Zahl sein."),
        (["--rpm", "nan"], "--rpm kann nicht nan sein. Möglich ist 0.1 oder mehr."),
        (["--max-cost", "-1"], "--max-cost kann nicht -1.0 sein. Möglich ist 0 oder mehr."),
        (["--base-url", "ftp://x"], "--base-url kann nicht 'ftp://x' sein. Die Adresse muss"),
        (
            ["--base-url", "http://x:1x"],
            "--base-url kann nicht 'http://x:1x' sein. Die Adresse muss",
        ),
    ],
)
def test_wrong_settings_in_german(
    options: list[str], message: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Why a value cannot be is no English of somebody else."""
    result = run("classify", export(tmp_path, 5), "--model", "x", "--lang", "de", *options)
    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize("model", ["", "  "])
def test_an_empty_model_is_no_wish_for_the_baseline(
    model: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """A variable that is not set in a script is told, and nothing is labelled offline."""
    result = run("classify", export(tmp_path, 5), "--model", model)
    assert result.exit_code == 2
    assert "--model is empty" in result.stderr


def test_flags_are_counted_in_the_summary(run: Callable[..., Result], tmp_path: Path) -> None:
    """Where there are any."""
    path = export(tmp_path, 30)
    content = path.read_text(encoding="utf-8")
    with serving() as server:
        options = ["--model", "fake", "--base-url", server.url, "--lang", "en", "--force"]
        assert "Flagged" not in run("classify", path, *options).stderr
        content = content.replace("Text 6\n", "Text #quote 6\n").replace(
            "Text 12\n", "Text #foreign 12\n"
        )
        path.write_text(content, encoding="utf-8")
        stderr = run("classify", path, *options, "--batch-size", "1").stderr
    assert "Flagged answers: llm_invalid_reply 1, quote_dropped 1; --format answers" in stderr


def test_starting_a_run_loads_no_science(tmp_path: Path) -> None:
    """A run with a language model does without scikit-learn, scipy, pandas and numpy.

    Where no group is so small that it must be hidden, that is: what else to hide is computed.
    """
    path = export(tmp_path, 40)
    code = (
        "import sys; from fitcheck.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print([m for m in ('sklearn', 'scipy', 'pandas', 'numpy') if m in sys.modules])"
    )
    with serving() as server:
        arguments = ["classify", str(path), "--model", "fake", "--base-url", server.url]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
    assert done.stdout.strip() == "[]"


def test_the_cache_can_be_looked_at_and_cleared(run: Callable[..., Result], tmp_path: Path) -> None:
    """How many replies are kept, and then none."""
    with serving() as server:
        path = export(tmp_path, 25)
        run("classify", path, "--model", "fake", "--base-url", server.url)
    assert json.loads(run("cache", "info", "--json").stdout)["codings"] == 25
    assert json.loads(run("cache", "clear", "--json").stdout)["forgotten"] == 25
    assert json.loads(run("cache", "info", "--json").stdout)["codings"] == 0


def test_a_cascade_asks_where_the_baseline_is_not_certain(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """The more may be lost, the fewer answers are sent; the run file says who decided."""
    path = tmp_path / "a.csv"
    texts = ["Zu einfach, kannte ich alles", "Mittagessen war lecker", "Halle mit Text 3", "gut so"]
    lines = ["ID;Kommentar", *(f"p{i};{text}" for i, text in enumerate(texts))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sent = []
    for loss in ("0", "0.02", "1"):
        with serving() as server:
            options = ["--model", "fake", "--base-url", server.url, "--no-cache", "--force"]
            options += ["--classifier", "cascade", "--max-loss", loss]
            result = run("classify", path, *options)
        assert result.exit_code == 0, result.output
        facts = json.loads((tmp_path / "a.fitcheck.run.json").read_text(encoding="utf-8"))
        assert facts["classifier"]["id"] == "cascade"
        assert facts["classifier"]["decided_offline"] + len(server.answered) == len(texts)
        sent.append(len(server.answered))
    assert sent == sorted(sent, reverse=True)
    assert sent[0] > sent[-1] == 0
