"""What the status and the words of a refused request mean."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from fitcheck.llm.base import FailureKind

_TOO_LONG = re.compile(r"context|too long|maximum.*(length|tokens)|exceed", re.IGNORECASE)
_TOO_LARGE = re.compile(r"request too large|must be reduced|too large to process", re.IGNORECASE)
# Ordinary rate limits link to pages about quota and billing, so single words say nothing.
_QUOTA = re.compile(
    r"insufficient_quota|billing_hard_limit|exceeded your current quota|per.?day\b|\bdaily\b"
    r"|insufficient (credit|balance|fund)|out of credit|quota (is )?exhausted",
    re.IGNORECASE,
)
_KEY = re.compile(r"api.?key.*(invalid|not valid|missing)|invalid.{0,10}api.?key", re.IGNORECASE)
_FORMAT_WORDS = re.compile(
    r"response_format|json_schema|json_object|schema|grammar|structured", re.IGNORECASE
)
_UNSUPPORTED = re.compile(
    r"support|unrecogni[sz]ed|unknown|not permitted|unexpected|extra|not allowed|invalid param"
    r"|use 'max_completion_tokens'|only the default",
    re.IGNORECASE,
)
_LOGPROBS = re.compile(r"log_?-?prob", re.IGNORECASE)
_PARAMETERS = ("max_tokens", "temperature", "seed")
"""What a request can do without."""


def failure_kind(status: int, told: str) -> FailureKind:
    """Return what a status means, given the code and the body that came with it.

    Examples
    --------
    >>> failure_kind(429, "insufficient_quota"), failure_kind(503, "")
    ('quota', 'server')
    """
    if status in (401, 403) or (status == 400 and _KEY.search(told)):
        return "auth"
    if status in (404, 405, 501):
        return "no_model"
    if status == 402:
        return "quota"
    if status == 429:
        if _TOO_LARGE.search(told):
            return "too_long"
        return "quota" if _QUOTA.search(told) else "rate_limit"
    if status == 413:
        return "too_long"
    if status in (400, 422):
        if "content_filter" in told or "content_policy" in told:
            return "content_filter"
        return "too_long" if _TOO_LONG.search(told) else "bad_request"
    if status >= 500 and _TOO_LARGE.search(told):
        return "too_long"
    return "server" if status >= 500 or status in (408, 409) else "bad_request"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait, by number or date; None if it does not.

    Examples
    --------
    >>> retry_after_s({"retry-after-ms": "250"})
    0.25
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    try:
        until = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, until.timestamp() - time.time())
    except (KeyError, ValueError):
        return None


def refused_parameters(told: str) -> list[str]:
    """Return the parameters that a server says it does not take.

    Examples
    --------
    >>> refused_parameters("Unsupported parameter: seed")
    ['seed']
    """
    if not _UNSUPPORTED.search(told):
        return []
    return [name for name in _PARAMETERS if re.search(rf"\b{name}\b", told)]


def refuses_format(told: str) -> bool:
    """Return whether a server speaks of the format in which the reply was demanded."""
    return _FORMAT_WORDS.search(told) is not None


def refuses_logprobs(told: str) -> bool:
    """Return whether a server speaks of log-probabilities that were asked for."""
    return _LOGPROBS.search(told) is not None
