"""Why an offer did not fit: what a persona complains of and wishes, and what could be changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fitcheck.codebook import Change, PersonaDimension, Theme
from fitcheck.report.content import Report

Lever = Change | Literal["either"]
LEVERS: tuple[Lever, ...] = ("addressing", "training", "either", "workplace")
"""What could be changed, in the order in which it is shown; ``either`` where it does not tell."""
FEWEST = 3
"""Fewest respondents who complain of a theme, or wish for it: one voice is no reason."""
SHOWN = 3
"""Most themes of a persona that are shown for each lever."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A theme that respondents of a persona complain of, or wish."""

    theme: Theme
    counts: Mapping[str, int]
    """Respondents by polarity, those with a negative view and a wish."""

    @property
    def dimensions(self) -> tuple[PersonaDimension, ...]:
        """What of the persona it concerns."""
        return self.theme.persona_dimensions


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a persona says did not fit."""

    persona: str
    respondents: int
    by_lever: Mapping[Lever, Sequence[Reason]]
    """The most frequent ones first; without levers that nothing points at."""


def reasons_of(report: Report) -> list[Reasons]:
    """Return the reasons of each persona with ten respondents or more, the largest persona first.

    Themes that point at nothing to change are left out: praise and blame without a topic, and
    whatever speaks of those who give an offer.
    """
    themes = {theme.id: theme for theme in report.codebook.themes if theme.change}
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for count in report.themes:
        told = count.polarity in ("negative", "wish") and count.theme in themes
        if told and count.persona is not None:
            counts[count.persona][count.theme][count.polarity] = count.respondents
    return [
        Reasons(rate.persona, rate.respondents, by_lever)
        for rate in report.rates.personas
        if (by_lever := _by_lever(counts[rate.persona], themes))
    ]


def _by_lever(
    counts: Mapping[str, Mapping[str, int]], themes: Mapping[str, Theme]
) -> dict[Lever, Sequence[Reason]]:
    found: dict[Lever, list[Reason]] = {lever: [] for lever in LEVERS}
    for name, by_polarity in counts.items():
        if max(by_polarity.values()) >= FEWEST:
            found[_lever(themes[name])].append(Reason(themes[name], by_polarity))
    return {
        lever: sorted(reasons, key=_order)[:SHOWN] for lever, reasons in found.items() if reasons
    }


def _lever(theme: Theme) -> Lever:
    return theme.change[0] if len(theme.change) == 1 else "either"


def _order(reason: Reason) -> tuple[object, ...]:
    counts = reason.counts
    return -counts.get("negative", 0), -counts.get("wish", 0), reason.theme.id
