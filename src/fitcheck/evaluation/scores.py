"""Every metric of a run with its interval, overall and by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fitcheck.evaluation import metrics
from fitcheck.labeled import LabeledAnswer
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import LABELS, Label, Prediction
from fitcheck.stats.bootstrap import Interval, Resampler

MIN_GROUP_ANSWERS = 20
"""Groups with fewer answers have no scores: they would be noise."""
_MIN_RESAMPLED = 10
"""A share of fewer answers has no bootstrap interval."""
_LENGTHS = ((5, "1-5 words"), (15, "6-15 words"), (40, "16-40 words"), (10**9, "over 40 words"))


def all_scores(
    examples: Sequence[LabeledAnswer],
    gold: Sequence[Label],
    predictions: Sequence[Prediction],
    resampler: Resampler,
) -> dict[str, Interval]:
    """Return every metric with its interval."""
    codes = metrics.codes_of(gold, [p.label for p in predictions])

    def of_table(metric: Callable[[np.ndarray], float]) -> Interval:
        return resampler.interval(lambda w: metric(metrics.table_of(codes, w)))

    scores = {
        "accuracy": of_table(metrics.accuracy),
        "macro_f1": of_table(metrics.macro_f1),
        "kappa": of_table(metrics.kappa),
    }
    whole = metrics.table_of(codes, np.ones(len(gold)))
    for label in LABELS:
        row = LABELS.index(label)
        counted = {"precision": whole[:, row].sum(), "recall": whole[row].sum()}
        for i, metric in enumerate(("precision", "recall", "f1")):
            found = of_table(partial(_of_label, label, i))
            scores[f"{metric}_{label}"] = _out_of(found, int(counted.get(metric, len(gold))))
    if all(p.probabilities is not None for p in predictions):
        shares = np.array(
            [[(p.probabilities or {}).get(c, 0) for c in LABELS] for p in predictions]
        )
        column = shares[:, LABELS.index("not_fit")]
        happened = np.array([g == "not_fit" for g in gold])
        errors = metrics.squared_errors(shares, gold)
        scores["brier"] = resampler.interval(lambda w: float(np.average(errors, weights=w)))
        # Resampling adds noise to every bin, so a bootstrap interval would lie above the value.
        ece = metrics.expected_calibration_error(column, happened)
        scores["ece_not_fit"] = Interval(ece, float("nan"), float("nan"), len(gold))
    scores |= _theme_scores(examples, predictions)
    return scores


def _out_of(score: Interval, n: int) -> Interval:
    """Return a share of `n` answers; few of them resampled look far too certain."""
    known = n >= _MIN_RESAMPLED
    bounds = (score.low, score.high) if known else (float("nan"), float("nan"))
    return Interval(score.value, *bounds, n)


def _of_label(label: Label, position: int, table: np.ndarray) -> float:
    return metrics.precision_recall_f1(table, label)[position]


def _theme_scores(
    examples: Sequence[LabeledAnswer], predictions: Sequence[Prediction]
) -> dict[str, Interval]:
    """Return theme and quote scores; they have no interval, which is said by nan."""
    wanted, found = [e.themes for e in examples], [p.themes for p in predictions]
    nan, n = float("nan"), len(examples)
    scores: dict[str, Interval] = {}
    if any(wanted):
        micro, macro = metrics.theme_f1(wanted, found)
        scores["theme_micro_f1"] = Interval(micro, nan, nan, n)
        scores["theme_macro_f1"] = Interval(macro, nan, nan, n)
        if any(hit.polarity != "neutral" for hits in wanted for hit in hits):
            scores["theme_polarity"] = Interval(
                metrics.polarity_accuracy(wanted, found), nan, nan, n
            )
    right = [
        (e, p) for e, p in zip(examples, predictions, strict=True) if e.quote and p.label == e.label
    ]
    if right:
        hits = [metrics.quotes_overlap(e.answer.text, e.quote, p.quote) for e, p in right]
        scores["quote_overlap"] = Interval(float(np.mean(hits)), nan, nan, len(right))
    return scores


def by_group(
    examples: Sequence[LabeledAnswer], gold: Sequence[Label], labels: Sequence[Label | None]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return n, accuracy and macro-F1 by language, question kind, length, rule and persona.

    Personas of fewer answers than people that a group needs are left out, with their names.
    """
    dimensions: dict[str, list[str]] = {
        "language": [e.language.partition("-")[0] for e in examples],
        "question_kind": [e.answer.kind or "open" for e in examples],
        "length": [_length(e.answer.text) for e in examples],
        "rule": [e.rule for e in examples],
        "persona": [e.answer.persona for e in examples],
    }
    sizes = Counter(dimensions["persona"])
    return {
        dimension: {
            name: _group_scores([i for i, v in enumerate(values) if v == name], gold, labels)
            for name in sorted(set(values))
            if dimension != "persona" or sizes[name] >= MIN_GROUP
        }
        for dimension, values in dimensions.items()
        if len(set(values)) > 1
    }


def _group_scores(
    members: Iterable[int], gold: Sequence[Label], labels: Sequence[Label | None]
) -> dict[str, Any]:
    chosen = list(members)
    table = metrics.confusion([gold[i] for i in chosen], [labels[i] for i in chosen])
    if len(chosen) < MIN_GROUP_ANSWERS:
        return {"n": len(chosen)}
    return {
        "n": len(chosen),
        "accuracy": rounded(metrics.accuracy(table)),
        "macro_f1": rounded(metrics.macro_f1(table)),
    }


def _length(text: str) -> str:
    n = len(text.split())
    return next(name for limit, name in _LENGTHS if n <= limit)


def rounded(value: float) -> float | None:
    """Return a number to four digits; None where it is not defined."""
    return None if np.isnan(value) else round(float(value), 4)
