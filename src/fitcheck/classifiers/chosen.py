"""The baseline that an encoder's name or a model file stands for, made when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fitcheck.codebook import Codebook
from fitcheck.records import Classifier
from fitcheck.settings import ServerSettings, model_of_server

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.classifiers.embedding import EmbeddingClassifier


def embedding_model(encoder: str, model: str | Path | None = None) -> str | None:
    """Return the model that the baseline asks a server for vectors; None where it sends nothing.

    Examples
    --------
    >>> embedding_model("openai:nomic-embed-text")
    'nomic-embed-text'
    """
    if model is not None:
        from fitcheck.classifiers.model_file import encoder_of

        encoder = encoder_of(model)
    return model_of_server(encoder)


def choose_baseline(
    encoder: str,
    codebook: Codebook | None,
    model: str | Path | None,
    server: ServerSettings | None,
    prices: str | Path | None,
) -> tuple[Callable[[], Classifier], EmbeddingClassifier | None]:
    """Return what makes the baseline, and the baseline itself where it sends texts.

    Raises
    ------
    ConfigError
        If a cap or a server is missing what it needs.
    DataError
        If `model` is no model.
    """
    wanted = embedding_model(encoder, model)
    if wanted is None:
        return lambda: _fitted(encoder, codebook, model), None
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.classifiers.embedding import EmbeddingClassifier
    from fitcheck.classifiers.model_file import load_model
    from fitcheck.llm.budget import load_prices, price_of

    price = price_of(wanted, load_prices(prices))
    if model is not None:
        baseline = load_model(model, server, price)
        baseline.codebook = codebook
    else:
        baseline = BaselineClassifier(encoder, codebook=codebook, server=server, price=price)
    classifier = EmbeddingClassifier(baseline)
    classifier.encoder.begin_run()
    return lambda: classifier, classifier


def _fitted(
    encoder: str, codebook: Codebook | None, model: str | Path | None
) -> BaselineClassifier:
    if model is not None:
        from fitcheck.classifiers.model_file import load_model

        fitted = load_model(model)
        fitted.codebook = codebook
        return fitted
    from fitcheck.classifiers.pretrained import pretrained_baseline

    return pretrained_baseline(encoder, codebook)
