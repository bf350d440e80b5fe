"""Counts requests, tokens and money, and stops a run before it crosses its cap."""

from __future__ import annotations

import math
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fitcheck.errors import ConfigError, LLMError
from fitcheck.llm.base import ChatReply, EmbeddingReply
from fitcheck.resources import resource


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost."""

    input: float
    output: float
    cached: float

    def of(self, prompt: float, completion: float, cached: float = 0) -> float:
        """Return the cost of so many tokens; `cached` is the part of `prompt` read before."""
        fresh = prompt - cached
        return (fresh * self.input + cached * self.cached + completion * self.output) / 1e6


@dataclass(slots=True)
class Usage:
    """What a run has used so far, failed attempts included."""

    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    """None where the model's price is unknown."""

    def to_dict(self) -> dict[str, float | None]:
        """Return the counts for the run file."""
        return asdict(self)


class Budget:
    """Shared by all threads of a run.

    Examples
    --------
    >>> budget = Budget(Price(1, 2, 0.5), max_requests=1)
    >>> budget.reserve(100, 50)
    >>> budget.settle(100, 50, ChatReply("", 90, 10))
    >>> budget.usage.requests, budget.usage.cost
    (1, 0.00011)
    """

    def __init__(
        self,
        price: Price | None = None,
        *,
        max_cost: float | None = None,
        max_requests: int | None = None,
    ) -> None:
        if max_cost is not None and price is None:
            raise ConfigError(
                "The price of this model is not known, so --max-cost cannot be kept.",
                "Add it to a price list and pass --prices FILE, or use --max-requests.",
            )
        self.price, self.max_cost, self.max_requests = price, max_cost, max_requests
        self.usage = Usage(cost=None if price is None else 0.0)
        self._reserved = 0.0
        self._lock = threading.Lock()

    def reserve(self, prompt_tokens: int, reply_tokens: int) -> None:
        """Count a request before it is sent, at the most it can cost.

        Raises
        ------
        LLMError
            If that could cross the cap.
        """
        with self._lock:
            if self.max_requests is not None and self.usage.requests >= self.max_requests:
                raise LLMError(
                    "The {n} requests of --max-requests are used up.",
                    "Run the command again with a higher one; what was paid for is kept.",
                    n=self.max_requests,
                )
            most = self.price.of(prompt_tokens, reply_tokens) if self.price else 0.0
            spent = (self.usage.cost or 0.0) + self._reserved
            if self.max_cost is not None and spent + most > self.max_cost:
                raise LLMError(
                    "The next request could cross --max-cost {cap} ({spent} spent).",
                    "Run the command again with a higher one; what was paid for is kept.",
                    cap=self.max_cost,
                    spent=f"{self.usage.cost or 0:.4f}",
                )
            self._reserved += most
            self.usage.requests += 1

    def settle(
        self,
        prompt_tokens: int,
        reply_tokens: int,
        reply: ChatReply | EmbeddingReply | None,
        *,
        maybe_paid: bool = False,
    ) -> None:
        """Replace what was reserved by what it cost; a refused request costs nothing.

        A request without a reply that may be billed all the same, such as one that took too long,
        stays reserved: it counts for the cap at the most it can cost, and not as spent.
        """
        with self._lock:
            usage = self.usage
            if reply is None and maybe_paid:
                return
            if self.price:
                self._reserved -= self.price.of(prompt_tokens, reply_tokens)
            if reply is None:
                return
            # A server that counts nothing is charged for what the request could cost at most.
            counted = reply.prompt_tokens or reply.completion_tokens
            read = reply.prompt_tokens if counted else prompt_tokens
            written = reply.completion_tokens if counted else reply_tokens
            usage.prompt_tokens += reply.prompt_tokens
            usage.cached_tokens += reply.cached_tokens
            usage.completion_tokens += reply.completion_tokens
            if self.price and usage.cost is not None:
                usage.cost += self.price.of(read, written, reply.cached_tokens)


def load_prices(path: str | Path | None = None) -> Mapping[str, Price]:
    """Return the shipped prices by model, with those in a file of the user's own over them.

    Raises
    ------
    ConfigError
        If the file is no price list.
    """
    prices: dict[str, Price] = {}
    for file in (resource("prompts/prices.toml"), *([Path(path)] if path else [])):
        try:
            listed = tomllib.loads(file.read_text(encoding="utf-8"))["models"]
            for model, entry in listed.items():
                cached = entry.get("cached", entry["input"])
                costs = [float(cost) for cost in (entry["input"], entry["output"], cached)]
                if not all(math.isfinite(cost) and cost >= 0 for cost in costs):
                    raise ValueError(model)
                prices[model] = Price(*costs)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                "{path} is no price list.",
                'Write lines such as models."gpt-5".input = 1.25 (per million tokens).',
                path=str(file),
            ) from error
    return prices


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of a model; a dated name such as ``gpt-5-2026-01-01`` has its own's."""
    names = [name for name in prices if model == name or model.startswith(f"{name}-20")]
    return prices[max(names, key=len)] if names else None
