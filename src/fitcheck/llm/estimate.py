"""What requests take, told before any is sent: tokens and money at most, and about how long."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from fitcheck.llm.base import ChatRequest
from fitcheck.llm.budget import Price
from fitcheck.settings import LLMSettings

CHARACTERS_PER_TOKEN = 3.0
"""German and JSON; English text has more characters in a token, so estimates are upper ones."""
REPLY_S = 1.0
ANSWER_S = 0.4
"""Assumed: seconds that any reply takes, and those that each answer in it adds."""


def estimated_tokens(request: ChatRequest) -> int:
    """Return an upper estimate of the tokens of the request and its schema."""
    schema = len(json.dumps(request.schema))
    return math.ceil((request.n_characters + schema) / CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests, and the most that they use if each is answered rightly at once.

    Examples
    --------
    >>> request = ChatRequest((("system", "abc"), ("user", "abcd")), max_tokens=9, schema={})
    >>> Estimate.of([request, request])
    Estimate(n_requests=2, prompt_tokens=6, reply_tokens=18)
    """

    n_requests: float = 0
    prompt_tokens: float = 0
    reply_tokens: float = 0

    @classmethod
    def of(cls, requests: Iterable[ChatRequest]) -> Self:
        """Return the sum over the requests, none of which is kept."""
        n = prompt = reply = 0
        for request in requests:
            n += 1
            prompt += estimated_tokens(request)
            reply += request.max_tokens
        return cls(n, prompt, reply)

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.n_requests + other.n_requests,
            self.prompt_tokens + other.prompt_tokens,
            self.reply_tokens + other.reply_tokens,
        )

    def times(self, factor: float) -> Estimate:
        """Return what so many times the requests take."""
        numbers = (self.n_requests, self.prompt_tokens, self.reply_tokens)
        return Estimate(*(factor * number for number in numbers))

    def cost(self, price: Price | None) -> float | None:
        """Return the cost at most; None where the price is not known."""
        return None if price is None else price.of(self.prompt_tokens, self.reply_tokens)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long requests take, and what keeps them from going faster."""

    seconds: float
    limit: Literal["rpm", "tpm", "latency"]


def duration(
    estimate: Estimate, n_asked: float, n_rounds: float, settings: LLMSettings
) -> Duration:
    """Return about how long it takes to ask, whatever limits it most.

    Parameters
    ----------
    estimate : Estimate
        All requests. Limits count their tokens as a run does, at the most.
    n_asked : float
        Answers in all requests together.
    n_rounds : float
        Replies waited for one after the other, as many being on their way at once as may be.
    settings : LLMSettings
        The limits.

    Examples
    --------
    >>> settings = LLMSettings(model="m", base_url="http://localhost:1/v1", rpm=60)
    >>> duration(Estimate(100, 0, 0), n_asked=2000, n_rounds=13, settings=settings)
    Duration(seconds=117.0, limit='latency')
    """
    n = estimate.n_requests
    reply_s = REPLY_S + ANSWER_S * n_asked / n if n else 0.0
    tokens = estimate.prompt_tokens + estimate.reply_tokens
    found = [Duration(n_rounds * reply_s, "latency")]
    if settings.rpm:
        found.append(Duration(60 * n / settings.rpm, "rpm"))
    if settings.tpm:
        found.append(Duration(60 * tokens / settings.tpm, "tpm"))
    return max(found, key=lambda each: each.seconds)
