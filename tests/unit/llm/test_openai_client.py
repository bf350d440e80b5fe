"""Whatever a server sends, the client gives a reply or a failure of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.settings import LLMSettings

REQUEST = ChatRequest((("system", "a"), ("user", "b")), 20, {"type": "object"})


@contextmanager
def client_of(
    status: int,
    body: bytes,
    content_type: str = "application/json",
    *,
    pause_s: float = 0,
    timeout_s: float = 30,
    **headers: str,
) -> Iterator[OpenAIClient]:
    """Return a client of a server that always answers the same, with a pause after each byte."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if not pause_s:
                self.wfile.write(body)
                return
            with suppress(OSError):  # the client has had enough
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(pause_s)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    client = OpenAIClient(LLMSettings(model="x", base_url=url, timeout_s=timeout_s))
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def failure_of(client: OpenAIClient) -> ChatFailure:
    """Return the failure of a request."""
    with pytest.raises(ChatFailure) as caught:
        client.complete(REQUEST)
    return caught.value


def choice(**changes: object) -> bytes:
    """Return a completion with one choice."""
    message = {"role": "assistant", "content": "{}"}
    one = {"index": 0, "finish_reason": "stop", "message": message} | changes
    return json.dumps({"choices": [one]}).encode()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html>hi</html>", "text/html"),
        (b"", "application/json"),
        (b'{"choices": [', "application/json"),
        (b"null", "application/json"),
        (b"[1]", "application/json"),
        (b'{"choices":[]}', "application/json"),
        (choice(message=None), "application/json"),
    ],
)
def test_what_is_no_completion(body: bytes, content_type: str) -> None:
    """A web page or half a JSON is as good as nobody there, until the server has answered once."""
    with client_of(200, body, content_type) as client:
        assert failure_of(client).kind == "gone"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error":{"code":"context_length_exceeded","message":"x"}}', "too_long"),
        (400, b'{"error":{"code":"content_filter","message":"x"}}', "content_filter"),
        (400, b"nope", "bad_request"),
        (401, b"{}", "auth"),
        (403, b"{}", "auth"),
        (404, b"{}", "no_model"),
        (413, b"{}", "too_long"),
        (418, b"teapot", "bad_request"),
        (422, b"{}", "bad_request"),
        (429, b"{}", "rate_limit"),
        (429, b'{"error":{"code":"insufficient_quota","message":"x"}}', "quota"),
        (500, b"{}", "server"),
        (500, b'{"error":{"message":"input is too large to process. increase"}}', "too_long"),
        (400, b'{"error":{"message":"API key not valid"}}', "auth"),
        (402, b"{}", "quota"),
        (405, b"{}", "no_model"),
        (408, b"{}", "server"),
        (
            429,
            b'{"error":{"message":"see https://x.example/account/billing, quota"}}',
            "rate_limit",
        ),
        (429, b'{"error":{"message":"Request too large, must be reduced"}}', "too_long"),
        (501, b"{}", "no_model"),
        (529, b'{"error":"overloaded"}', "server"),
    ],
)
def test_kinds_of_failures(status: int, body: bytes, kind: str) -> None:
    """By status and code."""
    with client_of(status, body) as client:
        assert failure_of(client).kind == kind


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"finish_reason": "length"}, "truncated"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"message": {"content": None, "refusal": "no"}}, "refused"),
    ],
)
def test_replies_of_no_use_are_failures_that_were_paid(
    changes: dict[str, object], kind: str
) -> None:
    """They come with what they cost."""
    with client_of(200, choice(**changes)) as client:
        failure = failure_of(client)
        assert failure.kind == kind
        assert failure.reply is not None


def test_odd_content_and_usage() -> None:
    """Text in parts is no text for us, and counts that are no numbers are none."""
    body = json.loads(choice(message={"content": [{"type": "text", "text": "x"}]}))
    with client_of(200, json.dumps(body | {"usage": {"prompt_tokens": "many"}}).encode()) as client:
        assert client.complete(REQUEST) == ChatReply("")


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry_After": "7"}, 7, 7),
        ({"retry_after_ms": "250"}, 0.25, 0.25),
        ({"Retry_After": formatdate(time.time() + 6000, usegmt=True)}, 3000, 6000),
        ({"Retry_After": "soon"}, None, None),
        ({}, None, None),
    ],
)
def test_how_long_a_server_asks_to_wait(
    headers: dict[str, str], low: float | None, high: float | None
) -> None:
    """Seconds, milliseconds or a date."""
    with client_of(503, b"{}", **headers) as client:
        wait = failure_of(client).retry_after_s
        if low is None or high is None:
            assert wait is None
        else:
            assert wait is not None
            assert low <= wait <= high


@pytest.mark.parametrize("status", [200, 500])
def test_a_reply_that_drips_ends_in_time(status: int) -> None:
    """Bytes that keep coming do not start the time anew; it may have been paid for."""
    with client_of(status, choice(), pause_s=0.02, timeout_s=0.3) as client:
        failure = failure_of(client)
        assert (failure.kind, failure.maybe_paid) == ("timeout", True)


def test_a_refused_parameter_is_learned() -> None:
    """Each request is sent once, so that whoever counts can count it."""
    body = b'{"error":{"message":"Unsupported parameter: seed"}}'
    with client_of(400, body) as client:
        assert [failure_of(client).kind for _ in range(3)] == [
            "learned",
            "bad_request",
            "bad_request",
        ]
