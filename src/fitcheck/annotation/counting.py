"""What people said of the drawn respondents, counted as the plan wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fitcheck.annotation.drawing import answer_keys
from fitcheck.annotation.plan import SamplePlan, Unit
from fitcheck.annotation.respondents import human_label
from fitcheck.annotation.sheet import FilledSheet
from fitcheck.errors import DataError
from fitcheck.records import Answer, Label, Message
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.surveys.cells import clean_text, unguard_formula


@dataclass(frozen=True, slots=True)
class LabelledPersona:
    """The labels of one persona's sample."""

    strata: Strata
    in_order: tuple[Label | None, ...]
    """Labels of the drawn respondents in the order of drawing, up to the last one that has one."""
    drawn: int
    """Respondents that were drawn."""

    @property
    def open(self) -> int:
        """Drawn respondents that nobody has come to yet."""
        return self.drawn - len(self.in_order)

    @property
    def unclear(self) -> int:
        """Drawn respondents that were passed over."""
        return sum(label is None for label in self.in_order)


def count_labels(plan: SamplePlan, labels: Mapping[str, Label]) -> dict[str, LabelledPersona]:
    """Return the labels by persona.

    A respondent who was passed over, with labels behind, is unclear and counts against both bounds:
    leaving out what is hard to decide must not make a rate look better. Those behind the last
    label are simply not labelled yet.

    Examples
    --------
    >>> from fitcheck.annotation.plan import DrawnStratum
    >>> units = tuple(Unit("Pflege", 1, (key,)) for key in "abcd")
    >>> strata = {"Pflege": (DrawnStratum(0, 0), DrawnStratum(9, 4))}
    >>> plan = SamplePlan("fixed", seed=0, n=4, strata=strata, units=units)
    >>> counted = count_labels(plan, {"a": "fit", "c": "not_fit"})["Pflege"]
    >>> counted.in_order, counted.open, counted.unclear
    (('fit', None, 'not_fit'), 1, 1)
    """
    by_persona: dict[str, list[Unit]] = defaultdict(list)
    for unit in plan.units:
        by_persona[unit.persona].append(unit)
    return {persona: _count(plan, persona, by_persona[persona], labels) for persona in plan.strata}


def _count(
    plan: SamplePlan, persona: str, units: Sequence[Unit], labels: Mapping[str, Label]
) -> LabelledPersona:
    said = [human_label([labels.get(key) for key in unit.keys]) for unit in units]
    parts = []
    for index, drawn in enumerate(plan.strata[persona]):
        own = _until_last([s for s, unit in zip(said, units, strict=True) if unit.stratum == index])
        if plan.design == "sequential":  # one order over both strata: what lies before its end
            end = len(_until_last(said))
            own = [s for s, unit in zip(said[:end], units, strict=False) if unit.stratum == index]
        parts.append(
            Stratum(
                drawn.size,
                own.count("not_fit"),
                own.count("fit"),
                own.count("no_signal"),
                own.count(None),
            )
        )
    return LabelledPersona(Strata(parts[0], parts[1]), tuple(_until_last(said)), len(units))


def _until_last(labels: Sequence[Label | None]) -> list[Label | None]:
    """Return the labels up to the last one that there is."""
    known = [i for i, label in enumerate(labels) if label is not None]
    return list(labels[: known[-1] + 1]) if known else []


def labels_of_sheet(
    plan: SamplePlan, sheet: FilledSheet, answers: Sequence[Answer]
) -> tuple[dict[str, Label], list[Message]]:
    """Return the labels of a sheet that count for the rate, and what was noticed in it.

    Raises
    ------
    DataError
        If the sample was drawn from other answers, or an answer was changed in the sheet.
    """
    drawn = {key for unit in plan.units for key in unit.keys}
    texts = dict(zip(answer_keys(answers, plan.seed), (a.text for a in answers), strict=True))
    if not drawn <= set(texts):
        raise DataError(
            "{path} was drawn from other answers than these.",
            "Pass the answers table that `fitcheck sample` was given.",
            path=sheet.path,
        )
    changed = [
        row.row for row in sheet.rows if row.key in drawn and not _same(row.text, texts[row.key])
    ]
    if changed:
        raise DataError(
            "{path}: the answers in rows {rows} were changed.",
            "Copy them back from the original sheet; labels may be changed, answers may not.",
            path=sheet.path,
            rows=", ".join(map(str, changed[:8])) + (", …" if len(changed) > 8 else ""),
        )
    notes = []
    there = {row.key for row in sheet.rows}
    if foreign := len(there - drawn):
        notes.append(
            Message(
                "{path}: {n} rows were not drawn by lot; their labels are not used for the rate.",
                {"path": sheet.path, "n": foreign},
                warning=True,
            )
        )
    if gone := len(drawn - there):
        notes.append(
            Message(
                "{path}: {n} drawn rows are gone; they count as passed over.",
                {"path": sheet.path, "n": gone},
                warning=True,
            )
        )
    return {key: label for key, label in sheet.labels.items() if key in drawn}, notes


def _same(shown: str, text: str) -> bool:
    """Return whether a cell still holds the answer, however a spreadsheet treats blanks."""
    folded = (" ".join(clean_text(part).split()) for part in (shown, unguard_formula(text)))
    return next(folded) == next(folded)
