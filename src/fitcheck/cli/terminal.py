"""Words and tables for people, on stderr; errors become two sentences and an exit code."""

from __future__ import annotations

import functools
import json
import locale
import math
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fitcheck.errors import FitcheckError, GateError
from fitcheck.records import UNASSIGNED, Language, Message

if TYPE_CHECKING:
    from fitcheck.stats.bootstrap import Interval

Function = TypeVar("Function", bound=Callable[..., Any])
_LONGEST_WORD = 24


def common_options(function: Function) -> Function:
    """Add the options that every verb has, and turn our errors into exit code 1."""

    @click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON to stdout.")
    @click.option("--quiet", "-q", is_flag=True, help="Print no words to stderr.")
    @click.option("--verbose", "-v", is_flag=True, help="Show a traceback with an error.")
    @click.option(
        "--lang", type=click.Choice(["de", "en"]), help="Language of words [default: the system's]."
    )
    @functools.wraps(function)
    def command(
        *args: Any, verbose: bool, quiet: bool, lang: Language | None, **kwargs: Any
    ) -> None:
        terminal = Terminal(lang or system_language(), quiet=quiet)
        try:
            function(*args, terminal=terminal, **kwargs)
        except FitcheckError as error:
            if verbose:
                raise
            click.echo(terminal.error_text(error), err=True)
            sys.exit(3 if isinstance(error, GateError) else 1)
        except OSError as error:  # standard output is closed or full
            if verbose:
                raise
            reason = error.strerror or type(error).__name__
            click.echo(
                terminal.say(
                    "Error: the output cannot be written ({reason}). Pass --output FILE.",
                    reason=reason,
                ),
                err=True,
            )
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo(terminal.say("Stopped; nothing was written."), err=True)
            sys.exit(130)

    return command  # type: ignore[return-value]


def system_language() -> Language:
    """Return ``de`` on a German system, else ``en``."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((name for name in names if name), "") or (locale.getlocale()[0] or "")
    return "de" if name.lower().startswith(("de", "german")) else "en"


@functools.cache
def load_catalog(lang: str) -> Mapping[str, str]:
    """Return the wordings of a language by the English template; English needs none."""
    if lang == "en":
        return {}
    return tomllib.loads((files("fitcheck.cli") / f"{lang}.toml").read_text(encoding="utf-8"))


class Terminal:
    """Speaks to a person in one language."""

    def __init__(self, lang: Language, *, quiet: bool = False) -> None:
        self.lang = lang
        self.quiet = quiet
        self.catalog = load_catalog(lang)

    def say(self, template: str, **fields: Any) -> str:
        """Return a sentence in the terminal's language."""
        return Message(template, fields).render(self.catalog)

    def tell(self, template: str, **fields: Any) -> None:
        """Print a sentence to stderr unless it should be quiet."""
        if not self.quiet:
            click.echo(self.say(template, **fields), err=True)

    def note(self, message: Message) -> None:
        """Print a remark; a warning is marked and shown even if it should be quiet."""
        if message.warning:
            click.echo(f"{self.say('Note')}: {message.render(self.catalog)}", err=True)
        elif not self.quiet:
            click.echo(message.render(self.catalog), err=True)

    def persona(self, name: str) -> str:
        """Return a persona's name; those without one are named in the terminal's language."""
        return self.say(UNASSIGNED) if name == UNASSIGNED else name

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a share as people of the language write it, such as 6.6 % or 6,6 %."""
        from fitcheck.report.texts import percent

        return percent(share, digits, self.lang)

    def error_text(self, error: FitcheckError) -> str:
        """Return the error's two sentences."""
        return f"{self.say('Error')}: {error.render(self.catalog)}"

    def table(
        self, title: str, headings: list[str], rows: list[list[str]], *, gap: int = 3
    ) -> None:
        """Print a table to stderr; title and headings are sentences, the first column is text.

        `gap` is the space between columns, 3 or, for many of them, 2.
        """
        if self.quiet:
            return
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table

        table = Table(
            title=self.say(title),
            title_justify="left",
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, gap - 2),
        )
        for position, name in enumerate(headings):
            said = self.say(name)
            words = [
                w for cell in (said, *(row[position] for row in rows)) for w in cell.split(" ")
            ]
            table.add_column(
                said,
                justify="right" if position else "left",
                overflow="fold",
                # A narrow terminal wraps between words, not inside them.
                min_width=min(_LONGEST_WORD, max(map(len, words))),
            )
        for row in rows:
            table.add_row(*(cell.replace("[", r"\[") for cell in row))
        Console(stderr=True, highlight=False).print(table)

    def scores(self, title: str, scores: Mapping[str, Interval], digits: int = 3) -> None:
        """Print a table of scores with their intervals, where these are defined."""
        rows = [
            [name, figure(score.value, digits), _interval(score, digits), str(score.n)]
            for name, score in scores.items()
        ]
        self.table(title, ["score", "value", "95 % interval", "answers"], rows)

    @contextmanager
    def counting(self, verb: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show a progress bar; the block calls what it gets with each number of answers done."""
        with self._bar(verb) as bar:
            task = bar.add_task("", total=total, rate="")
            started, done = time.monotonic(), 0

            def advance(n: int) -> None:
                nonlocal done
                done += n
                rate = done / max(time.monotonic() - started, 1e-6)
                bar.update(task, completed=done, rate=f"{rate:.0f}/s")

            yield advance

    def _bar(self, verb: str) -> Any:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        return Progress(
            TextColumn(self.say(verb)),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=self.quiet or not sys.stderr.isatty(),
        )


def money(cost: float | None, terminal: Terminal) -> str:
    """Return an amount, or that it is not known."""
    return terminal.say("price not known") if cost is None else f"{cost:.4f} $"


def refuse_claim(missed: Sequence[str]) -> None:
    """Raise if there is anything that was demanded and does not hold."""
    if missed:
        raise GateError(
            "{n} thresholds are missed: {missed}.",
            "See the scores above, or lower the thresholds.",
            n=len(missed),
            missed="; ".join(missed),
        )


def figure(value: float, digits: int) -> str:
    """Return a number, or a dash where it is not defined."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _interval(score: Interval, digits: int) -> str:
    low, high = (f"{end:.{digits}f}" for end in (score.low, score.high))
    return f"{low}-{high}" if math.isfinite(score.low) else ""


def print_json(value: Any) -> None:
    """Print to stdout for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
