"""``amount_increase``: whether an amount grew; a comparison of two numbers and no statistics."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from fitcheck.hypotheses.criterion import (
    Amount,
    Criterion,
    Growth,
    Measure,
    Name,
    Outcome,
    Part,
    one_of,
    register,
    together,
)
from fitcheck.hypotheses.needs import no_data
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
        before, after = amounts
        enough = after >= before * (1 + self.target) if self.target else after > before
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

    def _amounts(self, source: Source) -> tuple[float, float] | None:
        if self.table is None:
            given = self.before is not None and self.after is not None
            return (self.before, self.after) if given else None  # type: ignore[return-value]
        columns, sums = source.table(self.table), []
        with source.at("table", "period"):
            columns.cells(self.table.period)
        with source.at("table", "amount"):
            amounts = columns.amounts(self.table.amount)
        for entry, value in (("before", self.table.before), ("after", self.table.after)):
            with source.at("table", entry):
                rows = columns.rows_with(self.table.period, value)
            sums.append(sum(amounts[row] for row in rows))
        return sums[0], sums[1]

    def _with_unit(self, amount: str) -> str:
        return f"{amount}\u00a0{self.unit}" if self.unit else amount


def _signed(text: str, more: bool) -> str:
    return f"+{text}" if more else text.replace("-", "−")
