"""Proposes what each column of an export is: id, persona, question, answers, rating."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fitcheck.errors import DataError
from fitcheck.records import Message
from fitcheck.surveys.cells import clean_heading, clean_text
from fitcheck.surveys.layout import is_date, is_number
from fitcheck.surveys.outputs import is_added_heading
from fitcheck.surveys.profiles import Profile, fold

ROW_NUMBERS = "row"
"""What ``--id row`` means: the sheet row is the respondent's id."""

_PERSONA_WORDS = (
    r"persona",
    r"zielgruppe|target (group|audience)",
    r"rolle|\brole|funktion\b|function\b|u_role|u_rolle",
    r"beruf|tätigkeit|occupation|job( title|\b)|profession|stellung|position",
    r"abteilung|bereich|department|division|business unit|geschäftsfeld|arbeitsfeld",
    r"\bteam\b|gruppe\b|\bgroup\b|karrierestufe|career|seniority|hierarchie|führungsebene",
    r"standort|\bsite\b|werk\b|location|land\b|country|region",
)
_QUESTION_HEADINGS = (
    r"(.*[ _-])?(frage|fragetext|question|question ?text|item|itemtext)"
    r"|object\.definition\.name(\..+)?"
)
_ANSWER_HEADINGS = (
    r"(.*[ _-])?(antwort(text|en)?|answers?|responses?|kommentare?|comments?|freitext|text"
    r"|feedback|answer ?text|response ?text|wert|value)|result\.response"
)
_OPEN_HEADING = re.compile(
    r"\?|kommentar|anmerkung|bemerkung|feedback|freitext|begründ|vorschl|wünsch|anregung|lob\b"
    r"|kritik|rückmeldung|verbesser|gefallen|gefehlt|sonstiges|mitteilen|ergänz|comment|suggest"
    r"|improve|remark|why\b|please (explain|describe|specify)|tell us|liked?\b|takeaway|text\b"
    r"|response\b|antwort|learn|gelernt|mitgenommen|open|offen|passend|gepasst",
    re.IGNORECASE,
)
# The free field beside a closed question is part of that question.
_OTHER_CHOICE = re.compile(
    r"\bother \(please specify\)|\[(other|sonstiges?|andere[sr]?)\]$|_\d+_TEXT$"
    r"|(sonstiges?|andere[sr]?) \(bitte (angeben|nennen)\)|[–-] (other|sonstiges|andere[sr]?)$",
    re.IGNORECASE,
)
_ID_HEADING = re.compile(
    r"(.*[ _-])?(user|employee|mitarbeiter(:in)?|teilnehmer(:in)?|personal|respondent|participant"
    r"|student|learner|lerner|befragten|bogen|voter|person)[ _-]?(id|nr\.?|nummer|no\.?|number|key)"
)
_SCALE = re.compile(
    r"(trifft|stimme|agree|disagree|strongly|voll und ganz|eher|teils|sehr|nicht|gar nicht|über"
    r"wiegend|genau|kann ich nicht|ja|nein|yes|no|neutral|zufrieden|unzufrieden|satisfied"
    r"|dissatisfied|gut|schlecht|befriedigend|ausreichend|mangelhaft|excellent|good|fair|poor"
    r"|very|somewhat|not at all|n/a|weiß nicht|don't know|likely|unlikely|always|never|immer|nie"
    r"|selten|oft|often|rarely|passend|hilfreich|useful|relevant)\b.*",
    re.IGNORECASE,
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
class _Profiled:
    """What the cells of one column look like."""

    name: str
    heading: str
    values: tuple[str, ...]
    n_rows: int

    @property
    def n_distinct(self) -> int:
        return len({value.casefold() for value in self.values})

    @property
    def mean_words(self) -> float:
        return sum(len(v.split()) for v in self.values) / len(self.values) if self.values else 0.0

    def share(self, pattern: re.Pattern[str]) -> float:
        return sum(pattern.fullmatch(v) is not None for v in self.values) / max(1, len(self.values))

    @property
    def is_typed(self) -> bool:
        """Numbers or dates."""
        typed = sum(is_number(value) or is_date(value) for value in self.values)
        return typed >= 0.8 * len(self.values) > 0

    @property
    def is_unique(self) -> bool:
        return len(self.values) == self.n_rows == len(set(self.values))

    @property
    def is_one_name(self) -> bool:
        """No values, or one of them in most rows."""
        most = max(Counter(self.values).values(), default=0)
        return not self.values or (len(self.values) > 3 and most > 0.5 * len(self.values))

    @property
    def repeats(self) -> bool:
        """Few distinct values, as a closed list of choices has."""
        return self.n_distinct <= max(2, min(40, len(self.values) // 2))

    @property
    def is_scale(self) -> bool:
        """Numbers on a small scale, or phrases of agreement from a short list."""
        if not self.values:
            return False
        if all(re.fullmatch(r"\d{1,2}([.,]\d+)?", value) for value in self.values):
            return all(float(value.replace(",", ".")) <= 10 for value in self.values)
        if self.is_yes_no:
            return False
        short_list = self.n_distinct <= 7 and (self.repeats or len(self.values) < 8)
        return short_list and self.share(_SCALE) >= 0.8 and self.mean_words <= 5

    @property
    def is_tick_list(self) -> bool:
        """Several choices in one cell, as ``a;b;`` or ``a, b``, from a short list."""
        if not self.values:
            return False
        if self.share(re.compile(r"([^;]+;)+")) >= 0.6:
            return True
        parts = [part for value in self.values for part in re.split(r"[;,] ?", value) if part]
        few = len(set(parts)) <= max(3, 0.3 * len(parts))
        return few and len(parts) > 1.3 * len(self.values) >= 10

    @property
    def is_ticked(self) -> bool:
        """One value wherever there is any: a box that is ticked or not."""
        if self.n_distinct != 1:
            return False
        return len(self.values[0]) <= 3 or (len(self.values) > 1 and self.values[0] in self.heading)

    @property
    def is_yes_no(self) -> bool:
        """Consent and other questions of two answers."""
        words = {"ja", "nein", "yes", "no", "j", "n", "y", "true", "false", "wahr", "falsch"}
        return bool(self.values) and all(value.casefold() in words for value in self.values)

    @property
    def is_closed(self) -> bool:
        """Many respondents, few distinct answers: a list of choices."""
        return len(self.values) >= 10 and self.n_distinct <= 0.4 * len(self.values)

    @property
    def is_text(self) -> bool:
        closed = self.is_typed or self.is_scale or self.is_tick_list or self.is_closed
        if not self.values or closed or self.is_ticked or self.is_yes_no:
            return False
        if _OTHER_CHOICE.search(self.heading) or _OTHER_CHOICE.search(self.name):
            return False
        if self.share(re.compile(r"https?://\S+|\S+@\S+\.\w+|[0-9a-fA-F-]{16,}")) >= 0.5:
            return False
        if _OPEN_HEADING.search(self.heading) and not re.search(_PERSONA_WORDS[0], self.heading):
            return not self.repeats or self.mean_words >= 3 or len(self.values) < 6
        return self.mean_words >= 4 and self.n_distinct >= 0.5 * len(self.values)


def propose(
    names: Sequence[str],
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    profile: Profile,
    *,
    hidden: frozenset[int] = frozenset(),
    missing: frozenset[str] = frozenset(),
) -> tuple[Columns, list[Message]]:
    """Return what each column seems to be, and remarks on what stayed open.

    `rows` are the cells under the headings, row by row; `missing` are tokens that count as blank.
    """
    profiled = [
        _Profiled(
            name,
            heading or name,
            tuple(
                value
                for row in rows
                if column < len(row)
                and (value := clean_text(row[column]))
                and value.casefold() not in missing
            ),
            len(rows),
        )
        for column, (name, heading) in enumerate(zip(names, headings, strict=True))
    ]
    own = [p for p in profiled if not is_added_heading(p.name)]
    asked = [p for index, p in enumerate(own) if index not in hidden and not _is_meta(p, profile)]
    identifier = _find_id(own, profile)
    question, answer = _find_long_format(asked)
    persona, notes = _find_persona(own, asked)
    if question and answer:
        texts: tuple[str, ...] = (answer,)
    else:
        question = None
        taken = (persona, identifier)
        texts = tuple(p.name for p in asked if p.is_text and p.name not in taken)
    ratings = tuple(p.name for p in asked if p.is_scale and p.name not in (persona, identifier))
    return Columns(texts, persona, identifier, question, ratings), notes


def _is_meta(column: _Profiled, profile: Profile) -> bool:
    return profile.is_meta(column.heading) or profile.is_meta(column.name)


def _find_id(columns: Sequence[_Profiled], profile: Profile) -> str | None:
    by_heading = {fold(c.heading): c for c in columns} | {fold(c.name): c for c in columns}
    for wanted in profile.id_columns:
        column = by_heading.get(wanted)
        # An anonymous export names everybody the same; that is no id.
        if column is not None and not column.is_one_name:
            return column.name
    for column in columns:
        if _ID_HEADING.fullmatch(fold(column.heading)) and not column.is_one_name:
            return column.name
    return None


def _find_long_format(columns: Sequence[_Profiled]) -> tuple[str | None, str | None]:
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
    answers.sort(key=lambda column: column.mean_words, reverse=True)
    if questions and answers:
        return questions[0].name, answers[0].name
    return None, None


def _find_persona(
    columns: Sequence[_Profiled], asked: Sequence[_Profiled]
) -> tuple[str | None, list[Message]]:
    groups = [
        c
        for c in columns
        if c.values
        and not c.is_typed
        and not c.is_scale
        and c.mean_words <= 5
        and c.n_distinct >= 2
        and (c.repeats or len(c.values) < 8)
        and not c.is_unique
    ]
    for words in _PERSONA_WORDS:
        named = [c for c in groups if re.search(words, c.heading, re.IGNORECASE)]
        if len(named) == 1:
            return named[0].name, []
        if named:
            return named[0].name, [
                Message(
                    "Several columns may name the persona: {columns}; {chosen} is used, "
                    "--persona chooses another.",
                    {
                        "columns": ", ".join(c.name for c in named),
                        "chosen": named[0].name,
                    },
                    warning=True,
                )
            ]
    unnamed = [c.name for c in groups if c in asked and not c.is_tick_list]
    if not unnamed:
        return None, []
    return None, [
        Message(
            "No column is named like a persona; {columns} could be one: pass --persona.",
            {"columns": ", ".join(unnamed[:5])},
            warning=True,
        )
    ]


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
    position = _letter_position(wanted)
    if position is not None and position < len(names):
        return names[position]
    shown = ", ".join(clean_heading(name)[:40] for name in names[:12])
    raise DataError(
        "{path} has no column {column}; it has: {names}.",
        "Pass one of these names, or run `fitcheck inspect {path}`.",
        path=path,
        column=repr(wanted),
        names=shown + (", …" if len(names) > 12 else ""),
    )


def _letter_position(text: str) -> int | None:
    """Return the index of a spreadsheet column letter: A is 0, AA is 26."""
    if not re.fullmatch(r"[A-Z]{1,3}", text):
        return None
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
