"""Vectors of a server from the command line: named, private, paid once, safe when things break."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import Result
from fake_batches import FakeBatches
from fake_server import FakeServer, serving

from conftest import csv_rows
from fitcheck.labeled import LabeledAnswer, load_labeled

COMMAND = [sys.executable, "-m", "fitcheck"]
SECRETS = ("erika.beispiel@firma.example", "+49 89 1234567", "Quandtmeier")
ENCODER = ["--encoder", "openai:fake"]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Write labelled answers of one's own; few, as each is learned from several times."""
    return written(tmp_path / "labels.csv", load_labeled("dev")[:48])


def written(path: Path, examples: Sequence[LabeledAnswer]) -> Path:
    """Write labelled answers."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "text", "question", "label", "scenario"])
        for e in examples:
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
    run: Callable[..., Result], tmp_path: Path, labels: Path, export: Path
) -> None:
    """A model that was trained with vectors labels, is measured and compared."""
    others = written(tmp_path / "others.csv", load_labeled("dev")[48:78])
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

        use = ["--classifier-model", "model.zip", *where]
        result = run("classify", export, *use)
        assert result.exit_code == 0, result.output
        assert "Texts go to 127.0.0.1 (fake), as written." in result.stderr
        assert run("fit", labels, "-o", "words.zip").exit_code == 0
        for name, options in (("a.json", use), ("b.json", ["--classifier-model", "words.zip"])):
            result = run("evaluate", others, *options, "-o", name)
            assert result.exit_code == 0, result.output
        assert run("compare", "a.json", "b.json").exit_code == 0

        # A second time everything is known, and the same comes out.
        asked = server.n_requests
        assert run("fit", labels, "-o", "again.zip", *ENCODER, *where).exit_code == 0
        assert run("classify", export, *use, "-o", "again.csv").exit_code == 0
        assert server.n_requests == asked
    assert Path("again.csv").read_bytes() == Path("Rückmeldung.fitcheck.csv").read_bytes()
    assert Path("again.zip").read_bytes() == Path("model.zip").read_bytes()
    facts = json.loads(Path("Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8"))
    assert facts["classifier"]["encoder"] == "tfidf+openai:fake"
    assert facts["classifier"]["vectors"]["prompt_tokens"] > 0
    rows = csv_rows(Path("Rückmeldung.fitcheck.csv").read_bytes(), delimiter=";")
    assert {row[rows[0].index("fit_source")] for row in rows[1:]} == {"baseline"}


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
    # With a language model beside it, both are told.
    told = json.loads(run("classify", export, *options, "--model", "gpt-5", "--json").stdout)
    assert told["model"] == "gpt-5"
    assert told["vectors"]["texts_sent"] > 5_000
    assert 0 < told["vectors"]["cost_at_most"] < 0.1


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


def test_a_cascade_by_batch(run: Callable[..., Result], labels: Path, export: Path) -> None:
    """Vectors are asked for at once, what they leave open goes by batch; its plan sends nothing."""
    with serving(batches=FakeBatches()) as server:
        where = ["--base-url", server.url, "--lang", "en"]
        assert run("fit", labels, *ENCODER, *where).exit_code == 0
        cascade = ["--classifier", "cascade", "--classifier-model", "model.zip", "--model", "chat"]
        options = [*cascade, "--max-loss", "0", "--batch-size", "5", *where]
        asked = server.n_requests
        planned = run("classify", export, *options, "--batch-api", "submit", "--dry-run", "--json")
        assert planned.exit_code == 0, planned.output
        assert json.loads(planned.stdout)["distinct_answers_sent"] == 20
        assert json.loads(planned.stdout)["vectors"]["texts_sent"] > 0
        assert server.n_requests == asked
        sent = run("classify", export, *options, "--batch-api", "submit")
        assert sent.exit_code == 0, sent.output
        assert "Texts go to 127.0.0.1 (fake)" in sent.stderr
        assert "Texts go to 127.0.0.1 (chat)" in sent.stderr
        vectors = len(server.embedded)
        found = run("classify", export, *options, "--batch-api", "collect")
        assert found.exit_code == 0, found.output
        assert len(server.embedded) == vectors
        assert set(server.embedded.values()) == {1}
    facts = json.loads(Path("Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8"))
    by_batch = facts["classifier"]["batch_api"]
    assert (
        facts["classifier"]["decided_offline"] + by_batch["answers"] == 19
    )  # one was asked before


def test_a_killed_run_resumes(
    run: Callable[..., Result], tmp_path: Path, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while fitting: only what was on its way is paid again."""
    arguments = ["fit", labels, "-o", tmp_path / "m.zip", *ENCODER, "--concurrency", "2"]
    with serving() as server:
        assert run(*arguments, "--base-url", server.url).exit_code == 0
        n, undisturbed = len(server.embedded), (tmp_path / "m.zip").read_bytes()
    (tmp_path / "m.zip").unlink()
    monkeypatch.setenv("FITCHECK_CACHE", str(tmp_path / "other"))
    with serving(latency_s=0.3, most_texts=16) as server:
        process = start(server, *arguments)
        while len(server.embedded) < n // 4 and process.poll() is None:
            time.sleep(0.02)
        assert process.poll() is None
        process.kill()
        ended(process)
        assert not list(tmp_path.glob("*.tmp*"))
        assert not (tmp_path / "m.zip").exists()
        assert len(server.embedded) < n
        server.latency_s = 0
        assert run(*arguments, "--base-url", server.url).exit_code == 0
        again = sum(times - 1 for times in server.embedded.values())
        assert again <= 2 * 16
        assert len(server.embedded) == n
    assert (tmp_path / "m.zip").read_bytes() == undisturbed


def test_two_runs_at_once(tmp_path: Path, labels: Path) -> None:
    """They share the vectors they keep and do not disturb each other."""
    paths = [tmp_path / "a.zip", tmp_path / "b.zip"]
    with serving(latency_s=0.05) as server:
        running = [start(server, "fit", labels, "-o", path, *ENCODER) for path in paths]
        assert [ended(process)[0] for process in running] == [0, 0]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_nothing_that_identifies_people_leaves(
    run: Callable[..., Result], tmp_path: Path, labels: Path, export: Path
) -> None:
    """Not in a request, on the terminal, in the kept vectors or in the run file."""
    with serving() as server:
        where = ["--base-url", server.url, "--redact", "--lang", "en"]
        assert run("fit", labels, *ENCODER, *where).exit_code == 0
        result = run("classify", export, "--classifier-model", "model.zip", *where)
        assert result.exit_code == 0, result.output
        assert "Texts go to 127.0.0.1 (fake), redacted." in result.stderr
        sent = json.dumps(server.bodies, ensure_ascii=False)
    kept = b"".join(file.read_bytes() for file in Path(os.environ["FITCHECK_CACHE"]).iterdir())
    run_file = (tmp_path / "Rückmeldung.fitcheck.run.json").read_text(encoding="utf-8")
    told = kept.decode("utf-8", "replace")
    for place in (sent, result.stdout, result.stderr, told, run_file):
        assert [secret for secret in SECRETS if secret in place] == []
    assert [place for place in (sent, told, run_file) if "Pflege" in place] == []
    assert "rief nie an" not in told
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
