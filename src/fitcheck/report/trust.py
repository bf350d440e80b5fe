"""What the labels of a report can be wrong about, and where that was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from fitcheck.annotation.coders import Agreement
from fitcheck.evaluation.shipped import shipped_accuracy
from fitcheck.report.content import Report
from fitcheck.report.texts import Texts
from fitcheck.stats.accuracy import Accuracy, Share, sample_accuracy


def trust_in(report: Report, texts: Texts) -> dict[str, Any]:
    """Return what the page says of how sure the labels are.

    The classifier's accuracy is that on the labelled sample of the same survey, else that on the
    shipped test answers if it is the classifier that was measured there.
    """
    own = sample_accuracy(p.sample.strata for p in report.rates.personas if p.sample is not None)
    accuracy = own or shipped_accuracy(report.run)
    place = "sample" if own else "test" if accuracy else "unknown"
    said = [*_coders(report, texts)]
    if accuracy is None:
        said.append(texts.of("trust.unknown"))
    return {
        "trust": said,
        "accuracy_caption": ""
        if accuracy is None
        else texts.of(f"trust.{place}", n=texts.number(accuracy.labelled)),
        "accuracy_headings": [
            texts.of(f"heading.{name}") for name in ("measure", "value", "interval", "of_n")
        ],
        "accuracy_rows": [] if accuracy is None else list(_rows(accuracy, texts)),
    }


def _coders(report: Report, texts: Texts) -> Iterator[str]:
    found = report.rates
    if found.plan is None:
        yield texts.of("trust.nobody")
        return
    yield texts.of("trust.one") if found.agreement is None else _agreement(found.agreement, texts)
    yield texts.of("trust.bounds")
    if unclear := sum(persona.unclear for persona in found.personas if persona.rates):
        yield texts.counted("unclear", unclear)


def _agreement(agreement: Agreement, texts: Texts) -> str:
    kappa = agreement.kappa
    numbers = {"n": texts.number(agreement.n), "same": texts.number(agreement.same)}
    if not math.isfinite(kappa.value):
        return texts.of("trust.two_alike", **numbers)
    values = {name: texts.decimal(getattr(kappa, name), 2) for name in ("value", "low", "high")}
    return texts.of("trust.two", **numbers, **values)


def _rows(accuracy: Accuracy, texts: Texts) -> Iterator[list[str]]:
    measures: dict[str, Share | None] = {
        "right": accuracy.right,
        "found": accuracy.found,
        "confirmed": accuracy.confirmed,
    }
    for name, share in measures.items():
        words = texts.of(f"measure.{name}")
        if share is None:
            yield [words, "–", "–", texts.number(0)]
        else:
            span = texts.span(share.low, share.high)
            yield [words, texts.percent(share.value), span, texts.number(share.n)]
