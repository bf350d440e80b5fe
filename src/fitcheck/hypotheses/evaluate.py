"""Judges the cards of a file, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import DataError
from fitcheck.hypotheses.cards import Card, load_cards
from fitcheck.hypotheses.outcome import CLAIMS, Claim, Outcome
from fitcheck.hypotheses.source import Source
from fitcheck.judging import Note
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Message


@dataclass(frozen=True, slots=True)
class CardResult:
    """A card, and what the data say of it."""

    card: Card[Any]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Board:
    """The results of all cards, in the order of the file."""

    path: str
    results: tuple[CardResult, ...]

    @property
    def claims(self) -> dict[Claim, int]:
        """How many cards have each result."""
        found = Counter(result.outcome.claim for result in self.results)
        return {claim: found[claim] for claim in CLAIMS}

    @property
    def not_supported(self) -> tuple[str, ...]:
        """Ids of the cards that are not supported."""
        return tuple(r.card.id for r in self.results if r.outcome.claim != "supported")


def evaluate_hypotheses(
    path: str | Path,
    *,
    codebook: Codebook | None = None,
    only: Collection[str] = (),
    min_group: int = MIN_GROUP,
    note: Note | None = None,
) -> Board:
    """Return what the data say of the hypotheses in a file.

    Parameters
    ----------
    path : str or Path
        Cards; the files that they name lie beside, or where their paths say from there.
    codebook : Codebook, optional
        Of the answers tables that cards name; the shipped one by default.
    only : collection of str
        Ids of the cards to judge; all by default. Files of others are not read.
    min_group : int
        Fewest respondents of a group that is shown.
    note : callable, optional
        Gets what was noticed in the files.

    Raises
    ------
    DataError
        If the cards or a file cannot be understood; the message names card and entry.

    Examples
    --------
    >>> from fitcheck.hypotheses.cards import demo_cards_path
    >>> board = evaluate_hypotheses(demo_cards_path(), only=["budget"])
    >>> board.results[0].outcome.claim
    'refuted'
    """
    file = load_cards(path)
    known = [card.id for card in file.model.hypotheses]
    if unknown := [name for name in only if name not in known]:
        raise DataError(
            "{path} has no card {card}; it has: {known}.",
            "Pass one of these ids.",
            path=str(path),
            card=repr(unknown[0]),
            known=", ".join(known),
        )
    book, collect = codebook or load_codebook(), note or list[Message]().append
    results = []
    for number, card in enumerate(file.model.hypotheses):
        if only and card.id not in only:
            continue
        source = Source(Path(path).parent, str(path), number, file.place, book, collect, min_group)
        with source.at():
            results.append(CardResult(card, card.criterion.evaluate(source)))
    return Board(str(path), tuple(results))
