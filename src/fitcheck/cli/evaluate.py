"""``fitcheck evaluate``: how far the labels can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.choosing import classifier_options
from fitcheck.cli.sending import tell_endpoint, tell_usage
from fitcheck.cli.stopping import stopping_in_two_steps
from fitcheck.cli.terminal import Terminal, common_options, figure, print_json, refuse_claim
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.labeled import LabeledAnswer, fingerprint, load_labeled
from fitcheck.records import LABELS, Classifier
from fitcheck.surveys.atomic import refuse_existing, refuse_input, write_text

if TYPE_CHECKING:
    from fitcheck.evaluation.run import Evaluation
    from fitcheck.llm.base import ChatClient

_SHOWN = (
    "accuracy",
    "macro_f1",
    "kappa",
    "brier",
    "ece_not_fit",
    "theme_micro_f1",
    "theme_macro_f1",
    "theme_polarity",
    "quote_overlap",
)


@click.command()
@click.argument("labeled", default="test")
@click.option("-o", "--output", help="Write the run as JSON, without any text; - for stdout.")
@click.option("--name", help="What the run calls the data [default: the file's name].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--gate", type=click.Path(), help="Thresholds file; exit 3 if one is missed.")
@click.option("--suspects", type=int, metavar="N", help="List N answers to recode instead.")
@click.option("--record", metavar="DIR", help="Write the model's requests and replies there.")
@click.option("--replay", metavar="DIR", help="Answer from such a recording, without network.")
@classifier_options
@common_options
def evaluate(
    labeled: str,
    output: str | None,
    name: str | None,
    force: bool,
    gate: str | None,
    suspects: int | None,
    record: str | None,
    replay: str | None,
    make: Callable[..., Classifier],
    codebook: str | None,
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Measure a classifier on LABELED: a csv file, or a shipped split [default: test]."""
    from fitcheck.classifiers.asking import AskingClassifier
    from fitcheck.classifiers.base import classifier_facts
    from fitcheck.evaluation.gate import load_thresholds, missed
    from fitcheck.evaluation.run import evaluate as measure

    thresholds = load_thresholds(gate) if gate else None
    if output and output != "-":
        refuse_input(Path(output), labeled)
        refuse_existing(Path(output), overwrite=force)
    examples = load_labeled(labeled)
    if suspects is not None:
        _list_suspects(examples, suspects, terminal, as_json)
        return
    classifier = make(connect=_connect(record, replay), measured_on=examples)
    if (record or replay) and not isinstance(classifier, AskingClassifier):
        raise click.UsageError("--record and --replay need the --model that answers.")
    if replay and "vectors" in classifier_facts(classifier):
        raise click.UsageError("--replay needs no network, and --encoder openai:MODEL does.")
    _refuse_training_data(classifier, examples, labeled)
    if not replay:
        tell_endpoint(classifier, terminal)
    with (
        stopping_in_two_steps(classifier, terminal),
        terminal.counting("Classifying", len(examples)) as advance,
    ):
        found = measure(
            classifier,
            examples,
            name=name or Path(labeled).stem,
            codebook=load_codebook(codebook),
            progress=advance,
        )
    text = found.to_json()
    if output == "-":
        click.echo(text, nl=False)
    elif output:
        write_text(Path(output), text, overwrite=force)
    if as_json:
        print_json({**json.loads(text), "answers": len(examples), "seconds": found.seconds})
    _tell(found, terminal)
    tell_usage(classifier_facts(classifier), terminal)
    if output and output != "-":
        terminal.tell("Written: {path}", path=output)
    if thresholds is not None:
        refuse_claim(missed(json.loads(text), thresholds, str(gate)))


def _connect(record: str | None, replay: str | None) -> Callable[..., ChatClient] | None:
    """Return how to connect to a model where that is recorded or replayed."""
    if record and replay:
        raise click.UsageError("--record and --replay exclude each other; pass one of them.")
    if not (record or replay):
        return None
    from fitcheck.llm.openai_client import OpenAIClient
    from fitcheck.llm.recording import RecordingClient, ReplayClient

    if replay:
        return lambda settings: ReplayClient(Path(replay), settings.model)
    return lambda settings: RecordingClient(
        OpenAIClient(settings), Path(str(record)), settings.model
    )


def _refuse_training_data(
    classifier: Classifier, examples: Sequence[LabeledAnswer], name: str
) -> None:
    if getattr(classifier, "trained_on", None) == fingerprint(examples):
        raise DataError(
            "The classifier was trained on {name}, so a score on it says nothing.",
            "Pass other labelled answers.",
            name=name,
        )


def _tell(found: Evaluation, terminal: Terminal) -> None:
    scores = {name: score for name, score in found.scores.items() if name in _SHOWN}
    terminal.scores("Scores", scores)
    rows = [
        [
            terminal.say(label),
            *(figure(found.scores[f"{m}_{label}"].value, 2) for m in ("precision", "recall", "f1")),
            *(str(n) for n in counts),
        ]
        for label, counts in zip(LABELS, found.confusion, strict=True)
    ]
    terminal.table(
        "Per gold label, and how often each was predicted",
        ["label", "precision", "recall", "f1", *LABELS, "failed"],
        rows,
    )
    if worst := found.worst_group():
        terminal.tell(
            "Weakest group: {dimension} = {name}, accuracy {accuracy:.2f} on {n} answers.",
            dimension=worst[0],
            name=worst[1],
            accuracy=worst[2]["accuracy"],
            n=worst[2]["n"],
        )
    n = len(found.coded)
    terminal.tell("{n} answers in {seconds:.1f} s.", n=n, seconds=found.seconds)


def _list_suspects(
    examples: Sequence[LabeledAnswer], limit: int, terminal: Terminal, as_json: bool
) -> None:
    from fitcheck.classifiers.baseline import BaselineClassifier
    from fitcheck.evaluation.out_of_fold import find_suspects, out_of_fold

    with terminal.counting("Checking labels", len(examples)) as advance:
        predictions = out_of_fold(BaselineClassifier(), examples, progress=advance)
    suspects = find_suspects(examples, predictions)[:limit]
    if as_json:
        print_json(
            [
                {
                    "id": s.example.answer.id,
                    "row": s.example.answer.row,
                    "label": s.example.label,
                    "suggested": s.suggested,
                    "margin": round(s.margin, 4),
                }
                for s in suspects
            ]
        )
    rows = [
        [
            str(s.example.answer.id),
            str(s.example.answer.row),
            s.example.label,
            s.suggested,
            f"{s.margin:.2f}",
        ]
        for s in suspects
    ]
    terminal.table("Answers to code again", ["id", "row", "label", "suggested", "margin"], rows)
