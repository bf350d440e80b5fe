"""Which groups and cells are too small to be shown; every count for people passes through here.

What must not be shown is hidden in three steps: small groups themselves, then further groups or
cells until nobody can work the hidden ones out by subtraction (complementary suppression), and of
a group that is shown but small, the number of those who agree.

References
----------
Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, chapter 4;
Fischetti & Salazar-González 2001, Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47 (the attacker's problem: the range of each hidden cell)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

MIN_GROUP = 5
"""Fewest respondents of a group whose counts are shown, unless a higher floor is asked for."""
MIN_DETAIL = 10
"""Fewest respondents of a group that has a rate, counts by label, themes and quotes."""
_DETAIL_FACTOR = MIN_DETAIL // MIN_GROUP
PROTECTED = 3
"""Width of the range in which a hidden count must be able to lie: within 1 is too well known."""
_ROUNDING = 1e-6

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sum:
    """Cells that add up to another one, such as a row and its total."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        """All cells that the sum ties together."""
        return (self.total, *self.parts)


def detail_floor(min_group: int = MIN_GROUP) -> int:
    """Return the fewest respondents of a group whose themes and answers are shown.

    A higher floor for groups raises it in proportion; a lower one does not lower it.

    Examples
    --------
    >>> detail_floor(), detail_floor(8), detail_floor(3)
    (10, 16, 10)
    """
    return max(MIN_DETAIL, _DETAIL_FACTOR * min_group)


def hidden_groups(sizes: Mapping[str, int], min_group: int = MIN_GROUP) -> set[str]:
    """Return the groups that must not be shown, of the number of respondents by group.

    The total over all groups is taken as known. A single small group could be worked out by
    subtracting the others from it, and two with one respondent each as well, so the next smallest
    groups are hidden with them. Of two that are as large it is always the same one, in whichever
    order they come: else one output would show what another hides.

    Examples
    --------
    >>> sorted(hidden_groups({"A": 40, "B": 3, "C": 12}))
    ['B', 'C']
    >>> sorted(hidden_groups({"A": 40, "B": 1, "C": 12, "D": 1}))
    ['B', 'C', 'D']
    """
    names = sorted(sizes)
    total = len(names)
    small = {i for i, name in enumerate(names) if sizes[name] < min_group}
    if not small:
        return set()
    hidden = hidden_cells(
        [*(sizes[name] for name in names), sum(sizes.values())],
        [Sum(total, tuple(range(total)))],
        small,
        known={total},
        # Whoever is counted as a group has at least one respondent, and everybody knows that.
        ranges=[*((min(1, sizes[name]), math.inf) for name in names), (0, math.inf)],
    )
    return {names[i] for i in hidden}


def mostly(counts: Mapping[str, int]) -> tuple[str, int] | None:
    """Return the label that most of a small group share, and a bound of how many do.

    Exact counts of a group under ten would tell of each member where all are alike. The bound is
    three under the group's size; None where that would not be more than half, or fewer agree.

    Examples
    --------
    >>> mostly({"fit": 7}), mostly({"fit": 5, "not_fit": 2}), mostly({"fit": 3, "not_fit": 4})
    (('fit', 4), ('fit', 4), ('not_fit', 4))
    >>> mostly({"fit": 5})
    """
    size = sum(counts.values())
    label = max(counts, key=lambda name: counts[name], default="")
    bound = size - PROTECTED
    return (label, bound) if 2 * bound > size and counts[label] >= bound else None


def hidden_cells(
    values: Sequence[int],
    sums: Sequence[Sum],
    small: Collection[int],
    *,
    known: Collection[int] = (),
    slack: Collection[int] = (),
    ranges: Sequence[Range] | None = None,
    costs: Sequence[float] | None = None,
) -> set[int]:
    """Return the cells of a table to hide so that the hidden ones cannot be worked out.

    Starts from those that must be hidden and hides the cheapest further cell of a sum until every
    hidden count can lie in a range of `PROTECTED`, given all that is shown.

    Parameters
    ----------
    values : sequence of int
        All cells, margins and totals among them.
    sums : sequence of Sum
        Which cells add up to which.
    small : collection of int
        Positions of the cells that must be hidden.
    known : collection of int
        Positions that cannot be hidden, because people know them from elsewhere.
    slack : collection of int
        Positions of unknowns that are nobody's count and need no range of their own.
    ranges : sequence of (float, float), optional
        What everybody knows of each cell; not negative by default.
    costs : sequence of float, optional
        Of hiding each cell; its value by default.

    Examples
    --------
    A table of two rows and three columns, its cells followed by the sums of rows, columns and all:

    >>> cells = [9, 2, 8, 7, 20, 30, 19, 57, 16, 22, 38, 76]
    >>> rows = [Sum(6, (0, 1, 2)), Sum(7, (3, 4, 5)), Sum(11, (6, 7))]
    >>> columns = [Sum(8, (0, 3)), Sum(9, (1, 4)), Sum(10, (2, 5))]
    >>> sorted(hidden_cells(cells, rows + columns, {1}, known=range(6, 12)))
    [1, 2, 4, 5]
    """
    hidden = {*small, *slack}
    limits = ranges or [(0, math.inf)] * len(values)
    price = costs or values
    while exposed := _exposed(values, sums, hidden, limits) - set(slack):
        further = _further(sums, hidden, exposed, hidden | set(known))
        if not further:
            return hidden - set(slack)
        # Whoever mends two sums at once goes before whoever is cheap.
        hidden.add(min(further, key=lambda cell: (-further[cell], price[cell], cell)))
    for cell in sorted(hidden - {*small, *slack}, key=lambda cell: (-price[cell], cell)):
        if not _exposed(values, sums, hidden - {cell}, limits) - set(slack):
            hidden.remove(cell)
    return hidden - set(slack)


def _further(
    sums: Sequence[Sum], hidden: set[int], exposed: set[int], taken: set[int]
) -> Counter[int]:
    """Return the cells that would help, with the number of sums that tell too much in which."""
    free = {s: [cell for cell in s.cells if cell not in taken] for s in sums}
    telling = [s for s in sums if free[s] and exposed & set(s.cells)] or [
        s for s in sums if free[s]
    ]
    fewest = min((len(hidden & set(s.cells)) for s in telling), default=0)
    return Counter(
        cell for s in telling if len(hidden & set(s.cells)) == fewest for cell in free[s]
    )


def _exposed(
    values: Sequence[int], sums: Sequence[Sum], hidden: Collection[int], limits: Sequence[Range]
) -> set[int]:
    """Return the hidden cells that somebody who sees all others knows too well."""
    exposed: set[int] = set()
    for tied in _tied(sums, set(hidden)):
        cells = sorted({cell for s in tied for cell in s.cells if cell in hidden})
        exposed |= _narrow(cells, tied, values, limits)
    return exposed


def _tied(sums: Sequence[Sum], hidden: set[int]) -> list[list[Sum]]:
    """Return the sums with hidden cells, those together that share some."""
    groups: list[tuple[set[int], list[Sum]]] = []
    for s in sums:
        cells = hidden & set(s.cells)
        if not cells:
            continue
        joined = [group for group in groups if group[0] & cells]
        groups = [group for group in groups if not group[0] & cells]
        cells = cells.union(*(group[0] for group in joined))
        groups.append((cells, [*(s for group in joined for s in group[1]), s]))
    return [group[1] for group in groups]


def _narrow(
    cells: Sequence[int], tied: Sequence[Sum], values: Sequence[int], limits: Sequence[Range]
) -> set[int]:
    """Return the cells whose range is narrow: the attacker's problem, by linear programming.

    Every solution shows what all cells can be at once, so that few have to be looked for. With
    rows, columns and totals, the ends of the ranges are whole numbers.
    """
    import numpy as np
    from scipy.optimize import linprog

    signs = np.zeros((len(tied), len(cells)))
    for row, s in enumerate(tied):
        for cell, sign in (*((part, 1) for part in s.parts), (s.total, -1)):
            if cell in cells:
                signs[row, cells.index(cell)] = sign
    true = np.array([values[cell] for cell in cells], float)
    far = true.sum() + PROTECTED  # a range without end would have no solution
    box = [(limits[cell][0], min(limits[cell][1], far)) for cell in cells]
    least, most = true.copy(), true.copy()
    for i, goal in enumerate(np.eye(len(cells))):
        for sign in (1, -1):
            if most[i] - least[i] >= PROTECTED - _ROUNDING:
                break
            best = linprog(sign * goal, A_eq=signs, b_eq=signs @ true, bounds=box)
            if best.status == 0:
                least, most = np.minimum(least, best.x), np.maximum(most, best.x)
    narrow = most - least < PROTECTED - _ROUNDING
    return {cell for cell, is_narrow in zip(cells, narrow, strict=True) if is_narrow}
