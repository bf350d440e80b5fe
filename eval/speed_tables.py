"""The tables of speed and memory, from the records of the benches. `tables.py` writes them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent / "bench"
RECORDED = BENCH / "recorded"
SPENT = {"wall_s": "s", "cpu_s": "CPU s", "peak_mb": "MB"}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "startup": {"case": "command", **SPENT, "times_bare_python": "times bare Python"},
    "reading": {
        "case": "file, read by", **SPENT, "rows_per_s": "rows/s", "times_pandas": "times pandas"
    },
    "redaction": {
        "case": "answers", "cpu_s": "CPU s", "answers_per_cpu_s": "answers per CPU s",
        "characters_per_cpu_s": "characters per CPU s",
    },
    "baseline": {
        "case": "encoder", "rows": "answers", **SPENT, "answers_per_s": "answers/s",
        "sentences_per_s": "sentences/s", "limit_sentences_per_cpu_s": "limit: sentences per CPU s",
        "share_of_limit": "share of the limit",
    },
    "llm": {
        "case": "case", **SPENT, "requests": "requests",
        "prompt_characters_an_answer": "characters of prompt an answer",
        "wrong": "wrong", "lost": "lost", "lost_spoilt": "lost, of those that spoil",
    },
    "rates": {"case": "case", "wall_s": "s", "cpu_s": "CPU s"},
    "report": {"case": "format", **SPENT, "answers_per_s": "answers/s", "written_kb": "kB written"},
    "large": {
        "case": "file", "file_mb": "MB of the file", **SPENT, "answers_per_s": "answers/s",
        "answers_per_two_cpu_s": "answers per 2 CPU s",
    },
    "workbook": {"case": "classify", **SPENT, "answers_per_s": "answers/s"},
    "peers": {
        "tool": "tool", "case": "case", **SPENT, "rows_per_s": "answers/s", "requests": "requests",
        "prompt_characters_an_answer": "characters of prompt an answer", "wrong": "wrong",
        "lost": "lost", "lost_spoilt": "lost, of those that spoil",
        "times_our_wall": "times our s", "times_our_cpu": "times our CPU s",
        "times_our_peak": "times our MB",
    },
}  # fmt: skip
FACTS = ("cpu", "cores", "memory_gb", "os", "python")


def speed_tables() -> dict[str, str]:
    """Return every table by the name of its mark."""
    records = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(RECORDED.glob("*.json"))
    }
    tables = {f"speed-{name}": bench_table(records[name], c) for name, c in COLUMNS.items()}
    return {
        **tables,
        "speed-peers": "\n".join([tables["speed-peers"], "", *does_not(records["peers"])]),
        "speed-growth": growth_table(records["growth"]),
        "speed-targets": target_table(records),
        "speed-machine": machine_table(records),
        "million": million(records["large"]),
    }


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are numbers."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bench_table(record: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """Return one row a case, with the columns that any of them has."""
    cases = record["cases"]
    shown = [key for key in columns if any(key in case for case in cases)]
    rows = []
    for case in cases:
        cells = [number(case.get(key)) for key in shown]
        if why := case.get("left_out") or case.get("ended_with"):
            cells[0] += f" ({why})"
        rows.append(cells)
    return markdown([columns[key] for key in shown], rows)


def number(value: Any) -> str:
    """Return a value with as many digits as say something."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value.replace("|", "/")
    if isinstance(value, int) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def does_not(record: Mapping[str, Any]) -> list[str]:
    """Return what each of the other tools leaves out."""
    return [f"- {tool} does not do: {what}." for tool, what in record["does_not"].items()]


def growth_table(record: Mapping[str, Any]) -> str:
    """Return one row a path: seconds by the clock and of the processor, memory; and slopes."""
    sizes = sorted({case["rows"] for case in record["cases"]})
    rows = []
    for path in dict.fromkeys(case["case"] for case in record["cases"]):
        found = {case["rows"]: case for case in record["cases"] if case["case"] == path}
        slope = record["slopes"].get(path, {})
        cells = [_grown(found.get(size)) for size in sizes]
        rows.append([path, *cells, *(number(slope.get(key)) for key in SPENT)])
    slopes = [f"slope of {heading}" for heading in SPENT.values()]
    return markdown(["s / CPU s / MB at rows", *(f"{size:,}" for size in sizes), *slopes], rows)


def _grown(case: Mapping[str, Any] | None) -> str:
    if case is None:
        return "–"
    return case.get("left_out") or " / ".join(number(case[key]) for key in SPENT)


def target_table(records: Mapping[str, Any]) -> str:
    """Return what is to be reached, and what was."""
    rows = []
    for target in tomllib.loads((BENCH / "targets.toml").read_text(encoding="utf-8"))["target"]:
        cases = (c for c in records[target["bench"]]["cases"] if c["case"] == target["case"])
        value = next(cases, {}).get(target["key"])
        limit, is_most = (target.get("at_most", target.get("at_least")), "at_most" in target)
        reached = value is not None and (value <= limit if is_most else value >= limit)
        wanted = f"{'≤' if is_most else '≥'} {limit:,} {target['unit']}".strip()
        measured = f"{number(value)} {target['unit']}".strip()
        rows.append([target["what"], wanted, measured, "yes" if reached else "**no**"])
    return markdown(["what", "target", "measured", "reached"], rows)


def machine_table(records: Mapping[str, Any]) -> str:
    """Return when each bench ran, of which code, and on what."""
    rows, machines = [], []
    for name, record in records.items():
        facts = record["machine"]
        load = " ".join(map(str, facts["load_before"]))
        minutes = f"{record['took_s'] / 60:.1f}"
        link = f"[{name}](bench/recorded/{name}.json)"
        rows.append([link, facts["date"], load, facts["fitcheck"], minutes])
        machines.append(
            f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, {facts['os']}, "
            f"Python {facts['python']}, numpy {facts['numpy']}, scipy {facts['scipy']}, "
            f"scikit-learn {facts['scikit-learn']}, pandas {facts['pandas']}."
        )
    headings = ["record", "began", "load before (1, 5, 15 min)", "fitcheck", "minutes"]
    return "\n".join([markdown(headings, rows), "", *dict.fromkeys(machines)])


def million(record: Mapping[str, Any]) -> str:
    """Return the sentence of the front page about a large file."""
    case = next(case for case in record["cases"] if case["case"] == "csv")
    return (
        f"{record['rows']:,} answers of {record['words']} words, all different, in a csv file of "
        f"{case['file_mb']} MB took {case['wall_s']:.0f} seconds on {record['machine']['cores']} "
        f"cores ({case['cpu_s']:.0f} seconds of CPU time), and {case['peak_mb']} MB of memory in "
        "all processes."
    )
