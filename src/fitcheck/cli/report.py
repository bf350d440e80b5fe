"""``fitcheck report``: what may be shown to others, as a page, a text, a workbook or tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fitcheck.cli.printing import PagePrinter
from fitcheck.cli.sheets import Judging, judging_options
from fitcheck.cli.small_groups import min_group_options
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.cli.writing import output_path
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.atomic import (
    atomic_folder,
    refuse_existing,
    refuse_existing_folder,
    refuse_input,
)
from fitcheck.surveys.outputs import RUN_FILE
from fitcheck.surveys.results import run_path

if TYPE_CHECKING:
    from fitcheck.report.content import Report
    from fitcheck.report.formats import Format, Style

_FORMATS = ("html", "text", "xlsx", "tables")


@click.command()
@click.argument("predictions")
@judging_options
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    default="html",
    show_default=True,
    help="A page, sentences for mail and slides, a workbook, or a folder of tables as csv and "
    "parquet.",
)
@click.option(
    "-o",
    "--output",
    help="Where to write; - for stdout [default: <name>.report and the ending; stdout for text].",
)
@click.option(
    "--excel-de", is_flag=True, help="Write csv for a German Excel: semicolons, decimal commas."
)
@click.option("--by", metavar="NAME", default="", help="What the groups are called on the page.")
@click.option(
    "--quotes", is_flag=True, help="Show a few redacted words of respondents on the page."
)
@click.option("--pdf", is_flag=True, help="Print the page to a PDF beside it, by Chromium.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def report(
    predictions: str,
    judging: Judging,
    output_format: str,
    output: str | None,
    excel_de: bool,
    by: str,
    quotes: bool,
    pdf: bool,
    force: bool,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Report PREDICTIONS, an answers table, to others: rates, themes and answers.

    Small groups are left out of every form, with whatever would give them away; answers are
    redacted and carry no ids. Without --labels there are counts and no verdict.
    """
    from fitcheck.report.content import make_report
    from fitcheck.report.formats import FORMATS, Style
    from fitcheck.report.texts import Texts

    form = FORMATS[output_format]
    target = output or _default_output(predictions, output_format, form)
    if excel_de and output_format != "tables":
        raise click.UsageError("--excel-de is for --format tables; a workbook needs it not.")
    if output_format != "html" and (by or quotes or pdf):
        raise click.UsageError("--by, --quotes and --pdf are for --format html.")
    if target == "-" and pdf:
        raise click.UsageError("--pdf prints a file; pass its name to --output.")
    if target == "-" and as_json:
        raise click.UsageError("The report and --json both want stdout; pass --output FILE.")
    _refuse(target, form, (predictions, *judging.files), force)
    printer = PagePrinter.of(Path(target), overwrite=force) if pdf else None
    book = load_codebook(codebook)
    answers, predicted, found = judging.of(predictions, book, terminal, min_group)
    made = make_report(
        answers, predicted, found, book, run=_run_facts(predictions), min_group=min_group
    )
    _write(made, form, target, Style(Texts(terminal.lang), excel_de, by, quotes), force)
    if target != "-":
        terminal.tell("Written: {path}", path=target)
    if printer:
        terminal.tell("Written: {path}", path=printer.print())
    if quotes:
        terminal.note(
            Message(
                "Read the quotes before you pass them on: words can tell who wrote them, and only "
                "what could be recognized is redacted.",
                warning=True,
            )
        )
    if as_json:
        print_json({"output": target, **made.as_json()})


def _default_output(predictions: str, output_format: str, form: Format) -> str:
    if output_format == "text":
        return "-"
    source = Path(predictions)
    return str(source.with_name(f"{source.stem}.report{form.ending}"))


def _refuse(target: str, form: Format, inputs: Sequence[str], force: bool) -> None:
    """Raise before anything is read if the target cannot be written."""
    if not form.ending:
        if target == "-":
            raise click.UsageError("--format tables writes a folder; pass its name to --output.")
        refuse_existing_folder(Path(target), overwrite=force)
        return
    if target == "-":
        return
    if Path(target).suffix.lower() != form.ending:
        raise DataError(
            "A report of this format cannot be written as {path}.",
            "Let --output end in {ending}, or pass another --format.",
            path=target,
            ending=form.ending,
        )
    for file in inputs:
        refuse_input(Path(target), file)
    refuse_existing(Path(target), overwrite=force)


def _write(made: Report, form: Format, target: str, style: Style, force: bool) -> None:
    if form.ending:
        with output_path(target, form.ending, overwrite=force) as path:
            form.write(made, path, style)
    else:
        with atomic_folder(Path(target), overwrite=force) as folder:
            form.write(made, folder, style)


def _run_facts(predictions: str) -> dict[str, Any]:
    """Return who labelled the answers, from their run file, if it is there."""
    from fitcheck.report.run_facts import run_facts

    source = Path(predictions)
    file = source / RUN_FILE if source.is_dir() else run_path(source)
    try:
        return run_facts(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return {}
