"""Limits that many processes share are never exceeded, and what ends one ends all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from artificial_time import Time
from fitcheck.errors import ConfigError, LLMError
from fitcheck.llm.base import ChatReply
from fitcheck.llm.budget import Price
from fitcheck.llm.permits import Permits, SharedBudget, SharedLimits, SharedPace
from fitcheck.settings import LLMSettings

SETTINGS = LLMSettings(model="m", base_url="http://127.0.0.1:9/v1")
PRICE = Price(1, 2, 0.5)


class Wire:
    """Reaches permits as a network does: only what JSON can hold gets through."""

    def __init__(self, permits: Permits) -> None:
        self.permits = permits
        self.questions: list[str] = []

    def __call__(self, question: str, *numbers: Any) -> dict[str, Any]:
        """Ask."""
        self.questions.append(question)
        told = json.loads(json.dumps(numbers))
        found: dict[str, Any] = json.loads(json.dumps(self.permits.answer(question, *told)))
        return found


@pytest.mark.parametrize(("limits", "tokens"), [({"rpm": 60}, 1), ({"tpm": 6000}, 100)])
def test_turns_of_all_processes_keep_one_pace(limits: dict[str, float], tokens: int) -> None:
    """Three processes get together what one would get alone."""
    time = Time()
    wire = Wire(Permits(**limits, clock=time))
    paces = [SharedPace(wire, SETTINGS, clock=time, sleep=time.sleep) for _ in range(3)]
    for i in range(121):
        paces[i % 3].wait_turn(tokens)
    assert 118 <= time.now <= 121


def test_turns_are_given_in_order_and_asked_for_once() -> None:
    """Whoever waits need not ask again: many that wait do not keep the scheduler busy."""
    permits = Permits(rpm=60, clock=Time())
    waits = [permits.answer("turn", 1)["wait_s"] for _ in range(4)]
    assert waits == pytest.approx([0, 1, 2, 3])


def test_what_a_server_asks_for_holds_for_all() -> None:
    """One gets a Retry-After, the other waits as well."""
    time = Time()
    wire = Wire(Permits(clock=time))
    one, other = (SharedPace(wire, SETTINGS, clock=time, sleep=time.sleep) for _ in range(2))
    one.trouble("rate_limit", 7.0)
    other.wait_turn(1)
    assert time.now == pytest.approx(7.0)


def test_requests_and_money_are_capped_together() -> None:
    """Reserved counts as well, of the one that is killed for ever."""
    wire = Wire(Permits(max_cost=0.001, price=(1, 2, 0.5)))
    one, other = (SharedBudget(wire, PRICE) for _ in range(2))
    one.reserve(200, 100)  # 0.0004 at most, and then it is killed
    other.reserve(200, 100)
    other.settle(200, 100, ChatReply("", 100, 20))
    other.reserve(200, 100)
    other.settle(200, 100, None)
    other.reserve(200, 100)
    with pytest.raises(LLMError, match=r"--max-cost 0.001 \(0.0001 spent\)"):
        other.reserve(200, 100)
    assert wire.permits.usage["requests"] == 4
    assert other.usage.requests == 3


def test_what_is_used_up_stops_everybody() -> None:
    """The others get the same error at their next turn, and a reply on its way still counts."""
    wire = Wire(Permits(max_requests=1))
    budget = SharedBudget(wire, PRICE)
    budget.reserve(1, 1)
    with pytest.raises(LLMError, match="1 requests of --max-requests"):
        SharedBudget(wire, PRICE).reserve(1, 1)
    with pytest.raises(LLMError, match="1 requests of --max-requests"):
        SharedPace(wire, SETTINGS).wait_turn(1)
    budget.settle(1, 1, ChatReply("", 5, 7))
    assert wire.permits.usage["completion_tokens"] == 7


def test_whoever_waits_long_hears_that_it_is_over() -> None:
    """A worker does not sleep for minutes after the run has ended."""
    time = Time()
    wire = Wire(Permits(rpm=0.1, clock=time))

    def sleep(seconds: float) -> None:
        time.now += seconds
        wire.permits.answer("end")

    pace = SharedPace(wire, SETTINGS, clock=time, sleep=sleep)
    pace.wait_turn(1)
    with pytest.raises(LLMError, match="ended"):
        pace.wait_turn(1)
    assert time.now < 10


def test_money_needs_a_price() -> None:
    """As in a run of one process."""
    with pytest.raises(ConfigError, match="price"):
        Permits(max_cost=1)
    assert SharedLimits(Wire(Permits())).pace(SETTINGS).has_worked is False
