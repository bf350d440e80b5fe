"""Which labels a respondent's answers have, as bits that add up by `or`; 0 is no answer."""

from __future__ import annotations

from functools import cache

from fitcheck.records import LABELS, Label
from fitcheck.surveys.results import respondent_label

_SAID: tuple[Label | None, ...] = (*LABELS, None)
"""What a bit stands for; the same four again for questions about fit. None is a failure."""


def seen(label: Label | None, *, asked: bool) -> int:
    """Return the bit of an answer; `asked` says whether the question was about fit."""
    return 1 << (len(_SAID) * asked + _SAID.index(label))


@cache
def label_of(bits: int) -> Label | None:
    """Return the label of a respondent whose answers have these labels.

    Examples
    --------
    >>> label_of(seen("fit", asked=True) | seen("not_fit", asked=False))
    'fit'
    """
    n = len(_SAID)
    return respondent_label([(bit >= n, _SAID[bit % n]) for bit in range(2 * n) if bits >> bit & 1])
