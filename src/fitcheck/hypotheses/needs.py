"""What would decide a card, and the outcomes of cards that cannot be judged."""

from __future__ import annotations

from fitcheck.hypotheses.outcome import Need, Outcome, Phrase


def more(kind: str, n: int | None) -> Need:
    """Return the need for so many more; where there is no such number, that is said.

    `kind` is a key below ``counted`` in the texts.
    """
    if n is None:
        return Need("too_close", lambda texts: texts.of("hypothesis.too_close"))
    return Need(kind.removeprefix("more_"), lambda texts: texts.counted(kind, n), n)


def undecided(kind: str, says: Phrase) -> Outcome:
    """Return the outcome of a card without any number."""
    return Outcome("undecided", needs=(Need(kind, says),))


def no_data(kind: str) -> Outcome:
    """Return the outcome of a card that names no data yet."""
    return undecided("data", lambda texts: texts.of(f"no_data.{kind}"))


def too_few(min_group: int) -> Outcome:
    """Return the outcome of a card about too few people to show anything of them."""
    return undecided("people", lambda texts: texts.of("hypothesis.few", n=min_group))
