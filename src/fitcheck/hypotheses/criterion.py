"""What a criterion is: one class a kind, found by its name in the registry."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from pydantic import Field

from fitcheck.hypotheses.entries import Entry
from fitcheck.hypotheses.outcome import Claim, Outcome
from fitcheck.hypotheses.source import Source


class Criterion(Entry):
    """By what a hypothesis is judged; a new kind is one subclass, made known by `register`."""

    kind: str
    """A subclass narrows it to its own name, by which cards ask for it."""

    @abstractmethod
    def evaluate(self, source: Source) -> Outcome:
        """Return what the data say.

        Parameters
        ----------
        source : Source
            Reads the files that the card names.

        Raises
        ------
        DataError
            If a file cannot be understood; inside ``source.at(...)`` it names card and entry.
        """


class Bounded(Criterion):
    """A criterion whose verdict is by bounds."""

    confidence_level: float = Field(0.95, gt=0.5, lt=1)
    """Of each bound alone."""

    @property
    def alpha(self) -> float:
        """Error probability of each bound."""
        return 1 - self.confidence_level

    def claim(self, low: float, high: float, target: float, *, above: bool = False) -> Claim:
        """Return what is proven of a number that has to reach the target, or to be above it."""
        if low > target or (low == target and not above):
            return "supported"
        return "refuted" if high < target or (high == target and above) else "undecided"


CRITERIA: dict[str, type[Criterion]] = {}
"""The kinds of criteria, by name."""

Kind = TypeVar("Kind", bound=Criterion)


def register(criterion: type[Kind]) -> type[Kind]:
    """Make a kind of criterion known to cards; to be used as a decorator.

    Examples
    --------
    >>> class Never(Criterion):
    ...     kind: Literal["never"] = "never"
    ...     def evaluate(self, source):
    ...         return Outcome("refuted", lambda texts: "nie" if texts.lang == "de" else "never")
    >>> _ = register(Never)
    >>> CRITERIA.pop("never").__name__
    'Never'
    """
    CRITERIA[criterion.model_fields["kind"].default] = criterion
    return criterion
