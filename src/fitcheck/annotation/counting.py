"""What people said of the drawn respondents, counted as the plan wants it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fitcheck.annotation.drawing import answer_keys
from fitcheck.annotation.plan import SamplePlan, load_plan, plan_path
from fitcheck.annotation.respondents import human_label
from fitcheck.annotation.sheet import FilledSheet, read_sheet
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.records import Answer, Label, Message
from fitcheck.stats.strata import Strata, Stratum
from fitcheck.surveys.cells import clean_text, unguard_formula


@dataclass(frozen=True, slots=True)
class LabelledPersona:
    """The labels of one persona's sample."""

    strata: Strata
    in_order: tuple[Label | None, ...]
    """Labels in the order of drawing, as far as people have come; None was passed over."""
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

    Whoever has no label but has labels behind in the order of the sheet was passed over and is
    unclear: it counts against both bounds, for leaving out what is hard to decide must not make a
    rate look better. Those behind the last label are simply not labelled yet.

    Examples
    --------
    >>> from fitcheck.annotation.plan import DrawnStratum, Unit
    >>> units = tuple(Unit("Pflege", 1, (key,)) for key in "abcd")
    >>> strata = {"Pflege": (DrawnStratum(0, 0), DrawnStratum(9, 4))}
    >>> plan = SamplePlan("fixed", seed=0, n=4, strata=strata, units=units)
    >>> counted = count_labels(plan, {"a": "fit", "c": "not_fit"})["Pflege"]
    >>> counted.in_order, counted.open, counted.unclear
    (('fit', None, 'not_fit'), 1, 1)
    """
    said = [human_label([labels.get(key) for key in unit.keys]) for unit in plan.units]
    end = max((i for i, label in enumerate(said) if label is not None), default=-1) + 1
    drawn = Counter(unit.persona for unit in plan.units)
    reached: dict[str, list[tuple[int, Label | None]]] = defaultdict(list)
    for unit, label in zip(plan.units[:end], said, strict=False):
        reached[unit.persona].append((unit.stratum, label))
    return {
        persona: LabelledPersona(
            Strata(*(_stratum(part.size, i, reached[persona]) for i, part in enumerate(parts))),
            tuple(label for _, label in reached[persona]),
            drawn[persona],
        )
        for persona, parts in plan.strata.items()
    }


def _stratum(size: int, index: int, reached: Sequence[tuple[int, Label | None]]) -> Stratum:
    own = [label for stratum, label in reached if stratum == index]
    counts = (own.count(label) for label in ("not_fit", "fit", "no_signal", None))
    return Stratum(size, *counts)


def take_look(
    path: Path, plan: SamplePlan, labels: Mapping[str, Label], *, as_is: bool = False
) -> tuple[SamplePlan, bool]:
    """Return the plan, and whether its bounds may be read with these labels; a look is noted.

    A sequential plan may always be looked at. A fixed one only so often as it says, for a bound
    that is looked at until it suits does not hold; while labels are missing there is nothing to
    see and no look is taken, unless it is to be judged as it is.
    """
    if plan.design == "sequential" or not labels:
        return plan, True
    looked = plan.look(labels)
    if looked is None:
        return plan, False
    complete = not any(persona.open for persona in count_labels(plan, labels).values())
    if not (complete or as_is):
        return plan, True
    if looked != plan:
        looked.save(path, overwrite=True)
    return looked, True


class HumanLabels(NamedTuple):
    """People's labels of a sample."""

    plan: SamplePlan
    labels: dict[str, Label]
    """By key; those of respondents who were not drawn are not in it."""
    notes: list[Message]
    """What was noticed in the sheet."""


def read_labels(
    sheet: str | Path,
    answers: Sequence[Answer],
    plan: str | Path | None = None,
    codebook: Codebook | None = None,
) -> HumanLabels:
    """Return the labels in a filled sheet of `fitcheck sample`, and the plan they belong to.

    Parameters
    ----------
    sheet : str or Path
        The workbook, or a csv that Excel saved; partly filled, in any order of rows.
    answers : sequence of Answer
        Those that the sample was drawn from.
    plan : str or Path, optional
        Beside the sheet by default.
    codebook : Codebook, optional
        The shipped one by default.

    Raises
    ------
    DataError
        If there is no plan, it belongs to other answers, or the sheet was changed.

    Examples
    --------
    >>> import tempfile
    >>> from fitcheck.annotation.drawing import draw_sample
    >>> from fitcheck.annotation.sheet import write_sheet
    >>> from fitcheck.records import Prediction
    >>> answers = [Answer("passt", "Passte es?", id=str(i)) for i in range(30)]
    >>> sample = draw_sample(answers, [Prediction("fit")] * 30, SamplePlan("fixed", 0, 20))
    >>> sheet = Path(tempfile.mkdtemp()) / "sample.xlsx"
    >>> sample.plan.save(plan_path(sheet))
    >>> write_sheet(sheet, sample.rows, load_codebook(), "de")
    >>> read_labels(sheet, answers).labels  # nobody has filled it in yet
    {}
    """
    known = load_plan(Path(plan) if plan else plan_path(Path(sheet)))
    filled = read_sheet(sheet, codebook or load_codebook())
    labels, notes = labels_of_sheet(known, filled, answers)
    return HumanLabels(known, labels, notes)


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
    keyed = zip(answer_keys(answers, plan.seed), answers, strict=True)
    texts = {key: answer.text for key, answer in keyed if key in drawn}
    if len(texts) < len(drawn):
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
    if odd := sum(row.has_foreign_theme for row in sheet.rows):
        notes.append(
            Message(
                "{path}: {n} rows name a theme that the codebook does not have.",
                {"path": sheet.path, "n": odd},
                warning=True,
            )
        )
    return {key: label for key, label in sheet.labels.items() if key in drawn}, notes


def _same(shown: str, text: str) -> bool:
    """Return whether a cell still holds the answer, however a spreadsheet treats blanks."""
    folded = (" ".join(clean_text(part).split()) for part in (shown, unguard_formula(text)))
    return next(folded) == next(folded)
