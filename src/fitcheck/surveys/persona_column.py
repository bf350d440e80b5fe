"""Proposes the column that names each respondent's group, by its heading, else by its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fitcheck.records import Message
from fitcheck.surveys.column_cells import ColumnCells
from fitcheck.surveys.headings import CHOICE_MARK

_PERSONA_WORDS = (
    r"persona",
    r"lerntyp|learner type|learning type|(describes|fits) your?\b|beschreibt (sie|dich)",
    r"zielgruppe|target (group|audience)|\baudience\b",
    r"(^|[).:] ?)(ich (bin|arbeite|lehre|unterrichte|nehme teil als)|i am|i work (in|as))\b"
    r"|wer bin ich",
    r"rolle|\brole|funktion\b|function\b|u_role|u_rolle",
    r"beruf|tätigkeit|occupation|job( title|\b)|profession|stellung|stellenbezeichnung|position"
    r"|job (profile|family)",
    r"abteilung|bereich|department|division|business unit|geschäftsfeld|arbeitsfeld|segment",
    r"\bteam\b|gruppe\b|user group|karrierestufe|career|seniority|hierarchie|führungsebene"
    r"|hintergrund|background"
    r"|(career|seniority|management|leadership|job) level",
    r"\bgroup\b",
    r"standort|\bsite\b|werk\b|location|land\b|country|region|gesellschaft",
)
# A heading that asks for the group itself: numbers below it are codes, not marks.
_ASKS_FOR_GROUP = re.compile(
    r"^((in|zu) )?(welche[rmns]?|which|what is your|your|ihre?|deine?)\b.*"
    r"(persona|zielgruppe|rolle|\brole|funktion|function|beruf|position|abteilung|bereich"
    r"|department|division|standort|\bsite\b|gruppe\b)|^(persona|rolle|role|zielgruppe)$"
    r"|^(berufsgruppe|zielgruppe|personengruppe|rolle|funktion)\b",
    re.IGNORECASE,
)
# A closed question about the training, or a fact of it, not of the person.
_ABOUT_TRAINING = re.compile(
    r"recommend|weiterempf|\bagain\b|wieder\b|\bpace\b|tempo|dauer\b|duration|newsletter|\bappl(y|ied)"
    r"|anwend|satisf|zufried|^(how|wie)\b|niveau|level|verbess|gefallen|gefiel|gefehlt|fehlt"
    r"|wünsch|vorschl|kommentar|anmerk|comment|suggest|improv|\b(dis)?lik|enjoy|missing|\bnps\b"
    r"|bewert|rate\b|rating|verständlich|\bmodul|kurs|course|veranstaltung|wie viele|how many"
    r"|device|gerät|\bword\b|\bwort\b|\bcity\b|\bstadt\b|\bort\b|status|titel|title|version|content"
    r"|provider|anbieter|trainer|lecturer|instructor|facilitator|ausbilder|dozent|referent|lehrkraft"
    r"|training|schulung|seminar|lehrgang|workshop|session|\battend(ed)?\b|teilgenommen|teilnahme"
    r"|\bdate\b|datum|termin|\bhours?\b|stunden|ort de[sr]|venue|\braum\b|\broom\b|erfass|typed",
    re.IGNORECASE,
)
# EFS: what the invitation's link carried, often the group that was invited.
_LINK_PARAMETER = re.compile(r"p_\d+")
_RECOMMENDS = re.compile(r"recommend|weiterempf|\bnps\b", re.IGNORECASE)


def find_persona(
    columns: Sequence[ColumnCells], asked: Sequence[ColumnCells]
) -> tuple[str | None, list[Message]]:
    """Return the column that seems to name the persona, and a remark where that is doubtful.

    `columns` are all columns, `asked` those that hold answers of respondents.
    """
    groups = [c for c in columns if _could_name_groups(c)]
    for words in _PERSONA_WORDS:
        named = [c for c in groups if re.search(words, c.heading.replace("_", " "), re.IGNORECASE)]
        if named:
            return named[0].name, _several(named)
    coded = [c for c in asked if c.is_coded and _ASKS_FOR_GROUP.search(c.heading)]
    if len(coded) == 1:
        return coded[0].name, [
            Message(
                "{column} names the persona by codes; a personas file gives them names.",
                {"column": coded[0].name},
                warning=True,
            )
        ]
    in_link = [c for c in columns if _LINK_PARAMETER.fullmatch(c.name)]
    by_values = [c for c in (*asked, *in_link) if c.is_group and not _is_about_training(c)]
    if by_values:
        return by_values[0].name, [
            Message(
                "{column} is taken as the persona because it is the first column of groups; "
                "--persona chooses another.",
                {"column": by_values[0].name},
                warning=True,
            )
        ]
    return None, _candidates([c for c in groups if c in asked]) or _ticked_groups(asked)


def _could_name_groups(column: ColumnCells) -> bool:
    return (
        bool(column.values)
        and not column.is_typed
        and not column.is_scale
        and (column.mean_words <= 5 or column.is_group)
        and column.n_distinct >= 2
        and (column.repeats or len(column.values) < 8)
        and not column.is_unique
        and not _RECOMMENDS.search(column.heading)
    )


def _is_about_training(column: ColumnCells) -> bool:
    return _ABOUT_TRAINING.search(column.heading.replace("_", " ")) is not None


def _several(named: Sequence[ColumnCells]) -> list[Message]:
    if len(named) == 1:
        return []
    return [
        Message(
            "Several columns may name the persona: {columns}; {chosen} is used, "
            "--persona chooses another.",
            {"columns": ", ".join(c.name for c in named), "chosen": named[0].name},
            warning=True,
        )
    ]


def _candidates(groups: Sequence[ColumnCells]) -> list[Message]:
    unnamed = [c.name for c in groups if not c.is_tick_list]
    if not unnamed:
        return []
    return [
        Message(
            "No column is named like a persona; {columns} could be one: pass --persona.",
            {"columns": ", ".join(unnamed[:5])},
            warning=True,
        )
    ]


def _ticked_groups(asked: Sequence[ColumnCells]) -> list[Message]:
    """Return a hint where a group is spread over ticked columns, one for each choice."""
    blocks = Counter(
        c.heading.rpartition(CHOICE_MARK)[0]
        for c in asked
        if c.is_ticked and CHOICE_MARK in c.heading
    )
    named = [
        question
        for question, n in blocks.items()
        if n >= 2 and any(re.search(w, question, re.IGNORECASE) for w in _PERSONA_WORDS)
    ]
    return [
        Message(
            "The ticked columns of {question} may name the persona; `fitcheck personas init` "
            "starts a file whose rules read them with `checked`.",
            {"question": repr(question)},
            warning=True,
        )
        for question in named[:1]
    ]
