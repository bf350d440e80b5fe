"""What the command line and other tools call: read, classify, write."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from fitcheck.codebook import Codebook, load_codebook
from fitcheck.errors import ConfigError
from fitcheck.groups import Groups, groups_of
from fitcheck.llm.base import ChatClient
from fitcheck.personas import Personas
from fitcheck.privacy.suppress import MIN_GROUP
from fitcheck.records import Answer, Classifier
from fitcheck.settings import LLMSettings, ServerSettings
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.survey import Survey, read_survey
from fitcheck.tally import Labelled, Tally, of_groups

CLASSIFIERS = ("auto", "baseline", "llm", "cascade")

Progress = Callable[[int], None]


def make_classifier(
    classifier: Literal["auto", "baseline", "llm", "cascade"] = "auto",
    *,
    encoder: str = "tfidf",
    codebook: Codebook | None = None,
    model: str | Path | None = None,
    llm: LLMSettings | None = None,
    server: ServerSettings | None = None,
    prices: str | Path | None = None,
    on_failure: Literal["baseline", "leave", "stop"] | None = None,
    max_loss: float = 0.01,
    connect: Callable[[LLMSettings], ChatClient] | None = None,
    calibration: str | Path | None = None,
) -> Classifier:
    """Return a classifier that is ready to annotate; nothing is sent anywhere yet.

    Parameters
    ----------
    classifier : {"auto", "baseline", "llm", "cascade"}
        ``auto`` is the language model where `llm` is given, else the offline baseline;
        ``cascade`` asks the model only where the baseline is not certain.
    encoder : {"tfidf", "tfidf+use", "tfidf+e5", "openai:MODEL"}
        Features of the baseline; the last one asks a server for vectors.
    codebook : Codebook, optional
        The shipped one by default.
    model : str or Path, optional
        A file of `fitcheck fit`, used instead of the shipped answers.
    llm : LLMSettings, optional
        The language model.
    server : ServerSettings, optional
        Of ``openai:MODEL``, here or in the file `model`; by default the server of `llm`, else the
        one that the environment names.
    prices : str or Path, optional
        Price list over the shipped one.
    on_failure : {"baseline", "leave", "stop"}, optional
        What becomes of answers without a valid reply: the baseline labels them, they stay without
        a label, or the run stops. ``llm`` leaves them, the others hand them to the baseline.
    max_loss : float
        Of ``cascade``: share of all answers that the baseline may decide and get wrong, in [0, 1].
    connect : callable, optional
        Returns the client for the settings; one of your own records or replays.
    calibration : str or Path, optional
        A run file of `fitcheck evaluate` with the same model and settings on labelled answers;
        without it the language model's labels have no probabilities.

    Raises
    ------
    ConfigError
        If there is no such classifier, or no settings for it.
    DataError
        If `model` is no model, or `calibration` no run that fits.

    Examples
    --------
    >>> classifier = make_classifier()
    >>> classifier.annotate(["Nichts davon brauche ich in meiner Arbeit."])[0].source
    'baseline'
    """
    if classifier not in CLASSIFIERS:
        raise ConfigError(
            "There is no classifier {name}.",
            "Pass one of {known}.",
            name=repr(classifier),
            known=", ".join(CLASSIFIERS),
        )
    if classifier in ("llm", "cascade") and llm is None:
        raise ConfigError(
            "No language model is named.", "Pass --model, and --base-url for one of your own."
        )
    from fitcheck.classifiers.chosen import choose_baseline

    choose = partial(choose_baseline, encoder, codebook, model, server or llm, prices)
    if classifier == "baseline" or llm is None:
        if calibration is not None:
            raise ConfigError(
                "A calibration belongs to a language model, and none is named.",
                "Pass --model, or leave --calibration out.",
            )
        return choose()[0]()
    from fitcheck.classifiers.asking import AskingClassifier
    from fitcheck.classifiers.fallback import FallbackClassifier
    from fitcheck.classifiers.llm import LLMClassifier
    from fitcheck.llm.budget import load_prices, price_of
    from fitcheck.llm.openai_client import OpenAIClient

    price = price_of(llm.model, load_prices(prices))
    learned = None
    if calibration is not None:
        from fitcheck.classifiers.calibration import load_calibration

        learned = load_calibration(calibration)
        learned.refuse_other_share(max_loss if classifier == "cascade" else None)
    asked = LLMClassifier(llm, codebook, price, connect or OpenAIClient, learned)
    on_failure = on_failure or ("leave" if classifier == "llm" else "baseline")
    asking: AskingClassifier = asked
    if on_failure != "leave":
        second, vectors = choose() if on_failure == "baseline" else (None, None)
        asking = FallbackClassifier(asked, second, vectors)
    if classifier != "cascade":
        return asking
    from fitcheck.classifiers.cascade import CascadeClassifier

    first, vectors = choose()
    return CascadeClassifier(first, asking, max_loss, vectors)


def read_answers(
    path: str | Path,
    *,
    text: Sequence[str] = (),
    persona: str | None = None,
    id: str | None = None,
    personas: Personas | None = None,
    codebook: Codebook | None = None,
    options: ReadOptions | None = None,
) -> list[Answer]:
    r"""Return the answers in a survey export, with question, persona and sheet row.

    Raises
    ------
    DataError
        If the file cannot be understood; the message says what to pass.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_text("Rolle;Was hat gefallen?\nPflege;Der Austausch im Team\n")
    >>> read_answers(file, text=["Was hat gefallen?"])[0].kind
    'liked'
    """
    survey = read_survey(path, options, texts=text, persona=persona, id=id, codebook=codebook)
    return survey.answers(codebook, survey.assign_personas(personas))


@dataclass(frozen=True)
class Classified(Labelled):
    """A labelled survey."""

    run: dict[str, Any]
    """The facts of the run, without any text."""
    groups: Groups
    tally: Tally
    """The counts behind the facts; those of small groups among them."""


def label_survey(
    survey: Survey,
    classifier: Classifier,
    codebook: Codebook,
    personas: Personas | None,
    progress: Progress | None = None,
) -> Labelled:
    """Return a survey, or a part of a larger one, with a prediction for each answer."""
    from fitcheck.classifiers.base import annotate_all

    assignment = survey.assign_personas(personas)
    answers = survey.answers(codebook, assignment)
    return Labelled(survey, assignment, answers, annotate_all(classifier, answers, progress))


def classify_survey(
    survey: Survey,
    classifier: Classifier,
    *,
    codebook: Codebook | None = None,
    personas: Personas | None = None,
    progress: Progress | None = None,
    min_group: int = MIN_GROUP,
) -> Classified:
    """Return every answer of the survey with its prediction.

    `progress` is called with the number of answers done since the last call. Counts of groups
    with fewer respondents than `min_group` are not shown.
    """
    codebook = codebook or load_codebook()
    found = label_survey(survey, classifier, codebook, personas, progress)
    tally = Tally.of(found)
    groups = groups_of(tally.respondents, min_group)
    run = run_facts(survey, classifier, codebook, tally, groups, min_group)
    return Classified(
        survey, found.assignment, found.answers, found.predictions, run, groups, tally
    )


def run_facts(
    survey: Survey,
    classifier: Classifier,
    codebook: Codebook,
    tally: Tally,
    groups: Groups,
    min_group: int,
) -> dict[str, Any]:
    """Return the facts of a run, without any text; the survey's own rows do not matter."""
    from fitcheck.classifiers.base import classifier_facts

    return {
        **program_facts(),
        "classifier": classifier_facts(classifier),
        "codebook": {"id": codebook.id, "version": codebook.version, "sha256": codebook.sha256},
        "input": {
            **survey.grid.facts,
            "profile": survey.profile.id,
            "header_rows": len(survey.layout.header),
            "rows": tally.n_rows,
            "rows_not_classified": dict(sorted(tally.dropped.items())),
            "text_columns": len(survey.columns.texts),
        },
        "answers": tally.n_answers,
        "failures": dict(tally.failures),
        "sources": of_groups(tally.sources, groups),
        "labels": of_groups(tally.labels, groups),
        "min_group": min_group,
    }


def program_facts() -> dict[str, str]:
    """Return what a run file says of the program, and when it ran."""
    return {
        "fitcheck": version("fitcheck-feedback"),
        "python": platform.python_version(),
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
