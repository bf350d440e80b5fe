"""``fitcheck inspect``: what is in a file, before anything is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from fitcheck.cli.reading import Reading, finish, reading_options
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.codebook import load_codebook
from fitcheck.records import Answer
from fitcheck.surveys.open_parts import is_large
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
    read: Reading,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Show what FILE is and which columns would be used. FILE may be - for stdin."""
    book = load_codebook(codebook)
    large = read.in_parts(file, terminal, book, force) if file != "-" and is_large(file) else None
    if large is None:
        survey = read(file, terminal, book, force)
        found = _count([survey.answers(book)], is_shared=False)
        dropped, numbers = Counter(survey.layout.dropped.values()), survey.grid.numbers
    else:
        survey = large.survey
        with terminal.counting("Counting", None) as advance:
            found = _count(large.answers(book), is_shared=large.outline.is_shared, advance=advance)
        dropped, numbers = large.outline.dropped, large.source.grid.numbers
    terminal.tell(
        "Found:     {n} answers by {respondents} respondents",
        n=found.n_answers,
        respondents=found.n_respondents,
    )
    terminal.tell("Nothing leaves this machine: the offline classifier is used.")
    finish()
    if as_json:
        print_json(describe(survey, found, dropped, numbers))


@dataclass(slots=True)
class _Counted:
    n_answers: int = 0
    n_respondents: int = 0
    """Those who gave answers."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Answers by the kind of their question."""


def _count(
    parts: Iterable[Sequence[Answer]],
    *,
    is_shared: bool,
    advance: Callable[[int], None] = lambda _: None,
) -> _Counted:
    """Count answers; `is_shared` says whether a respondent may have some in several parts."""
    found, known = _Counted(), set[str | None]()
    for answers in parts:
        ids = {answer.id for answer in answers}
        found.n_respondents += len(ids - known)
        if is_shared:
            known |= ids
        found.n_answers += len(answers)
        found.kinds.update(answer.kind or "open" for answer in answers)
        advance(len(answers))
    return found


def describe(
    survey: Survey, found: _Counted, dropped: Counter[str], numbers: Sequence[int]
) -> dict[str, Any]:
    """Return what was detected, for machines; `numbers` are those of the first rows."""
    columns = survey.columns
    return {
        "path": survey.path,
        **survey.grid.facts,
        "profile": survey.profile.id,
        "header_rows": len(survey.layout.header),
        "first_heading_row": (numbers[survey.layout.header[0]] if survey.layout.header else None),
        "rows": survey.n_respondents,
        "rows_not_classified": dict(sorted(dropped.items())),
        "id": columns.id,
        "persona": columns.persona,
        "question": columns.question,
        "texts": [
            {"column": name, "question": survey.questions[survey.names.index(name)]}
            for name in columns.texts
        ],
        "ratings": list(columns.ratings),
        "answers": found.n_answers,
        "answers_by_question_kind": dict(found.kinds),
        "notes": [str(note) for note in survey.notes],
        "sent_to_network": [],
    }
