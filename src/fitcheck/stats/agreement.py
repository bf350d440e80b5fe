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
    place = {label: i for i, label in enumerate(labels)}
    k = len(labels)
    codes = np.array([place[a] * k + place[b] for a, b in zip(first, second, strict=True)], int)
    return np.bincount(codes, weights=weights, minlength=k * k).reshape(k, k).astype(float)
