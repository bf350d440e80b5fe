"""Draws the respondents whose answers people label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from fitcheck.annotation.plan import DrawnStratum, SamplePlan, Unit, answer_key
from fitcheck.annotation.respondents import Respondent, group_respondents
from fitcheck.errors import DataError
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups
from fitcheck.records import Answer, Prediction
from fitcheck.stats.sampling import allocate, random_order


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One answer as a coder sees it: no id, no persona, no prediction."""

    number: int
    """Of the respondent, counted from 1 in the order of labelling."""
    key: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn respondents: the plan, and the rows that people fill in."""

    plan: SamplePlan
    rows: tuple[SheetRow, ...]
    passed_over: int
    """Personas that get no rate, being too small or needed to hide such ones: not drawn from."""


def draw_sample(
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    plan: SamplePlan,
    min_group: int = MIN_GROUP,
) -> Sample:
    """Return respondents drawn by lot, as the plan's settings say.

    A fixed plan draws ``plan.n`` per persona, one in five of them predicted not_fit; a sequential
    one up to as many from the whole persona. Inside a stratum each respondent has the same
    probability. The order of the answers and the personas' names do not matter. Labels of personas
    that get no rate would be labels for nothing.

    Raises
    ------
    DataError
        If no persona has enough respondents.

    Examples
    --------
    >>> answers = [Answer("passt", "Passte es?", id=str(i), persona="Pflege") for i in range(60)]
    >>> sample = draw_sample(answers, [Prediction("fit")] * 60, SamplePlan("fixed", seed=1, n=15))
    >>> len(sample.rows), sample.plan.strata["Pflege"][1].probability
    (15, 0.25)
    """
    keys = answer_keys(answers, plan.seed)
    persona_of: dict[str, str] = {}
    flagged: set[str] = set()
    for person in group_respondents(answers, predictions):
        first = keys[person.positions[0]]
        persona_of[first] = person.persona
        if stratum_of(person) == 0:
            flagged.add(first)
    lot = random_order(list(persona_of), plan.seed)
    by_persona: dict[str, list[str]] = defaultdict(list)
    for first in lot:
        by_persona[persona_of[first]].append(first)
    hidden = hidden_groups({p: len(order) for p, order in by_persona.items()}, min_group)
    rated = {
        persona: order
        for persona, order in by_persona.items()
        if persona not in hidden and len(order) >= MIN_DETAIL
    }
    if not rated:
        raise DataError(
            "No persona has {n} respondents or more, and can be shown.",
            "Name another grouping with --by when classifying, or join personas.",
            n=max(MIN_DETAIL, min_group),
        )
    strata, drawn = {}, set()
    for persona, order in rated.items():
        chosen, sizes = _choose(order, flagged, plan)
        strata[persona] = sizes
        drawn |= chosen
    # One order over all personas, so that a coder cannot tell them apart by it.
    order = [first for first in lot if first in drawn]
    # Grouped again: to keep everybody until the lot is known would take as much as the answers.
    everybody = group_respondents(answers, predictions)
    people = {keys[p.positions[0]]: p for p in everybody if keys[p.positions[0]] in drawn}
    units, rows = [], []
    for number, first in enumerate(order, start=1):
        person = people[first]
        own = tuple(keys[i] for i in person.positions)
        units.append(Unit(person.persona, stratum_of(person), own))
        rows += [
            SheetRow(number, key, answers[i].question, answers[i].text)
            for key, i in zip(own, person.positions, strict=True)
        ]
    done = replace(plan, strata=dict(sorted(strata.items(), key=_by_size)), units=tuple(units))
    return Sample(done, tuple(rows), len(by_persona) - len(rated))


def answer_keys(answers: Sequence[Answer], seed: int) -> list[str]:
    """Return the key of each answer; an answer given twice by one person has two."""
    times: Counter[str] = Counter()
    keys = []
    for answer in answers:
        key = answer_key(seed, answer.respondent, answer.question, answer.text)
        again = times[key]
        times[key] += 1
        if again:
            key = answer_key(seed, answer.respondent, f"{answer.question}#{again}", answer.text)
        keys.append(key)
    return keys


def stratum_of(respondent: Respondent) -> int:
    """Return the index in `STRATA` of a respondent."""
    return 0 if respondent.predicted == "not_fit" else 1


def _by_size(entry: tuple[str, tuple[DrawnStratum, DrawnStratum]]) -> tuple[int, str]:
    persona, parts = entry
    return -sum(part.size for part in parts), persona


def _choose(
    order: Sequence[str], flagged: Collection[str], plan: SamplePlan
) -> tuple[set[str], tuple[DrawnStratum, DrawnStratum]]:
    """Return the drawn respondents of a persona, given in random order, and the strata's sizes."""
    members: tuple[list[str], list[str]] = ([], [])
    for first in order:
        members[0 if first in flagged else 1].append(first)
    if plan.design == "fixed":
        wanted = allocate(len(members[0]), len(members[1]), plan.n)
        chosen = {f for part, n in zip(members, wanted, strict=True) for f in part[:n]}
    else:
        chosen = set(order[: plan.n])
    sizes = [DrawnStratum(len(part), sum(first in chosen for first in part)) for part in members]
    return chosen, (sizes[0], sizes[1])
