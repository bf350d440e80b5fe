"""Learner personas: who they are, and the rules that assign respondents to them."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fitcheck.codebook import text_in
from fitcheck.records import UNASSIGNED
from fitcheck.resources import resource
from fitcheck.toml_files import load_toml, problem_at

ASPECTS = ("goals", "need", "context", "knowledge", "format", "barriers")
"""What is said of a persona, besides its name."""
Cells = Mapping[str, str]
"""One respondent's cells by column name."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AssignRule(_Entry):
    """A condition on columns; a respondent who meets it belongs to the persona.

    Either `column` with the values that mean the persona, or `checked`, a one-hot column whose
    cell is filled for its members. `also` adds conditions on further columns.
    """

    column: str = ""
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    checked: str = ""
    also: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _one_condition(self) -> AssignRule:
        if bool(self.column) == bool(self.checked):
            raise ValueError("give either `column` with `values`, or `checked`")
        if self.column and not self.accepted:
            raise ValueError(f"the column {self.column!r} has no values, aliases or codes")
        return self

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every spelling that means the persona."""
        return (*self.values, *self.aliases, *self.codes)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule reads."""
        return (self.column or self.checked, *self.also)

    def holds(self, cells: Cells) -> bool:
        """Return whether a respondent with these cells meets the rule."""
        if self.checked:
            met = _fold(cells.get(self.checked, "")) not in _UNCHECKED
        else:
            met = _fold(cells.get(self.column, "")) in {_fold(value) for value in self.accepted}
        return met and all(
            _fold(cells.get(column, "")) in {_fold(value) for value in values}
            for column, values in self.also.items()
        )


class Persona(_Entry):
    """A group of learners and what is known about it."""

    id: str = Field(pattern=r"^[\w][\w .()/&+-]*$")
    name: dict[str, str]
    goals: dict[str, str] = {}
    need: dict[str, str] = {}
    context: dict[str, str] = {}
    knowledge: dict[str, str] = {}
    format: dict[str, str] = {}
    barriers: dict[str, str] = {}
    assign: tuple[AssignRule, ...] = Field(min_length=1)

    def said_of(self, aspect: str, lang: str) -> str:
        """Return what is said of an aspect such as ``goals``, in `lang` or else another language.

        Examples
        --------
        >>> rule = AssignRule(column="Rolle", values=("A",))
        >>> persona = Persona(id="a", name={"de": "Pflege"}, assign=(rule,))
        >>> persona.said_of("name", "en"), persona.said_of("goals", "en")
        ('Pflege', '')
        """
        texts: dict[str, str] = getattr(self, aspect)
        return text_in(texts, lang) if texts else ""

    def is_meant_by(self, value: str) -> bool:
        """Return whether a group of this name is the persona: by id, name or a value of a rule."""
        simple = (rule for rule in self.assign if not rule.also)
        accepted = (spelling for rule in simple for spelling in rule.accepted)
        return _fold(value) in {_fold(v) for v in (self.id, *self.name.values(), *accepted)}


class Personas(_Entry):
    """A validated set of personas.

    Examples
    --------
    >>> personas = Personas.model_validate({"personas": [{
    ...     "id": "shift", "name": {"de": "Schicht"},
    ...     "assign": [{"column": "Rolle", "values": ["Produktion"], "codes": ["A1"]}]}]})
    >>> personas.assign([{"Rolle": "produktion "}, {"Rolle": "A1"}, {"Rolle": "Lager"}]).personas
    ('shift', 'shift', 'unassigned')
    """

    personas: tuple[Persona, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _entries_agree(self) -> Personas:
        seen: set[str] = set()
        for number, persona in enumerate(self.personas):
            if persona.id in seen or persona.id == UNASSIGNED:
                problem = "stands twice" if persona.id in seen else "is reserved"
                raise problem_at(("personas", number, "id"), f"the id {persona.id!r} {problem}")
            seen.add(persona.id)
        self._refuse_shared_values()
        return self

    def _refuse_shared_values(self) -> None:
        """Raise if two personas claim one value of a column, so that nobody could have it."""
        owner: dict[tuple[str, str], str] = {}
        for number, persona in enumerate(self.personas):
            for rule in persona.assign:
                if rule.checked or rule.also:
                    continue
                for value in rule.accepted:
                    other = owner.setdefault((rule.column, _fold(value)), persona.id)
                    if other != persona.id:
                        raise problem_at(
                            ("personas", number, "assign"),
                            f"{value!r} in {rule.column!r} means the persona {other!r} already",
                        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a rule reads, without repeats."""
        rules = (rule for persona in self.personas for rule in persona.assign)
        return tuple(dict.fromkeys(column for rule in rules for column in rule.columns))

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every value that a rule knows as the name of a persona; codes are none."""
        rules = (rule for persona in self.personas for rule in persona.assign)
        return tuple(value for rule in rules for value in (*rule.values, *rule.aliases))

    def assign(self, rows: Iterable[Cells]) -> Assignment:
        """Return the persona of each respondent.

        A respondent who meets the rules of no persona, or of several, is ``unassigned``;
        spellings that look like a known one are reported, never merged.
        """
        assigned: list[str] = []
        ambiguous = 0
        unknown: Counter[str] = Counter()
        value_columns = dict.fromkeys(
            rule.column for persona in self.personas for rule in persona.assign if rule.column
        )
        members_of: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for cells in rows:
            key = tuple(cells.items())
            if key not in members_of:
                members_of[key] = self._members(cells)
            members = members_of[key]
            ambiguous += len(members) > 1
            assigned.append(members[0] if len(members) == 1 else UNASSIGNED)
            if not members:
                found = (cells.get(column, "").strip() for column in value_columns)
                unknown.update(list(dict.fromkeys(filter(None, found))))
        return Assignment(tuple(assigned), Counter(assigned), unknown, ambiguous, self.spellings)

    def _members(self, cells: Cells) -> list[str]:
        return [
            persona.id
            for persona in self.personas
            if any(rule.holds(cells) for rule in persona.assign)
        ]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The persona of each respondent, and what was left open."""

    personas: tuple[str, ...]
    """One persona id per respondent, ``unassigned`` where no rule decides; of a table that was
    read in parts they are not kept."""
    sizes: Counter[str]
    """Respondents by persona."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Respondents by value that no rule knows."""
    ambiguous: int = 0
    """Respondents who met the rules of several personas."""
    spellings: tuple[str, ...] | None = None
    """Values that rules know; None where each value is a persona of its own."""

    @property
    def similar(self) -> dict[str, str]:
        """Near-duplicate spellings: the value found, and the one it looks like."""
        if self.spellings is None:
            return similar_groups(self.sizes)
        matches = {value: similar_spelling(value, self.spellings) for value in self.unknown}
        return {value: match for value, match in matches.items() if match is not None}


def assign_by_value(values: Sequence[str]) -> Assignment:
    """Return each cell's own value as the persona; near-duplicates stay apart, reported.

    Examples
    --------
    >>> assign_by_value(["Führungskraft", "Fuehrungskraft ", ""]).similar
    {'Fuehrungskraft': 'Führungskraft'}
    """
    names = {value: group_name(value) for value in dict.fromkeys(values)}
    groups = tuple(names[value] for value in values)
    return Assignment(groups, Counter(groups))


def group_name(value: str) -> str:
    r"""Return a cell's value as the name of a group: in one line, and with nothing invisible.

    What steers a terminal, or turns the direction of writing, would change what stands around it.

    Examples
    --------
    >>> group_name(" Lager\u00a0\n 2 "), group_name("\x1b[31mLager"), group_name("")
    ('Lager 2', '[31mLager', 'unassigned')
    """
    visible = (
        c for c in value if c.isspace() or not (unicodedata.category(c) == "Cc" or c in _TURNS)
    )
    return " ".join("".join(visible).split()) or UNASSIGNED


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def similar_groups(sizes: Counter[str]) -> dict[str, str]:
    """Return groups that look like a larger one, and that one."""
    by_size = [group for group, _ in sizes.most_common() if group != UNASSIGNED]
    similar: dict[str, str] = {}
    for number, group in enumerate(by_size):
        match = similar_spelling(group, by_size[:number])
        if match is not None:
            similar[group] = match
    return similar


def similar_spelling(value: str, known: Iterable[str]) -> str | None:
    """Return the known spelling that `value` is probably a variant of, or None.

    Numbered siblings such as ``Team 1`` and ``Team 2`` are no variants.
    """
    folded = _fold_umlauts(value)
    for other in known:
        candidate = _fold_umlauts(other)
        if value == other:
            return None
        if folded == candidate:
            return other
        same_digits = [c for c in folded if c.isdigit()] == [c for c in candidate if c.isdigit()]
        long_enough = min(len(folded), len(candidate)) >= 6
        if same_digits and long_enough:
            ratio = difflib.SequenceMatcher(None, folded, candidate).ratio()
            if ratio >= 0.9:
                return other
    return None


def load_personas(path: str | Path) -> Personas:
    """Return the personas in `path`.

    Raises
    ------
    CodebookError
        If the file breaks a rule; the message names line and entry.

    Examples
    --------
    >>> [persona.id for persona in load_personas(personas_path()).personas][:1]
    ['produktion_schicht']
    """
    return load_toml(Path(path), Personas)


def personas_path() -> Path:
    """Return where the shipped example personas lie."""
    return resource("labeled/demo/personas.toml")


_UNCHECKED = frozenset({"", "0", "no", "nein", "false", "falsch", "-", "n", "nicht gewählt"})


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _fold_umlauts(text: str) -> str:
    folded = _fold(text)
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        folded = folded.replace(umlaut, plain)
    for ending in ("innen", ":in", "*in", "_in", "in"):
        if len(folded) > 8 and folded.endswith(ending):
            folded = folded.removesuffix(ending)
            break
    return "".join(character for character in folded if character.isalnum())
