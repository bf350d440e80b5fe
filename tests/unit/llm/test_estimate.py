"""What requests would take, by its definition."""

from __future__ import annotations

from typing import Any

import pytest

from fitcheck.llm.base import ChatRequest
from fitcheck.llm.budget import Price
from fitcheck.llm.estimate import Duration, Estimate, duration, estimated_tokens
from fitcheck.settings import LLMSettings

REQUESTS = [
    ChatRequest((("system", "x" * 31), ("user", "y" * n)), max_tokens=n, schema={"a": 1})
    for n in (5, 17, 100)
]


def settings(**limits: Any) -> LLMSettings:
    """Return settings with these limits."""
    return LLMSettings(model="m", base_url="http://localhost:1/v1", **limits)


def test_a_sum_is_that_of_its_requests() -> None:
    """However they are put together, and what it costs is the price of its tokens."""
    found = Estimate.of(REQUESTS)
    assert found.n_requests == 3
    assert found.prompt_tokens == sum(map(estimated_tokens, REQUESTS))
    assert found.reply_tokens == 122
    assert Estimate.of(REQUESTS[:1]) + Estimate.of(REQUESTS[1:]) == found
    assert Estimate.of(REQUESTS * 4) == found.times(4)
    price = Price(2, 5, 1)
    assert found.cost(price) == pytest.approx((2 * found.prompt_tokens + 5 * 122) / 1e6)
    assert found.cost(None) is None


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, Duration(63.0, "latency")),  # 7 rounds of 1 s and 20 times 0.4 s
        ({"rpm": 60}, Duration(63.0, "latency")),
        ({"rpm": 30}, Duration(100.0, "rpm")),
        ({"tpm": 60_000}, Duration(63.0, "latency")),
        ({"tpm": 6_000}, Duration(200.0, "tpm")),
        ({"rpm": 10, "tpm": 6_000}, Duration(300.0, "rpm")),
    ],
)
def test_the_slowest_limit_decides(limits: dict[str, float], expected: Duration) -> None:
    """Of requests a minute, tokens a minute and replies that are waited for."""
    estimate = Estimate(50, 15_000, 5_000)
    assert duration(estimate, 1000, 7, settings(**limits)) == expected


def test_nothing_takes_no_time() -> None:
    """Where everything is known."""
    assert duration(Estimate(), 0, 0, settings(rpm=1)).seconds == 0
