"""``share_above``: whether the share of a survey's respondents is above a limit."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from fitcheck.hypotheses.criterion import Bounded, register
from fitcheck.hypotheses.entries import Count, Entry, Name, Share, apart, not_more, one_of
from fitcheck.hypotheses.free_text import FreeText, judge_free_text
from fitcheck.hypotheses.needs import more, no_data, too_few
from fitcheck.hypotheses.outcome import Measure, Need, Outcome, Part, Phrase
from fitcheck.hypotheses.source import Source, Table
from fitcheck.report.texts import Texts


class Answers(Entry):
    """How many respondents say so."""

    found: Count
    of: Count
    """Those who answered with something that counts."""

    _no_more_than_all = not_more("found", "of")


class CodedTable(Table):
    """A survey with a coded column, a row for each respondent."""

    column: Name
    yes: tuple[Name, ...] = Field(min_length=1, strict=False)
    """Values that count."""
    no: tuple[Name, ...] = Field(min_length=1, strict=False)
    """Values that do not, and belong to those of whom the share is."""
    ignore: tuple[Name, ...] = Field((), strict=False)
    """Values that are left out, such as "don't know"."""

    @model_validator(mode="after")
    def _values_once(self) -> CodedTable:
        apart(yes=self.yes, no=self.no, ignore=self.ignore)
        return self


@register
class ShareAbove(Bounded):
    """More than a share of the respondents say so."""

    kind: Literal["share_above"] = "share_above"
    limit: Share
    by_lot: bool = False
    """Whether respondents were drawn by lot from those whom the belief is about."""
    counts: Answers | None = None
    table: CodedTable | None = None
    text: FreeText | None = None

    @model_validator(mode="after")
    def _data_once(self) -> ShareAbove:
        one_of({name: bool(getattr(self, name)) for name in ("counts", "table", "text")})
        return self

    def evaluate(self, source: Source) -> Outcome:
        """Return exact bounds of the share, and whether the limit lies outside."""
        if self.text is not None:
            return judge_free_text(self.text, self, source)
        if self.table is None:
            if self.counts is None:
                return no_data("share")
            return self._judge(self.counts.found, self.counts.of, 0, source)
        columns = source.table(self.table)
        with source.at("table", "column"):
            kinds, empty = columns.sort_out(
                self.table.column, (self.table.yes, self.table.no, self.table.ignore)
            )
        found = kinds.count(0)
        return self._judge(found, found + kinds.count(1), kinds.count(2) + empty, source)

    def _judge(self, found: int, n: int, left_out: int, source: Source) -> Outcome:
        from fitcheck.stats.enough import more_for_share
        from fitcheck.stats.intervals import clopper_pearson

        if n < source.min_detail:
            return too_few(source.min_detail)
        low, high = clopper_pearson(found, n, self.alpha)
        claim = self.claim(low, high, self.limit, above=True)
        needs: tuple[Need, ...] = ()
        if claim == "undecided":
            needs = (more("more_respondents", more_for_share(found, n, self.limit, self.alpha)),)

        def said(texts: Texts) -> str:
            return texts.of(
                "share.found",
                found=texts.number(found),
                n=texts.number(n),
                share=texts.percent(found / n),
                level=texts.level(self.confidence_level),
                span=texts.span(low, high),
                limit=texts.level(self.limit),
            )

        parts = [Part(said)]
        if left_out:
            parts.append(Part(lambda texts: texts.counted("left_out", left_out)))
        return Outcome(
            claim,
            lambda texts: texts.of(
                "share.brief", share=texts.percent(found / n), span=texts.span(low, high)
            ),
            tuple(parts),
            needs,
            self.caveats(),
            (
                Measure(
                    "share",
                    found / n,
                    "clopper-pearson",
                    n,
                    low,
                    high,
                    self.confidence_level,
                    target=self.limit,
                ),
            ),
        )

    def caveats(self) -> tuple[Phrase, ...]:
        """Return what a share of those who answered does not say."""
        return () if self.by_lot else (lambda texts: texts.of("share.volunteers"),)
