"""What is asked of a model: each different answer once, redacted, with the places it stands at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fitcheck.classifiers.rules import kind_of, settled_by_rule
from fitcheck.codebook import Codebook
from fitcheck.llm.batching import Item, vote_temperature
from fitcheck.llm.cache import cache_key
from fitcheck.privacy.redact import Redacted, Redactor
from fitcheck.prompts import Prompt
from fitcheck.records import Answer, Label, Prediction
from fitcheck.settings import LLMSettings

CLASSES: tuple[Label, ...] = ("fit", "no_signal", "not_fit")
"""The labels a model may give, sorted."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """What is asked once for all answers that are the same as they are sent."""

    item: Item
    key: str
    """Of the cache."""
    sources: tuple[tuple[Redacted, tuple[int, ...]], ...]
    """Each original text, redacted, with the positions of the answers that have it."""

    @property
    def hits(self) -> Iterator[str]:
        """The kinds of what was replaced in the text that is sent."""
        return (hit.kind for hit in self.sources[0][0].hits)


@dataclass(frozen=True, slots=True)
class Work:
    """Answers, divided into what the codebook settles and what a model is asked."""

    settled: tuple[tuple[int, Prediction], ...]
    """Position and prediction of short answers."""
    distinct: tuple[Distinct, ...]


@dataclass(frozen=True)
class Preparation:
    """How answers become items: settings, codebook and prompt decide it."""

    settings: LLMSettings
    codebook: Codebook
    prompt: Prompt

    def of(self, X: Sequence[Answer]) -> Work:
        """Return the work that the answers make."""
        settled, groups = [], defaultdict[tuple[str, ...], list[int]](list)
        for position, answer in enumerate(X):
            prediction = settled_by_rule(answer, self.codebook, CLASSES)
            if prediction is not None:
                settled.append((position, prediction))
                continue
            groups[self.same(answer)].append(position)
        return Work(tuple(settled), tuple(self._distinct(X, groups)))

    def same(self, answer: Answer) -> tuple[str, str, str]:
        """Return what answers have in common that are asked as one, before redaction."""
        persona = answer.persona if self.settings.show_persona else ""
        return self._asked(answer), " ".join(answer.text.split()), persona

    def _asked(self, answer: Answer) -> str:
        """Return what decides of a question: its kind, or what an open one says."""
        kind = kind_of(answer, self.codebook)
        return answer.question if kind == "open" else kind

    def _distinct(
        self, X: Sequence[Answer], groups: Mapping[tuple[str, ...], list[int]]
    ) -> Iterator[Distinct]:
        redactor = Redactor(self.settings.names) if self.settings.redacts else None
        sources: dict[tuple[str, str, str], list[tuple[Redacted, tuple[int, ...]]]] = {}
        items: dict[tuple[str, str, str], Item] = {}
        for (asked, _, persona), positions in groups.items():
            answer = X[positions[0]]
            text = redactor.redact(answer.text) if redactor else Redacted(answer.text, ())
            question, group = (
                redactor.redact(part).text if redactor else part
                for part in (answer.question, persona)
            )
            sent = [_sendable(part) for part in (question, text.text, group)]
            # Names and numbers are gone now, so more answers are the same.
            same = (asked, " ".join(sent[1].split()), sent[2])
            items.setdefault(same, Item(positions[0], sent[0], sent[1], sent[2]))
            sources.setdefault(same, []).append((text, tuple(positions)))
        for same, item in items.items():
            yield Distinct(item, self.key(item), tuple(sources[same]))

    def key(self, item: Item) -> str:
        """Return where the coding of an item is kept: all that decides it."""
        settings = self.settings
        return cache_key(
            {
                "model": settings.model,
                "server": settings.base_url,
                "temperature": vote_temperature(settings, item.vote),
                "seed": settings.seed,
                "prompt": self.prompt.sha256,
                "codebook": self.codebook.sha256,
                **({"vote": item.vote} if item.vote else {}),
                **item.shown(),
            }
        )


def count_hits(distinct: Iterable[Distinct]) -> Counter[str]:
    """Return how many parts of each kind are replaced in what is sent."""
    return Counter(kind for entry in distinct for kind in entry.hits)


def _sendable(text: str) -> str:
    """Return the text without what JSON or a model cannot take."""
    return text.encode("utf-8", "replace").decode().replace("\x00", " ")
