"""Agreement of two coders beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def cohen_kappa(confusion: np.ndarray) -> float:
    """Return Cohen's kappa of a table of two coders' labels, at most 1; nan if undefined.

    Parameters
    ----------
    confusion : ndarray, shape (n_labels, n_labels)
        Counts or weights; rows are the first coder's labels.

    References
    ----------
    Cohen 1960, A coefficient of agreement for nominal scales, doi:10.1177/001316446002000104

    Examples
    --------
    >>> round(cohen_kappa(np.array([[20, 5], [10, 15]])), 3)
    0.4
    """
    total = confusion.sum()
    if total == 0:
        return float("nan")
    observed = np.trace(confusion) / total
    expected = float(confusion.sum(axis=1) @ confusion.sum(axis=0)) / total**2
    return float("nan") if expected == 1 else float((observed - expected) / (1 - expected))


def krippendorff_alpha(confusion: np.ndarray) -> float:
    """Return Krippendorff's alpha for two coders and nominal labels; nan if undefined.

    Parameters
    ----------
    confusion : ndarray, shape (n_labels, n_labels)
        Counts or weights of units that both coders labelled.

    References
    ----------
    Krippendorff 2011, Computing Krippendorff's alpha-reliability, example B

    Examples
    --------
    >>> round(krippendorff_alpha(np.array([[20, 5], [10, 15]])), 3)
    0.4
    """
    coincidences = confusion + confusion.T
    n = coincidences.sum()
    if n <= 1:
        return float("nan")
    totals = coincidences.sum(axis=0)
    observed = n - np.trace(coincidences)
    expected = (n**2 - float((totals**2).sum())) / (n - 1)
    return float("nan") if expected == 0 else float(1 - observed / expected)


def confusion_of(
    first: Sequence[str],
    second: Sequence[str],
    labels: Sequence[str],
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Return the table of two codings, shape (n_labels, n_labels), in the order of `labels`."""
    return cross_table(cross_codes(first, second, labels, labels), (len(labels),) * 2, weights)


def cross_codes(
    rows: Sequence[str | None],
    columns: Sequence[str | None],
    row_labels: Sequence[str | None],
    column_labels: Sequence[str | None],
) -> np.ndarray:
    """Return the cell of the table that each pair belongs to, shape (n,), for `cross_table`."""
    row = {label: i * len(column_labels) for i, label in enumerate(row_labels)}
    column = {label: i for i, label in enumerate(column_labels)}
    return np.array([row[a] + column[b] for a, b in zip(rows, columns, strict=True)], int)


def cross_table(
    codes: np.ndarray, shape: tuple[int, int], weights: np.ndarray | None = None
) -> np.ndarray:
    """Return how often, or with what weight, each cell occurs; float of the given shape."""
    counts = np.bincount(codes, weights=weights, minlength=shape[0] * shape[1])
    return counts.reshape(shape).astype(float)
