"""Each kind of criterion agrees with other people's code, and its verdict follows from bounds."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cards import outcome_of
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from fitcheck.annotation.drawing import draw_sample
from fitcheck.annotation.plan import SamplePlan, plan_path
from fitcheck.annotation.sheet import write_sheet
from fitcheck.codebook import load_codebook
from fitcheck.hypotheses.outcome import Measure, Outcome
from fitcheck.records import Answer, Prediction
from fitcheck.stats.differences import counted_difference
from fitcheck.surveys.outputs import ANSWER_COLUMNS

GROUPS = [
    ((0, 10), (0, 10)),
    ((0, 10), (10, 10)),
    ((10, 10), (10, 10)),
    ((10, 10), (0, 20)),
    ((0, 56), (5, 29)),
    ((1, 15), (0, 15)),
    ((3, 40), (3, 40)),
    ((9, 10), (3, 10)),
    ((12, 60), (4, 300)),
    ((20, 20), (19, 20)),
    ((28, 100), (17, 100)),
    ((48, 80), (56, 70)),
    ((56, 70), (48, 80)),
    ((61, 530), (84, 412)),
    ((84, 412), (61, 530)),
    ((100, 1000), (50, 1000)),
    ((120, 1000), (100, 2000)),
    ((1, 4000), (0, 4000)),
    ((700, 1400), (600, 1400)),
    ((2500, 5000), (1, 10)),
]
SHARES = [
    (0, 10), (10, 10), (1, 10), (5, 10), (9, 10), (0, 59), (3, 100), (6, 11), (7, 11), (13, 20),
    (20, 38), (26, 50), (33, 60), (45, 80), (52, 79), (60, 100), (250, 500), (280, 500), (0, 999),
    (5100, 10000),
]  # fmt: skip
BOOKINGS = [
    ((0, 1), (0, 1)), ((0, 6), (1, 12)), ((0, 12), (7, 6)), ((5, 12), (0, 6)), ((1, 1), (1, 1)),
    ((1, 5), (2, 3)), ((9, 2), (3, 0.5)), ((5, 12), (5, 12)), ((20, 1), (8, 1)),
    ((11, 12), (12, 6)),
    ((20, 6), (20, 12)), ((60, 12), (31, 7)), ((100, 12), (62, 6)), ((100, 12), (66, 6)),
    ((100, 12), (99, 11)), ((160, 12), (120, 6)), ((187, 12), (131, 6)), ((380, 12), (400, 12)),
    ((950, 12), (2000, 24)), ((40, 12), (0, 6)),
]  # fmt: skip
AMOUNTS = [
    (0, 0), (0, 1), (1, 0), (1, 1), (100, 109), (100, 110), (100, 111), (0.1, 0.3),
    (240000, 251500),
    (240000, 264000), (1e9, 1e9 + 1), (84000.5, 84000.5), (3, 3.3), (10, 9), (7, 7.7), (1, 2),
    (50, 55), (49.99, 55), (1234.56, 1358.02), (2, 0.5),
]  # fmt: skip


def measure(outcome: Outcome, name: str) -> Measure:
    """Return one of the numbers of an outcome."""
    (found,) = (m for m in outcome.measures if m.name == name)
    return found


def verdict(low: float, high: float, target: float, *, above: bool) -> str:
    """Return what bounds say, by definition."""
    if low > target or (not above and low == target):
        return "supported"
    return "refuted" if high < target or (above and high == target) else "undecided"


@pytest.mark.parametrize(("a", "b"), GROUPS)
@pytest.mark.parametrize("target", [0.0, 0.05])
def test_uplift_is_newcombes(
    a: tuple[int, int], b: tuple[int, int], target: float, tmp_path: Path
) -> None:
    """As statsmodels has it; two-sided 90 % are two bounds of 95 %."""
    groups = [{"signed_up": found, "reached": n} for found, n in (a, b)]
    outcome = outcome_of(tmp_path, kind="uplift", target=target, with_=groups[0], without=groups[1])
    low, high = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff", alpha=0.1)
    found, *wider = [m for m in outcome.measures if m.name == "difference"]
    assert found.value == pytest.approx(a[0] / a[1] - b[0] / b[1], abs=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert [m.method for m in wider] == ["melded"] * (max(a[1], b[1]) > 1.5 * min(a[1], b[1]))
    claims = {verdict(low, high, target, above=target == 0)}
    claims |= {verdict(m.low or 0, m.high or 0, target, above=target == 0) for m in wider}
    assert outcome.claim == (claims.pop() if len(claims) == 1 else "undecided")


@pytest.mark.parametrize(("found", "n"), SHARES)
def test_share_is_clopper_and_pearsons(found: int, n: int, tmp_path: Path) -> None:
    """As statsmodels has it."""
    counts = {"found": found, "of": n}
    outcome = outcome_of(tmp_path, kind="share_above", limit=0.5, counts=counts)
    low, high = proportion_confint(found, n, alpha=0.1, method="beta")
    share = measure(outcome, "share")
    assert (share.low, share.high) == pytest.approx((low, high), abs=1e-6)
    assert outcome.claim == verdict(low, high, 0.5, above=True)
    test = stats.binomtest(found, n, 0.5, alternative="greater")
    assert (outcome.claim == "supported") == (test.pvalue < 0.05)


@pytest.mark.parametrize(("before", "after"), BOOKINGS)
@pytest.mark.parametrize("target", [0.0, 0.2])
def test_demand_is_the_conditional_binomials(
    before: tuple[int, float], after: tuple[int, float], target: float, tmp_path: Path
) -> None:
    """As SciPy has it, by a share of all bookings; the test of the target agrees."""
    periods = [{"bookings": n, "months": months} for n, months in (before, after)]
    outcome = outcome_of(
        tmp_path, kind="demand_growth", target=target, before=periods[0], after=periods[1]
    )
    ratio, scale, n = measure(outcome, "rate_ratio"), before[1] / after[1], before[0] + after[0]
    assert ratio.low is not None
    assert ratio.high is not None
    if n == 0:
        assert (outcome.claim, ratio.low, ratio.high) == ("undecided", 0, math.inf)
        return
    share = stats.binomtest(after[0], n).proportion_ci(0.9, "exact")
    assert ratio.low == pytest.approx(scale * share.low / (1 - share.low), rel=1e-6)
    high = scale * share.high / (1 - share.high) if share.high < 1 else math.inf
    assert ratio.high == pytest.approx(high, rel=1e-6)
    expected = (1 + target) / (1 + target + scale)
    above, below = (
        stats.binomtest(after[0], n, expected, alternative=side).pvalue < 0.05
        for side in ("greater", "less")
    )
    claim = "supported" if above else "refuted" if below else "undecided"
    assert outcome.claim == claim


@pytest.mark.parametrize(("before", "after"), AMOUNTS)
def test_amounts_are_compared(before: float, after: float, tmp_path: Path) -> None:
    """Exactly, and without any bound."""
    outcome = outcome_of(tmp_path, kind="amount_increase", target=0.1, before=before, after=after)
    exact = [Fraction(str(amount)) for amount in (before, after)]
    enough = exact[1] >= exact[0] * Fraction(11, 10)
    assert outcome.claim == ("supported" if enough else "refuted")
    assert all(m.low is m.high is m.confidence_level is None for m in outcome.measures)
    plain = outcome_of(tmp_path, kind="amount_increase", before=before, after=after)
    assert plain.claim == ("supported" if after > before else "refuted")


FITS = [
    (0, 10), (10, 10), (1, 12), (0, 59), (0, 58), (1, 93), (1, 92), (3, 16), (3, 15), (4, 28),
    (2, 40), (5, 60), (7, 67), (0, 73), (3, 36), (5, 26), (20, 68), (2, 124), (2, 123), (6, 40),
]  # fmt: skip
"""How many of how many do not fit."""


def write_labelled(folder: Path, groups: dict[str, tuple[int, int]], **plan: Any) -> Path:
    """Write an answers table, and a sheet in which everybody is labelled."""
    rows = [
        (f"{persona} {'nicht' if i < found else 'ja'} {i}", persona)
        for persona, (found, n) in groups.items()
        for i in range(n)
    ]
    question = "Wie passend war das Training?"
    answers = [Answer(text, question, "fit", text, persona) for text, persona in rows]
    predictions = [Prediction("fit")] * len(answers)
    path = folder / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, ANSWER_COLUMNS)
        table.writeheader()
        for text, persona in rows:
            table.writerow(
                {"id": text, "persona": persona, "question": question, "text": text, "label": "fit"}
            )
    settings = {"seed": 1, "n": 1000, **plan}
    sample = draw_sample(answers, predictions, SamplePlan("fixed", **settings))
    sheet = folder / "sheet.xlsx"
    sample.plan.save(plan_path(sheet), overwrite=True)
    write_sheet(sheet, sample.rows, load_codebook(), "de", overwrite=True)
    fill_labels(sheet, {r.number: "not_fit" if " nicht " in r.text else "fit" for r in sample.rows})
    return sheet


def fill_labels(sheet: Path, labels: dict[int, str], column: str = "label") -> None:
    """Fill in a column of a sheet by the number of the row."""
    import openpyxl

    from fitcheck.annotation.words import COLUMNS

    book = openpyxl.load_workbook(sheet)
    page = book.worksheets[0]
    for number, label in labels.items():
        page.cell(number + 1, list(COLUMNS).index(column) + 1).value = label
    book.save(sheet)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with twenty personas that are labelled."""
    folder = tmp_path_factory.mktemp("personas")
    write_labelled(folder, {f"P{i:02d}": counts for i, counts in enumerate(FITS)})
    return folder


def test_rates_are_clopper_and_pearsons(labelled: Path) -> None:
    """Of twenty personas with everybody labelled, as statsmodels has them."""
    outcome = outcome_of(
        labelled, kind="not_fit_below", answers="answers.csv", labels=["sheet.xlsx"]
    )
    assert outcome.claim == "refuted"
    assert len(outcome.measures) == len(FITS)
    for rate, part in zip(outcome.measures, outcome.parts, strict=True):
        found, n = FITS[int(rate.group[1:])]
        low, high = proportion_confint(found, n, alpha=0.1, method="beta")
        assert (rate.value, rate.n) == (pytest.approx(found / n), n)
        assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-6)
        assert part.claim == verdict(-high, -low, -0.05, above=True)


@pytest.mark.parametrize(
    ("personas", "claim"),
    [
        (["P03"], "supported"),
        (["P03", "P05", "P17"], "supported"),
        (["P03", "P04"], "undecided"),
        (["P01", "P03"], "refuted"),
        # 3 of 16 refutes on its own (p = 0.043), but not as the worst of two.
        (["P07"], "refuted"),
        (["P07", "P03"], "undecided"),
    ],
)
def test_all_named_personas_must_hold(personas: list[str], claim: str, labelled: Path) -> None:
    """All met is proven by each; that one is not takes a correction."""
    outcome = outcome_of(
        labelled,
        kind="not_fit_below",
        answers="answers.csv",
        labels=["sheet.xlsx"],
        personas=personas,
    )
    assert outcome.claim == claim
    assert sorted(rate.group for rate in outcome.measures) == sorted(personas)


@pytest.mark.parametrize(
    ("shares", "sizes"),
    [
        ((0.2, 0.15), (150, 150)),
        ((0.06, 0.01), (400, 500)),
        ((0.5, 0.45), (60, 60)),
        # Where Newcombe's bounds err in 8 %.
        ((0.06, 0.01), (1000, 50)),
        ((0.01, 0.01), (60, 300)),
    ],
)
def test_bounds_of_a_target_hold(shares: tuple[float, float], sizes: tuple[int, int]) -> None:
    """Drawn with a difference of exactly the target, each bound errs in about 5 % at most."""
    random, target = np.random.default_rng(11), shares[0] - shares[1]
    drawn = [random.binomial(n, p, 2000) for n, p in zip(sizes, shares, strict=True)]
    pairs = list(zip(*(map(int, part) for part in drawn), strict=True))
    bounds = {
        pair: counted_difference(pair[0], sizes[0], pair[1], sizes[1]).cautious
        for pair in set(pairs)
    }
    for missed in (
        [bounds[pair].low > target for pair in pairs],
        [bounds[pair].high < target for pair in pairs],
    ):
        assert np.mean(missed) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)
