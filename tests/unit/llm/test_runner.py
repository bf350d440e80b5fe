"""Every answer is coded right or not at all, whatever the server does."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fake_server import FAULTS, FakeServer, label_of, serving

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import LLMError
from fitcheck.llm import pace
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.batching import Batch, Item, follow_up, make_batches
from fitcheck.llm.cache import clear_cache
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.records import Answer, Prediction
from fitcheck.settings import LLMSettings

QUESTION = "Was hat gefallen?"


def answers(n: int, marks: dict[int, str] | None = None) -> list[Answer]:
    """Return answers whose number decides the label; some spoil the replies that hold them."""
    told = {i: f"#{mark} " for i, mark in (marks or {}).items()}
    return [Answer(f"Halle {told.get(i, '')}mit Text {i}", QUESTION, id=str(i)) for i in range(n)]


def classify(server: FakeServer, asked: Sequence[Answer], **settings: Any) -> list[Prediction]:
    """Return the predictions through a server."""
    chosen: dict[str, Any] = {"batch_size": 20, "use_cache": False} | settings
    return LLMClassifier(LLMSettings(model="fake", base_url=server.url, **chosen)).annotate(asked)


def check(asked: Sequence[Answer], found: Sequence[Prediction]) -> set[int]:
    """Return the answers without a label; every other label must be right."""
    for answer, prediction in zip(asked, found, strict=True):
        assert prediction.label in (None, label_of(answer.text))
        if prediction.label in ("fit", "not_fit"):
            assert prediction.quote == "" or prediction.quote in answer.text
        assert bool(prediction.failure) == (prediction.label is None)
    return {i for i, prediction in enumerate(found) if prediction.label is None}


def test_a_clean_run() -> None:
    """As few requests and connections as there can be."""
    with serving() as server:
        asked = answers(200)
        assert check(asked, classify(server, asked)) == set()
        assert server.n_requests == 10
        assert server.n_connections <= 10


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_nothing(fault: str) -> None:
    """Every kind on a fifth of all requests: nothing wrong, nothing lost."""
    with serving(faults={fault: 0.2}, retry_after_s=0.01, seed=1) as server:
        asked = answers(200)
        assert check(asked, classify(server, asked)) == set()


@pytest.mark.parametrize("size", [1, 20])
@pytest.mark.parametrize("after", [0, 4])
def test_an_outage_costs_nothing(after: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that fails on everything for a while is waited for; no answer is blamed."""
    monkeypatch.setattr(pace, "_FIRST_WAIT_S", 0.02)  # the outage is that of 25 times its length
    with serving(latency_s=0.01, outage_s=1, outage_after=after) as server:
        asked = answers(200, {30: "500"})
        assert check(asked, classify(server, asked, batch_size=size)) == {30}


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in ("429", "quote")])
def test_a_fault_that_stays_costs_the_spoilt_answers_alone(fault: str) -> None:
    """Batches are taken apart until only what spoils them is left."""
    with serving() as server:
        asked = answers(60, {7: fault, 8: fault, 41: fault})
        assert check(asked, classify(server, asked)) == {7, 8, 41}


def test_an_invented_quote_is_dropped_and_flagged() -> None:
    """Asked once more first; the label stays."""
    with serving() as server:
        asked = answers(20, {6: "quote"})
        found = classify(server, asked)
        assert check(asked, found) == set()
        assert (found[6].quote, found[6].flags) == ("", ("quote_dropped",))
        assert server.n_requests == 2


def test_an_answer_is_put_off_before_it_is_given_up() -> None:
    """A server that fails now and then has come to itself at the end of the run."""
    failed: list[ChatRequest] = []

    class Failing(OpenAIClient):
        def complete(self, request: ChatRequest) -> ChatReply:
            if "Text 3" in request.messages[-1][1] and len(failed) < 3:
                failed.append(request)
                raise ChatFailure("server")
            return super().complete(request)

    with serving() as server:
        settings = LLMSettings(model="fake", base_url=server.url, batch_size=1, use_cache=False)
        asked = answers(8)
        assert check(asked, LLMClassifier(settings, connect=Failing).annotate(asked)) == set()
        assert len(failed) == 3


@pytest.mark.parametrize("size", [1, 20])
def test_the_first_answer_may_be_the_one_that_is_spoilt(size: int) -> None:
    """While the server never worked nobody can tell who is to blame: it is asked last."""
    with serving() as server:
        asked = answers(40, {0: "500"})
        assert check(asked, classify(server, asked, batch_size=size)) == {0}


def test_too_long_for_the_model() -> None:
    """A batch over the context is halved; a single answer over it fails with that reason."""
    with serving(context=8_000) as server:
        asked = [Answer("x" * 300 + f" {i}", QUESTION) for i in range(20)]
        asked[3] = Answer("x" * 6_000 + " 3", QUESTION)
        found = classify(server, asked)
        assert check(asked, found) == {3}
        assert found[3].failure == "too_long"


@pytest.mark.parametrize(
    "options",
    [
        {"formats": ("json_object", "text")},
        {"formats": ("text",)},
        {"unsupported": ("max_tokens",)},
        {"unsupported": ("temperature", "seed")},
        {"unsupported": ("max_tokens", "seed"), "formats": ("text",)},
    ],
)
def test_servers_that_know_less(options: dict[str, Any]) -> None:
    """What a server refuses is left out, and that is remembered for the run."""
    with serving(**options) as server:
        asked = answers(100)
        assert check(asked, classify(server, asked)) == set()
        assert server.n_requests <= 5 + 4


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "invalid_api_key", "refuses the key"),
        (404, "model_not_found", "has no model"),
        (429, "insufficient_quota", "quota"),
        (429, "requests_per_day", "quota"),
    ],
)
def test_what_no_request_gets_around_stops_at_once(status: int, code: str, message: str) -> None:
    """After one request, not after one for each answer."""
    with serving(status=status, code=code) as server:
        with pytest.raises(LLMError, match=message):
            classify(server, answers(400))
        assert server.n_requests == 1


def test_nobody_there() -> None:
    """Told within seconds, after a few tries."""
    with serving() as server:
        url = server.url
    settings = LLMSettings(model="fake", base_url=url, use_cache=False)
    with pytest.raises(LLMError, match="No model answers"):
        LLMClassifier(settings).annotate(answers(400))


def test_a_server_that_always_fails_does_not_burn_the_file() -> None:
    """The run stops after the time allowed, with few requests sent."""
    with serving(status=500) as server:
        with pytest.raises(LLMError, match="busy or failing"):
            classify(server, answers(400), max_wait_s=3)
        assert server.n_requests < 60


def test_equal_answers_are_asked_once() -> None:
    """Under questions of the same kind; what the codebook settles is not asked at all."""
    asked = [
        Answer("Halle  3", "Was hat Ihnen gefallen?"),
        Answer("Halle 3", "Was fanden Sie gut?"),
        Answer("Halle 3", "Was würden Sie verbessern?"),
        Answer("nichts", "Was hat nicht gepasst?"),
    ]
    with serving() as server:
        found = classify(server, asked)
        assert sum(server.answered.values()) == 2
        assert [p.source for p in found] == ["llm", "llm", "llm", "rule"]


def test_the_first_message_is_the_same_in_every_request() -> None:
    """So that providers need not read it again."""
    with serving(faults={"cut": 0.3}) as server:
        classify(server, answers(100))
        assert len({body["messages"][0]["content"] for body in server.bodies}) == 1


def test_concurrency_is_kept() -> None:
    """Never more requests in flight than allowed, and connections are used again."""
    with serving(latency_s=0.02) as server:
        classify(server, answers(400), concurrency=3)
        assert server.most_in_flight <= 3
        assert server.n_connections <= 5


def test_the_run_file_says_how_requests_were_sent() -> None:
    """What the server refused was not sent, so it stands there as nothing."""
    with serving(unsupported=("temperature",), formats=("json_object",)) as server:
        asked = LLMClassifier(LLMSettings(model="fake", base_url=server.url, use_cache=False))
        asked.annotate(answers(5))
        facts = asked.facts
        assert (facts["temperature"], facts["seed"]) == (None, 0)
        assert facts["reply_format"] == "json_object"
        assert "temperature" not in server.bodies[-1]


def test_a_cap_on_requests() -> None:
    """Stops before the request after the last one, and says how to go on."""
    with serving() as server:
        with pytest.raises(LLMError, match="higher one"):
            classify(server, answers(400), max_requests=3)
        assert server.n_requests == 3


def test_every_request_counts() -> None:
    """Those that only learn what the server takes, and those that get no reply."""
    less: dict[str, Any] = {"unsupported": ("max_tokens", "seed"), "formats": ("text",)}
    with serving(**less, faults={"500": 0.2, "cut": 0.1}, seed=1) as server:
        asked = LLMClassifier(LLMSettings(model="fake", base_url=server.url, use_cache=False))
        asked.annotate(answers(100))
        assert asked.usage["requests"] == server.n_requests
    with serving(**less) as server:
        with pytest.raises(LLMError, match="higher one"):
            classify(server, answers(20), max_requests=3)
        assert server.n_requests == 3


ITEMS = tuple(Item(i, QUESTION, f"Text {i}") for i in range(20))


def test_bisection_ends() -> None:
    """Whatever one answer spoils, it takes few requests to find it."""

    def requests(batch: Batch) -> Iterator[Batch]:
        yield batch
        if ITEMS[13] in batch.items:
            complaints = dict.fromkeys(range(1, len(batch.items) + 1), "no entry")
            for following in follow_up(batch, complaints):
                yield from requests(following)

    assert len(list(requests(Batch(ITEMS)))) <= 15


def test_batches_are_bounded_by_number_and_length() -> None:
    """Long answers make smaller batches, unless a size is asked for."""
    long = [Item(i, QUESTION, "x" * 3_000) for i in range(5)]
    assert [len(batch.items) for batch in make_batches(long)] == [2, 2, 1]
    assert [len(batch.items) for batch in make_batches(long, 4)] == [4, 1]
    assert [len(batch.items) for batch in make_batches(ITEMS)] == [20]


def test_a_server_that_refuses_every_answer_stops_the_run() -> None:
    """A context too small for the prompt itself is not the fault of the answers."""
    with serving(context=2_000) as server:
        with pytest.raises(LLMError, match="refuses every answer"):
            classify(server, answers(400))
        assert server.n_requests < 60


def test_a_model_that_thinks_first_gets_room() -> None:
    """A reply that ended before it began is asked for again with more room, once for the run."""
    with serving(thinks=9_000) as server:
        asked = answers(100)
        assert check(asked, classify(server, asked, concurrency=1)) == set()
        assert server.n_requests <= 5 + 3


def test_no_proxy_gets_what_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment is not used for a server that is this machine."""
    with serving() as proxy, serving() as server:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        classify(server, answers(5))
        assert (proxy.n_requests, server.n_requests) == (0, 1)


def test_what_is_on_its_way_is_kept_when_a_run_is_given_up() -> None:
    """Whoever stops listening in the middle loses nothing: a second run asks only the rest."""
    asked = answers(60)
    with serving(latency_s=0.1) as server:
        settings = LLMSettings(model="fake", base_url=server.url, batch_size=5, concurrency=4)
        each = LLMClassifier(settings).annotate_each(asked)
        for _ in range(6):
            next(each)
        each.close()
        n = server.n_requests
        assert 1 < n < 12
        check(asked, LLMClassifier(settings).annotate(asked))
        assert server.n_requests == 12
        assert max(server.answered.values()) == 1


def test_answers_equal_after_redaction_are_asked_once() -> None:
    """Names differ, what is sent does not; each quote is given back as it was written."""
    texts = ["Frau Quandtmeier sagt passt 3", "Frau Lindenhof sagt passt 3"]
    with serving() as server:
        settings = LLMSettings(model="fake", base_url=server.url, redact=True)
        found = LLMClassifier(settings).annotate([Answer(t, "Was hat gefallen?") for t in texts])
        assert sum(server.answered.values()) == 1
    assert [p.label for p in found] == ["fit", "fit"]


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be removed there")
def test_the_cache_may_be_cleared_during_a_run() -> None:
    """The run goes on with the file it has open, and later runs start a new one."""
    asked = answers(40)
    with serving() as server:
        settings = LLMSettings(model="fake", base_url=server.url, batch_size=5, concurrency=1)
        classifier = LLMClassifier(settings)
        found: dict[int, Prediction] = {}
        for position, prediction in classifier.annotate_each(asked):
            if len(found) == 12:
                assert clear_cache() > (0, 0)
            found[position] = prediction
        check(asked, [found[i] for i in range(40)])
        assert check(asked, classifier.annotate(asked)) == set()
        assert check(asked, classifier.annotate(asked)) == set()
        assert server.n_requests == 16
