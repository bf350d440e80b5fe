"""An attacker who has every form of a report and knows how many answered learns of nobody."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from random_surveys import (
    BOOK,
    SAID,
    THEMES,
    Survey,
    contents,
    random_groups,
    table,
    write_all,
)
from scipy.optimize import Bounds, LinearConstraint, milp

from fitcheck.report.content import Report

WIDTH = 3
"""A hidden count must be able to lie in a range as wide as this: within 1 is too well known."""


@dataclass
class Published:
    """What can be read in the files."""

    sizes: dict[str, int]
    counts: dict[str, dict[str, int]]
    bounds: dict[str, tuple[str, int]]
    themes: dict[tuple[str, str], int]
    totals: dict[str, int]
    blob: str
    """All that stands in any file."""


def publish(report: Report, folder: Path) -> Published:
    """Write every form and read it back, without fitcheck."""
    write_all(report, folder)
    told = report.as_json()
    tables = folder / "report-tables"
    rates = table(tables / "persona_rates.csv")
    themes = table(tables / "theme_counts.csv")
    book = openpyxl.load_workbook(folder / "report.xlsx")
    personas, all_themes = (list(sheet.values)[1:] for sheet in book.worksheets[1:3])
    names = {theme.name["de"]: theme.id for theme in BOOK.themes}
    found = Published(
        {row["persona"]: int(row["respondents"]) for row in rates},
        {
            str(row[0]): dict(zip(SAID, row[2:5], strict=False))
            for row in personas
            if row[2] is not None
        },
        {p: (told["label"], told["at_least"]) for p, told in told["mostly"].items()},
        {(row["persona"], row["theme"]): int(row["respondents"]) for row in themes},
        {names[str(r[1])]: int(str(r[3])) for r in all_themes if r[0] == "alle zusammen"},
        "\n".join([json.dumps(told), *(c.decode(errors="replace") for _, c in contents(folder))]),
    )
    assert {k: v for k, v in told["counted"].items() if v}.keys() == found.counts.keys()
    assert {row[0]: row[1] for row in personas} == found.sizes
    read_sentences((folder / "report.txt").read_text(encoding="utf-8"), found)
    read_page((folder / "report.html").read_text(encoding="utf-8"), found)
    in_rows = Counter(row["persona"] for row in table(tables / "answers.csv"))
    assert {p: sum(c.values()) for p, c in told["counted"].items()} == in_rows
    return found


def read_sentences(text: str, found: Published) -> None:
    """Take in what the sentences say more than the tables."""
    for persona, size, rest in re.findall(r"^(.+): (\d+) Person\w*, (.+)$", text, re.MULTILINE):
        assert found.sizes[persona] == int(size)
        numbers = re.findall(r"\d+", rest)
        if len(numbers) > 1:
            assert sum(map(int, numbers)) == int(size)
            assert persona in found.counts
        elif numbers:
            assert found.bounds[persona][1] == int(numbers[0])


def read_page(html: str, found: Published) -> None:
    """Find no more on the page than elsewhere: the same sizes, labels, bounds and themes."""
    root = ET.fromstring(re.sub(r"<(meta|!doctype)[^>]*>", "", html))
    said = "\n".join("".join(p.itertext()) for p in root.iterfind(".//ul[@class='answers']//p"))
    read_sentences(said, found)
    rows = [[str(cell.text) for cell in row] for row in root.iterfind(".//section/table/tbody/tr")]
    counted = [row for row in rows if len(row) == 5]
    assert {row[0]: int(row[1]) for row in counted} == found.sizes
    for name, _, *labels in counted:
        shown = [found.counts[name][label] for label in SAID[:3]] if name in found.counts else "–––"
        assert labels == list(map(str, shown))
    names = {theme.name["de"]: theme.id for theme in BOOK.themes}
    for card in root.iterfind(".//article"):
        persona = str(card[0].text)
        assert found.sizes[persona] >= 10
        for item in card.iterfind("ul/li"):
            theme, _, told = str(item.text).partition(":")
            (number,) = re.findall(r"\d+", told)
            assert found.themes[persona, names[theme]] == int(number)


def width(
    i: int, equations: list[tuple[dict[int, int], int, int]], box: list[tuple[int, int]]
) -> float:
    """Return the width of a variable's range over the whole numbers that agree."""
    matrix = np.zeros((len(equations), len(box)))
    for row, (terms, _, _) in enumerate(equations):
        for variable, factor in terms.items():
            matrix[row, variable] = factor
    low, high = (np.array([e[k] for e in equations], float) for k in (1, 2))
    ends = []
    for sign in (1, -1):
        goal = np.zeros(len(box))
        goal[i] = sign
        best: Any = milp(
            goal,
            constraints=LinearConstraint(matrix, low, high),
            bounds=Bounds(*np.array(box, float).T),
            integrality=np.ones(len(box)),
        )
        assert best.success, "the true numbers must agree with what is shown"
        ends.append(best.fun)
    return -ends[1] - ends[0]


def attack(survey: Survey, found: Published) -> list[str]:
    """Return every hidden count that is known exactly or within 1."""
    total = sum(survey.sizes.values())
    hidden = sorted(set(survey.sizes) - set(found.sizes))
    closed = [*hidden, *(p for p in found.sizes if p not in found.counts)]
    left = total - sum(found.sizes.values())
    size_box = [(1, total) if p in hidden else (found.sizes[p],) * 2 for p in closed]
    sizes = list(range(len(closed)))
    of_hidden = [({i: 1 for i in sizes if closed[i] in hidden}, left, left)] if hidden else []
    known = [
        f"{closed[i]} size"
        for i in sizes
        if found.sizes and closed[i] in hidden and width(i, of_hidden, size_box) < WIDTH
    ]
    for i, persona in enumerate(closed):
        labels = {len(closed) + k: 1 for k in range(len(SAID))}
        label, bound = found.bounds.get(persona, ("fit", 0))
        box = size_box + [(bound if name == label else 0, total) for name in SAID]
        ties = [*of_hidden, ({**labels, i: -1}, 0, 0)]
        known += [
            f"{persona} {SAID[k - len(closed)]}" for k in labels if width(k, ties, box) < WIDTH
        ]
    for theme in THEMES:
        box = size_box + [(0, total)] * len(closed)
        speak = [len(closed) + i for i in sizes]
        ties = of_hidden + [({len(closed) + i: 1, i: -1}, -total, 0) for i in sizes]
        if theme in found.totals and closed:
            rest = found.totals[theme] - sum(n for (_, t), n in found.themes.items() if t == theme)
            ties.append((dict.fromkeys(speak, 1), rest, rest))
        known += [f"{closed[i]} {theme}" for i in sizes if width(speak[i], ties, box) < WIDTH]
    return known


def check(seed: int, folder: Path) -> bool:
    """Attack a random survey; whether it had anything to hide beside anything to show."""
    survey = Survey.of(random_groups(seed))
    report = survey.report()
    found = publish(report, folder / str(seed))
    hidden = set(survey.sizes) - set(found.sizes)
    small = {p for p, n in survey.sizes.items() if n < 10}
    for persona in found.counts:
        assert (
            found.counts[persona].items()
            <= {**dict.fromkeys(SAID, 0), **survey.counts(persona)}.items()
        )
    for persona in hidden:
        assert persona not in found.blob
    for answer in survey.answers:
        assert str(answer.id) not in found.blob
        if answer.persona in small | hidden:
            assert answer.text not in found.blob
    assert small & set(found.counts) == set()
    if not found.sizes and not found.totals:
        return False
    assert attack(survey, found) == []
    return bool(hidden and found.sizes)


def check_all(n: int, folder: Path) -> int:
    """Attack random surveys; how many had anything hidden beside anything shown."""
    return sum(check(seed, folder) for seed in range(n))


@pytest.mark.parametrize(
    "where", [("rates.hidden_groups", "groups.hidden_groups"), ("rates.MIN_DETAIL",)]
)
def test_the_attack_finds_what_is_not_hidden(
    where: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the groups that hide small ones, or with exact counts of five, people are known."""
    for name in where:
        broken = 5 if name.endswith("MIN_DETAIL") else only_small
        monkeypatch.setattr(f"fitcheck.{name}", broken)
    with pytest.raises(AssertionError):
        check_all(25, tmp_path)


def only_small(sizes: Mapping[str, int], min_group: int = 5) -> set[str]:
    """Return the small groups, and forget the others that they can be worked out from."""
    return {name for name, size in sizes.items() if size < min_group}


def test_reports_give_nobody_away(tmp_path: Path) -> None:
    """Random surveys in every form, attacked together by integer programming."""
    assert check_all(25, tmp_path) >= 8


@pytest.mark.slow
def test_a_thousand_reports_give_nobody_away(tmp_path: Path) -> None:
    """The same with many more."""
    assert check_all(1000, tmp_path) >= 300
