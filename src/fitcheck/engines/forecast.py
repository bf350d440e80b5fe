"""What asking a language model about a whole file would take, some parts of it read closely."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from fitcheck.classifiers.batch_submit import cost_by_batch
from fitcheck.classifiers.cascade import CascadeClassifier
from fitcheck.classifiers.distinct import CLASSES, Preparation
from fitcheck.classifiers.exchange import kept_replies
from fitcheck.classifiers.llm import LLMClassifier
from fitcheck.classifiers.rules import settled_by_rule
from fitcheck.classifiers.ways import BY_BATCH, Load, Way, Ways
from fitcheck.llm.estimate import Duration, duration
from fitcheck.records import Answer
from fitcheck.stats.ratios import ratio_margin

SAMPLED_PARTS = 12
"""Parts that are read closely; a file of no more is planned letter by letter."""
_OF_ALL = ("alone", "together")
"""Ways that ask repeats as well."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in all parts of a file."""

    n_answers: int = 0
    n_rule: int = 0
    """Answers that the codebook settles by itself."""
    n_different: int = 0
    """Different ones among the others, before names and numbers are replaced."""
    n_parts: int = 0


@dataclass(frozen=True, slots=True)
class SampledPart:
    """A part that was drawn by lot."""

    number: int
    answers: Sequence[Answer]
    is_new: Sequence[bool]
    """Whether an answer stands nowhere before, and the codebook does not settle it."""

    @property
    def new(self) -> list[Answer]:
        """The answers that stand nowhere before."""
        return [answer for answer, new in zip(self.answers, self.is_new, strict=True) if new]


@dataclass(frozen=True, slots=True)
class WayForecast:
    """What a way would take."""

    way: Way
    load: Load
    cost: float | None
    """At most; None where the price is not known."""
    duration: Duration | None
    """None by batch: its server decides."""
    margin: float | None
    """How far its tokens may be off because only some parts were read closely, as a share with a
    confidence of 95 %; None if one part cannot tell."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the ways would take, and where the numbers come from."""

    counted: Counted
    sample: Sequence[SampledPart]
    ways: tuple[WayForecast, ...]

    @property
    def is_exact(self) -> bool:
        """Whether all parts were read closely."""
        return len(self.sample) == self.counted.n_parts


def count_parts(
    parts: Iterable[Sequence[Answer]],
    preparation: Preparation,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Counted, list[SampledPart]]:
    """Return what stands in all parts, and some of them, drawn by lot with the seed.

    Of what stood in earlier parts eight bytes an answer are kept. Without a cache a run finds
    repeats in a part alone, and so does this.
    """
    lot = random.Random(preparation.settings.seed)  # noqa: S311
    sample: list[SampledPart] = []
    n_answers = n_rule = n_different = n_parts = 0
    seen = SeenHashes()
    for answers in parts:
        if not preparation.settings.use_cache:
            seen = SeenHashes()
        asked = [i for i, a in enumerate(answers) if not _is_settled(a, preparation)]
        is_new = np.zeros(len(answers), bool)
        hashes = (_hashed(preparation.same(answers[i])) for i in asked)
        is_new[asked] = seen.add(np.fromiter(hashes, np.uint64, len(asked)))
        part = SampledPart(n_parts, answers, is_new.tolist())
        n_parts += 1
        n_answers += len(answers)
        n_rule += len(answers) - len(asked)
        n_different += int(is_new.sum())
        if len(sample) < SAMPLED_PARTS:
            sample.append(part)
        elif (place := lot.randrange(n_parts)) < SAMPLED_PARTS:
            sample[place] = part
        progress(len(answers))
    sample.sort(key=lambda part: part.number)
    return Counted(n_answers, n_rule, n_different, n_parts), sample


def forecast(
    counted: Counted,
    sample: Sequence[SampledPart],
    asking: LLMClassifier,
    cascade: CascadeClassifier | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Forecast:
    """Return what each way would take; nothing is sent.

    Where the sample is all of the file, requests are those of a run in which nothing goes wrong.
    Else what its parts would take is scaled by the answers, or the different ones, in all parts.

    Parameters
    ----------
    counted, sample
        What `count_parts` returned; at least one part.
    asking : LLMClassifier
        Says how is asked, at which price and within which limits.
    cascade : CascadeClassifier, optional
        Says of what is asked where a baseline decides first.
    progress : callable, optional
        Is told how many more answers of the sample were read closely.
    """
    is_exact = len(sample) == counted.n_parts
    with (
        kept_replies(asking.settings) as kept,
        cascade.one_threshold() if cascade else nullcontext(),
    ):
        ways = Ways(asking, kept, cascade.unsure if cascade else None)
        for part in sample:
            # Of all parts it is known better what was asked before: by what is really sent.
            ways.add(part.answers, part.answers if is_exact else part.new)
            progress(len(part.answers))
    found = [_direct(way, ways, counted, sample, asking) for way in ways.parts[0]]
    margins = {each.way: each.margin for each in found}
    for way, load in ways.by_batch().items():
        direct = next(each for each in BY_BATCH if BY_BATCH[each] == way)
        scaled = load.times(_scale(direct, counted, sample))
        cost = cost_by_batch(scaled.direct, scaled.estimate, asking.price)
        found.append(WayForecast(way, scaled, cost, None, margins[direct]))
    return Forecast(counted, sample, tuple(found))


def _direct(
    way: Way, ways: Ways, counted: Counted, sample: Sequence[SampledPart], asking: LLMClassifier
) -> WayForecast:
    loads = [part[way] for part in ways.parts]
    load = sum(loads, Load()).times(_scale(way, counted, sample))
    tokens = [each.estimate.prompt_tokens + each.estimate.reply_tokens for each in loads]
    return WayForecast(
        way,
        load,
        load.estimate.cost(asking.price),
        duration(load.estimate, load.n_asked, load.n_rounds, asking.settings),
        ratio_margin(tokens, [_size(way, part) for part in sample], counted.n_parts),
    )


def _scale(way: Way, counted: Counted, sample: Sequence[SampledPart]) -> float:
    """Return how many times what the sample takes the whole file takes."""
    known = counted.n_answers if way in _OF_ALL else counted.n_different
    in_sample = sum(_size(way, part) for part in sample)
    return known / in_sample if in_sample else 1.0


def _size(way: Way, part: SampledPart) -> int:
    return len(part.answers) if way in _OF_ALL else sum(part.is_new)


def _is_settled(answer: Answer, preparation: Preparation) -> bool:
    return settled_by_rule(answer, preparation.codebook, CLASSES) is not None


def _hashed(same: tuple[str, ...]) -> int:
    text = "\x00".join(same).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest())


class SeenHashes:
    """Remembers hashes in eight bytes each; twice that for a moment while it tidies up.

    Examples
    --------
    >>> seen = SeenHashes()
    >>> seen.add(np.array([7, 8, 7], np.uint64)).tolist()
    [True, True, False]
    >>> seen.add(np.array([9, 8], np.uint64)).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []
        """Each sorted and at least twice as long as the next."""

    def add(self, hashes: np.ndarray) -> np.ndarray:
        """Return which of them were never there before; of equal ones the first alone."""
        found, first = np.unique(hashes, return_index=True)
        is_known = np.zeros(len(found), bool)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, found), len(run) - 1)
            is_known |= run[places] == found
        is_new = np.zeros(len(hashes), bool)
        is_new[first[~is_known]] = True
        if not is_known.all():
            self._keep(found[~is_known])
        return is_new

    def _keep(self, run: np.ndarray) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort()
        self._runs.append(run)
