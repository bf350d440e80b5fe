"""``fitcheck inspect``: what is in a file, before anything is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import click

from fitcheck.cli.reading import finish, reading_options
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.codebook import load_codebook
from fitcheck.surveys.survey import Survey


@click.command()
@click.argument("file")
@click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one].")
@click.option("--force", is_flag=True, help="Overwrite an existing mapping file.")
@reading_options
@common_options
def inspect(
    file: str,
    codebook: str | None,
    force: bool,
    read: Callable[..., Survey],
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Show what FILE is and which columns would be used. FILE may be - for stdin."""
    book = load_codebook(codebook)
    survey = read(file, terminal, book, force)
    answers = survey.answers(book)
    kinds = Counter(answer.kind for answer in answers)
    terminal.tell(
        "Found:     {n} answers by {respondents} respondents",
        n=len(answers),
        respondents=len({answer.id for answer in answers}),
    )
    terminal.tell("Nothing leaves this machine: the offline classifier is used.")
    finish()
    if as_json:
        print_json(describe(survey, len(answers), {k or "open": n for k, n in kinds.items()}))


def describe(survey: Survey, n_answers: int, kinds: dict[str, int]) -> dict[str, Any]:
    """Return what was detected, for machines."""
    columns = survey.columns
    return {
        "path": survey.path,
        **survey.grid.facts,
        "profile": survey.profile.id,
        "header_rows": len(survey.layout.header),
        "first_heading_row": (
            survey.grid.numbers[survey.layout.header[0]] if survey.layout.header else None
        ),
        "rows": survey.n_respondents,
        "rows_not_classified": dict(Counter(survey.layout.dropped.values())),
        "id": columns.id,
        "persona": columns.persona,
        "question": columns.question,
        "texts": [
            {"column": name, "question": survey.questions[survey.names.index(name)]}
            for name in columns.texts
        ],
        "ratings": list(columns.ratings),
        "answers": n_answers,
        "answers_by_question_kind": kinds,
        "notes": [str(note) for note in survey.notes],
        "sent_to_network": [],
    }
