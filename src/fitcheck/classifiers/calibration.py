"""Turns a model's votes or log-probabilities into probabilities, learned from labelled answers."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fitcheck.errors import DataError
from fitcheck.evaluation.metrics import expected_calibration_error
from fitcheck.evaluation.run import read_run
from fitcheck.labeled import LabeledAnswer, fingerprint
from fitcheck.records import LABELS, Label

MIN_ANSWERS = 100
MIN_OF_LABEL = 10
_N_FOLDS = 5
_LEAST_MASS = 0.001
"""Differences between probabilities far below it say nothing of a label."""

Seen = tuple[Label, Mapping[Label, float], Label]
"""The label that the model gave, the evidence for each, and the gold label."""


@dataclass(frozen=True)
class Calibration:
    """The probability of each gold label, given a model's label and its evidence.

    A multinomial logistic regression on the logarithm of the evidence. With a single vote it
    holds how often each label of the model turns out to be which.
    """

    path: str
    """The run file that it was learned from."""
    made_with: Mapping[str, str]
    """What has to be the same when it is used, in words of the command line."""
    max_loss: float | None
    """Of the cascade that asked the model; None where it was asked about every answer."""
    golds: Mapping[str, Label]
    """The gold label of each answer's id."""
    data: Mapping[str, Any]
    """Name, number and fingerprint of the labelled answers."""
    facts: Mapping[str, Any]
    """What the run file of a classification says of it."""
    seen: frozenset[Label]
    """The labels that the model gave there; of another one nothing is known."""
    smoothing: float
    coef: np.ndarray
    """Shape (3, 6); rows in the order of `LABELS`."""
    intercept: np.ndarray
    """Shape (3,)."""

    def probabilities(
        self, label: Label, evidence: Mapping[Label, float]
    ) -> dict[Label, float] | None:
        """Return the probability of each label, in [0, 1], summing to 1.

        None where the model never gave this label when the calibration was made.
        """
        if label not in self.seen:
            return None
        scores = self.coef @ _features(label, evidence, self.smoothing) + self.intercept
        shares = np.exp(scores - scores.max())
        return dict(zip(LABELS, (shares / shares.sum()).tolist(), strict=True))

    def refuse_other(self, classifier: Mapping[str, Any]) -> None:
        """Raise a DataError unless it was made with the same model, asked in the same way.

        Parameters
        ----------
        classifier : mapping
            What a run file says of the classifier, with the ``codebook``'s sha256.
        """
        wanted = _conditions(classifier)
        for name, made in self.made_with.items():
            if made != wanted[name]:
                raise self._other(made, wanted[name])

    def refuse_other_share(self, max_loss: float | None) -> None:
        """Raise a DataError unless the model was asked about the same share of answers.

        Those on which the baseline is not certain are harder than all.
        """
        if max_loss != self.max_loss:
            raise self._other(_share(self.max_loss), _share(max_loss))

    def refuse_same(self, examples: Sequence[LabeledAnswer]) -> None:
        """Raise a DataError if it was learned from these answers, whatever their labels now."""
        as_learned = [
            replace(example, label=self.golds.get(str(example.answer.id), example.label))
            for example in examples
        ]
        if fingerprint(as_learned) == self.data.get("sha256"):
            raise DataError(
                "The calibration {path} was learned from these answers, so a score on them says "
                "nothing of it.",
                "Pass other labelled answers.",
                path=self.path,
            )

    def _other(self, made: str, wanted: str) -> DataError:
        return DataError(
            "The calibration {path} was made with {made}, and this run is with {wanted}.",
            "Run `fitcheck evaluate` on labelled answers with the options of this run, and pass "
            "the file that it writes.",
            path=self.path,
            made=made,
            wanted=wanted,
        )


def load_calibration(path: str | Path) -> Calibration:
    """Return the calibration that a run file of `fitcheck evaluate` gives.

    Raises
    ------
    DataError
        If it is no run of a language model, or of too few answers.
    """
    run = read_run(path)
    classifier = run.get("classifier", {})
    if "model" not in classifier:
        raise DataError(
            "{path} is no run of a language model.",
            "Write one with `fitcheck evaluate LABELED --model NAME --output FILE`.",
            path=str(path),
        )
    evidence = classifier.get("evidence") or {"kind": "label"}
    seen = _seen(run, evidence["kind"], str(path))
    _refuse_few(seen, str(path))
    smoothing = _LEAST_MASS if evidence["kind"] == "logprobs" else 0.5 / evidence.get("votes", 1)
    X = np.array([_features(label, given, smoothing) for label, given, _ in seen])
    model, ece = _fitted(X, [gold for *_, gold in seen])
    order = [list(model.classes_).index(label) for label in LABELS]
    return Calibration(
        str(path),
        _conditions({**classifier, "codebook": run["codebook"]["sha256"]}),
        classifier.get("max_loss"),
        {answer["id"]: answer["gold"] for answer in run["answers"]},
        run["data"],
        {
            "run_sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
            "data": dict(run["data"]),
            "n": len(seen),
            "ece_not_fit": round(ece, 4),
        },
        frozenset(label for label, *_ in seen),
        smoothing,
        model.coef_[order],
        model.intercept_[order],
    )


def _features(label: Label, evidence: Mapping[Label, float], smoothing: float) -> np.ndarray:
    """Return shape (6,): the evidence on a logarithmic scale, and which label was given."""
    shares = [math.log(evidence.get(each, 0.0) + smoothing) for each in LABELS]
    return np.array([*shares, *(float(label == each) for each in LABELS)])


def _fitted(X: np.ndarray, gold: Sequence[Label]) -> tuple[Any, float]:
    """Return the regression, and the calibration error of p_not_fit on answers it did not see."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(max_iter=1_000)
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=0)
    with threadpool_limits(limits=1):
        shares = cross_val_predict(model, X, list(gold), cv=folds, method="predict_proba")
        model.fit(X, list(gold))
    not_fit = shares[:, list(model.classes_).index("not_fit")]
    return model, expected_calibration_error(not_fit, np.array([g == "not_fit" for g in gold]))


def _seen(run: Mapping[str, Any], kind: str, path: str) -> list[Seen]:
    """Return what the run says of the answers that the model coded; rules and others are out."""
    found: list[Seen] = []
    for answer in run["answers"]:
        label, gold, given = answer["label"], answer["gold"], answer.get("evidence")
        if given is None and kind == "label" and label and answer.get("p_not_fit") is None:
            given = {label: 1.0}
        if given is None or label is None:
            continue
        try:
            shares = {each: float(given.get(each, 0.0)) for each in LABELS}
            usable = {label, gold} <= set(LABELS) and all(0 <= s <= 1 for s in shares.values())
        except (AttributeError, TypeError, ValueError):
            usable = False
        if not usable:
            raise DataError(
                "{path} is no run file of `fitcheck evaluate`.",
                "Write one with `fitcheck evaluate --output FILE`.",
                path=path,
            )
        found.append((label, shares, gold))
    return found


def _refuse_few(seen: Sequence[Seen], path: str) -> None:
    counts = Counter(gold for *_, gold in seen)
    if len(seen) >= MIN_ANSWERS and all(counts[label] >= MIN_OF_LABEL for label in LABELS):
        return
    raise DataError(
        "{path} has {n} answers with evidence of the model ({counts}), too few for a calibration.",
        "Evaluate at least {least} labelled answers, {each} or more of every label, and pass that "
        "run.",
        path=path,
        n=len(seen),
        counts=", ".join(f"{label} {counts[label]}" for label in LABELS),
        least=MIN_ANSWERS,
        each=MIN_OF_LABEL,
    )


def _conditions(classifier: Mapping[str, Any]) -> dict[str, str]:
    prompt, evidence = classifier["prompt"], classifier.get("evidence") or {}
    asked = f"--votes {evidence.get('votes', 1)}"
    if evidence.get("kind") == "logprobs":
        asked = f"--logprobs ({evidence['prompt']['sha256'][:8]})"
    return {
        "model": f"--model {classifier['model']}",
        "prompt": f"--prompt {prompt['id']} ({prompt['sha256'][:8]})",
        "codebook": f"--codebook ({classifier['codebook'][:8]})",
        "temperature": f"temperature {float(classifier['temperature']):g}",
        "evidence": asked,
    }


def _share(max_loss: float | None) -> str:
    return "--classifier llm" if max_loss is None else f"--classifier cascade --max-loss {max_loss}"
