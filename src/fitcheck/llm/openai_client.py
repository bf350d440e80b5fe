"""Chat completions and vectors of any OpenAI-compatible server; the only importer of openai."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from fitcheck.errors import ConfigError
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest, EmbeddingReply, FailureKind
from fitcheck.settings import EmbeddingSettings, LLMSettings, ServerSettings

_FORMATS = ("json_schema", "json_object", "text")
"""How a reply may be demanded, strictest first."""
_TOO_LONG = re.compile(r"context|too long|maximum.*(length|tokens)|exceed", re.IGNORECASE)
_TOO_LARGE = re.compile(r"request too large|must be reduced", re.IGNORECASE)
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
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)
"""What reading a body raises that is no completion."""
_PARAMETERS = ("max_tokens", "temperature", "seed")


class OpenAIClient:
    """A pooled client for many threads; it learns what its server does not support.

    Parameters
    ----------
    settings : LLMSettings or EmbeddingSettings
        Where the server is. The key is read from ``OPENAI_API_KEY``.

    Raises
    ------
    ConfigError
        If a server elsewhere needs a key and there is none.
    """

    def __init__(self, settings: LLMSettings | EmbeddingSettings) -> None:
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
                limits=_limits(settings.concurrency),
                timeout=settings.timeout_s,
                # The server that was named gets the texts, and no proxy or other one.
                follow_redirects=False,
                trust_env=not settings.is_local,
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
            except _MALFORMED:
                raise self._no_completion() from None

    def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """Return what the server says are the vectors of the texts.

        Raises
        ------
        ChatFailure
            If there are none.
        """
        try:
            found = self._client.embeddings.create(
                model=self._settings.model, input=list(texts), encoding_format="float"
            )
            entries = [(getattr(entry, "index", None), entry.embedding) for entry in found.data]
        except self._openai.APIError as error:
            raise self._failure(error) from None
        except _MALFORMED:
            raise self._no_completion() from None
        self._format_works = True
        return EmbeddingReply(entries, _count(getattr(found, "usage", None), "prompt_tokens"))

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
        choices = getattr(completion, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise self._no_completion()
        choice, usage = choices[0], completion.usage
        details = getattr(usage, "prompt_tokens_details", None)
        content = choice.message.content
        reply = ChatReply(
            content if isinstance(content, str) else "",
            _count(usage, "prompt_tokens"),
            _count(usage, "completion_tokens"),
            _count(details, "cached_tokens"),
        )
        if choice.finish_reason == "length":
            raise ChatFailure("truncated", reply=reply)
        if choice.finish_reason == "content_filter":
            raise ChatFailure("content_filter", reply=reply)
        if getattr(choice.message, "refusal", None):
            raise ChatFailure("refused", reply=reply)
        self._format_works = True
        return reply

    def _no_completion(self) -> ChatFailure:
        """Return the failure for what is no chat completion; a wrong address gives such pages."""
        return ChatFailure("server" if self._format_works else "gone", "no chat completion")

    def _adapt(self, error: Any, tried: tuple[int, frozenset[str]]) -> bool:
        """Return whether the request may work now, with less asked of the server."""
        if getattr(error, "status_code", None) not in (400, 404, 415, 422, 500, 501):
            return False
        with self._lock:
            if (self._format, frozenset(self._unsupported)) != tried:
                return True  # another thread has learned it meanwhile
            told = (
                f"{getattr(error, 'param', '') or ''} {error.message} {error.response.text[:2000]}"
            )
            for name in _PARAMETERS:
                named = re.search(rf"\b{name}\b", told) and _UNSUPPORTED.search(told)
                if named and name not in self._unsupported:
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
            # A connection that was cut may be the fault of what was sent; one refused is not.
            cause = type(error.__cause__).__name__
            cut = self._format_works and not cause.startswith("Connect")
            return ChatFailure("server" if cut else "gone", cause)
        if not isinstance(error, openai.APIStatusError):
            return ChatFailure("server", type(error).__name__)
        code = str(error.code or error.type or error.status_code)
        if not re.fullmatch(r"[\w.-]{1,60}", code):  # never what an answer may have put there
            code = str(error.status_code)
        wait = _retry_after(error.response.headers)
        kind = _kind(error.status_code, f"{error.code} {error.type} {error.response.text[:2000]}")
        if kind in ("auth", "no_model") and self._format_works:
            kind = "bad_request"  # it worked before, so this answer is what is refused
        return ChatFailure(kind, code, retry_after_s=wait)


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return value if isinstance(value, int) else 0


def _kind(status: int, told: str) -> FailureKind:
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
    return "server" if status >= 500 or status in (408, 409) else "bad_request"


def _retry_after(headers: Any) -> float | None:
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


def _key(settings: ServerSettings) -> str:
    key = os.environ.get("OPENAI_API_KEY")
    if not key and settings.azure_api_version:
        key = os.environ.get("AZURE_OPENAI_API_KEY")
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
