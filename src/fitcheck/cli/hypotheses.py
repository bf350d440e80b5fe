"""``fitcheck hypotheses``: whether the data say what a team believes, card by card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.small_groups import min_group_options
from fitcheck.cli.starters import write_starter
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.cli.writing import output_path
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError, GateError
from fitcheck.surveys.atomic import refuse_existing, refuse_input

if TYPE_CHECKING:
    from fitcheck.hypotheses.evaluate import Board

_ENDINGS = (".html", ".txt")


@click.command()
@click.argument("cards")
@click.option("--init", is_flag=True, help="Write CARDS as the start of your own, and stop.")
@click.option("--only", multiple=True, metavar="CARD", help="Judge this card; repeatable.")
@click.option(
    "--fail-unless-supported",
    is_flag=True,
    help="Exit 3 unless every card judged is supported.",
)
@click.option(
    "-o",
    "--output",
    help="Write the board as a page (.html) or text (.txt); - for stdout [default: text to "
    "stdout].",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def hypotheses(
    cards: str,
    init: bool,
    only: tuple[str, ...],
    fail_unless_supported: bool,
    output: str | None,
    force: bool,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Say of each hypothesis in CARDS whether the data support or refute it.

    CARDS is a TOML file of cards "We believe that … / We will know that …", each with a criterion
    and the files that it is judged by; their paths are relative to CARDS. What is neither supported
    nor refuted is undecided, with what would decide it.
    """
    if init:
        from fitcheck.hypotheses.cards import starter_path

        write_starter(starter_path(terminal.lang), cards, force=force, terminal=terminal)
        if as_json:
            print_json({"output": cards})
        return
    if output == "-" and as_json:
        raise click.UsageError("--output - and --json both want stdout; pass one of them.")
    _refuse(output, cards, force)
    from fitcheck.hypotheses.board import board_json
    from fitcheck.hypotheses.evaluate import evaluate_hypotheses
    from fitcheck.report.texts import Texts

    board = evaluate_hypotheses(
        cards,
        codebook=load_codebook(codebook),
        only=only,
        min_group=min_group,
        note=terminal.note,
    )
    if output or not as_json:
        _write(board, output or "-", force, terminal)
    if as_json:
        print_json(board_json(board, Texts(terminal.lang)))
    if fail_unless_supported and board.not_supported:
        raise GateError(
            "Not supported: {missed}.",
            "See the board for what would decide it.",
            missed="; ".join(board.not_supported),
        )


def _refuse(output: str | None, cards: str, force: bool) -> None:
    """Raise before anything is read if the board cannot be written there."""
    if output in (None, "-"):
        return
    target = Path(str(output))
    if target.suffix.lower() not in _ENDINGS:
        raise DataError(
            "A board cannot be written as {path}.",
            "Let --output end in .html or .txt.",
            path=str(target),
        )
    refuse_input(target, cards)
    refuse_existing(target, overwrite=force)


def _write(board: Board, output: str, force: bool, terminal: Terminal) -> None:
    from fitcheck.hypotheses.board import html_board, plain_board
    from fitcheck.report.texts import Texts

    is_page = Path(output).suffix.lower() == ".html"
    text = (html_board if is_page else plain_board)(board, Texts(terminal.lang))
    with output_path(output, ".txt", overwrite=force) as path:
        path.write_text(text, encoding="utf-8")
    if output != "-":
        terminal.tell("Written: {path}", path=output)
