"""The baseline fitted on the shipped answers: once per machine, then read from a file."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from copy import copy
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.encoders import make_encoder
from fitcheck.classifiers.model_file import FORMAT, load_model, save_model
from fitcheck.codebook import Codebook
from fitcheck.errors import FitcheckError
from fitcheck.labeled import load_labeled
from fitcheck.llm.budget import Price
from fitcheck.llm.cache import models_folder
from fitcheck.resources import resource
from fitcheck.settings import ServerSettings, model_of_server
from fitcheck.surveys.atomic import atomic_path


def pretrained_baseline(
    encoder: str = "tfidf",
    codebook: Codebook | None = None,
    server: ServerSettings | None = None,
    price: Price | None = None,
) -> BaselineClassifier:
    """Return the baseline fitted on the shipped answers.

    Fitting takes seconds, with sentence vectors minutes: a fitted model is kept in the cache
    folder, by what it was fitted on and with. With vectors of a server it is fitted anew in each
    process, from vectors that are kept themselves.

    Examples
    --------
    >>> from fitcheck.records import Answer
    >>> answer = Answer("nichts", question="Was hat nicht gepasst?")
    >>> pretrained_baseline().annotate([answer])[0].label
    'fit'
    """
    model = copy(_fitted(encoder, server, price))  # each has a codebook of its own
    model.codebook = codebook
    return model


@cache
def _fitted(encoder: str, server: ServerSettings | None, price: Price | None) -> BaselineClassifier:
    new = BaselineClassifier(encoder, server=server, price=price)
    if model_of_server(encoder):
        return new.fit_labeled(load_labeled("train"))
    path = models_folder() / f"{encoder}-{_key(encoder)}.zip"
    with suppress(FitcheckError):  # not kept yet, or damaged
        return load_model(path)
    model = new.fit_labeled(load_labeled("train"))
    with suppress(FitcheckError, OSError):  # it goes without: a folder may be read-only
        _keep(model, path)
    return model


def _keep(model: BaselineClassifier, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path, overwrite=True) as written:
        save_model(model, written, {"trained_on": model.trained_on})
    for other in path.parent.glob(f"{model.encoder}-*.zip"):
        if other != path:
            other.unlink(missing_ok=True)


def _key(encoder: str) -> str:
    """Return a hash of everything that decides what is learned: answers, encoder and code."""
    vectors = make_encoder(encoder)
    parts = [str(FORMAT), version("scikit-learn"), vectors.id if vectors else "tfidf"]
    digest = hashlib.sha256("\n".join(parts).encode())
    digest.update(resource("labeled/train.csv").read_bytes())
    digest.update(resource("labeled/codebook.v1.toml").read_bytes())
    for file in sorted(files("fitcheck.classifiers").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:20]
