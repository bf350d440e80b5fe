"""Failures that no later request gets around; the run ends with them."""

from __future__ import annotations

from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatFailure
from fitcheck.settings import EmbeddingSettings, LLMSettings


def raise_if_final(failure: ChatFailure, settings: LLMSettings | EmbeddingSettings) -> None:
    """Raise an LLMError for a refused key, a used-up quota and a model that is not there."""
    if failure.kind == "auth":
        raise LLMError(
            "{host} refuses the key.", "Check OPENAI_API_KEY.", host=settings.host
        ) from failure
    if failure.kind == "quota":
        raise LLMError(
            "The quota at {host} is used up ({detail}).",
            "Run the command again when it is renewed; replies so far are kept.",
            host=settings.host,
            detail=failure.detail,
        ) from failure
    if failure.kind == "no_model":
        raise LLMError(
            "{host} has no model {model}.",
            "Check {option} and --base-url.",
            host=settings.host,
            model=repr(settings.model),
            option=settings.option,
        ) from failure
