"""Writes recorded figures and the data dictionary into the pages. A test keeps them current.

Usage: python eval/tables.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from speed_tables import markdown, speed_tables

from fitcheck.report.columns import data_dictionary

EVAL = Path(__file__).parent
LABELED = EVAL.parent / "labeled"
SHOWN = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "kappa": "kappa",
    "f1_not_fit": "F1 of not_fit",
    "ece_not_fit": "ECE of p_not_fit",
}


def rendered(text: str) -> str:
    """Return the page with every marked table written anew."""
    for name, table in (
        ("scores", score_table()),
        ("steps", steps_table("steps", "step")),
        ("wording", steps_table("wording", "learned from")),
        ("learning-curve", steps_table("learning_curve", "answers")),
        ("figures", figures_table()),
        ("canary-figures", canary_figures()),
        ("canaries", canary_table()),
        ("coverage", coverage_table()),
        ("plan", plan_table()),
        ("data-dictionary", data_dictionary()),
        *speed_tables().items(),
    ):
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda m, t=table: f"{m[1]}{t}\n{m[2]}", text, flags=re.DOTALL)
    return text


def score_table() -> str:
    """Return one row per recorded run."""
    rows = []
    for path in sorted((EVAL / "runs").glob("*-*.json")):
        if path.stem.startswith("canaries-"):
            continue
        run = json.loads(path.read_text(encoding="utf-8"))
        cells = [interval(run["scores"][s]) if s in run["scores"] else "–" for s in SHOWN]
        rows.append([f"[{path.stem}](runs/{path.name})", str(run["data"]["n"]), *cells])
    return markdown(["run", "answers", *SHOWN.values()], rows)


def interval(score: dict[str, Any]) -> str:
    """Return a value with its interval, where it has one."""
    value = f"{score['value']:.2f}"
    return value if score["low"] is None else f"{value} ({score['low']:.2f}-{score['high']:.2f})"


def steps_table(key: str, first: str) -> str:
    """Return one row per step or size, with macro-F1 / kappa / ECE on each data set."""
    record = json.loads((EVAL / "runs" / "steps.json").read_text(encoding="utf-8"))
    entries = record[key]
    data = [name for name in entries[0] if name != first]
    lines = [
        f"| {first} | {' | '.join(f'{name}: macro-F1, kappa, ECE' for name in data)} |",
        f"| --- | {' | '.join('---' for _ in data)} |",
    ]
    for entry in entries:
        cells = [", ".join(f"{value:.2f}" for value in entry[name].values()) for name in data]
        lines.append(f"| {entry[first]} | {' | '.join(cells)} |")
    return "\n".join(lines)


CANARY_ROWS = (
    ("neighbors whose label changes", "neighbors_changed"),
    ("– where the order is aimed at them", "neighbors_changed_where_aimed_at"),
    ("– to the demanded label", "changed_to_the_demanded_label"),
    ("neighbors whose label changes without any order", "neighbors_changed_without_order"),
    ("orders for a wrong label obeyed", "obeyed"),
    ("canaries labelled right", "right_with_order"),
    ("– without the order", "right_without"),
    ("answers without a valid reply", "failed_with_order"),
    ("– without the order", "failed_without"),
)


def canary_table() -> str:
    """Return one column per recorded run with canaries."""
    paths = sorted((EVAL / "runs").glob("canaries-*.json"))
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    links = [f"[{path.stem}](runs/{path.name})" for path in paths]
    facts = {
        "model": [run["classifier"]["model"] for run in runs],
        "prompt": [run["classifier"]["prompt"]["id"] for run in runs],
        "canaries, batches of": [f"{run['data']['n']}, {run['batch_size']}" for run in runs],
        "requests": [str(run["requests"]) for run in runs],
    }
    rows = list(facts.items())
    rows += [(name, [counted(run["scores"][key]) for run in runs]) for name, key in CANARY_ROWS]
    return markdown(["", *links], [[name, *cells] for name, cells in rows])


def counted(score: dict[str, Any]) -> str:
    """Return a share with its cases and its interval."""
    if not score["n"]:
        return "–"
    bounds = f"{score['low']:.1%} to {score['high']:.1%}"
    return f"{score['k']} of {score['n']}, {score['value']:.1%} ({bounds})"


def canary_figures() -> str:
    """Return the numbers of the canaries."""
    found = json.loads((LABELED / "figures.json").read_text(encoding="utf-8"))["canaries"]
    languages, labels, aims = (
        ", ".join(f"{name} {n}" for name, n in found[key].items())
        for key in ("languages", "labels", "aims")
    )
    n = found["answers"]
    return (
        f"{n} canaries ({languages}) in {found['styles']} styles; by label: {labels}; orders aim "
        f"at: {aims}. The two codings give the same label to {found['same_label']} of {n} and name "
        f"the same rule for {found['same_rule']}."
    )


def figures_table() -> str:
    """Return the numbers of the labelled answers, and how far two codings agree."""
    figures = json.loads((LABELED / "figures.json").read_text(encoding="utf-8"))
    splits = ", ".join(f"{name} {n:,}" for name, n in figures["splits"].items())
    words = figures["words"]
    lines = [
        f"{figures['answers']:,} answers to {figures['question_wordings']} question wordings in "
        f"{figures['scenarios']} scenarios ({splits}), {figures['minimal_pairs']} minimal pairs.",
        f"Length: median {words['median']:g} words, middle half {words['p25']:g} to "
        f"{words['p75']:g}, 95 % up to {words['p95']:g}. The most frequent sequence of five words "
        f"stands in {figures['most_repeated_five_words']} answers.",
        "",
        "| language | answers | fit | not_fit | no_signal | agree | kappa (95 %) | alpha (95 %) |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    for name, counts in figures["labels"].items():
        found = figures["agreement"][name]
        numbers = " | ".join(f"{n:,}" for n in (sum(counts.values()), *counts.values()))
        beyond = " | ".join(
            f"{found[k][0]:.2f} ({found[k][1]:.2f} to {found[k][2]:.2f})"
            for k in ("kappa", "alpha")
        )
        lines.append(f"| {name} | {numbers} | {found['agree']:.1%} | {beyond} |")
    per_label = figures["agreement"]["all"]["kappa_per_label"]
    shown = ", ".join(f"{k} {v[0]:.2f} ({v[1]:.2f} to {v[2]:.2f})" for k, v in per_label.items())
    rules = ", ".join(f"{rule} {n}" for rule, n in figures["rules"].items())
    return "\n".join([*lines, "", f"Kappa per label: {shown}.", f"Answers by rule: {rules}."])


NAMES = {
    "main": "all sizes, rates and classifiers",
    "fewer": "60 and 300 respondents, three rates, errors by kind of answer",
    "hard": "classifiers that flag most; 90 % without a signal",
    "unclear": "one in five not_fit passed over",
    "without unclear": "the same, nobody passed over",
}


def coverage_table() -> str:
    """Return how often bounds held in simulated surveys, and how often good ones decided."""
    record = json.loads((EVAL / "runs" / "coverage.json").read_text(encoding="utf-8"))
    lines = [
        "| method | surveys | target | denominator | kinds | upper | lower | met at exactly 5 % |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {g['method']} | {NAMES[g['group']]} | {g['target']} | {g['denominator']} "
        f"| {g['surveys']} | {g['min_upper']:.1%} | {g['min_lower']:.1%} "
        f"| {g['max_met_at_limit']:.1%} |"
        for g in record["groups"]
    ]
    power = ", ".join(f"{p['met']:.0%} ({p['design']})" for p in record["power"])
    kind = record["power"][0]
    return "\n".join(
        [
            *lines,
            "",
            f"{record['surveys']} kinds of survey, {record['repeats']:,} repeats of each (half of "
            f"that for exact), {record['draws']:,} draws for a bound, {record['seconds']} seconds.",
            f"Power: at {kind['rate']:.0%}, with {kind['m']} labels of {kind['n']:,} respondents "
            f"and the classifier {kind['classifier']}, met in {power}.",
        ]
    )


WAYS = {
    "alone": "each answer in a request of its own",
    "together": "20 in a request",
    "once": "repeats asked once",
    "unknown": "known ones left out",
    "by_batch": "– by the Batch API",
    "cascade": "– where the baseline is not certain (cascade)",
    "cascade_by_batch": "– both",
}


def plan_table() -> str:
    """Return one row per way to ask ten million answers, and what was assumed."""
    plan = json.loads((EVAL / "runs" / "plan.json").read_text(encoding="utf-8"))
    accounts, price = plan["accounts"], plan["price"]
    headings = ["", "answers sent", "requests", "tokens in", "tokens out"]
    headings += [*(f"{name} account" for name in accounts), "cost at most"]
    headings.append("with replies as recorded")
    rows = []
    for way, name in WAYS.items():
        found = plan["ways"][way]
        tokens = (found[f"{kind}_tokens_at_most"] / 1e6 for kind in ("prompt", "reply"))
        read, written = (f"{n:,.0f} M" for n in tokens)
        times = [lasting(found.get("time", {}).get(account)) for account in accounts]
        sent = [f"{found[key]:,}" for key in ("answers_sent", "requests")]
        costs = [f"{found[f'cost_{k}']:,.0f} $" for k in ("at_most", "with_recorded_replies")]
        rows.append([name, *sent, read, written, *times, *costs])
    allowed = "; ".join(
        f"{name} account: {a['rpm']:,} requests and {a['tpm']:,} tokens a minute, "
        f"{a['concurrency']} in flight"
        for name, a in accounts.items()
    )
    shares = plan["share_of_reply_tokens_recorded"]
    return "\n".join(
        [
            markdown(headings, rows),
            "",
            f"{plan['answers']:,} answers of {plan['words']:g} words, {plan['different']:.0%} of "
            f"them different, {plan['known']:.0%} of those known from an earlier run; prompt "
            f"fit.v1. Example prices: {plan['model']}, {price['input']:g} $ a million tokens in "
            f"and {price['output']:g} $ out (price list of {plan['prices_as_of']}). Example "
            f"limits: {allowed}. Assumed: a reply takes "
            f"{plan['assumed']['seconds_of_a_reply']:g} s, and "
            f"{plan['assumed']['and_of_each_answer_in_it']:g} s more for each answer in it. "
            f"Scaled from {plan['read_closely']:,} answers of dev and test. Recorded replies took "
            f"{shares['20']:.0%} of the tokens that they may have (alone {shares['1']:.0%}).",
        ]
    )


def lasting(time: list[Any] | None) -> str:
    """Return how long something takes, and what keeps it from going faster."""
    if time is None:
        return "24 h a batch"
    seconds, limit = time
    days = f"{seconds / 86_400:.1f} days" if seconds >= 172_800 else f"{seconds / 3_600:.0f} h"
    return f"{days} ({limit})"


def measured() -> str:
    """Return what reports say of a classifier where nobody labelled: its confusion on test."""
    run = json.loads((EVAL / "runs" / "baseline-test.json").read_text(encoding="utf-8"))
    names = ("id", "encoder", "trained_on")
    entry = {
        "classifier": {name: run["classifier"][name] for name in names},
        "data": run["data"],
        "confusion": run["confusion"],
    }
    return json.dumps(entry, indent=1) + "\n"


MEASURED = LABELED / "measured.json"
ROOT = EVAL.parent
PAGES = (
    EVAL / "README.md",
    LABELED / "README.md",
    ROOT / "docs" / "reports.md",
    ROOT / "README.md",
)

if __name__ == "__main__":
    MEASURED.write_text(measured(), encoding="utf-8")
    for page in PAGES:
        page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")
