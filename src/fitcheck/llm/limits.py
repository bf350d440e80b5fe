"""What keeps a run within its limits: here of one process, elsewhere shared by many."""

from __future__ import annotations

from fitcheck.llm.budget import Budget, Price
from fitcheck.llm.pace import Pace
from fitcheck.settings import LLMSettings


class Limits:
    """Makes the pace and the budget of a run that this process has for itself."""

    def pace(self, settings: LLMSettings) -> Pace:
        """Return what says when a request may be sent."""
        return Pace(settings.rpm, settings.tpm, settings.max_wait_s, settings.host)

    def budget(self, settings: LLMSettings, price: Price | None) -> Budget:
        """Return what counts and caps requests and money.

        Raises
        ------
        ConfigError
            If there is a cap on money and no price.
        """
        return Budget(price, max_cost=settings.max_cost, max_requests=settings.max_requests)
