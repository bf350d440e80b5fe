"""Submitting and collecting: nothing twice, nothing lost, nothing guessed, whatever comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_batches import FakeBatches
from fake_server import FAULTS, FakeServer, label_of, serving

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.batch_collect import Collected, batch_status, collect
from fitcheck.classifiers.batch_state import BatchState, load_state
from fitcheck.classifiers.batch_submit import plan_submission, submit
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.errors import ConfigError, DataError, FitcheckError, LLMError
from fitcheck.llm.batch_api import Limits
from fitcheck.llm.budget import Price
from fitcheck.llm.openai_batches import OpenAIBatches
from fitcheck.records import Answer
from fitcheck.settings import LLMSettings

QUESTION = "Was hat gefallen?"
PRICE = Price(1.0, 2.0, 0.5)


def answers(n: int, marks: dict[int, str] | None = None) -> list[Answer]:
    """Return answers whose number decides the label; some spoil the replies that hold them."""
    told = {i: f"#{mark} " for i, mark in (marks or {}).items()}
    return [Answer(f"Halle {told.get(i, '')}mit Text {i}", QUESTION, id=str(i)) for i in range(n)]


def model_of(server: FakeServer, **settings: Any) -> LLMClassifier:
    """Return a model on the server."""
    chosen: dict[str, Any] = {"batch_size": 5, "max_wait_s": 5} | settings
    return LLMClassifier(LLMSettings(model="fake", base_url=server.url, **chosen), price=PRICE)


def check(server: FakeServer, asked: Sequence[Answer], lost: Sequence[int] = ()) -> int:
    """Check a normal run on what was collected; return the requests that it takes."""
    before = server.n_requests
    for i, prediction in enumerate(model_of(server).annotate(asked)):
        assert prediction.label == (None if i in lost else label_of(asked[i].text))
    return server.n_requests - before


def both(server: FakeServer, asked: Sequence[Answer], path: Path, **limits: int) -> Collected:
    """Submit and collect."""
    submit(model_of(server), asked, path, limits=Limits(**limits))
    return collect(model_of(server), asked, path)


def test_what_comes_back_is_kept(tmp_path: Path) -> None:
    """One answer is asked directly, all others by batch, none twice, and then all are known."""
    with serving(batches=FakeBatches()) as server:
        asked = answers(41)
        found = both(server, asked, tmp_path / "s.json")
        assert server.n_requests == 1
        assert (found.n_answers, found.n_left, found.n_changed) == (40, 0, 0)
        assert check(server, asked) == 0
        assert max(server.answered.values()) == 1


def test_costs_are_those_of_a_batch(tmp_path: Path) -> None:
    """Half the price, of the tokens that the server counted; the first request is told apart."""
    with serving(batches=FakeBatches()) as server:
        found = both(server, answers(41), tmp_path / "s.json")
    usage = found.usage
    assert usage.requests == 8
    assert usage.cost == pytest.approx(PRICE.of(usage.prompt_tokens, usage.completion_tokens) / 2)
    first = found.to_dict()["first_request"]
    assert first["requests"] == 1
    assert first["cost"] == pytest.approx(
        PRICE.of(first["prompt_tokens"], first["completion_tokens"])
    )


@pytest.mark.parametrize("limits", [{"max_requests": 3}, {"max_bytes": 20_000}])
def test_files_keep_to_the_limits(limits: dict[str, int], tmp_path: Path) -> None:
    """As many files as it takes, each with a batch of its own."""
    batches = FakeBatches()
    with serving(batches=batches) as server:
        asked = answers(41)
        found = both(server, asked, tmp_path / "s.json", **limits)
        assert check(server, asked) == 0
    assert found.n_answers == 40
    assert len(batches.batches) == len(batches.uploads) >= 3
    for _, content in batches.uploads:
        assert content.count(b"\n") <= limits.get("max_requests", 100)
        assert len(content) <= limits.get("max_bytes", 10**6)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in ("429", "quote")])
def test_what_is_invalid_in_a_batch_goes_the_normal_way(fault: str, tmp_path: Path) -> None:
    """Every kind of failure: only the spoilt answers are lost, as in a direct run."""
    with serving(batches=FakeBatches()) as server:
        asked = answers(41, {7: fault, 8: fault, 23: fault})
        found = both(server, asked, tmp_path / "s.json")
        assert found.n_answers + found.n_left == 40
        assert found.n_left >= 3
        assert check(server, asked, lost=(7, 8, 23)) > 0


def test_a_doubtful_quote_is_asked_again(tmp_path: Path) -> None:
    """What a batch reply invents is not taken on trust."""
    with serving(batches=FakeBatches()) as server:
        asked = answers(11, {6: "quote"})
        assert both(server, asked, tmp_path / "s.json").n_left == 1
        assert check(server, asked) == 2


@pytest.mark.parametrize("status", ["expired", "cancelled", "failed"])
def test_batches_that_end_early(status: str, tmp_path: Path) -> None:
    """What came back is used, the rest is asked directly."""
    with serving(batches=FakeBatches(ends={"2": status})) as server:
        asked = answers(61)
        found = both(server, asked, tmp_path / "s.json", max_requests=6)
        assert found.cut_short == {status: 1}
        n_used = {"expired": 15, "cancelled": 15, "failed": 0}[status]
        assert (found.n_answers, found.n_left) == (30 + n_used, 30 - n_used)
        assert check(server, asked) == (30 - n_used) / 5


def test_a_file_that_changed(tmp_path: Path) -> None:
    """What still matches is used, wherever it stands now; new answers are asked directly."""
    with serving(batches=FakeBatches()) as server:
        asked, path = answers(21), tmp_path / "s.json"
        submit(model_of(server), asked, path)
        changed = [Answer("Ganz anders 7", QUESTION), *asked[:4:-1], Answer("Neu 2", QUESTION)]
        found = collect(model_of(server), changed, path)
        assert (found.n_answers, found.n_left, found.n_changed) == (16, 0, 4)
        assert check(server, changed) == 1


def test_batches_that_have_not_ended(tmp_path: Path) -> None:
    """Collecting says so, keeps what is there, and works once they have, any number of times."""
    with serving(batches=FakeBatches(polls={"2": 2})) as server:
        asked, path = answers(41), tmp_path / "s.json"
        submit(model_of(server), asked, path, limits=Limits(max_requests=4))
        stand = [batch.status for _, batch in batch_status(model_of(server), path) if batch]
        assert stand == ["completed", "in_progress"]
        with pytest.raises(LLMError, match="1 of 2 batches have not ended yet"):
            collect(model_of(server), asked, path)
        assert len(server.answered) == 1 + 20
        assert len(model_of(server).plan(asked).requests) == 4
        for _ in range(2):
            assert collect(model_of(server), asked, path).n_answers == 40
        assert check(server, asked) == 0
        assert max(server.answered.values()) == 1


class Killed(BaseException):
    """Stands for the end of the process."""


STEPS = [(OpenAIBatches, "upload"), (OpenAIBatches, "create"), (BatchState, "save")]


@pytest.mark.parametrize("n_steps", range(1, 9))
def test_a_killed_submission_goes_on(n_steps: int, tmp_path: Path) -> None:
    """Killed right after any step at the server or on the disk: no batch is created twice."""
    asked, path, left = answers(41), tmp_path / "s.json", [n_steps]

    def killing(step: Callable[..., Any]) -> Callable[..., Any]:
        def then_killed(*args: Any, **kwargs: Any) -> Any:
            done = step(*args, **kwargs)
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return done

        return then_killed

    batches, limits = FakeBatches(), Limits(max_requests=4)
    with serving(batches=batches) as server:
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in STEPS:
                patch.setattr(owner, name, killing(getattr(owner, name)))
            with pytest.raises(Killed):
                submit(model_of(server), asked, path, limits=limits)
        sent = submit(model_of(server), asked, path, limits=limits)
        assert len(sent.batches) == len(batches.batches) == 2
        assert len(batches.uploads) <= 3
        assert collect(model_of(server), asked, path).n_answers == 40
        assert max(server.answered.values()) == 1


def half_submitted(server: FakeServer, asked: Sequence[Answer], path: Path) -> None:
    """Submit, and be killed when the first of two batches is created."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeBatches, "_upload", lambda *_: (400, {"error": {"code": "odd"}}))
        with pytest.raises(LLMError, match=r"refuses the batch \(odd\)"):
            submit(model_of(server), asked, path, limits=Limits(max_requests=4))


def test_a_submission_goes_on_with_what_is_still_to_ask(tmp_path: Path) -> None:
    """What was answered otherwise meanwhile, or has left the file, is not uploaded."""
    batches = FakeBatches()
    with serving(batches=batches) as server:
        asked, path = answers(41), tmp_path / "s.json"
        half_submitted(server, asked, path)
        model_of(server).annotate(asked[:11])
        with pytest.raises(ConfigError, match="was not finished"):
            collect(model_of(server), asked, path)
        assert submit(model_of(server), asked[:30], path).n_answers == 19
        assert collect(model_of(server), asked[:30], path).n_answers == 19
        assert max(server.answered.values()) == 1
        assert check(server, asked[:30]) == 0


def test_a_submission_that_has_nothing_left_is_forgotten(tmp_path: Path) -> None:
    """All was answered directly before it went on."""
    with serving(batches=FakeBatches()) as server:
        asked, path = answers(41), tmp_path / "s.json"
        half_submitted(server, asked, path)
        model_of(server).annotate(asked)
        assert submit(model_of(server), asked, path).batches == ()
        assert not path.exists()


def test_a_second_submission_is_refused(tmp_path: Path) -> None:
    """Until what is on its way was collected."""
    with serving(batches=FakeBatches()) as server:
        path = tmp_path / "s.json"
        submit(model_of(server), answers(11), path)
        with pytest.raises(ConfigError, match="not collected yet"):
            submit(model_of(server), answers(21), path)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_for_a_batch(n: int, tmp_path: Path) -> None:
    """A single answer is not worth a day, and nothing is sent."""
    with serving(batches=FakeBatches()) as server:
        sent = submit(model_of(server), answers(n), tmp_path / "s.json")
        assert (sent.batches, sent.n_answers, server.n_requests) == ((), n, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_requests": 8}, "takes 9 requests, more than the 8"),
        ({"max_cost": 0.001}, "could cost up to"),
        ({"use_cache": False}, "--no-cache turns off"),
        ({"azure_api_version": "2024-10-21"}, "Azure"),
        ({"votes": 3}, "once"),
        ({"logprobs": True}, "once"),
    ],
)
def test_what_is_refused_before_anything_is_sent(
    settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Caps hold for all batches together."""
    with serving(batches=FakeBatches()) as server:
        with pytest.raises(FitcheckError, match=message):
            submit(model_of(server, **settings), answers(41), tmp_path / "s.json")
        assert server.n_requests == 0
        assert not (tmp_path / "s.json").exists()


def test_the_cap_is_on_the_price_of_a_batch(tmp_path: Path) -> None:
    """The plan says what it could cost at most; half of a direct run and a little, and no less."""
    with serving(batches=FakeBatches()) as server:
        asked, path = answers(41), tmp_path / "s.json"
        plan, direct = plan_submission(model_of(server), asked), model_of(server).plan(asked)
        assert plan.cost is not None
        assert direct.cost is not None
        assert direct.cost / 2 < plan.cost < direct.cost * 0.75
        assert [len(plan.requests), len(direct.requests)] == [9, 9]
        with pytest.raises(LLMError, match="could cost up to"):
            submit(model_of(server, max_cost=plan.cost * 0.99), asked, path)
        assert submit(model_of(server, max_cost=plan.cost), asked, path).batches


def test_a_model_that_thinks_first_gets_room_in_batches(tmp_path: Path) -> None:
    """The first request learns it, so that the batches do not come back empty."""
    with serving(batches=FakeBatches(), thinks=3_000) as server:
        assert both(server, answers(41), tmp_path / "s.json").n_left == 0


def test_room_counts_against_the_cap(tmp_path: Path) -> None:
    """What the first request teaches may make the batches dearer than was planned."""
    batches = FakeBatches()
    with serving(batches=batches, thinks=3_000) as server:
        model = model_of(server, max_cost=0.05)
        assert (plan_submission(model, answers(41)).cost or 1) < 0.05
        with pytest.raises(LLMError, match="could cost up to"):
            submit(model, answers(41), tmp_path / "s.json")
    assert not batches.uploads


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "has no Batch API"),
        ({"status": 401}, "refuses the key"),
        ({"status": 429, "code": "insufficient_quota"}, "quota"),
        ({"status": 404}, "has no model"),
    ],
)
def test_servers_that_take_no_batch(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """Told as in a normal run; what was asked directly is kept."""
    with serving(**options) as server, pytest.raises(LLMError, match=message):
        submit(model_of(server), answers(41), tmp_path / "s.json")


@pytest.mark.parametrize(
    ("changes", "option"), [({"seed": 3}, "--seed"), ({"prompt": "labels-only.v1"}, "--prompt")]
)
def test_other_settings_than_then(changes: dict[str, Any], option: str, tmp_path: Path) -> None:
    """Replies to other requests are not mixed in."""
    with serving(batches=FakeBatches()) as server:
        path = tmp_path / "s.json"
        submit(model_of(server), answers(11), path)
        with pytest.raises(ConfigError, match=f"with another {option}"):
            collect(model_of(server, **changes), answers(11), path)


@pytest.mark.parametrize("content", ["", "{}", '{"version": 2}', "[]"])
def test_a_damaged_state_file(content: str, tmp_path: Path) -> None:
    """It is not overwritten: it may name batches that are paid for."""
    path = tmp_path / "s.json"
    path.write_text(content, encoding="utf-8")
    with serving(batches=FakeBatches()) as server, pytest.raises(DataError, match="no state file"):
        submit(model_of(server), answers(11), path)
    assert path.read_text(encoding="utf-8") == content


def test_nothing_was_submitted(tmp_path: Path, baseline: BaselineClassifier) -> None:
    """Or cannot be."""
    with serving() as server, pytest.raises(ConfigError, match="No batches are on their way"):
        collect(model_of(server), answers(11), tmp_path / "s.json")
    with pytest.raises(ConfigError, match="needs a language model"):
        submit(baseline, answers(11), tmp_path / "s.json")


def test_the_state_file_holds_no_text(tmp_path: Path) -> None:
    """Ids, keys, counts and fingerprints only."""
    with serving(batches=FakeBatches()) as server:
        path = tmp_path / "s.json"
        submit(model_of(server), answers(11), path)
        assert server.url not in path.read_text(encoding="utf-8")
    assert "Halle" not in path.read_text(encoding="utf-8")
    state = load_state(path)
    assert state is not None
    assert {len(key) for key in state.parts[0].keys} == {64}
    assert json.loads(path.read_text(encoding="utf-8"))["made_with"]["model"] == "fake"
