"""Counts of parts add up to those of the whole table, however it is cut."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from counting import count_groups
from fitcheck.codebook import load_codebook
from fitcheck.engines.part import Instructions, PartTally, add_up
from fitcheck.groups import groups_of
from fitcheck.records import LABELS, Prediction
from fitcheck.surveys.body import Body
from fitcheck.surveys.columns import Columns
from fitcheck.surveys.grid import Grid, writes_nothing
from fitcheck.surveys.outline import Outline
from fitcheck.surveys.profiles import GENERIC
from fitcheck.surveys.survey import part_of
from fitcheck.tally import Labelled

NAMES = ("id", "group", "Wie passend war es?", "Was fehlte?")
OUTLINE = Outline((0,), (NAMES,), Body(1), GENERIC, NAMES, NAMES, Columns(NAMES[2:], "group", "id"))
HOW = Instructions(OUTLINE, load_codebook(), None, "rows", bytes(32))

cells = st.sampled_from(["", *LABELS, "failed"])
rows = st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from("XY"), cells, cells)


class ByText:
    """Labels an answer by what it says."""

    def annotate(self, X: Any) -> list[Prediction]:
        """Return the label that an answer names, or a failure."""
        return [Prediction(next((x for x in LABELS if x == a.text), None)) for a in X]


def label(table: list[tuple[str, ...]], first: int, how: Instructions = HOW) -> Any:
    """Return some rows as a part, numbered from the first one's place, by way of its file."""
    numbers = [1, *range(first + 2, first + 2 + len(table))]
    grid = Grid([list(NAMES), *map(list, table)], numbers, {}, writes_nothing, "")
    labelled, tally = how.label(part_of("invented", grid, how.outline), ByText())
    return labelled, PartTally.from_json(json.loads(json.dumps(tally.to_json())))


@settings(max_examples=200)
@given(st.lists(rows, min_size=1, max_size=24), st.lists(st.integers(0, 24), max_size=4))
def test_parts_add_up_to_the_whole(table: list[tuple[str, ...]], cuts: list[int]) -> None:
    """Any cut, any grouping of the parts: the counts are those of a single table."""
    edges = sorted({0, len(table), *(cut for cut in cuts if cut < len(table))})
    parts = [label(table[a:b], a) for a, b in itertools.pairwise(edges)]
    tallies = [tally for _, tally in parts]
    whole: Labelled = label(table, 0)[0]
    persona_of = dict(zip(whole.survey.ids(), whole.assignment.personas, strict=True))
    expected = count_groups(persona_of, whole.answers, whole.predictions, min_group=0)
    total = add_up(tallies)
    counted = total.concluded().counts
    assert groups_of(counted.respondents, min_group=0) == expected
    assert counted.sizes == whole.assignment.sizes
    in_a_tree = add_up([add_up(tallies[:2]), add_up(tallies[2:])])
    assert in_a_tree.concluded().counts == counted
    for labelled, tally in parts:
        labels = in_a_tree.respondents.labels(tally.respondents)
        for row, who in zip(labelled.survey.layout.data, labelled.survey.ids(), strict=True):
            assert labels[row] == whole.by_respondent.get(who)


def test_a_tally_holds_neither_texts_nor_ids() -> None:
    """What is sent between machines names groups and nobody."""
    table = [("P123456", "X", "fit", "not_fit")]
    tally = label(table, 0)[1]
    assert tally.respondents.personas == ("X",)
    assert "P123456" not in json.dumps(tally.to_json())
    other = label(table, 0, replace(HOW, key=b"another key".ljust(32)))[1]
    assert other.respondents.ids.tolist() != tally.respondents.ids.tolist()


def test_respondents_of_one_row_are_counted_at_once() -> None:
    """Nothing is kept of them."""
    table = [("a", "X", "fit", ""), ("b", "X", "", "")]
    tally = label(table, 0, replace(HOW, key=None))[1]
    assert tally.respondents is None
    assert tally.concluded().counts.respondents == {("X", "fit"): 1, ("X", "no answer"): 1}
    assert add_up([]).concluded().counts.respondents == {}
