"""The share of respondents whose free texts say something: only people's labels count.

A classifier's count of a theme or label is no share: it errs, and nobody knows by how much in this
survey. What people coded of respondents drawn by lot is, with exact bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import Field, model_validator

from fitcheck.errors import DataError
from fitcheck.hypotheses.entries import Entry, Name, one_of
from fitcheck.hypotheses.needs import more, too_few, undecided
from fitcheck.hypotheses.outcome import Claim, Measure, Need, Outcome, Part, Phrase
from fitcheck.hypotheses.source import Source
from fitcheck.judging import MIN_KAPPA, Looked, read_sample
from fitcheck.records import Label, Message
from fitcheck.report.texts import Texts
from fitcheck.stats.strata import SIDES, Strata, Stratum
from fitcheck.toml_files import problem_at

if TYPE_CHECKING:
    from fitcheck.annotation.counting import LabelledPersona
    from fitcheck.annotation.plan import SamplePlan


Withheld = Literal["nobody", "planned", "looked", "not_complete", "agreement", "groups"]
"""Why labels of a sample prove nothing."""


class FreeText(Entry):
    """An answers table, the sheets in which people coded a sample of it, and what is counted."""

    answers: Name
    """What `fitcheck classify --format answers` wrote."""
    labels: tuple[Name, ...] = Field((), max_length=2, strict=False)
    """Filled sheets of `fitcheck sample`: of the coder who counts, and perhaps another one's."""
    plan: Name | None = None
    label: Label | None = None
    """The label that counts."""
    theme: Name | None = None
    """Or the theme that does."""
    themes_complete: bool = False
    """Whether the coder looked for the theme in every answer; else a missing one says nothing."""
    min_kappa: float = Field(MIN_KAPPA, ge=-1, le=1)
    as_is: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> FreeText:
        one_of({"label": self.label is not None, "theme": self.theme is not None})
        if self.label is None and self.theme is None:
            raise problem_at(None, Message("say what counts: `label` or `theme`"))
        return self


class Asking(Protocol):
    """The card that asks for the share."""

    @property
    def limit(self) -> float:
        """Which the share is to be above."""

    def claim(self, low: float, high: float, target: float, *, above: bool = False) -> Claim:
        """Return what bounds prove."""

    def caveats(self) -> tuple[Phrase, ...]:
        """Return what the share does not say."""


def judge_free_text(text: FreeText, asking: Asking, source: Source) -> Outcome:
    """Return what people's labels prove of the share.

    Without labels, with too little agreement, or with a sample that was planned for something
    else, there is no number at all.
    """
    from fitcheck.surveys.predictions import read_predictions

    with source.at("text", "answers"):
        answers, _ = read_predictions(source.path(text.answers), source.codebook)
    if text.theme is not None and text.theme not in source.codebook.theme_ids:
        with source.at("text", "theme"):
            raise DataError(
                "the codebook has no theme {theme}.",
                "Run `fitcheck codebook show` for the list, or pass --codebook.",
                theme=repr(text.theme),
            )
    n = len({answer.respondent for answer in answers})
    if n < source.min_detail:
        return too_few(source.min_detail)
    if not text.labels:
        return undecided(
            "labels",
            lambda texts: texts.of("free_text.no_labels", people=texts.counted("people", n)),
        )
    with source.at("text", "labels"):
        looked = read_sample(
            answers,
            source.codebook,
            source.note,
            labels=[source.path(sheet) for sheet in text.labels],
            plan_file=source.path(text.plan) if text.plan else None,
            as_is=text.as_is,
        )
        found = _labelled(text, looked, source)
    if reason := _withheld(text, looked, found):
        return undecided("labels", lambda texts: texts.of(f"free_text.{reason}"))
    return _judge(list(found.values()), looked.plan, text, asking)


def _labelled(text: FreeText, looked: Looked, source: Source) -> dict[str, LabelledPersona]:
    """Return the coded respondents by group; ``not_fit`` stands for those who count."""
    from fitcheck.annotation.counting import count_labels
    from fitcheck.annotation.respondents import human_label

    said = looked.labels[0]
    with_theme = _keys_with_theme(text, source)
    marked: dict[str, Label] = {}
    for unit in looked.plan.units:
        label = human_label([said.get(key) for key in unit.keys])
        if text.label is not None:
            counts: bool | None = label == text.label if label else None
        else:
            found = any(key in with_theme for key in unit.keys)
            counts = True if found else False if all(key in said for key in unit.keys) else None
        if counts is not None:
            marked |= dict.fromkeys(unit.keys, "not_fit" if counts else "fit")
    return count_labels(looked.plan, marked)


def _keys_with_theme(text: FreeText, source: Source) -> set[str]:
    from fitcheck.annotation.sheet import read_sheet

    if text.theme is None:
        return set()
    sheet = read_sheet(Path(source.path(text.labels[0])), source.codebook)
    return {row.key for row in sheet.rows if text.theme in row.themes}


def _withheld(
    text: FreeText, looked: Looked, found: Mapping[str, LabelledPersona]
) -> Withheld | None:
    """Return why these labels prove nothing, if they do not."""
    from fitcheck.annotation.coders import agreement_of

    plan, labels = looked.plan, looked.labels
    if not labels[0]:
        return "nobody"
    if plan.design == "sequential":
        return "planned"
    if not looked.may_look:
        return "looked"
    if any(group.open for group in found.values()) and not text.as_is:
        return "not_complete"
    if len(labels) > 1 and agreement_of(plan, *labels[:2]).kappa.value < text.min_kappa:
        return "agreement"
    if len(found) > 1 and not all(group.strata.complete for group in found.values()):
        return "groups"
    return None


def _judge(
    found: Sequence[LabelledPersona], plan: SamplePlan, text: FreeText, asking: Asking
) -> Outcome:
    from fitcheck.stats.enough import more_for_share
    from fitcheck.stats.exact import Exact
    from fitcheck.stats.verdict import without_predictions

    strata = found[0].strata if len(found) == 1 else _all_of([group.strata for group in found])
    alpha = plan.alpha / plan.looks
    bounding = without_predictions(strata, "process", "all") or Exact(strata)
    low, high = (bounding.bound(side, "process", "all", alpha) for side in SIDES)
    share, labelled = strata.estimate("all"), strata.labelled
    # A theme that nobody had to look for may stand in answers where it was not entered.
    one_sided = text.theme is not None and not text.themes_complete
    claim = asking.claim(low, 1.0 if one_sided else high, asking.limit, above=True)
    needs: tuple[Need, ...] = ()
    if claim == "undecided" and one_sided:
        needs = (Need("themes", lambda texts: texts.of("free_text.themes")),)
    elif claim == "undecided":
        n = more_for_share(round(share * labelled), labelled, asking.limit, alpha)
        kind = "more_labels" if n is not None and n <= strata.rest else "more_respondents"
        needs = (more(kind, n),)

    def numbers(texts: Texts) -> dict[str, str]:
        return {
            "labelled": texts.number(labelled),
            "people": texts.counted("people", strata.size),
            "share": texts.percent(share),
            "low": texts.percent(low),
            "span": texts.span(low, high),
            "level": texts.level(1 - alpha),
            "limit": texts.level(asking.limit),
        }

    return Outcome(
        claim,
        lambda texts: texts.of(
            "free_text.brief_low" if one_sided else "free_text.brief", **numbers(texts)
        ),
        (
            Part(
                lambda texts: texts.of(
                    "free_text.found_low" if one_sided else "free_text.found", **numbers(texts)
                )
            ),
        ),
        needs,
        asking.caveats(),
        (
            Measure(
                "share",
                None if one_sided else share,
                bounding.name,
                labelled,
                low,
                None if one_sided else high,
                1 - alpha,
                target=asking.limit,
            ),
        ),
    )


def _all_of(groups: Sequence[Strata]) -> Strata:
    """Return groups of whom everybody is labelled as one."""
    parts = [part for strata in groups for part in (strata.flagged, strata.others)]
    return Strata(
        Stratum(),
        Stratum(
            sum(part.size for part in parts),
            sum(part.not_fit for part in parts),
            sum(part.fit for part in parts),
            unclear=sum(part.unclear for part in parts),
        ),
    )
