"""The server answers this machine's browser alone, and only those who have the address."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sheets import KEYS, ROWS, coded_sheet

from fitcheck.annotation.filling import Coding
from fitcheck.codebook import load_codebook
from fitcheck.labeling import server
from fitcheck.labeling.store import LabelStore

TOKEN = "Ein-Token"  # noqa: S105
Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """Return a German sheet that is being labelled."""
    opened = LabelStore(coded_sheet(tmp_path / "sample.xlsx"), load_codebook())
    yield opened
    opened.close()


@pytest.fixture
def ask(store: LabelStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Serve the sheet and return a function that asks: status, headers, body."""
    made: list[uvicorn.Server] = []

    class Kept(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            made.append(self)

    monkeypatch.setattr(uvicorn, "Server", Kept)
    listener = server.open_socket(0)
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    app = server.make_app(store, TOKEN, "de")
    thread = threading.Thread(target=server.serve, args=(app, listener))
    thread.start()

    def asked(
        path: str, body: Any = None, host: str = f"127.0.0.1:{port}", method: str | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        connection.request(
            method or ("GET" if body is None else "POST"), path, content, {"Host": host}
        )
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        result = answer.status, told, answer.read()
        connection.close()
        return result

    while not made or not made[0].started:
        thread.join(0.01)
    yield asked
    made[0].should_exit = True
    thread.join(30)
    assert not thread.is_alive()


PATHS = ["", "state", "status", "label.js", "label.css", "icon.svg", "decide", "undo"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", "é", "%00", "..", "*"])
def test_without_the_token_there_is_nothing(ask: Ask, path: str, token: str) -> None:
    """Neither the page nor its files are there, whatever the method."""
    escaped = token.replace("é", "%C3%A9")
    for method in ("GET", "POST"):
        status, headers, body = ask(f"/{escaped}/{path}", body=b"{}", method=method)
        assert (status, body) == (404, b"")
        assert headers["cache-control"] == "no-store"


def test_the_token_is_compared_in_constant_time(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the function that is made for it."""
    seen = []
    monkeypatch.setattr(
        server.secrets, "compare_digest", lambda a, b: seen.append((a, b)) or a == b
    )
    assert ask(f"/{TOKEN}/status")[0] == 200
    assert seen == [(TOKEN.encode(), TOKEN.encode())]


@pytest.mark.parametrize(
    "host", ["example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1", ""]
)
def test_another_name_for_this_machine_is_refused(ask: Ask, host: str) -> None:
    """A web page whose name suddenly leads here gets nothing."""
    status, _, body = ask(f"/{TOKEN}/state", host=host)
    assert status == 400
    assert ROWS[0].text.encode() not in body
    assert ask(f"/{TOKEN}/state", host="localhost")[0] == 200


@pytest.mark.parametrize("path", ["", "state", "label.js", "label.css", "icon.svg", "nothing"])
def test_every_reply_is_closed_off(ask: Ask, path: str) -> None:
    """No other origin can load, frame or keep anything, and no address is handed on."""
    _, headers, _ = ask(f"/{TOKEN}/{path}")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_decisions_and_undo(ask: Ask, store: LabelStore) -> None:
    """One field of one answer at a time; the reply shows that answer as it is now."""
    key = KEYS[0]
    for body in (
        {"key": key, "label": "fit"},
        {"key": key, "theme": "need_timing", "on": True},
        {"key": key, "theme": "duration_pace", "on": True},
        {"key": key, "theme": "need_timing", "on": False},
        {"key": key, "doubt": "  oder doch nicht?  "},
    ):
        status, _, reply = ask(f"/{TOKEN}/decide", body)
        assert status == 200
    (row,) = json.loads(reply)["rows"]
    assert store.coding(key) == Coding("fit", ("duration_pace",), "oder doch nicht?")
    assert (row["label"], row["themes"], row["doubt"]) == (
        "fit",
        ["duration_pace"],
        "oder doch nicht?",
    )
    for _ in range(5):
        assert json.loads(ask(f"/{TOKEN}/undo", {})[2])["undone"] == key
    assert json.loads(ask(f"/{TOKEN}/undo", {})[2])["undone"] is None
    assert store.coding(key) == Coding()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 19_000,
        b'"' + b"x" * 30_000 + b'"',
        [],
        {},
        {"key": "nobody", "label": "fit"},
        {"key": KEYS[0], "label": "passend"},
        {"key": KEYS[0], "label": ["fit"]},
        {"key": KEYS[0], "label": "fit", "doubt": "x"},
        {"key": KEYS[0], "theme": "nonsense", "on": True},
        {"key": KEYS[0], "theme": "other", "on": 1},
        {"key": KEYS[0], "doubt": "x" * 1001},
        {"key": KEYS[0], "text": "x"},
    ],
)
def test_anything_else_is_refused(ask: Ask, store: LabelStore, body: Any) -> None:
    """Nothing is guessed, and nothing changes."""
    assert ask(f"/{TOKEN}/decide", body)[0] == 400
    assert store.revision == 1


def test_a_fourth_theme_is_refused(ask: Ask, store: LabelStore) -> None:
    """The sheet has three columns for them; taking one off is always possible."""
    themes = sorted(store.codebook.theme_ids)[:4]
    bodies = [{"key": KEYS[0], "theme": theme, "on": True} for theme in themes]
    assert [ask(f"/{TOKEN}/decide", body)[0] for body in bodies] == [200, 200, 200, 400]
    assert ask(f"/{TOKEN}/decide", {**bodies[0], "on": False})[0] == 200
    assert store.coding(KEYS[0]).themes == tuple(themes[1:3])


def test_the_page_gets_answers_and_nothing_about_their_writers(ask: Ask) -> None:
    """What is sent has these names and no others; the first page holds no answer at all."""
    state = json.loads(ask(f"/{TOKEN}/state")[2])
    assert set(state) == {"revision", "unsaved", "doubts", "problem", "notices", "rows"}
    names = ["key", "person", "nth", "of", "question", "text", "label", "themes", "doubt", "slots"]
    assert all(list(row) == names for row in state["rows"])
    assert [(row["person"], row["nth"], row["of"]) for row in state["rows"]] == [
        ("1", 1, 1),
        ("2", 1, 2),
        ("2", 2, 2),
        ("3", 1, 1),
        ("4", 1, 1),
    ]
    assert "Schicht" not in ask(f"/{TOKEN}/")[2].decode()


def test_a_held_sheet_is_told(ask: Ask, store: LabelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels are taken, a doubt is refused in words, and later everything is fine again."""

    def held(*args: object) -> None:
        raise PermissionError("held")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        assert ask(f"/{TOKEN}/decide", {"key": KEYS[0], "label": "fit"})[0] == 200
        reply = json.loads(ask(f"/{TOKEN}/decide", {"key": KEYS[0], "doubt": "x"})[2])
        assert reply["refused"] is True
        assert reply["problem"] == ""
        assert reply["unsaved"] == 1
    store.save()
    reply = json.loads(ask(f"/{TOKEN}/status")[2])
    assert (reply["problem"], reply["unsaved"]) == (None, 0)
