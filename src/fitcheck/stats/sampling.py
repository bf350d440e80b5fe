"""How many respondents of each stratum a person labels, and which: drawn by lot, with a seed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

_TO_OTHERS = 0.8
"""Part of the labels for those not predicted not_fit: what a classifier misses hides among them."""


def allocate(n_flagged: int, n_others: int, n_labels: int) -> tuple[int, int]:
    """Return how many to label of those predicted not_fit, and of the others.

    One in five labels goes to the flagged ones (all of them if there are fewer), the rest to the
    others; every stratum with respondents gets at least one.

    Examples
    --------
    >>> allocate(40, 960, 150)
    (30, 120)
    >>> allocate(10, 960, 150)
    (10, 140)
    """
    n_labels = min(n_labels, n_flagged + n_others)
    flagged = max(n_labels - math.floor(_TO_OTHERS * n_labels), n_labels - n_others)
    if n_flagged:
        flagged = max(1, flagged)
    flagged = min(flagged, n_flagged, n_labels - (1 if n_others and n_labels > 1 else 0))
    return flagged, n_labels - flagged


def random_order(keys: Sequence[str], seed: int) -> list[str]:
    """Return the keys in an order drawn by lot; it does not depend on the order they come in.

    Any first part of it is a simple random sample.

    Examples
    --------
    >>> random_order(["b", "a", "c"], 1) == random_order(["c", "b", "a"], 1)
    True
    """
    known = sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest())
    order = np.random.default_rng(seed).permutation(len(known))
    return [known[i] for i in order]
