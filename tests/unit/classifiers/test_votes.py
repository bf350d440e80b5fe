"""Votes: the label of most, and everything that is asked is asked once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from fake_server import FakeServer, label_of, serving, vote_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fitcheck.classifiers.distinct import Preparation
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.classifiers.votes import Poll, decide, in_turn
from fitcheck.codebook import load_codebook
from fitcheck.errors import LLMError
from fitcheck.llm.batching import Item, make_batches
from fitcheck.llm.replies import Coding
from fitcheck.llm.runner import Outcome
from fitcheck.prompts import load_prompt
from fitcheck.records import LABELS, Answer
from fitcheck.settings import LLMSettings

QUESTION = "Was hat gefallen?"
ITEM = Item(0, QUESTION, "zu leicht")


def cast(*labels: str | None) -> list[Outcome]:
    """Return votes; each coding has a quote of its own, None is a failure."""
    return [
        Outcome(ITEM, Coding(label, f"q{i}")) if label else Outcome(ITEM, failure=f"failure{i}")  # type: ignore[arg-type]
        for i, label in enumerate(labels)
    ]


def settings(server: FakeServer, **chosen: Any) -> LLMSettings:
    """Return settings for five votes."""
    return LLMSettings(model="fake", base_url=server.url, **{"votes": 5} | chosen)


def answers(n: int, doubt: str = "") -> list[Answer]:
    """Return answers whose number decides the label."""
    return [Answer(f"Halle {doubt} mit Text {i}", QUESTION, id=str(i)) for i in range(n)]


@pytest.mark.parametrize(
    ("labels", "label", "quote", "flags"),
    [
        (["fit"], "fit", "q0", ()),
        (["fit", "fit", "fit"], "fit", "q0", ()),
        (["fit", "not_fit", "not_fit"], "not_fit", "q1", ("votes:2/3",)),
        (["no_signal", "fit", "fit", "no_signal"], "no_signal", "q0", ("split_vote", "votes:2/4")),
        (["fit", "not_fit", "no_signal"], "fit", "q0", ("split_vote", "votes:1/3")),
        ([None, "fit", "fit"], "fit", "q1", ("votes:2/3",)),
        ([None, None, "not_fit"], "not_fit", "q2", ("votes:1/3",)),
    ],
)
def test_what_the_votes_decide(
    labels: list[str | None], label: str, quote: str, flags: tuple[str, ...]
) -> None:
    """The label of most, with the earliest coding that has it."""
    coding = decide(cast(*labels)).coding
    assert coding is not None
    assert (coding.label, coding.quote, coding.flags) == (label, quote, flags)


def test_nothing_but_failures_is_a_failure() -> None:
    """It has no label and no evidence."""
    verdict = decide(cast(None, None))
    assert (verdict.coding, verdict.failure, verdict.evidence) == (None, "failure0", None)


@given(st.lists(st.sampled_from([*LABELS, None]), min_size=1, max_size=15))
def test_the_definition_holds_for_all_votes(labels: list[str | None]) -> None:
    """No label has more votes, the chosen one came first among equals, shares are counts by k."""
    verdict = decide(cast(*labels))
    given_ones = [label for label in labels if label]
    assert (verdict.coding is None) == (not given_ones)
    if verdict.coding is None or verdict.evidence is None:
        return
    counts = Counter(given_ones)
    best = [label for label in given_ones if counts[label] == max(counts.values())]
    assert verdict.coding.label == best[0]
    assert ("split_vote" in verdict.coding.flags) == (len(set(best)) > 1)
    agreeing = f"votes:{counts[best[0]]}/{len(labels)}"
    assert (agreeing in verdict.coding.flags) == (counts[best[0]] < len(labels))
    assert verdict.evidence == {label: counts[label] / len(labels) for label in LABELS}
    assert verdict.coding.quote == f"q{labels.index(best[0])}"


def test_votes_count_in_their_order_however_they_come_in() -> None:
    """The earliest vote breaks a tie, not the fastest."""
    settings = LLMSettings(model="x", base_url="http://localhost:1/v1", votes=2)
    preparation = Preparation(settings, load_codebook(), load_prompt("fit.v1"))
    poll = Poll(preparation.of([Answer("zu leicht für mich")]).distinct, preparation)
    first, second = poll.keys
    assert list(poll.cast(Outcome(second, Coding("fit")))) == []
    ((_, verdict),) = poll.cast(Outcome(first, Coding("not_fit")))
    assert verdict.coding == Coding("not_fit", flags=("split_vote", "votes:1/2"))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), unique=True, max_size=80),
    st.sampled_from([None, 1, 7]),
)
def test_no_vote_is_lost_or_mixed(pairs: list[tuple[int, int]], size: int | None) -> None:
    """Whatever is missing, each vote is asked once, and a request holds votes of one number."""
    items = [Item(n, QUESTION, f"Text {n}", vote=vote) for n, vote in sorted(pairs)]
    batches = list(make_batches(in_turn(items, size), size))
    assert sorted((i.position, i.vote) for b in batches for i in b.items) == sorted(pairs)
    assert all(len({item.vote for item in batch.items}) == 1 for batch in batches)


def test_one_vote_is_asked_in_the_order_of_the_answers() -> None:
    """So that recordings of single votes stay valid."""
    items = [Item(n, QUESTION, "x" * (n * 700 % 5_000)) for n in range(100)]
    assert list(in_turn(items, None)) == items


@pytest.mark.parametrize(
    ("doubt", "agreeing", "turned"),
    [("", 5, False), ("~3", 4, False), ("~2", 3, False), ("~1", 4, True)],
)
def test_votes_through_a_server(doubt: str, agreeing: int, turned: bool) -> None:
    """Later votes are warm and have seeds of their own; most of them decide."""
    asked = answers(30, doubt)
    with serving() as server:
        found = LLMClassifier(settings(server, use_cache=False)).annotate(asked)
        assert server.n_requests == 2 * 5
        kinds = {(body["seed"] // 1000, body["temperature"]) for body in server.bodies}
    assert kinds == {(0, 0), *((vote, 0.7) for vote in range(1, 5))}
    for answer, prediction in zip(asked, found, strict=True):
        place = LABELS.index(label_of(answer.text)) + turned  # type: ignore[arg-type]
        assert prediction.label == LABELS[place % 3]
        assert prediction.evidence is not None
        assert prediction.evidence[prediction.label] == agreeing / 5
        assert prediction.flags == ((f"votes:{agreeing}/5",) if agreeing < 5 else ())
        assert prediction.probabilities is None  # a share of votes is no probability


def test_more_votes_pay_only_what_is_new() -> None:
    """The first vote is the request of today; each vote is kept under its own key."""
    asked = answers(40)
    with serving() as server:
        LLMClassifier(settings(server, votes=1)).annotate(asked)
        single = [json.dumps(body) for body in server.bodies]
        LLMClassifier(settings(server, votes=3)).annotate(asked)
        assert server.n_requests == 2 * 3
        LLMClassifier(settings(server, votes=1)).annotate(asked)
        assert server.n_requests == 2 * 3
    with serving() as server:
        LLMClassifier(settings(server, votes=3, use_cache=False)).annotate(asked)
        again = [json.dumps(body) for body in server.bodies if body["seed"] < 1000]
    assert sorted(again) == sorted(single)


def test_a_run_given_up_goes_on_with_the_votes_it_has() -> None:
    """No vote is asked twice."""
    asked = answers(60, "~2")
    with serving(latency_s=0.05) as server:
        chosen = settings(server, batch_size=5, concurrency=4)
        each = LLMClassifier(chosen).annotate_each(asked)
        for _ in range(7):
            next(each)
        each.close()
        assert 5 < server.n_requests < 60
        classifier = LLMClassifier(chosen)
        found = classifier.annotate(asked)
        assert set(server.answered.values()) == {5}
        assert 0 < classifier.usage["answers_kept"] < 60
    assert all(prediction.flags == ("votes:3/5",) for prediction in found)


def test_a_vote_that_fails_agrees_with_nobody() -> None:
    """An answer that every vote fails on has no label; the others do not suffer."""
    asked = [*answers(6), Answer("Halle #foreign mit Text 7", QUESTION)]
    with serving() as server:
        found = LLMClassifier(settings(server, use_cache=False, votes=3)).annotate(asked)
    assert [p.label for p in found] == [*(label_of(a.text) for a in asked[:6]), None]
    assert (found[6].failure, found[6].evidence) == ("invalid_reply", None)


def test_the_plan_counts_votes() -> None:
    """As many requests and tokens as the run takes at most, less what is kept."""
    asked = answers(40)
    with serving() as server:
        classifier = LLMClassifier(settings(server))
        plan = classifier.plan(asked)
        assert (plan.n_asked, len(plan.requests), server.n_requests) == (40, 10, 0)
        classifier.annotate(asked)
        assert classifier.usage["requests"] == len(plan.requests)
        assert classifier.usage["prompt_tokens"] <= plan.prompt_tokens
        assert LLMClassifier(settings(server)).plan(asked).requests == ()
        assert len(LLMClassifier(settings(server, votes=6)).plan(asked).requests) == 2


def test_a_cap_counts_votes() -> None:
    """The run stops before the request after the last one."""
    with serving() as server:
        with pytest.raises(LLMError, match="higher one"):
            LLMClassifier(settings(server, max_requests=7)).annotate(answers(40))
        assert server.n_requests == 7


@pytest.mark.parametrize("wrong", [{"votes": 0}, {"votes": 16}, {"votes": 2, "logprobs": True}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """Votes have bounds, and there is one kind of evidence."""
    with pytest.raises(ValidationError):
        LLMSettings(model="x", **wrong)


def test_the_rule_of_the_fake_server() -> None:
    """What the tests above rely on."""

    def votes(doubt: str) -> Sequence[str]:
        return [vote_of(f"{doubt} 0", 1000 * vote, 0.7 if vote else 0) for vote in range(5)]

    assert votes("~2") == ["fit", "fit", "not_fit", "fit", "not_fit"]
    assert votes("~1") == ["fit", *["not_fit"] * 4]
