"""A calibration recovers probabilities that are known, and is used only where it belongs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fitcheck.api import make_classifier
from fitcheck.classifiers.calibration import load_calibration
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.codebook import load_codebook
from fitcheck.errors import ConfigError, DataError
from fitcheck.labeled import LabeledAnswer, fingerprint
from fitcheck.prompts import load_letter_prompt, load_prompt
from fitcheck.records import LABELS, Answer, Label
from fitcheck.resources import resource
from fitcheck.settings import LLMSettings

VOTES = {"kind": "votes", "votes": 5}
LETTERS = {"kind": "logprobs", "prompt": {"id": "l", "sha256": load_letter_prompt().sha256}}
SETTINGS = LLMSettings(model="m", base_url="http://localhost:1/v1", votes=5)


def write_run(
    path: Path,
    answers: Sequence[dict[str, Any]],
    evidence: dict[str, Any] | None = None,
    **facts: Any,
) -> Path:
    """Write a run file of the model m."""
    prompt = load_prompt("fit.v1")
    classifier = {
        "id": "llm",
        "model": "m",
        "prompt": {"id": prompt.id, "sha256": prompt.sha256},
        "temperature": 0,
        **({"evidence": evidence} if evidence else {}),
    }
    run = {
        "format": 1,
        "data": {"name": "x", "n": len(answers), "sha256": "0"},
        "codebook": {"sha256": load_codebook().sha256},
        "classifier": classifier | facts,
        "answers": [{"id": str(i), "p_not_fit": None, **a} for i, a in enumerate(answers)],
    }
    path.write_text(json.dumps(run), encoding="utf-8")
    return path


def voted(rng: np.random.Generator, n: int, sharp: float) -> list[dict[str, Any]]:
    """Return answers with five votes each; gold is drawn from P(gold) ~ exp(sharp * log share)."""
    found = []
    for _ in range(n):
        counts = rng.multinomial(5, rng.dirichlet([0.5, 0.5, 0.5]))
        gold = rng.choice(LABELS, p=truth(counts / 5, sharp))
        shares = dict(zip(LABELS, (counts / 5).tolist(), strict=True))
        found.append({"gold": str(gold), "label": LABELS[counts.argmax()], "evidence": shares})
    return found


def truth(shares: np.ndarray, sharp: float) -> np.ndarray:
    """Return the probabilities that the simulation draws from."""
    scores = (shares + 0.1) ** sharp
    return np.asarray(scores / scores.sum())


@pytest.mark.parametrize("sharp", [0.3, 1.0, 2.0])
def test_known_probabilities_are_recovered(sharp: float, tmp_path: Path) -> None:
    """Votes of a model that is less sure than it seems, as sure, or surer."""
    rng = np.random.default_rng(1)
    path = write_run(tmp_path / "run.json", voted(rng, 4_000, sharp), VOTES)
    calibration = load_calibration(path)
    for counts in ([5, 0, 0], [0, 4, 1], [2, 3, 0], [1, 1, 3]):
        shares = np.array(counts) / 5
        given = dict(zip(LABELS, shares.tolist(), strict=True))
        found = calibration.probabilities(LABELS[int(shares.argmax())], given)
        assert found is not None
        assert list(found.values()) == pytest.approx(truth(shares, sharp).tolist(), abs=0.05)
        assert sum(found.values()) == pytest.approx(1)
    assert calibration.facts["ece_not_fit"] < 0.03
    assert calibration.facts["n"] == 4_000


def test_log_probabilities_that_are_too_sure_are_made_less_so(tmp_path: Path) -> None:
    """0.99 that is right in seven of ten becomes about 0.7."""
    rng = np.random.default_rng(2)
    answers = []
    for _ in range(3_000):
        label = str(rng.choice(LABELS))
        others = [other for other in LABELS if other != label]
        gold = str(rng.choice([label, *others], p=[0.7, 0.15, 0.15]))
        shares = {label: 0.99, others[0]: 0.005, others[1]: 0.005}
        answers.append({"gold": gold, "label": label, "evidence": shares})
    calibration = load_calibration(write_run(tmp_path / "run.json", answers, LETTERS))
    given: dict[Label, float] = {"not_fit": 0.99, "fit": 0.005, "no_signal": 0.005}
    found = calibration.probabilities("not_fit", given)
    assert found is not None
    assert found["not_fit"] == pytest.approx(0.7, abs=0.04)


def test_a_single_vote_is_as_good_as_its_label(tmp_path: Path) -> None:
    """It learns how often each label was right; rules and the baseline teach nothing."""
    answers: list[dict[str, Any]] = []
    for label, other in (("fit", "no_signal"), ("not_fit", "fit"), ("no_signal", "not_fit")):
        answers += [{"gold": label, "label": label}] * 800 + [{"gold": other, "label": label}] * 200
    ruled = [{"gold": "not_fit", "label": "fit", "p_not_fit": 0.0}] * 3_000
    failed = [{"gold": "fit", "label": None, "failure": "timeout"}] * 10
    calibration = load_calibration(write_run(tmp_path / "run.json", [*answers, *ruled, *failed]))
    assert calibration.facts["n"] == 3_000
    found = calibration.probabilities("not_fit", {"not_fit": 1.0})
    assert found == pytest.approx({"fit": 0.2, "not_fit": 0.8, "no_signal": 0}, abs=0.02)


def test_a_label_that_was_never_given_has_no_probability(tmp_path: Path) -> None:
    """What was not measured is not made up."""
    answers = [{"gold": label, "label": "no_signal"} for label in LABELS] * 50
    calibration = load_calibration(write_run(tmp_path / "run.json", answers))
    assert calibration.probabilities("fit", {"fit": 1.0}) is None
    assert calibration.probabilities("no_signal", {"no_signal": 1.0}) is not None


def test_it_is_learned_from_enough_answers(tmp_path: Path) -> None:
    """A hundred, and ten of each label; what was found is said."""
    rng = np.random.default_rng(3)
    answers = voted(rng, 99, 1)
    with pytest.raises(DataError, match=r"has 99 answers .*fit \d+, not_fit \d+.* at least 100"):
        load_calibration(write_run(tmp_path / "run.json", answers, VOTES))
    few = [a for a in voted(rng, 500, 1) if a["gold"] != "not_fit"]
    few += [a | {"gold": "not_fit"} for a in few[:9]]
    with pytest.raises(DataError, match="not_fit 9"):
        load_calibration(write_run(tmp_path / "run.json", few, VOTES))
    load_calibration(write_run(tmp_path / "run.json", [*few, few[0] | {"gold": "not_fit"}], VOTES))


@pytest.mark.parametrize(
    ("change", "made", "wanted"),
    [
        ({"model": "other"}, "--model other", "--model m"),
        ({"prompt": {"id": "fit.v1", "sha256": "abcdefgh0"}}, r"fit.v1 \(abcdefgh\)", "--prompt"),
        ({"temperature": 0.5}, "temperature 0.5", "temperature 0"),
        ({"evidence": {"kind": "votes", "votes": 3}}, "--votes 3", "--votes 5"),
        ({"evidence": LETTERS}, "--logprobs", "--votes 5"),
    ],
)
def test_another_model_or_evidence_is_refused(
    change: dict[str, Any], made: str, wanted: str, tmp_path: Path
) -> None:
    """Before anything is sent."""
    answers = voted(np.random.default_rng(4), 300, 1)
    path = write_run(tmp_path / "run.json", answers, **{"evidence": VOTES} | change)
    classifier = LLMClassifier(SETTINGS, calibration=load_calibration(path))
    for use in (classifier.annotate, classifier.plan):
        with pytest.raises(
            DataError, match=f"made with .*{made}.*, and this run is with .*{wanted}"
        ):
            use(["Text"])


def test_another_codebook_is_refused(tmp_path: Path) -> None:
    """Its rules decide what the model says."""
    path = write_run(tmp_path / "run.json", voted(np.random.default_rng(4), 300, 1), VOTES)
    calibration = load_calibration(path)
    LLMClassifier(SETTINGS, calibration=calibration).plan(["Text"])
    source = resource("labeled/codebook.v1.toml").read_text(encoding="utf-8")
    source = source.replace("version = 1\n", "version = 2\n", 1)
    (tmp_path / "own.toml").write_text(source, encoding="utf-8")
    own = load_codebook(tmp_path / "own.toml")
    with pytest.raises(DataError, match="made with --codebook"):
        LLMClassifier(SETTINGS, own, calibration=calibration).plan(["Text"])


def test_a_cascade_needs_one_of_its_own(tmp_path: Path) -> None:
    """What the baseline leaves over is harder than all answers."""
    answers = voted(np.random.default_rng(4), 300, 1)
    path = write_run(tmp_path / "run.json", answers, VOTES, id="cascade", max_loss=0.01)
    make: Callable[..., Any] = make_classifier
    make("cascade", llm=SETTINGS, calibration=path)
    for other in ({"classifier": "llm"}, {"classifier": "cascade", "max_loss": 0.02}):
        with pytest.raises(DataError, match=r"made with --classifier cascade --max-loss 0\.01"):
            make(**other, llm=SETTINGS, calibration=path)
    with pytest.raises(ConfigError, match="belongs to a language model"):
        make("baseline", calibration=path)


def test_the_same_answers_are_refused_whatever_their_labels(tmp_path: Path) -> None:
    """A label that was corrected since makes no other data; another text does."""
    answers = voted(np.random.default_rng(5), 300, 1)
    examples = [
        LabeledAnswer(Answer(f"Text {i}", id=str(i)), answer["gold"])
        for i, answer in enumerate(answers)
    ]
    path = write_run(tmp_path / "run.json", answers, VOTES)
    run = json.loads(path.read_text(encoding="utf-8"))
    run["data"]["sha256"] = fingerprint(examples)
    path.write_text(json.dumps(run), encoding="utf-8")
    calibration = load_calibration(path)
    corrected = [LabeledAnswer(e.answer, "fit") for e in examples[:5]] + examples[5:]
    for same in (examples, corrected):
        with pytest.raises(DataError, match="learned from these answers"):
            calibration.refuse_same(same)
    calibration.refuse_same(examples[1:])
    calibration.refuse_same([LabeledAnswer(Answer("Anders", id="0"), "fit"), *examples[1:]])


@pytest.mark.parametrize("evidence", ["x", {"fit": "much"}, {"fit": 2}, {"fit": None}])
def test_damaged_evidence_is_told(evidence: Any, tmp_path: Path) -> None:
    """A file that somebody wrote by hand."""
    answers = [{"gold": "fit", "label": "fit", "evidence": evidence}] * 200
    with pytest.raises(DataError, match="no run file"):
        load_calibration(write_run(tmp_path / "run.json", answers, VOTES))


def test_a_run_of_the_baseline_is_refused(tmp_path: Path) -> None:
    """It has probabilities of its own."""
    path = write_run(tmp_path / "run.json", voted(np.random.default_rng(6), 300, 1))
    run = json.loads(path.read_text(encoding="utf-8"))
    run["classifier"] = {"id": "baseline"}
    path.write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(DataError, match="no run of a language model"):
        load_calibration(path)
