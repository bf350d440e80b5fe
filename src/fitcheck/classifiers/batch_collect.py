"""Looks after batches that were submitted: how far they are, and what their replies say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fitcheck.classifiers.batch_state import BatchState, Part, load_state
from fitcheck.classifiers.batch_work import BatchWork, Connect
from fitcheck.errors import ConfigError, LLMError
from fitcheck.llm.base import ChatFailure, ChatReply
from fitcheck.llm.batch_api import BatchApi, BatchClient, RemoteBatch, batch_price, read_lines
from fitcheck.llm.budget import Price, Usage
from fitcheck.llm.cache import Cache
from fitcheck.llm.openai_batches import OpenAIBatches
from fitcheck.llm.replies import Coding, read_reply
from fitcheck.records import Answer, Classifier


@dataclass(slots=True)
class Collected:
    """What came back by batch."""

    n_answers: int = 0
    """Distinct answers with a valid reply."""
    n_left: int = 0
    """Distinct answers that a batch asked without a valid reply, to be asked directly."""
    n_changed: int = 0
    """Answers whose text is no longer there as it was submitted; their replies are not used."""
    ended: Counter[str] = field(default_factory=Counter)
    """Batches by the status in which they ended."""
    usage: Usage = field(default_factory=Usage)
    first_request: Mapping[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """On the server; of no use once the output is written."""

    @property
    def cut_short(self) -> dict[str, int]:
        """Batches that ended before all was answered, by status."""
        return {status: n for status, n in self.ended.items() if status != "completed"}

    def to_dict(self) -> dict[str, Any]:
        """Return the counts for the run file; no text."""
        return {
            "batches": dict(self.ended),
            "answers": self.n_answers,
            "answers_without_valid_reply": self.n_left,
            "answers_changed_since": self.n_changed,
            **self.usage.to_dict(),
            "first_request": dict(self.first_request),
        }


def batch_status(
    classifier: Classifier, path: Path, *, connect: Connect = OpenAIBatches
) -> list[tuple[Part, RemoteBatch | None]]:
    """Return each part of what was submitted, with how its batch stands; None if there is none.

    Raises
    ------
    ConfigError
        If nothing was submitted, or with other settings.
    LLMError
        If the server does not know a batch.
    """
    work, state = _submitted(classifier, (), path)
    with closing(connect(work.settings)) as client:
        api = work.api(client)
        return [
            (part, api.batch(part.batch) if part.batch else None)
            for part in state.parts
            if part.requests
        ]


def collect(
    classifier: Classifier,
    answers: Sequence[Answer],
    path: Path,
    *,
    connect: Connect = OpenAIBatches,
) -> Collected:
    """Put the valid replies of the batches into the cache, where the next run finds them.

    Replies are checked against today's answers, as those to direct requests are. Nothing is
    removed, so that it can be done again.

    Raises
    ------
    ConfigError
        If nothing was submitted, or not to its end, or with other settings.
    LLMError
        If a batch has not ended; the replies of those that have are kept all the same.
    """
    work, state = _submitted(classifier, answers, path)
    if state.open_parts:
        raise ConfigError(
            "The submission in {path} was not finished.",
            "Run the same command with --batch-api submit; it goes on where it was.",
            path=str(path),
        )
    with closing(Cache()) as cache, closing(connect(work.settings)) as client:
        api = work.api(client)
        remote = [(part, api.batch(part.batch)) for part in state.parts if part.batch]
        collection = _Collection(work, client, batch_price(work.price))
        for part, batch in remote:
            if batch.has_ended:
                known = cache.get(part.keys)
                codings = collection.read(part, batch, api, known)
                cache.put({key: coding for key, coding in codings.items() if key not in known})
    _refuse_unfinished([batch for _, batch in remote])
    collection.found.first_request = state.first_request
    return collection.found


def discard(
    classifier: Classifier, files: Sequence[str], *, connect: Connect = OpenAIBatches
) -> bool:
    """Return whether files could be removed from the server; nothing depends on it."""
    work = BatchWork.of(classifier, ())
    with closing(connect(work.settings)) as client:
        api = work.api(client)
        removed = [api.delete(file) for file in files]
    return all(removed)


@dataclass
class _Collection:
    """Reads replies, and counts what became of them."""

    work: BatchWork
    client: BatchClient
    price: Price | None
    found: Collected = field(init=False)

    def __post_init__(self) -> None:
        self.found = Collected(usage=Usage(cost=None if self.price is None else 0.0))

    def read(
        self, part: Part, batch: RemoteBatch, api: BatchApi, known: Mapping[str, Coding]
    ) -> dict[str, Coding]:
        """Return the valid codings of a batch by cache key; what is `known` needs none."""
        codings: dict[str, Coding] = {}
        for file in batch.files:
            for custom_id, body in read_lines(api.download(file)):
                reply = self._reply(body)
                if reply is not None and custom_id in part.requests:
                    codings |= self._codings(part.requests[custom_id], reply)
        found, here = self.found, [key for key in part.keys if key in self.work.distinct]
        found.ended[batch.status] += 1
        found.usage.requests += len(part.requests)
        found.n_answers += len(codings)
        found.n_left += len(set(here) - codings.keys() - known.keys())
        found.n_changed += len(part.keys) - len(here)
        found.files += [file for file in (batch.input_file, *batch.files) if file]
        return codings

    def _reply(self, body: Mapping[str, Any] | None) -> ChatReply | None:
        """Return a usable reply; what is of no use was paid for as well."""
        if body is None:
            return None
        paid: ChatReply | None
        try:
            usable = paid = self.client.reply(body)
        except ChatFailure as failure:
            usable, paid = None, failure.reply
        if paid is not None:
            self._count(paid)
        return usable

    def _count(self, reply: ChatReply) -> None:
        usage = self.found.usage
        usage.prompt_tokens += reply.prompt_tokens
        usage.cached_tokens += reply.cached_tokens
        usage.completion_tokens += reply.completion_tokens
        if self.price is not None and usage.cost is not None:
            usage.cost += self.price.of(
                reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens
            )

    def _codings(self, keys: Sequence[str], reply: ChatReply) -> dict[str, Coding]:
        """Return what is accepted at once; what is doubtful is asked directly."""
        distinct, preparation = self.work.distinct, self.work.preparation
        # A text that is no longer there has no reply that could be checked.
        texts = [distinct[key].item.text if key in distinct else "" for key in keys]
        themes = preparation.codebook.theme_ids
        reading = read_reply(reply.text, texts, preparation.prompt.fields, themes)
        numbered = ((keys[number - 1], coding) for number, coding in reading.codings.items())
        return {key: coding for key, coding in numbered if key in distinct}


def _submitted(
    classifier: Classifier, answers: Sequence[Answer], path: Path
) -> tuple[BatchWork, BatchState]:
    work, state = BatchWork.of(classifier, answers), load_state(path)
    if state is None:
        raise ConfigError(
            "No batches are on their way: there is no {path}.",
            "Submit them with --batch-api submit, or run the command without --batch-api.",
            path=str(path),
        )
    state.refuse_other_settings(work.made_with, path)
    return work, state


def _refuse_unfinished(batches: Sequence[RemoteBatch]) -> None:
    unfinished = [batch for batch in batches if not batch.has_ended]
    if unfinished:
        raise LLMError(
            "{n} of {total} batches have not ended yet.",
            "Run the same command again later; --batch-api status says how far they are, and "
            "replies that are there are kept.",
            n=len(unfinished),
            total=len(batches),
        )
