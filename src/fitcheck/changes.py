"""How each persona's not-fitting rate changed, or differs between two programmes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from fitcheck.annotation.plan import SamplePlan
from fitcheck.privacy.overlap import nearly_the_same
from fitcheck.rates import Key, PersonaRate, Rates
from fitcheck.stats.differences import Change, Difference, Group, differences_of
from fitcheck.stats.verdict import holm

Unjudged = Literal["", "now", "before", "headline", "overlap"]
"""Why nothing is said of a change: there is no rate now, none before, the samples were planned for
the rates of other people or other targets, or both files hold nearly the same answers."""


@dataclass(frozen=True, slots=True)
class PersonaChange:
    """What can be said of one persona that is shown in both files."""

    persona: str
    now: PersonaRate | None = None
    before: PersonaRate | None = None
    """Both None where the change is not shown, because it would tell of single people."""
    differences: Mapping[Key, Difference] = field(default_factory=dict)
    """Now minus before, by target and denominator; empty where there are none to show."""
    verdict: Change = "not_shown"
    """Of the headline, with the error probability of this persona alone."""
    p_fallen_picked: float = 1.0
    """Smallest error probability at which the headline has fallen if this persona is picked out of
    all (Holm)."""
    p_risen_picked: float = 1.0
    withheld: Unjudged = ""


@dataclass(frozen=True)
class Changes:
    """The changes of all personas, and which claims may be made."""

    personas: tuple[PersonaChange, ...]
    only_now: tuple[str, ...]
    """Personas that were not there before, or not shown."""
    only_before: tuple[str, ...]
    """Personas that are not there now, or not shown."""
    alpha: float
    """Error probability of each bound."""
    headline: Key
    labelled: bool
    """Whether both have labels of a sample; without, there are counts that prove nothing."""

    @property
    def fallen(self) -> tuple[str, ...]:
        """The personas that may be named as fallen when picked out of all."""
        return tuple(p.persona for p in self.personas if p.p_fallen_picked <= self.alpha)

    @property
    def risen(self) -> tuple[str, ...]:
        """The personas that may be named as risen when picked out of all."""
        return tuple(p.persona for p in self.personas if p.p_risen_picked <= self.alpha)


def compare_rates(now: Rates, before: Rates) -> Changes:
    """Return how the rate of each persona differs between two times, or two programmes.

    Of a persona whose answers are nearly the same in both, nothing is said: what differs would be
    the label of single people.

    The bounds hold for different people at both times. Between groups that chose their programme
    themselves a difference is an association: who chose what differs as well.

    Parameters
    ----------
    now, before : Rates
        What `not_fit_rates` returned, each with its own sample and labels. Bounds hold over all
        looks: where samples may be looked at several times, the error is shared among the pairs
        that can be seen.

    Examples
    --------
    >>> from fitcheck.annotation.drawing import draw_sample
    >>> from fitcheck.rates import not_fit_rates
    >>> from fitcheck.records import Answer, Prediction
    >>> def rates(n_not_fit):
    ...     said = ["not_fit"] * n_not_fit + ["fit"] * (90 - n_not_fit)
    ...     answers = [Answer(f"{i}", "Passte es?", id=f"{i}", persona="HR") for i in range(90)]
    ...     plan = draw_sample(answers, [Prediction("fit")] * 90, SamplePlan("fixed", 0, 90))
    ...     labels = {row.key: said[int(row.text)] for row in plan.rows}
    ...     predictions = [Prediction("fit")] * 90
    ...     return not_fit_rates(predictions, answers, plan=plan.plan, labels=labels)
    >>> change = compare_rates(rates(2), rates(15)).personas[0]
    >>> change.verdict, round(change.differences["process", "signal"].high, 3)
    ('fallen', -0.075)
    """
    earlier = {rate.persona: rate for rate in before.personas}
    both = [rate for rate in now.personas if rate.persona in earlier]
    names = {rate.persona for rate in both}
    comparing = _Comparing(now, before)
    found = [comparing.change(rate, earlier[rate.persona]) for rate in both]
    return Changes(
        tuple(_with_holm(found, now.headline)),
        tuple(rate.persona for rate in now.personas if rate.persona not in names),
        tuple(rate.persona for rate in before.personas if rate.persona not in names),
        comparing.alpha,
        now.headline,
        labelled=now.plan is not None and before.plan is not None,
    )


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Compares each persona by both plans."""

    now: Rates
    before: Rates

    @property
    def alpha(self) -> float:
        """Error probability of one bound at one of the times at which it can be seen.

        One sample after the other gets new labels, so with K and L looks there are K + L - 1 pairs.
        """
        plans = [plan for plan in (self.now.plan, self.before.plan) if plan is not None]
        if len(plans) < 2:
            return self.now.alpha
        pairs = sum(plan.looks for plan in plans) - 1
        return min(plan.alpha for plan in plans) / pairs

    def change(self, now: PersonaRate, before: PersonaRate) -> PersonaChange:
        if nearly_the_same(now.traces, before.traces):
            return PersonaChange(now.persona, withheld="overlap")
        known = PersonaChange(now.persona, now, before)
        if now.sample is None or now.withheld:
            return replace(known, withheld="now")
        if before.sample is None or before.withheld:
            return replace(known, withheld="before")
        groups = _group(now, self.now.plan), _group(before, self.before.plan)
        known = replace(known, differences=differences_of(*groups, alpha=self.alpha))
        if self.now.headline != self.before.headline:
            return replace(known, withheld="headline")
        headline = known.differences.get(self.now.headline)
        return replace(known, verdict=headline.verdict(self.alpha) if headline else "not_shown")


def _group(rate: PersonaRate, plan: SamplePlan | None) -> Group:
    if plan is None or rate.sample is None:
        raise ValueError("there are no labels")
    sequential = plan.design == "sequential"
    return Group(
        rate.sample.strata,
        "sequential" if sequential else plan.method,
        plan.seed,
        rate.sample.in_order if sequential else (),
    )


def _with_holm(changes: list[PersonaChange], headline: Key) -> list[PersonaChange]:
    found = list(changes)
    judged = [i for i, c in enumerate(found) if headline in c.differences and not c.withheld]
    headlines = [found[i].differences[headline] for i in judged]
    fallen = holm([difference.p_fallen for difference in headlines])
    risen = holm([difference.p_risen for difference in headlines])
    for i, p_fallen, p_risen in zip(judged, fallen, risen, strict=True):
        found[i] = replace(found[i], p_fallen_picked=p_fallen, p_risen_picked=p_risen)
    return found
