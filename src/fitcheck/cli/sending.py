"""Says what leaves this machine: before a run, instead of one, and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from fitcheck.classifiers.asking import AskingClassifier, Plan
from fitcheck.classifiers.base import classifier_facts
from fitcheck.cli.terminal import Terminal, money, print_json
from fitcheck.cli.vectors import (
    show_vector_plan,
    tell_server,
    tell_vector_plan,
    tell_vectors_used,
    vector_counts,
)
from fitcheck.errors import ConfigError
from fitcheck.records import Answer, Classifier, Message
from fitcheck.tally import Tally

if TYPE_CHECKING:
    from fitcheck.classifiers.server_encoder import VectorPlan


def tell_endpoint(classifier: Classifier, terminal: Terminal) -> None:
    """Name the server before anything is sent to it."""
    facts = classifier_facts(classifier)
    if vectors := facts.get("vectors"):
        tell_server(vectors, terminal)
    if facts.get("endpoint") and facts.get("model"):
        tell_server(facts, terminal)


def show_plan(
    classifier: Classifier,
    answers: Sequence[Answer],
    terminal: Terminal,
    *,
    as_json: bool,
    by_batch: bool = False,
) -> None:
    """Print the first request and what the whole run would send; nothing is sent.

    Raises
    ------
    ConfigError
        If the classifier sends nothing anyway.
    """
    facts = classifier_facts(classifier)
    sends_vectors = "vectors" in facts
    if not isinstance(classifier, AskingClassifier):
        if not sends_vectors:
            raise ConfigError(
                "The offline baseline sends nothing.", "Pass --model to see what would be sent."
            )
        show_vector_plan(facts["vectors"], _vectors(classifier, answers), terminal, as_json=as_json)
        return
    vectors = _vectors(classifier, answers) if sends_vectors else None
    plan = _plan(classifier, answers, by_batch=by_batch)
    first = plan.requests[0].messages if plan.requests else ()
    counts = {
        "endpoint": facts["endpoint"],
        "model": facts["model"],
        "answers": len(answers),
        "settled_by_rule": plan.n_rule,
        "kept_from_before": plan.n_kept,
        "distinct_answers_sent": plan.n_asked,
        "requests": len(plan.requests),
        "redactions": dict(plan.redactions),
        "prompt_tokens_at_most": plan.prompt_tokens,
        "reply_tokens_at_most": plan.reply_tokens,
        "cost_at_most": plan.cost,
        **({"evidence": facts["evidence"]} if "evidence" in facts else {}),
        **({"vectors": vector_counts(facts["vectors"], vectors)} if vectors else {}),
    }
    if as_json:
        print_json({**counts, "first_request": [{"role": r, "content": t} for r, t in first]})
        return
    for role, text in first:
        click.echo(f"--- {role}\n{text}")
    terminal.tell(
        "{n} of {answers} answers would go to {endpoint} in {requests} requests: the codebook "
        "settles {rule}, {kept} are known, the others are repeats.",
        n=plan.n_asked,
        answers=len(answers),
        endpoint=facts["endpoint"],
        requests=len(plan.requests),
        rule=plan.n_rule,
        kept=plan.n_kept,
    )
    _tell_evidence(facts.get("evidence", {}), terminal)
    terminal.tell(
        "At most {prompt} tokens to read and {reply} to write; cost at most: {cost}.",
        prompt=plan.prompt_tokens,
        reply=plan.reply_tokens,
        cost=money(plan.cost, terminal),
    )
    terminal.tell("Replaced: {redactions}.", redactions=_hits(plan.redactions, terminal))
    if vectors:
        tell_vector_plan(facts["vectors"], vectors, terminal)
    terminal.tell("Nothing was sent.")


def _vectors(classifier: Any, answers: Sequence[Answer]) -> VectorPlan:
    plan: VectorPlan = classifier.plan_vectors(answers)
    return plan


def _plan(classifier: AskingClassifier, answers: Sequence[Answer], *, by_batch: bool) -> Plan:
    if not by_batch:
        return classifier.plan(answers)
    from fitcheck.classifiers.batch_submit import plan_submission

    return plan_submission(classifier, answers)


def _tell_evidence(evidence: Mapping[str, Any], terminal: Terminal) -> None:
    """Say what makes for more requests than answers need."""
    if evidence.get("kind") == "votes":
        terminal.tell("Each answer is asked {votes} times.", votes=evidence["votes"])
    elif evidence:
        terminal.tell("Of these requests, one for each answer asks for the label alone.")


def tell_fallback(tally: Tally, terminal: Terminal) -> None:
    """Warn where the model failed on answers, so that its labels are not taken for all."""
    if tally.n_unanswered:
        told = Message(
            "{n} answers have no valid reply and no label.", {"n": tally.n_unanswered}, warning=True
        )
        terminal.note(told)
    if tally.n_handed_on:
        told = Message(
            "{n} answers have no valid reply; the offline baseline labelled them.",
            {"n": tally.n_handed_on},
            warning=True,
        )
        terminal.note(told)


def tell_flags(flags: Mapping[str, int], terminal: Terminal) -> None:
    """Say how many answers are flagged with what, where any are."""
    if flags:
        terminal.tell(
            "Flagged answers: {flags}; --format answers says which.",
            flags=", ".join(f"{flag} {n}" for flag, n in sorted(flags.items())),
        )


def tell_usage(facts: Mapping[str, Any], terminal: Terminal) -> None:
    """Say what a run took, by the facts of its classifier; nothing where nobody was asked."""
    tell_vectors_used(facts.get("vectors", {}), terminal)
    if "answers_asked" not in facts:
        return
    terminal.tell(
        "Sent: {n} answers in {requests} requests; {kept} known from before. Tokens: {prompt} read "
        "({cached} of them again), {reply} written; cost: {cost}.",
        n=facts["answers_asked"],
        requests=facts["requests"],
        kept=facts["answers_kept"],
        prompt=facts["prompt_tokens"],
        cached=facts["cached_tokens"],
        reply=facts["completion_tokens"],
        cost=money(facts["cost"], terminal),
    )
    weighed = facts.get("log_probabilities", {"missing": 0})
    if weighed["missing"]:
        _tell_missing_logprobs(weighed, str(facts["endpoint"] or facts["model"]), terminal)


def _tell_missing_logprobs(weighed: Mapping[str, int], endpoint: str, terminal: Terminal) -> None:
    """Warn where nothing says how sure the model is of its labels."""
    told = Message(
        "{endpoint} gives no log-probabilities: nothing tells how sure the model is; try --votes.",
        {"endpoint": endpoint},
        warning=True,
    )
    if weighed["supported"]:
        told = Message(
            "{n} answers have no log-probabilities of a label.",
            {"n": weighed["missing"]},
            warning=True,
        )
    terminal.note(told)


def _hits(redactions: Mapping[str, Any], terminal: Terminal) -> str:
    told = [f"{kind} {n}" for kind, n in sorted(redactions.items())]
    return ", ".join(told) or terminal.say("nothing")
