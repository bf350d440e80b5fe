"""Pace and budget: what a run may use, and when it stops."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from artificial_time import Time
from fitcheck.errors import ConfigError, LLMError
from fitcheck.llm.base import ChatReply
from fitcheck.llm.budget import Budget, Price, load_prices, price_of
from fitcheck.llm.pace import Pace


def paced(time: Time, rpm: float | None = None, tpm: float | None = None, wait: float = 60) -> Pace:
    """Return a pace on an artificial clock."""
    return Pace(rpm, tpm, wait, "host", clock=time, sleep=time.sleep)


def keep_failing(pace: Pace, kind: str) -> None:
    """Send requests that all fail."""
    for _ in range(1000):
        pace.trouble(kind)
        pace.wait_turn(1)


@pytest.mark.parametrize(("rpm", "tpm", "tokens"), [(60, None, 1), (None, 6000, 100)])
def test_limits_hold_over_a_minute(rpm: float | None, tpm: float | None, tokens: int) -> None:
    """Sixty a minute are sixty in a minute, but for the first few that need not wait."""
    time = Time()
    pace = paced(time, rpm, tpm)
    for _ in range(121):
        pace.wait_turn(tokens)
    assert 118 <= time.now <= 121


def test_a_request_over_the_limit_is_let_through_and_paid_back() -> None:
    """A batch of more tokens than a second allows waits afterwards, not for ever."""
    time = Time()
    pace = paced(time, tpm=600)
    pace.wait_turn(100)
    assert time.now == 0
    pace.wait_turn(1)
    assert time.now == pytest.approx(9.1, abs=0.2)


def test_a_busy_server_makes_everybody_wait_as_long_as_it_says() -> None:
    """Retry-After is a lower bound for all threads."""
    time = Time()
    pace = paced(time)
    pace.trouble("rate_limit", 7)
    pace.wait_turn(1)
    assert 7 <= time.now < 8


def test_waits_grow_until_the_patience_is_at_an_end() -> None:
    """A server that stays busy ends the run, after no more than the time allowed."""
    time = Time()
    pace = paced(time, wait=60)
    pace.worked()
    with pytest.raises(LLMError, match="busy or failing"):
        keep_failing(pace, "rate_limit")
    assert 30 <= time.now <= 90


def test_a_server_that_never_answered_is_given_up_soon() -> None:
    """A wrong address is told in seconds."""
    time = Time()
    pace = paced(time)
    with pytest.raises(LLMError, match="No model answers at host"):
        keep_failing(pace, "gone")
    assert time.now < 5


def test_an_error_among_replies_makes_only_its_thread_wait() -> None:
    """One bad request does not stop the others; eight in a row do."""
    time = Time()
    pace = paced(time)
    pace.worked()
    pace.trouble("server")
    before = time.now
    pace.wait_turn(1)
    assert time.now == before
    for _ in range(9):
        pace.trouble("server")
    before = time.now
    pace.wait_turn(1)
    assert time.now > before


def test_many_threads_do_not_make_the_wait_longer() -> None:
    """Eight that fail at once are one trouble: the pause doubles when it did not help."""
    time = Time()
    pace = paced(time)
    pace.worked()
    for _ in range(3):
        for _ in range(8):
            pace.trouble("rate_limit")
        pace.wait_turn(1)
    assert time.now <= 0.5 + 1 + 2


def test_a_stopped_run_waits_for_nothing() -> None:
    """Threads that wait for their turn are let go at once."""
    pace = Pace(1, None, 60, "host")
    pace.wait_turn(1)
    thread = threading.Thread(target=pace.wait_turn, args=(1,))
    thread.start()
    pace.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_the_cap_is_never_crossed() -> None:
    """What could cross it is refused before it is sent; what it really cost makes room again."""
    budget = Budget(Price(1.0, 2.0, 0.5), max_cost=0.001)
    budget.reserve(200, 300)  # at most 0.0008
    with pytest.raises(LLMError, match="could cross --max-cost"):
        budget.reserve(200, 300)
    budget.settle(200, 300, ChatReply("", 180, 20, 80))
    assert budget.usage.cost == pytest.approx((100 * 1 + 80 * 0.5 + 20 * 2) / 1e6)
    budget.reserve(200, 300)
    budget.settle(200, 300, None)
    assert budget.usage.requests == 2
    assert (budget.usage.prompt_tokens, budget.usage.completion_tokens) == (180, 20)


def test_what_may_have_been_paid_counts_for_the_cap() -> None:
    """At the most it can cost, and not as spent: the bill may never come."""
    budget = Budget(Price(1.0, 2.0, 0.5), max_cost=0.001)
    budget.reserve(200, 300)
    budget.settle(200, 300, None, maybe_paid=True)
    assert budget.usage.cost == 0
    with pytest.raises(LLMError, match="could cross --max-cost"):
        budget.reserve(200, 300)


def test_requests_are_counted_before_they_are_sent() -> None:
    """The request after the last one allowed is refused."""
    budget = Budget(max_requests=1)
    budget.reserve(1, 1)
    with pytest.raises(LLMError, match="1 requests"):
        budget.reserve(1, 1)


def test_a_cost_cap_needs_a_price() -> None:
    """Nothing is guessed about money."""
    with pytest.raises(ConfigError, match="price of this model"):
        Budget(None, max_cost=1)


def test_prices(tmp_path: Path) -> None:
    """Names match whole or with a date; a file of one's own stands over the shipped one."""
    shipped = load_prices()
    assert price_of("gpt-5-mini-2025-08-07", shipped) == shipped["gpt-5-mini"]
    assert price_of("gpt-5-pro", shipped) is None
    path = tmp_path / "p.toml"
    path.write_text('models."gpt-5".input = 3\nmodels."gpt-5".output = 4\n', encoding="utf-8")
    assert price_of("gpt-5", load_prices(path)) == Price(3, 4, 3)
    path.write_text("models = 3", encoding="utf-8")
    with pytest.raises(ConfigError, match="no price list"):
        load_prices(path)
