"""How many respondents of each persona speak of which theme, and how."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fitcheck.annotation.respondents import positions_by_respondent
from fitcheck.codebook import Codebook
from fitcheck.privacy.suppress import (
    MIN_DETAIL,
    MIN_GROUP,
    Range,
    Sum,
    detail_floor,
    hidden_cells,
    hidden_groups,
)
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
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    found: Rates,
    min_group: int = MIN_GROUP,
) -> list[ThemeCount]:
    """Return the counts of personas with ten respondents or more, then those of all together.

    With a higher floor for groups, it takes more respondents. What is said of a theme by all is
    left out where it would tell of a smaller persona. Themes that nobody of a persona speaks of
    have no entry.
    """
    people = _People(answers, predictions)
    floors = [(tuple(rate.persona for rate in found.personas), detail_floor(min_group))]
    if min_group > MIN_GROUP:
        # The counts that a report with the usual floor shows may be known as well.
        floors.append((people.shown_by_default(), MIN_DETAIL))
    tables = [
        _Table(people, visible, tuple(name for name in visible if people.sizes[name] >= floor))
        for visible, floor in floors
    ]
    shown = [count for name in tables[0].detailed for count in people.of_persona(name)]
    if people.sizes.total() < detail_floor(min_group):
        return shown
    return shown + people.of_all(lambda key: all(table.is_safe(key) for table in tables))


class _People:
    """Respondents, and their answers, by persona, theme and polarity."""

    def __init__(self, answers: Sequence[Answer], predictions: Sequence[Prediction]) -> None:
        self.sizes: Counter[str] = Counter()
        self.spoke: dict[str, Counter[_Key]] = defaultdict(Counter)
        self.answers: dict[str, Counter[_Key]] = defaultdict(Counter)
        for own in positions_by_respondent(answers):
            persona = answers[own[0]].persona
            self.sizes[persona] += 1
            told = [
                key
                for i in own
                for key in {(hit.theme, hit.polarity) for hit in predictions[i].themes}
            ]
            self.answers[persona].update(told)
            self.spoke[persona].update(set(told))

    def shown_by_default(self) -> tuple[str, ...]:
        return tuple(self.sizes.keys() - hidden_groups(self.sizes))

    def of_persona(self, persona: str) -> list[ThemeCount]:
        spoke, told, size = self.spoke[persona], self.answers[persona], self.sizes[persona]
        counts = [_count(persona, key, n, told[key], size) for key, n in spoke.items()]
        return sorted(counts, key=_order)

    def of_all(self, is_safe: Callable[[_Key], bool]) -> list[ThemeCount]:
        spoke, told = (sum(by.values(), Counter()) for by in (self.spoke, self.answers))
        total = self.sizes.total()
        counts = [
            _count(None, key, n, told[key], total) for key, n in spoke.items() if is_safe(key)
        ]
        return sorted(counts, key=_order)


@dataclass(frozen=True, slots=True)
class _Table:
    """What is seen of them: some personas with their sizes, and some of these in detail."""

    people: _People
    visible: tuple[str, ...]
    detailed: tuple[str, ...]

    def is_safe(self, key: _Key) -> bool:
        """Return whether the total of a theme may be shown beside the personas' counts.

        Everybody knows that no more respondents of a persona speak of it than there are: of the
        hidden ones, that is what the total of respondents leaves for all of them together.
        """
        sizes = self.people.sizes
        names = list(sizes)
        spoke = [self.people.spoke[name][key] for name in names]
        unseen = [i for i, name in enumerate(names) if name not in self.visible]
        left = sum(sizes[names[i]] for i in unseen)
        total, of_unseen, silent = range(len(names), len(names) + 3)
        most = left - len(unseen) + 1  # who is hidden has at least one respondent
        limits: list[Range] = [(0, sizes[name] if name in self.visible else most) for name in names]
        hidden = hidden_cells(
            [*spoke, sum(spoke), left, left - sum(spoke[i] for i in unseen)],
            [Sum(total, tuple(range(total))), Sum(of_unseen, (*unseen, silent))],
            {i for i, name in enumerate(names) if name not in self.detailed} | {silent},
            known={of_unseen},
            slack={silent} if left >= MIN_DETAIL or not unseen else (),
            ranges=[*limits, *[(0, math.inf)] * 3],
            costs=[*spoke, -1, 0, 0],  # the personas are what is asked for: the total goes first
        )
        return total not in hidden


def _count(persona: str | None, key: _Key, spoke: int, told: int, size: int) -> ThemeCount:
    return ThemeCount(persona, *key, spoke, told, spoke / size)


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
