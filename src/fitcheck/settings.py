"""What may be set about a model's server; values only, never a client or a key."""

from __future__ import annotations

import os
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

Evidence = Literal["label", "votes", "logprobs"]
"""What says how sure a model is of a label: the label alone, votes, or its log-probabilities."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104
_OPENAI = "https://api.openai.com/v1"
_ENCODER = "openai:"


def model_of_server(encoder: str) -> str | None:
    """Return the model that an encoder asks a server for; None where nothing is sent.

    Examples
    --------
    >>> model_of_server("openai:nomic-embed-text"), model_of_server("tfidf+use")
    ('nomic-embed-text', None)
    """
    return encoder.removeprefix(_ENCODER) or None if encoder.startswith(_ENCODER) else None


class ServerSettings(BaseModel):
    """Where a server is, what it may get to read, and what that may cost.

    The key comes from the environment (``OPENAI_API_KEY``) and is never stored here.

    Examples
    --------
    >>> ServerSettings(base_url="http://localhost:11434/v1").is_local
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = ""
    """Where the server is; empty means ``OPENAI_BASE_URL``, else OpenAI itself."""
    azure_api_version: str = ""
    """Set for Azure OpenAI; `base_url` is then the resource's address."""
    redact: bool | None = None
    """Replace what identifies people; None does so unless the server is this machine."""
    names: tuple[str, ...] = ()
    """Names to replace besides those that redaction finds itself."""
    concurrency: int = Field(default=8, ge=1, le=64)
    """Requests in flight."""
    rpm: float | None = Field(default=None, ge=0.1)
    """Most requests a minute."""
    tpm: float | None = Field(default=None, ge=1)
    """Most tokens a minute."""
    timeout_s: float = Field(default=120, gt=0)
    """Seconds to wait for one reply in all, its last byte included."""
    max_wait_s: float = Field(default=180, ge=0)
    """Seconds to wait in all for a server that is busy or away."""
    max_cost: float | None = Field(default=None, ge=0)
    """Most money to spend, in the currency of the price list."""
    max_requests: int | None = Field(default=None, ge=0)
    """Most requests to send."""
    use_cache: bool = True
    """Keep valid replies and vectors on this machine, so that nothing is paid twice."""

    @model_validator(mode="after")
    def _resolved(self) -> Self:
        address = (self.base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI).strip()
        parts = urlsplit(address)  # raises a ValueError for what is no address
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError(f"the address {address!r} must look like http://localhost:11434/v1")
        object.__setattr__(self, "base_url", address.rstrip("/"))
        return self

    @property
    def host(self) -> str:
        """The server's host, for people and the run file."""
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def is_local(self) -> bool:
        """Whether the server is this machine, so that nothing leaves it."""
        return self.host in LOOPBACK

    @property
    def redacts(self) -> bool:
        """Whether texts are redacted before they are sent."""
        return not self.is_local if self.redact is None else self.redact

    @property
    def is_default(self) -> bool:
        """Whether no address was given, so that OpenAI itself is meant."""
        return self.base_url == _OPENAI


class LLMSettings(ServerSettings):
    """Which language model answers, and how it is asked.

    Examples
    --------
    >>> LLMSettings(model="qwen3", base_url="http://localhost:11434/v1").host
    'localhost'
    """

    option: ClassVar = "--model"
    """What names the model on the command line."""

    model: str = Field(min_length=1)
    """The model's name on its server."""
    prompt: str = "fit.v1"
    """Id of a prompt in ``prompts/``, or the path of a prompt file."""
    show_persona: bool = False
    """Tell the model the respondent's group."""
    batch_size: int | None = Field(default=None, ge=1, le=200)
    """Answers in a request; None lets their length decide."""
    temperature: float = Field(default=0, ge=0, le=2)
    seed: int = 0
    votes: int = Field(default=1, ge=1, le=15)
    """How often each answer is asked; the label most votes agree on counts."""
    logprobs: bool = False
    """Ask for each label once more, alone, and read its log-probabilities."""

    @field_validator("logprobs")
    @classmethod
    def _one_kind_of_evidence(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("votes", 1) > 1:
            raise ValueError("votes are evidence already, so choose one of the two")
        return value

    @property
    def evidence(self) -> Evidence:
        """What says how sure the model is of a label."""
        if self.logprobs:
            return "logprobs"
        return "votes" if self.votes > 1 else "label"


class EmbeddingSettings(ServerSettings):
    """Which model turns sentences into vectors.

    Examples
    --------
    >>> server = ServerSettings(base_url="http://localhost:11434/v1")
    >>> EmbeddingSettings.of("nomic-embed-text", server).model
    'nomic-embed-text'
    """

    option: ClassVar = "--encoder"
    """What names the model on the command line."""

    model: str = Field(min_length=1)
    """The model's name on its server."""

    @classmethod
    def of(cls, model: str, server: ServerSettings) -> Self:
        """Return the settings of a model on a server."""
        return cls(model=model, **{n: getattr(server, n) for n in ServerSettings.model_fields})
