"""Chat completions and vectors of any OpenAI-compatible server; the only importer of openai."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from fitcheck.errors import ConfigError
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest, EmbeddingReply, FailureKind
from fitcheck.llm.failures import (
    failure_kind,
    refused_parameters,
    refuses_format,
    refuses_logprobs,
    retry_after_s,
)
from fitcheck.settings import EmbeddingSettings, LLMSettings, ServerSettings

FORMATS = ("json_schema", "json_object", "text")
"""How a reply may be demanded, strictest first."""
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)
"""What reading a body raises that is no completion."""


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
                event_hooks=_total_limit(settings.timeout_s),
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
        return FORMATS[self._format]

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of how requests were sent: None for what the server refused."""
        refused = [name for name in ("temperature", "seed") if name in self._unsupported]
        return {"reply_format": self.format, **dict.fromkeys(refused)}

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the reply; one request is sent.

        Raises
        ------
        ChatFailure
            If there is none. Its kind is ``learned`` where the server refused a parameter that is
            left out from then on, so that the request may be sent again at once.
        """
        tried = (self._format, frozenset(self._unsupported))
        try:
            return self._reply(self._send(request), weighed=request.top_logprobs > 0)
        except self._openai.APIError as error:
            if self._adapt(error, tried):
                raise ChatFailure("learned") from None
            raise self._failure(error) from None
        except MALFORMED:
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
        except MALFORMED:
            raise self._no_completion() from None
        self._format_works = True
        return EmbeddingReply(entries, _count(getattr(found, "usage", None), "prompt_tokens"))

    def _send(self, request: ChatRequest) -> Any:
        return self._client.chat.completions.create(**self._arguments(request))

    def _arguments(self, request: ChatRequest) -> dict[str, Any]:
        """Return the body of the request, as far as the server is known to support it."""
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
        if request.top_logprobs:
            if "logprobs" in self._unsupported:
                raise ChatFailure("no_logprobs")
            arguments |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        if request.schema and self.format == "json_schema":
            shape = {"name": "codings", "schema": dict(request.schema), "strict": True}
            arguments["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif request.schema and self.format == "json_object":
            arguments["response_format"] = {"type": "json_object"}
        return arguments

    def _reply(self, completion: Any, *, weighed: bool = False) -> ChatReply:
        """Return the reply; one that is `weighed` has log-probabilities of its tokens."""
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
            _token_logprobs(choice) if weighed else (),
        )
        # Of a label the first token is enough.
        if choice.finish_reason == "length" and not (weighed and reply.text.strip()):
            raise ChatFailure("truncated", reply=reply)
        if choice.finish_reason == "content_filter":
            raise ChatFailure("content_filter", reply=reply)
        if getattr(choice.message, "refusal", None):
            raise ChatFailure("refused", reply=reply)
        if weighed and not reply.token_logprobs:
            raise ChatFailure("no_logprobs", reply=reply)
        self._format_works = True
        return reply

    def _no_completion(self) -> ChatFailure:
        """Return the failure for what is no chat completion; a wrong address gives such pages."""
        kind: FailureKind = "server" if self._format_works else "gone"
        return ChatFailure(kind, "no chat completion", maybe_paid=True)

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
            for name in refused_parameters(told):
                if name not in self._unsupported:
                    self._unsupported.add(name)
                    return True
            if refuses_logprobs(told) and "logprobs" not in self._unsupported:
                self._unsupported.add("logprobs")
                return True
            refused = refuses_format(told) and error.status_code != 500
            if refused and not self._format_works and self._format + 1 < len(FORMATS):
                self._format += 1
                return True
        return False

    def _failure(self, error: Any) -> ChatFailure:
        openai = self._openai
        if isinstance(error, openai.APITimeoutError):
            return ChatFailure("timeout", maybe_paid=True)
        if isinstance(error, openai.APIConnectionError):
            # A connection that was cut may be the fault of what was sent; one refused is not.
            cause = type(error.__cause__).__name__
            cut = self._format_works and not cause.startswith("Connect")
            return ChatFailure("server" if cut else "gone", cause, maybe_paid=cut)
        if not isinstance(error, openai.APIStatusError):
            return ChatFailure("server", type(error).__name__)
        code = str(error.code or error.type or error.status_code)
        if not re.fullmatch(r"[\w.-]{1,60}", code):  # never what an answer may have put there
            code = str(error.status_code)
        wait = retry_after_s(error.response.headers)
        kind = failure_kind(
            error.status_code, f"{error.code} {error.type} {error.response.text[:2000]}"
        )
        if kind in ("auth", "no_model") and self._format_works:
            kind = "bad_request"  # it worked before, so this answer is what is refused
        return ChatFailure(kind, code, retry_after_s=wait)


def _token_logprobs(choice: Any) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Return each token with the likely ones at its place; nothing if the server gives none."""
    try:
        found = tuple(
            (str(token.token), tuple((str(t.token), float(t.logprob)) for t in token.top_logprobs))
            for token in choice.logprobs.content
        )
    except MALFORMED:
        return ()
    return found if any(likely for _, likely in found) else ()


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return value if isinstance(value, int) else 0


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


def _total_limit(seconds: float) -> dict[str, Any]:
    """Return hooks that end a reply in time: the timeout itself starts anew with every byte."""
    import httpx2

    class Limited(httpx2.SyncByteStream):
        def __init__(self, stream: Any, ends: float) -> None:
            self._stream, self._ends = stream, ends

        def __iter__(self) -> Iterator[bytes]:
            for part in self._stream:
                if time.monotonic() > self._ends:
                    raise httpx2.ReadTimeout("the reply takes too long")
                yield part

        def close(self) -> None:
            self._stream.close()

    def start(request: Any) -> None:
        request.extensions["ends"] = time.monotonic() + seconds

    def limit(response: Any) -> None:
        response.stream = Limited(response.stream, response.request.extensions["ends"])

    return {"request": [start], "response": [limit]}
