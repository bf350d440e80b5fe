"""``uplift``: how many more sign up with accompanying marketing than without."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from fitcheck.errors import DataError
from fitcheck.hypotheses.criterion import Bounded, register
from fitcheck.hypotheses.entries import (
    Count,
    Entry,
    Name,
    Points,
    apart,
    differ,
    not_more,
    one_of,
    together,
)
from fitcheck.hypotheses.needs import more, no_data, too_few
from fitcheck.hypotheses.outcome import Measure, Need, Outcome, Part, Phrase
from fitcheck.hypotheses.source import Columns, Source, Table
from fitcheck.records import Message
from fitcheck.report.texts import Texts
from fitcheck.stats.intervals import Bounds
from fitcheck.toml_files import problem_at


class SignUps(Entry):
    """How many of a group signed up."""

    name: Name | None = None
    """Of the group or programme, as it is to be shown."""
    signed_up: Count
    reached: Count
    """Those whom the offer reached, whether they signed up or not."""

    _no_more_than_all = not_more("signed_up", "reached")

    @property
    def share(self) -> float:
        """Of those who were reached."""
        return self.signed_up / self.reached


class SignUpTable(Table):
    """Sign-ups in a table: a row for each person, or rows with counts."""

    group: Name
    """Column that tells the groups apart."""
    with_: Name = Field(alias="with")
    """What stands there for the group with marketing."""
    without: Name
    signed_up: Name
    """Column: of counts where `reached` is given, else of the values in `yes` and `no`."""
    reached: Name | None = None
    yes: tuple[Name, ...] = Field((), strict=False)
    no: tuple[Name, ...] = Field((), strict=False)
    ignore: tuple[Name, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _counts_or_values(self) -> SignUpTable:
        differ(with_=self.with_, without=self.without)
        apart(yes=self.yes, no=self.no, ignore=self.ignore)
        if bool(self.reached) == bool(self.yes and self.no):
            raise problem_at(
                None,
                Message(
                    "give the column `reached` where rows hold counts, or `yes` and `no` where "
                    "each row is a person"
                ),
            )
        return self


@register
class Uplift(Bounded):
    """So many percentage points more sign up in a group with marketing than in one without."""

    kind: Literal["uplift"] = "uplift"
    target: Points = 0.0
    """The difference that is to be reached at least; 0.05 are 5 percentage points."""
    by_lot: bool = False
    """Whether it was drawn by lot who got which; else there is an association, not an effect."""
    with_: SignUps | None = Field(None, alias="with")
    without: SignUps | None = None
    table: SignUpTable | None = None

    @model_validator(mode="after")
    def _data_once(self) -> Uplift:
        one_of(
            {"with": together(with_=self.with_, without=self.without), "table": bool(self.table)}
        )
        return self

    def evaluate(self, source: Source) -> Outcome:
        """Return Newcombe's bounds of the difference, and whether the target lies outside.

        Where the groups are unlike in size those bounds err more often than they promise, so that
        wider ones have to leave the target outside as well.
        """
        groups = self._groups(source)
        if groups is None:
            return no_data("uplift")
        if min(group.reached for group in groups) < source.min_detail:
            return too_few(source.min_detail)
        return self._judge(*groups)

    def _groups(self, source: Source) -> tuple[SignUps, SignUps] | None:
        if self.table is None:
            return (self.with_, self.without) if self.with_ and self.without else None
        columns = source.table(self.table)
        with source.at("table", "group"):
            columns.cells(self.table.group)
        return (
            _sign_ups(columns, self.table, "with", self.table.with_, source),
            _sign_ups(columns, self.table, "without", self.table.without, source),
        )

    def _judge(self, a: SignUps, b: SignUps) -> Outcome:
        from fitcheck.stats.differences import counted_difference
        from fitcheck.stats.enough import more_for_difference

        counts = (a.signed_up, a.reached), (b.signed_up, b.reached)
        bounds = counted_difference(*counts[0], *counts[1], self.alpha)
        (low, high), difference = bounds.newcombe, a.share - b.share
        claim = self.claim(*bounds.cautious, self.target, above=self.target == 0)
        needs: tuple[Need, ...] = ()
        if claim == "undecided":
            n = more_for_difference(
                *counts, self.target, self.alpha, lambda *of: counted_difference(*of).cautious
            )
            needs = (more("people_per_group", n),)

        def numbers(texts: Texts) -> dict[str, str]:
            return {
                "difference": texts.points(difference),
                "low": texts.points(low),
                "high": texts.points(high),
                "level": texts.level(self.confidence_level),
                "target": texts.amount(round(100 * self.target, 6)),
            }

        def said_of_difference(texts: Texts) -> str:
            key = "target" if self.target else "any"
            return texts.of(f"uplift.{key}", **numbers(texts))

        caveats: list[Phrase] = []
        if not self.by_lot:
            caveats.append(lambda texts: texts.of("uplift.association"))
        if (wider := bounds.melded) is not None:
            caveats.append(
                lambda texts: texts.of(
                    "uplift.unlike", low=texts.points(wider.low), high=texts.points(wider.high)
                )
            )
        return Outcome(
            claim,
            lambda texts: texts.of("uplift.brief", **numbers(texts)),
            (Part(_shares(a, "with")), Part(_shares(b, "without")), Part(said_of_difference)),
            needs,
            tuple(caveats),
            (
                Measure("share_with", a.share, "counted", a.reached),
                Measure("share_without", b.share, "counted", b.reached),
                *(
                    self._difference(difference, found, method)
                    for method, found in zip(bounds._fields, bounds, strict=True)
                    if found is not None
                ),
            ),
        )

    def _difference(self, value: float, bounds: Bounds, method: str) -> Measure:
        return Measure(
            "difference",
            value,
            method,
            low=bounds.low,
            high=bounds.high,
            confidence_level=self.confidence_level,
            target=self.target,
        )


def _shares(group: SignUps, which: str) -> Phrase:
    return lambda texts: texts.of(
        "uplift.group",
        name=group.name or texts.of(f"uplift.{which}"),
        found=texts.number(group.signed_up),
        n=texts.number(group.reached),
        share=texts.percent(group.share),
    )


def _sign_ups(
    columns: Columns, table: SignUpTable, entry: str, value: str, source: Source
) -> SignUps:
    """Return the counts of one group of a table."""
    with source.at("table", entry):
        rows = columns.rows_with(table.group, value)
    if table.reached is None:
        with source.at("table", "signed_up"):
            kinds, _ = columns.sort_out(table.signed_up, (table.yes, table.no, table.ignore))
        own = [kinds[row] for row in rows]
        return SignUps(name=value, signed_up=own.count(0), reached=own.count(0) + own.count(1))
    own_columns = columns.only(rows)
    with source.at("table", "signed_up"):
        signed_up = own_columns.counts(table.signed_up)
    with source.at("table", "reached"):
        reached = own_columns.counts(table.reached)
        for number, found, n in zip(own_columns.numbers, signed_up, reached, strict=True):
            if found > n:
                raise DataError(
                    "{path}, row {row}: {found} signed up of {n} that were reached.",
                    "Correct it there, or name other columns.",
                    path=columns.path,
                    row=number,
                    found=found,
                    n=n,
                )
    return SignUps(name=value, signed_up=sum(signed_up), reached=sum(reached))
