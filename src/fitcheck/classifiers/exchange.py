"""What one run asks of a model: known replies come from the cache, the others from its server."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from fitcheck.classifiers.votes import in_turn
from fitcheck.llm.base import ChatClient
from fitcheck.llm.batching import Batch, Item, Renderer, make_batches
from fitcheck.llm.budget import Budget
from fitcheck.llm.cache import Cache
from fitcheck.llm.limits import Limits
from fitcheck.llm.pace import Pace
from fitcheck.llm.replies import Coding
from fitcheck.llm.runner import Outcome, Runner
from fitcheck.settings import LLMSettings

Known = Callable[[Iterable[str]], Container[str]]
"""Returns those of some keys under which there is a reply already."""


class Exchange:
    """Asks, keeps, and counts; a server is connected to when something is missing.

    Parameters
    ----------
    settings : LLMSettings
        How the model is asked, and whether replies are kept.
    connect : callable
        Returns the client for the settings.
    budget : Budget
        Counts and caps all that is asked.
    limits : Limits, optional
        Say how fast it may be asked.

    Attributes
    ----------
    sent : set of int
        Positions of the answers of which something was asked.
    has_logprobs : bool
        False once the server turned out to give no log-probabilities.
    """

    def __init__(
        self,
        settings: LLMSettings,
        connect: Callable[[LLMSettings], ChatClient],
        budget: Budget,
        limits: Limits | None = None,
    ) -> None:
        self.settings, self.connect, self.budget = settings, connect, budget
        self.sent: set[int] = set()
        self.has_logprobs = True
        self._cache = Cache() if settings.use_cache else None
        self._pace = (limits or Limits()).pace(settings)
        self._paces: dict[type[Renderer], Pace] = {}
        self._client: ChatClient | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the client says by now of who answers."""
        return dict(getattr(self._client, "facts", {}))

    def outcomes(
        self, keys: Mapping[Item, str], renderer: Renderer
    ) -> Generator[Outcome, None, None]:
        """Yield what became of each item: first what is known, then what the model says."""
        kept = self._kept(keys)
        yield from (Outcome(item, coding) for item, coding in kept.items())
        missing = [item for item in keys if item not in kept]
        if not missing:
            return
        self.sent.update(item.position for item in missing)

        def keep(codings: Mapping[Item, Coding]) -> None:
            if self._cache is not None:
                self._cache.put({keys[item]: coding for item, coding in codings.items()})

        # A server that answers one kind of request need not answer the other.
        kind = type(renderer)
        pace = self._paces[kind] = self._paces.get(kind, self._pace).again()
        runner = Runner(self._connected(), renderer, pace, self.budget, keep)
        items = in_turn(missing, renderer.settings.batch_size)
        with closing(runner.run(items)) as outcomes:
            yield from outcomes

    def close(self) -> None:
        """Release connections and files."""
        for opened in (self._client, self._cache):
            if opened is not None:
                opened.close()

    def _kept(self, keys: Mapping[Item, str]) -> dict[Item, Coding]:
        codings = self._cache.get(keys.values()) if self._cache is not None else {}
        return {item: codings[key] for item, key in keys.items() if key in codings}

    def _connected(self) -> ChatClient:
        if self._client is None:
            self._client = self.connect(self.settings)
        return self._client


@contextmanager
def kept_replies(settings: LLMSettings) -> Iterator[Known]:
    """Let the block ask which replies are kept; none are where the cache is not used."""
    if not settings.use_cache:
        yield lambda _: ()
        return
    with closing(Cache()) as cache:
        yield cache.get


def batches_of(items: Iterable[Item], renderer: Renderer) -> Iterable[Batch]:
    """Return the batches in which items are asked first."""
    size = renderer.settings.batch_size
    return make_batches(in_turn(list(items), size), size)
