"""Times the same work done by other tools, in the same session.

Usage: python eval/bench/peers.py [--rows N] [--asked N] [--output FOLDER]
Offline: a scikit-learn pipeline written by hand, which labels a csv as `classify` does. With a
language model: tools of others, each in an environment of its own that is made for it and needs
pip and a package index; they ask the same fake server, which takes 200 ms, with 8 requests in
flight. What cannot be installed or does not run is recorded with the reason.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llm
from fake_server import serving
from invented import QUESTION, survey, write
from process import CommandFailed, Spent, fitcheck, in_turn, run
from record import HERE, Bench, warm_up

from fitcheck.resources import resource

SCRIPTS = HERE / "peer_tools"


@dataclass(frozen=True)
class Tool:
    """A tool of others that asks a language model."""

    name: str
    """As pip knows it."""
    script: str
    does_not: str
    """What of our work it leaves out."""


TOOLS = (
    Tool(
        "openaivec",
        "openaivec_run.py",
        "themes, quotes, redaction, files; a reply that stays unreadable ends the run",
    ),
    Tool(
        "llm-classifier",
        "llm_classifier_run.py",
        "themes, quotes, redaction, files; asks for one answer at a time",
    ),
    Tool(
        "scikit-llm",
        "scikit_llm_run.py",
        "themes, quotes, redaction, files; asks for one answer at a time, and an unreadable reply "
        "becomes a label by lot",
    ),
)
BY_HAND_DOES_NOT = "finding columns, rules, themes, quotes, probabilities, counts, small groups"
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "clean": ({}, ""),
    "5 % of requests fail with status 500": ({"faults": {"500": 0.05}, "seed": 2}, ""),
    "5 % of replies are cut off": ({"faults": {"cut": 0.05}, "seed": 2}, ""),
    "1 % of answers cut off every reply": ({}, "cut"),
}


def main(arguments: list[str]) -> None:
    """Measure and write."""
    bench = Bench(__file__, __doc__, arguments, rows=50_000, asked=500, repeats=3)
    with tempfile.TemporaryDirectory() as folder:
        offline(bench, Path(folder))
        ours = ask_with_fitcheck(bench)
        for tool in TOOLS:
            ask(bench, tool, Path(folder), ours)
    does_not = {tool.name: tool.does_not for tool in TOOLS}
    bench.write(does_not={"scikit-learn by hand": BY_HAND_DOES_NOT, **does_not})


def offline(bench: Bench, folder: Path) -> None:
    """Label a csv by hand and by `classify`, with a fitted model at hand for both."""
    rows, script = bench.sizes["rows"], [sys.executable, str(SCRIPTS / "by_hand.py")]
    warm_up(write(folder / "small.csv", survey(1)))
    path, target = write(folder / "survey.csv", survey(rows)), str(folder / "labelled.csv")
    model, labels = str(folder / "by-hand.joblib"), str(resource("labeled/train.csv"))
    fitted = run([*script, "fit", labels, model])
    classify = fitcheck("classify", path, "--force", "--quiet", "--output", target)
    predict = [*script, "predict", model, str(path), target, QUESTION]
    found = in_turn(
        {
            "fitcheck, 2 processes": lambda: run([*classify, "--workers", "2"]),
            "fitcheck, 1 process": lambda: run([*classify, "--workers", "1"]),
            "scikit-learn by hand": lambda: run(predict),
        },
        bench.sizes["repeats"],
    )
    for case, spent in found.items():
        told = ratios(spent, found["fitcheck, 1 process"])
        bench.add("offline", spent, tool=case, rows_per_s=round(rows / spent.wall_s), **told)
    bench.add("offline, fitting", fitted, tool="scikit-learn by hand")


def ask_with_fitcheck(bench: Bench) -> dict[str, Spent]:
    """Ask for labels, themes and quotes in every case, and once for labels alone."""
    ours = {}
    for case, (options, mark) in CASES.items():
        texts = llm.asked_texts(bench.sizes["asked"], mark)
        ours[case], found = llm.measure(texts, options, mark, [])
        bench.add(case, ours[case], tool="fitcheck", **found)
    texts = llm.asked_texts(bench.sizes["asked"])
    spent, found = llm.measure(texts, {}, "", ["--prompt", "labels-only.v1"])
    bench.add("clean", spent, tool="fitcheck, labels only", **found)
    return ours


def ratios(spent: Spent, ours: Spent) -> dict[str, float]:
    """Return how many times what fitcheck took."""
    found = {"wall": spent.wall_s / ours.wall_s, "cpu": spent.cpu_s / ours.cpu_s}
    if spent.peak_mb and ours.peak_mb:
        found["peak"] = spent.peak_mb / ours.peak_mb
    return {f"times_our_{name}": round(value, 2) for name, value in found.items()}


def ask(bench: Bench, tool: Tool, folder: Path, ours: dict[str, Spent]) -> None:
    """Let a tool ask for the labels of the same answers, in every case."""
    try:
        python, version = install(tool.name, folder / tool.name)
    except CommandFailed as failed:
        bench.add("all", tool=tool.name, left_out=f"cannot be installed: {reason(failed)}")
        return
    for case, (options, mark) in CASES.items():
        texts = llm.asked_texts(bench.sizes["asked"], mark)
        with serving(latency_s=llm.LATENCY_S, **options) as server:
            source, target = folder / "texts.csv", folder / "labels.csv"
            target.unlink(missing_ok=True)
            with source.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([["text"], *([text] for text in texts)])
            command = [str(python), str(SCRIPTS / tool.script), str(source), str(target)]
            told: dict[str, Any] = {}
            try:
                spent = run([*command, server.url])
            except CommandFailed as failed:
                spent, told = failed.spent, {"ended_with": reason(failed)}
            told |= llm.sent(server, len(texts)) | llm.outcome(labels_of(target), texts, mark)
        told |= ratios(spent, ours[case])
        bench.add(case, spent, tool=f"{tool.name} {version}", **told)


def install(name: str, folder: Path) -> tuple[Path, str]:
    """Return the interpreter of a new environment that has the tool, and its version."""
    run([sys.executable, "-m", "venv", str(folder)])
    python = folder / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", name])
    code = f"from importlib.metadata import version; print(version({name!r}))"
    told = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return python, told.stdout.strip()


def labels_of(path: Path) -> dict[str, str]:
    """Return the labels that a tool wrote, by text; none if it wrote nothing."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["text"]: row["label"] for row in csv.DictReader(stream)}


def reason(failed: CommandFailed) -> str:
    """Return the last line of a command's words that is not indented: the error."""
    lines = [line for line in failed.words.splitlines() if line[:1].strip()]
    return lines[-1][:200] if lines else "no words"


if __name__ == "__main__":
    main(sys.argv[1:])
