"""The command line: parse, call, print. One file a verb, read when the verb is used."""

from __future__ import annotations

import sys
from importlib import import_module

import click

VERBS = {
    "inspect": "Show what a file is and which columns would be used.",
    "classify": "Label every answer as fit, not_fit or no_signal.",
    "sample": "Draw respondents by lot for people to label.",
    "label": "Label a drawn sample in the browser, by keyboard.",
    "rates": "Say how many of each persona the training did not fit.",
    "trend": "Say whether rates stay as they were, course by course.",
    "report": "Write rates and tables for others: page, workbook, text.",
    "hypotheses": "Say whether data support or contradict your hypotheses.",
    "privacy": "Tell works council and data protection of a run.",
    "personas": "Start, show and check learner personas.",
    "codebook": "Start, show and check a codebook.",
    "evaluate": "Measure a classifier on labelled answers.",
    "compare": "Compare two evaluations.",
    "fit": "Train the baseline on labels of your own.",
    "cache": "Look after replies, vectors and models that are kept.",
}
"""Each verb in a line, in the order in which they are met; the verb's own help says more."""


class _Verbs(click.Group):
    """Loads a verb with all that it needs when it is used: `fitcheck --help` needs none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        try:
            module = import_module(f"fitcheck.cli.{cmd_name}")
        except KeyboardInterrupt:  # click would say that it was aborted, and no more
            click.echo("Stopped; nothing was written.", err=True)
            sys.exit(130)
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fitcheck-feedback", prog_name="fitcheck")
def main() -> None:
    """Is the training fitting? Labels survey answers per learner persona.

    Start with `fitcheck inspect FILE`, then `fitcheck classify FILE`. Everything runs on this
    machine and nothing is sent anywhere, unless --model names a language model.
    """
