"""What is counted in all parts, and what follows from those that are drawn by lot."""

from __future__ import annotations

import random
from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.engines import forecast as module
from fitcheck.engines.forecast import Forecast, SeenHashes, count_parts, forecast
from fitcheck.llm.budget import Price
from fitcheck.records import Answer
from fitcheck.settings import LLMSettings

QUESTION = "Was hat gefallen?"
WORDS = [
    "Halle",
    "Maschine",
    "Übung",
    "Station",
    "Kurs",
    "Gruppe",
    "Vorlage",
    "Folie",
    "Beispiel",
    "Montag",
]


def model(seed: int = 0, *, use_cache: bool = True, concurrency: int = 8) -> LLMClassifier:
    """Return a model that nobody asks."""
    settings = LLMSettings(
        model="m",
        base_url="http://localhost:1/v1",
        seed=seed,
        use_cache=use_cache,
        concurrency=concurrency,
    )
    return LLMClassifier(settings, price=Price(1, 2, 1))


def parts(n_parts: int, n: int, n_kinds: int = 10**4) -> list[list[Answer]]:
    """Return parts with answers of different lengths, which are longer in later parts."""
    lot = random.Random(n_kinds)  # noqa: S311
    kinds = [
        " ".join([*lot.choices(WORDS, k=2 + 20 * i // n_kinds), str(i)]) for i in range(n_kinds)
    ]
    found = []
    for number in range(n_parts):
        texts = ["nichts"]
        while len(texts) < n - number % 5:
            place = lot.random() * (0.5 + number / n_parts / 2)
            texts.append(kinds[int(place * n_kinds)])
        found.append([Answer(text, "Was hat nicht gepasst?") for text in texts])
    return found


def test_hashes_are_remembered() -> None:
    """As a set remembers them, whatever comes in which order."""
    lot, seen, known = np.random.default_rng(1), SeenHashes(), set[int]()
    for _ in range(200):
        hashes = lot.integers(0, 3000, lot.integers(0, 60)).astype(np.uint64)
        expected = []
        for number in hashes.tolist():
            expected.append(number not in known)
            known.add(number)
        assert seen.add(hashes).tolist() == expected


@pytest.mark.parametrize("use_cache", [True, False])
def test_what_is_counted(use_cache: bool) -> None:
    """Answers, what the codebook settles, and different ones; without a cache in each part."""
    given = parts(30, 40, n_kinds=25)
    preparation = model(use_cache=use_cache).preparation()
    counted, sample = count_parts(iter(given), preparation)
    texts = [{" ".join(a.text.split()) for a in part} - {"nichts"} for part in given]
    different = len(set().union(*texts)) if use_cache else sum(map(len, texts))
    assert counted.n_answers == sum(map(len, given))
    assert (counted.n_rule, counted.n_parts, counted.n_different) == (30, 30, different)
    assert [part.answers for part in sample] == [given[part.number] for part in sample]
    assert len({part.number for part in sample}) == 12
    for part in sample:
        earlier = [texts[i] for i in range(part.number)] if use_cache else []
        assert {a.text for a in part.new} == texts[part.number] - set().union(*earlier)
        assert sum(part.is_new) == len(part.new)


def test_each_part_is_drawn_equally_often() -> None:
    """By all seeds together; the same seed draws the same."""
    given = [[Answer("x", QUESTION)]] * 40
    drawn: Counter[int] = Counter()
    for seed in range(400):
        _, sample = count_parts(given, model(seed).preparation())
        drawn.update(part.number for part in sample)
        assert [part.number for part in sample] == sorted({part.number for part in sample})
    expected = 400 * 12 / 40
    spread = (400 * 0.3 * 0.7) ** 0.5
    assert set(drawn) == set(range(40))
    assert all(abs(n - expected) < 4.5 * spread for n in drawn.values())
    again = [count_parts(given, model(7).preparation())[1] for _ in range(2)]
    assert again[0] == again[1]


def found(given: list[list[Answer]], asking: LLMClassifier, n_sampled: int) -> Forecast:
    """Return the forecast from so many parts."""
    with patch.object(module, "SAMPLED_PARTS", n_sampled):
        return forecast(*count_parts(given, asking.preparation()), asking)


def test_estimates_are_as_near_as_they_say() -> None:
    """In about 95 % of draws; each is of all answers, and none is of an exact plan."""
    given = parts(40, 60, n_kinds=3000)
    exact = {way.way: way for way in found(given, model(), 40).ways}
    assert {way.margin for way in exact.values()} == {0.0}
    held, n = Counter[str](), 60
    for seed in range(n):
        for way in found(given, model(seed), 12).ways:
            truth, said = exact[way.way].load.estimate, way.load.estimate
            assert way.margin is not None
            assert way.margin > 0
            off = abs(
                said.prompt_tokens + said.reply_tokens - truth.prompt_tokens - truth.reply_tokens
            )
            held[way.way] += off <= way.margin * (said.prompt_tokens + said.reply_tokens)
    assert set(held) == set(exact)
    assert min(held.values()) / n >= 0.95 - 3 * (0.95 * 0.05 / n) ** 0.5


def test_one_part_of_many_tells_no_margin() -> None:
    """What it takes is scaled all the same, but the request that goes ahead of batches."""
    given = parts(1, 41)
    asking = model()
    counted, sample = count_parts(given, asking.preparation())
    whole = {way.way: way for way in forecast(counted, sample, asking).ways}
    times = type(counted)(counted.n_answers * 50, counted.n_rule * 50, counted.n_different * 50, 50)
    scaled = {way.way: way for way in forecast(times, sample, asking).ways}
    assert {way.margin for way in scaled.values()} == {None}
    for name in ("alone", "together", "once", "unknown"):
        assert scaled[name].load == whole[name].load.times(50)
        assert scaled[name].cost == pytest.approx(50 * (whole[name].cost or 0))
    assert whole["by_batch"].load.direct.n_requests == 1
    assert scaled["by_batch"].load.direct == whole["by_batch"].load.direct
    assert scaled["by_batch"].load.estimate == whole["by_batch"].load.estimate.times(50)


def test_replies_are_waited_for_part_by_part() -> None:
    """Each part waits for its own, so three requests take as long as eight."""
    given = parts(6, 60)
    asked = found(given, model(concurrency=8), 6).ways
    load = next(way.load for way in asked if way.way == "once")
    assert (load.estimate.n_requests, load.n_rounds) == (18, 6)
    asked = found(given, model(concurrency=2), 6).ways
    assert next(way.load.n_rounds for way in asked if way.way == "once") == 12


def test_nothing_to_ask() -> None:
    """All is settled by the codebook."""
    given = [[Answer("nichts", "Was hat nicht gepasst?")] * 5]
    ways = {way.way: way for way in found(given, model(), 12).ways}
    assert ways["alone"].load.n_answers == 5
    assert ways["once"].load.estimate.n_requests == 0
    assert (ways["by_batch"].cost, ways["unknown"].cost) == (0.0, 0.0)
