"""``fitcheck fit``: train the baseline on your own labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitcheck.cli.choosing import encoder_options
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.cli.vectors import tell_server, tell_vectors_used
from fitcheck.labeled import load_labeled
from fitcheck.surveys.atomic import atomic_path, refuse_existing, refuse_input

if TYPE_CHECKING:
    from fitcheck.classifiers.baseline import BaselineClassifier


@click.command()
@click.argument("labels")
@click.option("-o", "--output", default="model.zip", show_default=True, help="Model to write.")
@click.option("--with-default", is_flag=True, help="Learn from the shipped answers as well.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@encoder_options
@common_options
def fit(
    labels: str,
    output: str,
    with_default: bool,
    force: bool,
    make: Callable[[], BaselineClassifier],
    as_json: bool,
    terminal: Terminal,
) -> None:
    """Train the baseline on LABELS, a csv file with id, text, label and more columns."""
    from fitcheck.classifiers.model_file import save_model
    from fitcheck.evaluation.out_of_fold import out_of_fold
    from fitcheck.evaluation.run import score

    target = Path(output)
    refuse_input(target, labels)
    refuse_existing(target, overwrite=force)
    examples = load_labeled(labels)
    shipped = load_labeled("train") if with_default else []
    baseline = make()
    if server := baseline.vector_facts:
        tell_server(server, terminal)
    with terminal.counting("Checking", len(examples)) as advance:
        predictions = out_of_fold(baseline, examples, always=shipped, progress=advance)
    found = score(examples, predictions, {})
    model = baseline.fit_labeled([*shipped, *examples])
    scores = {name: found.scores[name] for name in ("accuracy", "macro_f1", "kappa")}
    facts = {
        "trained_on": model.trained_on,
        "n": len(examples),
        "n_shipped": len(shipped),
        "cross_validated": {name: round(i.value, 4) for name, i in scores.items()},
    }
    with atomic_path(target, overwrite=force) as temporary:
        save_model(model, temporary, facts)
    terminal.scores("On your answers, each by a model that did not see it", scores)
    tell_vectors_used(model.vector_facts, terminal)
    terminal.tell("Written: {path}", path=output)
    if as_json:
        vectors = {"vectors": model.vector_facts} if model.vector_facts else {}
        print_json({"output": output, **facts, **vectors})
