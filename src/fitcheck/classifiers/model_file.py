"""Fitted baselines as files: a zip of JSON and npz, never a pickle, checked when read."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.encoders import is_encoder, make_encoder
from fitcheck.classifiers.features import SegmentFeatures
from fitcheck.classifiers.linear import OneVsRest
from fitcheck.classifiers.themes import ThemeTagger
from fitcheck.classifiers.words import WordFeatures
from fitcheck.errors import ConfigError, DataError
from fitcheck.llm.budget import Price
from fitcheck.records import LABELS, Polarity
from fitcheck.settings import ServerSettings, model_of_server

FORMAT = 1
"""Version of the file."""
_MEMBERS = {"model.json", "arrays.npz"}
_MAX_BYTES = 500_000_000
"""A model unpacks to less; more is no model."""


def save_model(model: BaselineClassifier, path: Path, facts: Mapping[str, Any]) -> None:
    """Write a fitted baseline; `facts` says what it was trained on and how well it did.

    The caller decides where: `path` is written as it is.
    """
    arrays = _arrays(model)
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    content = {
        "format": FORMAT,
        "fitcheck": version("fitcheck-feedback"),
        "encoder": model.encoder,
        "host": _host(model),
        "C": model.C,
        "classes": model.classes_.tolist(),
        "words": model.features_.words.terms,
        "themes": None,
        "arrays_sha256": hashlib.sha256(packed.getvalue()).hexdigest(),
        "facts": dict(facts),
    }
    if model.themes_ is not None:
        content["themes"] = {
            "names": model.themes_.names,
            "polarities": model.themes_.polarities,
            "words": model.themes_.words.terms,
        }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (
            ("model.json", json.dumps(content, ensure_ascii=False).encode()),
            ("arrays.npz", packed.getvalue()),
        ):
            # A fixed date: the same model is the same file.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)


def encoder_of(path: str | Path) -> str:
    """Return the name of the encoder that the model in a file needs.

    Raises
    ------
    DataError
        As `load_model` does.
    """
    return str(_read(Path(path))[0].get("encoder"))


def load_model(
    path: str | Path, server: ServerSettings | None = None, price: Price | None = None
) -> BaselineClassifier:
    """Return the baseline in a file that `fitcheck fit` wrote; nothing is sent.

    `server` and `price` are those of an encoder ``openai:MODEL``: the file names the model and
    never decides where texts go.

    Raises
    ------
    ConfigError
        If the model needs vectors of a server and none is named.
    DataError
        If the file is missing, no model, changed since it was written, or of a newer fitcheck.
    """
    content, packed = _read(Path(path))
    name = str(content.get("encoder"))
    if model_of_server(name):
        server = server or ServerSettings()
        _refuse_other_server(name, str(content.get("host")), server)
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if not is_encoder(name):
            raise ValueError("encoder")
        model = BaselineClassifier(name, float(content["C"]), server=server, price=price)
        model.classes_ = np.array(content["classes"], dtype=object)
        words = WordFeatures(content["words"], arrays["idf"])
        model.features_ = SegmentFeatures(words, make_encoder(name, server, price))
        model.segment_model_ = _linear(content["classes"], arrays["coef"], arrays["intercept"])
        model.themes_ = _themes(content["themes"], arrays) if content["themes"] else None
        model.trained_on = str(content["facts"].get("trained_on", ""))
        _refuse_odd(model, arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_model(path) from error
    return model


def _arrays(model: BaselineClassifier) -> dict[str, np.ndarray]:
    arrays = {
        "idf": model.features_.words.idf,
        "coef": model.segment_model_.coef,
        "intercept": model.segment_model_.intercept,
    }
    if model.themes_ is not None:
        arrays |= {
            "theme_idf": model.themes_.words.idf,
            "theme_coef": model.themes_.model.coef,
            "theme_intercept": model.themes_.model.intercept,
            "polarity_coef": model.themes_.polarity_model.coef,
            "polarity_intercept": model.themes_.polarity_model.intercept,
        }
    return {name: values.astype(np.float32) for name, values in arrays.items()}


def _linear(names: list[str], coef: np.ndarray, intercept: np.ndarray) -> OneVsRest:
    model = OneVsRest(names)
    model.coef, model.intercept = coef.astype(float), intercept.astype(float)
    if coef.ndim != 2 or intercept.shape != (len(names),) or len(coef) != len(names):
        raise ValueError("shape")
    return model


def _themes(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> ThemeTagger:
    tagger = ThemeTagger()
    tagger.names = [str(name) for name in content["names"]]
    tagger.polarities = [cast(Polarity, p) for p in content["polarities"]]
    if not set(tagger.polarities) <= set(get_args(Polarity)):
        raise ValueError("polarity")
    tagger.words = WordFeatures(content["words"], arrays["theme_idf"])
    tagger.model = _linear(tagger.names, arrays["theme_coef"], arrays["theme_intercept"])
    tagger.polarity_model = _linear(
        [str(p) for p in tagger.polarities], arrays["polarity_coef"], arrays["polarity_intercept"]
    )
    n_words, n_themes = len(content["words"]), len(tagger.names)
    if tagger.model.coef.shape[1] != n_words:
        raise ValueError("shape")
    if tagger.polarity_model.coef.shape[1] != n_words + n_themes:
        raise ValueError("shape")
    return tagger


def _refuse_odd(model: BaselineClassifier, arrays: Mapping[str, np.ndarray]) -> None:
    """Raise a ValueError where the parts do not fit together."""
    if not set(model.classes_) <= set(LABELS):
        raise ValueError("classes")
    if any(not np.isfinite(values).all() for values in arrays.values()):
        raise ValueError("numbers")
    features = model.features_
    n_dimensions = arrays["coef"].shape[1] - len(features.words.terms)
    if model_of_server(model.encoder):  # how long its vectors are is known when they come
        fits = n_dimensions > 0
    else:
        fits = n_dimensions == (features.encoder.n_dimensions if features.encoder else 0)
    if not fits:
        raise ValueError("shape")
    features.n_dimensions = n_dimensions or None


def _host(model: BaselineClassifier) -> str | None:
    """Return the host of the server that gave the vectors."""
    if not model_of_server(model.encoder):
        return None
    return (model.server or ServerSettings()).host


def _refuse_other_server(encoder: str, host: str, server: ServerSettings) -> None:
    """Raise where nobody said where the server is, so that nothing goes to another one."""
    if server.is_default and host != server.host:
        raise ConfigError(
            "The model needs the vectors of {encoder}, which came from {host}.",
            "Pass --base-url with the address of that server.",
            encoder=encoder,
            host=host,
        )


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if set(sizes) != _MEMBERS or sum(sizes.values()) > _MAX_BYTES:
                raise _no_model(path)
            try:
                content = json.loads(archive.read("model.json"))
                packed = archive.read("arrays.npz")
            except (zipfile.BadZipFile, zlib.error):
                raise _changed(path) from None
            newer, digest = int(content["format"]), content["arrays_sha256"]
    except FileNotFoundError:
        raise DataError("There is no file {path}.", "Check the name.", path=str(path)) from None
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError):
        raise _no_model(path) from None
    if newer > FORMAT:
        raise DataError(
            "{path} was written by a newer fitcheck (format {found}, known {known}).",
            "Update fitcheck.",
            path=str(path),
            found=newer,
            known=FORMAT,
        )
    if hashlib.sha256(packed).hexdigest() != digest:
        raise _changed(path)
    return content, packed


def _changed(path: Path) -> DataError:
    return DataError(
        "{path} was changed after it was written.",
        "Train the model again with `fitcheck fit`.",
        path=str(path),
    )


def _no_model(path: str | Path) -> DataError:
    return DataError(
        "{path} is no model of `fitcheck fit`.",
        "Train one with `fitcheck fit LABELS --output model.zip`.",
        path=str(path),
    )
