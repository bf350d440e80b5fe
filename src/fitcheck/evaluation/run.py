"""Evaluates a classifier on labelled answers; the result is a file that says what it is of."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from fitcheck.classifiers.base import annotate_all, classifier_facts
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.evaluation import metrics
from fitcheck.evaluation.scores import all_scores, by_group, rounded
from fitcheck.labeled import LabeledAnswer, answers_of, fingerprint, labels_of
from fitcheck.records import LABELS, Classifier, Label, Prediction
from fitcheck.stats.bootstrap import Interval, Resampler

FORMAT = 1
"""Version of the run file."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a classifier reached on labelled answers."""

    scores: dict[str, Interval]
    """Name of a metric to its value, interval and number of answers."""
    confusion: list[list[int]]
    """Rows: gold label; columns: predicted label, and failed."""
    reliability: list[tuple[float, float, int]]
    """Per bin of p_not_fit: mean probability, observed share, answers."""
    groups: dict[str, dict[str, dict[str, Any]]]
    """By language, question kind, length, rule, persona: n, accuracy and macro-F1."""
    coded: list[dict[str, Any]]
    """Per answer: id, gold, label, p_not_fit, evidence, failure; no text."""
    facts: dict[str, Any]
    """Hashes and versions of data, codebook, classifier and code."""
    seconds: float = 0.0
    """How long labelling took; not part of the file, which is the same every time."""

    def worst_group(self) -> tuple[str, str, dict[str, Any]] | None:
        """Return the group with the lowest accuracy among those with enough answers."""
        groups = [
            (dimension, name, scores)
            for dimension, found in self.groups.items()
            for name, scores in found.items()
            if "accuracy" in scores
        ]
        return min(groups, key=lambda g: g[2]["accuracy"], default=None)

    def to_json(self) -> str:
        """Return the run file's content; byte-identical for the same data and labels."""
        content = {
            "format": FORMAT,
            **self.facts,
            "scores": {
                name: {
                    "value": rounded(i.value),
                    "low": rounded(i.low),
                    "high": rounded(i.high),
                    "n": i.n,
                }
                for name, i in self.scores.items()
            },
            "confusion": {
                "labels": [*LABELS, "failed"],
                "rows": dict(zip(LABELS, self.confusion, strict=True)),
            },
            "reliability_p_not_fit": [
                [rounded(said), rounded(seen), n] for said, seen, n in self.reliability
            ],
            "groups": self.groups,
            "answers": self.coded,
        }
        return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def evaluate(
    classifier: Classifier,
    examples: Sequence[LabeledAnswer],
    *,
    name: str = "",
    codebook: Codebook | None = None,
    n_resamples: int = 1000,
    random_state: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Return how well the classifier codes the examples.

    Intervals are 95 % percentile intervals over resampled scenarios. A failed answer counts as
    wrong. The classifier must not have seen the examples.

    Raises
    ------
    DataError
        If there are no examples.

    Examples
    --------
    >>> from fitcheck.api import make_classifier
    >>> from fitcheck.labeled import load_labeled
    >>> found = evaluate(make_classifier(), load_labeled("dev")[:40], n_resamples=50)
    >>> sorted(found.scores)[:3]
    ['accuracy', 'brier', 'ece_not_fit']
    """
    if not examples:
        raise DataError("There are no labelled answers.", "Pass a file that has some.")
    answers = answers_of(examples)
    started = time.perf_counter()
    predictions = annotate_all(classifier, answers, progress)
    seconds = time.perf_counter() - started
    facts = _facts(classifier, examples, name, codebook or load_codebook(), random_state)
    return score(examples, predictions, facts, n_resamples, random_state, seconds)


def score(
    examples: Sequence[LabeledAnswer],
    predictions: Sequence[Prediction],
    facts: dict[str, Any],
    n_resamples: int = 1000,
    random_state: int = 0,
    seconds: float = 0.0,
) -> Evaluation:
    """Return how well predictions code the examples; `facts` says where they come from."""
    gold = labels_of(examples)
    resampler = Resampler([e.scenario for e in examples], n_resamples, random_state)
    labels = [p.label for p in predictions]
    table = metrics.confusion(gold, labels)
    p = np.array([x.p_not_fit if x.p_not_fit is not None else np.nan for x in predictions])
    known = ~np.isnan(p)
    is_not_fit = np.array([g == "not_fit" for g in gold])
    return Evaluation(
        scores=all_scores(examples, gold, predictions, resampler),
        confusion=table.astype(int).tolist(),
        reliability=[
            (said, seen, int(n))
            for said, seen, n in metrics.reliability(p[known], is_not_fit[known])
        ],
        groups=by_group(examples, gold, labels),
        coded=[_coded(e, x) for e, x in zip(examples, predictions, strict=True)],
        facts=facts,
        seconds=seconds,
    )


def _coded(example: LabeledAnswer, prediction: Prediction) -> dict[str, Any]:
    p = prediction.p_not_fit
    return {
        "id": example.answer.id,
        "gold": example.label,
        "label": prediction.label,
        "p_not_fit": None if p is None else round(p, 4),
        **({"evidence": _rounded(prediction.evidence)} if prediction.evidence else {}),
        **({"failure": prediction.failure} if prediction.failure else {}),
    }


def _rounded(evidence: Mapping[Label, float]) -> dict[Label, float]:
    return {label: round(share, 4) for label, share in evidence.items()}


def _facts(
    classifier: Classifier,
    examples: Sequence[LabeledAnswer],
    name: str,
    codebook: Codebook,
    random_state: int,
) -> dict[str, Any]:
    return {
        "data": {"name": name, "n": len(examples), "sha256": fingerprint(examples)},
        "codebook": {"id": codebook.id, "version": codebook.version, "sha256": codebook.sha256},
        "classifier": classifier_facts(classifier),
        "fitcheck": version("fitcheck-feedback"),
        "seed": random_state,
    }


def read_run(path: str | Path) -> dict[str, Any]:
    """Return a run file's content.

    Raises
    ------
    DataError
        If it is missing, no run file, or of a newer fitcheck.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        fmt, answers = content["format"], content["answers"]
        usable = isinstance(fmt, int) and all({"id", "gold", "label"} <= set(a) for a in answers)
    except FileNotFoundError:
        raise DataError("There is no file {path}.", "Check the name.", path=str(path)) from None
    except (OSError, ValueError, KeyError, TypeError):
        usable, fmt = False, 0
    if not usable:
        raise DataError(
            "{path} is no run file of `fitcheck evaluate`.",
            "Write one with `fitcheck evaluate --output FILE`.",
            path=str(path),
        )
    if fmt > FORMAT:
        raise DataError(
            "{path} was written by a newer fitcheck (format {found}, known {known}).",
            "Update fitcheck.",
            path=str(path),
            found=fmt,
            known=FORMAT,
        )
    return dict(content)
