"""``fitcheck classify --plan``: what each way to ask a model would take, before any is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from fitcheck.cli.plan_words import tell_plan
from fitcheck.cli.terminal import Terminal, print_json
from fitcheck.cli.ways import WaysToAsk
from fitcheck.records import Answer

if TYPE_CHECKING:
    from fitcheck.engines.forecast import Forecast, WayForecast

plan_option = click.option(
    "--plan",
    is_flag=True,
    help="Print what each way to ask a model would take: requests, tokens, time and cost; send "
    "nothing.",
)


def refuse_odd_plan(*, dry_run: bool, batch_api: object, engine: object, report: bool) -> None:
    """Raise a usage error for what does not go with a plan."""
    if dry_run:
        raise click.UsageError("--plan and --dry-run both send nothing; pass one of them.")
    if batch_api:
        raise click.UsageError("--plan shows the Batch API beside other ways; pass it alone.")
    if engine:
        raise click.UsageError("--plan does not go with --engine dask; pass it one of the files.")
    if report:
        raise click.UsageError("--plan writes nothing, so it does not go with --report.")


def show_ways(
    ways: WaysToAsk,
    parts: Iterable[Sequence[Answer]],
    n_rows: int,
    terminal: Terminal,
    *,
    as_json: bool,
) -> None:
    """Print what each way would take for the parts of a file; a small one has a single part."""
    from fitcheck.engines.forecast import count_parts, forecast

    with terminal.counting("Counting", n_rows) as advance:
        counted, sample = count_parts(parts, ways.asking.preparation(), advance)
    asked = [answer for part in sample for answer in part.answers]
    # A baseline that sends texts itself cannot say offline of what it is certain.
    cascade = None if ways.cascade.sends_for(asked) else ways.cascade
    with terminal.counting("Planning", len(asked)) as advance:
        found = forecast(counted, sample, ways.asking, cascade, advance)
    if as_json:
        print_json(plan_facts(found, ways))
    else:
        tell_plan(found, ways, terminal)


def plan_facts(found: Forecast, ways: WaysToAsk) -> dict[str, Any]:
    """Return the plan for machines."""
    from fitcheck.llm.estimate import ANSWER_S, REPLY_S

    settings, counted = ways.asking.settings, found.counted
    n_sampled = sum(len(part.answers) for part in found.sample)
    return {
        "endpoint": settings.host,
        "model": settings.model,
        "answers": counted.n_answers,
        "settled_by_rule": counted.n_rule,
        "different": counted.n_different,
        "parts": counted.n_parts,
        "read_closely": {"answers": n_sampled, "parts": len(found.sample), "seed": settings.seed},
        "assumed": {"seconds_of_a_reply": REPLY_S, "and_of_each_answer_in_it": ANSWER_S},
        "limits": {name: getattr(settings, name) for name in ("rpm", "tpm", "concurrency")},
        "max_loss": ways.cascade.max_loss,
        "ways": [_facts(each, ways) for each in found.ways],
    }


def _facts(each: WayForecast, ways: WaysToAsk) -> dict[str, Any]:
    estimate = each.load.estimate + each.load.direct
    return {
        "way": each.way,
        "as_typed": each.way == ways.as_typed,
        "answers_sent": round(each.load.n_answers),
        "requests": round(estimate.n_requests),
        "prompt_tokens_at_most": round(estimate.prompt_tokens),
        "reply_tokens_at_most": round(estimate.reply_tokens),
        "seconds": None if each.duration is None else round(each.duration.seconds, 1),
        "limited_by": None if each.duration is None else each.duration.limit,
        "cost_at_most": each.cost,
        "margin": each.margin,
    }
