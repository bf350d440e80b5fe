"""Submits what a language model is to be asked by batch; a killed submission goes on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.classifiers.batch_state import BatchState, Part, Shape, load_state
from fitcheck.classifiers.batch_work import BatchWork, Connect
from fitcheck.classifiers.distinct import Distinct
from fitcheck.errors import ConfigError, LLMError
from fitcheck.llm.batch_api import BatchClient, Limits, batch_price, request_line
from fitcheck.llm.batching import Batch, Item, make_batches
from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.cache import Cache
from fitcheck.llm.estimate import Estimate
from fitcheck.llm.openai_batches import OpenAIBatches
from fitcheck.llm.replies import Coding
from fitcheck.llm.runner import Runner
from fitcheck.records import Answer, Classifier

_LIMITS = Limits()
_TOO_FEW = 1
"""So many answers are asked directly to begin with, so that nothing is left for a batch."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What is on its way."""

    batches: tuple[str, ...] = ()
    n_requests: int = 0
    n_answers: int = 0
    """Distinct answers in the batches; where there are none, those that are left to ask."""


@dataclass(slots=True)
class _Parts:
    """Requests divided into files, and the most that they can use."""

    parts: list[Part] = field(default_factory=list)
    estimate: Estimate = field(default_factory=Estimate)


def submit(
    classifier: Classifier,
    answers: Sequence[Answer],
    path: Path,
    *,
    limits: Limits = _LIMITS,
    connect: Connect = OpenAIBatches,
) -> Submitted:
    """Submit what `classifier` would ask of a model, and write to `path` what is on its way.

    One answer is asked directly before: a wrong key or model is found out before anything is
    uploaded, and what the server does not support is left out of every request of the batches.

    Parameters
    ----------
    classifier : Classifier
        A language model, alone or with others around it.
    answers : sequence of Answer
        All answers; what the codebook settles and what is known already is not submitted.
    path : Path
        The state file. Where it tells of a submission that was not finished, that one goes on.
    limits : Limits
        What the provider takes in one file.
    connect : callable
        Returns the client for the settings.

    Raises
    ------
    ConfigError
        If batches are on their way already, or the settings do not fit.
    LLMError
        If a cap would be crossed, or the server does not take the batches.
    """
    work, state = BatchWork.of(classifier, answers), load_state(path)
    if state is not None:
        state.refuse_other_settings(work.made_with, path)
        _refuse_second(state, path)
    with closing(Cache()) as cache, closing(connect(work.settings)) as client:
        submission = _Submission(work, cache, client, limits)
        missing = work.missing(cache)
        if state is not None:
            client.shape = state.shape.model_dump(include={"format", "left_out"})
            submission.drop_settled(state, missing)
            if not state.is_of_use:
                path.unlink(missing_ok=True)
                return Submitted(n_answers=len(missing))
        elif len(missing) > _TOO_FEW:
            state = submission.begin(missing)
        else:
            return Submitted(n_answers=len(missing))
        submission.send(state, path)
    return _summary(state)


def plan_submission(classifier: AskingClassifier, answers: Sequence[Answer]) -> Plan:
    """Return what `submit` would send and what it could cost; nothing is sent."""
    work, plan = BatchWork.of(classifier, answers, only_plan=True), classifier.plan(answers)
    with closing(Cache()) as cache:
        missing = [entry.item for entry in work.missing(cache)]
    batches = batches_to_submit(missing, work.settings.batch_size)
    requests = tuple(map(work.renderer().request, batches))
    estimate = Estimate.of(requests)
    return replace(
        plan,
        requests=requests,
        prompt_tokens=round(estimate.prompt_tokens),
        reply_tokens=round(estimate.reply_tokens),
        cost=cost_by_batch(Estimate.of(requests[:1]), Estimate.of(requests[1:]), work.price),
    )


def cost_by_batch(direct: Estimate, by_batch: Estimate, price: Price | None) -> float | None:
    """Return the cost at most of the first request and of those in batches; None if not known."""
    paid = direct.cost(price), by_batch.cost(batch_price(price))
    return None if price is None else sum(cost or 0.0 for cost in paid)


@dataclass(frozen=True)
class _Submission:
    work: BatchWork
    cache: Cache
    client: BatchClient
    limits: Limits

    def begin(self, missing: Sequence[Distinct]) -> BatchState:
        """Return a new submission, after a first answer was asked directly."""
        settings, price = self.work.settings, self.work.price
        budget = Budget(price, max_cost=settings.max_cost, max_requests=settings.max_requests)
        items = [entry.item for entry in missing]
        first, *others = batches_to_submit(items, settings.batch_size)
        direct = Estimate.of([self.work.renderer().request(first)])
        planned = self._parts(others, 1)
        self._refuse_over_caps(planned.estimate, direct.cost(price) or 0.0, 1)
        room = self._ask_directly(missing[0], budget)
        planned = self._parts(others, room)  # now in the shape that the server understands
        usage = budget.usage
        self._refuse_over_caps(planned.estimate, usage.cost or 0.0, usage.requests)
        return BatchState(
            run=uuid.uuid4().hex,
            made_with=self.work.made_with,
            shape=Shape(**self.client.shape, room=room),
            first_request=usage.to_dict(),
            parts=planned.parts,
        )

    def _ask_directly(self, entry: Distinct, budget: Budget) -> int:
        """Ask one answer, keep its coding, and return how much room replies need."""

        def keep(codings: Mapping[Item, Coding]) -> None:
            if entry.item in codings:
                self.cache.put({entry.key: codings[entry.item]})

        runner = Runner(self.client, self.work.renderer(), self.work.pace(), budget, keep)
        for _ in runner.run([entry.item]):
            pass
        return runner.room

    def drop_settled(self, state: BatchState, missing: Sequence[Distinct]) -> None:
        """Take out of what is not uploaded yet what the file no longer holds or is known now."""
        wanted = {entry.key for entry in missing}
        for part in (part for _, part in state.open_parts if not part.file):
            for custom_id, keys in list(part.requests.items()):
                part.requests[custom_id] = [key for key in keys if key in wanted]
                if not part.requests[custom_id]:
                    del part.requests[custom_id]

    def send(self, state: BatchState, path: Path) -> None:
        """Upload and create what is not there yet; each step is written down at once."""
        api = self.work.api(self.client)
        state.save(path)
        for number, part in state.open_parts:
            is_new = not part.file
            if is_new:
                name = f"fitcheck-{state.run}-{number}.jsonl"
                part.file = api.upload(name, b"".join(self._lines(part, state.shape.room)))
                state.save(path)
            # By this, a batch that was created just before a kill is found again.
            metadata = {"fitcheck": state.run, "part": str(number)}
            part.batch = api.create(part.file, metadata, is_new=is_new).id
            state.save(path)

    def _lines(self, part: Part, room: int) -> Iterator[bytes]:
        renderer, distinct = self.work.renderer(), self.work.distinct
        for custom_id, keys in part.requests.items():
            batch = Batch(tuple(distinct[key].item for key in keys))
            yield request_line(custom_id, self.client.body(renderer.request(batch, room)))

    def _parts(self, batches: Iterable[Batch], room: int) -> _Parts:
        """Return the requests in files within the limits."""
        found, renderer = _Parts(), self.work.renderer()
        key_of = {entry.item: key for key, entry in self.work.distinct.items()}
        size = 0
        for number, batch in enumerate(batches, start=1):
            request, custom_id = renderer.request(batch, room), f"r{number}"
            found.estimate += Estimate.of([request])
            length = len(request_line(custom_id, self.client.body(request)))
            is_full = not found.parts or (
                len(found.parts[-1].requests) >= self.limits.max_requests
                or size + length > self.limits.max_bytes
            )
            if is_full:
                found.parts.append(Part(requests={}))
                size = 0
            found.parts[-1].requests[custom_id] = [key_of[item] for item in batch.items]
            size += length
        return found

    def _refuse_over_caps(self, planned: Estimate, spent: float, n_sent: int) -> None:
        settings = self.work.settings
        n = n_sent + round(planned.n_requests)
        most = spent + (planned.cost(batch_price(self.work.price)) or 0.0)
        if settings.max_requests is not None and n > settings.max_requests:
            raise LLMError(
                "This takes {n} requests, more than the {cap} of --max-requests.",
                "Nothing was submitted; pass a higher one, or a larger --batch-size.",
                n=n,
                cap=settings.max_requests,
            )
        if settings.max_cost is not None and most > settings.max_cost:
            raise LLMError(
                "This could cost up to {most}, more than --max-cost {cap}.",
                "Nothing was submitted; pass a higher one.",
                most=f"{most:.4f}",
                cap=settings.max_cost,
            )


def batches_to_submit(items: Sequence[Item], size: int | None) -> Iterator[Batch]:
    """Yield the first answer alone, which is asked directly, then the batches of the others."""
    return chain(make_batches(items[:_TOO_FEW]), make_batches(items[_TOO_FEW:], size))


def _refuse_second(state: BatchState, path: Path) -> None:
    if not state.open_parts:
        raise ConfigError(
            "{path} tells of batches that are not collected yet.",
            "Run the same command with --batch-api collect, or remove the file to give them up.",
            path=str(path),
        )


def _summary(state: BatchState) -> Submitted:
    sent = [part for part in state.parts if part.batch]
    return Submitted(
        tuple(part.batch for part in sent),
        sum(len(part.requests) for part in sent),
        sum(len(part.keys) for part in sent),
    )
