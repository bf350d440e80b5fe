"""Plans a run with a language model on paper: ten million answers, one line for each way to ask.

Usage: python eval/plan.py
The numbers come from the code behind `fitcheck classify --plan`: some answers are read closely,
here invented ones that the baseline did not learn from, and what asking them would take is scaled
to the size of the file, which is stated instead of counted. Nothing is sent. How long replies are
is measured in the recordings. Writes eval/runs/plan.json.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any
from unittest.mock import patch

from fitcheck.api import make_classifier
from fitcheck.classifiers.batch_submit import cost_by_batch
from fitcheck.classifiers.ways import Load
from fitcheck.engines.forecast import Counted, Forecast, SampledPart, count_parts, forecast
from fitcheck.labeled import answers_of, load_labeled
from fitcheck.llm.budget import load_prices, price_of
from fitcheck.llm.cache import Cache
from fitcheck.llm.estimate import ANSWER_S, CHARACTERS_PER_TOKEN, REPLY_S, Estimate
from fitcheck.llm.replies import Coding
from fitcheck.records import Answer
from fitcheck.resources import resource
from fitcheck.settings import LLMSettings

EVAL = Path(__file__).parent
RECORD = EVAL / "runs" / "plan.json"
N_ANSWERS = 10_000_000
DIFFERENT = 0.7
"""Share of the answers that are no repeats."""
KNOWN = 10
"""Of so many different answers, one is known from an earlier run."""
WORDS = 15
BATCH = 20
ROWS = 2_048
"""Rows of a part."""
MODEL = "gpt-4.1-mini"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "small": {"rpm": 500, "tpm": 200_000, "concurrency": 8},
    "large": {"rpm": 5_000, "tpm": 4_000_000, "concurrency": 64},
}
"""Examples of what a provider allows."""


def main() -> None:
    """Plan and write."""
    RECORD.write_text(json.dumps(planned(), indent=1) + "\n", encoding="utf-8")


def planned() -> dict[str, Any]:
    """Return the plan with all that was assumed."""
    answers = sampled()
    with some_known(answers):
        found = {name: plan(answers, limits) for name, limits in ACCOUNTS.items()}
    shares = {size: recorded_share(size) for size in (1, BATCH)}
    prices = tomllib.loads(resource("prompts/prices.toml").read_text(encoding="utf-8"))
    ways: dict[str, Any] = {}
    for way in found["small"].ways:
        ways[way.way] = {**facts_of(way.load, shares[1 if way.way == "alone" else BATCH])}
    for name, each in found.items():
        for way in each.ways:
            if way.duration is not None:
                told = [round(way.duration.seconds), way.duration.limit]
                ways[way.way].setdefault("time", {})[name] = told
    return {
        "answers": N_ANSWERS,
        "words": round(mean(len(answer.text.split()) for answer in answers), 1),
        "different": DIFFERENT,
        "known": 1 / KNOWN,
        "read_closely": len(answers),
        "batch_size": BATCH,
        "model": MODEL,
        "price": prices["models"][MODEL],
        "prices_as_of": prices["as_of"],
        "accounts": ACCOUNTS,
        "assumed": {"seconds_of_a_reply": REPLY_S, "and_of_each_answer_in_it": ANSWER_S},
        "share_of_reply_tokens_recorded": {str(size): round(s, 3) for size, s in shares.items()},
        "ways": ways,
    }


def settings(**more: Any) -> LLMSettings:
    """Return how is asked."""
    server = "https://api.openai.com/v1"
    return LLMSettings(**{"model": MODEL, "base_url": server, "batch_size": BATCH, **more})


def sampled() -> list[Answer]:
    """Return different answers that the codebook does not settle, of the wanted length.

    They are the longest ones, in requests that are full.
    """
    given = [*answers_of(load_labeled("dev")), *answers_of(load_labeled("test"))]
    asking: Any = make_classifier("llm", llm=settings())
    _, (part,) = count_parts([given], asking.preparation())
    longest = sorted(part.new, key=lambda answer: -len(answer.text.split()))
    n = len(longest) // BATCH * BATCH
    while mean(len(answer.text.split()) for answer in longest[:n]) < WORDS:
        n -= BATCH
    chosen = {answer.id for answer in longest[:n]}
    return [answer for answer in part.new if answer.id in chosen]


@contextmanager
def some_known(answers: Sequence[Answer]) -> Iterator[None]:
    """Let some of the answers be known in the block, in a cache of its own."""
    asking: Any = make_classifier("llm", llm=settings())
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, {"FITCHECK_CACHE": folder}),
    ):
        with closing(Cache()) as cache:
            distinct = asking.preparation().of(answers).distinct
            cache.put({entry.key: Coding("no_signal") for entry in distinct[::KNOWN]})
        yield


def plan(answers: Sequence[Answer], limits: dict[str, Any]) -> Forecast:
    """Return what each way would take, were these answers a part of the file."""
    cascade: Any = make_classifier("cascade", llm=settings(**limits), max_loss=0.01)
    asking = cascade.asks((), only_plan=True)[0]
    n_parts = math.ceil(N_ANSWERS / ROWS)
    counted = Counted(N_ANSWERS, 0, round(DIFFERENT * N_ANSWERS), n_parts)
    sample = [SampledPart(0, answers, [True] * len(answers))]
    return forecast(counted, sample, asking, cascade)


def facts_of(load: Load, share: float) -> dict[str, Any]:
    """Return what a way takes, with replies as long as they may be and as recorded ones are."""
    price = price_of(MODEL, load_prices())
    both = load.estimate + load.direct
    costs = []
    for part in (1.0, share):
        direct, other = (
            Estimate(each.n_requests, each.prompt_tokens, part * each.reply_tokens)
            for each in (load.direct, load.estimate)
        )
        cost = cost_by_batch(direct, other, price) if direct.n_requests else other.cost(price)
        costs.append(round(cost or 0.0, 2))
    return {
        "answers_sent": round(load.n_answers),
        "requests": round(both.n_requests),
        "prompt_tokens_at_most": round(both.prompt_tokens),
        "reply_tokens_at_most": round(both.reply_tokens),
        "cost_at_most": costs[0],
        "cost_with_recorded_replies": costs[1],
    }


def recorded_share(size: int) -> float:
    """Return how much of the tokens that replies may have the recorded ones took."""
    lines = (EVAL / "recordings" / f"claude-dev-{size}" / "exchanges.jsonl").read_text("utf-8")
    replies = [json.loads(line)["reply"]["text"] for line in lines.splitlines()]
    chosen = settings(batch_size=size, redact=False, use_cache=False)
    asking: Any = make_classifier("llm", llm=chosen)
    requests = asking.plan(answers_of(load_labeled("dev"))).requests
    if len(requests) != len(replies):
        raise ValueError("the recording is of other requests")
    written = sum(math.ceil(len(reply) / CHARACTERS_PER_TOKEN) for reply in replies)
    return written / Estimate.of(requests).reply_tokens


if __name__ == "__main__":
    main()
