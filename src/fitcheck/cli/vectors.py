"""Says what a server gets that turns texts into vectors: before a run, instead of one, after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from fitcheck.cli.terminal import Terminal, money, print_json

if TYPE_CHECKING:
    from fitcheck.classifiers.server_encoder import VectorPlan

_SHOWN = 20
"""Texts that a plan prints."""


def tell_server(facts: Mapping[str, Any], terminal: Terminal) -> None:
    """Name a server before anything is sent to it."""
    terminal.tell(
        "Texts go to {endpoint} ({model}), {sent}.",
        endpoint=facts["endpoint"],
        model=facts["model"],
        sent=terminal.say("redacted") if facts["redacted"] else terminal.say("as written"),
    )


def show_vector_plan(
    facts: Mapping[str, Any], plan: VectorPlan, terminal: Terminal, *, as_json: bool
) -> None:
    """Print the first texts of the answers and what a whole run would send; nothing is sent."""
    if as_json:
        print_json({**vector_counts(facts, plan), "first_texts": plan.texts[:_SHOWN]})
        return
    for text in plan.texts[:_SHOWN]:
        click.echo(text)
    tell_vector_plan(facts, plan, terminal)
    terminal.tell("Nothing was sent.")


def tell_vector_plan(facts: Mapping[str, Any], plan: VectorPlan, terminal: Terminal) -> None:
    """Say what would be sent for vectors, training texts included."""
    terminal.tell(
        "{n} texts would go to {endpoint} ({model}) in {requests} requests, to get their vectors: "
        "sentences and whole answers, and those to learn from; {kept} are known.",
        n=len(plan.texts),
        endpoint=facts["endpoint"],
        model=facts["model"],
        requests=plan.n_requests,
        kept=plan.n_kept,
    )
    terminal.tell(
        "At most {prompt} tokens to read; cost at most: {cost}.",
        prompt=plan.tokens,
        cost=money(plan.cost, terminal),
    )


def vector_counts(facts: Mapping[str, Any], plan: VectorPlan) -> dict[str, Any]:
    """Return what a plan says, for machines."""
    return {
        "endpoint": facts["endpoint"],
        "model": facts["model"],
        "texts_sent": len(plan.texts),
        "kept_from_before": plan.n_kept,
        "requests": plan.n_requests,
        "prompt_tokens_at_most": plan.tokens,
        "cost_at_most": plan.cost,
    }


def tell_vectors_used(facts: Mapping[str, Any], terminal: Terminal) -> None:
    """Say what the vectors of a run took."""
    if not facts:
        return
    terminal.tell(
        "Vectors: {n} texts in {requests} requests; {kept} known from before. Tokens: {prompt} "
        "read; cost: {cost}.",
        n=facts["texts_asked"],
        requests=facts["requests"],
        kept=facts["texts_kept"],
        prompt=facts["prompt_tokens"],
        cost=money(facts["cost"], terminal),
    )
