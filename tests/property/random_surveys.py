"""Made-up surveys with small groups among larger ones, and everything that is published of one."""

from __future__ import annotations

import csv
import functools
import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from counting import count_groups
from fitcheck.annotation.drawing import draw_sample
from fitcheck.annotation.plan import STRATA, SamplePlan
from fitcheck.changes import compare_rates
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.rates import Rates, not_fit_rates
from fitcheck.records import LABELS, Answer, Label, Prediction, ThemeHit
from fitcheck.report.changes import changes_json, trends_json
from fitcheck.report.content import Report, make_report
from fitcheck.report.formats import FORMATS, Style
from fitcheck.report.tables import rates_json
from fitcheck.report.texts import Texts
from fitcheck.trends import rate_trends

SAID = (*LABELS, "failed")
THEMES = ("need_timing", "job_relevance", "trainer_facilitation")
BOOK = load_codebook()
TEXTS = Texts("de")
_SIZES = (1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 25)
_LABELS = ((1, 0, 0, 0), (0, 1, 0, 0), (8, 1, 1, 0), (3, 3, 3, 1))
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?")


class Person(NamedTuple):
    """What a respondent said."""

    label: str
    themes: frozenset[str] = frozenset()


Groups = Mapping[str, Sequence[Person]]


def random_groups(seed: int) -> dict[str, list[Person]]:
    """Return respondents by persona: small groups among larger ones, many of them alike."""
    chance = random.Random(seed)  # noqa: S311
    groups = {}
    for number in range(chance.randint(2, 7)):
        weights = chance.choice(_LABELS)
        habits = [chance.choice([0, 0.05, 0.5, 1]) for _ in THEMES]
        groups[f"Gruppe{number}Q"] = [
            Person(
                chance.choices(SAID, weights)[0],
                frozenset(t for t, p in zip(THEMES, habits, strict=True) if chance.random() < p),
            )
            for _ in range(chance.choice(_SIZES))
        ]
    return groups


@dataclass
class Survey:
    """Respondents with labels and themes; every name and text can be searched for."""

    answers: list[Answer] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)

    @classmethod
    def of(cls, groups: Groups, cohort: str = "") -> Survey:
        """Return one of these groups; another cohort is of other people."""
        survey = cls()
        for persona, people in groups.items():
            for i, (label, themes) in enumerate(people):
                name = f"{cohort}{persona}r{i}".lower()
                text = f"Wortlaut {name} Ende"
                row = len(survey.answers) + 2
                respondent = f"{name}@x.example"
                survey.answers.append(Answer(text, "Passte es?", "fit", respondent, persona, row))
                known = next((known for known in LABELS if known == label), None)
                hits = tuple(ThemeHit(theme, "negative") for theme in sorted(themes))
                failure = "" if known else "timeout"
                survey.predictions.append(Prediction(known, None, hits, failure=failure))
        return survey

    def rates(self, min_group: int = 5) -> Rates:
        """Return the counts that may be shown."""
        return not_fit_rates(self.predictions, self.answers, min_group=min_group)

    def report(self, min_group: int = 5, rates: Rates | None = None) -> Report:
        """Return what a report may show."""
        rates = rates or self.rates(min_group)
        return make_report(self.answers, self.predictions, rates, BOOK, min_group=min_group)

    @functools.cached_property
    def judged_rates(self) -> Rates | None:
        """Rates by labels of two people who disagree on every fifth; None where none can be."""
        try:
            # Twins are drawn at the same moment: the page says it in its own way.
            plan = SamplePlan("fixed", 1, 12, created="2026-01-01T00:00:00+00:00")
            drawn = draw_sample(self.answers, self.predictions, plan)
        except DataError:
            return None
        pairs = zip(self.answers, self.predictions, strict=True)
        said = {answer.text: prediction.label or "no_signal" for answer, prediction in pairs}
        first: dict[str, Label] = {row.key: said[row.text] for row in drawn.rows}
        second: dict[str, Label] = {
            row.key: "not_fit" if row.number % 5 == 0 else said[row.text] for row in drawn.rows
        }
        return not_fit_rates(
            self.predictions, self.answers, plan=drawn.plan, labels=first, second=second
        )

    def judged(self) -> dict[str, Any]:
        """Return what is told of the sample and of the rates by it."""
        found = self.judged_rates
        if found is None or found.plan is None:
            return {}
        sizes = {
            persona: {
                name: (part.size, part.drawn) for name, part in zip(STRATA, parts, strict=True)
            }
            for persona, parts in found.plan.strata.items()
        }
        return {"strata": sizes, "rates": rates_json(found)}

    @property
    def sizes(self) -> Counter[str]:
        """Respondents by persona."""
        return Counter(answer.persona for answer in self.answers)

    def counts(self, persona: str) -> Counter[str]:
        """Return its respondents by label."""
        pairs = zip(self.answers, self.predictions, strict=True)
        return Counter(p.label or "failed" for a, p in pairs if a.persona == persona)


def published(survey: Survey, *, judged: bool = False) -> dict[str, Callable[[], Any]]:
    """Return every number that leaves the library, of all verbs, by what makes it once.

    The other cohort is the same for every survey; an attacker may have made it.
    """
    rates = survey.rates()
    other = Survey.of(
        {f"Gruppe{n}Q": [Person("fit")] * 9 + [Person("not_fit")] * 6 for n in range(7)}, "alt "
    ).rates()
    persona_of = {answer.respondent: answer.persona for answer in survey.answers}
    trends, changes = rate_trends([other, rates, other]), compare_rates(rates, other)
    made: dict[str, Callable[[], Any]] = {
        "rates": lambda: rates_json(rates),
        "classify": lambda: count_groups(persona_of, survey.answers, survey.predictions),
        "trend": lambda: trends_json(trends, [other, rates, other]),
        "versus": lambda: changes_json(changes, rates, other),
        "versus, turned round": lambda: changes_json(compare_rates(other, rates), other, rates),
        "report": lambda: survey.report().as_json(),
        "report, higher floor": lambda: survey.report(8).as_json(),
        **({"judged": survey.judged} if judged else {}),
    }
    return {name: functools.cache(make) for name, make in made.items()}


def write_all(report: Report, folder: Path) -> None:
    """Write a report in every form that there is."""
    folder.mkdir(parents=True)
    for name, form in FORMATS.items():
        target = folder / f"report{form.ending or '-' + name}"
        if not form.ending:
            target.mkdir()
        form.write(report, target, Style(TEXTS, quotes=True))


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what stands in the files, unpacked; when they were written is left out."""
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{name}/{member}", _TIME.sub(b"", archive.read(member))
        elif path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
            yield name, json.dumps(rows, ensure_ascii=False, default=str).encode()
        elif path.is_file():
            yield name, _TIME.sub(b"", path.read_bytes())


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a csv file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
