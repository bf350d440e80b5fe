"""Compares two runs on the same answers: which is better, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from fitcheck.errors import DataError
from fitcheck.evaluation import metrics
from fitcheck.records import Label
from fitcheck.stats.bootstrap import Interval, Resampler


@dataclass(frozen=True, slots=True)
class Comparison:
    """How run B differs from run A."""

    n: int
    """Number of answers."""
    only_a_right: int
    """Answers that A has right and B wrong."""
    only_b_right: int
    """Answers that B has right and A wrong."""
    p_value: float
    """Exact McNemar test: probability of so uneven a split if both were equally good."""
    macro_f1_difference: Interval
    """macro-F1 of B minus that of A, with its paired bootstrap interval."""
    changed: list[tuple[str, Label, Label | None, Label | None]]
    """Id, gold label, label of A, label of B, where the two differ."""

    @property
    def b_is_worse(self) -> bool:
        """True where the whole interval of the difference is below 0."""
        return self.macro_f1_difference.high < 0


def compare_runs(run_a: dict[str, Any], run_b: dict[str, Any]) -> Comparison:
    """Return how two runs differ, paired by answer.

    Raises
    ------
    DataError
        If they are not about the same answers with the same gold labels.

    References
    ----------
    McNemar 1947, doi:10.1007/BF02295996 (exact form: a binomial test of the discordant pairs)
    """
    a, b = ({answer["id"]: answer for answer in run["answers"]} for run in (run_a, run_b))
    if a.keys() != b.keys() or any(a[i]["gold"] != b[i]["gold"] for i in a):
        raise DataError(
            "The two runs are not about the same labelled answers.",
            "Evaluate both classifiers on one file.",
        )
    ids = list(a)
    gold = [a[i]["gold"] for i in ids]
    said_a, said_b = [a[i]["label"] for i in ids], [b[i]["label"] for i in ids]
    right_a = np.array([g == s for g, s in zip(gold, said_a, strict=True)])
    right_b = np.array([g == s for g, s in zip(gold, said_b, strict=True)])
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    discordant = only_a + only_b
    p_value = float(binomtest(only_a, discordant).pvalue) if discordant else 1.0

    codes_a, codes_b = metrics.codes_of(gold, said_a), metrics.codes_of(gold, said_b)

    def difference(w: np.ndarray) -> float:
        after, before = metrics.table_of(codes_b, w), metrics.table_of(codes_a, w)
        return metrics.macro_f1(after) - metrics.macro_f1(before)

    changed = [(i, g, x, y) for i, g, x, y in zip(ids, gold, said_a, said_b, strict=True) if x != y]
    return Comparison(
        len(ids), only_a, only_b, p_value, Resampler(ids).interval(difference), changed
    )
