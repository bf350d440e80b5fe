"""Whether a server works is known from replies, and asked where there were none."""

from __future__ import annotations

from itertools import count

import pytest

from fitcheck.llm.base import ChatRequest
from fitcheck.llm.witness import Witness


def request(max_tokens: int) -> ChatRequest:
    """Return a request with a reply of so many tokens."""
    return ChatRequest((("user", "a"),), max_tokens, {})


@pytest.mark.parametrize("answers", [True, False])
def test_it_asks_what_worked_once_for_all(answers: bool) -> None:
    """The shortest, with a token more each time; one reply serves everybody who waited for it."""
    asked: list[ChatRequest] = []
    ticks = count()

    def ask(request: ChatRequest) -> bool:
        asked.append(request)
        return answers

    witness = Witness(ask, clock=lambda: float(next(ticks)))
    witness.saw(request(90))
    witness.saw(request(20))
    witness.saw(request(50))
    failed_at = witness.now()
    assert witness.works(failed_at) is answers
    assert witness.works(failed_at) is answers
    assert [r.max_tokens for r in asked] == [21]
    assert witness.works(witness.now()) is answers
    assert [r.max_tokens for r in asked] == [21, 22]


def test_a_reply_to_somebody_else_is_enough() -> None:
    """Nothing is asked, unless the server failed on what worked since then."""
    ticks = count()
    witness = Witness(lambda _: False, clock=lambda: float(next(ticks)))
    sent_at = witness.now()
    witness.saw(request(20))
    assert witness.works(sent_at)
    assert not witness.works(witness.now())
    assert not witness.works(sent_at)
    witness.saw(None)
    assert witness.works(sent_at)
