"""``demand_growth``: whether bookings come more often after than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from fitcheck.errors import DataError
from fitcheck.hypotheses.criterion import Bounded, register
from fitcheck.hypotheses.entries import Count, Entry, Growth, Name, differ, one_of, together
from fitcheck.hypotheses.needs import more, no_data
from fitcheck.hypotheses.outcome import Measure, Need, Outcome, Part, Phrase
from fitcheck.hypotheses.source import Source, Table
from fitcheck.report.texts import Texts
from fitcheck.surveys.profiles import fold

if TYPE_CHECKING:
    from fitcheck.stats.poisson import Events

UNEVEN = 0.05
"""How unlikely it must be that bookings vary so much by chance before there is no verdict."""


class Bookings(Entry):
    """How many bookings came in how many months."""

    bookings: Count
    months: Annotated[float, Field(gt=0)]


class BookingTable(Table):
    """Bookings in a table: a row for each month, or several, or rows with their months."""

    bookings: Name
    """Column with the number of bookings."""
    period: Name
    """Column that tells the periods apart."""
    before: Name
    """What stands there for the period before."""
    after: Name
    month: Name | None = None
    """Column with the month, where several rows are of one; their bookings are added up."""
    months: Name | None = None
    """Or the column with the months that a row covers; 1 by default."""

    @model_validator(mode="after")
    def _time_once(self) -> BookingTable:
        differ(before=self.before, after=self.after)
        one_of({"month": self.month is not None, "months": self.months is not None})
        return self


@register
class DemandGrowth(Bounded):
    """Bookings come more often after than before."""

    kind: Literal["demand_growth"] = "demand_growth"
    target: Growth = 0.0
    """By what part bookings a month are to grow at least; 0: at all."""
    before: Bookings | None = None
    after: Bookings | None = None
    table: BookingTable | None = None

    @model_validator(mode="after")
    def _data_once(self) -> DemandGrowth:
        given = together(before=self.before, after=self.after)
        one_of({"before": given, "table": bool(self.table)})
        return self

    def evaluate(self, source: Source) -> Outcome:
        """Return exact bounds of the ratio of rates, and whether the target lies outside.

        Bookings that come in bunches vary more than such bounds allow for: where months show
        that they do, there is no verdict.
        """
        from fitcheck.stats.poisson import dispersion_p

        periods = self._periods(source)
        if periods is None:
            return no_data("demand")
        return self._judge(*periods, dispersion_p(periods))

    def _periods(self, source: Source) -> tuple[list[Events], list[Events]] | None:
        """Return the counts of each period, before and after."""
        from fitcheck.stats.poisson import Events

        if self.table is None:
            if self.before is None or self.after is None:
                return None
            before, after = ([Events(p.bookings, p.months)] for p in (self.before, self.after))
            return before, after
        columns, found = source.table(self.table), []
        with source.at("table", "period"):
            columns.cells(self.table.period)
        for entry, value in (("before", self.table.before), ("after", self.table.after)):
            with source.at("table", entry):
                own = columns.only(columns.rows_with(self.table.period, value))
            with source.at("table", "bookings"):
                bookings = own.counts(self.table.bookings)
            if self.table.month is not None:
                with source.at("table", "month"):
                    by_month: Counter[str] = Counter()
                    for month, n in zip(own.cells(self.table.month), bookings, strict=True):
                        by_month[fold(month)] += n
                    bookings = list(by_month.values())
            months = [1.0] * len(bookings)
            if self.table.months is not None:
                with source.at("table", "months"):
                    months = own.amounts(self.table.months)
                    if 0 in months:
                        raise DataError(
                            "{path}, row {row}: there are no months in it.",
                            "Correct it there, or name another column.",
                            path=own.path,
                            row=own.numbers[months.index(0)],
                        )
            found.append([Events(n, time) for n, time in zip(bookings, months, strict=True)])
        return found[0], found[1]

    def _judge(self, before: Sequence[Events], after: Sequence[Events], even: float) -> Outcome:
        from fitcheck.stats.enough import more_time
        from fitcheck.stats.poisson import Events, rate_ratio

        first, second = (
            Events(sum(e.n for e in events), sum(e.time for e in events))
            for events in (before, after)
        )
        ratio = rate_ratio(second, first, self.alpha)
        goal = 1 + self.target
        claim = self.claim(ratio.low, ratio.high, goal, above=self.target == 0)
        needs: tuple[Need, ...] = ()
        if even <= UNEVEN:
            claim = "undecided"
            needs = (Need("single_bookings", lambda texts: texts.of("demand.uneven")),)
        elif claim == "undecided":
            needs = (more("more_months", more_time(second, first, goal, self.alpha)),)

        def numbers(texts: Texts) -> dict[str, str]:
            low, high = (texts.growth(bound) for bound in (ratio.low, ratio.high))
            return {
                "growth": texts.growth(ratio.value),
                "low": low,
                "high": high,
                "level": texts.level(self.confidence_level),
                "target": texts.level(self.target),
            }

        def said_of_ratio(texts: Texts) -> str:
            return texts.of(f"demand.{'target' if self.target else 'any'}", **numbers(texts))

        caveats: list[Phrase] = [lambda texts: texts.of("demand.assumes")]
        if even > UNEVEN and len(before) == len(after) == 1:
            caveats.append(lambda texts: texts.of("demand.unchecked"))
        return Outcome(
            claim,
            lambda texts: texts.of("demand.brief", **numbers(texts)),
            (Part(_rate(first, "before")), Part(_rate(second, "after")), Part(said_of_ratio)),
            needs,
            tuple(caveats),
            (
                Measure("bookings_per_month_before", first.n / first.time, "counted", int(first.n)),
                Measure(
                    "bookings_per_month_after", second.n / second.time, "counted", int(second.n)
                ),
                Measure(
                    "rate_ratio",
                    ratio.value,
                    "conditional binomial",
                    int(first.n + second.n),
                    ratio.low,
                    ratio.high,
                    self.confidence_level,
                    target=goal,
                ),
                Measure("p_even", even, "chi-squared dispersion", len(before) + len(after)),
            ),
        )


def _rate(events: Events, which: str) -> Phrase:
    def said(texts: Texts) -> str:
        return texts.of(
            "demand.period",
            name=texts.of(f"demand.{which}"),
            bookings=texts.counted("bookings", int(events.n)),
            months=texts.counted("in_months", int(events.time))
            if float(events.time).is_integer()
            else texts.of("demand.in_months", n=texts.amount(events.time)),
            rate=texts.decimal(events.n / events.time),
        )

    return said
