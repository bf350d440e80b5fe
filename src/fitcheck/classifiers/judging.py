"""What is asked of each answer: its coding, once or in votes, and perhaps its label alone."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from fitcheck.classifiers.distinct import Distinct, Preparation
from fitcheck.classifiers.exchange import Exchange, Known, batches_of
from fitcheck.classifiers.votes import Poll, Verdict
from fitcheck.llm.base import ChatRequest
from fitcheck.llm.batching import Item, Renderer
from fitcheck.llm.letters import LetterRenderer
from fitcheck.prompts import load_letter_prompt

Judged = Generator[tuple[Distinct, Verdict], None, None]

_NO_LOGPROBS = ("no_logprobs", "bad_request")
"""Why label-only calls fail where the server knows or takes no log-probabilities."""


def judge(distinct: Sequence[Distinct], preparation: Preparation, exchange: Exchange) -> Judged:
    """Return each answer with its verdict, once all that is asked of it is known."""
    coded = _code(distinct, preparation, exchange)
    return _weigh(coded, preparation, exchange) if preparation.settings.logprobs else coded


def first_letters(
    distinct: Sequence[Distinct], preparation: Preparation, known: Known
) -> Iterator[tuple[list[Item], Iterator[ChatRequest]]]:
    """Yield, for each stage, what `known` has no reply to and the requests that ask for it.

    Those are all requests of a run in which each is answered rightly at once.
    """
    for keys, renderer in _stages(distinct, preparation):
        kept = known(keys.values())
        missing = [item for item, key in keys.items() if key not in kept]
        yield missing, map(renderer.request, batches_of(missing, renderer))


def _stages(
    distinct: Sequence[Distinct], preparation: Preparation
) -> list[tuple[Mapping[Item, str], Renderer]]:
    """Return what is asked at most: items with their keys, and what makes requests of them."""
    codings: tuple[Mapping[Item, str], Renderer] = (
        Poll(distinct, preparation).keys,
        _renderer(preparation),
    )
    return (
        [codings, _letters(distinct, preparation)] if preparation.settings.logprobs else [codings]
    )


def _code(distinct: Sequence[Distinct], preparation: Preparation, exchange: Exchange) -> Judged:
    """Yield each answer with what the votes on it say."""
    poll = Poll(distinct, preparation)
    with closing(exchange.outcomes(poll.keys, _renderer(preparation))) as outcomes:
        for outcome in outcomes:
            yield from poll.cast(outcome)


def _weigh(coded: Judged, preparation: Preparation, exchange: Exchange) -> Judged:
    """Ask for each label alone: its log-probabilities are evidence, the label stays as it is."""
    waiting: dict[Item, tuple[Distinct, Verdict]] = {}
    with closing(coded):
        for entry, verdict in coded:
            if verdict.coding is None:
                yield entry, verdict
            else:
                waiting[entry.item] = entry, replace(verdict, evidence=None)
    keys, renderer = _letters([entry for entry, _ in waiting.values()], preparation)
    ever_given = False
    with closing(exchange.outcomes(keys, renderer)) as outcomes:
        for outcome in outcomes:
            entry, verdict = waiting.pop(outcome.item)
            evidence = outcome.coding.evidence if outcome.coding else None
            ever_given = ever_given or outcome.coding is not None
            yield entry, replace(verdict, evidence=evidence)
            if outcome.failure in _NO_LOGPROBS and not ever_given:
                exchange.has_logprobs = False
                break  # this text was answered before, so it is the same with every other one
    yield from waiting.values()


def _renderer(preparation: Preparation) -> Renderer:
    return Renderer(preparation.prompt, preparation.codebook, preparation.settings)


def _letters(
    distinct: Sequence[Distinct], preparation: Preparation
) -> tuple[Mapping[Item, str], Renderer]:
    letters = replace(preparation, prompt=load_letter_prompt())
    single = preparation.settings.model_copy(update={"batch_size": 1})
    keys = {entry.item: letters.key(entry.item) for entry in distinct}
    return keys, LetterRenderer(letters.prompt, letters.codebook, single)
