"""The options that say who labels, shared by every verb that classifies."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

encoder_option = click.option(
    "--encoder",
    type=click.Choice(["tfidf", "tfidf+use", "tfidf+e5"]),
    default="tfidf",
    show_default=True,
    help="Features of the baseline: words, or words and sentence vectors.",
)
_OPTIONS = (
    click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one]."),
    click.option(
        "--classifier",
        type=click.Choice(["auto", "baseline"]),
        default="auto",
        show_default=True,
        help="Who labels; auto is the offline baseline.",
    ),
    click.option(
        "--classifier-model",
        type=click.Path(),
        help="Model of `fitcheck fit` to label with.",
    ),
    encoder_option,
)


def classifier_options(function: Function) -> Function:
    """Add the options; the command gets `make`, a function that returns the classifier."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        chosen = {name: kwargs.pop(name) for name in ("classifier", "classifier_model", "encoder")}
        make = functools.partial(_make, chosen, kwargs["codebook"])
        return function(*args, make=make, **kwargs)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command  # type: ignore[return-value]


def _make(chosen: dict[str, Any], codebook: str | None) -> Any:
    from fitcheck.api import make_classifier
    from fitcheck.codebook import load_codebook

    return make_classifier(
        chosen["classifier"],
        encoder=chosen["encoder"],
        codebook=load_codebook(codebook),
        model=chosen["classifier_model"],
    )
