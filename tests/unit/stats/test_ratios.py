"""How far a total may be off that was found in some parts."""

from __future__ import annotations

import numpy as np
import pytest

from fitcheck.stats.ratios import ratio_margin


def test_the_margin_by_its_definition() -> None:
    """The jackknife worked by hand: ratios without one part, t of 2 degrees 4.302653."""
    found, known = [5.0, 5.0, 8.0], [2.0, 3.0, 4.0]
    without = [13 / 7, 13 / 6, 10 / 5]
    mean = sum(without) / 3
    variance = (1 - 3 / 12) * 2 / 3 * sum((ratio - mean) ** 2 for ratio in without)
    assert ratio_margin(found, known, 12) == pytest.approx(4.302653 * variance**0.5 / 2, rel=1e-6)


def test_where_there_is_nothing_to_estimate() -> None:
    """All parts were read, or one alone, or nothing is in any."""
    assert ratio_margin([1, 2], [1, 2], 2) == 0.0
    assert ratio_margin([1], [1], 2) is None
    assert ratio_margin([0, 0], [1, 2], 5) == 0.0
    assert ratio_margin([2, 4, 6], [1, 2, 3], 50) == 0.0


@pytest.mark.parametrize(
    ("sizes", "shape", "promise"), [((1900, 2048), 200, 0.95), ((200, 2000), 12, 0.94)]
)
def test_the_margin_holds(sizes: tuple[int, int], shape: float, promise: float) -> None:
    """As often as promised, within three standard errors of the simulation."""
    lot = np.random.default_rng(3)
    known = lot.integers(*sizes, 150)
    found = known * lot.gamma(shape, 1 / shape, 150)
    total, held, n = found.sum(), 0, 4000
    for _ in range(n):
        drawn = lot.choice(150, 12, replace=False)
        y, x = found[drawn], known[drawn]
        estimate = known.sum() * y.sum() / x.sum()
        margin = ratio_margin(y.tolist(), x.tolist(), 150)
        assert margin is not None
        held += abs(estimate - total) <= margin * estimate
    assert held / n >= promise - 3 * (promise * (1 - promise) / n) ** 0.5
