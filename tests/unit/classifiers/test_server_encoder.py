"""Vectors of a server: private, kept, shared by clones, and the same every time."""

from __future__ import annotations

import json
import pickle
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from fake_server import FakeServer, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from fitcheck.api import make_classifier
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.embedding import EmbeddingClassifier
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.model_file import encoder_of, load_model, save_model
from fitcheck.classifiers.pieces import asked_texts
from fitcheck.classifiers.segments import split_segments
from fitcheck.classifiers.server_encoder import ServerEncoder
from fitcheck.errors import ConfigError, DataError, LLMError
from fitcheck.evaluation.out_of_fold import out_of_fold
from fitcheck.labeled import answers_of, load_labeled
from fitcheck.llm.budget import Price
from fitcheck.llm.cache import Cache
from fitcheck.privacy.redact import Redactor
from fitcheck.records import Answer
from fitcheck.settings import EmbeddingSettings, LLMSettings, ServerSettings

EXAMPLES = load_labeled("dev")[:60]
NAME = "openai:fake"


def encoder_for(server: FakeServer, **chosen: object) -> ServerEncoder:
    """Return an encoder that knows nothing yet."""
    return ServerEncoder(EmbeddingSettings(model="fake", base_url=server.url, **chosen))  # type: ignore[arg-type]


def baseline_for(server: FakeServer, **chosen: object) -> BaselineClassifier:
    """Return a baseline that is not fitted."""
    return BaselineClassifier(NAME, server=ServerSettings(base_url=server.url, **chosen))  # type: ignore[arg-type]


def test_vectors_are_kept_and_paid_once() -> None:
    """By another encoder, as after a killed run; equal texts are sent once."""
    texts = ["passt genau", "gar nicht passend", "", "passt  genau", "👍 \ud800\x00"]
    with serving() as server:
        first = encoder_for(server).encode(texts)
        assert sum(server.embedded.values()) == 4
        again = encoder_for(server)
        assert (again.encode(texts) == first).all()
        assert (again.facts["texts_asked"], again.facts["texts_kept"]) == (0, 4)
        assert sum(server.embedded.values()) == 4
        other = ServerEncoder(EmbeddingSettings(model="other", base_url=server.url))
        other.encode(texts)
        assert sum(server.embedded.values()) == 8
    assert (first[0] == first[3]).all()
    assert not np.allclose(first[0], first[1])
    assert np.allclose(np.linalg.norm(first, axis=1), 1)
    with closing(Cache()) as kept:
        assert (kept.count(), kept.count_vectors()) == (0, 8)


def test_nothing_is_kept_where_that_is_not_wanted(own_cache: Path) -> None:
    """In memory they are, so that cross-validation asks once."""
    with serving() as server:
        encoder = encoder_for(server, use_cache=False)
        encoder.encode(["a b"])
        encoder.encode(["a b", "c"])
        assert server.embedded == {"a b": 1, "c": 1}
    assert not own_cache.exists()


def test_damaged_vectors_are_asked_again() -> None:
    """Wrong bytes in the file are no vectors."""
    with serving() as server:
        encoder = encoder_for(server)
        right = encoder.encode(["a"])
        for damaged in (b"", b"abc", np.array([np.nan], "<f4").tobytes()):
            with closing(Cache()) as kept:
                kept.put_vectors({encoder._key("a"): damaged})
            assert (encoder_for(server).encode(["a"]) == right).all()
        with closing(Cache()) as kept:
            kept.put_vectors({encoder._key("a"): np.ones(3, "<f4").tobytes()})
        with pytest.raises(LLMError, match=r"another length.*cache clear"):
            encoder_for(server).encode(["a", "b"])


def test_who_was_named_in_one_sentence_is_not_sent_in_the_next() -> None:
    """Segments are redacted as parts of their answer."""
    answers = [Answer("Frau Quandtmeier war nett. Aber Quandtmeier redet zu schnell.", "Kommentar")]
    with serving() as server:
        model = baseline_for(server, redact=True)
        model.fit_labeled(EXAMPLES)
        model.annotate(answers)
        sent = json.dumps(server.bodies, ensure_ascii=False)
    assert "Kommentar Aber [Person 1] redet zu schnell." in sent
    assert "Quandtmeier" not in sent


SECRETS = ("erika.beispiel@firma.example", "+49 89 1234567", "DE89 3704 0044 0532 0130 00")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=1_100).map(lambda t: f"{t} "),
    st.sampled_from(SECRETS),
    st.text("ab .,;!?\n", max_size=40),
)
def test_secrets_never_stand_in_what_is_sent(before: str, secret: str, after: str) -> None:
    """Wherever the text is cut into sentences or ends at the most that is sent."""
    encoder = ServerEncoder(EmbeddingSettings(model="x", base_url="http://far.example/v1"))
    answer = Answer(f"{before}{secret} {after}", "Was hat gefallen?")
    for text in asked_texts(answer, split_segments(answer.text), encoder.redactor):
        sent = encoder._clean(text)
        assert secret not in sent
        assert secret.split("@")[0] not in sent
        assert len(sent) <= 1_000
        assert Redactor().redact(sent).text == sent or len(sent) == 1_000


@pytest.mark.parametrize(
    "text",
    [
        "Mail an ｅｒｉｋａ．ｂｅｉｓｐｉｅｌ＠ｆｉｒｍａ．ｄｅ bitte",
        *(f"{'wort ' * 197}{' ' * n}erika.beispiel@firma.example" for n in range(16)),
    ],
)
def test_what_only_shows_when_normalized_or_would_be_cut(text: str) -> None:
    """Wide letters become plain ones, and an address is not halved before it is found."""
    encoder = ServerEncoder(EmbeddingSettings(model="x", base_url="http://far.example/v1"))
    assert "erika" not in encoder._clean(text)


def test_clones_share_vectors_and_caps() -> None:
    """Cross-validation sends every text once, and counts as one run."""
    with serving() as server:
        model = baseline_for(server)
        assert clone(model).get_params() == model.get_params()
        out_of_fold(model, EXAMPLES)
        assert max(server.embedded.values()) == 1
        assert model.vector_facts["requests"] == server.n_requests
        asked = server.n_requests
        fitted = clone(model).fit_labeled(EXAMPLES)
        assert server.n_requests == asked
        thawed = pickle.loads(pickle.dumps(fitted))  # noqa: S301
        answers = answers_of(EXAMPLES)
        assert thawed.annotate(answers) == fitted.annotate(answers)
        assert fitted.encoder_id == "tfidf+openai:fake"


def test_a_model_file_remembers_the_model_and_not_where_texts_go(tmp_path: Path) -> None:
    """It is used with the server that is named; without one, nothing is sent."""
    path = tmp_path / "m.zip"
    with serving() as server:
        fitted = baseline_for(server).fit_labeled(EXAMPLES)
        save_model(fitted, path, {})
        assert encoder_of(path) == NAME
        asked = server.n_requests
        loaded = load_model(path, ServerSettings(base_url=server.url))
        assert server.n_requests == asked
        answers = answers_of(EXAMPLES[:20])
        for a, b in zip(fitted.annotate(answers), loaded.annotate(answers), strict=True):
            assert (a.label, a.quote) == (b.label, b.quote)
            assert a.p_not_fit == pytest.approx(b.p_not_fit, abs=1e-5)
        with pytest.raises(ConfigError, match=r"came from 127.0.0.1. Pass --base-url"):
            load_model(path)


def test_a_model_of_other_vectors_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told in numbers, before a label is made of them."""
    with serving() as server:
        fitted = baseline_for(server).fit_labeled(EXAMPLES)
        save_model(fitted, tmp_path / "m.zip", {})
        loaded = load_model(tmp_path / "m.zip", ServerSettings(base_url=server.url))
        encoder = loaded.features_.encoder
        assert encoder is not None
        monkeypatch.setattr(encoder, "encode", lambda texts: np.ones((len(texts), 3), np.float32))
        with pytest.raises(DataError, match=r"vectors of 64 numbers, and openai:fake gives 3"):
            loaded.annotate(["x"])


def test_making_a_classifier_sends_nothing() -> None:
    """Neither does a plan; it counts the texts to learn from as well."""
    with serving() as server:
        classifier = make_classifier(encoder=NAME, server=ServerSettings(base_url=server.url))
        assert isinstance(classifier, EmbeddingClassifier)
        plan = classifier.plan_vectors(["Nur eine Antwort"])
        assert server.n_requests == 0
    assert plan.texts[0] == "Nur eine Antwort"
    assert len(plan.texts) > 5_000
    assert plan.n_requests == pytest.approx(len(plan.texts) / 128, rel=0.1)
    assert classifier.trained_on == make_classifier().trained_on  # type: ignore[attr-defined]


def test_the_language_model_and_the_vectors_are_two_names() -> None:
    """Both are told where a run uses both; a model that needs no vectors names none."""
    llm = LLMSettings(model="chat", base_url="http://localhost:1/v1")
    for name in ("auto", "cascade"):
        facts = make_classifier(name, encoder=NAME, llm=llm).facts  # type: ignore[attr-defined,arg-type]
        assert (facts["model"], facts["vectors"]["model"]) == ("chat", "fake")
        assert facts["vectors"]["endpoint"] == "localhost"
    assert "vectors" not in make_classifier("llm", encoder=NAME, llm=llm).facts  # type: ignore[attr-defined]


def test_a_cap_needs_a_price() -> None:
    """Told before anything is sent; with a price it is kept."""
    with serving() as server:
        capped = ServerSettings(base_url=server.url, max_cost=1e-6)
        with pytest.raises(ConfigError, match="price of this model is not known"):
            make_encoder(NAME, capped)
        encoder = make_encoder(NAME, capped, Price(0.1, 0, 0.1))
        assert encoder is not None
        with pytest.raises(LLMError, match="could cross --max-cost"):
            encoder.encode([f"Text {i}" for i in range(50)])
        assert server.n_requests == 0


@pytest.mark.parametrize("name", ["openai:", "openai", "ollama:x"])
def test_what_names_no_encoder(name: str) -> None:
    """The error says how a model is named."""
    with pytest.raises(ConfigError, match=r"no encoder .*openai:MODEL"):
        make_encoder(name)
