"""``fitcheck rates``: the not-fitting rate of each persona, with bounds and a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.sheets import Judging, chosen_personas, judging_options
from fitcheck.cli.small_groups import label_cells, min_group_options, tell_bounds, tell_hidden
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.cli.writing import output_path
from fitcheck.codebook import load_codebook
from fitcheck.errors import GateError
from fitcheck.surveys.atomic import refuse_existing, refuse_input

if TYPE_CHECKING:
    from fitcheck.cli.changes import Compared
    from fitcheck.rates import PersonaRate, Rates


@click.command()
@click.argument("predictions")
@judging_options
@click.option(
    "--indicative",
    type=click.Path(),
    help="Run of `fitcheck evaluate` whose error rates correct the counts; proves nothing.",
)
@click.option("--versus", metavar="FILE", help="Compare with this answers table: before, or other.")
@click.option(
    "--versus-labels",
    type=click.Path(),
    help="Its sheet of `fitcheck sample`, filled in; its plan lies beside.",
)
@click.option("--only", multiple=True, metavar="PERSONA", help="Show this persona; repeatable.")
@click.option(
    "--fail-above",
    is_flag=True,
    help="Exit 3 unless every persona shown is proven under the limit.",
)
@click.option(
    "-o", "--output", help="Write every number as csv (with --versus: the changes); - for stdout."
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def rates(
    predictions: str,
    judging: Judging,
    indicative: str | None,
    versus: str | None,
    versus_labels: str | None,
    only: tuple[str, ...],
    fail_above: bool,
    output: str | None,
    force: bool,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Say how many respondents of each persona the training did not fit, from PREDICTIONS.

    Without --labels there are counts and no verdict: the classifier errs by more than what is to
    be shown. With --versus it says how the rates differ from those of another file: an earlier
    cohort, or another programme.
    """
    if indicative and judging.labels:
        raise click.UsageError("--indicative is for counts without --labels; pass one of them.")
    if output == "-" and as_json:
        raise click.UsageError("--output - and --json both want stdout; pass one of them.")
    if versus_labels and not versus:
        raise click.UsageError("--versus-labels belongs to --versus; pass that file too.")
    if output and output != "-":
        others = Judging((versus_labels,)).files if versus_labels else ()
        for file in filter(None, (predictions, versus, *judging.files, *others)):
            refuse_input(Path(output), file)
        refuse_existing(Path(output), overwrite=force)
    book = load_codebook(codebook)
    answers, _, found = judging.of(predictions, book, terminal, min_group)
    compared = None
    if versus:
        from fitcheck.cli.changes import compare_with

        sheets = (versus_labels,) if versus_labels else ()
        other = Judging(sheets, as_is=judging.as_is).of(versus, book, terminal, min_group)
        compared = compare_with(found, answers, other, terminal).only(only)
    if only:
        found = replace(found, personas=chosen_personas(found.personas, only), hidden=0)
    _tell(found, terminal)
    tell_hidden(found.hidden, min_group, terminal)
    if indicative:
        _tell_indicative(found, indicative, terminal)
    if compared and versus:
        from fitcheck.cli.changes import tell_changes

        tell_changes(compared, versus, terminal)
    _write(found, compared, output, force, as_json)
    if fail_above and not found.all_met:
        missed = [p.persona for p in found.personas if p.verdict != "met"]
        raise GateError(
            "Not proven to be under {limit}: {missed}.",
            "See above for what would decide it.",
            limit=terminal.percent(found.limit, 0),
            missed="; ".join(missed) or terminal.say("groups that are not shown"),
        )


def _tell(found: Rates, terminal: Terminal) -> None:
    from fitcheck.cli.verdicts import (
        TITLES,
        claims,
        next_steps,
        rate_row,
        rate_rows,
        tell_agreement,
    )

    if not found.personas:
        terminal.tell("No group is large enough to be shown.")
        return
    if found.plan is None:
        terminal.table(
            "Counted labels, not a rate",
            ["persona", "respondents", "fit", "not_fit", "no_signal", "failed"],
            [_counts(p, terminal) for p in found.personas],
        )
        tell_bounds(any(not p.counted for p in found.personas), terminal)
        terminal.tell(
            "The classifier errs, so this proves nothing. Draw answers to label with `fitcheck "
            "sample`, then pass the sheet with --labels."
        )
        return
    tell_agreement(found, terminal)
    terminal.table(
        TITLES[found.headline[1]].template,
        ["persona", "respondents", "labelled", "rate", "lower", "upper", "verdict"],
        [rate_row(persona, found, terminal) for persona in found.personas],
    )
    for step, personas in next_steps(found):
        terminal.tell(
            "{personas}: {next}.", personas=", ".join(map(terminal.persona, personas)), next=step
        )
    if any(p.rates for p in found.personas):
        terminal.table(
            "The same for other denominators and targets",
            ["persona", "process, signal", "process, all", "received, signal", "received, all"],
            rate_rows(found, terminal),
        )
    for sentence in claims(found):
        terminal.note(sentence)


def _tell_indicative(found: Rates, run: str, terminal: Terminal) -> None:
    """Show the counts corrected by error rates from elsewhere."""
    from fitcheck.evaluation.error_rates import load_error_rates
    from fitcheck.rates import MIN_RATE
    from fitcheck.stats.transport import lang_reiczigel

    errors, notes = load_error_rates(run)
    rows = []
    for persona in found.personas:
        if persona.respondents < MIN_RATE:
            continue
        flagged, n = persona.counted.get("not_fit", 0), persona.respondents
        rate, bounds = lang_reiczigel(flagged, n, errors)
        shares = (flagged / n, rate, *bounds)
        rows.append([terminal.persona(persona.persona), str(n), *map(terminal.percent, shares)])
    terminal.table(
        "Indicative only: counts corrected by error rates from elsewhere, of all who answered",
        ["persona", "respondents", "counted", "rate", "lower", "upper"],
        rows,
    )
    terminal.tell(
        "Measured elsewhere: {hits} of {not_fit} not_fit found, {passes} of {others} others left "
        "alone. Whether that holds here is not known, so no verdict follows.",
        hits=errors.hits,
        not_fit=errors.not_fit,
        passes=errors.passes,
        others=errors.others,
    )
    for note in notes:
        terminal.note(note)


def _counts(rate: PersonaRate, terminal: Terminal) -> list[str]:
    cells = label_cells(dict(rate.counted), rate.mostly)
    return [terminal.persona(rate.persona), str(rate.respondents), *cells]


def _write(
    found: Rates, compared: Compared | None, output: str | None, force: bool, as_json: bool
) -> None:
    from fitcheck.report.changes import CHANGE_COLUMNS, change_records, changes_json
    from fitcheck.report.tables import RATE_COLUMNS, rate_records, rates_json
    from fitcheck.surveys.text_file import write_table

    columns = CHANGE_COLUMNS if compared else RATE_COLUMNS
    records = change_records(*compared) if compared else rate_records(found)
    if output:
        with output_path(output, ".csv", overwrite=force) as path:
            write_table(path, columns, (list(record.values()) for record in records))
    if as_json:
        changes = {"versus": changes_json(*compared)} if compared else {}
        print_json(rates_json(found) | changes)
