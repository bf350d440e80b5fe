"""How many respondents of each persona speak of which theme, and how."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fitcheck.codebook import Codebook
from fitcheck.privacy.suppress import MIN_DETAIL, Range, Sum, hidden_cells
from fitcheck.rates import Rates
from fitcheck.records import Answer, Polarity, Prediction

_Key = tuple[str, Polarity]


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """Those of a group who speak of a theme with one polarity."""

    persona: str | None
    """None for all respondents together."""
    theme: str
    polarity: Polarity
    respondents: int
    """Each counted once."""
    answers: int
    share: float
    """Of the group's respondents, in [0, 1]."""


def count_themes(
    answers: Sequence[Answer], predictions: Sequence[Prediction], found: Rates
) -> list[ThemeCount]:
    """Return the counts of personas with ten respondents or more, then those of all together.

    What is said of a theme by all is left out where it would tell of a smaller persona.
    Themes that nobody of a persona speaks of have no entry.
    """
    table = _Table(answers, predictions, found)
    shown = [count for name in table.detailed for count in table.of_persona(name)]
    return shown + (table.of_all() if table.detailed else [])


class _Table:
    """Respondents by persona, theme and polarity."""

    def __init__(
        self, answers: Sequence[Answer], predictions: Sequence[Prediction], found: Rates
    ) -> None:
        persona_of: dict[str, str] = {}
        self.who: dict[str, dict[_Key, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for answer, prediction in zip(answers, predictions, strict=True):
            respondent = answer.id or f"row {answer.row}"
            persona = persona_of.setdefault(respondent, answer.persona)
            for key in {(hit.theme, hit.polarity) for hit in prediction.themes}:
                self.who[persona][key][respondent] += 1
        self.sizes = Counter(persona_of.values())
        visible = [rate.persona for rate in found.personas if not rate.suppressed]
        self.detailed = [name for name in visible if self.sizes[name] >= MIN_DETAIL]
        self.limits = _limits(self.sizes, visible)

    def of_persona(self, persona: str) -> list[ThemeCount]:
        counts = [
            _count(persona, key, people, self.sizes[persona])
            for key, people in self.who[persona].items()
        ]
        return sorted(counts, key=_order)

    def of_all(self) -> list[ThemeCount]:
        keys = {key for own in self.who.values() for key in own}
        total = self.sizes.total()
        joined: dict[_Key, Counter[str]] = {
            key: sum((own[key] for own in self.who.values() if key in own), Counter())
            for key in keys
        }
        counts = [_count(None, key, joined[key], total) for key in keys if self._is_safe(key)]
        return sorted(counts, key=_order)

    def _is_safe(self, key: _Key) -> bool:
        """Return whether the total of a theme may be shown beside the personas' counts."""
        values = [len(self.who[name].get(key, ())) for name in self.sizes]
        total = len(values)
        hidden = hidden_cells(
            [*values, sum(values)],
            [Sum(total, tuple(range(total)))],
            {i for i, name in enumerate(self.sizes) if name not in self.detailed},
            ranges=[*(self.limits[name] for name in self.sizes), (0, math.inf)],
            costs=[*values, -1],  # the personas are what is asked for, so the total goes first
        )
        return total not in hidden


def _limits(sizes: Mapping[str, int], visible: Sequence[str]) -> dict[str, Range]:
    """Return between which numbers a count of each persona must lie, by what is known of sizes.

    Whoever is hidden has at least one respondent, and all hidden ones have what the total leaves.
    """
    hidden = [size for name, size in sizes.items() if name not in visible]
    most = sum(hidden) - len(hidden) + 1
    return {name: (0, size if name in visible else most) for name, size in sizes.items()}


def _count(persona: str | None, key: _Key, people: Counter[str], size: int) -> ThemeCount:
    return ThemeCount(persona, *key, len(people), people.total(), len(people) / size)


def _order(count: ThemeCount) -> tuple[object, ...]:
    return -count.respondents, count.theme, count.polarity


def theme_records(counts: Sequence[ThemeCount], codebook: Codebook) -> list[dict[str, Any]]:
    """Return one record for each count, in the order of the columns of `theme_counts`."""
    dimensions = {theme.id: ";".join(theme.persona_dimensions) for theme in codebook.themes}
    return [
        {
            "persona": count.persona,
            "theme": count.theme,
            "polarity": count.polarity,
            "respondents": count.respondents,
            "answers": count.answers,
            "share": round(count.share, 6),
            "persona_dimensions": dimensions.get(count.theme, ""),
        }
        for count in counts
    ]
