"""What is hidden cannot be worked out from what is shown."""

from __future__ import annotations

import random
from itertools import islice, pairwise, permutations, product

import pytest

from fitcheck.privacy.suppress import (
    MIN_GROUP,
    PROTECTED,
    Sum,
    detail_floor,
    hidden_cells,
    hidden_groups,
    mostly,
)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ([40, 12, 9], set()),
        ([40, 12, 3], {1, 2}),
        ([40, 4, 3], {1, 2}),
        ([40, 12, 1, 1], {1, 2, 3}),  # two groups that are named and two people left: one each
        ([40, 12, 2, 2], {1, 2, 3}),  # 1 to 3 each is within 1 of 2
        ([40, 12, 3, 2], {2, 3}),
        ([40, 30, 0], {1, 2}),
        ([3], {0}),
        ([40, 3], {0, 1}),
        ([], set()),
    ],
)
def test_hidden_groups(sizes: list[int], hidden: set[int]) -> None:
    """Small ones, and the next smallest until the total tells nothing of any."""
    assert hidden_positions(sizes) == hidden


def test_a_higher_floor_hides_more() -> None:
    """The floor is that of the caller."""
    assert hidden_positions([40, 30, 12, 9], 10) == {2, 3}
    assert hidden_positions([40, 30, 12, 9], 20) == {2, 3}
    assert hidden_positions([40, 30, 12, 9], 31) == {1, 2, 3}


def test_a_higher_floor_shows_nothing_that_a_lower_one_hides() -> None:
    """Else two reports with different floors would together tell what each of them hides."""
    chance = random.Random(8)  # noqa: S311
    for _ in range(60):
        sizes = [chance.choice([1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 25]) for _ in range(6)]
        floors = [hidden_positions(sizes, floor) for floor in (3, 5, 8, 15)]
        assert all(low <= high for low, high in pairwise(floors)), sizes


def test_order_does_not_decide_who_is_hidden() -> None:
    """Of equals it is the same one everywhere: verbs meet the groups in different orders."""
    sizes = {"D": 10, "A": 25, "C": 10, "B": 3, "E": 1, "F": 10}
    hidden = hidden_groups(sizes)
    assert len(hidden) == 3
    for order in islice(permutations(sizes), 0, None, 29):
        assert hidden_groups({name: sizes[name] for name in order}) == hidden


def test_details_take_more_people_where_groups_do() -> None:
    """Twice as many, and never fewer than ten."""
    assert [detail_floor(n) for n in (1, 4, 5, 6, 20)] == [10, 10, 10, 12, 40]


def hidden_positions(sizes: list[int], min_group: int = MIN_GROUP) -> set[int]:
    """Return the positions of the hidden groups."""
    return {
        int(name) for name in hidden_groups({str(i): n for i, n in enumerate(sizes)}, min_group)
    }


def test_mostly_is_always_a_range() -> None:
    """Whatever is said of a small group, three more or fewer of it could have the label."""
    for counts in product(range(10), repeat=3):
        size = sum(counts)
        if not MIN_GROUP <= size < 10:
            continue
        bound = mostly(dict(zip(("fit", "not_fit", "no_signal"), counts, strict=True)))
        if bound:
            assert bound[1] == size - PROTECTED > size / 2
            assert max(counts) >= bound[1]
        else:
            assert max(counts) < size - PROTECTED or size <= 2 * PROTECTED


class TwoWay:
    """A table with its margins, and the attack on it by trying everything."""

    def __init__(self, rows: int, columns: int, cells: list[int]) -> None:
        self.n, self.columns, grid = rows * columns, columns, [range(columns)] * rows
        by_row = [[r * columns + c for c in grid[r]] for r in range(rows)]
        by_column = [[r * columns + c for r in range(rows)] for c in range(columns)]
        lines = [*by_row, *by_column]
        self.sums = [Sum(self.n + i, tuple(line)) for i, line in enumerate(lines)]
        margins = [sum(cells[i] for i in line) for line in lines]
        top = self.n + len(lines)
        self.sums.append(Sum(top, tuple(range(self.n, self.n + rows))))
        self.values = [*cells, *margins, sum(cells)]

    def ranges(self, hidden: set[int]) -> dict[int, tuple[int, int]]:
        """Return the range of each hidden cell over all whole-number tables that agree."""
        found: dict[int, tuple[int, int]] = {}
        order = sorted(hidden)
        lines = [s for s in self.sums if hidden & set(s.parts)]
        left = [
            self.values[s.total] - sum(self.values[i] for i in s.parts if i not in hidden)
            for s in lines
        ]

        def fill(at: int, rest: list[int], chosen: list[int]) -> None:
            if at == len(order):
                if not any(rest):
                    for cell, value in zip(order, chosen, strict=True):
                        low, high = found.get(cell, (value, value))
                        found[cell] = (min(low, value), max(high, value))
                return
            own = [i for i, s in enumerate(lines) if order[at] in s.parts]
            for value in range(min(rest[i] for i in own) + 1):
                after = [r - value if i in own else r for i, r in enumerate(rest)]
                fill(at + 1, after, [*chosen, value])

        fill(0, left, [])
        return found


def test_no_cell_of_a_crossing_can_be_worked_out() -> None:
    """Every table that agrees with the shown cells is tried: hidden ones stay open by three."""
    chance = random.Random(4)  # noqa: S311
    hidden_beside = 0
    for _ in range(40):
        cells = [chance.choice([0, 1, 2, 3, 4, 5, 6, 8]) for _ in range(6)]
        table = TwoWay(2, 3, cells)
        small = {i for i, n in enumerate(cells) if n < MIN_GROUP}
        known = range(6, len(table.values))
        hidden = hidden_cells(table.values, table.sums, small, known=known)
        assert small <= hidden
        hidden_beside += len(hidden - small)
        narrow = {i for i, (low, high) in table.ranges(hidden).items() if high - low < PROTECTED}
        # Where margins alone tell too much, nothing but them is left to show.
        assert not narrow or hidden == set(range(6))
    assert hidden_beside


def test_margins_can_be_hidden_instead() -> None:
    """What is cheap goes first: here the total."""
    values = [60, 40, 7, 107]
    line = [Sum(3, (0, 1, 2))]
    assert hidden_cells(values, line, {2}, costs=[60, 40, 7, -1]) == {2, 3}
    assert hidden_cells(values, line, {2}) == {1, 2}


def test_what_is_not_needed_any_more_is_shown_again() -> None:
    """A table without small cells hides nothing."""
    table = TwoWay(2, 3, [9, 8, 7, 20, 30, 40])
    assert hidden_cells(table.values, table.sums, set()) == set()
