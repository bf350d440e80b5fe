"""A text gets its own vector or the run ends with advice, whatever the server does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from fake_server import FakeServer, serving
from fake_vectors import FAULTS, N_DIMENSIONS, vector_of
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.errors import LLMError
from fitcheck.llm import pace
from fitcheck.llm.attempts import Attempts
from fitcheck.llm.budget import Budget
from fitcheck.llm.embeddings import Embedder, NoVectors, count_requests, read_vectors
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.pace import Pace
from fitcheck.settings import EmbeddingSettings

TEXTS = [f"Halle mit Text {i}" for i in range(300)]
BAD_REPLIES = ("index", "count", "nan", "zeros", "words")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


def embed(
    server: FakeServer, texts: Sequence[str], kept: dict[str, Any] | None = None, **limits: Any
) -> dict[str, np.ndarray]:
    """Return the vectors through a server."""
    settings = EmbeddingSettings(model="fake", base_url=server.url, **limits)
    budget = Budget(max_requests=settings.max_requests)
    limits_of_all = Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)
    attempts = Attempts(settings, limits_of_all, budget)
    keep = ({} if kept is None else kept).update
    with closing(OpenAIClient(settings)) as client:
        return Embedder(client, attempts, keep).run(texts)


def check(found: dict[str, np.ndarray], texts: Sequence[str]) -> None:
    """Every text has its own vector, of length 1."""
    assert set(found) == set(texts)
    for text in texts:
        right = np.array(vector_of(text))
        assert np.allclose(found[text], right / np.linalg.norm(right), atol=1e-6)
        assert found[text].dtype == np.float32


def test_a_clean_run() -> None:
    """As few requests as there can be, and vectors in the order of the texts."""
    with serving() as server:
        check(embed(server, TEXTS), TEXTS)
        assert server.n_requests == count_requests(TEXTS) == 3
        assert server.bodies[0]["model"] == "fake"


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != "sizes"])
def test_a_fault_that_passes_costs_nothing(fault: str) -> None:
    """A quarter of all requests is spoilt, and every vector is right."""
    with serving(faults={fault: 0.25}, retry_after_s=0.01, seed=3) as server:
        texts = [f"{text} {'x' * 900}" for text in TEXTS]  # many requests
        check(embed(server, texts), texts)
        assert server.n_requests > count_requests(texts)


@pytest.mark.parametrize("fault", BAD_REPLIES)
def test_what_is_no_vector_is_an_error_with_advice(fault: str) -> None:
    """A server that always sends such replies ends the run; nothing is made up."""
    kept: dict[str, Any] = {}
    with serving(faults={fault: 1.0}) as server:
        with pytest.raises(LLMError, match=r"no usable vectors of 'fake' \(.*Check that --encoder"):
            embed(server, TEXTS, kept)
        assert server.n_requests == 3
    assert kept == {}


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "invalid_api_key", "refuses the key"),
        (404, "model_not_found", "has no model 'fake'. Check --encoder and --base-url"),
        (501, "not_supported_error", "has no model 'fake'"),
        (429, "insufficient_quota", "quota at 127.0.0.1 is used up"),
    ],
)
def test_what_no_request_can_get_around(status: int, code: str, message: str) -> None:
    """The first request goes alone and tells it."""
    with serving(status=status, code=code) as server:
        with pytest.raises(LLMError, match=message):
            embed(server, TEXTS)
        assert server.n_requests == 1


def test_a_batch_that_is_too_long_is_split() -> None:
    """By a limit of characters, and by one of texts, which is learned."""
    with serving(context=3_000) as server:
        check(embed(server, TEXTS), TEXTS)
    with serving(most_texts=32) as server:
        check(embed(server, TEXTS, concurrency=1), TEXTS)
        refused = [b for b in server.bodies if len(b["input"]) > 32]
        assert [len(b["input"]) for b in refused] == [128, 64, 64]


def test_a_text_that_is_too_long_is_cut() -> None:
    """By halves, until the model takes it; others do not suffer."""
    long = "Halle " * 150
    with serving(context=400) as server:
        found = embed(server, [*TEXTS[:5], long])
    check({text: found[text] for text in TEXTS[:5]}, TEXTS[:5])
    beginning = np.array(vector_of(long[:225]))
    assert np.allclose(found[long], beginning / np.linalg.norm(beginning), atol=1e-6)


def test_a_text_that_the_server_always_fails_on_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Last of all, so that the others are kept, although it comes first and nothing at once."""
    monkeypatch.setattr(pace, "_FIRST_WAIT_S", 0.02)
    kept: dict[str, Any] = {}
    texts = ["#500", *TEXTS]
    with serving() as server, pytest.raises(LLMError, match="busy or failing for too long"):
        embed(server, texts, kept, concurrency=1, max_wait_s=1.5)
    check(kept, TEXTS)


def test_an_outage_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that it hits are asked again, at last in halves; no vector is missing."""
    monkeypatch.setattr(pace, "_FIRST_WAIT_S", 0.02)  # the outage is that of 25 times its length
    texts = [f"{text} {'x' * 900}" for text in TEXTS]  # many requests
    with serving(outage_s=1, outage_after=2) as server:
        check(embed(server, texts), texts)
        assert set(server.embedded.values()) == {1}
        assert server.n_requests > count_requests(texts)


def test_a_server_that_refuses_every_text() -> None:
    """Is not asked for each of them."""
    with serving(status=400, code="invalid_request") as server:
        with pytest.raises(LLMError, match=r"no usable vectors of 'fake' \(invalid_request\)"):
            embed(server, TEXTS, concurrency=1)
        assert server.n_requests < 30


def test_a_cap_ends_the_run_and_keeps_what_is_paid() -> None:
    """Two requests of three."""
    kept: dict[str, Any] = {}
    with serving() as server:
        with pytest.raises(LLMError, match="--max-requests are used up"):
            embed(server, TEXTS, kept, max_requests=2)
        assert server.n_requests == 2
    assert len(kept) == 256


def test_nobody_there() -> None:
    """Told soon, with what to check."""
    with serving() as server:
        pass
    with pytest.raises(LLMError, match="No model answers at 127"):
        embed(server, TEXTS)


def test_requests_in_flight() -> None:
    """The first alone, then as many as allowed."""
    texts = [f"{text} {'x' * 900}" for text in TEXTS]
    with serving(latency_s=0.05) as server:
        embed(server, texts, concurrency=3)
        assert server.most_in_flight == 3


@given(st.lists(st.tuples(JSON, JSON), max_size=4), st.integers(1, 4))
def test_whatever_stands_in_a_reply(entries: list[tuple[Any, Any]], n: int) -> None:
    """It becomes finite vectors of length 1, or a reason."""
    try:
        vectors = read_vectors(entries, n)
    except NoVectors:
        return
    assert len(vectors) == n
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@given(st.permutations(range(5)), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_vectors_come_in_the_order_of_their_index(order: list[int], numbers: list[int]) -> None:
    """Whatever order the server chose."""
    entries = [(i, [float(i + 1), *map(float, numbers)]) for i in order]
    rows = read_vectors(entries, 5)
    assert rows.shape == (5, 4)
    assert rows[:, 0] / rows[:, 1] == pytest.approx([(i + 1) / numbers[0] for i in range(5)])


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "0 vectors for 2 texts"),
        ([(0, [1.0]), (0, [1.0])], "indices"),
        ([(0, [1.0]), (True, [1.0])], "indices"),
        ([(None, [1.0]), (1, [1.0])], "indices"),
        ([(0, [1.0]), (1, [1.0, 2.0])], "different lengths"),
        ([(0, [1.0]), (1, [])], "no list"),
        ([(0, [1.0]), (1, "AAAA")], "no list"),
        ([(0, [1.0]), (1, [True])], "no number"),
        ([(0, [1.0]), (1, [10**400])], "not finite"),
        ([(0, [1.0]), (1, [float("inf")])], "not finite"),
        ([(0, [1.0]), (1, [0.0])], "zeros"),
    ],
)
def test_each_reason(entries: list[tuple[Any, Any]], reason: str) -> None:
    """Two texts, and what is wrong with the reply."""
    with pytest.raises(NoVectors, match=reason):
        read_vectors(entries, 2)


def test_the_fake_is_no_constant() -> None:
    """Else these tests could not fail."""
    assert len(vector_of("a")) == N_DIMENSIONS
    assert vector_of("a") != vector_of("b")
