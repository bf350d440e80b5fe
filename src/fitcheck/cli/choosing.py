"""The options that say who labels, shared by every verb that classifies."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fitcheck.errors import ConfigError, DataError

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.labeled import LabeledAnswer
    from fitcheck.llm.base import ChatClient
    from fitcheck.records import Classifier
    from fitcheck.settings import LLMSettings, ServerSettings

Function = TypeVar("Function", bound=Callable[..., Any])
Settings = TypeVar("Settings", bound="ServerSettings")


class _EncoderName(click.ParamType[str]):
    """The encoders that are made here, and the models of a server."""

    name = "encoder"
    made_here = ("tfidf", "tfidf+use", "tfidf+e5")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name if there is such an encoder."""
        from fitcheck.settings import model_of_server

        if value not in self.made_here and model_of_server(value) is None:
            known = ", ".join((*self.made_here, "openai:MODEL"))
            self.fail(f"{value!r} is not one of {known}.", param, ctx)
        return value


_ENCODER_OPTION = click.option(
    "--encoder",
    type=_EncoderName(),
    metavar="[tfidf|tfidf+use|tfidf+e5|openai:MODEL]",
    default="tfidf",
    show_default=True,
    help="Features of the baseline: words, or words and sentence vectors made here or by a model "
    "of the server of --base-url.",
)
_OPTIONS = (
    click.option("--codebook", type=click.Path(), help="Codebook file [default: the shipped one]."),
    click.option(
        "--classifier",
        type=click.Choice(["auto", "baseline", "llm", "cascade"]),
        default="auto",
        show_default=True,
        help="Who labels; auto is the language model if --model names one, else the baseline; "
        "cascade asks the model where the baseline is not certain.",
    ),
    click.option(
        "--classifier-model",
        type=click.Path(),
        help="Model of `fitcheck fit` for the baseline.",
    ),
    _ENCODER_OPTION,
    click.option(
        "--on-failure",
        type=click.Choice(["baseline", "leave", "stop"]),
        help="Answers without a valid reply: label them offline, leave them, or stop "
        "[default: baseline; leave with --classifier llm].",
    ),
)
_SERVER_OPTIONS = (
    click.option("--base-url", help="Server of the model; also OPENAI_BASE_URL [default: OpenAI]."),
    click.option("--azure-api-version", default="", help="For Azure OpenAI: its API version."),
    click.option(
        "--redact/--no-redact",
        default=None,
        help="Replace names, addresses and numbers before sending [default: redact, unless the "
        "server is this machine].",
    ),
    click.option("--names", type=click.Path(), help="File of names to redact, one a line."),
    click.option(
        "--concurrency", type=int, default=8, show_default=True, help="Requests in flight."
    ),
    click.option("--rpm", type=float, help="Most requests a minute."),
    click.option("--tpm", type=float, help="Most tokens a minute."),
    click.option("--max-cost", type=float, help="Stop before the run costs more."),
    click.option("--max-requests", type=int, help="Stop before more requests are sent."),
    click.option("--prices", type=click.Path(), help="Price list over the shipped one."),
    click.option("--no-cache", is_flag=True, help="Do not keep or use replies on this machine."),
)
_SERVER_NAMES = (
    *("base_url", "azure_api_version", "redact", "names", "concurrency", "rpm", "tpm"),
    *("max_cost", "max_requests", "prices", "no_cache"),
)
_LLM_OPTIONS = (
    click.option("--model", help="Language model; also FITCHECK_MODEL."),
    click.option("--prompt", default="fit.v1", show_default=True, help="Prompt id or file."),
    click.option("--show-persona", is_flag=True, help="Send the persona along."),
    click.option(
        "--batch-size", metavar="N", default="auto", show_default=True, help="Answers in a request."
    ),
    click.option(
        "--max-loss",
        type=click.FloatRange(0, 1),
        default=0.01,
        show_default=True,
        help="Of cascade: share of answers that the baseline may get wrong.",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed for the model."),
    click.option(
        "--votes",
        metavar="K",
        default=1,
        show_default=True,
        help="Ask for each answer K times; the label of most counts, and how many agree is shown.",
    ),
    click.option(
        "--logprobs", is_flag=True, help="Ask for each label alone, and use its log-probabilities."
    ),
    click.option(
        "--calibration",
        type=click.Path(),
        help="Run of `fitcheck evaluate` with the same options: fills p_not_fit and fit_score.",
    ),
)


def classifier_options(function: Function) -> Function:
    """Add the options; the command gets `make`, a function that returns the classifier."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        names = (
            "classifier classifier_model encoder on_failure model prompt show_persona batch_size "
            "max_loss seed votes logprobs calibration"
        )
        chosen = {name: kwargs.pop(name) for name in (*names.split(), *_SERVER_NAMES)}
        make = functools.partial(make_chosen, chosen, kwargs["codebook"])
        return function(*args, make=make, **kwargs)

    model, *others = _LLM_OPTIONS
    wanted = (*_OPTIONS, model, *_SERVER_OPTIONS, *others)
    return _with_options(command, wanted)  # type: ignore[no-any-return]


def encoder_options(function: Function) -> Function:
    """Add the options of an encoder; the command gets `make`, which returns a baseline."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        chosen = {name: kwargs.pop(name) for name in ("encoder", *_SERVER_NAMES)}
        return function(*args, make=functools.partial(_unfitted, chosen), **kwargs)

    wanted = (_ENCODER_OPTION, *_SERVER_OPTIONS)
    return _with_options(command, wanted)  # type: ignore[no-any-return]


def _with_options(command: Callable[..., Any], options: Iterable[Any]) -> Any:
    for option in reversed(tuple(options)):
        command = option(command)
    return command


def _unfitted(chosen: dict[str, Any]) -> BaselineClassifier:
    """Return the baseline with the encoder that the options name."""
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.llm.budget import load_prices, price_of
    from fitcheck.settings import ServerSettings, model_of_server

    model = model_of_server(chosen["encoder"])
    if model is None:
        return BaselineClassifier(chosen["encoder"])
    return BaselineClassifier(
        chosen["encoder"],
        server=_checked(ServerSettings, chosen),
        price=price_of(model, load_prices(chosen["prices"])),
    )


def make_chosen(
    chosen: dict[str, Any],
    codebook: str | None,
    connect: Callable[[LLMSettings], ChatClient] | None = None,
    measured_on: Sequence[LabeledAnswer] = (),
    instead: Mapping[str, Any] | None = None,
) -> Classifier:
    """Return the classifier that the options name; `connect` records or replays.

    A recording has every request, so replies that are kept are not used then. A calibration must
    not have been learned from what it is `measured_on`. Options can be others `instead`.
    """
    from fitcheck.api import make_classifier
    from fitcheck.codebook import load_codebook

    chosen = chosen | dict(instead or {})
    if chosen["calibration"] and measured_on:
        from fitcheck.classifiers.calibration import load_calibration

        load_calibration(chosen["calibration"]).refuse_same(measured_on)
    return make_classifier(
        chosen["classifier"],
        encoder=chosen["encoder"],
        codebook=load_codebook(codebook),
        model=chosen["classifier_model"],
        llm=_settings(chosen | ({"no_cache": True} if connect else {})),
        server=_server(chosen),
        prices=chosen["prices"],
        on_failure=chosen["on_failure"],
        max_loss=chosen["max_loss"],
        connect=connect,
        calibration=chosen["calibration"],
    )


def _settings(chosen: dict[str, Any]) -> LLMSettings | None:
    """Return the settings of the language model that the options name, or None."""
    if chosen["model"] is not None and not chosen["model"].strip():
        raise click.UsageError("--model is empty; name a model, or leave the option out.")
    model = (chosen["model"] or os.environ.get("FITCHECK_MODEL", "")).strip()
    if not model or chosen["classifier"] == "baseline":
        return None
    from fitcheck.settings import LLMSettings

    size = chosen["batch_size"]
    names = "prompt show_persona seed votes logprobs"
    return _checked(
        LLMSettings,
        chosen,
        model=model,
        batch_size=None if size == "auto" else size,
        **{name: chosen[name] for name in names.split()},
    )


def _server(chosen: dict[str, Any]) -> ServerSettings | None:
    """Return the settings of the server that gives the baseline its vectors, or None."""
    from fitcheck.classifiers.chosen import embedding_model
    from fitcheck.settings import ServerSettings

    if embedding_model(chosen["encoder"], chosen["classifier_model"]) is None:
        return None
    return _checked(ServerSettings, chosen)


def _checked(kind: type[Settings], chosen: dict[str, Any], **more: Any) -> Settings:
    """Return the settings that the options make.

    Raises
    ------
    ConfigError
        If one of them cannot be; the error names the option.
    """
    from pydantic import ValidationError

    names = "azure_api_version redact concurrency rpm tpm max_cost max_requests"
    try:
        return kind(
            base_url=chosen["base_url"] or "",
            names=_names(chosen["names"]),
            use_cache=not chosen["no_cache"],
            **{name: chosen[name] for name in names.split()},
            **more,
        )
    except ValidationError as error:
        raise _wrong_setting(error.errors()[0], chosen) from None


def _wrong_setting(problem: Mapping[str, Any], chosen: Mapping[str, Any]) -> ConfigError:
    """Return what is wrong with an option, for people, from what pydantic says."""
    bounds, name = problem.get("ctx", {}), str((*problem["loc"], "base_url")[0])
    told = {
        "option": "--" + name.replace("_", "-"),
        "value": repr(chosen.get(name) or os.environ.get("OPENAI_BASE_URL")),
    }
    if "ge" in bounds:
        return ConfigError(
            "{option} cannot be {value}.",
            "It must be {least} or more.",
            least=f"{bounds['ge']:g}",
            **told,
        )
    if "le" in bounds:
        return ConfigError(
            "{option} cannot be {value}.",
            "It must be {most} or less.",
            most=f"{bounds['le']:g}",
            **told,
        )
    if problem["type"].startswith(("int", "float")):
        return ConfigError("{option} cannot be {value}.", "It must be a number.", **told)
    if name == "base_url":
        return ConfigError(
            "{option} cannot be {value}.", "It must look like http://localhost:11434/v1.", **told
        )
    return ConfigError("{option} cannot be {value}.", "{reason}.", reason=problem["msg"], **told)


def _names(path: str | None) -> tuple[str, ...]:
    if not path:
        return ()
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "{path} cannot be read ({reason}).",
            "Write one name a line, as UTF-8 text.",
            path=path,
            reason=type(error).__name__,
        ) from None
    return tuple(line.strip() for line in lines if line.strip())
