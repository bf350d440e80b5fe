"""Which groups are too small to be shown; every count for people passes through here."""

from __future__ import annotations

from collections.abc import Sequence

MIN_GROUP = 5
"""Fewest respondents of a group whose counts are shown."""


def hidden_groups(sizes: Sequence[int]) -> set[int]:
    """Return the positions of the groups that must not be shown.

    A single small group could be worked out by subtracting the others from a total, so the next
    smallest one is hidden with it.

    Examples
    --------
    >>> sorted(hidden_groups([40, 3, 12]))
    [1, 2]
    """
    by_size = sorted(range(len(sizes)), key=lambda i: sizes[i])
    hidden = [i for i in by_size if sizes[i] < MIN_GROUP]
    return set(by_size[:2] if len(hidden) == 1 else hidden)
