"""Answers that give orders stay data: they reach the model whole and change nobody else's label."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from canaries import batch, neighbors_of
from canary_rows import Canary, read_canaries
from fake_server import FakeServer, label_of, serving

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.settings import LLMSettings

CANARIES = read_canaries()
each_canary = pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.id)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    """Return a server that all tests of this file share."""
    with serving() as running:
        yield running


def shown_to(server: FakeServer) -> str:
    """Return the data of the last request."""
    content = str(server.bodies[-1]["messages"][-1]["content"])
    assert content.startswith("<data>\n")
    assert content.endswith("\n</data>")
    return content.removeprefix("<data>\n").removesuffix("\n</data>")


@each_canary
def test_a_canary_changes_no_other_label(canary: Canary, server: FakeServer) -> None:
    """Each of the others has its own label, with the order and without it."""
    neighbors = neighbors_of(canary)
    settings = LLMSettings(model="fake", base_url=server.url, batch_size=8, use_cache=False)
    for middle in (canary.example.answer, canary.plain):
        answers = batch(neighbors, middle)
        found = LLMClassifier(settings).annotate(answers)
        assert [p.label for p in found] == [label_of(answer.text) for answer in answers]
        assert all(p.quote in a.text for p, a in zip(found, answers, strict=True))


@each_canary
def test_a_canary_cannot_leave_the_data(canary: Canary, server: FakeServer) -> None:
    """The data end where they should, are JSON, and hold eight answers letter by letter."""
    answers = batch(neighbors_of(canary), canary.example.answer)
    settings = LLMSettings(model="fake", base_url=server.url, batch_size=8, use_cache=False)
    asked = server.n_requests
    LLMClassifier(settings).annotate(answers)
    assert server.n_requests == asked + 1
    data = shown_to(server)
    assert "</" not in data
    numbered = [
        (int(number), question, text)
        for question, texts in json.loads(data).items()
        for number, text in texts.items()
    ]
    told = [(i, a.question, a.text) for i, a in enumerate(answers, start=1)]
    assert sorted(numbered) == told
