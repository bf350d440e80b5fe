"""Sentence vectors of a server: redacted before they leave, and kept on this machine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from fitcheck.classifiers.segments import MAX_ENCODED, normalize
from fitcheck.errors import LLMError
from fitcheck.llm.attempts import Attempts
from fitcheck.llm.base import EmbeddingClient
from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.cache import Cache, cache_key
from fitcheck.llm.embeddings import Embedder, count_requests, estimated_tokens
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.pace import Pace
from fitcheck.privacy.redact import Redactor
from fitcheck.settings import EmbeddingSettings

_MAX_NUMBERS = 50_000_000
"""Numbers of vectors kept in memory, 200 MB; those beyond are read from the disk again."""


@dataclass(frozen=True, slots=True)
class VectorPlan:
    """What would be sent for vectors, without sending it."""

    n_kept: int
    """Distinct texts whose vector is kept from an earlier run."""
    texts: tuple[str, ...]
    """Distinct texts that would be sent, as they would be."""
    n_requests: int
    tokens: int
    """Upper estimate."""
    cost: float | None
    """At most; None where the model's price is unknown."""


class ServerEncoder:
    """Turns sentences into vectors through an OpenAI-compatible server.

    Vectors have length 1. Each is kept on disk as soon as it is received, under a fingerprint of
    server, model and redacted text.

    Parameters
    ----------
    settings : EmbeddingSettings
        Which model, where, what it may read and cost.
    price : Price, optional
        What tokens cost.
    connect : callable
        Returns the client for the settings.
    """

    def __init__(
        self,
        settings: EmbeddingSettings,
        price: Price | None = None,
        connect: Callable[[EmbeddingSettings], EmbeddingClient] = OpenAIClient,
    ) -> None:
        self.settings, self.price, self.connect = settings, price, connect
        self.redactor = Redactor(settings.names) if settings.redacts else None
        self._known: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()
        self.begin_run()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings: locks, counts and vectors stay in this process."""
        return server_encoder, (self.settings, self.price)

    def begin_run(self) -> None:
        """Count requests, tokens and money from zero."""
        settings = self.settings
        self._budget = Budget(
            self.price, max_cost=settings.max_cost, max_requests=settings.max_requests
        )
        self._pace = self._new_pace()
        self._used: Counter[str] = Counter()

    @property
    def id(self) -> str:
        """Name of the encoder."""
        return f"openai:{self.settings.model}"

    @property
    def n_dimensions(self) -> int:
        """Length of a vector; 0 before the first one is known."""
        return next((len(vector) for vector in self._known.values()), 0)

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says: who got texts, and what that took; no text."""
        usage = self._budget.usage
        return {
            "endpoint": self.settings.host,
            "model": self.settings.model,
            "redacted": self.settings.redacts,
            "texts_asked": self._used["asked"],
            "texts_kept": self._used["kept"],
            "requests": usage.requests,
            "prompt_tokens": usage.prompt_tokens,
            "cost": usage.cost,
        }

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of shape (n_texts, n_dimensions).

        Raises
        ------
        LLMError
            If the server does not give them; those received are kept.
        """
        clean = [self._clean(text) for text in texts]
        with self._lock:  # one run at a time: limits and counts are those of all threads
            vectors = self._vectors(list(dict.fromkeys(clean)))
        found = [vectors[text] for text in clean]
        return np.array(found, np.float32).reshape(len(found), self.n_dimensions)

    def plan(self, texts: Sequence[str]) -> VectorPlan:
        """Return what `encode` would send and what it could cost; nothing is sent."""
        distinct = list(dict.fromkeys(self._clean(text) for text in texts))
        with closing(Cache()) if self.settings.use_cache else nullcontext() as kept:
            known = self._known.keys() | self._kept(distinct, kept).keys()
        asked = tuple(text for text in distinct if text not in known)
        tokens = estimated_tokens(asked)
        return VectorPlan(
            len(distinct) - len(asked),
            asked,
            count_requests(asked),
            tokens,
            self.price.of(tokens, 0) if self.price else None,
        )

    def _clean(self, text: str) -> str:
        """Return the text as it is sent: redacted and not too long.

        It is redacted again when it is normalized: that may show what was hidden, and a text must
        not be cut in the middle of what is replaced.
        """
        shown = self.redactor.redact(text).text if self.redactor else text
        shown = normalize(shown)
        shown = self.redactor.redact(shown).text if self.redactor else shown
        return shown[:MAX_ENCODED] or "."

    def _vectors(self, texts: Sequence[str]) -> Mapping[str, np.ndarray]:
        """Return the vectors of clean, distinct texts, and remember them."""
        found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in texts if text not in found]
        if not new:
            return found
        with closing(Cache()) if self.settings.use_cache else nullcontext() as kept:
            found |= self._kept(new, kept)
            missing = [text for text in new if text not in found]
            self._used["kept"] += len(new) - len(missing)
            self._used["asked"] += len(missing)
            if missing:
                found |= self._ask(missing, kept)
        self._refuse_other_sizes({len(vector) for vector in found.values()})
        if (len(self._known) + len(found)) * self.n_dimensions > _MAX_NUMBERS:
            self._known.clear()
        self._known.update(found)
        return found

    def _ask(self, texts: Sequence[str], kept: Cache | None) -> dict[str, np.ndarray]:
        """Return the vectors that the server gives."""

        def keep(vectors: Mapping[str, np.ndarray]) -> None:
            if kept is not None:
                rows = {self._key(t): v.astype("<f4").tobytes() for t, v in vectors.items()}
                kept.put_vectors(rows)

        if self._pace.stopped.is_set():
            self._pace = self._new_pace()
        attempts = Attempts(self.settings, self._pace, self._budget)
        with closing(self.connect(self.settings)) as client:
            return Embedder(client, attempts, keep).run(texts)

    def _kept(self, texts: Sequence[str], kept: Cache | None) -> dict[str, np.ndarray]:
        """Return the vectors that an earlier run received; damaged ones are none."""
        if kept is None:
            return {}
        keys = {self._key(text): text for text in texts}
        found = {
            keys[key]: np.frombuffer(data, "<f4").astype(np.float32)
            for key, data in kept.get_vectors(keys).items()
            if isinstance(data, bytes) and data and len(data) % 4 == 0
        }
        return {text: vector for text, vector in found.items() if np.isfinite(vector).all()}

    def _key(self, text: str) -> str:
        return cache_key(
            {"server": self.settings.base_url, "embedding": self.settings.model, "text": text}
        )

    def _refuse_other_sizes(self, sizes: set[int]) -> None:
        """Raise where vectors have not the length of others: the server changed its model."""
        known = {self.n_dimensions} if self._known else set()
        if len(sizes | known) > 1:
            raise LLMError(
                "Vectors of {model} at {host} have another length than those from before.",
                "Run `fitcheck cache clear`, then the command again.",
                host=self.settings.host,
                model=repr(self.settings.model),
            )

    def _new_pace(self) -> Pace:
        settings = self.settings
        return Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)


@cache
def server_encoder(settings: EmbeddingSettings, price: Price | None) -> ServerEncoder:
    """Return the encoder of these settings; clones of a classifier share vectors and caps."""
    return ServerEncoder(settings, price)
