"""Puts answers together to requests, and takes batches apart where one spoils the reply."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fitcheck.codebook import Codebook
from fitcheck.llm.base import ChatReply, ChatRequest
from fitcheck.llm.replies import Reading, read_reply
from fitcheck.prompts import Prompt
from fitcheck.settings import LLMSettings

AUTO_SIZE = 20
_AUTO_CHARACTERS = 8_000
_MAX_ASKED = 4
"""How often a single answer is asked before it is given up."""
_VOTE_TEMPERATURE = 0.7
_SEEDS_A_VOTE = 1_000
"""Votes are so far apart that asking again, which varies the seed too, never meets another."""


@dataclass(frozen=True, slots=True)
class Item:
    """One distinct answer as it is sent."""

    position: int
    """Which of the distinct answers it is."""
    question: str
    text: str
    persona: str = ""
    vote: int = 0
    """Which of the votes on the answer is asked for."""

    def shown(self) -> dict[str, str]:
        """Return what the prompt shows of it."""
        shown = {"question": self.question, "text": self.text}
        return shown | ({"persona": self.persona} if self.persona else {})


@dataclass(frozen=True, slots=True)
class Batch:
    """Answers that are asked in one request."""

    items: tuple[Item, ...]
    asked: int = 0
    """How often these answers were asked already; halves start at 1, to be halved at once."""
    complaints: tuple[tuple[int, str], ...] = ()
    """Number of the answer in this batch, and what was wrong with the last reply on it."""
    put_off: bool = False
    """Whether it was put off to the end once, because a server that works failed on it."""

    def again(self, complaints: Mapping[int, str]) -> Batch:
        """Return the answers complained of, to be asked once more."""
        numbers = sorted(complaints)
        return Batch(
            tuple(self.items[n - 1] for n in numbers),
            self.asked + 1,
            tuple((new, complaints[old]) for new, old in enumerate(numbers, start=1)),
        )

    def halves(self) -> list[Batch]:
        """Return the answers in two batches."""
        middle = len(self.items) // 2
        first = tuple((n, told) for n, told in self.complaints if n <= middle)
        second = tuple((n - middle, told) for n, told in self.complaints if n > middle)
        return [Batch(self.items[:middle], 1, first), Batch(self.items[middle:], 1, second)]


def follow_up(batch: Batch, complaints: Mapping[int, str]) -> list[Batch]:
    """Return what to ask next; empty where a single answer was asked often enough.

    First everything complained of together, then in halves, until the answer that spoils the
    others is alone.
    """
    again = batch.again(complaints)
    if len(again.items) == 1:
        return [again] if again.asked < _MAX_ASKED else []
    return [again] if batch.asked == 0 else again.halves()


def make_batches(items: Iterable[Item], size: int | None = None) -> Iterator[Batch]:
    """Yield batches of `size`, or of as many short answers as one request carries well.

    A batch holds items of one vote.
    """
    batch: list[Item] = []
    characters = 0
    for item in items:
        too_many = len(batch) >= (size or AUTO_SIZE)
        too_long = size is None and characters + len(item.text) > _AUTO_CHARACTERS
        if batch and (too_many or too_long or item.vote != batch[0].vote):
            yield Batch(tuple(batch))
            batch, characters = [], 0
        batch.append(item)
        characters += len(item.text)
    if batch:
        yield Batch(tuple(batch))


@dataclass(frozen=True)
class Renderer:
    """Turns batches into requests."""

    prompt: Prompt
    codebook: Codebook
    settings: LLMSettings

    def __post_init__(self) -> None:
        object.__setattr__(self, "_system", self.prompt.system_text(self.codebook))

    def request(self, batch: Batch, room: int = 1) -> ChatRequest:
        """Return the request; asked again, it says why and varies the seed.

        A model that decodes deterministically would else repeat its mistake. `room` multiplies
        the length of the reply, for models that think before they write.
        """
        data = self.prompt.data_text([item.shown() for item in batch.items])
        if batch.complaints:
            data += f"\nYour last reply was wrong: {_complaints(batch.complaints)}"
        single = len(batch.items) == 1 and batch.asked > 0
        vote = batch.items[0].vote
        temperature = vote_temperature(self.settings, vote)
        return ChatRequest(
            messages=(("system", self._system), ("user", data)),  # type: ignore[attr-defined]
            max_tokens=room * self._reply_tokens(batch.items),
            schema=self.prompt.schema,
            temperature=max(temperature, 0.3 * batch.asked if single else 0.0),
            seed=self.settings.seed + _SEEDS_A_VOTE * vote + batch.asked,
        )

    def read(self, batch: Batch, reply: ChatReply) -> Reading:
        """Return what the reply says of the batch."""
        texts = [item.text for item in batch.items]
        return read_reply(reply.text, texts, self.prompt.fields, self.codebook.theme_ids)

    def _reply_tokens(self, items: Sequence[Item]) -> int:
        """Return the most tokens that a right reply can have."""
        each = 20 + (40 if "themes" in self.prompt.fields else 0)
        quotes = sum(len(item.text) for item in items) if "quote" in self.prompt.fields else 0
        return 40 + each * len(items) + math.ceil(quotes / 2)


def vote_temperature(settings: LLMSettings, vote: int) -> float:
    """Return the temperature of a vote: all but the first must be able to differ from it."""
    return max(settings.temperature, _VOTE_TEMPERATURE) if vote else settings.temperature


def _complaints(complaints: Sequence[tuple[int, str]]) -> str:
    reasons: dict[str, list[int]] = {}
    for number, reason in complaints:
        reasons.setdefault(reason, []).append(number)
    told = (f"id {', '.join(map(str, ids))}: {reason}" for reason, ids in reasons.items())
    return "; ".join(told)
