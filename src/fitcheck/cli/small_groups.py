"""Small groups on the command line: the floor that is asked for, and the cells of their rows."""

from __future__ import annotations

import functools
from typing import Any

import click

from fitcheck.cli.terminal import Function, Terminal
from fitcheck.privacy.suppress import MIN_DETAIL, MIN_GROUP
from fitcheck.records import LABELS


def min_group_options(function: Function) -> Function:
    """Add `--min-group`; the command gets a floor that is not lowered by mistake."""

    @click.option(
        "--min-group",
        type=click.IntRange(min=1),
        default=MIN_GROUP,
        show_default=True,
        help="Fewest respondents of a group that is shown.",
    )
    @click.option(
        "--i-am-allowed",
        is_flag=True,
        help="Let --min-group be lower than the default; your works council may have a say.",
    )
    @functools.wraps(function)
    def command(*args: Any, min_group: int, i_am_allowed: bool, **kwargs: Any) -> None:
        if min_group < MIN_GROUP and not i_am_allowed:
            raise click.UsageError(
                f"--min-group under {MIN_GROUP} shows counts of very few people; pass "
                "--i-am-allowed too if you may."
            )
        function(*args, min_group=min_group, **kwargs)

    return command  # type: ignore[return-value]


def label_cells(counts: dict[str, int], mostly: tuple[str, int] | None) -> list[str]:
    """Return the cells of the labels and of failures; of a small group a bound at most.

    Examples
    --------
    >>> label_cells({}, ("fit", 4))
    ['≥ 4', '–', '–', '–']
    """
    names = (*LABELS, "failed")
    if counts:
        return [str(counts.get(name, 0)) for name in names]
    return [f"≥ {mostly[1]}" if mostly and mostly[0] == name else "–" for name in names]


def tell_hidden(n: int, min_group: int, terminal: Terminal) -> None:
    """Say how many groups are not shown; which ones, nobody is told."""
    if n:
        terminal.tell(
            "Groups not shown: {n}. Fewer than {floor} people answered there, or such a group "
            "could be worked out otherwise; join small groups to see more.",
            n=n,
            floor=min_group,
        )


def tell_bounds(needed: bool, terminal: Terminal) -> None:
    """Say why the cells of a small group hold bounds at most, where there is one."""
    if needed:
        terminal.tell(
            "Of groups under {n} there is a bound at most: exact counts would tell of each member "
            "where all are alike.",
            n=MIN_DETAIL,
        )
