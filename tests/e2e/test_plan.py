"""`fitcheck classify --plan` against what the same command then really sends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import Result
from fake_batches import FakeBatches
from fake_server import FakeServer, serving

from fitcheck.engines import forecast
from fitcheck.surveys import open_parts, parts

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]

QUESTIONS = ("Was hat gefallen?", "Was hat nicht gepasst?")
TEXTS = [part for question in QUESTIONS for part in ("--text", question)]
CERTAIN = ("Zu einfach, kannte ich alles", "Für meine Arbeit nicht brauchbar, falsches Niveau")
"""Answers that the baseline decides by itself if it may err now and then."""


def survey(folder: Path, n: int = 90, n_halls: int = 37) -> Path:
    """Write an export with repeats, names, short answers that the codebook settles, and blanks."""
    path = folder / "a.csv"
    lines = [f"ID;Rolle;{';'.join(QUESTIONS)}"]
    for i in range(n):
        liked = f"Die Übung in Halle {i % n_halls} war nah an meiner Arbeit"
        missing = ("nichts", "", f"Frau Test{'abcdefgh'[i % 8]} sprach zu schnell", *CERTAIN)[i % 5]
        lines.append(f"p{i};{'Lager' if i % 2 else 'Pflege'};{liked};{missing}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def parts_of(n_rows: int) -> Iterator[None]:
    """Read files in parts of so many rows."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(open_parts, "LARGE_ROWS", 1))
        stack.enter_context(patch.object(parts, "ROWS", n_rows))
        stack.enter_context(patch.object(parts, "_STEP", n_rows))
        yield


def command(path: Path, server: FakeServer, *options: str) -> list[str]:
    """Return what is typed."""
    given = ["--model", "fake", "--base-url", server.url, "--lang", "en", "--force", *TEXTS]
    return ["classify", str(path), *given, *options]


def planned(run: Run, path: Path, server: FakeServer, *options: str) -> dict[str, Any]:
    """Return what each way would take; nothing is sent for it."""
    before = server.n_requests
    result = run(*command(path, server, *options), "--plan", "--json")
    assert result.exit_code == 0, result.output
    assert server.n_requests == before
    told = json.loads(result.stdout)
    return {way["way"]: way for way in told["ways"]} | {"plan": told}


def sent(run: Run, path: Path, server: FakeServer, *options: str) -> dict[str, float]:
    """Run the command, and return what came at the server."""
    requests, characters = server.n_requests, server.n_prompt_characters
    written = server.spent["completion_tokens"]
    result = run(*command(path, server, *options))
    assert result.exit_code == 0, result.output
    return {
        "requests": server.n_requests - requests,
        "characters": server.n_prompt_characters - characters,
        "reply_tokens": server.spent["completion_tokens"] - written,
    }


def check(way: dict[str, Any], found: dict[str, float]) -> None:
    """Check a plan: the same requests, the same letters, and no reply longer than it may be.

    A token is estimated for every three characters, and at most two more for each request.
    """
    assert way["requests"] == found["requests"]
    third = found["characters"] / 3
    assert third <= way["prompt_tokens_at_most"] <= third + 2 * found["requests"]
    assert way["reply_tokens_at_most"] >= found["reply_tokens"]


OPTIONS = [
    [],
    ["--batch-size", "7"],
    ["--batch-size", "1"],
    ["--redact"],
    ["--prompt", "labels-only.v1"],
    ["--show-persona"],
    ["--votes", "3"],
    ["--logprobs"],
    ["--no-cache"],
]


@pytest.mark.parametrize("n_rows", [None, 20])
@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_plan_is_what_is_sent(
    options: list[str], n_rows: int | None, run: Run, tmp_path: Path
) -> None:
    """With repeats, whole and in parts; what would be sent by comparison is more."""
    path = survey(tmp_path)
    with serving() as server, parts_of(n_rows) if n_rows else ExitStack():
        found = planned(run, path, server, *options)
        assert found["unknown"] == found["once"] | {"way": "unknown", "as_typed": True}
        check(found["unknown"], sent(run, path, server, *options))
    assert found["plan"]["parts"] == (5 if n_rows else 1)
    assert found["plan"]["settled_by_rule"] == 18
    assert found["alone"]["answers_sent"] == found["together"]["answers_sent"] == 162
    assert found["once"]["answers_sent"] < 100 or options == ["--no-cache"]


@pytest.mark.parametrize("n_rows", [None, 20])
def test_what_is_known_is_left_out(n_rows: int | None, run: Run, tmp_path: Path) -> None:
    """Part of the file was asked before; after the run all of it is known."""
    with serving() as server, parts_of(n_rows) if n_rows else ExitStack():
        sent(run, survey(tmp_path, 25), server)
        path = survey(tmp_path, 90)
        found = planned(run, path, server)
        assert 0 < found["unknown"]["answers_sent"] < found["once"]["answers_sent"]
        check(found["unknown"], sent(run, path, server))
        again = planned(run, path, server)
    assert again["unknown"]["requests"] == again["unknown"]["seconds"] == 0
    assert again["once"] == found["once"]


@pytest.mark.parametrize("n_rows", [None, 20])
def test_a_cascade_asks_what_is_planned(n_rows: int | None, run: Run, tmp_path: Path) -> None:
    """It is planned the same whether or not it is typed."""
    path, options = survey(tmp_path), ("--max-loss", "0.02")
    with serving() as server, parts_of(n_rows) if n_rows else ExitStack():
        sent(run, survey(tmp_path, 25), server)
        path = survey(tmp_path)
        plain = planned(run, path, server, *options)
        options = (*options, "--classifier", "cascade")
        found = planned(run, path, server, *options)
        assert found["cascade"] == plain["cascade"] | {"as_typed": True}
        assert 0 < found["cascade"]["answers_sent"] < found["unknown"]["answers_sent"]
        check(found["cascade"], sent(run, path, server, *options))


@pytest.mark.parametrize("options", [[], ["--classifier", "cascade", "--max-loss", "0.02"]])
def test_batches_are_what_is_planned(options: list[str], run: Run, tmp_path: Path) -> None:
    """One request directly, the others in the files that are uploaded."""
    path, batches = survey(tmp_path), FakeBatches()
    with serving(batches=batches) as server:
        found = planned(run, path, server, *options)
        way = found["cascade_by_batch" if options else "by_batch"]
        assert run(*command(path, server, *options, "--batch-api", "submit")).exit_code == 0
        n_sent = server.n_requests + sum(data.count(b"\n") for _, data in batches.uploads)
        assert run(*command(path, server, *options, "--batch-api", "collect")).exit_code == 0
        assert way["requests"] == n_sent
        third = server.n_prompt_characters / 3
        assert third <= way["prompt_tokens_at_most"] <= third + 2 * n_sent
        assert (way["seconds"], server.n_requests) == (None, 1)


def test_a_large_file_is_estimated(run: Run, tmp_path: Path) -> None:
    """It says from how many answers; requests and tokens are near those of a run."""
    path = survey(tmp_path, 480, 400)
    with serving() as server, parts_of(25), patch.object(forecast, "SAMPLED_PARTS", 10):
        found = planned(run, path, server)
        told = run(*command(path, server), "--plan").stderr
        really = sent(run, path, server)
    plan, way = found["plan"], found["unknown"]
    assert (plan["answers"], plan["settled_by_rule"], plan["parts"]) == (864, 96, 20)
    assert plan["read_closely"]["parts"] == 10
    n, seed = plan["read_closely"]["answers"], plan["read_closely"]["seed"]
    assert f"from {n} answers in 10 of 20 parts of the file, drawn by lot (seed {seed})" in told
    assert found["alone"]["answers_sent"] == 864
    assert 0 < way["margin"] < 0.25
    tokens = way["prompt_tokens_at_most"] / (really["characters"] / 3)
    assert abs(tokens - 1) < 0.1
    assert abs(way["requests"] / really["requests"] - 1) < 0.1


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--dry-run"], 2, "--plan and --dry-run both send nothing"),
        (["--batch-api", "submit"], 2, "--plan shows the Batch API beside other ways"),
        (["--engine", "dask"], 2, "--plan does not go with --engine dask"),
        (["--report"], 2, "--plan writes nothing"),
        (["--classifier", "baseline"], 1, "no language model is asked. Pass --model"),
        (["--max-cost", "1"], 1, "price of this model is not known"),
        (["--batch-size", "0"], 1, "--batch-size cannot be"),
        (["--text", "Nirgends"], 1, "has no column Nirgends"),
    ],
)
def test_what_is_refused(
    options: list[str], code: int, message: str, run: Run, tmp_path: Path
) -> None:
    """Each in clear words, and nothing is sent or written."""
    path = survey(tmp_path, 5)
    with serving() as server:
        result = run(*command(path, server, "--plan", *options))
        assert server.n_requests == 0
    assert result.exit_code == code, result.output
    assert message in " ".join(result.stderr.replace("'", "").split())
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("a.")] == ["a.csv"]


def test_a_plan_needs_a_model(run: Run, tmp_path: Path) -> None:
    """As a dry run does; a file that is not there is told as ever."""
    result = run("classify", survey(tmp_path, 5), "--plan", "--lang", "de")
    assert result.exit_code == 1
    assert "Es gibt nichts zu planen" in result.stderr
    result = run("classify", "nowhere.csv", "--model", "gpt-5", "--plan")
    assert result.exit_code == 1
    assert "nowhere.csv" in result.stderr


def test_no_key_is_needed(run: Run, tmp_path: Path) -> None:
    """Nobody is asked, so a price is all that is known of the model."""
    path = survey(tmp_path, 30)
    result = run("classify", path, "--model", "gpt-5", "--plan", "--json", "--quiet")
    ways = {way["way"]: way for way in json.loads(result.stdout)["ways"]}
    dry = json.loads(run("classify", path, "--model", "gpt-5", "--dry-run", "--json").stdout)
    assert {name: ways["unknown"][name] for name in dry if name in ways["unknown"]} == {
        name: dry[name] for name in dry if name in ways["unknown"]
    }
    assert ways["unknown"]["cost_at_most"] == dry["cost_at_most"]
    assert ways["cascade_by_batch"]["cost_at_most"] < 0.75 * ways["cascade"]["cost_at_most"]
    batch = ("--batch-api", "submit")
    dry = json.loads(
        run("classify", path, "--model", "gpt-5", "--dry-run", "--json", *batch).stdout
    )
    assert ways["by_batch"]["cost_at_most"] == dry["cost_at_most"]
    assert "Halle" not in result.output


def test_what_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What limits the time, what a cap means, what is not known; in both languages."""
    monkeypatch.setenv("COLUMNS", "80")
    path = survey(tmp_path)
    limits = ("--rpm", "30", "--concurrency", "2", "--max-requests", "2")
    with serving() as server:
        said = run(*command(path, server, *limits, "--plan")).stderr
        assert "What limits the time: --rpm 30 (each one alone" in said
        assert "; 2 requests in flight (" in said
        assert "would stop at --max-requests 2" in said
        assert "The price of fake is not known" in said
        assert said.count("unknown") == 6
        assert said.rstrip().endswith("Nothing was sent.")
        sent(run, survey(tmp_path, 25), server)
        survey(tmp_path)
        said = run(*command(path, server, "--plan", "--votes", "2")).stderr
        assert "Not by the Batch API: --batch-api asks each answer once" in said
        assert "\n* known left out" in said  # of the first vote
        said = run(*command(path, server, "--plan", "--tpm", "5000", "--lang", "de")).stderr
    assert "* ohne bekannte" in said
    assert "Was die Zeit begrenzt: --tpm 5000. Angenommen:" in said
    table = said[said.index("Wege, das Modell") : said.index("* ist der")].splitlines()
    assert [line for line in table if len(line) > 80] == []
    assert len(table) == 3 + 7


def test_docs_show_what_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy it from a terminal of 80 columns after a change."""
    monkeypatch.setenv("COLUMNS", "80")
    page = (ROOT / "docs/language-models.md").read_text(encoding="utf-8")
    (typed,) = re.findall(r"\$ fitcheck classify feedback.xlsx (.* --plan)\n", page)
    (shown,) = re.findall(r"```text\n(Ways to ask.*?)```", page, re.DOTALL)
    demo = ROOT / "labeled/demo/feedback.csv"
    printed = run("classify", demo, *typed.split(), "--lang", "en").stderr
    lines = [line.rstrip() for line in printed.splitlines()]
    assert shown.rstrip() in "\n".join(lines), printed
    said = " ".join(page.split())
    assert f"more than {forecast.SAMPLED_PARTS} parts (of {parts.ROWS:,} rows)" in said


def test_a_cascade_with_vectors_of_a_server_is_not_planned(run: Run, tmp_path: Path) -> None:
    """To know what it decides, texts would have to be sent."""
    path = survey(tmp_path, 20)
    with serving() as server:
        options = ("--encoder", "openai:fake", "--classifier", "cascade")
        found = planned(run, path, server, *options)
        assert not {"cascade", "cascade_by_batch"} & set(found)
        said = run(*command(path, server, *options, "--plan")).stderr
        assert (server.n_requests, "The cascade is not planned" in said) == (0, True)
        assert "\n* " not in said[: said.index("* is the")]
