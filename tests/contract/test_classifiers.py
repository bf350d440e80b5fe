"""One contract for every classifier."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_server import serving
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline

from fitcheck.classifiers.base import AnswerClassifier
from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.pretrained import pretrained_baseline
from fitcheck.codebook import load_codebook
from fitcheck.errors import ConfigError, DataError
from fitcheck.labeled import answers_of, labels_of, load_labeled
from fitcheck.records import Answer, Classifier
from fitcheck.settings import ServerSettings

EXAMPLES = load_labeled("train")[::2]
CLASSIFIERS = [BaselineClassifier(e) for e in ("tfidf", "tfidf+use", "tfidf+e5")]
ODD_TEXTS = [
    "👍👍 super, genau meins 🎉",
    "wort " * 4_000,
    "gut\x00aber nichts für mich",
    "lone \ud800 surrogate",
    "?!",
    "",
    "\u202eschon \ufdfa",
]


OF_SERVER = BaselineClassifier("openai:fake")


@pytest.fixture(params=[*CLASSIFIERS, OF_SERVER], ids=lambda c: c.encoder, scope="module")
def fitted(request: pytest.FixtureRequest) -> Iterator[AnswerClassifier]:
    """Return a classifier fitted on shipped answers; a slow encoder gets few of them."""
    examples = EXAMPLES[::60] if request.param.encoder == "tfidf+e5" else EXAMPLES
    with serving() as server:
        model = clone(request.param)
        if model.encoder == OF_SERVER.encoder:
            model.set_params(server=ServerSettings(base_url=server.url, use_cache=False))
        yield model.fit(answers_of(examples), labels_of(examples))


@pytest.mark.parametrize("classifier", [*CLASSIFIERS, OF_SERVER], ids=lambda c: c.encoder)
def test_clone_keeps_parameters(classifier: AnswerClassifier) -> None:
    """`__init__` stores its parameters untouched, so clones are equal."""
    assert clone(classifier).get_params() == classifier.get_params()
    assert isinstance(classifier, Classifier)
    with pytest.raises(NotFittedError):
        clone(classifier).annotate(["Text"])


def test_shapes_and_order(fitted: AnswerClassifier) -> None:
    """Predictions come in the order of the answers, probabilities sum to 1."""
    texts = [example.answer.text for example in EXAMPLES[:30]]
    shares = fitted.predict_proba(texts)
    assert shares.shape == (30, len(fitted.classes_))
    assert np.allclose(shares.sum(axis=1), 1)
    assert (fitted.predict(texts) == fitted.classes_[shares.argmax(axis=1)]).all()
    assert (fitted.predict(texts[::-1]) == fitted.predict(texts)[::-1]).all()
    single = [fitted.predict_proba([text])[0] for text in texts[:5]]
    assert np.allclose(single, shares[:5], atol=1e-6)


def test_empty_and_single_input(fitted: AnswerClassifier) -> None:
    """No answers give no rows; one answer gives one."""
    assert fitted.annotate([]) == []
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, len(fitted.classes_))
    assert len(fitted.predict(["Nur eine Antwort"])) == 1
    with pytest.raises(TypeError, match="one string"):
        fitted.predict("one string")


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_texts_are_labelled(fitted: AnswerClassifier, text: str) -> None:
    """Whatever stands in a cell, there is a prediction and its quote is verbatim."""
    (prediction,) = fitted.annotate([text])
    assert prediction.label in fitted.classes_
    assert prediction.quote in text
    if prediction.span:
        assert text[slice(*prediction.span)] == prediction.quote
    assert ("truncated" in prediction.flags) == (len(text) > 4_000)


def test_the_question_decides(fitted: AnswerClassifier) -> None:
    """The same word means different things under different questions."""
    answers = [Answer("nichts", "Was hat nicht gepasst?"), Answer("nichts", "Was hat gefehlt?")]
    assert [p.label for p in fitted.annotate(answers)] == ["fit", "no_signal"]
    assert {p.source for p in fitted.annotate(answers)} == {"rule"}


def test_works_inside_scikit_learn() -> None:
    """Cross-validation, grid search and pipelines accept it."""
    X, y = answers_of(EXAMPLES), labels_of(EXAMPLES)
    assert len(cross_val_predict(BaselineClassifier("tfidf"), X, y, cv=2)) == len(y)
    search = GridSearchCV(BaselineClassifier("tfidf"), {"C": [0.5, 2.0]}, cv=2).fit(X, y)
    assert search.best_params_["C"] in (0.5, 2.0)
    pipeline = Pipeline([("label", BaselineClassifier("tfidf"))]).fit(X, y)
    assert set(pipeline.predict(X[:5])) <= set(y)


def test_bad_training_data_is_an_error() -> None:
    """One label, unequal lengths and an unknown encoder are refused."""
    with pytest.raises(DataError, match="all the same"):
        BaselineClassifier("tfidf").fit(["a", "b"], ["fit", "fit"])
    with pytest.raises(ValueError, match="2 answers but y has 1"):
        BaselineClassifier("tfidf").fit(["a", "b"], ["fit"])
    with pytest.raises(ConfigError, match="no encoder"):
        BaselineClassifier("nonsense").fit(["a", "b"], ["fit", "not_fit"])


def test_tiny_training_data_works() -> None:
    """Two answers are enough to fit; nothing is promised of the result."""
    model = BaselineClassifier("tfidf").fit(["passt mir", "passt nicht"], ["fit", "not_fit"])
    assert set(model.predict(["passt"])) <= {"fit", "not_fit"}


def test_only_themes_of_the_codebook_are_tagged(baseline: BaselineClassifier) -> None:
    """A user who took a theme out of their codebook never sees it."""
    book = load_codebook()
    fewer = book.model_copy(
        update={"themes": tuple(t for t in book.themes if t.id != "trainer_facilitation")}
    )
    texts = ["Der Trainer war super und hat alles gut erklärt", "great trainer, very patient"]
    tagged = {hit.theme for p in baseline.annotate(texts) for hit in p.themes}
    assert "trainer_facilitation" in tagged
    other = pretrained_baseline(codebook=fewer)
    left = {hit.theme for p in other.annotate(texts) for hit in p.themes}
    assert left == tagged - {"trainer_facilitation"}
    assert {hit.theme for p in baseline.annotate(texts) for hit in p.themes} == tagged
