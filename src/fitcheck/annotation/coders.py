"""How far two people agree who labelled the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitcheck.annotation.plan import SamplePlan
from fitcheck.records import LABELS, Label
from fitcheck.stats.agreement import cohen_kappa, cross_codes, cross_table, krippendorff_alpha
from fitcheck.stats.bootstrap import Interval, Resampler


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two coders, with 95 % intervals over respondents."""

    n: int
    """Answers that both labelled."""
    same: int
    """Of those, the ones with the same label."""
    kappa: Interval
    alpha: Interval
    """Krippendorff's."""
    by_label: dict[Label, Interval]
    """Share of agreement where either of the two chose the label (Cicchetti & Feinstein 1990)."""


def agreement_of(
    plan: SamplePlan, first: Mapping[str, Label], second: Mapping[str, Label]
) -> Agreement:
    """Return the agreement of two coders on the answers that both labelled."""
    units = {key: number for number, unit in enumerate(plan.units) for key in unit.keys}
    both = [key for key in units if key in first and key in second]
    codes = cross_codes([first[k] for k in both], [second[k] for k in both], LABELS, LABELS)
    resampler = Resampler([units[key] for key in both])

    def table(weights: np.ndarray) -> np.ndarray:
        return cross_table(codes, (len(LABELS),) * 2, weights)

    def of_label(index: int, weights: np.ndarray) -> float:
        confusion = table(weights)
        chosen = confusion[index].sum() + confusion[:, index].sum()
        return float(2 * confusion[index, index] / chosen) if chosen else float("nan")

    return Agreement(
        len(both),
        sum(first[key] == second[key] for key in both),
        resampler.interval(lambda weights: cohen_kappa(table(weights))),
        resampler.interval(lambda weights: krippendorff_alpha(table(weights))),
        {
            label: resampler.interval(lambda weights, i=i: of_label(i, weights))  # type: ignore[misc]
            for i, label in enumerate(LABELS)
        },
    )
