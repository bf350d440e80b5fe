"""What is recorded comes back, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_server import serving

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import DataError, LLMError
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.recording import RecordingClient, ReplayClient, record
from fitcheck.records import Answer
from fitcheck.settings import LLMSettings

MARKS = {4: "#missing ", 7: "#length ", 11: "#refuse ", 19: "#500 "}
ANSWERS = [Answer(f"Halle {MARKS.get(i, '')}mit Text {i}", "Gut?") for i in range(25)]


def settings(url: str, **chosen: Any) -> LLMSettings:
    """Return settings that keep nothing."""
    fixed = {"use_cache": False, "concurrency": 1, "batch_size": 5}
    return LLMSettings(model="fake", base_url=url, **fixed, **chosen)


@pytest.mark.parametrize("chosen", [{}, {"votes": 3}, {"logprobs": True}])
def test_a_recording_gives_the_same_predictions(chosen: dict[str, Any], tmp_path: Path) -> None:
    """Follow-ups, failures and evidence included, with no server there any more."""
    with serving() as server:
        asked = LLMClassifier(
            settings(server.url, **chosen),
            connect=lambda s: RecordingClient(OpenAIClient(s), tmp_path, s.model),
        )
        first = asked.annotate(ANSWERS)
        url = server.url
    assert (first[0].evidence is not None) == bool(chosen)
    again = LLMClassifier(
        settings(url, **chosen), connect=lambda s: ReplayClient(tmp_path, s.model)
    )
    assert again.annotate(ANSWERS) == first
    assert [first[i].failure for i in MARKS] == ["invalid_reply", "truncated", "refused", "server"]
    assert sum(prediction.label is None for prediction in first) == len(MARKS)
    assert again.usage == asked.usage
    with pytest.raises(LLMError, match="no reply to a request"):
        again.annotate(ANSWERS[:3])


def test_another_model_does_not_answer(tmp_path: Path) -> None:
    """Where a line or about.json names who answered; a recording without names serves anybody."""
    request = ChatRequest((("system", "a"), ("user", "b")), 9, {})
    record(tmp_path, request, ChatReply("x"))
    assert ReplayClient(tmp_path, "other").complete(request) == ChatReply("x")
    record(tmp_path, request, ChatReply("x"), model="fake")
    with pytest.raises(DataError, match="the model 'fake' answered, not 'other'"):
        ReplayClient(tmp_path, "other")
    (tmp_path / "about.json").write_text('{"model": "fame"}', encoding="utf-8")
    with pytest.raises(DataError, match="the model 'fame' answered, not 'fake'"):
        ReplayClient(tmp_path, "fake")


def test_a_failure_that_passed_is_not_replayed(tmp_path: Path) -> None:
    """The reply to the same request is what it says, whichever came first."""
    request = ChatRequest((("system", "a"), ("user", "b")), 9, {})
    record(tmp_path, request, ChatFailure("server", "500"))
    with pytest.raises(ChatFailure, match="server: 500"):
        ReplayClient(tmp_path).complete(request)
    record(tmp_path, request, ChatReply("x"))
    record(tmp_path, request, ChatFailure("server", "500"))
    assert ReplayClient(tmp_path).complete(request) == ChatReply("x")


def test_damaged_and_missing_recordings(tmp_path: Path) -> None:
    """Told by line."""
    with pytest.raises(DataError, match="no recording"):
        ReplayClient(tmp_path)
    for line in ("{}", '{"key":"a","failure":{"kind":"x","detail":"","reply":null}}'):
        (tmp_path / "exchanges.jsonl").write_text(f"{line}\n", encoding="utf-8")
        with pytest.raises(DataError, match="Line 1"):
            ReplayClient(tmp_path)
    (tmp_path / "exchanges.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "about.json").write_text("[1", encoding="utf-8")
    with pytest.raises(DataError, match=r"about\.json cannot be read"):
        ReplayClient(tmp_path)
