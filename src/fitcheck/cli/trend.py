"""``fitcheck trend``: each persona's not-fitting rate over cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.sheets import Judging, chosen_personas
from fitcheck.cli.small_groups import label_cells, min_group_options, tell_hidden
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.cli.writing import output_path
from fitcheck.codebook import load_codebook
from fitcheck.records import Message
from fitcheck.surveys.atomic import refuse_existing, refuse_input

if TYPE_CHECKING:
    from fitcheck.rates import Rates
    from fitcheck.stats.trend import Limits
    from fitcheck.trends import PersonaTrend, Trends

_TRENDS = {
    1: Message("the rate rises from cohort to cohort"),
    -1: Message("the rate falls from cohort to cohort"),
}


@click.command()
@click.argument("cohorts", nargs=-1, required=True, metavar="PREDICTIONS...")
@click.option(
    "--labels",
    multiple=True,
    type=click.Path(),
    help="Filled sheet of `fitcheck sample`; once for each file, in the same order.",
)
@click.option(
    "--center",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The rate that the cohorts should have [default: that of the earlier ones].",
)
@click.option("--only", multiple=True, metavar="PERSONA", help="Show this persona; repeatable.")
@click.option("-o", "--output", help="Write every number as csv; - for stdout.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def trend(
    cohorts: tuple[str, ...],
    labels: tuple[str, ...],
    center: float | None,
    only: tuple[str, ...],
    output: str | None,
    force: bool,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Say whether the rate of each persona stays as it was, from one PREDICTIONS file a cohort.

    Name the files in the order of time. Without --labels there are counts, which prove nothing.
    """
    from fitcheck.trends import rate_trends

    if len(cohorts) < 2:
        raise click.UsageError("A trend needs two cohorts or more; pass a file for each.")
    if labels and len(labels) != len(cohorts):
        raise click.UsageError(
            f"There are {len(cohorts)} files and {len(labels)} sheets; pass --labels for each file."
        )
    if output == "-" and as_json:
        raise click.UsageError("--output - and --json both want stdout; pass one of them.")
    if output and output != "-":
        for file in (*cohorts, *Judging(labels).files):
            refuse_input(Path(output), file)
        refuse_existing(Path(output), overwrite=force)
    book = load_codebook(codebook)
    judged = [Judging((sheet,)) for sheet in labels] or [Judging()] * len(cohorts)
    rates = [
        judging.of(file, book, terminal, min_group).rates
        for file, judging in zip(cohorts, judged, strict=True)
    ]
    found = rate_trends(rates, _names(cohorts), center=center)
    if only:
        found = replace(found, personas=chosen_personas(found.personas, only), hidden=())
    _tell(found, terminal)
    tell_hidden(sum(found.hidden), min_group, terminal)
    _tell_overlap(found, terminal)
    _write(found, rates, output, force, as_json)


def _names(files: Sequence[str]) -> list[str]:
    """Return the files' names without folder and ending, where these tell them apart."""
    stems = [Path(file).stem for file in files]
    return stems if len(set(stems)) == len(stems) else list(files)


def _tell(found: Trends, terminal: Terminal) -> None:
    from fitcheck.cli.verdicts import TITLES

    if not found.personas:
        terminal.tell("No group is large enough to be shown.")
        return
    if not found.labelled:
        terminal.table(
            "Counted labels, not a rate",
            ["persona", "cohort", "respondents", "fit", "not_fit", "no_signal", "failed"],
            [row for trend in found.personas for row in _counts(trend, found, terminal)],
        )
        terminal.tell(
            "The classifier errs, so this proves nothing. Draw answers to label with `fitcheck "
            "sample`, then pass the sheet with --labels."
        )
        return
    terminal.table(
        TITLES[found.key[1]].template,
        ["persona", "cohort", "labelled", "rate", "lower", "upper", "limits", "moving average"],
        [row for trend in found.personas for row in _rows(trend, found, terminal)],
    )
    for trend in found.personas:
        name = terminal.persona(trend.persona)
        for sentence in _sentences(trend, found):
            terminal.tell("{personas}: {next}.", personas=name, next=sentence)
    if any(trend.judged for trend in found.personas):
        terminal.tell(
            "Limits are for the rate while nothing changes; of cohorts without a change at most "
            "0.27 % lie outside, and as few moving averages. A stratified sample counts as a "
            "simple one that says as much."
        )
    if sum(trend.trend is not None for trend in found.personas) > 1:
        terminal.tell(
            "Picked out of {n} personas, with a trend: {names}.",
            n=sum(trend.trend is not None for trend in found.personas),
            names=", ".join(map(terminal.persona, found.picked)) or Message("none"),
        )


def _tell_overlap(found: Trends, terminal: Terminal) -> None:
    """Warn of cohorts that are not shown because they repeat an earlier one."""
    cohorts = {i for trend in found.personas for i in trend.overlapping}
    if cohorts:
        terminal.note(
            Message(
                "In part not shown, because an earlier file holds nearly the same answers and the "
                "difference would tell of single people: {cohorts}. A cohort is of other people.",
                {"cohorts": ", ".join(found.cohorts[i] for i in sorted(cohorts))},
                warning=True,
            )
        )


def _counts(trend: PersonaTrend, found: Trends, terminal: Terminal) -> list[list[str]]:
    persona = terminal.persona(trend.persona)
    return [
        [persona, cohort, str(rate.respondents), *label_cells(dict(rate.counted), rate.mostly)]
        if rate
        else [persona, cohort, *["–"] * 5]
        for cohort, rate in zip(found.cohorts, trend.rates, strict=True)
    ]


def _rows(trend: PersonaTrend, found: Trends, terminal: Terminal) -> list[list[str]]:
    rows = []
    for cohort, rate, point in zip(found.cohorts, trend.rates, trend.points, strict=True):
        own = rate.rates.get(found.key) if rate else None
        shown = [terminal.percent(v) for v in (own.rate, own.low, own.high)] if own else ["–"] * 3
        average = terminal.percent(point.average) if point else "–"
        around = _limits(point.average_limits if point else None, terminal)
        rows.append(
            [
                terminal.persona(trend.persona),
                cohort,
                str(rate.labelled) if rate else "–",
                *shown,
                _limits(point.limits if point else None, terminal),
                average if around == "–" else f"{average} ({around})",
            ]
        )
    return rows


def _limits(limits: Limits | None, terminal: Terminal) -> str:
    if limits is None:
        return "–"
    low, high = (terminal.percent(value).removesuffix("\u00a0%") for value in limits)
    return f"{low}–{high}"


def _sentences(trend: PersonaTrend, found: Trends) -> list[Message]:
    """Return what is to be said of a persona."""
    if not trend.judged:
        return [Message("too few cohorts with a rate to tell")]
    sentences = []
    for i in trend.signals:
        point, fields = trend.points[i], {"cohort": found.cohorts[i]}
        if point and point.signal > 0:
            sentences.append(Message("signal at {cohort}, higher than chance", fields))
        else:
            sentences.append(Message("signal at {cohort}, lower than chance", fields))
    if trend.direction and trend.trend:
        p_value = f"{trend.trend.p_value:.2g}"
        sentences.append(
            Message(
                "{trend} (p = {p}, Cochran-Armitage test)",
                {"trend": _TRENDS[trend.direction], "p": p_value},
            )
        )
    return sentences or [Message("stable, as far as these samples can tell")]


def _write(
    found: Trends, rates: list[Rates], output: str | None, force: bool, as_json: bool
) -> None:
    from fitcheck.report.changes import TREND_COLUMNS, trend_records, trends_json
    from fitcheck.surveys.text_file import write_table

    if output:
        rows = (list(record.values()) for record in trend_records(found, rates))
        with output_path(output, ".csv", overwrite=force) as path:
            write_table(path, TREND_COLUMNS, rows)
    if as_json:
        print_json(trends_json(found, rates))
