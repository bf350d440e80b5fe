"""``fitcheck classify --batch-api``: submit now at half the price, look, and collect later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from fitcheck.classifiers.base import classifier_facts
from fitcheck.cli.sending import tell_endpoint
from fitcheck.cli.terminal import Terminal, money, print_json
from fitcheck.records import Answer, Classifier, Message
from fitcheck.surveys.results import default_output
from fitcheck.surveys.survey import Survey

if TYPE_CHECKING:
    from fitcheck.classifiers.batch_collect import Collected
    from fitcheck.classifiers.batch_state import Part
    from fitcheck.llm.batch_api import RemoteBatch

Step = Literal["submit", "status", "collect"]

batch_option = click.option(
    "--batch-api",
    type=click.Choice(["submit", "status", "collect"]),
    help="Ask by the server's Batch API at half the price: submit now, look at the status, "
    "collect within 24 hours.",
)


def refuse_odd_step(step: Step | None, file: str, output: str | None, *, dry_run: bool) -> None:
    """Raise a usage error for what does not go with batches."""
    if step is None:
        return
    if output == "-" or (file == "-" and not output):
        raise click.UsageError("--batch-api writes a state file beside --output; pass a file name.")
    if dry_run and step != "submit":
        raise click.UsageError("--dry-run goes with --batch-api submit only.")


def state_path(survey: Survey, output: str | None) -> Path:
    """Return where it is written what is on its way; the format of the output plays no part."""
    target = Path(output) if output else default_output(survey, "rows")
    return target.with_name(target.name.removesuffix(target.suffix) + ".batch.json")


@dataclass
class Batches:
    """The steps of a run by batch.

    Parameters
    ----------
    classifier : Classifier
        Who labels.
    answers : sequence of Answer
        All of the file.
    path : Path
        The state file.
    terminal : Terminal
        Tells what happens.
    """

    classifier: Classifier
    answers: Sequence[Answer]
    path: Path
    terminal: Terminal
    found: Collected | None = field(default=None, init=False)

    def take(self, step: Step, *, as_json: bool) -> bool:
        """Take a step, and return whether the answers are to be classified now."""
        if step == "status":
            self._show_status(as_json=as_json)
            return False
        tell_endpoint(self.classifier, self.terminal)
        if step == "submit":
            self._submit(as_json=as_json)
            return False
        self._collect()
        return True

    @property
    def facts(self) -> dict[str, Any]:
        """What the run file says of what was collected; no text."""
        return self.found.to_dict() if self.found else {}

    def finish(self) -> None:
        """Forget the submission, now that the output is written, here and at the server."""
        from fitcheck.classifiers.batch_collect import discard

        self.path.unlink(missing_ok=True)
        if self.found and not discard(self.classifier, self.found.files):
            self.terminal.note(
                Message(
                    "Some files of the batches could not be removed from the server; they stay as "
                    "long as it keeps files."
                )
            )

    def _submit(self, *, as_json: bool) -> None:
        from fitcheck.classifiers.batch_submit import submit

        sent = submit(self.classifier, self.answers, self.path)
        if sent.batches:
            self.terminal.tell(
                "On their way at half the price: {n} answers in {requests} requests, batches: "
                "{batches}.",
                n=sent.n_answers,
                requests=sent.n_requests,
                batches=len(sent.batches),
            )
            self.terminal.tell(
                "Run the same command with --batch-api collect once they have ended, which takes "
                "up to 24 hours; --batch-api status says how far they are. Keep {path} until then.",
                path=self.path,
            )
        else:
            self.terminal.tell(
                "There is nothing to submit: {n} answers are left to ask. Run the same command "
                "without --batch-api.",
                n=sent.n_answers,
            )
        if as_json:
            state = self.path if sent.batches else None
            counts = {"requests": sent.n_requests, "answers": sent.n_answers}
            print_json({"state": state, "batches": sent.batches, **counts})

    def _show_status(self, *, as_json: bool) -> None:
        from fitcheck.classifiers.batch_collect import batch_status

        if endpoint := classifier_facts(self.classifier)["endpoint"]:
            self.terminal.tell("Asking {endpoint} how the batches stand.", endpoint=endpoint)
        parts = batch_status(self.classifier, self.path)
        rows = [_status_facts(part, batch) for part, batch in parts]
        self.terminal.table(
            "Batches",
            ["batch", "status", "requests", "replies", "errors"],
            [
                [row["batch"] or "–", row["status"], *(str(row[name]) for name in _COUNTS)]
                for row in rows
            ],
        )
        codes = sorted({code for row in rows for code in row["errors"]})
        if codes:
            told = {"codes": ", ".join(codes)}
            self.terminal.note(Message("The server says: {codes}.", told, warning=True))
        ended = all(batch is not None and batch.has_ended for _, batch in parts)
        if ended:
            self.terminal.tell("All have ended: run the same command with --batch-api collect.")
        elif any(batch is None for _, batch in parts):
            self.terminal.tell(
                "The submission was not finished: run the same command with --batch-api submit."
            )
        if as_json:
            print_json({"state": self.path, "ended": ended, "batches": rows})

    def _collect(self) -> None:
        from fitcheck.classifiers.batch_collect import collect

        found = self.found = collect(self.classifier, self.answers, self.path)
        self.terminal.tell(
            "By batch: {n} answers in {requests} requests. Tokens: {prompt} read ({cached} of them "
            "again), {reply} written; cost: {cost}.",
            n=found.n_answers,
            requests=found.usage.requests,
            prompt=found.usage.prompt_tokens,
            cached=found.usage.cached_tokens,
            reply=found.usage.completion_tokens,
            cost=money(found.usage.cost, self.terminal),
        )
        for message in _remarks(found):
            self.terminal.note(message)


_COUNTS = ("requests", "completed", "failed")


def _status_facts(part: Part, batch: RemoteBatch | None) -> dict[str, Any]:
    return {
        "batch": part.batch,
        "status": batch.status if batch else "not submitted",
        "requests": len(part.requests),
        "completed": batch.completed if batch else 0,
        "failed": batch.failed if batch else 0,
        "errors": list(batch.errors) if batch else [],
    }


def _remarks(found: Collected) -> list[Message]:
    remarks = []
    if found.cut_short:
        told = ", ".join(f"{status} {n}" for status, n in sorted(found.cut_short.items()))
        remarks.append(
            Message(
                "Not every batch was answered to its end: {told}.", {"told": told}, warning=True
            )
        )
    if found.n_changed:
        remarks.append(
            Message(
                "{n} answers are no longer in the file as they were submitted; their replies are "
                "not used.",
                {"n": found.n_changed},
                warning=True,
            )
        )
    if found.n_left:
        remarks.append(
            Message(
                "{n} answers came back without a valid reply; they are asked directly now, at the "
                "full price.",
                {"n": found.n_left},
                warning=True,
            )
        )
    return remarks
