"""``fitcheck compare``: which of two runs is better."""

from __future__ import annotations

import click

from fitcheck.cli.terminal import Terminal, common_options, print_json, refuse_claim

_SHOWN = 20


@click.command()
@click.argument("run_a")
@click.argument("run_b")
@click.option("--gate", is_flag=True, help="Exit 3 if RUN_B is worse beyond chance.")
@common_options
def compare(run_a: str, run_b: str, gate: bool, as_json: bool, terminal: Terminal) -> None:
    """Compare two run files of `fitcheck evaluate --output`, paired by answer."""
    from fitcheck.evaluation.compare import compare_runs
    from fitcheck.evaluation.run import read_run

    found = compare_runs(read_run(run_a), read_run(run_b))
    difference = found.macro_f1_difference
    if as_json:
        print_json(
            {
                "n": found.n,
                "only_a_right": found.only_a_right,
                "only_b_right": found.only_b_right,
                "mcnemar_p": found.p_value,
                "macro_f1_difference": difference.value,
                "low": difference.low,
                "high": difference.high,
                "changed": [
                    dict(zip(("id", "gold", "a", "b"), entry, strict=True))
                    for entry in found.changed
                ],
            }
        )
    terminal.tell(
        "Of {n} answers, {a} only the first run has right, {b} only the second; so uneven by "
        "chance alone: p = {p:.3f} (exact McNemar test).",
        n=found.n,
        a=found.only_a_right,
        b=found.only_b_right,
        p=found.p_value,
    )
    terminal.tell(
        "macro-F1 of the second minus the first: {value:+.3f}, 95 % interval {low:+.3f} to "
        "{high:+.3f}.",
        value=difference.value,
        low=difference.low,
        high=difference.high,
    )
    rows = [[i, gold, a or "", b or ""] for i, gold, a, b in found.changed[:_SHOWN]]
    terminal.tell("{n} labels differ.", n=len(found.changed))
    terminal.table("Different labels, the first of them", ["id", "gold", "first", "second"], rows)
    if gate and found.b_is_worse:
        refuse_claim([f"macro_f1 {difference.value:+.3f}"])
