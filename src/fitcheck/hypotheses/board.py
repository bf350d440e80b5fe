"""The board over all cards: for people as text and as a page, for machines as JSON."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fitcheck.hypotheses.cards import Said, is_opened
from fitcheck.hypotheses.evaluate import Board, CardResult
from fitcheck.hypotheses.outcome import CLAIMS, Claim, Measure
from fitcheck.records import Language
from fitcheck.report.page import render_page
from fitcheck.report.texts import Texts

WIDTH = 88
"""Of a line of the text."""
SIGNS: dict[Claim, str] = {"supported": "✓", "refuted": "✗", "undecided": "?"}
KINDS: dict[Claim, str] = {"supported": "yes", "refuted": "no", "undecided": "open"}
"""Kinds of verdicts that pages know."""


def plain_board(board: Board, texts: Texts) -> str:
    """Return the board as text: an overview, then card by card."""
    lines = [headline(board, texts), "", *_overview(board, texts)]
    for result in board.results:
        lines += ["", *_card_lines(result, texts)]
    lines += ["", *_wrapped(texts.of("board.legend"), "")]
    return "\n".join(lines) + "\n"


def headline(board: Board, texts: Texts) -> str:
    """Return how many cards have which result."""
    claims = board.claims
    counts = ", ".join(
        f"{claims[claim]} {texts.of(f'claim.{claim}')}" for claim in CLAIMS if claims[claim]
    )
    return texts.counted("hypotheses", len(board.results), counts=counts)


def _overview(board: Board, texts: Texts) -> Iterator[str]:
    rows = [
        (
            f"{SIGNS[r.outcome.claim]} {texts.of(f'claim.{r.outcome.claim}')}",
            textwrap.shorten(_plain(r.card.name), 30, placeholder=" …"),
            _plain(_brief(r, texts)),
        )
        for r in board.results
    ]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for claim, name, brief in rows:
        yield f"{claim:<{widths[0]}}  {name:<{widths[1]}}  {brief}".rstrip()


def _brief(result: CardResult, texts: Texts) -> str:
    return result.outcome.brief(texts) if result.outcome.brief else "–"


def _card_lines(result: CardResult, texts: Texts) -> Iterator[str]:
    card, outcome = result.card, result.outcome
    yield f"{SIGNS[outcome.claim]} {_plain(card.name)}: {texts.of(f'claim.{outcome.claim}')}"
    for key, said in (("believe", card.believe), ("know", card.know)):
        yield from _wrapped(sentence(key, said, texts)[0], "  ")
    yield ""
    for part in outcome.parts:
        sign = f"{SIGNS[part.claim]} " if part.claim else ""
        yield from _wrapped(sign + part.says(texts), "  ", "    ")
    for need in outcome.needs:
        yield from _wrapped(f"→ {need.says(texts)}", "  ", "    ")
    for caveat in outcome.caveats:
        yield from _wrapped(f"! {caveat(texts)}", "  ", "    ")


def _wrapped(text: str, indent: str, then: str | None = None) -> list[str]:
    return textwrap.wrap(
        _plain(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    """Return a text in one line, whatever the card holds."""
    return "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)


def sentence(key: str, said: Said, texts: Texts) -> tuple[str, Language]:
    """Return a sentence of a card with its opening, and its language."""
    text, lang = said.in_language(texts.lang)
    if not is_opened(text):
        text = Texts(lang).of(f"card.{key}", text=text)
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text), lang


def html_board(board: Board, texts: Texts) -> str:
    """Return the board as a page that needs no network and no script."""
    return render_page(
        "board.html",
        texts,
        title=texts.of("board.title"),
        lead=headline(board, texts),
        cards=[_card_content(result, texts) for result in board.results],
    )


def _card_content(result: CardResult, texts: Texts) -> dict[str, Any]:
    card, outcome = result.card, result.outcome
    return {
        "name": card.name,
        "kind": KINDS[outcome.claim],
        "word": texts.of(f"claim.{outcome.claim}"),
        "brief": _brief(result, texts),
        "believe": sentence("believe", card.believe, texts),
        "know": sentence("know", card.know, texts),
        "parts": [
            (part.says(texts), KINDS[part.claim] if part.claim else "none")
            for part in outcome.parts
        ],
        "needs": [need.says(texts) for need in outcome.needs],
        "caveats": [caveat(texts) for caveat in outcome.caveats],
    }


def board_json(board: Board, texts: Texts) -> dict[str, Any]:
    """Return everything that is known of the cards, for machines; sentences in one language."""
    return {
        "path": board.path,
        "claims": board.claims,
        "cards": [_card_json(result, texts) for result in board.results],
    }


def _card_json(result: CardResult, texts: Texts) -> dict[str, Any]:
    card, outcome = result.card, result.outcome
    return {
        "id": card.id,
        "title": card.title,
        "believe": sentence("believe", card.believe, texts)[0],
        "know": sentence("know", card.know, texts)[0],
        "kind": card.criterion.kind,
        "claim": outcome.claim,
        "measures": [_measure_json(measure) for measure in outcome.measures],
        "says": [part.says(texts) for part in outcome.parts],
        "needs": [
            {"kind": need.kind, "n": need.n, "says": need.says(texts)} for need in outcome.needs
        ],
        "caveats": [caveat(texts) for caveat in outcome.caveats],
    }


def _measure_json(measure: Measure) -> dict[str, Any]:
    """Return a number; without bound or not known it is null, for JSON has no infinity."""
    return {
        name: (round(value, 6) if math.isfinite(value) else None)
        if isinstance(value, float)
        else value
        for name, value in asdict(measure).items()
    }
