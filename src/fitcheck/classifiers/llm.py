"""Labels answers with a language model: rules first, each distinct answer asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from copy import copy
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any, Self

from fitcheck.classifiers.asking import AskingClassifier, Plan, together
from fitcheck.classifiers.base import as_answers
from fitcheck.classifiers.distinct import CLASSES, Distinct, Preparation, count_hits
from fitcheck.classifiers.exchange import Exchange, kept_replies
from fitcheck.classifiers.judging import first_letters, judge
from fitcheck.classifiers.votes import Verdict
from fitcheck.codebook import Codebook, load_codebook
from fitcheck.llm.base import ChatClient, ChatRequest
from fitcheck.llm.budget import Price
from fitcheck.llm.estimate import Estimate
from fitcheck.llm.limits import Limits
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.replies import Coding, find_quote
from fitcheck.privacy.redact import Redacted
from fitcheck.prompts import load_letter_prompt, load_prompt
from fitcheck.records import Answer, Prediction
from fitcheck.settings import LLMSettings

if TYPE_CHECKING:
    import numpy as np

    from fitcheck.classifiers.calibration import Calibration


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
    calibration : Calibration, optional
        Turns votes or log-probabilities into probabilities; without it there are none.

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

    _limits = Limits()

    def __init__(
        self,
        settings: LLMSettings,
        codebook: Codebook | None = None,
        price: Price | None = None,
        connect: Callable[[LLMSettings], ChatClient] = OpenAIClient,
        calibration: Calibration | None = None,
    ) -> None:
        self.settings = settings
        self.codebook = codebook
        self.price = price
        self.connect = connect
        self.calibration = calibration

    _run: Exchange | None = None
    _used: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """Name of the classifier, for the run file."""
        return "llm"

    @property
    def limits_to_share(self) -> dict[str, Any]:
        """The limits of the run, as `Permits` takes them: numbers alone."""
        names = ("rpm", "tpm", "max_cost", "max_requests")
        limits = {name: getattr(self.settings, name) for name in names}
        return {**limits, "price": astuple(self.price) if self.price else None}

    def within(self, limits: Limits) -> Self:
        """Return the same classifier with other limits than those of this process."""
        same = copy(self)
        same._limits = limits
        return same

    def fit(self, X: Sequence[Answer | str], y: Sequence[str]) -> Self:  # noqa: ARG002
        """Learn nothing: a language model labels by the codebook."""
        import numpy as np

        self.classes_: np.ndarray = np.array(CLASSES, dtype=object)
        return self

    def annotate_each(self, X: Sequence[Answer]) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of each answer, as replies come in.

        Raises
        ------
        DataError
            If the calibration was made with another model, prompt, codebook or evidence.
        LLMError
            If the run cannot go on; replies so far are kept for the next one.
        """
        preparation = self.preparation()
        work = preparation.of(X)
        weighed: Counter[bool] = Counter()
        yield from work.settled
        exchange = self._run or self._exchange()
        # Closed before the exchange is: what is on its way when a run ends is still kept.
        with (
            nullcontext() if self._run else closing(exchange),
            closing(judge(work.distinct, preparation, exchange)) as judged,
        ):
            try:
                for entry, verdict in judged:
                    weighed[verdict.evidence is not None] += verdict.coding is not None
                    yield from self._predictions(X, entry, verdict)
            finally:
                self._answered_by = exchange.facts
                used = _used(work.distinct, exchange)
                if self.settings.logprobs:
                    used["log_probabilities"] = {
                        "supported": exchange.has_logprobs,
                        "given": weighed[True],
                        "missing": weighed[False],
                    }
                if self._run:  # its budget counts all parts already
                    budget = exchange.budget.usage.to_dict()
                    used = {**together(used, self._used or {}), **budget}
                self._used = used
                exchange.sent.clear()

    @contextmanager
    def one_run(self) -> Iterator[None]:
        """Count and cap what is asked inside as one run, however many parts it has."""
        self._used = {}
        with closing(self._exchange()) as exchange:
            self._run = exchange
            try:
                yield
            finally:
                self._run = None

    def _exchange(self) -> Exchange:
        budget = self._limits.budget(self.settings, self.price)
        return Exchange(self.settings, self.connect, budget, self._limits)

    def asks(
        self,
        X: Sequence[Answer],
        *,
        only_plan: bool = False,  # noqa: ARG002
    ) -> tuple[AskingClassifier, Sequence[Answer]]:
        """Return itself and all answers."""
        return self, X

    def plan(self, X: Sequence[Answer | str]) -> Plan:
        """Return what `annotate` would send and what it could cost; nothing is sent."""
        answers, preparation = as_answers(X), self.preparation()
        work = preparation.of(answers)
        requests: list[ChatRequest] = []
        sent: set[int] = set()
        with kept_replies(self.settings) as known:
            for missing, letters in first_letters(work.distinct, preparation, known):
                sent.update(item.position for item in missing)
                requests += letters
        asked = [entry for entry in work.distinct if entry.item.position in sent]
        estimate = Estimate.of(requests)
        return Plan(
            len(work.settled),
            len(work.distinct) - len(asked),
            len(asked),
            tuple(requests),
            count_hits(asked),
            round(estimate.prompt_tokens),
            round(estimate.reply_tokens),
            estimate.cost(self.price),
        )

    def preparation(self) -> Preparation:
        """Return how answers become what is asked.

        Raises
        ------
        DataError
            If the calibration was made with another model, prompt, codebook or evidence.
        """
        book = self.codebook or load_codebook()
        if self.calibration is not None:
            self.calibration.refuse_other({**self.facts, "codebook": book.sha256})
        return Preparation(self.settings, book, load_prompt(self.settings.prompt))

    def _predictions(
        self, X: Sequence[Answer], entry: Distinct, verdict: Verdict
    ) -> Iterator[tuple[int, Prediction]]:
        """Yield position and prediction of all answers that were asked as one."""
        calibration, coding, evidence = self.calibration, verdict.coding, verdict.evidence
        probabilities = None
        if calibration is not None and coding is not None and evidence is not None:
            probabilities = calibration.probabilities(coding.label, evidence)
        elif self.settings.evidence == "label":
            evidence = None  # a single label is no measurement
        for text, positions in entry.sources:
            for position in positions:
                found = _prediction(X[position], text, coding, verdict.failure)
                yield position, replace(found, probabilities=probabilities, evidence=evidence)

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
            **_evidence_facts(settings),
            **({"calibration": self.calibration.facts} if self.calibration else {}),
            **self.usage,
            **getattr(self, "_answered_by", {}),
        }

    @property
    def usage(self) -> dict[str, Any]:
        """Requests, tokens and cost of the last run, and what was asked and redacted."""
        return dict(self._used or {})


def _evidence_facts(settings: LLMSettings) -> dict[str, Any]:
    """Say what evidence there is of a label, besides itself."""
    if settings.evidence == "votes":
        return {"evidence": {"kind": "votes", "votes": settings.votes}}
    if settings.evidence == "logprobs":
        prompt = load_letter_prompt()
        told = {"id": prompt.id, "sha256": prompt.sha256}
        return {"evidence": {"kind": "logprobs", "prompt": told}}
    return {}


def _used(distinct: Sequence[Distinct], exchange: Exchange) -> dict[str, Any]:
    asked = [entry for entry in distinct if entry.item.position in exchange.sent]
    return {
        "answers_asked": len(asked),
        "answers_kept": len(distinct) - len(asked),
        "redactions": dict(count_hits(asked)),
        **exchange.budget.usage.to_dict(),
    }


def _prediction(answer: Answer, sent: Redacted, coding: Coding | None, failure: str) -> Prediction:
    if coding is None:
        return Prediction(None, source="llm", failure=failure)
    quote = find_quote(sent.restore(coding.quote), answer.text)
    start = answer.text.find(quote) if quote else -1
    prediction = Prediction(coding.label, themes=coding.themes, flags=coding.flags, source="llm")
    if start < 0:
        return prediction
    return replace(prediction, quote=quote, span=(start, start + len(quote)))
