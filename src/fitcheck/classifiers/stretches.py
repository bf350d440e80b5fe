"""Arithmetic on stretches of an array that follow each other: words of texts, parts of answers."""

from __future__ import annotations

import numpy as np


def stretches(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the indices of several stretches, one after the other.

    Examples
    --------
    >>> stretches(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(starts - before, lengths))


def first_largest(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the index of the largest value in each stretch, the first one of equals.

    Stretches begin at `starts`, ascending, and have at least one value each.

    Examples
    --------
    >>> first_largest(np.array([1, 3, 3, 2, 0]), np.array([0, 3])).tolist()
    [1, 3]
    """
    owners = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(values)))
    most = np.flatnonzero(values == np.maximum.reduceat(values, starts)[owners])
    return np.asarray(most[np.searchsorted(owners[most], np.arange(len(starts)))])
