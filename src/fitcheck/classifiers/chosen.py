"""The baseline that an encoder's name or a model file stands for, made when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fitcheck.codebook import Codebook
from fitcheck.records import Classifier
from fitcheck.settings import ServerSettings, model_of_server

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.classifiers.embedding import EmbeddingClassifier

_Any = TypeVar("_Any", bound=Classifier)


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
        return LazyBaseline(encoder, codebook, model), None
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
    return partial(_same, classifier), classifier


@dataclass(frozen=True)
class LazyBaseline:
    """Makes an offline baseline when it is called.

    Pickled, it carries the fitted baseline: where it arrives, neither the model's file nor time to
    fit is needed, and the labels are the same to the last digit.
    """

    encoder: str
    codebook: Codebook | None = None
    model: str | Path | None = None

    def __call__(self) -> BaselineClassifier:
        """Return the fitted baseline."""
        if self.model is not None:
            from fitcheck.classifiers.model_file import load_model

            fitted = load_model(self.model)
            fitted.codebook = self.codebook
            return fitted
        from fitcheck.classifiers.pretrained import pretrained_baseline

        return pretrained_baseline(self.encoder, self.codebook)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what a call returns."""
        return partial, (_same, self())


def _same(classifier: _Any) -> _Any:
    return classifier
