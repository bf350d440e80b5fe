"""Counts of parts add up to those of the whole table, however it is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counting import count_groups
from fitcheck.engines.tally import PartTally, add_tallies, corrections, counts_of, tally_part
from fitcheck.groups import groups_of
from fitcheck.records import LABELS, Answer, Prediction
from fitcheck.surveys.columns import Columns
from fitcheck.surveys.grid import Grid
from fitcheck.surveys.results import labels_by_respondent
from fitcheck.surveys.shape import Shape
from fitcheck.surveys.survey import Survey

NAMES = ("id", "group", "fit", "open")
SHAPE = Shape("generic", NAMES, NAMES, Columns(("fit", "open"), "group", "id"))
KEY = bytes(32)

cells = st.sampled_from(["", *LABELS, "failed"])
rows = st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from("XY"), cells, cells)


def part(table: list[tuple[str, ...]], first: int) -> Survey:
    """Return some rows as a part, numbered from the first one's place."""
    numbers = [1, *range(first + 2, first + 2 + len(table))]
    lines = [list(NAMES), *(list(row) for row in table)]
    return SHAPE.survey(Grid(lines, numbers, {}, lambda *_: None, ""), "invented")


def coded(survey: Survey) -> tuple[list[Answer], list[Prediction]]:
    """Return the answers of a part; each names its own label."""
    personas = survey.assign_personas().personas
    found = [
        (
            Answer(text, kind=kind, id=who, persona=persona, row=number, column=name),
            Prediction(next((x for x in LABELS if x == text), None)),
        )
        for name, kind in (("fit", "fit"), ("open", "open"))
        for who, persona, number, text in zip(
            survey.ids(),
            personas,
            [survey.grid.numbers[i] for i in survey.layout.data],
            survey.cells(name),
            strict=True,
        )
        if text
    ]
    found.sort(key=lambda pair: pair[0].row or 0)  # row by row, as answers are read
    return [answer for answer, _ in found], [prediction for _, prediction in found]


def tally(survey: Survey) -> PartTally:
    """Return what is counted in a part, by way of its file."""
    counted = tally_part(survey, *coded(survey), survey.assign_personas(), KEY)
    return PartTally.from_bytes(counted.to_bytes())


@settings(max_examples=200)
@given(st.lists(rows, min_size=1, max_size=24), st.lists(st.integers(0, 24), max_size=4))
def test_parts_add_up_to_the_whole(table: list[tuple[str, ...]], cuts: list[int]) -> None:
    """Any cut, any grouping of the parts: the counts are those of a single table."""
    edges = sorted({0, len(table), *(cut for cut in cuts if cut < len(table))})
    surveys = [part(table[a:b], a) for a, b in itertools.pairwise(edges)]
    parts = [tally(survey) for survey in surveys]
    whole = part(table, 0)
    answers, predictions = coded(whole)
    persona_of = dict(zip(whole.ids(), whole.assign_personas().personas, strict=True))
    expected = count_groups(persona_of, answers, predictions, min_group=0)
    counted = counts_of(add_tallies(parts))
    assert groups_of(counted.respondents, min_group=0) == expected
    in_a_tree = add_tallies([add_tallies(parts[:2]), add_tallies(parts[2:])])
    assert counts_of(in_a_tree) == counted
    truth = labels_by_respondent(answers, predictions)
    for survey, counted in zip(surveys, parts, strict=True):
        own = labels_by_respondent(*coded(survey))
        changed = corrections(counted, in_a_tree)
        for row, who in zip(survey.layout.data, survey.ids(), strict=True):
            assert changed.get(row - 1, own.get(who)) == truth.get(who)


def test_a_tally_holds_neither_texts_nor_ids() -> None:
    """What is sent between machines names groups and nobody."""
    content = tally(part([("P123456", "X", "fit", "not_fit")], 0))
    assert content.personas == ("X",)
    assert content.ids.tolist() != [b"P123456"]
    other = tally_part(
        survey := part([("P123456", "X", "fit", "")], 0),
        *coded(survey),
        survey.assign_personas(),
        b"another key".ljust(32),
    )
    assert other.ids.tolist() != content.ids.tolist()


def test_half_a_tally_is_none() -> None:
    """A file that was cut off is not counted."""
    whole = tally(part([("a", "X", "fit", "")], 0)).to_bytes()
    with pytest.raises(ValueError, match="no tally"):
        PartTally.from_bytes(whole[:-20])


def test_a_sum_of_nothing() -> None:
    """No ids, no rows: still a sum."""
    total = add_tallies([])
    assert counts_of(total).respondents == {}
    assert np.array_equal(total.ids, np.zeros(0, "S16"))
    assert pd.isna(total.facts.get("rows", np.nan))
