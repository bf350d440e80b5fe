"""``not_fit_below``: whether the training did not fit less than a share, persona by persona."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from fitcheck.errors import DataError
from fitcheck.hypotheses.criterion import Criterion, register
from fitcheck.hypotheses.entries import Name, Share
from fitcheck.hypotheses.needs import no_data, too_few
from fitcheck.hypotheses.outcome import Claim, Measure, Need, Outcome, Part, Phrase
from fitcheck.hypotheses.source import Source
from fitcheck.judging import LIMIT, MIN_KAPPA, judge_table
from fitcheck.records import Message
from fitcheck.report.texts import Texts
from fitcheck.toml_files import problem_at

if TYPE_CHECKING:
    from fitcheck.rates import PersonaRate, Rates

_CLAIMS: dict[str, Claim] = {
    "met": "supported",
    "not_met": "refuted",
    "undecided": "undecided",
}


@register
class NotFitBelow(Criterion):
    """Under a share of the respondents, of each persona, found the training not fitting."""

    kind: Literal["not_fit_below"] = "not_fit_below"
    limit: Share = LIMIT
    personas: tuple[Name, ...] = Field((), strict=False)
    """Those that the belief is about; all by default."""
    answers: Name | None = None
    """What `fitcheck classify --format answers` wrote."""
    labels: tuple[Name, ...] = Field((), max_length=2, strict=False)
    """Filled sheets of `fitcheck sample`: of the coder who counts, and perhaps another one's."""
    plan: Name | None = None
    min_kappa: float = Field(MIN_KAPPA, ge=-1, le=1)
    as_is: bool = False

    @model_validator(mode="after")
    def _labels_of_answers(self) -> NotFitBelow:
        if self.labels and self.answers is None:
            message = Message(
                "`{given}` is given, `{missing}` is not", {"given": "labels", "missing": "answers"}
            )
            raise problem_at(None, message)
        return self

    def evaluate(self, source: Source) -> Outcome:
        """Return each persona's verdict by its labels, and that of all together."""
        if self.answers is None:
            return no_data("fit")
        answers = source.file(self.answers, "answers")
        with source.at("labels" if self.labels else "answers"):
            found = judge_table(
                answers,
                source.codebook,
                source.note,
                labels=[source.path(sheet) for sheet in self.labels],
                plan_file=source.path(self.plan) if self.plan else None,
                limit=self.limit,
                min_kappa=self.min_kappa,
                as_is=self.as_is,
                min_group=source.min_group,
            ).rates
        shown, hidden = self._chosen(found, source)
        if not shown:
            return too_few(source.min_group)
        claim = _claim_of_all(shown, hidden, found)
        return Outcome(
            claim,
            _brief(shown, found),
            # Counts of a classifier that errs would be read as the rate.
            tuple(_part(persona, found) for persona in shown if found.plan is not None),
            _needs(shown, found, claim),
            _caveats(shown, hidden, found),
            tuple(_measure(persona, found) for persona in shown if persona.rates),
        )

    def _chosen(self, found: Rates, source: Source) -> tuple[list[PersonaRate], int]:
        """Return the personas that may be shown, and how many are hidden."""
        known = {persona.persona: persona for persona in found.personas}
        for number, name in enumerate(self.personas):
            # Where some are hidden, it may be one of them: then it is only counted.
            if name not in known and not found.hidden:
                with source.at("personas", number):
                    raise DataError(
                        "{path} has no persona {persona}; it has: {known}.",
                        "Write it as it stands there, or leave `personas` out for all of them.",
                        path=source.path(self.answers or ""),
                        persona=repr(name),
                        known=", ".join(known),
                    )
        if not self.personas:
            return list(found.personas), found.hidden
        shown = [known[name] for name in self.personas if name in known]
        return shown, len(self.personas) - len(shown)


def _claim_of_all(personas: list[PersonaRate], hidden: int, found: Rates) -> Claim:
    """Return what is proven of all personas together.

    That every one is under the limit takes no correction, for each must be proven on its own; that
    some one is not does: with many personas, chance alone would find one (Bonferroni).
    """
    if not hidden and all(persona.verdict == "met" for persona in personas):
        return "supported"
    p_values = [
        persona.rates[found.headline].p_not_met
        for persona in personas
        if persona.verdict == "not_met"
    ]
    proven = bool(p_values) and min(p_values) * (len(personas) + hidden) <= found.alpha
    return "refuted" if proven else "undecided"


def _part(persona: PersonaRate, found: Rates) -> Part:
    from fitcheck.report.sentences import persona_sentence

    return Part(lambda texts: persona_sentence(persona, found, texts), _CLAIMS[persona.verdict])


def _brief(shown: list[PersonaRate], found: Rates) -> Phrase | None:
    if found.plan is None:
        return None
    if len(shown) == 1:
        rate = shown[0].rates.get(found.headline)
        if rate is None:
            return None
        return lambda texts: texts.of(
            "share.brief", share=texts.percent(rate.rate), span=texts.span(rate.low, rate.high)
        )
    met = sum(persona.verdict == "met" for persona in shown)
    return lambda texts: texts.of(
        "fit.brief", met=met, n=len(shown), limit=texts.level(found.limit)
    )


def _needs(shown: list[PersonaRate], found: Rates, claim: Claim) -> tuple[Need, ...]:
    """Return what would decide the personas that are open; a refuted card needs nothing."""
    from fitcheck.stats.enough import fewest
    from fitcheck.stats.intervals import clopper_pearson

    if claim != "undecided":
        return ()
    if found.plan is None:
        least = fewest(lambda n: clopper_pearson(0, n, found.alpha).high < found.limit)
        return (
            Need(
                "labels",
                lambda texts: texts.of(
                    "fit.no_labels", least=texts.number(least or 0), limit=texts.level(found.limit)
                ),
                least,
            ),
        )
    return tuple(need for persona in shown if (need := _need(persona)) is not None)


def _need(persona: PersonaRate) -> Need | None:
    from fitcheck.report.sentences import needs_text

    def of(texts: Texts, what: str) -> str:
        return texts.of("fit.need", persona=texts.persona(persona.persona), what=what)

    if persona.withheld == "not_complete":
        return Need(
            "labels",
            lambda texts: of(texts, texts.counted("to_label", persona.to_label)),
            persona.to_label,
        )
    if persona.withheld:
        return Need("labels", lambda texts: of(texts, texts.of(f"why.{persona.withheld}")))
    missing = persona.missing
    if missing is None:
        return None
    return Need(missing.need, lambda texts: of(texts, needs_text(missing, texts)), missing.n)


def _caveats(shown: list[PersonaRate], hidden: int, found: Rates) -> tuple[Phrase, ...]:
    caveats: list[Phrase] = []
    n = len(shown) + hidden
    if hidden:
        caveats.append(lambda texts: texts.counted("hidden_personas", hidden))
    if found.plan is not None and any(p.verdict == "not_met" for p in shown) and n > 1:
        caveats.append(lambda texts: texts.of("fit.all", n=n))
    return tuple(caveats)


def _measure(persona: PersonaRate, found: Rates) -> Measure:
    rate = persona.rates[found.headline]
    return Measure(
        "not_fit_rate",
        rate.rate,
        rate.method,
        persona.labelled,
        rate.low,
        rate.high,
        1 - found.alpha,
        persona.persona,
        found.limit,
    )
