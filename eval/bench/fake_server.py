"""An OpenAI-compatible server that answers by rule and fails on demand.

It labels by the last number in an answer (0 fit, 1 not_fit, 2 no_signal, counted in threes), so
that every label can be checked. Faults are of two kinds: `faults` spoil a share of all requests
once, and marks inside an answer such as ``#cut`` spoil every reply that holds it.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fake_vectors import embeddings, mark_of

LABELS = ("fit", "not_fit", "no_signal")
FAULTS = ("429", "500", "cut", "prose", "foreign", "missing", "double", "quote", "refuse", "length")
"""What can go wrong; each is also a mark, written with a #."""
_MARK = re.compile(rf"#({'|'.join(FAULTS)})\b")
_DATA = re.compile(r"<data>\n(.*)\n</data>", re.DOTALL)


def label_of(text: str) -> str:
    """Return the label that the server gives a text."""
    numbers = re.findall(r"\d+", text)
    return LABELS[int(numbers[-1]) % 3] if numbers else "no_signal"


class FakeServer(ThreadingHTTPServer):
    """Serves ``/v1/chat/completions`` and ``/v1/embeddings`` on a free port of this machine.

    Parameters
    ----------
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
    status : int
        If not 200, every request gets this status and `code`.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        *,
        latency_s: float = 0.0,
        faults: Mapping[str, float] | None = None,
        formats: tuple[str, ...] = ("json_schema", "json_object", "text"),
        unsupported: tuple[str, ...] = (),
        retry_after_s: float = 0.2,
        context: int = 10**6,
        most_texts: int = 2048,
        thinks: int = 0,
        status: int = 200,
        code: str = "",
        seed: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.latency_s, self.faults, self.formats = latency_s, dict(faults or {}), formats
        self.unsupported, self.retry_after_s, self.context = unsupported, retry_after_s, context
        self.most_texts, self.thinks, self.status, self.code = most_texts, thinks, status, code
        self.random = random.Random(seed)  # noqa: S311
        self.lock = threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.answered: Counter[str] = Counter()
        self.embedded: Counter[str] = Counter()
        self.n_connections = self.n_prompt_characters = self.in_flight = self.most_in_flight = 0

    @property
    def url(self) -> str:
        """The address of the interface."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def n_requests(self) -> int:
        """Requests received."""
        return len(self.bodies)

    def handle_error(self, *_: object) -> None:
        """Stay silent: clients are killed on purpose."""

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

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = body.get("input") or [m["content"] for m in body["messages"]]
        characters = sum(map(len, texts))
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        with server.lock:
            server.bodies.append(body)
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
            server.n_prompt_characters += characters + len(json.dumps(schema) if schema else "")
        try:
            time.sleep(server.latency_s)
            if self.path.endswith("/embeddings"):
                self._embed(body["input"], characters)
            else:
                self._answer(body, characters)
        finally:
            with server.lock:
                server.in_flight -= 1

    def _embed(self, texts: list[str], characters: int) -> None:
        server = self.server
        fault = server.draw_fault() or mark_of(texts)
        if server.status != 200:
            self._fail(server.status, server.code or "error")
        elif len(texts) > server.most_texts:
            self._fail(422, "validation_error", f"at most {server.most_texts} texts in a batch")
        elif characters > server.context:
            self._fail(400, "context_length_exceeded")
        elif fault == "429":
            wait = f"{server.retry_after_s}"
            self._fail(429, "rate_limit_exceeded", headers={"Retry-After": wait})
        elif fault == "500":
            self._fail(500, "server_error")
        else:
            self._send(200, embeddings(texts, fault))
            with server.lock:  # what a client that is gone did not get is not counted
                server.embedded.update(texts)

    def _answer(self, body: dict[str, Any], characters: int) -> None:
        server = self.server
        wanted = body.get("response_format", {"type": "text"})["type"]
        refused = [name for name in server.unsupported if name in body]
        if server.status != 200:
            self._fail(server.status, server.code or "error")
        elif refused:
            self._fail(400, "unsupported_parameter", f"Unsupported parameter: {refused[0]}")
        elif wanted not in server.formats:
            self._fail(400, "invalid_request_error", f"response_format {wanted} is not supported")
        elif characters > server.context:
            self._fail(400, "context_length_exceeded")
        else:
            self._reply(body, characters)

    def _reply(self, body: dict[str, Any], characters: int) -> None:
        match = _DATA.search(body["messages"][-1]["content"])
        content = json.loads(match[1]) if match else {}
        texts = {
            int(number): told["text"] if isinstance(told, dict) else told
            for answers in content.values()
            for number, told in answers.items()
        }
        marks = {n: m[1] for n, text in texts.items() if (m := _MARK.search(text))}
        if body.get("max_tokens", body.get("max_completion_tokens")) < self.server.thinks:
            return self._send(200, _completion("", "length", None, characters))
        fault = self.server.draw_fault() or next(iter(marks.values()), "")
        if fault == "429":
            wait = f"{self.server.retry_after_s}"
            return self._fail(429, "rate_limit_exceeded", headers={"Retry-After": wait})
        if fault == "500":
            return self._fail(500, "server_error")
        entries = [self._entry(n, text) for n, text in sorted(texts.items())]
        spoilt = [n for n, mark in marks.items() if mark == fault] or [1]
        entries = [new for e in entries for new in (_spoil(e, fault) if e["id"] in spoilt else [e])]
        text = json.dumps({"answers": entries}, ensure_ascii=False)
        if fault in ("cut", "length"):
            text = text[: len(text) // 2]
        elif fault == "prose":
            text = "I am afraid I cannot say."
        finish = "length" if fault == "length" else "stop"
        refusal = "I will not." if fault == "refuse" else None
        self._send(200, _completion(text, finish, refusal, characters))
        with self.server.lock:  # what a client that is gone did not get is not counted
            self.server.answered.update(texts.values())
        return None

    def _entry(self, number: int, text: str) -> dict[str, Any]:
        label = label_of(text)
        quote = None if label == "no_signal" else text.split()[0]
        return {"id": number, "quote": quote, "label": label, "themes": ["other:neutral"]}

    def _fail(
        self, status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        error = {"message": message or code, "type": code, "code": code, "param": None}
        self._send(status, {"error": error}, headers)

    def _send(
        self, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _spoil(entry: dict[str, Any], fault: str) -> list[dict[str, Any]]:
    """Return what stands in the reply instead of a right entry."""
    if fault == "foreign":
        return [entry | {"label": "rather_fit"}]
    if fault == "missing":
        return []
    if fault == "double":
        return [entry, entry | {"label": "no_signal" if entry["quote"] else "fit", "quote": "x"}]
    if fault == "quote" and entry["quote"]:
        return [entry | {"quote": "words that nobody wrote"}]
    return [entry]


def _completion(text: str, finish: str, refusal: str | None, characters: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    prompt, reply = characters // 4, len(text) // 4
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": reply,
            "total_tokens": prompt + reply,
        },
    }


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
