"""The ways to ask a language model about the same answers, and what each of them would send."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from fitcheck.classifiers.batch_submit import batches_to_submit
from fitcheck.classifiers.batch_work import refuse_settings
from fitcheck.classifiers.distinct import Distinct, Preparation
from fitcheck.classifiers.exchange import Known
from fitcheck.classifiers.judging import first_letters
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import ConfigError
from fitcheck.llm.batching import Item, Renderer
from fitcheck.llm.estimate import Estimate
from fitcheck.records import Answer

Way = Literal["alone", "together", "once", "unknown", "by_batch", "cascade", "cascade_by_batch"]
"""Each answer in a request of its own, repeats as well; several in a request; repeats once; what
has no kept reply; that by the Batch API; that where the baseline is not certain; both."""
BY_BATCH: dict[Way, Way] = {"unknown": "by_batch", "cascade": "cascade_by_batch"}


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent one way, before anything goes wrong."""

    n_answers: float = 0
    """Answers of which something is asked; the same ones once, where repeats are."""
    n_asked: float = 0
    """Answers in all requests: one of which several votes are asked counts so often."""
    n_rounds: float = 0
    """Replies waited for one after the other, as many on their way at once as may be."""
    estimate: Estimate = field(default_factory=Estimate)
    direct: Estimate = field(default_factory=Estimate)
    """The part that goes at the full price beside batches."""

    def __add__(self, other: Load) -> Load:
        return Load(
            self.n_answers + other.n_answers,
            self.n_asked + other.n_asked,
            self.n_rounds + other.n_rounds,
            self.estimate + other.estimate,
            self.direct + other.direct,
        )

    def times(self, factor: float) -> Load:
        """Return the load of so many times the answers; one goes ahead of batches all the same."""
        return Load(
            factor * self.n_answers,
            factor * self.n_asked,
            factor * self.n_rounds,
            self.estimate.times(factor),
            self.direct,
        )


class Ways:
    """Gathers what each way sends, part by part, in the order in which a run asks them.

    Parameters
    ----------
    asking : LLMClassifier
        Says how is asked.
    kept : callable
        Returns those of some keys whose reply is kept from before.
    unsure : callable, optional
        Returns the answers of a part that a cascade asks about; without it there is no cascade.

    Attributes
    ----------
    parts : list of dict of Way to Load
        What each part sends, directly.
    """

    def __init__(
        self,
        asking: LLMClassifier,
        kept: Known,
        unsure: Callable[[Sequence[Answer]], Sequence[Answer]] | None = None,
    ) -> None:
        self._settings = settings = asking.settings
        self._preparation = asking.preparation()
        one_each = settings.model_copy(update={"batch_size": 1})
        self._alone = replace(self._preparation, settings=one_each)
        self._unsure = unsure
        self._once = _Memory(settings.use_cache)
        self._asked: dict[Way, _Memory] = {
            way: _Memory(settings.use_cache, kept) for way in BY_BATCH
        }
        self._items: dict[Way, list[Item]] = {way: [] for way in BY_BATCH}
        self.parts: list[dict[Way, Load]] = []

    def add(self, answers: Sequence[Answer], new: Sequence[Answer]) -> None:
        """Add a part; `new` are those of its answers that no earlier part may have settled."""
        every = _each(answers, self._preparation)
        work = self._preparation.of(new)
        found: dict[Way, Load] = {
            "alone": self._load(every, self._alone, _nothing)[0],
            "together": self._load(every, self._preparation, _nothing)[0],
            "once": self._load(work.distinct, self._preparation, self._once)[0],
            "unknown": self._left("unknown", work.distinct),
        }
        if self._unsure is not None:
            left = self._preparation.of(self._unsure(new))
            found["cascade"] = self._left("cascade", left.distinct)
        self.parts.append(found)

    def by_batch(self) -> dict[Way, Load]:
        """Return what goes by batch where it goes directly otherwise; empty where nothing can."""
        try:
            refuse_settings(self._settings)
        except ConfigError:
            return {}
        wanted = [way for way in BY_BATCH if way in self.parts[0]]
        return {BY_BATCH[way]: self._submitted(self._items[way]) for way in wanted}

    def _left(self, way: Way, distinct: Sequence[Distinct]) -> Load:
        load, items = self._load(distinct, self._preparation, self._asked[way])
        self._items[way] += items
        return load

    def _load(
        self, distinct: Sequence[Distinct], preparation: Preparation, known: Known
    ) -> tuple[Load, list[Item]]:
        """Return what is sent, and the items of the first stage."""
        sent: list[list[Item]] = []
        estimate, n_rounds = Estimate(), 0
        for missing, letters in first_letters(distinct, preparation, known):
            stage = Estimate.of(letters)
            estimate += stage
            n_rounds += math.ceil(stage.n_requests / self._settings.concurrency)
            sent.append(missing)
        positions = {item.position for items in sent for item in items}
        n_asked = sum(map(len, sent))
        return Load(len(positions), n_asked, n_rounds, estimate), sent[0]

    def _submitted(self, items: Sequence[Item]) -> Load:
        preparation = self._preparation
        renderer = Renderer(preparation.prompt, preparation.codebook, self._settings)
        batches = batches_to_submit(items, self._settings.batch_size)
        direct = Estimate.of(renderer.request(batch) for batch in [next(batches, None)] if batch)
        estimate = Estimate.of(map(renderer.request, batches))
        return Load(len(items), len(items), 0, estimate, direct)


class _Memory:
    """Knows what was asked for in earlier parts, and what was kept before."""

    def __init__(self, remembers: bool, kept: Known | None = None) -> None:
        self._remembers, self._kept = remembers, kept or _nothing
        self._seen: set[str] = set()

    def __call__(self, keys: Iterable[str]) -> set[str]:
        asked = list(keys)
        kept = self._kept(asked)
        known = {key for key in asked if key in self._seen or key in kept}
        if self._remembers:
            self._seen.update(asked)
        return known


def _nothing(_: Iterable[str]) -> tuple[str, ...]:
    return ()


def _each(answers: Sequence[Answer], preparation: Preparation) -> list[Distinct]:
    """Return every answer by itself, also what the codebook settles and what repeats another."""
    work, shows = preparation.of(answers), preparation.settings.show_persona
    items: dict[int, Item] = {}
    for position, _ in work.settled:
        answer = answers[position]
        group = answer.persona if shows else ""
        items[position] = Item(position, answer.question, answer.text, group)
    for entry in work.distinct:
        for _, positions in entry.sources:
            items |= {at: replace(entry.item, position=at) for at in positions}
    return [Distinct(items[position], "", ()) for position in sorted(items)]
