"""The plan of a run for people: a table of the ways to ask, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fitcheck.cli.terminal import Terminal
from fitcheck.cli.ways import WaysToAsk
from fitcheck.errors import ConfigError
from fitcheck.records import Message
from fitcheck.report.texts import Texts

if TYPE_CHECKING:
    from fitcheck.classifiers.ways import Way
    from fitcheck.engines.forecast import Forecast, WayForecast

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
_HEADINGS = ["way", "answers", "requests", "tokens in", "and out", "time", "cost"]


def tell_plan(found: Forecast, ways: WaysToAsk, terminal: Terminal) -> None:
    """Print the table and what is to be known about it."""
    shown = _shown(found)
    as_typed = _as_typed(shown, ways)
    names = _names(ways, terminal)
    rows = [
        [
            ("* " if each is as_typed else "") + names[each.way],
            *_cells(each, terminal, is_exact=found.is_exact),
        ]
        for each in shown
    ]
    terminal.table("Ways to ask the model", _HEADINGS, rows, gap=2)
    terminal.tell(
        "* is the command without --plan. The rows above {once} are for comparison: no command "
        "asks like that.",
        once=repr(names["once"]),
    )
    _tell_source(found, shown, ways, terminal)
    terminal.tell(
        "Tokens and cost are at most: most replies are shorter, but those of a model that thinks "
        "before it writes can be longer."
    )
    _tell_time(shown, names, ways, terminal)
    _tell_batch(ways, terminal)
    _tell_cascade(found, ways, terminal)
    _tell_money(as_typed, ways, terminal)
    terminal.tell("Nothing was sent.")


def _shown(found: Forecast) -> list[WayForecast]:
    """Return the ways without those that send the same as the one before."""
    every = {each.way: each for each in found.ways}
    if every["together"].load == every["alone"].load:
        del every["together"]
    if every["unknown"].load == every["once"].load:
        del every["unknown"]
    order = ("alone", "together", "once", "unknown", "by_batch", "cascade", "cascade_by_batch")
    return [every[way] for way in order if way in every]


def _as_typed(shown: Sequence[WayForecast], ways: WaysToAsk) -> WayForecast | None:
    """Return the way of the command; None for a cascade that could not be planned."""
    same = {"unknown": ("unknown", "once"), "cascade": ("cascade",)}[ways.as_typed]
    return next((each for way in same for each in shown if each.way == way), None)


def _names(ways: WaysToAsk, terminal: Terminal) -> dict[Way, str]:
    from fitcheck.llm.batching import AUTO_SIZE

    say = terminal.say
    return {
        "alone": say("each one alone"),
        "together": say("up to {n} at once", n=ways.asking.settings.batch_size or AUTO_SIZE),
        "once": say("repeats once"),
        "unknown": say("known left out"),
        "by_batch": say("by Batch API"),
        "cascade": say("cascade"),
        "cascade_by_batch": say("cascade, batch"),
    }


def _cells(each: WayForecast, terminal: Terminal, *, is_exact: bool) -> list[str]:
    texts = Texts(terminal.lang)
    estimate = each.load.estimate + each.load.direct
    numbers = (each.load.n_answers, estimate.n_requests)
    return [
        *(texts.number(round(n if is_exact else float(f"{n:.3g}"))) for n in numbers),
        _many(estimate.prompt_tokens, terminal),
        _many(estimate.reply_tokens, terminal),
        "< 24 h" if each.duration is None else _time(each.duration.seconds, terminal),
        _money(each.cost, terminal),
    ]


def _many(n: float, terminal: Terminal) -> str:
    """Return a number that may be very large."""
    texts = Texts(terminal.lang)
    if n >= 999.5e6:
        return terminal.say("{n} bn", n=texts.decimal(n / 1e9, 1))
    if n >= 999_500:
        return terminal.say("{n} M", n=texts.decimal(n / 1e6, 1))
    return texts.number(round(n))


def _time(seconds: float, terminal: Terminal) -> str:
    texts = Texts(terminal.lang)
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    if seconds < 2 * _DAY_S:
        return f"{texts.decimal(seconds / _HOUR_S, 1)} h"
    return terminal.say("{n} days", n=texts.decimal(seconds / _DAY_S, 1))


def _money(cost: float | None, terminal: Terminal) -> str:
    if cost is None:
        return terminal.say("unknown")
    texts = Texts(terminal.lang)
    if cost >= 999.5:
        return f"{texts.number(round(cost))} $"
    return f"{texts.decimal(cost, 2 if cost >= 1 else 4)} $"


def _tell_source(
    found: Forecast, shown: Sequence[WayForecast], ways: WaysToAsk, terminal: Terminal
) -> None:
    """Say what was counted, and what was estimated from what."""
    counted = found.counted
    texts = Texts(terminal.lang)
    n, rule = texts.number(counted.n_answers), texts.number(counted.n_rule)
    if found.is_exact:
        terminal.tell(
            "Counted: {n} answers ({rule} of them the codebook settles), and all requests that are "
            "sent if nothing goes wrong.",
            n=n,
            rule=rule,
        )
        return
    margins = [each.margin for each in shown if each.margin is not None]
    terminal.tell(
        "Counted: {n} answers ({rule} of them the codebook settles; {different} of the others are "
        "different). Estimated: all else, from {sampled} answers in {parts} of {all} parts of the "
        "file, drawn by lot (seed {seed}); tokens are within {margin} (95 % sure).",
        n=n,
        rule=rule,
        different=texts.number(counted.n_different),
        sampled=texts.number(sum(len(part.answers) for part in found.sample)),
        parts=len(found.sample),
        all=texts.number(counted.n_parts),
        seed=ways.asking.settings.seed,
        margin=terminal.percent(max(margins)),
    )


def _tell_time(
    shown: Sequence[WayForecast], names: dict[Way, str], ways: WaysToAsk, terminal: Terminal
) -> None:
    """Say what limits each way, and what a reply is assumed to take."""
    from fitcheck.llm.estimate import ANSWER_S, REPLY_S

    settings = ways.asking.settings
    texts = Texts(terminal.lang)
    limits = {
        "rpm": f"--rpm {settings.rpm:g}" if settings.rpm else "",
        "tpm": f"--tpm {settings.tpm:.0f}" if settings.tpm else "",
        "latency": terminal.say("{n} requests in flight", n=settings.concurrency),
    }
    limited = {
        limit: [names[e.way] for e in shown if e.duration and e.duration.limit == limit]
        for limit in limits
    }
    told = [limits[limit] for limit, those in limited.items() if those]
    if len(told) > 1:
        told = [f"{limits[k]} ({', '.join(those)})" for k, those in limited.items() if those]
    terminal.tell(
        "What limits the time: {limits}. Assumed: a reply takes {reply} s, and {answer} s more for "
        "each answer in it.",
        limits="; ".join(told),
        reply=texts.decimal(REPLY_S, 0),
        answer=texts.decimal(ANSWER_S, 1),
    )


def _tell_batch(ways: WaysToAsk, terminal: Terminal) -> None:
    from fitcheck.classifiers.batch_work import refuse_settings

    try:
        refuse_settings(ways.asking.settings)
    except ConfigError as error:
        reason = Message(error.found, error.fields)
        terminal.tell("Not by the Batch API: {reason}", reason=reason)
        return
    terminal.tell(
        "The Batch API, where the server has one, takes half the price and up to 24 hours a batch; "
        "the file is read whole for it (--max-megabytes)."
    )


def _tell_cascade(found: Forecast, ways: WaysToAsk, terminal: Terminal) -> None:
    cascade = ways.cascade
    if any(each.way == "cascade" for each in found.ways):
        loss = Texts(terminal.lang).level(cascade.max_loss)
        terminal.tell(
            "Cascade: the baseline decides where it is certain; on invented answers it errs on "
            "{loss} of all that way (--max-loss).",
            loss=loss,
        )
        return
    endpoint = cascade.facts["vectors"]["endpoint"]
    terminal.tell(
        "The cascade is not planned: its baseline would have to ask {endpoint} for vectors first.",
        endpoint=endpoint,
    )


def _tell_money(as_typed: WayForecast | None, ways: WaysToAsk, terminal: Terminal) -> None:
    """Say what is not known of the price, and which cap the command would meet."""
    settings = ways.asking.settings
    if ways.asking.price is None:
        terminal.tell(
            "The price of {model} is not known; pass a price list with --prices FILE.",
            model=settings.model,
        )
    if as_typed is None:
        return
    n, cost = round(as_typed.load.estimate.n_requests), as_typed.cost or 0.0
    if settings.max_requests is not None and n > settings.max_requests:
        cap = {"cap": settings.max_requests}
        terminal.note(Message("The command would stop at --max-requests {cap}.", cap, warning=True))
    if settings.max_cost is not None and cost > settings.max_cost:
        most = {"cap": settings.max_cost}
        terminal.note(Message("The command could stop at --max-cost {cap}.", most, warning=True))
