"""Vectors of a server from the command line: named, private, paid once, safe when things break."""

from __future__ import annotations

import csv
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
from fake_server import FakeServer, serving

from conftest import csv_rows
from fitcheck.labeled import load_labeled

COMMAND = [sys.executable, "-m", "fitcheck"]
SECRETS = ("erika.beispiel@firma.example", "+49 89 1234567", "Quandtmeier")
ENCODER = ["--encoder", "openai:fake"]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Write labelled answers of one's own."""
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "text", "question", "label", "scenario"])
        for e in load_labeled("dev")[:150]:
            table.writerow([e.answer.id, e.answer.text, e.answer.question, e.label, e.scenario])
    return path


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Write an export with what identifies people."""
    path = tmp_path / "Rückmeldung.csv"
    lines = ["ID;Abteilung;Was hat gefallen?"]
    lines += [
        f"p{i};{'Lager' if i % 2 else 'Pflege'};Herr {SECRETS[2]} ({SECRETS[0]}) war gut. "
        f"Aber {SECRETS[2]} rief nie an ({SECRETS[1]}), Halle {i}"
        for i in range(20)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def start(server: FakeServer, *arguments: object) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments), "--base-url", server.url, "--force", "--lang", "en"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and error once the process has ended."""
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def test_fit_classify_evaluate_and_compare(
    run: Callable[..., Result], labels: Path, export: Path
) -> None:
    """A model that was trained with vectors labels, is measured and compared."""
    with serving() as server:
        where = ["--base-url", server.url, "--lang", "en"]
        result = run("fit", labels, "-o", "model.zip", *ENCODER, *where, "--json")
        assert result.exit_code == 0, result.output
        assert "Texts go to 127.0.0.1 (fake), as written." in result.stderr
        assert "Vectors: " in result.stderr
        told = json.loads(result.stdout)["vectors"]
        assert (told["endpoint"], told["model"]) == ("127.0.0.1", "fake")
        assert told["requests"] == server.n_requests > 0
        assert told["texts_asked"] == len(server.embedded)
        assert set(server.embedded.values()) == {1}

        asked = server.n_requests
        assert run("fit", labels, "-o", "again.zip", *ENCODER, *where).exit_code == 0
        assert server.n_requests == asked
        use = ["--classifier-model", "model.zip", *where]
        result = run("classify", export, *use)
        assert result.exit_code == 0, result.output
        assert "Texts go to 127.0.0.1 (fake), as written." in result.stderr
        for name, options in (("a.json", use), ("b.json", ["--classifier", "baseline"])):
            result = run("evaluate", "test", *options, "-o", name, "--force")
            assert result.exit_code == 0, result.output
        assert run("compare", "a.json", "b.json").exit_code == 0
    facts = json.loads(Path("Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8"))
    assert facts["classifier"]["encoder"] == "tfidf+openai:fake"
    assert facts["classifier"]["vectors"]["prompt_tokens"] > 0
    rows = csv_rows(Path("Rückmeldung.fitcheck.csv").read_bytes(), delimiter=";")
    assert {row[rows[0].index("fit_source")] for row in rows[1:]} == {"baseline"}


def test_a_second_run_asks_nothing_and_writes_the_same(
    tmp_path: Path, labels: Path, export: Path
) -> None:
    """Everything is known."""
    output = tmp_path / "Rückmeldung.fitcheck.csv"
    with serving() as server:
        assert ended(start(server, "fit", labels, "-o", tmp_path / "m.zip", *ENCODER))[0] == 0
        options = ["--classifier-model", tmp_path / "m.zip"]
        assert ended(start(server, "classify", export, *options))[0] == 0
        first, asked = output.read_bytes(), server.n_requests
        assert ended(start(server, "classify", export, *options))[0] == 0
        assert server.n_requests == asked
    assert output.read_bytes() == first


def test_the_shipped_answers_are_learned_from_when_labelling(
    run: Callable[..., Result], export: Path
) -> None:
    """What was planned is what is sent, every text once."""
    with serving() as server:
        options = [*ENCODER, "--base-url", server.url]
        planned = run("classify", export, *options, "--dry-run", "--json")
        assert (planned.exit_code, server.n_requests) == (0, 0)
        plan = json.loads(planned.stdout)
        assert run("classify", export, *options).exit_code == 0
        assert sum(server.embedded.values()) == len(server.embedded) == plan["texts_sent"]
        # Those to learn from come first, so that two requests may not be full.
        assert plan["requests"] <= server.n_requests <= plan["requests"] + 1


def test_a_dry_run_says_what_would_be_sent(run: Callable[..., Result], export: Path) -> None:
    """Where, how many texts, the first of them as they would be sent; no key is needed."""
    options = ["--encoder", "openai:text-embedding-3-small", "--dry-run", "--lang", "en"]
    result = run("classify", export, *options)
    assert result.exit_code == 0, result.output
    assert "texts would go to api.openai.com (text-embedding-3-small) in" in result.stderr
    assert "Nothing was sent." in result.stderr
    assert "[E-Mail 1]" in result.stdout
    assert [secret for secret in SECRETS if secret in result.output] == []
    assert not Path("Rückmeldung.fitcheck.csv").exists()
    told = json.loads(run("classify", export, *options, "--json").stdout)
    assert 0 < told["cost_at_most"] < 0.1
    # With a language model beside it, both are told.
    told = json.loads(run("classify", export, *options, "--model", "gpt-5", "--json").stdout)
    assert told["model"] == "gpt-5"
    assert told["vectors"]["texts_sent"] > 5_000


def test_a_dry_run_of_a_cascade_sends_nothing_either(
    run: Callable[..., Result], export: Path
) -> None:
    """Where vectors would have to be asked for to know more, all answers are counted."""
    with serving() as server:
        options = [*ENCODER, "--model", "chat", "--classifier", "cascade", "--dry-run", "--json"]
        result = run("classify", export, *options, "--base-url", server.url)
        assert result.exit_code == 0, result.output
        assert server.n_requests == 0
    told = json.loads(result.stdout)
    assert told["distinct_answers_sent"] == 20
    assert told["vectors"]["texts_sent"] > 5_000


def test_a_killed_run_resumes(
    tmp_path: Path, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at random moments while fitting: only what was on its way is paid again."""
    limits = ["--concurrency", "2"]
    arguments = ["fit", labels, "-o", tmp_path / "m.zip", *ENCODER, *limits]
    with serving() as server:
        assert ended(start(server, *arguments))[0] == 0
        n, undisturbed = len(server.embedded), (tmp_path / "m.zip").read_bytes()
    (tmp_path / "m.zip").unlink()
    monkeypatch.setenv("FITCHECK_CACHE", str(tmp_path / "other"))
    moments = random.Random(4)  # noqa: S311
    kills = 0
    with serving(latency_s=0.4, most_texts=16) as server:
        for _ in range(4):
            process = start(server, *arguments)
            seen = server.n_requests
            while server.n_requests < seen + 6 and process.poll() is None:
                time.sleep(0.02)
            time.sleep(moments.uniform(0, 0.4))
            kills += process.poll() is None
            process.kill()
            ended(process)
            assert not list(tmp_path.glob("*.tmp*"))
            assert not (tmp_path / "m.zip").exists()
        assert kills == 4
        assert ended(start(server, *arguments))[0] == 0
        again = sum(times - 1 for times in server.embedded.values())
        assert again <= kills * 2 * 16
        assert len(server.embedded) == n
    assert (tmp_path / "m.zip").read_bytes() == undisturbed


def test_two_runs_at_once(tmp_path: Path, labels: Path) -> None:
    """They share the vectors they keep and do not disturb each other."""
    paths = [tmp_path / "a.zip", tmp_path / "b.zip"]
    with serving(latency_s=0.05) as server:
        running = [start(server, "fit", labels, "-o", path, *ENCODER) for path in paths]
        assert [ended(process)[0] for process in running] == [0, 0]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_nothing_that_identifies_people_leaves(tmp_path: Path, labels: Path, export: Path) -> None:
    """Not in a request, on the terminal, in the kept vectors or in the run file."""
    with serving() as server:
        model = tmp_path / "m.zip"
        assert ended(start(server, "fit", labels, "-o", model, *ENCODER, "--redact"))[0] == 0
        options = ["--classifier-model", model, "--redact"]
        code, output, errors = ended(start(server, "classify", export, *options))
        assert code == 0, errors
        assert "Texts go to 127.0.0.1 (fake), redacted." in errors
        sent = json.dumps(server.bodies, ensure_ascii=False)
    kept = b"".join(file.read_bytes() for file in Path(os.environ["FITCHECK_CACHE"]).iterdir())
    run_file = (tmp_path / "Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8")
    for place in (sent, output, errors, kept.decode("utf-8", "replace"), run_file):
        assert [secret for secret in SECRETS if secret in place] == []
        assert "Pflege" not in place.replace(errors, "")
    assert "rief nie an" not in kept.decode("utf-8", "replace")
    assert "Aber [Person 1] rief nie an" in sent


def test_names_of_a_list_do_not_leave(
    run: Callable[..., Result], labels: Path, tmp_path: Path
) -> None:
    """`fit` reads them as `classify` does."""
    text = labels.read_text(encoding="utf-8")
    labels.write_text(text + "x1,die Zwibulka war toll,,no_signal,x1\n", encoding="utf-8")
    (tmp_path / "namen.txt").write_text("Ottilie Zwibulka\n", encoding="utf-8")
    with serving() as server:
        options = ["--base-url", server.url, "--redact", "--names", "namen.txt"]
        result = run("fit", labels, *ENCODER, *options)
        assert result.exit_code == 0, result.output
        assert "Zwibulka" not in json.dumps(server.bodies)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": 401, "code": "invalid_api_key"}, "refuses the key. Check OPENAI_API_KEY."),
        ({"status": 404, "code": "model_not_found"}, "has no model 'fake'. Check --encoder"),
        ({"faults": {"nan": 1.0}}, "a number that is not finite"),
        ({"faults": {"count": 1.0}}, "no usable vectors of 'fake'"),
        (None, "No model answers at 127.0.0.1."),
    ],
)
def test_what_goes_wrong_is_told(
    options: dict[str, object] | None, message: str, run: Callable[..., Result], labels: Path
) -> None:
    """In two sentences, without a traceback, and no model is written."""
    with serving(**(options or {})) as server:
        where = ["--base-url", server.url, "--lang", "en"]
        if options is not None:
            result = run("fit", labels, *ENCODER, *where)
    if options is None:
        result = run("fit", labels, *ENCODER, *where)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not Path("model.zip").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--encoder", "openai:"], 2, "is not one of tfidf"),
        (["--encoder", "word2vec"], 2, "openai:MODEL"),
        ([*ENCODER, "--concurrency", "500"], 1, "--concurrency cannot be"),
        ([*ENCODER, "--base-url", "localhost:1"], 1, "must look like"),
        ([*ENCODER, "--max-cost", "1"], 1, "price of this model is not known"),
        ([*ENCODER], 1, "There is no key for api.openai.com."),
    ],
)
def test_wrong_settings(
    options: list[str], code: int, message: str, run: Callable[..., Result], labels: Path
) -> None:
    """Each is told before anything is sent."""
    result = run("fit", labels, *options, "--lang", "en")
    assert result.exit_code == code, result.output
    assert message in result.stderr


def test_a_model_does_not_decide_where_texts_go(
    run: Callable[..., Result], labels: Path, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the server named again, nothing is sent to another one."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with serving() as server:
        assert run("fit", labels, *ENCODER, "--base-url", server.url).exit_code == 0
    result = run("classify", export, "--classifier-model", "model.zip", "--lang", "en")
    assert result.exit_code == 1
    assert "came from 127.0.0.1. Pass --base-url" in result.stderr


def test_a_replay_and_vectors_exclude_each_other(run: Callable[..., Result]) -> None:
    """A replay promises to need no network."""
    options = ["--model", "x", *ENCODER, "--base-url", "http://localhost:1/v1"]
    result = run("evaluate", "dev", "--replay", "somewhere", *options)
    assert result.exit_code == 2
    assert "needs no network" in result.stderr


def test_the_cache_counts_vectors(run: Callable[..., Result], labels: Path) -> None:
    """Beside the codings; both are forgotten."""
    with serving() as server:
        assert run("fit", labels, *ENCODER, "--base-url", server.url).exit_code == 0
        n = len(server.embedded)
    told = json.loads(run("cache", "info", "--json").stdout)
    assert (told["codings"], told["vectors"]) == (0, n)
    assert json.loads(run("cache", "clear", "--json").stdout)["forgotten_vectors"] == n
    assert json.loads(run("cache", "info", "--json").stdout)["vectors"] == 0
