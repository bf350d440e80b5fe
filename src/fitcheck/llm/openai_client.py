"""Chat completions of any OpenAI-compatible server; the only importer of openai."""

from __future__ import annotations

import os
import re
import threading
from typing import Any

from fitcheck.errors import ConfigError
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest, FailureKind
from fitcheck.settings import LLMSettings

_FORMATS = ("json_schema", "json_object", "text")
"""How a reply may be demanded, strictest first."""
_TOO_LONG = re.compile(r"context|too long|maximum.*(length|tokens)|exceed", re.IGNORECASE)
_QUOTA = re.compile(r"quota|billing|credit|per.?day|daily", re.IGNORECASE)
_FORMAT_WORDS = re.compile(r"response_format|json_schema|json_object|schema|grammar", re.IGNORECASE)
_PARAMETERS = ("max_tokens", "temperature", "seed")


class OpenAIClient:
    """A pooled client for many threads; it learns what its server does not support.

    Parameters
    ----------
    settings : LLMSettings
        Where the server is. The key is read from ``OPENAI_API_KEY``.

    Raises
    ------
    ConfigError
        If a server elsewhere needs a key and there is none.
    """

    def __init__(self, settings: LLMSettings) -> None:
        import openai

        self._openai = openai
        self._settings = settings
        self._format = 0
        self._format_works = False
        self._unsupported: set[str] = set()
        self._lock = threading.Lock()
        common: dict[str, Any] = {
            "api_key": _key(settings),
            "timeout": settings.timeout_s,
            "max_retries": 0,  # the runner retries: it knows the limits of the whole run
            "http_client": openai.DefaultHttpx2Client(
                limits=_limits(settings.concurrency), timeout=settings.timeout_s
            ),
        }
        if settings.azure_api_version:
            self._client: Any = openai.AzureOpenAI(
                azure_endpoint=settings.base_url,
                api_version=settings.azure_api_version,
                **common,
            )
        else:
            self._client = openai.OpenAI(base_url=settings.base_url, **common)

    @property
    def format(self) -> str:
        """How replies are demanded by now."""
        return _FORMATS[self._format]

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the reply; parameters that the server refuses are left out from then on.

        Raises
        ------
        ChatFailure
            If there is none.
        """
        while True:
            tried = (self._format, frozenset(self._unsupported))
            try:
                return self._reply(self._send(request))
            except self._openai.APIError as error:
                if not self._adapt(error, tried):
                    raise self._failure(error) from None

    def _send(self, request: ChatRequest) -> Any:
        length = "max_completion_tokens" if "max_tokens" in self._unsupported else "max_tokens"
        arguments: dict[str, Any] = {
            "model": self._settings.model,
            "messages": [{"role": role, "content": text} for role, text in request.messages],
            length: request.max_tokens,
        }
        if "temperature" not in self._unsupported:
            arguments["temperature"] = request.temperature
        if "seed" not in self._unsupported:
            arguments["seed"] = request.seed
        if self.format == "json_schema":
            shape = {"name": "codings", "schema": dict(request.schema), "strict": True}
            arguments["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif self.format == "json_object":
            arguments["response_format"] = {"type": "json_object"}
        return self._client.chat.completions.create(**arguments)

    def _reply(self, completion: Any) -> ChatReply:
        if not getattr(completion, "choices", None):
            raise ChatFailure("server", "no choices")
        choice, usage = completion.choices[0], completion.usage
        details = getattr(usage, "prompt_tokens_details", None)
        reply = ChatReply(
            choice.message.content or "",
            getattr(usage, "prompt_tokens", 0) or 0,
            getattr(usage, "completion_tokens", 0) or 0,
            getattr(details, "cached_tokens", 0) or 0,
        )
        if choice.finish_reason == "length":
            raise ChatFailure("truncated", reply=reply)
        if choice.finish_reason == "content_filter":
            raise ChatFailure("content_filter", reply=reply)
        if getattr(choice.message, "refusal", None):
            raise ChatFailure("refused", reply=reply)
        self._format_works = True
        return reply

    def _adapt(self, error: Any, tried: tuple[int, frozenset[str]]) -> bool:
        """Return whether the request may work now, with less asked of the server."""
        if getattr(error, "status_code", None) not in (400, 404, 415, 422, 500, 501):
            return False
        with self._lock:
            if (self._format, frozenset(self._unsupported)) != tried:
                return True  # another thread has learned it meanwhile
            told = f"{getattr(error, 'param', '') or ''} {error.message}"
            for name in _PARAMETERS:
                if re.search(rf"\b{name}\b", told) and name not in self._unsupported:
                    self._unsupported.add(name)
                    return True
            refused = _FORMAT_WORDS.search(told) and error.status_code != 500
            if refused and not self._format_works and self._format + 1 < len(_FORMATS):
                self._format += 1
                return True
        return False

    def _failure(self, error: Any) -> ChatFailure:
        openai = self._openai
        if isinstance(error, openai.APITimeoutError):
            return ChatFailure("timeout")
        if isinstance(error, openai.APIConnectionError):
            return ChatFailure("gone", type(error.__cause__).__name__)
        if not isinstance(error, openai.APIStatusError):
            return ChatFailure("server", type(error).__name__)
        code = str(error.code or error.type or error.status_code)
        wait = _retry_after(error.response.headers)
        return ChatFailure(_kind(error.status_code, code, error.message), code, retry_after_s=wait)


def _kind(status: int, code: str, message: str) -> FailureKind:
    told = f"{code} {message}"
    if status in (401, 403):
        return "auth"
    if status == 404:
        return "no_model"
    if status == 429:
        return "quota" if _QUOTA.search(told) else "rate_limit"
    if status == 413:
        return "too_long"
    if status in (400, 422):
        if "content_filter" in told or "content_policy" in told:
            return "content_filter"
        return "too_long" if _TOO_LONG.search(told) else "bad_request"
    return "server" if status >= 500 and status != 501 else "bad_request"


def _retry_after(headers: Any) -> float | None:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return None


def _key(settings: LLMSettings) -> str:
    key = os.environ.get("OPENAI_API_KEY") or os.environ.get("AZURE_OPENAI_API_KEY")
    if key:
        return key
    if settings.is_local:
        return "none"
    raise ConfigError(
        "There is no key for {host}.",
        "Set the environment variable OPENAI_API_KEY.",
        host=settings.host,
    )


def _limits(concurrency: int) -> Any:
    import httpx2

    return httpx2.Limits(max_connections=concurrency + 2, max_keepalive_connections=concurrency)
