"""Proposes what each column of an export is: id, persona, question, answers, rating."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.column_cells import OPEN_HEADING, ColumnCells
from fitcheck.surveys.grid import column_index
from fitcheck.surveys.outputs import is_added_heading
from fitcheck.surveys.persona_column import find_persona
from fitcheck.surveys.profiles import GENERIC, Profile, fold

ROW_NUMBERS = "row"
"""What ``--id row`` means: the sheet row is the respondent's id."""

_QUESTION_HEADINGS = (
    r"(.*[ _-])?(frage|fragetext|question|question ?text|item|itemtext)"
    r"|object\.definition\.(name|description)(\..+)?"
)
_ANSWER_HEADINGS = (
    r"(.*[ _-])?(antwort(text|en)?|answers?|responses?|kommentare?|comments?|freitext|text"
    r"|feedback|answer ?text|response ?text|wert|value)|result\.response"
)
_ID_HEADING = re.compile(
    r"(.*[ _-])?(user|employee|mitarbeiter(:in)?|teilnehmer(:in)?|personal|respondent|participant"
    r"|student|learner|lerner|befragten|bogen|voter|person"
    r"|response|antwort|rueckmeldung|rückmeldung|feedback|submission)"
    r"[ _-]?(id|nr\.?|nummer|no\.?|number|key)"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. Names are those of `Survey.names`."""

    texts: tuple[str, ...]
    """The columns with written answers."""
    persona: str | None = None
    """The column that names the respondent's group."""
    id: str | None = None
    """The column that identifies the respondent; None means the sheet row."""
    question: str | None = None
    """In a table with one row per answer: the column with the question."""
    ratings: tuple[str, ...] = ()
    """Columns with closed ratings; shown, never mixed with the texts."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Columns that the user names, instead of those that would be proposed."""

    texts: Sequence[str] = ()
    persona: str | None = None
    id: str | None = None
    question: str | None = None


def propose(
    profiled: Sequence[ColumnCells],
    profile: Profile,
    *,
    hidden: frozenset[int] = frozenset(),
    persona: str | None = None,
) -> tuple[Columns, list[Message]]:
    """Return what each column seems to be, and remarks on what stayed open.

    `persona` is the name of the persona's column where that is known.
    """
    own = [p for p in profiled if not is_added_heading(p.name)]
    shown = [p for index, p in enumerate(profiled) if index not in hidden]
    asked = [p for p in own if p in shown and not _is_meta(p, profile)]
    identifier = _find_id(own, profile)
    question, answer = _find_long_format(asked)
    long = (question, answer) if question and answer else ()
    notes: list[Message] = []
    if persona is None:
        persona, notes = find_persona(own, [c for c in asked if c.name not in long])
    if question and answer:
        texts: tuple[str, ...] = (answer,)
    else:
        question = None
        taken = (persona, identifier)
        texts = tuple(p.name for p in asked if p.is_text and p.name not in taken)
        notes += _left_out([p for p in asked if p.name not in (*texts, *taken)])
    ratings = tuple(p.name for p in asked if p.is_scale and p.name not in (persona, identifier))
    return Columns(texts, persona, identifier, question, ratings), notes


def _left_out(columns: Sequence[ColumnCells]) -> list[Message]:
    """Return a hint where a heading asks for words but few different ones were given."""
    closed = [
        c.name
        for c in columns
        if c.asks_openly
        and c.mean_words >= 3
        and not (c.is_scale or c.is_tick_list or c.is_ticked or c.is_typed)
    ]
    if not closed:
        return []
    return [
        Message(
            "{columns} repeats a few values and is taken as a closed question; pass --text to "
            "classify it.",
            {"columns": shown_names(closed)},
            warning=True,
        )
    ]


def _is_meta(column: ColumnCells, profile: Profile) -> bool:
    return profile.is_meta(column.heading) or profile.is_meta(column.name)


def _find_id(columns: Sequence[ColumnCells], profile: Profile) -> str | None:
    by_heading = {fold(c.heading): c for c in columns} | {fold(c.name): c for c in columns}
    for wanted in (*profile.id_columns, *GENERIC.id_columns):
        column = by_heading.get(wanted)
        # An anonymous export names everybody the same; that is no id.
        if column is not None and not column.is_one_name:
            return column.name
    for column in columns:
        if _ID_HEADING.fullmatch(fold(column.heading)) and not column.is_one_name:
            return column.name
    return None


def _find_long_format(columns: Sequence[ColumnCells]) -> tuple[str | None, str | None]:
    """Return the question and the answer column of a table with one row per answer."""
    questions = [
        c
        for c in columns
        if re.fullmatch(_QUESTION_HEADINGS, fold(c.heading)) and not c.is_typed and c.values
    ]
    answers = [
        c
        for c in columns
        if re.fullmatch(_ANSWER_HEADINGS, fold(c.heading)) and not c.is_typed and c.values
    ]
    for found in (questions, answers):  # a short name may stand beside the full wording
        found.sort(key=lambda column: column.mean_words, reverse=True)
    if questions and answers:
        return questions[0].name, answers[0].name
    return None, None


def resolve(wanted: str, names: Sequence[str], headings: Sequence[str], path: str) -> str:
    """Return the column that the user means by a name, a heading or a letter such as ``E``.

    Raises
    ------
    DataError
        If there is none, or if several match.
    """
    for candidates in (
        [name for name in names if name == wanted],
        [
            name
            for name, heading in zip(names, headings, strict=True)
            if fold(wanted) in (fold(name), fold(heading))
        ],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise DataError(
                "{path} has several columns called {column}: {names}.",
                "Pass one of these names.",
                path=path,
                column=repr(wanted),
                names=", ".join(candidates),
            )
    if re.fullmatch(r"[A-Z]{1,3}", wanted) and column_index(wanted) < len(names):
        return names[column_index(wanted)]
    raise DataError(
        "{path} has no column {column}; it has: {names}.",
        "Pass one of these names, or run `fitcheck inspect {path}`.",
        path=path,
        column=repr(wanted),
        names=shown_names(names),
    )


def override(
    proposed: Columns,
    names: Sequence[str],
    questions: Sequence[str],
    path: str,
    wishes: Wishes,
) -> Columns:
    """Return the proposed columns with those that the user names in their place.

    Raises
    ------
    DataError
        If there is no such column, or one is named twice.
    """

    def found(wanted: str) -> str:
        return resolve(wanted, names, questions, path)

    changes: dict[str, object] = {}
    if wishes.texts:
        changes["texts"] = tuple(dict.fromkeys(found(text) for text in wishes.texts))
        if wishes.persona is None and proposed.persona in changes["texts"]:  # type: ignore[operator]
            changes["persona"] = None
    if wishes.id is not None:
        use_rows = wishes.id == ROW_NUMBERS and ROW_NUMBERS not in names
        changes["id"] = None if use_rows else found(wishes.id)
    if wishes.question is not None:
        changes["question"] = found(wishes.question)
    columns = replace(proposed, **changes)  # type: ignore[arg-type]
    ratings = tuple(name for name in columns.ratings if name not in columns.texts)
    columns = replace(columns, ratings=ratings)
    if columns.persona in columns.texts:
        raise DataError(
            "The column {column} is named as persona and as answers.",
            "Pass another --persona or --text.",
            column=shown_names([columns.persona or ""]),
        )
    return columns


def reads_as_answer(heading: str) -> bool:
    """Return whether a heading is several words without being a question or naming a field."""
    return len(heading.split()) >= 4 and not OPEN_HEADING.search(heading)


def shown_names(names: Sequence[str], chosen: Sequence[str] | None = None) -> str:
    """Return column names for a message; a long one may be an answer, so its letter is shown.

    `chosen` limits the message to some of the names.

    Examples
    --------
    >>> shown_names(["Rolle", "Was hat gefallen?", "Mein Chef war an allem schuld, wie immer"])
    'Rolle, Was hat gefallen?, column C'
    """
    shown = [
        name if len(name) <= 24 or (name.endswith("?") and len(name) <= 60) else f"column {letter}"
        for name, letter in zip(names, _letters(), strict=False)
        if chosen is None or name in chosen
    ]
    return ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "")


def _letters() -> Iterator[str]:
    """Yield A to Z, then AA, AB and so on, as a spreadsheet does."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for length in range(1, 4):
        for letters in product(alphabet, repeat=length):
            yield "".join(letters)
