"""The options that say by which labels rates are judged, and the judging itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from fitcheck.cli.terminal import Function, Terminal
from fitcheck.codebook import Codebook
from fitcheck.personas import group_name
from fitcheck.privacy.suppress import MIN_GROUP

if TYPE_CHECKING:
    from fitcheck.annotation.plan import SamplePlan
    from fitcheck.rates import PersonaRate, Rates
    from fitcheck.records import Answer, Label, Prediction
    from fitcheck.trends import PersonaTrend

    Group = TypeVar("Group", PersonaRate, PersonaTrend)

_LIMIT = 0.05
_MIN_KAPPA = 0.6
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
        default=_MIN_KAPPA,
        show_default=True,
        help="Agreement of two coders under which there is no verdict.",
    ),
    click.option(
        "--as-is",
        is_flag=True,
        help="Judge a sample that is not labelled to its end; takes one of its looks.",
    ),
)


class Judged(NamedTuple):
    """An answers table, and the rates in it."""

    answers: list[Answer]
    predictions: list[Prediction]
    rates: Rates


@dataclass(frozen=True, slots=True)
class Judging:
    """By which labels rates are judged, and how strictly."""

    labels: tuple[str, ...] = ()
    """Filled sheets: that of the coder who counts, and perhaps another one's."""
    plan_file: str | None = None
    limit: float | None = None
    min_kappa: float = _MIN_KAPPA
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
        from fitcheck.rates import not_fit_rates
        from fitcheck.surveys.predictions import read_predictions

        answers, predicted = read_predictions(file, codebook)
        if not self.labels:
            limit = self.limit or _LIMIT
            found = not_fit_rates(predicted, answers, limit=limit, min_group=min_group)
            return Judged(answers, predicted, found)
        plan, said, may_look = self._read(answers, codebook, terminal)
        found = not_fit_rates(
            predicted,
            answers,
            plan=plan,
            labels=said[0],
            second=said[1] if len(said) > 1 else None,
            min_kappa=self.min_kappa,
            as_is=self.as_is,
            may_look=may_look,
            min_group=min_group,
        )
        return Judged(answers, predicted, found)

    def _read(
        self, answers: Sequence[Answer], codebook: Codebook, terminal: Terminal
    ) -> tuple[SamplePlan, list[dict[str, Label]], bool]:
        """Return the plan, each coder's labels, and whether bounds may be read."""
        from fitcheck.annotation.counting import read_labels, take_look
        from fitcheck.annotation.plan import plan_path

        path = Path(self.plan_file) if self.plan_file else plan_path(Path(self.labels[0]))
        read = [read_labels(sheet, answers, path, codebook) for sheet in self.labels]
        plan = read[0].plan
        for note in (note for labels in read for note in labels.notes):
            terminal.note(note)
        if self.limit is not None and self.limit != plan.limit:
            raise click.UsageError(
                f"The sample was planned for a limit of {plan.limit:g}; it cannot be changed now."
            )
        said = [labels.labels for labels in read]
        plan, may_look = take_look(path, plan, said[0], as_is=self.as_is)
        return plan, said, may_look


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
