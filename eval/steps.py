"""Records what each step of the baseline brings, and its learning curve.

Usage: python eval/steps.py [REAL.csv]
Measures on labeled/dev.csv, and on REAL.csv (labelled answers that nothing was trained on) if
given; writes eval/runs/steps.json and the plots. `eval/README.md` shows the figures.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from fitcheck.classifiers import features, pieces
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.segments import Segment
from fitcheck.classifiers.tokens import Tokens
from fitcheck.evaluation.run import Evaluation, evaluate, score
from fitcheck.labeled import LabeledAnswer, answers_of, load_labeled
from fitcheck.records import LABELS, Prediction

EVAL = Path(__file__).parent
SHOWN = ("macro_f1", "kappa", "ece_not_fit")


@contextmanager
def whole_text_only() -> Iterator[None]:
    """Score an answer as one piece."""

    def one(text: str) -> list[Segment]:
        return [Segment(text, 0, len(text))]

    with patch.object(pieces, "split_segments", one):
        yield


@contextmanager
def words_alone() -> Iterator[None]:
    """Do not repeat words with the kind of the question."""
    with patch.object(features, "_TELLING_KINDS", frozenset()):
        yield


@contextmanager
def no_negations() -> Iterator[None]:
    """Do not repeat negated words."""

    def none(words: Tokens) -> Tokens:
        return words.of_texts(np.zeros(words.n_texts, bool))

    with patch.object(features, "negated_words", none):
        yield


@contextmanager
def sentence_decides() -> Iterator[None]:
    """Let the strongest sentence decide, without the whole text."""
    with patch.object(BaselineClassifier, "_combine", lambda _self, sentences, _whole: sentences):
        yield


STEPS: dict[str, tuple[dict[str, Any], list[Callable[[], Any]]]] = {
    "words of the whole text": ({}, [whole_text_only, words_alone, no_negations]),
    "+ words with the kind of question": ({}, [whole_text_only, no_negations]),
    "+ sentences, the strongest decides": ({}, [sentence_decides, no_negations]),
    "+ sentences and whole text": ({}, [no_negations]),
    "+ negated words (default)": ({}, []),
    "default, C = 3": ({"C": 3.0}, []),
    "default, C = 30": ({"C": 30.0}, []),
    "default + sentence vectors (tfidf+use)": ({"encoder": "tfidf+use"}, []),
    "default + sentence vectors (tfidf+e5)": ({"encoder": "tfidf+e5"}, []),
}
ADAPTED = "default, class shares adapted to the file (EM)"
PLAIN = tuple(f"w{n}-" for n in range(13, 30))
"""Scenarios whose answers speak of fit plainly and shortly (see the datasheet)."""
FRACTIONS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)


def main(arguments: Sequence[str]) -> None:
    """Measure every step and every size, and write the record."""
    train = load_labeled("train")
    measured = {"dev": load_labeled("dev")}
    if arguments:
        measured["real-dev"] = load_labeled(arguments[0])
    record: dict[str, Any] = {"trained_on": len(train), "steps": []}
    record |= {"wording": [], "learning_curve": []}
    for name, (parameters, patches) in STEPS.items():
        with ExitStack() as stack:
            for change in patches:
                stack.enter_context(change())
            model = BaselineClassifier(**parameters).fit_labeled(train)
            record["steps"].append({"step": name, **scores_on(model, measured)})
        print(record["steps"][-1])
    record["steps"].append({"step": ADAPTED, **adapted_scores(train, measured)})
    print(record["steps"][-1])
    plain = [e for e in train if e.scenario.startswith(PLAIN)]
    others = [e for e in train if not e.scenario.startswith(PLAIN)]
    for name, part in (("others", others), ("plain", plain), ("both", train)):
        model = BaselineClassifier().fit_labeled(part)
        entry = {"learned from": f"{name}: {len(part)}", **scores_on(model, measured)}
        record["wording"].append(entry)
        print(entry)
    for fraction in FRACTIONS:
        part = sample(train, fraction)
        model = BaselineClassifier().fit_labeled(part)
        record["learning_curve"].append({"answers": len(part), **scores_on(model, measured)})
        print(record["learning_curve"][-1])
    text = json.dumps(record, indent=1) + "\n"
    (EVAL / "runs" / "steps.json").write_text(text, encoding="utf-8")


def adapted_scores(
    train: list[LabeledAnswer], measured: dict[str, list[LabeledAnswer]]
) -> dict[str, dict[str, float]]:
    """Return the scores with the shares of labels estimated on the file itself.

    Saerens, Latinne & Decaestecker 2002, doi:10.1162/089976602753284446
    """
    model = BaselineClassifier().fit_labeled(train)
    before = np.array([sum(e.label == label for e in train) for label in LABELS]) / len(train)
    scores = {}
    for name, examples in measured.items():
        found = model.annotate(answers_of(examples))
        p = np.array([[(x.probabilities or {})[label] for label in LABELS] for x in found])
        shares, adapted = before, p
        for _ in range(200):
            adapted = p * (shares / before)
            adapted /= adapted.sum(axis=1, keepdims=True)
            shares = adapted.mean(axis=0)
        changed = [
            Prediction(LABELS[int(np.argmax(row))], dict(zip(LABELS, row.tolist(), strict=True)))
            for row in adapted
        ]
        scores[name] = shown(score(examples, changed, {}, n_resamples=1))
    return scores


def sample(examples: list[LabeledAnswer], fraction: float) -> list[LabeledAnswer]:
    """Return the answers of a random part of the scenarios, always the same."""
    scenarios = sorted({example.scenario for example in examples})
    random.Random(0).shuffle(scenarios)  # noqa: S311
    chosen = set(scenarios[: max(1, round(fraction * len(scenarios)))])
    return [example for example in examples if example.scenario in chosen]


def scores_on(
    model: BaselineClassifier, measured: dict[str, list[LabeledAnswer]]
) -> dict[str, dict[str, float]]:
    """Return the shown scores on each data set."""
    return {
        name: shown(evaluate(model, examples, name=name, n_resamples=1))
        for name, examples in measured.items()
    }


def shown(run: Evaluation) -> dict[str, float]:
    """Return the scores that the tables show."""
    return {name: round(run.scores[name].value, 3) for name in SHOWN}


if __name__ == "__main__":
    main(sys.argv[1:])
