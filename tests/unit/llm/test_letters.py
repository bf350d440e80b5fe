"""Labels as letters: log-probabilities are read where they say something, and else not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from fake_server import FakeServer, label_of, letter_shares, serving
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatReply
from fitcheck.llm.cache import Cache
from fitcheck.llm.letters import read_letter
from fitcheck.llm.replies import Coding
from fitcheck.records import LABELS, Answer, Prediction
from fitcheck.settings import LLMSettings

QUESTION = "Was hat gefallen?"
SURE = [("B", math.log(0.9)), ("A", math.log(0.05)), ("C", math.log(0.02))]


def answers(n: int, doubt: str = "") -> list[Answer]:
    """Return answers whose number decides the label."""
    return [Answer(f"Halle {doubt} mit Text {i}", QUESTION, id=str(i)) for i in range(n)]


def classifier(server: FakeServer, **chosen: Any) -> LLMClassifier:
    """Return a classifier that asks for log-probabilities."""
    return LLMClassifier(
        LLMSettings(model="fake", base_url=server.url, **{"logprobs": True} | chosen)
    )


def evidence_of(text: str, tokens: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> Any:
    """Return what a reply says of the labels."""
    return read_letter(ChatReply(text, token_logprobs=tokens)).codings[1].evidence


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("B", [("B", SURE)]),
        (" B.", [(" B", SURE), (".", [])]),
        ("**B**", [("**", []), ("B", SURE), ("**", [])]),
        ("Answer: B", [("Answer", []), (":", []), (" B", SURE)]),
        ("B", [("<think>", []), ("A", [("A", -0.01)]), ("</think>", []), ("B", SURE)]),
        ("<think>A</think>\nB", [("<think>A", []), ("</think>\n", []), ("B", SURE)]),
        ("B", [("▁B", SURE)]),
    ],
)
def test_the_letter_is_found(text: str, tokens: list[Any]) -> None:
    """With marks around it, behind words, and behind what the model thought."""
    found = evidence_of(text, tokens)
    assert found == pytest.approx({"fit": 5 / 97, "not_fit": 90 / 97, "no_signal": 2 / 97})


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("B", [("B", [("B", math.log(0.4)), ("The", math.log(0.5))])]),
        ("B", [("B", [])]),
        ("B", [("B", [("B", float("nan"))])]),
        ("B", [("B", [("B", 3.0)])]),
        ("B", []),
        ("B", [("x", SURE)]),
        ("B-Modul", [("B-Modul", SURE)]),
    ],
)
def test_what_says_nothing_is_no_evidence(text: str, tokens: list[Any]) -> None:
    """Little mass on letters, no numbers, tokens that are others than the text."""
    assert evidence_of(text, tokens) is None


def test_a_reply_without_a_letter_is_asked_again() -> None:
    """Words that begin with one are none."""
    for text in ("", "fit", "Basic", "I cannot say"):
        assert read_letter(ChatReply(text)).faults == {1: "no letter"}


@given(st.lists(st.tuples(st.sampled_from(["A", " B", "C", "D", "the"]), st.floats(-40, 0))))
def test_shares_sum_to_one_or_there_are_none(likely: list[tuple[str, float]]) -> None:
    """Whatever stands in the list."""
    found = evidence_of("A", [("A", likely)])
    mass = sum(math.exp(p) for token, p in likely if token.strip() in "ABC")
    assert (found is None) == (mass < 0.5)
    if found is not None:
        assert sum(found.values()) == pytest.approx(1)
        assert set(found) == set(LABELS)


@pytest.mark.parametrize("doubt", ["", "~2"])
def test_log_probabilities_through_a_server(doubt: str) -> None:
    """One call for each answer, without a schema; the label is that of the coding."""
    asked = answers(30, doubt)
    with serving() as server:
        found = classifier(server).annotate(asked)
        single = [body for body in server.bodies if body.get("logprobs")]
        assert (len(single), server.n_requests) == (30, 32)
        assert all("response_format" not in body for body in single)
        assert set(server.weighed.values()) == {1}
        assert classifier(server).annotate(asked) == found  # all of it is kept
        assert server.n_requests == 32
    for answer, prediction in zip(asked, found, strict=True):
        shares = letter_shares(answer.text)
        wanted = {
            label: shares[k] / sum(shares.values()) for label, k in zip(LABELS, "ABC", strict=True)
        }
        assert prediction.label == label_of(answer.text)
        assert prediction.evidence == pytest.approx(wanted)
        assert prediction.probabilities is None


def test_little_mass_is_no_evidence_and_is_kept() -> None:
    """The label stays; a second run does not ask again."""
    with serving() as server:
        for _ in range(2):
            asking = classifier(server)
            found = asking.annotate(answers(5, "~0"))
            assert all(p.label and p.evidence is None for p in found)
            assert asking.usage["log_probabilities"] == {
                "supported": True,
                "given": 0,
                "missing": 5,
            }
        assert server.n_requests == 6


@pytest.mark.parametrize("options", [{"logprobs": False}, {"unsupported": ("logprobs",)}])
def test_a_server_without_log_probabilities_is_asked_once(options: dict[str, Any]) -> None:
    """Every label stays, nothing is made up, and no money is spent on the others."""
    asked = answers(60)
    with serving(**options) as server:
        asking = classifier(server)
        found = asking.annotate(asked)
        assert sum("logprobs" in body for body in server.bodies) == 1
        told = {"supported": False, "given": 0, "missing": 60}
        assert asking.usage["log_probabilities"] == told
    assert [p.label for p in found] == [label_of(a.text) for a in asked]
    assert all(p.evidence is None for p in found)


def test_label_only_calls_are_budgeted_and_resumed() -> None:
    """A cap stops them too; what was paid is kept."""
    asked = answers(40)
    with serving() as server:
        plan = classifier(server).plan(asked)
        assert (plan.n_asked, len(plan.requests)) == (40, 42)
        with pytest.raises(LLMError, match="higher one"):
            classifier(server, max_requests=20).annotate(asked)
        assert server.n_requests == 20
        assert len(classifier(server).plan(asked).requests) == 22
        found = classifier(server).annotate(asked)
        assert server.n_requests == 42
    assert all(prediction.evidence for prediction in found)


def test_troubles_on_the_way_pass() -> None:
    """Retries are those of codings."""
    with serving(faults={"500": 0.1, "429": 0.1}, retry_after_s=0.01, seed=3) as server:
        found = classifier(server, use_cache=False).annotate(answers(40))
    assert all(prediction.evidence for prediction in found)


def test_answers_that_were_not_coded_are_not_weighed() -> None:
    """A failure stays one."""
    asked = [*answers(3), Answer("Halle #foreign mit Text 7", QUESTION)]
    with serving() as server:
        found = classifier(server).annotate(asked)
        assert asked[3].text not in server.weighed
    assert found[3] == Prediction(None, source="llm", failure="invalid_reply")


def test_evidence_is_kept() -> None:
    """And an ordinary coding is kept as before."""
    shares = {"fit": 0.5, "not_fit": 0.5, "no_signal": 0.0}
    codings = {"a": Coding("fit", evidence=shares), "b": Coding("fit")}  # type: ignore[arg-type]
    cache = Cache()
    cache.put(codings)
    assert cache.get(["a", "b"]) == codings
    cache.close()


def test_a_model_that_thinks_first_gets_room_for_its_letter() -> None:
    """A reply that ended before it began is asked for again."""
    with serving(thinks=100) as server:
        found = classifier(server).annotate(answers(5))
        assert {body["max_tokens"] for body in server.bodies if "logprobs" in body} >= {8, 128}
    assert all(prediction.evidence for prediction in found)


def test_parts_of_a_run_go_on_without_log_probabilities() -> None:
    """Giving up on them in one part does not stop what the next part asks."""
    asked = answers(60)
    with serving(logprobs=False) as server:
        asking = classifier(server)
        with asking.one_run():
            found = [p for start in (0, 20, 40) for p in asking.annotate(asked[start : start + 20])]
    assert [p.label for p in found] == [label_of(a.text) for a in asked]
