"""An OpenAI-compatible server that answers by rule and fails on demand; standard library only.

It labels by the last number in an answer (0 fit, 1 not_fit, 2 no_signal, counted in threes), so
that every label can be checked. Where it is warm enough, an answer with ``~m`` gets the next label
in every m-th vote; a vote is told by the thousands of the seed. Asked for log-probabilities it
writes a letter, which is less likely after ``~m``, and hardly after ``~0``. Faults are of two
kinds: `faults` spoil a share of all requests once, and marks inside an answer such as ``#cut``
spoil every reply that holds it.
"""

from __future__ import annotations

import json
import math
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fake_batches import MARK, FakeBatches
from fake_forms import form_of, n_characters, n_schema_characters
from fake_replies import completion, entry_of, spoil
from fake_vectors import embed

LABELS = ("fit", "not_fit", "no_signal")
FAULTS = ("429", "500", "cut", "prose", "foreign", "missing", "double", "quote", "refuse", "length")
"""What can go wrong; each is also a mark, written with a #."""
_MARK = re.compile(rf"#({'|'.join(FAULTS)})\b")
_DOUBT = re.compile(r"~(\d)")
_PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings")


def label_of(text: str) -> str:
    """Return the label that the server gives a text."""
    numbers = re.findall(r"\d+", text)
    return LABELS[int(numbers[-1]) % 3] if numbers else "no_signal"


def vote_of(text: str, seed: int, temperature: float) -> str:
    """Return the label that the server gives a text in one of several votes."""
    label, doubt, vote = label_of(text), _DOUBT.search(text), seed // 1000
    turns = temperature >= 0.5 and doubt and int(doubt[1]) and vote and vote % int(doubt[1]) == 0
    return LABELS[(LABELS.index(label) + 1) % 3] if turns else label


def letter_shares(text: str) -> dict[str, float]:
    """Return how likely each letter is where the server writes one."""
    doubt = _DOUBT.search(text)
    share = {None: 0.9, "0": 0.2}.get(doubt and doubt[1], 0.6)
    place = LABELS.index(label_of(text))
    shares = (share, 0.3 if share == 0.6 else 0.05, 0.02)
    return {"ABC"[(place + k) % 3]: s for k, s in enumerate(shares)}


class FakeServer(ThreadingHTTPServer):
    """Serves ``/v1/chat/completions`` and ``/v1/embeddings`` on a port of this machine.

    Parameters
    ----------
    port : int
        A free one by default.
    latency_s : float
        Seconds that each reply takes.
    faults : mapping of str to float
        Share of requests that each fault spoils.
    formats : tuple of str
        Ways to demand JSON that the server knows; others are refused with status 400.
    unsupported : tuple of str
        Parameters that are refused with status 400.
    retry_after_s : float
        What a reply 429 asks for.
    context : int
        Most characters of a request.
    most_texts : int
        Most texts of a request for vectors.
    thinks : int
        Tokens that the model thinks before it writes; with fewer allowed it writes nothing.
    logprobs : bool
        Whether replies have log-probabilities where they are asked for.
    status : int
        If not 200, every request gets this status and `code`.
    batches : FakeBatches, optional
        The server's Batch API; it has none without.
    outage_s : float
        Seconds in which every request gets status 500, once `outage_after` were answered.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        faults: Mapping[str, float] | None = None,
        formats: tuple[str, ...] = ("json_schema", "json_object", "text"),
        unsupported: tuple[str, ...] = (),
        retry_after_s: float = 0.2,
        context: int = 10**6,
        most_texts: int = 2048,
        thinks: int = 0,
        logprobs: bool = True,
        status: int = 200,
        code: str = "",
        batches: FakeBatches | None = None,
        outage_s: float = 0.0,
        outage_after: int = 4,
        seed: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.latency_s, self.faults, self.formats = latency_s, dict(faults or {}), formats
        self.unsupported, self.retry_after_s, self.context = unsupported, retry_after_s, context
        self.most_texts, self.thinks, self.status, self.code = most_texts, thinks, status, code
        self.batches = batches
        self.logprobs = logprobs
        self.outage_s, self.outage_after, self.outage_ends = outage_s, outage_after, math.inf
        self.random = random.Random(seed)  # noqa: S311
        self.lock = threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.answered: Counter[str] = Counter()
        self.embedded: Counter[str] = Counter()
        self.weighed: Counter[str] = Counter()
        self.spent: Counter[str] = Counter()
        self.n_connections = self.n_prompt_characters = self.in_flight = self.most_in_flight = 0

    @property
    def url(self) -> str:
        """The address of the interface."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def n_requests(self) -> int:
        """Requests received, without those of batches."""
        return len(self.bodies)

    def cost(self, read: float, written: float) -> float:
        """Return what all replies cost, at these prices for a million tokens."""
        return (
            self.spent["prompt_tokens"] * read + self.spent["completion_tokens"] * written
        ) / 1e6

    def handle_error(self, *_: object) -> None:
        """Stay silent: clients are killed on purpose."""

    @property
    def is_out(self) -> bool:
        """Whether every request fails at the moment; the first such request starts the time."""
        with self.lock:
            if self.n_requests <= self.outage_after or not self.outage_s:
                return False
            now = time.monotonic()
            self.outage_ends = min(self.outage_ends, now + self.outage_s)
            return now < self.outage_ends

    def draw_fault(self) -> str:
        """Return the fault that spoils this request, or an empty string."""
        with self.lock:
            drawn = self.random.random()
        for fault, share in self.faults.items():
            drawn -= share
            if drawn < 0:
                return fault
        return ""


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.n_connections += 1

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._batch_api(b"")

    def do_DELETE(self) -> None:
        self._batch_api(b"")

    def _batch_api(self, content: bytes) -> None:
        batches, url = self.server.batches, self.server.url
        if batches is None:
            self._fail(404, "not_found")
        elif self.server.status != 200:
            self._fail(self.server.status, self.server.code or "error")
        else:
            self._send(*batches.handle(self.command, self.path, self.headers, content, url))

    def do_POST(self) -> None:
        server = self.server
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path not in _PATHS:
            return self._batch_api(content)
        body = json.loads(content)
        characters = n_characters(body)
        with server.lock:
            if MARK not in self.headers:
                server.bodies.append(body)
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
            server.n_prompt_characters += characters + n_schema_characters(body)
        try:
            time.sleep(server.latency_s)
            if self.path.endswith("/embeddings"):
                self._embed(body["input"], characters)
            else:
                self._answer(body, characters)
        finally:
            with server.lock:
                server.in_flight -= 1
        return None

    def _embed(self, texts: list[str], characters: int) -> None:
        status, content, headers = embed(self.server, texts, characters)
        self._send(status, content, headers)
        if status == 200:
            with self.server.lock:  # what a client that is gone did not get is not counted
                self.server.embedded.update(texts)

    def _answer(self, body: dict[str, Any], characters: int) -> None:
        server = self.server
        wanted = body.get("response_format", {"type": "text"})["type"]
        refused = [name for name in server.unsupported if name in body]
        if server.status != 200 or server.is_out:
            self._fail(500 if server.status == 200 else server.status, server.code or "error")
        elif refused:
            self._fail(400, "unsupported_parameter", f"Unsupported parameter: {refused[0]}")
        elif wanted not in server.formats:
            self._fail(400, "invalid_request_error", f"response_format {wanted} is not supported")
        elif characters > server.context:
            self._fail(400, "context_length_exceeded")
        else:
            self._reply(body, characters)

    def _reply(self, body: dict[str, Any], characters: int) -> None:
        form = form_of(body)
        texts = form.texts
        marks = {n: m[1] for n, text in texts.items() if (m := _MARK.search(text))}
        if body.get("max_tokens", body.get("max_completion_tokens", math.inf)) < self.server.thinks:
            return self._send(200, completion("", "length", None, characters))
        if body.get("logprobs"):
            return self._write_letter(texts[1], characters)
        fault = self.server.draw_fault() or next(iter(marks.values()), "")
        if fault == "429":
            wait = f"{self.server.retry_after_s}"
            return self._fail(429, "rate_limit_exceeded", headers={"Retry-After": wait})
        if fault == "500":
            return self._fail(500, "server_error")
        seed, warmth = body.get("seed", 0), body.get("temperature", 1.0)
        entries = [
            entry_of(text, n, vote_of(text, seed, warmth)) for n, text in sorted(texts.items())
        ]
        spoilt = [n for n, mark in marks.items() if mark == fault] or [min(texts, default=1)]
        entries = [new for e in entries for new in (spoil(e, fault) if e["id"] in spoilt else [e])]
        text = json.dumps(form.write(entries), ensure_ascii=False)
        if fault in ("cut", "length"):
            text = text[: len(text) // 2]
        elif fault == "prose":
            text = "I am afraid I cannot say."
        finish = "length" if fault == "length" else "stop"
        refusal = "I will not." if fault == "refuse" else None
        self._send(200, form.body(text, finish, refusal, characters))
        with self.server.lock:  # what a client that is gone did not get is not counted
            self.server.answered.update(texts.values())
        return None

    def _write_letter(self, text: str, characters: int) -> None:
        shares = letter_shares(text)
        likely = [{"token": k, "logprob": math.log(p)} for k, p in shares.items()]
        letter = likely[0]["token"]
        reply = completion(f"{letter}.", "stop", None, characters)
        if self.server.logprobs:
            content = [likely[0] | {"top_logprobs": likely}, {"token": ".", "top_logprobs": []}]
            reply["choices"][0]["logprobs"] = {"content": content}
        self._send(200, reply)
        with self.server.lock:
            self.server.weighed[text] += 1

    def _fail(
        self, status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        error = {"message": message or code, "type": code, "code": code, "param": None}
        self._send(status, {"error": error}, headers)

    def _send(
        self,
        status: int,
        content: Mapping[str, Any] | bytes,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        with self.server.lock:  # before it is sent: who has the reply may look
            self.server.spent.update({} if isinstance(content, bytes) else content.get("usage", {}))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(**options: Any) -> Iterator[FakeServer]:
    """Run a server while the block runs."""
    server = FakeServer(**options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
