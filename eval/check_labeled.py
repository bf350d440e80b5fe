"""Checks the labelled answers and the canaries: counts, splits, double coding, repetition.

Exits 1 on a fault.

Usage: python eval/check_labeled.py [--write]
With --write, the measured figures are put into labeled/figures.json, which the datasheet quotes.
"""

from __future__ import annotations

import csv
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from canary_rows import Canary, canary_faults, read_canaries
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from fitcheck.api import read_answers
from fitcheck.classifiers.tokens import fold_texts
from fitcheck.labeled import LabeledAnswer, load_labeled
from fitcheck.records import LABELS
from fitcheck.stats.agreement import cohen_kappa, cross_codes, cross_table, krippendorff_alpha
from fitcheck.stats.bootstrap import Resampler

LABELED = Path(__file__).parents[1] / "labeled"
SPLITS = ("train", "dev", "test")
MAX_NGRAM_SHARE = 0.01
NEAR_DUPLICATE = 0.9
"""Cosine of character n-grams from which two answers to different briefs are near-duplicates."""

Codings = dict[str, dict[str, dict[str, str]]]


def main(arguments: Sequence[str]) -> int:
    """Print figures and faults; return the exit code."""
    splits = {split: load_labeled(split) for split in SPLITS}
    answers = [answer for split in splits.values() for answer in split]
    codings = read_codings()
    canaries = read_canaries()
    figures = measure(splits, answers, codings)
    figures["canaries"] = measure_canaries(canaries, codings)
    faults = [
        *count_faults(answers, figures),
        *split_faults(splits),
        *coding_faults([*answers, *(c.example for c in canaries)], codings),
        *canary_faults(canaries),
        *repeated_canaries(canaries, answers),
        *repeated_in_demo(answers),
    ]
    text = json.dumps(figures, ensure_ascii=False, indent=1) + "\n"
    if "--write" in arguments:
        (LABELED / "figures.json").write_text(text, encoding="utf-8")
    elif (LABELED / "figures.json").read_text(encoding="utf-8") != text:
        faults.append("labeled/figures.json is not current; run with --write")
    print(text)
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if faults else 0


def language(answer: LabeledAnswer) -> str:
    """Return de, en or other."""
    main_language = answer.language.partition("-")[0]
    return main_language if main_language in ("de", "en") else "other"


def read_codings() -> Codings:
    """Return answer id to coder to the raw coding."""
    codings: Codings = defaultdict(dict)
    with (LABELED / "annotations.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            codings[row["id"]][row["coder"]] = row
    return codings


def measure(
    splits: dict[str, list[LabeledAnswer]], answers: list[LabeledAnswer], codings: Codings
) -> dict[str, Any]:
    """Return what the datasheet says in numbers."""
    words = [len(a.answer.text.split()) for a in answers]
    quartiles = statistics.quantiles(words, n=20)
    return {
        "answers": len(answers),
        "splits": {split: len(found) for split, found in splits.items()},
        "languages": dict(sorted(Counter(a.language for a in answers).items())),
        "labels": {
            name: {label: sum(a.label == label for a in group) for label in LABELS}
            for name, group in by_language(answers).items()
        },
        "no_signal_share": round(sum(a.label == "no_signal" for a in answers) / len(answers), 3),
        "words": {
            "median": statistics.median(words),
            "p5": quartiles[0],
            "p25": quartiles[4],
            "p75": quartiles[14],
            "p95": quartiles[18],
            "longest": max(words),
        },
        "question_wordings": len({a.answer.question for a in answers}),
        "question_kinds": dict(sorted(Counter(str(a.answer.kind) for a in answers).items())),
        "rules": dict(sorted(Counter(a.rule for a in answers).items(), key=rule_number)),
        "scenarios": len({a.scenario for a in answers}),
        "minimal_pairs": len({a.pair for a in answers if a.pair}),
        "most_repeated_five_words": most_repeated(answers),
        "agreement": {name: agreement(g, codings) for name, g in by_language(answers).items()},
    }


def measure_canaries(canaries: list[Canary], codings: Codings) -> dict[str, Any]:
    """Return what the datasheet says of the canaries; an agreement is a number of canaries."""
    coded = [codings[c.id] for c in canaries if {"A", "B"} <= codings[c.id].keys()]
    return {
        "answers": len(canaries),
        "languages": dict(sorted(Counter(c.example.language for c in canaries).items())),
        "labels": {label: sum(c.example.label == label for c in canaries) for label in LABELS},
        "aims": dict(sorted(Counter(c.aims_at for c in canaries).items())),
        "styles": len({c.style for c in canaries}),
        "same_label": sum(c["A"]["label"] == c["B"]["label"] for c in coded),
        "same_rule": sum(c["A"]["rule"] == c["B"]["rule"] for c in coded),
    }


def rule_number(item: tuple[str, int]) -> int:
    """Sort G2 before G10."""
    return int(item[0].lstrip("G") or 0)


def by_language(answers: list[LabeledAnswer]) -> dict[str, list[LabeledAnswer]]:
    """Return all answers, and those of each language group."""
    groups = {name: [a for a in answers if language(a) == name] for name in ("de", "en", "other")}
    return {"all": answers, **groups}


def agreement(answers: list[LabeledAnswer], codings: Codings) -> dict[str, Any]:
    """Return kappa and alpha of the two codings before adjudication, with 95 % intervals."""
    both = [a for a in answers if {"A", "B"} <= codings[str(a.answer.id)].keys()]
    first = [codings[str(a.answer.id)]["A"]["label"] for a in both]
    second = [codings[str(a.answer.id)]["B"]["label"] for a in both]
    resampler = Resampler([a.scenario for a in both], n_resamples=500)

    def interval(statistic: Any, one: str | None = None) -> list[float]:
        a, b = (
            (first, second)
            if one is None
            else ([str(x == one) for x in first], [str(x == one) for x in second])
        )
        names = LABELS if one is None else ("True", "False")
        codes, shape = cross_codes(a, b, names, names), (len(names), len(names))
        found = resampler.interval(lambda w: statistic(cross_table(codes, shape, w)))
        return [round(v, 3) for v in (found.value, found.low, found.high)]

    return {
        "answers": len(both),
        "agree": round(float(np.mean([a == b for a, b in zip(first, second, strict=True)])), 3),
        "kappa": interval(cohen_kappa),
        "alpha": interval(krippendorff_alpha),
        "kappa_per_label": {label: interval(cohen_kappa, label) for label in LABELS},
    }


def five_words(text: str) -> set[tuple[str, ...]]:
    """Return every sequence of five words in a text."""
    words = fold_texts([text])[0].split()
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def most_repeated(answers: Iterable[LabeledAnswer]) -> int:
    """Return in how many answers the most frequent sequence of five words occurs."""
    counts = Counter(gram for a in answers for gram in five_words(a.answer.text))
    return max(counts.values(), default=0)


def count_faults(answers: list[LabeledAnswer], figures: dict[str, Any]) -> list[str]:
    """Return what is missing from the numbers that the set promises."""
    labels, faults = figures["labels"], []
    n = {name: sum(counts.values()) for name, counts in labels.items()}
    promised = {
        "answers >= 3000": figures["answers"] >= 3000,
        "de >= 1600, en >= 1300, other >= 100": n["de"] >= 1600
        and n["en"] >= 1300
        and n["other"] >= 100,
        "no_signal 65 to 75 %": 0.65 <= figures["no_signal_share"] <= 0.75,
        "350 fit and not_fit per main language": all(
            labels[name][label] >= 350 for name in ("de", "en") for label in ("fit", "not_fit")
        ),
        "25 question wordings": figures["question_wordings"] >= 25,
        "every rule 40 times": all(figures["rules"].get(f"G{i}", 0) >= 40 for i in range(1, 17)),
        "no five words in over 1 % of the answers": figures["most_repeated_five_words"]
        <= MAX_NGRAM_SHARE * len(answers),
        "kappa >= 0.8 per language": all(
            figures["agreement"][name]["kappa"][0] >= 0.8 for name in ("de", "en")
        ),
    }
    faults += [f"promised but not so: {name}" for name, holds in promised.items() if not holds]
    return faults


def split_faults(splits: dict[str, list[LabeledAnswer]]) -> list[str]:
    """Return what stands on both sides of a split: scenarios, pairs, texts, near-duplicates."""
    faults = []
    for what in ("scenario", "pair"):
        seen: dict[str, str] = {}
        for split, answers in splits.items():
            for answer in answers:
                value = getattr(answer, what)
                if value and seen.setdefault(value, split) != split:
                    faults.append(f"{what} {value} is in {seen[value]} and {split}")
    held_out = [*splits["dev"], *splits["test"]]
    faults += [
        f"{a.answer.id} is a near-duplicate of {b.answer.id} in train"
        for a, b in near_duplicates(held_out, splits["train"])
    ]
    return faults


def near_duplicates(
    answers: Sequence[LabeledAnswer], others: Sequence[LabeledAnswer]
) -> list[tuple[LabeledAnswer, LabeledAnswer]]:
    """Return the answers of five words and more that nearly equal one of the others."""
    long = [a for a in others if len(a.answer.text.split()) >= 5]
    asked = [a for a in answers if len(a.answer.text.split()) >= 5]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    space = vectorizer.fit_transform(fold_texts([a.answer.text for a in long]))
    near = NearestNeighbors(n_neighbors=1, metric="cosine").fit(space)
    distances, places = near.kneighbors(
        vectorizer.transform(fold_texts([a.answer.text for a in asked]))
    )
    return [
        (a, long[int(place)])
        for a, distance, place in zip(asked, distances[:, 0], places[:, 0], strict=True)
        if 1 - distance >= NEAR_DUPLICATE
    ]


def repeated_canaries(canaries: list[Canary], answers: list[LabeledAnswer]) -> list[str]:
    """Return canaries that, with or without the order, nearly equal an answer of a split."""
    shown = [c.example for c in canaries] + [replace(c.example, answer=c.plain) for c in canaries]
    known = dict(zip(fold_texts([a.answer.text for a in answers]), answers, strict=True))
    folded = fold_texts([a.answer.text for a in shown])
    same = [(a, known[text]) for a, text in zip(shown, folded, strict=True) if text in known]
    pairs = {(a.answer.id, b.answer.id) for a, b in (*same, *near_duplicates(shown, answers))}
    return [f"{a} is a near-duplicate of {b}" for a, b in sorted(pairs)]


def repeated_in_demo(answers: list[LabeledAnswer]) -> list[str]:
    """Return answers of the demo that nearly equal an answer of a split."""
    demo = read_answers(LABELED / "demo" / "feedback.csv")
    shown = [LabeledAnswer(answer, "no_signal") for answer in demo]  # the label plays no part
    return [
        f"row {a.answer.row} of the demo is a near-duplicate of {b.answer.id}"
        for a, b in near_duplicates(shown, answers)
    ]


def coding_faults(answers: list[LabeledAnswer], codings: Codings) -> list[str]:
    """Return answers without two codings, and gold labels that do not follow from the codings."""
    faults = []
    for answer in answers:
        found = codings.get(str(answer.answer.id), {})
        if not {"A", "B"} <= found.keys():
            faults.append(f"{answer.answer.id} has not two codings")
            continue
        a, b = found["A"]["label"], found["B"]["label"]
        settled = a if a == b else found.get("adjudicated", {}).get("label")
        if answer.label != settled:
            faults.append(f"{answer.answer.id} is {answer.label} but was coded {a} and {b}")
    ids = Counter(a.answer.id for a in answers)
    faults += [f"the id {name} stands twice" for name, n in ids.items() if n > 1]
    texts = Counter((a.answer.question, a.answer.text) for a in answers)
    faults += [f"{n} answers have the same question and text" for n in texts.values() if n > 1]
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
