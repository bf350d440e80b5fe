"""Each persona's not-fitting rate over cohorts: stable, out of its limits, rising or falling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fitcheck.errors import DataError
from fitcheck.privacy.overlap import nearly_the_same
from fitcheck.rates import Key, PersonaRate, Rates
from fitcheck.stats.strata import Denominator
from fitcheck.stats.trend import Counts, Point, Trend, control_chart, effective_counts, trend_test
from fitcheck.stats.verdict import holm

ALPHA = 0.05
"""Error probability of a trend, in either direction."""


@dataclass(frozen=True, slots=True)
class PersonaTrend:
    """One persona over all cohorts."""

    persona: str
    rates: tuple[PersonaRate | None, ...]
    """In the order of time; None where the persona is not in a cohort or not shown there."""
    points: tuple[Point | None, ...]
    """The chart; None where there is no rate of a sample labelled to its end."""
    trend: Trend | None = None
    """None where there are too few cohorts."""
    p_picked: float = 1.0
    """The p-value of the trend if this persona is picked out of all (Holm)."""
    overlapping: tuple[int, ...] = ()
    """Positions of cohorts that are not shown because an earlier one holds nearly the same
    answers: what differs would be the label of single people."""

    @property
    def judged(self) -> bool:
        """Whether there is anything to compare with."""
        return any(point is not None and point.limits is not None for point in self.points)

    @property
    def signals(self) -> tuple[int, ...]:
        """The positions of the cohorts that are out of their limits."""
        return tuple(i for i, point in enumerate(self.points) if point and point.signal)

    @property
    def direction(self) -> int:
        """1 where the rates rise by more than chance, -1 where they fall, else 0."""
        return self.trend.direction if self.trend and self.trend.p_value <= ALPHA else 0


@dataclass(frozen=True)
class Trends:
    """All personas over the same cohorts."""

    personas: tuple[PersonaTrend, ...]
    cohorts: tuple[str, ...]
    """Their names, in the order of time."""
    key: Key
    center: float | None
    labelled: bool
    """Whether there are labels of samples; without, there are counts that prove nothing."""
    hidden: tuple[int, ...] = ()
    """Personas of each cohort that must not be shown."""

    @property
    def picked(self) -> tuple[str, ...]:
        """The personas that may be named as having a trend when picked out of all."""
        return tuple(p.persona for p in self.personas if p.trend and p.p_picked <= ALPHA)


def rate_trends(
    cohorts: Sequence[Rates], names: Sequence[str] = (), *, center: float | None = None
) -> Trends:
    """Return each persona's rate over cohorts, with control limits and a test for a trend.

    It is the rate to expect (``process``), of the denominator that the samples were planned for.
    A cohort counts only if its sample was labelled to its end.

    Parameters
    ----------
    cohorts : sequence of Rates
        What `not_fit_rates` returned for each, in the order of time.
    names : sequence of str, optional
        What the cohorts are called; 1, 2, 3, … by default.
    center : float, optional
        The rate that they should have, in (0, 1); the earlier cohorts' pooled rate by default.

    Raises
    ------
    DataError
        If the samples were planned for different denominators.

    Examples
    --------
    >>> from fitcheck.annotation.drawing import draw_sample
    >>> from fitcheck.annotation.plan import SamplePlan
    >>> from fitcheck.rates import not_fit_rates
    >>> from fitcheck.records import Answer, Prediction
    >>> def rates(n_not_fit):
    ...     said = ["not_fit"] * n_not_fit + ["fit"] * (90 - n_not_fit)
    ...     answers = [Answer(f"{i}", "Passte es?", id=f"{i}", persona="HR") for i in range(90)]
    ...     plan = draw_sample(answers, [Prediction("fit")] * 90, SamplePlan("fixed", 0, 90))
    ...     labels = {row.key: said[int(row.text)] for row in plan.rows}
    ...     predictions = [Prediction("fit")] * 90
    ...     return not_fit_rates(predictions, answers, plan=plan.plan, labels=labels)
    >>> trend = rate_trends([rates(n) for n in (2, 3, 2, 16)]).personas[0]
    >>> trend.signals, trend.direction
    ((3,), 1)
    """
    denominators: set[Denominator] = {c.plan.denominator for c in cohorts if c.plan is not None}
    if len(denominators) > 1:
        raise DataError(
            "The samples were planned for different denominators: {found}.",
            "Follow cohorts of one plan together; a new sample can be drawn with --denominator.",
            found=", ".join(sorted(denominators)),
        )
    denominator: Denominator = min(denominators, default="signal")
    personas = dict.fromkeys(rate.persona for cohort in cohorts for rate in cohort.personas)
    found = [_follow(persona, cohorts, denominator, center) for persona in personas]
    return Trends(
        tuple(_with_holm(found)),
        tuple(names) or tuple(str(i + 1) for i in range(len(cohorts))),
        ("process", denominator),
        center,
        labelled=any(cohort.plan is not None for cohort in cohorts),
        hidden=tuple(cohort.hidden for cohort in cohorts),
    )


def _follow(
    persona: str, cohorts: Sequence[Rates], denominator: Denominator, center: float | None
) -> PersonaTrend:
    rates: list[PersonaRate | None] = []
    counts: list[Counts] = []
    overlapping: list[int] = []
    for cohort in cohorts:
        rate = next((r for r in cohort.personas if r.persona == persona), None)
        if rate and any(nearly_the_same(rate.traces, r.traces) for r in rates if r):
            overlapping.append(len(rates))
            rate = None
        rates.append(rate)
        counts.append(_counts(rate, cohort, denominator))
    chart = control_chart(counts, center)
    return PersonaTrend(
        persona,
        tuple(rates),
        tuple(point if point.counts.n else None for point in chart),
        trend_test(counts),
        overlapping=tuple(overlapping),
    )


def _counts(rate: PersonaRate | None, cohort: Rates, denominator: Denominator) -> Counts:
    if rate is None or rate.sample is None or rate.withheld or rate.to_label or not cohort.plan:
        return Counts(0, 0)
    return effective_counts(rate.sample.strata, denominator, cohort.plan.seed)


def _with_holm(trends: list[PersonaTrend]) -> list[PersonaTrend]:
    found = list(trends)
    tested = [(i, trend.trend.p_value) for i, trend in enumerate(found) if trend.trend]
    for (i, _), p_value in zip(tested, holm([p for _, p in tested]), strict=True):
        found[i] = replace(found[i], p_picked=p_value)
    return found
