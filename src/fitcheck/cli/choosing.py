"""The options that say who labels, shared by every verb that classifies."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fitcheck.errors import ConfigError, DataError

if TYPE_CHECKING:
    from fitcheck.labeled import LabeledAnswer
    from fitcheck.llm.base import ChatClient
    from fitcheck.records import Classifier
    from fitcheck.settings import LLMSettings

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
    encoder_option,
    click.option(
        "--on-failure",
        type=click.Choice(["baseline", "leave", "stop"]),
        help="Answers without a valid reply: label them offline, leave them, or stop "
        "[default: baseline; leave with --classifier llm].",
    ),
)
_LLM_OPTIONS = (
    click.option("--model", help="Language model; also FITCHECK_MODEL."),
    click.option("--base-url", help="Its server; also OPENAI_BASE_URL [default: OpenAI]."),
    click.option("--azure-api-version", default="", help="For Azure OpenAI: its API version."),
    click.option("--prompt", default="fit.v1", show_default=True, help="Prompt id or file."),
    click.option("--show-persona", is_flag=True, help="Send the persona along."),
    click.option(
        "--redact/--no-redact",
        default=None,
        help="Replace names, addresses and numbers before sending [default: redact, unless the "
        "server is this machine].",
    ),
    click.option("--names", type=click.Path(), help="File of names to redact, one a line."),
    click.option(
        "--batch-size", metavar="N", default="auto", show_default=True, help="Answers in a request."
    ),
    click.option(
        "--concurrency", type=int, default=8, show_default=True, help="Requests in flight."
    ),
    click.option("--rpm", type=float, help="Most requests a minute."),
    click.option("--tpm", type=float, help="Most tokens a minute."),
    click.option("--max-cost", type=float, help="Stop before the run costs more."),
    click.option("--max-requests", type=int, help="Stop before more requests are sent."),
    click.option(
        "--max-loss",
        type=click.FloatRange(0, 1),
        default=0.01,
        show_default=True,
        help="Of cascade: share of answers that the baseline may get wrong.",
    ),
    click.option("--prices", type=click.Path(), help="Price list over the shipped one."),
    click.option("--no-cache", is_flag=True, help="Do not keep or use replies on this machine."),
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
            "classifier classifier_model encoder on_failure model base_url azure_api_version "
            "prompt show_persona redact names batch_size concurrency rpm tpm max_cost "
            "max_requests max_loss prices no_cache seed votes logprobs calibration"
        )
        chosen = {name: kwargs.pop(name) for name in names.split()}
        make = functools.partial(make_chosen, chosen, kwargs["codebook"])
        return function(*args, make=make, **kwargs)

    for option in reversed((*_OPTIONS, *_LLM_OPTIONS)):
        command = option(command)
    return command  # type: ignore[return-value]


def make_chosen(
    chosen: dict[str, Any],
    codebook: str | None,
    connect: Callable[[LLMSettings], ChatClient] | None = None,
    measured_on: Sequence[LabeledAnswer] = (),
) -> Classifier:
    """Return the classifier that the options name; `connect` records or replays.

    A recording has every request, so replies that are kept are not used then. A calibration must
    not have been learned from what it is `measured_on`.
    """
    from fitcheck.api import make_classifier
    from fitcheck.codebook import load_codebook

    if chosen["calibration"] and measured_on:
        from fitcheck.classifiers.calibration import load_calibration

        load_calibration(chosen["calibration"]).refuse_same(measured_on)
    return make_classifier(
        chosen["classifier"],
        encoder=chosen["encoder"],
        codebook=load_codebook(codebook),
        model=chosen["classifier_model"],
        llm=_settings(chosen | ({"no_cache": True} if connect else {})),
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
    from pydantic import ValidationError

    from fitcheck.settings import LLMSettings

    names = "base_url azure_api_version prompt show_persona redact concurrency rpm tpm seed votes"
    wanted = {
        name: chosen[name] for name in (*names.split(), "max_cost", "max_requests", "logprobs")
    }
    size = chosen["batch_size"]
    try:
        return LLMSettings(
            model=model,
            batch_size=None if size == "auto" else size,
            names=_names(chosen["names"]),
            use_cache=not chosen["no_cache"],
            **wanted | {"base_url": chosen["base_url"] or ""},
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
