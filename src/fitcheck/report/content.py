"""What a report may say: whatever leaves the machine passes here, whichever form it gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fitcheck.codebook import Codebook
from fitcheck.privacy.redact import Redacted, Redactor
from fitcheck.privacy.suppress import MIN_GROUP, detail_floor
from fitcheck.rates import Rates
from fitcheck.records import Answer, Prediction, ThemeHit
from fitcheck.report.tables import rates_json
from fitcheck.report.themes import ThemeCount, count_themes, theme_records


@dataclass(frozen=True)
class Report:
    """What may be shown to others; small groups are not in it, not even their names."""

    rates: Rates
    themes: tuple[ThemeCount, ...]
    """Of personas with ten respondents or more, then of all together."""
    answers: tuple[Answer, ...]
    """Those of the same personas, redacted; the id is a number that stands for a respondent."""
    predictions: tuple[Prediction, ...]
    """What was said of them, in the same order."""
    codebook: Codebook
    run: Mapping[str, Any]
    """How all this was made, by name."""

    @property
    def hidden(self) -> int:
        """Personas that are not shown."""
        return self.rates.hidden

    def as_json(self) -> dict[str, Any]:
        """Return all but the answers, for machines."""
        return {
            **rates_json(self.rates),
            "themes": theme_records(self.themes, self.codebook),
            "run": dict(self.run),
        }


def make_report(
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    found: Rates,
    codebook: Codebook,
    *,
    run: Mapping[str, Any] | None = None,
    min_group: int = MIN_GROUP,
) -> Report:
    """Return what may be shown of rates, themes and answers.

    Parameters
    ----------
    answers, predictions : sequence, same length
        What was classified.
    found : Rates
        Made of them, with the same `min_group`.
    codebook : Codebook
        Names and explains the themes.
    run : mapping, optional
        Facts of the run that made the predictions.

    Examples
    --------
    >>> from fitcheck.codebook import load_codebook
    >>> from fitcheck.rates import not_fit_rates
    >>> answers = [Answer("passt", id=str(i), persona="A" if i < 20 else "B") for i in range(43)]
    >>> answers += [Answer("nein", id=f"c{i}", persona="C") for i in range(4)]
    >>> predictions = [Prediction("fit")] * 47
    >>> found = not_fit_rates(predictions, answers)
    >>> report = make_report(answers, predictions, found, load_codebook())
    >>> [rate.persona for rate in report.rates.personas], report.hidden, len(report.answers)
    (['B'], 2, 23)
    """
    floor = detail_floor(min_group)
    public = _Public({rate.persona for rate in found.personas if rate.respondents >= floor})
    shown: list[Answer] = []
    said: list[Prediction] = []
    for answer, prediction in zip(answers, predictions, strict=True):
        if public.covers(answer):
            pair = public.pair(answer, prediction)
            shown.append(pair[0])
            said.append(pair[1])
    return Report(
        found,
        tuple(count_themes(answers, predictions, found, min_group)),
        tuple(shown),
        tuple(said),
        codebook,
        {**(run or {}), **_facts(found, codebook, min_group)},
    )


class _Public:
    """Makes answers that may be shown: whose persona is large enough, redacted, without ids."""

    def __init__(self, personas: set[str]) -> None:
        self.personas = personas
        self.redactor = Redactor()
        self.persona_of: dict[str, str] = {}
        self.numbers: dict[str, int] = {}

    def covers(self, answer: Answer) -> bool:
        """Return whether the answer's respondent belongs to one of the personas."""
        respondent = answer.respondent
        return self.persona_of.setdefault(respondent, answer.persona) in self.personas

    def pair(self, answer: Answer, prediction: Prediction) -> tuple[Answer, Prediction]:
        respondent = answer.respondent
        number = self.numbers.setdefault(respondent, len(self.numbers) + 1)
        redacted = self.redactor.redact(answer.text)
        quote, themes = self._quote(prediction.quote, redacted), prediction.themes
        if any(hit.quote for hit in themes):
            themes = tuple(ThemeHit(hit.theme, hit.polarity) for hit in themes)
        # Most predictions may be shown as they are: copies of all would take as much once more.
        if themes is not prediction.themes or quote != prediction.quote:
            prediction = replace(prediction, quote=quote, themes=themes)
        return (
            # Without its row: in a sorted export, what is missing between two of them is a group.
            replace(
                answer,
                id=str(number),
                text=redacted.text,
                persona=self.persona_of[respondent],
                row=None,
            ),
            prediction,
        )

    def _quote(self, quote: str, redacted: Redacted) -> str:
        """Return the quote with the placeholders of its text."""
        for hit in sorted(redacted.hits, key=lambda hit: -len(hit.original)):
            quote = quote.replace(hit.original, hit.placeholder)
        return quote if quote in redacted.text else self.redactor.redact(quote).text


def _facts(found: Rates, codebook: Codebook, min_group: int) -> dict[str, Any]:
    plan, agreement = found.plan, found.agreement
    facts = {
        "codebook": f"{codebook.id}.v{codebook.version}",
        "codebook_sha256": codebook.sha256,
        "min_group": min_group,
        "min_group_details": detail_floor(min_group),
        "limit": found.limit,
    }
    if plan is not None:
        facts |= {
            "design": plan.design,
            "target": plan.target,
            "denominator": plan.denominator,
            "method": plan.method,
            "seed": plan.seed,
            "respondents_to_label_per_persona": plan.n,
            "looks": plan.looks,
            "looks_taken": len(plan.looked),
            "confidence_level": round(1 - found.alpha, 6),
            "plan_created": plan.created,
        }
    if agreement is not None:
        facts |= {
            "answers_labelled_twice": agreement.n,
            "kappa": round(agreement.kappa.value, 4),
        }
    return facts
