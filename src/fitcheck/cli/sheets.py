"""The options that say by which labels rates are judged, and the judging itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fitcheck.cli.terminal import Function, Terminal
from fitcheck.codebook import Codebook
from fitcheck.judging import MIN_KAPPA, Judged, judge_table
from fitcheck.personas import group_name
from fitcheck.privacy.suppress import MIN_GROUP

if TYPE_CHECKING:
    from fitcheck.rates import PersonaRate
    from fitcheck.trends import PersonaTrend

    Group = TypeVar("Group", PersonaRate, PersonaTrend)

_OPTIONS = (
    click.option(
        "--labels",
        multiple=True,
        type=click.Path(),
        help="Sheet of `fitcheck sample`, filled in; given twice, the second one is another "
        "coder's.",
    ),
    click.option(
        "--plan", "plan_file", type=click.Path(), help="The sample's plan [default: beside]."
    ),
    click.option(
        "--limit",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        help="The rate that must not be reached; the plan fixes it [default: 0.05].",
    ),
    click.option(
        "--min-kappa",
        type=click.FloatRange(-1, 1),
        default=MIN_KAPPA,
        show_default=True,
        help="Agreement of two coders under which there is no verdict.",
    ),
    click.option(
        "--as-is",
        is_flag=True,
        help="Judge a sample that is not labelled to its end; takes one of its looks.",
    ),
)


@dataclass(frozen=True, slots=True)
class Judging:
    """By which labels rates are judged, and how strictly."""

    labels: tuple[str, ...] = ()
    """Filled sheets: that of the coder who counts, and perhaps another one's."""
    plan_file: str | None = None
    limit: float | None = None
    min_kappa: float = MIN_KAPPA
    as_is: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are read: people's work, not to be overwritten by an output."""
        from fitcheck.annotation.plan import plan_path

        plans = [self.plan_file] if self.plan_file else [*map(plan_path, map(Path, self.labels))]
        return (*self.labels, *map(str, plans))

    def of(
        self, file: str, codebook: Codebook, terminal: Terminal, min_group: int = MIN_GROUP
    ) -> Judged:
        """Return the rates in an answers table; a look at its sample is noted."""
        return judge_table(
            file,
            codebook,
            terminal.note,
            labels=self.labels,
            plan_file=self.plan_file,
            limit=self.limit,
            min_kappa=self.min_kappa,
            as_is=self.as_is,
            min_group=min_group,
        )


def judging_options(function: Function) -> Function:
    """Add the options; the command gets `judging` in their place."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        names = ("labels", "plan_file", "limit", "min_kappa", "as_is")
        judging = Judging(**{name: kwargs.pop(name) for name in names})
        if len(judging.labels) > 2:
            raise click.UsageError("--labels takes one sheet, or two of two coders.")
        return function(*args, judging=judging, **kwargs)

    decorated: Callable[..., Any] = command
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[return-value]


def chosen_personas(personas: Sequence[Group], only: Sequence[str]) -> tuple[Group, ...]:
    """Return the personas that are named, or all where none is."""
    only = tuple(dict.fromkeys(map(group_name, only)))
    known = {persona.persona: persona for persona in personas}
    if unknown := [name for name in only if name not in known]:
        raise click.UsageError(
            f"There is no persona {unknown[0]!r} that may be shown; there are "
            f"{', '.join(known) or 'none'}."
        )
    return tuple(known[name] for name in only) if only else tuple(personas)
