"""``fitcheck sample``: draw the answers that people label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fitcheck.cli.small_groups import min_group_options
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError, as_typed
from fitcheck.privacy.suppress import MIN_DETAIL
from fitcheck.surveys.atomic import refuse_existing, refuse_input

if TYPE_CHECKING:
    from fitcheck.stats.strata import Denominator, Target

_MOST_SEQUENTIAL = 400
_SECONDS_AN_ANSWER = 10


@click.command()
@click.argument("predictions")
@click.option(
    "--n",
    "n",
    type=click.IntRange(min=1),
    help="Respondents to label per persona [default: 150; up to 400 with --until-decided].",
)
@click.option(
    "--until-decided",
    is_flag=True,
    help="Plan for labelling on until the verdict is there, looking as often as you like.",
)
@click.option("-o", "--output", help="Sheet to write [default: <name>.sample.xlsx].")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--coders", type=click.IntRange(1, 2), default=1, show_default=True, help="Sheets.")
@click.option(
    "--limit",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="The rate that must not be reached.",
)
@click.option(
    "--method",
    type=click.Choice(["smb", "exact"]),
    default="smb",
    show_default=True,
    help="How bounds are made.",
)
@click.option(
    "--target",
    type=click.Choice(["process", "received"]),
    default="process",
    show_default=True,
    help="What the verdict is on: what to expect of a persona, or exactly these respondents.",
)
@click.option(
    "--denominator",
    type=click.Choice(["signal", "all"]),
    default="signal",
    show_default=True,
    help="Whom the verdict counts: respondents who speak of fit, or all who answered.",
)
@click.option(
    "--looks",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="How often bounds may be read before the last label; each is wider for it.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the lot."
)
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@min_group_options
@common_options
def sample(
    predictions: str,
    n: int | None,
    until_decided: bool,
    output: str | None,
    force: bool,
    coders: int,
    limit: float,
    method: Literal["smb", "exact"],
    target: Target,
    denominator: Denominator,
    looks: int,
    seed: int,
    codebook: str | None,
    min_group: int,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Draw respondents by lot from PREDICTIONS, an answers table, for people to label.

    Writes a sheet to fill in and, beside it, the plan by which the labels will be judged.
    """
    from fitcheck.annotation.drawing import draw_sample
    from fitcheck.annotation.plan import SamplePlan, plan_path
    from fitcheck.annotation.sheet import write_sheet
    from fitcheck.surveys.predictions import read_predictions

    if until_decided and (looks > 1 or method != "smb"):
        raise click.UsageError("--until-decided needs neither --looks nor --method.")
    book = load_codebook(codebook)
    answers, predicted = read_predictions(predictions, book)
    sheet = Path(output) if output else Path(predictions).with_suffix(".sample.xlsx")
    if sheet.suffix.lower() != ".xlsx":
        raise DataError(
            "A sheet cannot be written as {path}.", "Let --output end in .xlsx.", path=str(sheet)
        )
    sheets = [sheet, *(sheet.with_suffix(f".coder{c}.xlsx") for c in range(2, coders + 1))]
    for path in (*sheets, plan_path(sheet)):
        refuse_input(path, predictions)
        refuse_existing(path, overwrite=force)
    plan = SamplePlan(
        "sequential" if until_decided else "fixed",
        seed,
        n or (_MOST_SEQUENTIAL if until_decided else 150),
        limit=limit,
        method=method,
        target=target,
        denominator=denominator,
        looks=looks,
    )
    drawn = draw_sample(answers, predicted, plan, min_group)
    # The plan first: a sheet without one would be of no use.
    drawn.plan.save(plan_path(sheet), overwrite=force)
    for path in sheets:
        write_sheet(path, drawn.rows, book, terminal.lang, overwrite=force)
    terminal.table(
        "Respondents to label",
        ["persona", "predicted not_fit", "others", "respondents"],
        [
            [
                terminal.persona(persona),
                *(f"{p.drawn} / {p.size}" for p in parts),
                str(sum(p.size for p in parts)),
            ]
            for persona, parts in drawn.plan.strata.items()
        ],
    )
    if drawn.passed_over:
        terminal.tell(
            "Groups not drawn from: {n}. Under {floor} respondents there is no rate, and none "
            "where such a group could be worked out from it.",
            n=drawn.passed_over,
            floor=max(MIN_DETAIL, min_group),
        )
    for path in sheets:
        terminal.tell("Written: {path}", path=path)
    terminal.tell(
        "{n} answers to label, about {minutes} minutes. Keep {plan} beside the sheet; then run "
        "`fitcheck rates {file} --labels {sheet}`.",
        n=len(drawn.rows),
        minutes=max(1, round(len(drawn.rows) * _SECONDS_AN_ANSWER / 60)),
        plan=plan_path(sheet).name,
        file=as_typed(predictions),
        sheet=as_typed(sheet),
    )
    if not until_decided:
        terminal.tell(
            "Settle doubts before you run it: bounds may be read {looks} time(s), and labels that "
            "change afterwards are not judged any more.",
            looks=looks,
        )
    if as_json:
        print_json(
            {
                "sheets": [str(path) for path in sheets],
                "plan": str(plan_path(sheet)),
                "answers": len(drawn.rows),
                "respondents": len(drawn.plan.units),
            }
        )
