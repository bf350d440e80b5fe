"""Labels answers with a language model: rules first, each distinct answer asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.classifiers.base import as_answers
from fitcheck.classifiers.distinct import CLASSES, Distinct, Preparation, count_hits
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.llm.base import ChatClient
from fitcheck.llm.batching import Item, Renderer, estimated_tokens, make_batches
from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.cache import Cache
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.pace import Pace
from fitcheck.llm.replies import Coding, find_quote
from fitcheck.llm.runner import Outcome, Runner
from fitcheck.privacy.redact import Redacted
from fitcheck.prompts import load_prompt
from fitcheck.records import Answer, Prediction
from fitcheck.settings import LLMSettings

if TYPE_CHECKING:
    import numpy as np


class LLMClassifier(AskingClassifier):
    """Labels answers through a chat model; nothing is sent before `annotate`.

    Texts are redacted before they leave the machine, valid replies are kept, and an answer
    without a valid reply is a failure, never a guess.

    Parameters
    ----------
    settings : LLMSettings
        Which model, how it is asked, what it may cost.
    codebook : Codebook, optional
        Its rules and themes stand in the prompt; the shipped one by default.
    price : Price, optional
        What tokens cost; without it there are counts only.
    connect : callable
        Returns the client for the settings; another one records or replays.

    Attributes
    ----------
    classes_ : ndarray of str, shape (3,)
        The labels, sorted; set by `fit`, which learns nothing.

    Examples
    --------
    >>> settings = LLMSettings(model="qwen3", base_url="http://localhost:11434/v1")
    >>> LLMClassifier(settings).id
    'llm'
    """

    def __init__(
        self,
        settings: LLMSettings,
        codebook: Codebook | None = None,
        price: Price | None = None,
        connect: Callable[[LLMSettings], ChatClient] = OpenAIClient,
    ) -> None:
        self.settings = settings
        self.codebook = codebook
        self.price = price
        self.connect = connect

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return "llm"

    def fit(self, X: Sequence[Answer | str], y: Sequence[str]) -> Self:  # noqa: ARG002
        """Learn nothing: a language model labels by the codebook."""
        import numpy as np

        self.classes_: np.ndarray = np.array(CLASSES, dtype=object)
        return self

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as replies come in.

        Raises
        ------
        LLMError
            If the run cannot go on; replies so far are kept for the next one.
        """
        preparation = self._preparation()
        work = preparation.of(X)
        self._used: Counter[str] = Counter()
        self._budget = self._new_budget()
        yield from work.settled
        with closing(Cache()) if self.settings.use_cache else nullcontext() as cache:
            kept = _kept(work.distinct, cache)
            missing = []
            for entry in work.distinct:
                if entry.key in kept:
                    yield from _predictions(X, entry, kept[entry.key])
                else:
                    missing.append(entry)
            self._used["kept"] = len(work.distinct) - len(missing)
            self._used["asked"] = len(missing)
            self._used.update(count_hits(missing))
            if missing:
                # Closed before the cache is: what is on its way when a run ends is still kept.
                with closing(self._ask(missing, cache, preparation)) as asked:
                    for entry, outcome in asked:
                        yield from _predictions(X, entry, outcome.coding, outcome.failure)

    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what `annotate` would send and what it could cost; nothing is sent."""
        answers, preparation = as_answers(X), self._preparation()
        work = preparation.of(answers)
        with closing(Cache()) if self.settings.use_cache else nullcontext() as cache:
            kept = _kept(work.distinct, cache)
        missing = [entry for entry in work.distinct if entry.key not in kept]
        renderer = _renderer(preparation)
        batches = make_batches((entry.item for entry in missing), self.settings.batch_size)
        requests = tuple(renderer.request(batch) for batch in batches)
        prompt_tokens = sum(map(estimated_tokens, requests))
        reply_tokens = sum(request.max_tokens for request in requests)
        return Plan(
            len(work.settled),
            len(work.distinct) - len(missing),
            len(missing),
            requests,
            count_hits(missing),
            prompt_tokens,
            reply_tokens,
            self.price.of(prompt_tokens, reply_tokens) if self.price else None,
        )

    def _ask(
        self, missing: Sequence[Distinct], cache: Cache | None, preparation: Preparation
    ) -> Generator[tuple[Distinct, Outcome], None, None]:
        """Yield what the model says, and keep what is valid."""
        by_item = {entry.item: entry for entry in missing}

        def keep(codings: Mapping[Item, Coding]) -> None:
            if cache is not None:
                cache.put({by_item[item].key: coding for item, coding in codings.items()})

        settings = self.settings
        pace = Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)
        with closing(self.connect(settings)) as client:
            runner = Runner(client, _renderer(preparation), pace, self._budget, keep)
            try:
                with closing(runner.run(by_item)) as outcomes:
                    for outcome in outcomes:
                        yield by_item[outcome.item], outcome
            finally:
                self._answered_by = dict(getattr(client, "facts", {}))

    def _preparation(self) -> Preparation:
        book = self.codebook or load_codebook()
        return Preparation(self.settings, book, load_prompt(self.settings.prompt))

    def _new_budget(self) -> Budget:
        settings = self.settings
        return Budget(self.price, max_cost=settings.max_cost, max_requests=settings.max_requests)

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of the model; no text."""
        settings, prompt = self.settings, load_prompt(self.settings.prompt)
        return {
            "id": self.id,
            "model": settings.model,
            "endpoint": settings.host,
            "prompt": {"id": prompt.id, "sha256": prompt.sha256},
            "redacted": settings.redacts,
            "persona_shown": settings.show_persona,
            "temperature": settings.temperature,
            "seed": settings.seed,
            **self.usage,
            **getattr(self, "_answered_by", {}),
        }

    @property
    def usage(self) -> dict[str, Any]:
        """Requests, tokens and cost of the last run, and what was asked and redacted."""
        if not hasattr(self, "_used"):
            return {}
        used = dict(self._used)
        return {
            "answers_asked": used.pop("asked", 0),
            "answers_kept": used.pop("kept", 0),
            "redactions": used,
            **self._budget.usage.to_dict(),
        }


def _renderer(preparation: Preparation) -> Renderer:
    return Renderer(preparation.prompt, preparation.codebook, preparation.settings)


def _kept(distinct: Sequence[Distinct], cache: Cache | None) -> Mapping[str, Coding]:
    return cache.get(entry.key for entry in distinct) if cache is not None else {}


def _predictions(
    X: Sequence[Answer], entry: Distinct, coding: Coding | None, failure: str = ""
) -> Iterator[tuple[int, Prediction]]:
    """Yield position and prediction of all answers that were asked as one."""
    for text, positions in entry.sources:
        for position in positions:
            yield position, _prediction(X[position], text, coding, failure)


def _prediction(answer: Answer, sent: Redacted, coding: Coding | None, failure: str) -> Prediction:
    if coding is None:
        return Prediction(None, source="llm", failure=failure)
    quote = find_quote(sent.restore(coding.quote), answer.text)
    start = answer.text.find(quote) if quote else -1
    prediction = Prediction(coding.label, themes=coding.themes, flags=coding.flags, source="llm")
    if start < 0:
        return prediction
    return replace(prediction, quote=quote, span=(start, start + len(quote)))
