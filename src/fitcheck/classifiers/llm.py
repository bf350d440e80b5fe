"""Labels answers with a language model: rules first, each distinct answer asked once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.classifiers.base import as_answers
from fitcheck.classifiers.rules import kind_of, settled_by_rule
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.llm.base import ChatClient
from fitcheck.llm.batching import Item, Renderer, estimated_tokens, make_batches
from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.cache import Cache, cache_key
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.pace import Pace
from fitcheck.llm.replies import Coding, find_quote
from fitcheck.llm.runner import Runner
from fitcheck.privacy.redact import Redacted, Redactor
from fitcheck.prompts import Prompt, load_prompt
from fitcheck.records import Answer, Label, Prediction
from fitcheck.settings import LLMSettings

if TYPE_CHECKING:
    import numpy as np

_CLASSES: tuple[Label, ...] = ("fit", "no_signal", "not_fit")


@dataclass(frozen=True, slots=True)
class _Distinct:
    """What is asked once for all answers that are the same."""

    item: Item
    text: Redacted
    key: str
    """Of the cache."""
    positions: tuple[int, ...]


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

        self.classes_: np.ndarray = np.array(_CLASSES, dtype=object)
        return self

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as replies come in.

        Raises
        ------
        LLMError
            If the run cannot go on; replies so far are kept for the next one.
        """
        book = self.codebook or load_codebook()
        prompt = load_prompt(self.settings.prompt)
        self._used: Counter[str] = Counter()
        self._budget = self._new_budget()
        open_positions = []
        for position, answer in enumerate(X):
            settled = settled_by_rule(answer, book, _CLASSES)
            if settled is None:
                open_positions.append(position)
            else:
                yield position, settled
        distinct = self._distinct(X, open_positions, book, prompt)
        cache = Cache() if self.settings.use_cache else None
        try:
            for entry, coding, failure in self._codings(distinct, cache, book, prompt):
                for position in entry.positions:
                    yield position, _prediction(X[position], entry.text, coding, failure)
        finally:
            if cache is not None:
                cache.close()

    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what `annotate` would send and what it could cost; nothing is sent."""
        answers = as_answers(X)
        book, prompt = self.codebook or load_codebook(), load_prompt(self.settings.prompt)
        open_positions = [
            i for i, a in enumerate(answers) if settled_by_rule(a, book, _CLASSES) is None
        ]
        distinct = self._distinct(answers, open_positions, book, prompt)
        kept: Mapping[str, Coding] = {}
        if self.settings.use_cache:
            with closing(Cache()) as cache:
                kept = cache.get(entry.key for entry in distinct)
        missing = [entry for entry in distinct if entry.key not in kept]
        renderer = Renderer(prompt, book, self.settings)
        batches = make_batches((entry.item for entry in missing), self.settings.batch_size)
        requests = tuple(renderer.request(batch) for batch in batches)
        prompt_tokens = sum(map(estimated_tokens, requests))
        reply_tokens = sum(request.max_tokens for request in requests)
        return Plan(
            len(answers) - len(open_positions),
            len(distinct) - len(missing),
            len(missing),
            requests,
            Counter(hit.kind for entry in missing for hit in entry.text.hits),
            prompt_tokens,
            reply_tokens,
            self.price.of(prompt_tokens, reply_tokens) if self.price else None,
        )

    def _codings(
        self, distinct: Sequence[_Distinct], cache: Cache | None, book: Codebook, prompt: Prompt
    ) -> Iterator[tuple[_Distinct, Coding | None, str]]:
        """Yield what is kept already, then what the model says."""
        kept = cache.get(entry.key for entry in distinct) if cache else {}
        missing = []
        for entry in distinct:
            if entry.key in kept:
                yield entry, kept[entry.key], ""
            else:
                missing.append(entry)
        self._used["kept"] = len(distinct) - len(missing)
        self._used["asked"] = len(missing)
        self._used.update(hit.kind for entry in missing for hit in entry.text.hits)
        if not missing:
            return
        by_item = {entry.item: entry for entry in missing}

        def keep(codings: Mapping[Item, Coding]) -> None:
            if cache is not None:
                cache.put({by_item[item].key: coding for item, coding in codings.items()})

        settings = self.settings
        pace = Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)
        with closing(self.connect(settings)) as client:
            self._answered_by = dict(getattr(client, "facts", {}))
            renderer = Renderer(prompt, book, settings)
            runner = Runner(client, renderer, pace, self._budget, keep)
            for outcome in runner.run(entry.item for entry in missing):
                yield by_item[outcome.item], outcome.coding, outcome.failure

    def _distinct(
        self, X: Sequence[Answer], positions: Sequence[int], book: Codebook, prompt: Prompt
    ) -> list[_Distinct]:
        """Return each different answer once, redacted, with the positions where it stands."""
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for position in positions:
            answer = X[position]
            kind = kind_of(answer, book)
            # What an open question asks for is only in its wording.
            asked = answer.question if kind == "open" else kind
            persona = answer.persona if self.settings.show_persona else ""
            groups[asked, " ".join(answer.text.split()), persona].append(position)
        redactor = Redactor(self.settings.names) if self.settings.redacts else None
        distinct = []
        for (_, _, persona), members in groups.items():
            answer = X[members[0]]
            text = redactor.redact(answer.text) if redactor else Redacted(answer.text, ())
            question, group = (
                redactor.redact(part).text if redactor else part
                for part in (answer.question, persona)
            )
            sent = (_sendable(part) for part in (question, text.text, group))
            item = Item(members[0], *sent)
            key = self._key(item, book, prompt)
            distinct.append(_Distinct(item, text, key, tuple(members)))
        return distinct

    def _key(self, item: Item, book: Codebook, prompt: Prompt) -> str:
        settings = self.settings
        return cache_key(
            {
                "model": settings.model,
                "server": settings.base_url,
                "temperature": settings.temperature,
                "seed": settings.seed,
                "prompt": prompt.sha256,
                "codebook": book.sha256,
                **item.shown(),
            }
        )

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


def _sendable(text: str) -> str:
    """Return the text without what JSON or a model cannot take."""
    return text.encode("utf-8", "replace").decode().replace("\x00", " ")


def _prediction(answer: Answer, sent: Redacted, coding: Coding | None, failure: str) -> Prediction:
    if coding is None:
        return Prediction(None, source="llm", failure=failure)
    quote = find_quote(sent.restore(coding.quote), answer.text)
    start = answer.text.find(quote) if quote else -1
    prediction = Prediction(coding.label, themes=coding.themes, flags=coding.flags, source="llm")
    if start < 0:
        return prediction
    return replace(prediction, quote=quote, span=(start, start + len(quote)))
