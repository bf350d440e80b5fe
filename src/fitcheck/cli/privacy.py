"""``fitcheck privacy``: the sheet for works council and data protection on a run."""

from __future__ import annotations

from pathlib import Path

import click

from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.errors import DataError
from fitcheck.surveys.atomic import refuse_input, write_text


@click.command()
@click.argument("run_file", metavar="RUN")
@click.option(
    "-o",
    "--output",
    default="-",
    help="File to write, ending in .html, .md or .txt; - for text on stdout [default: -].",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@common_options
def privacy(run_file: str, output: str, force: bool, as_json: bool, terminal: Terminal) -> None:
    """Tell works council and data protection of RUN, a run file of `fitcheck classify`.

    Which data were read, what left this machine and where it went, who can see what, what is kept
    and how it is deleted; what no run file can know stands as questions to fill in.
    """
    from fitcheck.report.privacy_forms import FORMS, privacy_json
    from fitcheck.report.privacy_sheet import make_privacy_sheet
    from fitcheck.report.run_file import read_run_file
    from fitcheck.report.texts import Texts

    form = FORMS.get(".txt" if output == "-" else Path(output).suffix.lower())
    if form is None:
        raise DataError(
            "The sheet cannot be written as {path}.",
            "Let --output end in {endings}.",
            path=output,
            endings=", ".join(FORMS),
        )
    texts = Texts(terminal.lang)
    sheet = make_privacy_sheet(read_run_file(run_file), texts)
    if output != "-":
        refuse_input(Path(output), run_file)
        write_text(Path(output), form(sheet, texts), overwrite=force)
        terminal.tell("Written: {path}", path=output)
    elif not as_json:
        click.echo(form(sheet, texts), nl=False)
    if as_json:
        print_json({"output": None if output == "-" else output, **privacy_json(sheet)})
