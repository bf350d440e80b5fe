"""Whatever is hidden could be otherwise, and every output would be the same, byte by byte.

Of a random survey twins are made that differ from it only in what must not be known: sizes, labels
and themes of small groups. Where all outputs are equal, nobody can tell one from the other,
whatever is read from which form and combined with which other output, though it is known how
fitcheck decides what to hide. A form that is added to the registry is attacked with the others.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from random_surveys import (
    SAID,
    THEMES,
    Groups,
    Person,
    Survey,
    contents,
    published,
    random_groups,
    write_all,
)

from fitcheck.privacy.suppress import MIN_DETAIL, PROTECTED
from fitcheck.report import content
from fitcheck.report.content import Report

RANDOM = 150
"""Random twins that are tried where the extreme ones were not enough."""
Fact = tuple[str, str]


@dataclass
class Attack:
    """Looks for twins of a survey until everything hidden is known to be open."""

    groups: Groups
    judged: bool = False
    hidden: list[str] = field(init=False)
    """Personas that are not shown."""
    closed: list[str] = field(init=False)
    """Those, and the shown ones whose labels and themes are not."""
    witnesses: list[Groups] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seen = published(Survey.of(self.groups), judged=self.judged)
        shown = {group.persona: group for group in self.seen["classify"]().shown}
        self.mostly = {name: group.mostly for name, group in shown.items()}
        self.hidden = sorted(set(self.groups) - set(shown))
        small = sorted(name for name in shown if len(self.groups[name]) < MIN_DETAIL)
        self.closed = [*self.hidden, *small]
        told = self.seen["report"]()["themes"]
        self.totals = {entry["theme"] for entry in told if entry["persona"] is None}
        self.low = self.high = self.facts(self.groups)
        self.chance = random.Random(str(self.groups))  # noqa: S311

    def facts(self, groups: Groups) -> dict[Fact, int]:
        """Return what was said in a survey and must not be known.

        Sizes are left to the attack on the numbers: whoever knows that the next smallest group is
        hidden with a small one can sometimes tell how large both are, though not who.
        """
        found: dict[Fact, int] = {}
        for name in self.closed:
            labels = Counter(person.label for person in groups[name])
            themes = Counter(theme for person in groups[name] for theme in person.themes)
            found |= {(name, label): labels[label] for label in SAID}
            found |= {(name, theme): themes[theme] for theme in THEMES}
        return found

    def known(self) -> set[Fact]:
        """Return the facts that are the same in all twins that were found."""
        return {fact for fact, n in self.low.items() if self.high[fact] == n}

    def run(self) -> set[Fact]:
        """Return what is known too well."""
        for twin in self._twins():
            facts = self.facts(twin)
            # Only whoever shows something new is looked at.
            if any(facts[fact] != self.low[fact] for fact in self.known()):
                self._take(twin, facts)
            if not self.known():
                break
        return self.known()

    def _take(self, twin: Groups, facts: Mapping[Fact, int]) -> None:
        if same(published(Survey.of(twin), judged=self.judged), self.seen):
            self.low = {fact: min(n, facts[fact]) for fact, n in self.low.items()}
            self.high = {fact: max(n, facts[fact]) for fact, n in self.high.items()}
            self.witnesses.append(twin)

    def _twins(self) -> Iterator[Groups]:
        for name in self.closed:
            order = [name, *(other for other in self.closed if other != name)]
            for i, label in enumerate(SAID):
                for first in (order, order[::-1]):
                    for speak in ("same", "all", "none", "few"):
                        yield self._twin(first, [label, SAID[i - 1]], speak)
        for _ in range(RANDOM):
            order = self.chance.sample(self.closed, len(self.closed))
            labels = self.chance.sample(SAID, len(SAID))
            yield self._twin(order, labels, self.chance.choice(("few", "same", "some")))

    def _twin(self, order: list[str], labels: list[str], speak: str) -> Groups:
        """Return one whose first group is large, has the first label, and speaks of every theme."""
        sizes = self._sizes([name for name in order if name in self.hidden])
        said = {name: self._labels(name, sizes[name], labels) for name in order}
        themes: dict[str, list[set[str]]] = {name: [set() for _ in said[name]] for name in order}
        for theme in THEMES:
            people = [person for name in order for person in themes[name]]
            for person in people[: self._speakers(theme, len(people), speak)]:
                person.add(theme)
        closed = {
            name: [Person(a, frozenset(b)) for a, b in zip(said[name], themes[name], strict=True)]
            for name in order
        }
        return {**self.groups, **closed}

    def _sizes(self, hidden: list[str]) -> dict[str, int]:
        """Return sizes with the same total, one or two people in another group."""
        sizes = {name: len(people) for name, people in self.groups.items()}
        if len(hidden) > 1:
            one, other = self.chance.sample(hidden, 2)
            moved = min(self.chance.randint(0, 2), sizes[other] - 1)
            sizes[one] += moved
            sizes[other] -= moved
        return sizes

    def _labels(self, name: str, size: int, labels: list[str]) -> list[str]:
        """Return the label of each; of a shown group so that the bound that is told stays."""
        first, second = labels[:2]
        bound = self.mostly.get(name)
        if name in self.hidden or size <= 2 * PROTECTED or (bound and bound[0] == first):
            return [first] * size
        if bound is not None:
            return [bound[0]] * (size - PROTECTED) + [first] * PROTECTED
        most = size - PROTECTED - 1  # one more would be told
        rest = [label for label in SAID if label not in (first, second)]
        several = [first] * most + [second] * min(most, size - most)
        return [*several, *rest, *rest][:size]

    def _speakers(self, theme: str, n: int, speak: str) -> int:
        """Return how many speak of a theme: as many as now where the total tells."""
        now = sum(theme in person.themes for name in self.closed for person in self.groups[name])
        if theme in self.totals:
            return now
        few, some = self.chance.randint(0, min(2, n)), self.chance.randint(0, n)
        return {"all": n, "none": 0, "same": now, "few": few, "some": some}[speak]


def same(one: Mapping[str, Callable[[], Any]], other: Mapping[str, Callable[[], Any]]) -> bool:
    """Return whether all outputs agree."""
    return all(one[name]() == other[name]() for name in other)


def check(seed: int, folder: Path) -> bool:
    """Attack a random survey; whether there was anything hidden beside anything shown."""
    attack = Attack(random_groups(seed), judged=seed % 10 == 0)
    if not attack.mostly:
        return False
    assert attack.run() == set(), f"seed {seed}"
    if attack.witnesses:
        twins = [Survey.of(groups) for groups in (attack.groups, *attack.witnesses[-2:])]
        assert_same_bytes([twin.report() for twin in twins], folder / str(seed))
        if attack.judged and twins[0].judged_rates:
            reports = [twin.report(rates=twin.judged_rates) for twin in twins]
            assert_same_bytes(reports, folder / f"{seed} judged")
    return bool(attack.hidden)


def assert_same_bytes(reports: list[Report], folder: Path) -> None:
    """Every form of the reports of twins is the same."""
    files = []
    for i, report in enumerate(reports):
        write_all(report, folder / str(i))
        files.append(dict(contents(folder / str(i))))
    for other in files[1:]:
        assert {name for name in other if other[name] != files[0].get(name)} == set()


def check_all(n: int, folder: Path) -> int:
    """Attack random surveys; how many had anything hidden beside anything shown."""
    return sum(check(seed, folder) for seed in range(n))


def test_what_a_form_tells_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of small groups in a report, in whichever form, are no secret any more."""
    monkeypatch.setattr(content, "detail_floor", lambda min_group: min_group)
    with pytest.raises(AssertionError, match="tables/answers"):
        check_all(25, tmp_path)


def test_counts_of_all_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every total shown, what is left for the small groups is known."""
    monkeypatch.setattr("fitcheck.report.themes._Table.is_safe", lambda table, key: True)
    assert any(Attack(random_groups(seed)).run() for seed in range(5))


def test_twins_cannot_be_told_apart(tmp_path: Path) -> None:
    """Random surveys, all outputs together."""
    assert check_all(8, tmp_path) >= 3


@pytest.mark.slow
def test_twins_of_many_surveys_cannot_be_told_apart(tmp_path: Path) -> None:
    """The same with many more."""
    assert check_all(200, tmp_path) >= 60
