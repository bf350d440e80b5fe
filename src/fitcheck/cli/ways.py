"""The model that a plan is about: who is asked, with what before it, and how the command asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fitcheck.classifiers.asking import AskingClassifier
from fitcheck.errors import ConfigError
from fitcheck.records import Classifier

if TYPE_CHECKING:
    from fitcheck.classifiers.cascade import CascadeClassifier
    from fitcheck.classifiers.llm import LLMClassifier


@dataclass(frozen=True)
class WaysToAsk:
    """The ways to ask the model that the options name.

    Parameters
    ----------
    asking : LLMClassifier
        Who is asked.
    cascade : CascadeClassifier
        The baseline before it.
    as_typed : {"unknown", "cascade"}
        The way that the command goes without `--plan`.
    """

    asking: LLMClassifier
    cascade: CascadeClassifier
    as_typed: str

    @classmethod
    def of(cls, make: Callable[..., Classifier]) -> WaysToAsk:
        """Return the ways for the options behind `make`.

        Raises
        ------
        ConfigError
            If they name no language model, or a run with them would be refused at once.
        """
        from fitcheck.classifiers.cascade import CascadeClassifier
        from fitcheck.classifiers.llm import LLMClassifier
        from fitcheck.llm.budget import Budget

        typed = make()
        if not isinstance(typed, AskingClassifier):
            raise ConfigError(
                "There is nothing to plan: no language model is asked.",
                "Pass --model to see what asking it would take.",
            )
        is_cascade = isinstance(typed, CascadeClassifier)
        cascade: Any = typed
        if not is_cascade:
            cascade = make(instead={"classifier": "cascade", "calibration": None})
        asking, _ = cascade.asks((), only_plan=True)
        if not isinstance(asking, LLMClassifier):
            raise TypeError(f"a cascade that asks {type(asking).__name__}")
        Budget(asking.price, max_cost=asking.settings.max_cost)
        return cls(asking, cascade, "cascade" if is_cascade else "unknown")
