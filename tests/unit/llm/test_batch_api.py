"""What goes into files of requests, what comes back, and what a server does wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_batches import FakeBatches
from fake_server import serving
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.errors import LLMError
from fitcheck.llm.base import ChatFailure, ChatRequest
from fitcheck.llm.batch_api import BatchApi, RemoteBatch, read_lines, request_line
from fitcheck.llm.openai_batches import OpenAIBatches
from fitcheck.llm.pace import Pace
from fitcheck.settings import LLMSettings

REQUEST = ChatRequest((("system", "a"), ("user", "b")), 20, {"type": "object"})
PART = {"fitcheck": "run", "part": "1"}
LINE = request_line("r1", {"messages": [{"role": "user", "content": "x"}], "max_tokens": 9})


@contextmanager
def api_of(
    batches: FakeBatches | None, max_wait_s: float = 30, **options: object
) -> Iterator[BatchApi]:
    """Return the Batch API of a fake server, which nobody waits for."""
    with serving(batches=batches, **options) as server:
        settings = LLMSettings(model="fake", base_url=server.url)
        client = OpenAIBatches(settings)
        pace = Pace(None, None, max_wait_s, settings.host, sleep=lambda _: None)
        try:
            yield BatchApi(client, settings, pace)
        finally:
            client.close()


@given(st.text(), st.text())
def test_a_request_is_one_line_whatever_stands_in_it(custom_id: str, text: str) -> None:
    """Line separators of other alphabets end no line either."""
    line = request_line(custom_id, {"text": text})
    assert len(line.decode().splitlines()) == 1
    told = json.loads(line)
    assert (told["custom_id"], told["body"]["text"]) == (custom_id, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["custom_id", "response", "status_code", "body"]), inner)
    ),
    max_leaves=20,
)


@given(st.lists(st.binary() | JSON.map(lambda value: json.dumps(value).encode())))
def test_no_line_that_comes_back_raises(lines: list[bytes]) -> None:
    """Each has an id, and a completion or none."""
    for custom_id, body in read_lines(b"\n".join(lines)):
        assert isinstance(custom_id, str)
        assert body is None or isinstance(body, dict)


def test_lines_that_came_back() -> None:
    """Errors, other statuses and noise hold no completion."""
    response = {"status_code": 200, "body": {"choices": []}}
    lines = [
        {"custom_id": "a", "response": response, "error": None},
        {"custom_id": "b", "response": response | {"status_code": 400}},
        {"custom_id": "c", "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": 4, "response": response},
    ]
    content = b"\n".join([*(json.dumps(line).encode() for line in lines), b"{", b"", b"null"])
    assert list(read_lines(content)) == [("a", {"choices": []}), ("b", None), ("c", None)]


def test_a_batch_from_file_to_replies() -> None:
    """Uploaded, created, looked at, read, removed."""
    with api_of(FakeBatches(polls={"1": 1})) as api:
        file = api.upload("x.jsonl", LINE)
        batch = api.create(file, PART, is_new=True)
        assert not batch.has_ended
        assert api.batch(batch.id).status == "in_progress"
        ended = api.batch(batch.id)
        assert (ended.has_ended, ended.total, ended.completed) == (True, 1, 1)
        ((custom_id, body),) = read_lines(api.download(ended.files[0]))
        assert custom_id == "r1"
        assert body is not None
        assert api.client.reply(body).completion_tokens > 0
        assert [api.delete(name) for name in (file, file)] == [True, False]


@pytest.mark.parametrize("step", ["upload", "create"])
def test_an_answer_that_got_lost_creates_nothing_twice(step: str) -> None:
    """The server did its work and then failed: a batch is looked for before it is repeated."""
    batches = FakeBatches(refusals={step: 500}, once=True)
    with api_of(batches) as api:
        api.create(api.upload("x.jsonl", LINE), PART, is_new=True)
    assert len(batches.batches) == 1


def test_only_a_batch_of_this_part_is_taken_for_it() -> None:
    """Others of the account, and other parts of the submission, are not."""
    batches = FakeBatches()
    with api_of(batches) as api:
        file = api.upload("x.jsonl", LINE)
        others = [{"fitcheck": "other", "part": "1"}, {"fitcheck": "run", "part": "2"}]
        for other in others:
            api.create(file, other, is_new=True)
        new = api.create(file, PART, is_new=False)
        assert new.metadata == PART
        assert api.create(file, PART, is_new=False).id == new.id
    assert len(batches.batches) == 3


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, "", "has no Batch API"),
        (405, "", "has no Batch API"),
        (501, "", "has no Batch API"),
        (401, "invalid_api_key", "refuses the key"),
        (429, "insufficient_quota", "quota"),
        (400, "odd", "refuses the batch"),
        (500, "", "busy or failing"),
        (429, "", "busy or failing"),
    ],
)
def test_what_ends_a_submission(status: int, code: str, message: str) -> None:
    """The errors of a normal run, and one for servers without batches."""
    with (
        api_of(FakeBatches(), max_wait_s=0, status=status, code=code) as api,
        pytest.raises(LLMError, match=message),
    ):
        api.upload("x.jsonl", LINE)


@pytest.mark.parametrize("step", ["look", "download"])
def test_what_the_server_has_forgotten(step: str) -> None:
    """It is no reason to pay for everything again without asking."""
    with api_of(FakeBatches(refusals={step: 404})) as api:
        ask = api.batch if step == "look" else api.download
        with pytest.raises(LLMError, match="does not know id-1"):
            ask("id-1")


def test_requests_leave_out_what_the_server_refused_directly() -> None:
    """And another process need not learn it again."""
    options = {"unsupported": ("max_tokens", "temperature"), "formats": ("json_object",)}
    with api_of(FakeBatches(), **options) as api:
        for _ in range(3):  # each refusal teaches one thing
            with pytest.raises(ChatFailure, match="learned"):
                api.client.complete(REQUEST)
        api.client.complete(REQUEST)
        body, shape = api.client.body(REQUEST), api.client.shape
    assert body["response_format"] == {"type": "json_object"}
    assert body["max_completion_tokens"] == 20
    assert "temperature" not in body
    other = OpenAIBatches(LLMSettings(model="fake", base_url="http://localhost:1/v1"))
    other.shape = shape
    assert other.body(REQUEST) == body
    other.close()


@pytest.mark.parametrize("body", [{}, {"choices": None}, {"choices": [{}]}, {"choices": [1]}])
def test_what_is_no_completion(body: dict[str, object]) -> None:
    """It is a failure as in a direct request."""
    with api_of(None) as api, pytest.raises(ChatFailure):
        api.client.reply(body)


def test_files_of_a_batch() -> None:
    """Those that are there."""
    assert RemoteBatch("b", "expired", error_file="e").files == ("e",)
