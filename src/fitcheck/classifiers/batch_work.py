"""What submitting and collecting batches share: the answers, prepared as in a normal run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fitcheck.classifiers.asking import AskingClassifier
from fitcheck.classifiers.distinct import Distinct, Preparation
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.codebook import load_codebook
from fitcheck.errors import ConfigError
from fitcheck.llm.batch_api import BatchApi, BatchClient
from fitcheck.llm.batching import Renderer
from fitcheck.llm.budget import Price
from fitcheck.llm.cache import Cache
from fitcheck.llm.pace import Pace
from fitcheck.prompts import load_prompt
from fitcheck.records import Answer, Classifier
from fitcheck.settings import LLMSettings

Connect = Callable[[LLMSettings], BatchClient]


@dataclass(frozen=True)
class BatchWork:
    """The distinct answers that a language model is asked, by the key of the cache."""

    settings: LLMSettings
    price: Price | None
    preparation: Preparation
    distinct: dict[str, Distinct]

    @classmethod
    def of(
        cls, classifier: Classifier, answers: Sequence[Answer], *, only_plan: bool = False
    ) -> BatchWork:
        """Return the work that `classifier` would do on `answers`.

        With `only_plan` nothing is sent to find that out.

        Raises
        ------
        ConfigError
            If it asks no language model, or one that cannot be asked by batch.
        """
        if not isinstance(classifier, AskingClassifier):
            raise ConfigError("--batch-api needs a language model.", "Pass --model.")
        asking, asked = classifier.asks(answers, only_plan=only_plan)
        if not isinstance(asking, LLMClassifier):
            raise ConfigError("--batch-api needs a language model.", "Pass --model.")
        refuse_settings(asking.settings)
        prompt = load_prompt(asking.settings.prompt)
        book = asking.codebook or load_codebook()
        preparation = Preparation(asking.settings, book, prompt)
        distinct = {entry.key: entry for entry in preparation.of(asked).distinct}
        return cls(asking.settings, asking.price, preparation, distinct)

    @property
    def made_with(self) -> dict[str, Any]:
        """What decides a reply, by the option that sets it; the address as a fingerprint."""
        settings = self.settings
        return {
            "model": settings.model,
            "base-url": hashlib.sha256(settings.base_url.encode()).hexdigest(),
            "prompt": self.preparation.prompt.sha256,
            "codebook": self.preparation.codebook.sha256,
            "seed": settings.seed,
            "temperature": settings.temperature,
        }

    def missing(self, cache: Cache) -> list[Distinct]:
        """Return what no kept reply answers."""
        kept = cache.get(self.distinct)
        return [entry for key, entry in self.distinct.items() if key not in kept]

    def renderer(self) -> Renderer:
        """Return what makes requests."""
        return Renderer(self.preparation.prompt, self.preparation.codebook, self.settings)

    def pace(self) -> Pace:
        """Return limits and patience."""
        settings = self.settings
        return Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)

    def api(self, client: BatchClient) -> BatchApi:
        """Return the Batch API of the server."""
        return BatchApi(client, self.settings, self.pace())


def refuse_settings(settings: LLMSettings) -> None:
    """Raise a ConfigError for what cannot be asked by batch."""
    if not settings.use_cache:
        raise ConfigError(
            "--batch-api keeps the replies in the cache, which --no-cache turns off.",
            "Leave one of them out.",
        )
    if settings.evidence != "label":
        raise ConfigError(
            "--batch-api asks each answer once, for its coding.",
            "Leave --votes and --logprobs out, or run the command without --batch-api.",
        )
    if settings.azure_api_version:
        raise ConfigError(
            "Batches of Azure OpenAI are not supported.", "Run the command without --batch-api."
        )
