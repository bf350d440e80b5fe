"""``amount_increase``: whether an amount grew; a comparison of two numbers and no statistics."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from fitcheck.hypotheses.criterion import Criterion, register
from fitcheck.hypotheses.entries import Amount, Growth, Name, differ, one_of, together
from fitcheck.hypotheses.needs import no_data
from fitcheck.hypotheses.outcome import Measure, Outcome, Part
from fitcheck.hypotheses.source import Source, Table
from fitcheck.report.texts import Texts


class AmountTable(Table):
    """Amounts in a table; those of a period are added up."""

    amount: Name
    """Column with the amounts."""
    period: Name
    """Column that tells the periods apart."""
    before: Name
    """What stands there for the period before."""
    after: Name

    @model_validator(mode="after")
    def _periods_differ(self) -> AmountTable:
        differ(before=self.before, after=self.after)
        return self


@register
class AmountIncrease(Criterion):
    """An amount, such as a budget, is larger after than before."""

    kind: Literal["amount_increase"] = "amount_increase"
    target: Growth = 0.0
    """By what part it is to grow at least; 0: at all."""
    unit: str = ""
    before: Amount | None = None
    after: Amount | None = None
    table: AmountTable | None = None

    @model_validator(mode="after")
    def _data_once(self) -> AmountIncrease:
        given = together(before=self.before, after=self.after)
        one_of({"before": given, "table": bool(self.table)})
        return self

    def evaluate(self, source: Source) -> Outcome:
        """Return whether the amount after reaches the target."""
        amounts = self._amounts(source)
        if amounts is None:
            return no_data("amount")
        before, after = map(float, amounts)
        goal = amounts[0] * (1 + _exact(self.target))
        enough = amounts[1] >= goal if self.target else amounts[1] > goal
        growth = after / before - 1 if before else None

        def brief(texts: Texts) -> str:
            return self._with_unit(_signed(texts.amount(after - before), after > before))

        def said(texts: Texts) -> str:
            key = "target" if self.target else "any"
            numbers = texts.of(
                "amount.found" if growth is not None else "amount.from_nothing",
                before=self._with_unit(texts.amount(before)),
                after=self._with_unit(texts.amount(after)),
                difference=brief(texts),
                growth=_signed(texts.percent(growth or 0.0), after > before),
            )
            return f"{numbers} {texts.of(f'amount.{key}', target=texts.level(self.target))}"

        return Outcome(
            "supported" if enough else "refuted",
            brief,
            (Part(said),),
            caveats=(lambda texts: texts.of("amount.no_statistics"),),
            measures=(
                Measure("before", before, "compared"),
                Measure("after", after, "compared"),
                Measure("growth", growth, "compared", target=self.target),
            ),
        )

    def _amounts(self, source: Source) -> tuple[Decimal, Decimal] | None:
        if self.table is None:
            if self.before is None or self.after is None:
                return None
            return _exact(self.before), _exact(self.after)
        columns, periods = source.table(self.table), []
        with source.at("table", "period"):
            columns.cells(self.table.period)
        for entry, value in (("before", self.table.before), ("after", self.table.after)):
            with source.at("table", entry):
                periods.append(columns.rows_with(self.table.period, value))
        with source.at("table", "amount"):
            # Together, for the cells of one period may show how those of the other are written.
            found = columns.only(periods[0] + periods[1]).amounts(self.table.amount)
        amounts = [_exact(amount) for amount in found]
        split = len(periods[0])
        return sum(amounts[:split], Decimal()), sum(amounts[split:], Decimal())

    def _with_unit(self, amount: str) -> str:
        return f"{amount}\u00a0{self.unit}" if self.unit else amount


def _exact(number: float) -> Decimal:
    """Return a number as it was written: 100 and 10 % are 110, not a little more."""
    return Decimal(str(number))


def _signed(text: str, more: bool) -> str:
    return f"+{text}" if more else text.replace("-", "−")
