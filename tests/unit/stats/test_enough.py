"""How many more decide: so many do, one fewer does not."""

from __future__ import annotations

import pytest

from fitcheck.stats.enough import fewest, more_for_difference, more_for_share, more_time
from fitcheck.stats.intervals import clopper_pearson, newcombe
from fitcheck.stats.poisson import Events, rate_ratio


def test_fewest() -> None:
    """The first number, or none in reach."""
    assert fewest(lambda n: n >= 7) == 7
    assert fewest(lambda n: n >= 1) == 1
    assert fewest(lambda n: n >= 11, most=10) is None


@pytest.mark.parametrize(("found", "n", "limit"), [(33, 60, 0.5), (3, 36, 0.05), (20, 50, 0.5)])
def test_answers_that_decide(found: int, n: int, limit: float) -> None:
    """With the share as it is."""
    more = more_for_share(found, n, limit)
    assert more is not None

    def decides(extra: int) -> bool:
        low, high = clopper_pearson(found / n * (n + extra), n + extra)
        return low >= limit or high < limit

    assert decides(more)
    assert not decides(more - 1)


def test_a_share_at_the_limit_is_never_decided() -> None:
    """However many answer."""
    assert more_for_share(30, 60, 0.5) is None
    assert more_for_difference((20, 100), (10, 100), 0.1) is None
    assert more_time(Events(50, 6), Events(100, 12), 1.0) is None


def test_people_that_decide_a_difference() -> None:
    """So many in each group."""
    more = more_for_difference((84, 412), (61, 530), 0.05)
    assert more == 16

    def low(extra: int) -> float:
        n_a, n_b = 412 + extra, 530 + extra
        return newcombe(84 / 412 * n_a, n_a, 61 / 530 * n_b, n_b).low

    assert low(16) >= 0.05 > low(15)


def test_months_that_decide() -> None:
    """After; what was before cannot be lengthened, and may be too little."""
    after, before = Events(62, 6), Events(100, 12)
    more = more_time(after, before, 1.0)
    assert more == 10
    assert rate_ratio(Events(62 / 6 * 16, 16), before).low >= 1
    assert rate_ratio(Events(62 / 6 * 15, 15), before).low < 1
    assert more_time(Events(57, 6), before, 1.0) is None
