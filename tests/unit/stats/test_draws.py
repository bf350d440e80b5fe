"""Draws: of the distributions they are said to be of, independent, and the same for everybody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from fitcheck.stats.draws import Draws

N_TRIED = 100_000
MISSED = 2 / np.sqrt(N_TRIED)
"""Largest distance of a distribution function that 100,000 draws show by chance (p < 0.001)."""


@pytest.mark.parametrize(
    ("a", "b"),
    [(0.5, 120), (1, 8), (9.5, 21), (14.5, 15), (14, 14), (15, 15), (15, 400), (600, 9400)],
)
def test_betas_are_betas(a: float, b: float) -> None:
    """However they are drawn: those with large parameters by skewed normal distributions."""
    drawn = Draws(1, 0, N_TRIED).beta("share", a, b)
    assert stats.kstest(drawn, stats.beta(a, b).cdf).statistic < MISSED + 0.0005


def test_a_beta_with_a_0_is_all_at_one_end() -> None:
    """Of nobody found, and of nobody else."""
    draws = Draws(1, 0, 10)
    assert not draws.beta("share", 0, 5).any()
    assert (draws.beta("share", 5, 0) == 1).all()


@pytest.mark.parametrize(("n", "share"), [(9000, 0.0011), (9000, 0.0009), (60, 0.3), (40, 0.5)])
def test_counts_are_binomial(n: int, share: float) -> None:
    """However they are drawn: where they vary much, by a rounded skewed normal distribution."""
    found = Draws(2, 0, N_TRIED).binomial("count", n, np.full(N_TRIED, share))
    counts = np.arange(n + 1)
    seen = np.searchsorted(np.sort(found), counts, "right") / N_TRIED
    assert np.abs(seen - stats.binom.cdf(counts, n, share)).max() < MISSED + 0.002


@pytest.mark.parametrize("parameters", [(2, 6), (2, 60), (20, 60)])
def test_purposes_streams_and_seeds_are_independent(parameters: tuple[float, float]) -> None:
    """Pairs are not correlated: 20,000 have a standard error of .007."""
    sources = [(Draws(0, 0, 20_000), "one"), (Draws(0, 0, 20_000), "two")]
    sources += [(Draws(1, 0, 20_000), "one"), (Draws(0, 1, 20_000), "one")]
    drawn = [draws.beta(purpose, *parameters) for draws, purpose in sources]
    for one, other in combinations(drawn, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.035


def test_whoever_comes_first_changes_nothing() -> None:
    """What was drawn before for others, kept or forgotten, leaves the draws as they are."""
    draws = Draws(5, 0, 50)
    before = draws.beta("share", 3, 7)
    for a in range(1, 400):
        draws.beta("share", a, 7)
        draws.beta(f"other {a}", 3, 7)
    assert (draws.beta("share", 3, 7) == before).all()
