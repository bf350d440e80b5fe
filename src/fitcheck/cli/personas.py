"""``fitcheck personas``: start, show and check a personas file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.sheets import Judging, judging_options
from fitcheck.cli.small_groups import min_group_options
from fitcheck.cli.starters import write_starter
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.errors import DataError
from fitcheck.personas import ASPECTS, Personas, load_personas, personas_path
from fitcheck.surveys.atomic import refuse_existing, refuse_input, write_text

if TYPE_CHECKING:
    from fitcheck.report.content import Report


@click.group()
def personas() -> None:
    """Start, show and check learner personas."""


@personas.command("init")
@click.option("-o", "--output", default="personas.toml", show_default=True, help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@common_options
def init(output: str, force: bool, as_json: bool, terminal: Terminal) -> None:
    """Write example personas as the start of your own."""
    write_starter(personas_path(), output, force=force, terminal=terminal)
    if as_json:
        print_json({"output": output})


@personas.command("show")
@click.argument("file", required=False)
@click.option("--html", "as_page", is_flag=True, help="Write a page with a card for each persona.")
@click.option("-o", "--output", type=click.Path(), help="Page to write [default: FILE with .html].")
@click.option("--force", is_flag=True, help="Overwrite an existing page.")
@click.option(
    "--predictions",
    type=click.Path(),
    help="Answers table whose rates, verdicts and reasons the page gets.",
)
@judging_options
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def show(
    file: str | None,
    as_page: bool,
    output: str | None,
    force: bool,
    predictions: str | None,
    judging: Judging,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Print the personas of FILE or the example personas; with --html, write them as a page."""
    if not as_page and (output or predictions):
        raise click.UsageError("--output and --predictions are for the page; pass --html.")
    if judging.labels and not predictions:
        raise click.UsageError("--labels judge an answers table; pass --predictions.")
    found = load_personas(file or personas_path())
    if as_page:
        target = Path(output or f"{Path(file or 'personas').stem}.html")
        _refuse(target, file, predictions, force=force)
        report = None
        if predictions:
            report = _report(predictions, judging, codebook, min_group, terminal)
        _write_page(found, report, target, terminal, force=force)
    elif not as_json:
        _print(found, terminal)
    if as_json:
        print_json(found.model_dump(mode="json"))


def _refuse(target: Path, file: str | None, predictions: str | None, *, force: bool) -> None:
    """Raise before anything is read if the page cannot be written."""
    if target.suffix.lower() != ".html":
        raise DataError(
            "The personas cannot be written as {path}.",
            "Let --output end in {endings}.",
            path=str(target),
            endings=".html",
        )
    for source in (file, predictions):
        if source:
            refuse_input(target, source)
    refuse_existing(target, overwrite=force)


def _report(
    predictions: str, judging: Judging, codebook: str | None, min_group: int, terminal: Terminal
) -> Report:
    from fitcheck.codebook import load_codebook
    from fitcheck.report.content import make_report

    book = load_codebook(codebook)
    answers, predicted, rates = judging.of(predictions, book, terminal, min_group)
    return make_report(answers, predicted, rates, book, min_group=min_group)


def _write_page(
    found: Personas, report: Report | None, target: Path, terminal: Terminal, *, force: bool
) -> None:
    from fitcheck.report.persona_cards import personas_page
    from fitcheck.report.texts import Texts

    write_text(target, personas_page(found, report, Texts(terminal.lang)), overwrite=force)
    terminal.tell("Written: {path}", path=target)


def _print(found: Personas, terminal: Terminal) -> None:
    for persona in found.personas:
        click.echo(f"{persona.id}: {persona.said_of('name', terminal.lang)}")
        for aspect in ASPECTS:
            if text := persona.said_of(aspect, terminal.lang):
                click.echo(f"  {terminal.say(aspect)}: {text}")
        for rule in persona.assign:
            click.echo(f"  = {rule.checked or rule.column}: {', '.join(rule.accepted) or '✓'}")


@personas.command("check")
@click.argument("file")
@common_options
def check(file: str, as_json: bool, terminal: Terminal) -> None:
    """Validate FILE; an error names line and entry."""
    found = load_personas(file)
    terminal.tell(
        "{path} is valid: {n} personas, reading the columns {columns}.",
        path=file,
        n=len(found.personas),
        columns=", ".join(found.columns),
    )
    if as_json:
        print_json({"path": file, "valid": True, "personas": [p.id for p in found.personas]})
