"""Runs say what they are of, repeat byte by byte, and can be compared and gated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from fitcheck.errors import CodebookError, DataError
from fitcheck.evaluation.compare import compare_runs
from fitcheck.evaluation.gate import load_thresholds, missed
from fitcheck.evaluation.out_of_fold import find_suspects
from fitcheck.evaluation.run import evaluate, read_run
from fitcheck.labeled import LabeledAnswer
from fitcheck.records import LABELS, Answer, Label, Prediction


class Parrot:
    """A classifier that says what it is told, for tests."""

    id = "parrot"

    def __init__(self, labels: Sequence[Label | None]) -> None:
        self.labels = list(labels)

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return the next labels."""
        said, self.labels = self.labels[: len(X)], self.labels[len(X) :]
        return [
            Prediction(label, {c: float(c == label) for c in LABELS})
            if label
            else Prediction(None, failure="timeout")
            for label in said
        ]


GOLD: list[Label] = ["fit", "not_fit", "no_signal"] * 20
EXAMPLES = [
    LabeledAnswer(
        Answer(f"Antwort {i}" + " und mehr" * (i % 9), "Wie war es?", "open", id=str(i), row=i),
        label,
        language="de" if i % 2 else "en",
        scenario=f"s{i // 3}",
        rule="G3",
    )
    for i, label in enumerate(GOLD)
]


def test_a_perfect_run() -> None:
    """Everything right is 1 with a narrow interval, and the file holds no text."""
    found = evaluate(Parrot(GOLD), EXAMPLES, name="x", n_resamples=50)
    assert found.scores["macro_f1"].value == found.scores["kappa"].low == 1
    assert found.scores["brier"].value == 0
    assert "Antwort" not in found.to_json()
    assert found.to_json() == evaluate(Parrot(GOLD), EXAMPLES, name="x", n_resamples=50).to_json()


def test_groups_and_the_weakest() -> None:
    """Scores by language; what goes wrong in one is seen."""
    labels: list[Label | None] = [g if i % 2 else "fit" for i, g in enumerate(GOLD)]
    found = evaluate(Parrot(labels), EXAMPLES, n_resamples=20)
    assert found.groups["language"]["de"]["accuracy"] == 1
    assert found.worst_group() is not None
    assert found.worst_group()[:2] == ("language", "en")  # type: ignore[index]


def test_failures_are_counted() -> None:
    """A failed answer is in the table, in the file, and wrong."""
    found = evaluate(Parrot([None, *GOLD[1:]]), EXAMPLES, n_resamples=20)
    assert found.confusion[0][3] == 1
    assert found.coded[0]["failure"] == "timeout"
    assert "brier" not in found.scores
    assert found.scores["accuracy"].value < 1


def test_nothing_to_evaluate() -> None:
    """No answers are an error and no score."""
    with pytest.raises(DataError):
        evaluate(Parrot([]), [])


def test_comparison(tmp_path: Path) -> None:
    """McNemar by hand: 0 against 6 discordant answers is p = 2 / 2**6."""
    b_wrong: list[Label | None] = [
        *GOLD[:54],
        *["fit" if g != "fit" else "not_fit" for g in GOLD[54:]],
    ]
    runs = []
    for name, labels in (("a", GOLD), ("b", b_wrong)):
        text = evaluate(Parrot(labels), EXAMPLES, n_resamples=20).to_json()
        (tmp_path / name).write_text(text)
        runs.append(read_run(tmp_path / name))
    found = compare_runs(*runs)
    assert (found.only_a_right, found.only_b_right, len(found.changed)) == (6, 0, 6)
    assert found.p_value == pytest.approx(2 / 2**6)
    assert found.macro_f1_difference.value < 0
    assert found.b_is_worse
    assert compare_runs(runs[0], runs[0]).p_value == 1
    other = json.loads(json.dumps(runs[1]))
    other["answers"][0]["gold"] = "not_fit"
    with pytest.raises(DataError, match="same labelled answers"):
        compare_runs(runs[0], other)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', '{"format": 1, "answers": [1]}'])
def test_what_is_no_run_is_told(content: str, tmp_path: Path) -> None:
    """Another JSON file, a broken one, a missing one."""
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(DataError, match="no run file"):
        read_run(tmp_path / "r.json")
    with pytest.raises(DataError, match="no file"):
        read_run(tmp_path / "missing.json")
    (tmp_path / "r.json").write_text('{"format": 99, "answers": []}')
    with pytest.raises(DataError, match="newer"):
        read_run(tmp_path / "r.json")


def test_gate(tmp_path: Path) -> None:
    """Bounds hold for values within; missing scores and data sets are told."""
    path = tmp_path / "t.toml"
    path.write_text("[x]\nmacro_f1 = { min = 0.5 }\nece = { max = 0.1 }\n")
    run = {"data": {"name": "x"}, "scores": {"macro_f1": {"value": 0.6}, "ece": {"value": 0.2}}}
    lines = missed(run, load_thresholds(path), "t.toml")
    assert [line.split()[0] for line in lines] == ["ece"]
    with pytest.raises(DataError, match="no thresholds"):
        missed({**run, "data": {"name": "y"}}, load_thresholds(path), "t.toml")
    path.write_text("[x]\nkapa = { min = 0.5 }\n")
    with pytest.raises(DataError, match="kapa"):
        missed(run, load_thresholds(path), "t.toml")
    for bad in ("{ least = 0.5 }", "{}", "{ min = nan }", "{ min = 0.5, max = 0.1 }"):
        path.write_text(f"[x]\nmacro_f1 = {bad}\n")
        with pytest.raises(CodebookError, match="line 2"):
            load_thresholds(path)


def test_suspects() -> None:
    """A label that a confident model disputes comes first; agreement is no suspect."""
    sure = {"fit": 0.05, "not_fit": 0.9, "no_signal": 0.05}
    predictions = [Prediction("not_fit", sure) for _ in EXAMPLES]
    suspects = find_suspects(EXAMPLES, predictions)
    assert {s.example.label for s in suspects} == {"fit", "no_signal"}
    assert {s.suggested for s in suspects} == {"not_fit"}
    assert suspects[0].margin == pytest.approx(0.85)


def test_a_share_of_few_answers_has_no_interval() -> None:
    """Precision is out of what was said, recall out of what is so; three of them say little."""
    said: list[Label] = ["no_signal"] * 57 + ["not_fit"] * 3
    found = evaluate(Parrot(said), EXAMPLES, name="x", n_resamples=50)
    precision, recall = found.scores["precision_not_fit"], found.scores["recall_not_fit"]
    assert (precision.n, recall.n) == (3, 20)
    assert precision.low != precision.low  # nan
    assert recall.low <= recall.value <= recall.high
