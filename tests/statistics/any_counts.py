"""Counts of a persona as hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from fitcheck.stats.strata import Strata, Stratum


@st.composite
def a_persona(draw: st.DrawFn, most: int, rest: int) -> Strata:
    """Return any counts up to `most`, empty strata and unclear ones among them.

    Of each stratum 0, 1 or `rest` respondents are not labelled.
    """

    def stratum() -> Stratum:
        counts = [draw(st.integers(0, most)) for _ in range(3)]
        unclear, others = draw(st.integers(0, 2)), draw(st.sampled_from([0, 1, rest]))
        return Stratum(sum(counts) + unclear + others, *counts, unclear)

    return Strata(stratum(), stratum())
