"""The not-fitting rate of each persona: its bounds, the verdict, and what would decide it."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from fitcheck.annotation.coders import Agreement, agreement_of
from fitcheck.annotation.counting import LabelledPersona, count_labels
from fitcheck.annotation.plan import SamplePlan
from fitcheck.annotation.respondents import group_respondents
from fitcheck.errors import DataError
from fitcheck.privacy.overlap import Traces
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP, hidden_groups, mostly
from fitcheck.records import Answer, Label, Prediction
from fitcheck.stats.planning import Missing, what_would_decide
from fitcheck.stats.sequential import rates_in_order
from fitcheck.stats.strata import Denominator, Target
from fitcheck.stats.verdict import Rate, Verdict, holm, rates_of

MIN_KAPPA = 0.6
"""Agreement of two coders under which their labels prove nothing, unless said otherwise."""
MIN_RATE = MIN_DETAIL
"""Fewest respondents whose rate is shown as a percentage."""

Withheld = Literal["", "no_labels", "not_complete", "looked", "agreement", "few"]
"""Why there is no verdict though one was asked for."""
Key = tuple[Target, Denominator]


@dataclass(frozen=True, slots=True)
class PersonaRate:
    """What can be said of one persona."""

    persona: str
    respondents: int
    """Those with an answer."""
    counted: Mapping[str, int] = field(default_factory=dict)
    """Respondents by predicted label, and ``failed``: counts of a classifier that errs. Empty for
    a group so small that exact counts would tell of each member where all are alike."""
    mostly: tuple[str, int] | None = None
    """Of such a small group: the label that most share, and how many do at least."""
    labelled: int = 0
    """Respondents that people labelled."""
    unclear: int = 0
    """Respondents that were passed over while labelling; they count against both bounds."""
    rates: Mapping[Key, Rate] = field(default_factory=dict)
    """By target and denominator; empty where there are no bounds to show."""
    verdict: Verdict = "undecided"
    """Of the headline, with the error probability of this persona alone."""
    p_met: float = 1.0
    """Of the headline: smallest error probability at which it is met."""
    p_met_picked: float = 1.0
    """The same if this persona is picked out of all (Holm)."""
    withheld: Withheld = ""
    missing: Missing | None = None
    """What would decide it, where it is undecided."""
    to_label: int = 0
    """Drawn respondents that are not labelled yet."""
    sample: LabelledPersona | None = None
    """The labels behind `rates`, to compare this persona with another time."""
    traces: Traces = field(default_factory=Traces, repr=False, compare=False)
    """Tell whether another file holds nearly the same answers."""


@dataclass(frozen=True)
class Rates:
    """The rates of all personas that may be shown, and which claims may be made."""

    personas: tuple[PersonaRate, ...]
    """Without those of too few respondents, and without those needed to hide such ones."""
    plan: SamplePlan | None
    alpha: float
    """Error probability of each bound that is shown."""
    limit: float
    headline: Key
    agreement: Agreement | None = None
    """On answers of the personas that have a rate."""
    hidden: int = 0
    """Personas that must not be shown: neither their names nor their numbers are here."""

    @property
    def all_met(self) -> bool:
        """Whether it is proven that every persona is under the limit; needs no correction."""
        return (
            bool(self.personas)
            and not self.hidden
            and all(p.verdict == "met" for p in self.personas)
        )

    @property
    def picked(self) -> tuple[str, ...]:
        """The personas that may be named as met when picked out of all."""
        return tuple(p.persona for p in self.personas if p.p_met_picked <= self.alpha)


def not_fit_rates(
    predictions: Sequence[Prediction],
    answers: Sequence[Answer],
    *,
    plan: SamplePlan | None = None,
    labels: Mapping[str, Label] | None = None,
    second: Mapping[str, Label] | None = None,
    limit: float = 0.05,
    min_kappa: float = MIN_KAPPA,
    as_is: bool = False,
    may_look: bool = True,
    min_group: int = MIN_GROUP,
) -> Rates:
    """Return the not-fitting rate of each persona.

    Without labels of a random sample there are counts and no verdict: a classifier's errors are
    larger than what is to be shown.

    Parameters
    ----------
    predictions, answers : sequence, same length
        What was classified.
    plan : SamplePlan, optional
        How the sample was drawn; it fixes limit, error probability, method and headline.
    labels : mapping of str to str, optional
        People's labels by key, as `labels_of_sheet` gives them.
    second : mapping of str to str, optional
        A second coder's labels; only for the agreement.
    limit : float
        Without a plan.
    min_kappa : float
        Agreement of two coders under which the verdict is withheld.
    as_is : bool
        Judge a fixed plan by a sample that is not labelled to its end.
    may_look : bool
        False where the looks that the plan allows are used up, so that bounds do not hold.
    min_group : int
        Fewest respondents of a persona that is shown.

    Raises
    ------
    DataError
        If the sample was drawn from other answers.

    Examples
    --------
    >>> answers = [Answer("passt", "Passte es?", id=str(i), persona="Pflege") for i in range(90)]
    >>> predictions = [Prediction("fit")] * 90
    >>> not_fit_rates(predictions, answers).personas[0].withheld
    'no_labels'
    >>> from fitcheck.annotation.drawing import draw_sample
    >>> plan = draw_sample(answers, predictions, SamplePlan("fixed", seed=0, n=90)).plan
    >>> labels = {key: "fit" for unit in plan.units for key in unit.keys}
    >>> pflege = not_fit_rates(predictions, answers, plan=plan, labels=labels).personas[0]
    >>> pflege.verdict, round(pflege.rates["process", "signal"].high, 3)
    ('met', 0.033)
    """
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    traces: dict[str, Traces] = defaultdict(Traces)
    for person in group_respondents(answers, predictions):
        counted[person.persona][person.predicted or "failed"] += 1
        said = [(answers[i].question, answers[i].text) for i in person.positions]
        known = answers[person.positions[0]].has_id
        traces[person.persona].add(person.id if known else "", said)
    sizes = {persona: labels.total() for persona, labels in counted.items()}
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    hidden = hidden_groups(sizes, min_group)
    shown = [_counts(name, counted[name], traces[name]) for name in names if name not in hidden]
    if plan is None or labels is None:
        found = [replace(rate, withheld="no_labels") for rate in shown]
        return Rates(tuple(found), plan, 0.05, limit, ("process", "signal"), hidden=len(hidden))
    _refuse_other_answers(plan, sizes)
    agreement = None
    if second is not None:
        # Over smaller personas as well it would tell of them beside what is said of the others.
        rated = {rate.persona for rate in shown if rate.respondents >= MIN_RATE}
        agreement = agreement_of(plan.only(rated), labels, second)
    judge = _Judge(
        plan,
        agree=agreement is None or not agreement.kappa.value < min_kappa,
        as_is=as_is,
        may_look=may_look,
    )
    samples = count_labels(plan, labels)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # numpy draws without the lock
        judged = pool.map(lambda rate: judge.of(rate, samples.get(rate.persona)), shown)
        found = _with_holm(list(judged))
    return Rates(
        tuple(found), plan, judge.alpha, plan.limit, judge.headline, agreement, len(hidden)
    )


def _counts(persona: str, counted: Counter[str], traces: Traces) -> PersonaRate:
    size = counted.total()
    if size < MIN_DETAIL:
        return PersonaRate(persona, size, mostly=mostly(counted), traces=traces)
    return PersonaRate(persona, size, dict(counted), traces=traces)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges each persona by the plan."""

    plan: SamplePlan
    agree: bool
    as_is: bool
    may_look: bool

    @property
    def alpha(self) -> float:
        """Error probability of one look."""
        return self.plan.alpha / self.plan.looks

    @property
    def headline(self) -> Key:
        return self.plan.target, self.plan.denominator

    def of(self, rate: PersonaRate, sample: LabelledPersona | None) -> PersonaRate:
        if rate.respondents < MIN_RATE:
            return replace(rate, withheld="few")
        if sample is None:
            return replace(rate, withheld="no_labels")
        known = replace(
            rate,
            labelled=sample.strata.labelled - sample.unclear,
            unclear=sample.unclear,
            to_label=sample.open,
        )
        if not known.labelled:
            return replace(known, withheld="no_labels")
        if not self.may_look:
            return replace(known, withheld="looked")
        if self.plan.design == "fixed" and sample.open and not self.as_is:
            return replace(known, withheld="not_complete")
        rates = self._rates(sample)
        known = replace(known, rates=rates, sample=sample)
        if not self.agree:
            return replace(known, withheld="agreement")
        headline = rates[self.headline]
        verdict = headline.verdict(self.alpha)
        missing = None
        if verdict == "undecided":
            missing = what_would_decide(
                sample.strata, self.plan.denominator, self.plan.limit, self.alpha, self.plan.seed
            )
        return replace(known, verdict=verdict, p_met=headline.p_met, missing=missing)

    def _rates(self, sample: LabelledPersona) -> dict[Key, Rate]:
        plan = self.plan
        if plan.design == "sequential":
            return rates_in_order(
                sample.in_order, sample.strata, limit=plan.limit, alpha=self.alpha
            )
        return rates_of(
            sample.strata, limit=plan.limit, alpha=self.alpha, method=plan.method, seed=plan.seed
        )


def _refuse_other_answers(plan: SamplePlan, sizes: Mapping[str, int]) -> None:
    drawn_from = {
        persona: sum(part.size for part in parts) for persona, parts in plan.strata.items()
    }
    other = sorted(name for name, n in drawn_from.items() if sizes.get(name) != n)
    if other:
        raise DataError(
            "The sample was drawn from other answers: {persona} had {n} respondents.",
            "Pass the answers table that `fitcheck sample` was given, or draw a new sample.",
            persona=other[0],
            n=drawn_from[other[0]],
        )


def _with_holm(rates: Iterable[PersonaRate]) -> list[PersonaRate]:
    found = list(rates)
    judged = [i for i, rate in enumerate(found) if rate.rates and not rate.withheld]
    for i, p_value in zip(judged, holm([found[i].p_met for i in judged]), strict=True):
        found[i] = replace(found[i], p_met_picked=p_value)
    return found
