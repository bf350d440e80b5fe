"""What is recorded comes back, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_server import serving

from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import DataError, LLMError
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.recording import RecordingClient, ReplayClient
from fitcheck.records import Answer
from fitcheck.settings import LLMSettings

ANSWERS = [Answer(f"Halle {'#missing ' if i == 4 else ''}mit Text {i}", "Gut?") for i in range(25)]


def settings(url: str, **chosen: Any) -> LLMSettings:
    """Return settings that keep nothing."""
    return LLMSettings(model="fake", base_url=url, use_cache=False, **chosen)


@pytest.mark.parametrize("chosen", [{}, {"votes": 3}, {"logprobs": True}])
def test_a_recording_gives_the_same_predictions(chosen: dict[str, Any], tmp_path: Path) -> None:
    """Follow-ups, failures and evidence included, with no server there any more."""
    with serving() as server:
        asked = LLMClassifier(
            settings(server.url, **chosen),
            connect=lambda s: RecordingClient(OpenAIClient(s), tmp_path),
        )
        first = asked.annotate(ANSWERS)
        url = server.url
    assert (first[0].evidence is not None) == bool(chosen)
    again = LLMClassifier(settings(url, **chosen), connect=lambda _: ReplayClient(tmp_path))
    assert again.annotate(ANSWERS) == first
    assert first[4].failure == "invalid_reply"
    assert again.usage == asked.usage
    with pytest.raises(LLMError, match="no reply to a request"):
        again.annotate(ANSWERS[:3])


def test_damaged_and_missing_recordings(tmp_path: Path) -> None:
    """Told by line."""
    with pytest.raises(DataError, match="no recording"):
        ReplayClient(tmp_path)
    (tmp_path / "exchanges.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match="Line 1"):
        ReplayClient(tmp_path)
    (tmp_path / "exchanges.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "about.json").write_text("[1", encoding="utf-8")
    with pytest.raises(DataError, match=r"about\.json cannot be read"):
        ReplayClient(tmp_path)
