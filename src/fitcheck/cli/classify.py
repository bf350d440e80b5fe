"""``fitcheck classify``: label every answer of an export."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fitcheck.api import Classified, classify_survey
from fitcheck.cli.batch_api import Batches, Step, batch_option, refuse_odd_step, state_path
from fitcheck.cli.choosing import classifier_options
from fitcheck.cli.cluster import Engine, cluster_options, refuse_odd_engine
from fitcheck.cli.in_parts import LargeOutput, classify_in_parts
from fitcheck.cli.plan import plan_option, refuse_odd_plan, show_ways
from fitcheck.cli.reading import Reading, finish, reading_options
from fitcheck.cli.sending import show_plan, tell_endpoint
from fitcheck.cli.small_groups import min_group_options
from fitcheck.cli.stopping import stopping_in_two_steps
from fitcheck.cli.summary import print_run, tell_run
from fitcheck.cli.terminal import Terminal, common_options
from fitcheck.cli.ways import WaysToAsk
from fitcheck.cli.writing import output_path, refuse_outputs, stream_ending
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.personas import load_personas
from fitcheck.records import Classifier
from fitcheck.surveys.open_parts import is_large
from fitcheck.surveys.results import (
    OutputFormat,
    default_output,
    run_path,
    write_answers,
    write_rows,
    write_run,
)
from fitcheck.surveys.survey import Survey


@click.command()
@click.argument("file")
@click.option("-o", "--output", help="File to write, or - for stdout.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["rows", "answers"]),
    default="rows",
    show_default=True,
    help="The input with columns added, or one row per answer.",
)
@click.option("--report", is_flag=True, help="Write a page of the counts beside the output.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent to a model; send nothing.")
@plan_option
@batch_option
@cluster_options
@click.option("--personas", "personas_file", type=click.Path(), help="Personas file.")
@min_group_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that label a large file offline [default: one per core].",
)
@classifier_options
@reading_options
@common_options
def classify(
    file: str,
    output: str | None,
    output_format: OutputFormat,
    report: bool,
    force: bool,
    dry_run: bool,
    plan: bool,
    batch_api: Step | None,
    engine: Engine | None,
    personas_file: str | None,
    min_group: int,
    workers: int | None,
    codebook: str | None,
    make: Callable[..., Classifier],
    read: Reading,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Label every answer in FILE as fit, not_fit or no_signal. FILE may be - for stdin."""
    book = load_codebook(codebook)
    personas = load_personas(personas_file) if personas_file else None
    if output == "-" and as_json:
        raise click.UsageError("--output - and --json both want stdout; pass one of them.")
    refuse_odd_step(batch_api, file, output, dry_run=dry_run)
    ways = None
    if plan:
        refuse_odd_plan(dry_run=dry_run, batch_api=batch_api, engine=engine, report=report)
        ways = WaysToAsk.of(make)
    if engine is not None:
        refuse_odd_engine(file, output, batch_api=batch_api, dry_run=dry_run, report=report)
        engine.classify(
            file,
            output or "",
            make,
            read,
            codebook=book,
            personas=personas,
            output_format=output_format,
            min_group=min_group,
            force=force,
            as_json=as_json,
            terminal=terminal,
        )
        finish()
        return
    whole = batch_api is not None or dry_run or report or (output or "").endswith(".xlsx")
    if not whole and file != "-" and is_large(file):
        large = read.in_parts(file, terminal, book, force)
        if large is not None and ways is not None:
            answered = large.answers(book, personas)
            show_ways(ways, answered, large.survey.n_respondents, terminal, as_json=as_json)
            return
        if large is not None:
            wishes = LargeOutput(output, output_format, force, min_group, workers, as_json)
            classify_in_parts(large, make, book, personas, wishes, terminal)
            return
    survey = read(file, terminal, book, force)
    if ways is not None:
        answers = survey.answers(book, survey.assign_personas(personas))
        show_ways(ways, [answers], len(answers), terminal, as_json=as_json)
        return
    if dry_run:
        answers = survey.answers(book, survey.assign_personas(personas))
        show_plan(make(), answers, terminal, as_json=as_json, by_batch=batch_api is not None)
        return
    target = (
        None
        if output == "-" or (file == "-" and not output)
        else _target(survey, output, output_format)
    )
    if report and target is None:
        raise click.UsageError("--report writes a file beside the output; pass --output FILE.")
    writes_nothing = batch_api in ("submit", "status")
    if target is not None:
        pages = [_page_path(target)] if report else []
        overwrite = force or writes_nothing
        refuse_outputs(survey, target, output_format, *pages, overwrite=overwrite)
    model = make()
    batches = None
    if batch_api is not None:
        answers = survey.answers(book, survey.assign_personas(personas))
        batches = Batches(model, answers, state_path(survey, output), terminal)
        if not batches.take(batch_api, as_json=as_json):
            finish()
            return
    else:
        tell_endpoint(model, terminal)
    total = survey.n_respondents * len(survey.columns.texts)
    with (
        stopping_in_two_steps(model, terminal),
        terminal.counting("Classifying", total) as advance,
    ):
        result = classify_survey(
            survey,
            model,
            codebook=book,
            personas=personas,
            progress=advance,
            min_group=min_group,
        )
    if batches is not None:
        result.run["classifier"]["batch_api"] = batches.facts
    _write(result, target, output_format, force)
    if report and target is not None:
        _write_page(result, target, book, min_group, terminal, force)
    finish()
    if batches is not None:
        batches.finish()
    written = [] if target is None else [target, run_path(target)]
    if report and target is not None:
        written.append(_page_path(target))
    tell_run(result, written, terminal)
    if as_json:
        print_run(result, target)


def _target(survey: Survey, output: str | None, output_format: Any) -> Path:
    return Path(output) if output else default_output(survey, output_format)


def _write(
    result: Classified, target: Path | None, output_format: OutputFormat, overwrite: bool
) -> None:
    if target is None:
        _write_to_stdout(result, output_format)
    elif output_format == "answers":
        write_answers(result.answers, result.predictions, target, overwrite=overwrite)
    else:
        write_rows(result.survey, result.answers, result.predictions, target, overwrite=overwrite)
    if target is not None:
        write_run(run_path(target), result.run, overwrite=overwrite)


def _page_path(target: Path) -> Path:
    return target.with_name(target.name.removesuffix(target.suffix) + ".report.html")


def _write_page(
    result: Classified,
    target: Path,
    codebook: Codebook,
    min_group: int,
    terminal: Terminal,
    overwrite: bool,
) -> None:
    """Write the page that `fitcheck report` makes without labels."""
    from fitcheck.rates import not_fit_rates
    from fitcheck.report.content import make_report
    from fitcheck.report.onepage import report_page
    from fitcheck.report.run_facts import run_facts
    from fitcheck.report.texts import Texts
    from fitcheck.surveys.atomic import write_text

    answers, predictions = result.answers, result.predictions
    found = not_fit_rates(predictions, answers, min_group=min_group)
    facts = run_facts(result.run)
    made = make_report(answers, predictions, found, codebook, run=facts, min_group=min_group)
    by = click.get_current_context().params.get("by") or ""
    page = report_page(made, Texts(terminal.lang), by=by)
    write_text(_page_path(target), page, overwrite=overwrite)


def _write_to_stdout(result: Classified, output_format: OutputFormat) -> None:
    ending = stream_ending(result.survey, output_format)
    with output_path("-", ending, overwrite=False) as path:
        if output_format == "answers":
            write_answers(result.answers, result.predictions, path)
        else:
            stand_in = dataclasses.replace(result.survey, path=str(path))
            write_rows(stand_in, result.answers, result.predictions, path)
