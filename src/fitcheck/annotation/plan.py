"""The plan of a sample: written before labels are read, so that it cannot follow from them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from fitcheck.errors import DataError
from fitcheck.stats.strata import Denominator, Target
from fitcheck.stats.verdict import Method
from fitcheck.surveys.atomic import write_text

Design = Literal["fixed", "sequential"]
STRATA = ("not_fit", "others")
"""The strata of a fixed plan: predicted not_fit, and everybody else."""


@dataclass(frozen=True, slots=True)
class DrawnStratum:
    """How many respondents of a stratum were drawn."""

    size: int
    drawn: int

    @property
    def probability(self) -> float:
        """The probability of each respondent in it to be drawn."""
        return self.drawn / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Unit:
    """A drawn respondent."""

    persona: str
    stratum: int
    """Index in `STRATA`."""
    keys: tuple[str, ...]
    """One for each answer that decides; they say nothing of who wrote it."""


@dataclass(frozen=True, slots=True)
class Look:
    """A time at which a bound was read."""

    labels: str
    """Fingerprint of the labels that were there."""
    n: int
    at: str


@dataclass(frozen=True)
class SamplePlan:
    """Who was drawn, how, and by what the labels will be judged.

    It holds no text and no id. It says who was predicted not_fit, so coders do not get it.
    """

    design: Design
    """``fixed``: so many labels, then a bound. ``sequential``: label on until it is decided."""
    seed: int
    n: int
    """Respondents per persona that were asked for."""
    limit: float = 0.05
    alpha: float = 0.05
    """Error probability of each bound, over all looks together."""
    method: Method = "smb"
    target: Target = "process"
    denominator: Denominator = "signal"
    looks: int = 1
    """How often a fixed plan's bounds may be read; each at alpha divided by it."""
    strata: Mapping[str, tuple[DrawnStratum, DrawnStratum]] = field(default_factory=dict)
    """Sizes by persona; a sequential plan draws from both together."""
    units: tuple[Unit, ...] = ()
    """Drawn respondents, in the order in which they are to be labelled."""
    looked: tuple[Look, ...] = ()
    fitcheck: str = field(default_factory=lambda: version("fitcheck-feedback"))
    created: str = field(default_factory=lambda: _now())

    def only(self, personas: Collection[str]) -> SamplePlan:
        """Return the plan with the respondents of these personas alone."""
        return replace(
            self,
            strata={name: parts for name, parts in self.strata.items() if name in personas},
            units=tuple(unit for unit in self.units if unit.persona in personas),
        )

    def knows(self, labels: Mapping[str, str]) -> bool:
        """Return whether bounds were read with these labels before."""
        return fingerprint(labels) in {look.labels for look in self.looked}

    @property
    def looks_left(self) -> int:
        """How often bounds may still be read with other labels."""
        return self.looks - len(self.looked)

    def look(self, labels: Mapping[str, str]) -> SamplePlan | None:
        """Return the plan with these labels noted as read; None if they may not be.

        The same labels can be read again and again; other ones take one of the looks.
        """
        if self.knows(labels):
            return self
        if self.looks_left < 1:
            return None
        look = Look(fingerprint(labels), len(labels), _now())
        return replace(self, looked=(*self.looked, look))

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the plan as JSON, whole or not at all."""
        content = asdict(self)
        content["strata"] = {
            persona: {
                name: {**asdict(part), "probability": part.probability}
                for name, part in zip(STRATA, parts, strict=True)
            }
            for persona, parts in self.strata.items()
        }
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        write_text(path, text, overwrite=overwrite)


def load_plan(path: Path) -> SamplePlan:
    """Return the plan in a file.

    Raises
    ------
    DataError
        If it is missing or no plan.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["strata"] = {
            persona: tuple(DrawnStratum(parts[s]["size"], parts[s]["drawn"]) for s in STRATA)
            for persona, parts in content["strata"].items()
        }
        content["units"] = tuple(
            Unit(unit["persona"], unit["stratum"], tuple(unit["keys"])) for unit in content["units"]
        )
        content["looked"] = tuple(Look(**look) for look in content["looked"])
        return SamplePlan(**content)
    except FileNotFoundError:
        raise DataError(
            "There is no plan {path} beside the labels.",
            "Copy there what `fitcheck sample` wrote, or name it with --plan.",
            path=str(path),
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "{path} is no plan of `fitcheck sample`, or was changed.",
            "Copy the original there, or draw a new sample.",
            path=str(path),
        ) from error


_json = json.JSONEncoder(ensure_ascii=False).encode


def answer_key(seed: int, respondent: str, question: str, text: str) -> str:
    """Return the key of an answer in a sample: short, and the same wherever it stands.

    Examples
    --------
    >>> len(answer_key(0, "p7", "Hat es gepasst?", "ja"))
    12
    """
    parts = _json([seed, respondent, question, text])
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return the fingerprint of labels by key, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


def plan_path(sheet: Path) -> Path:
    """Return where the plan of a sheet lies; the copies of a second coder share it.

    Examples
    --------
    >>> plan_path(Path("s.coder2.xlsx")).name
    's.plan.json'
    """
    stem = sheet.stem
    head, _, last = stem.rpartition(".")
    return sheet.with_name(f"{head if last.startswith('coder') and head else stem}.plan.json")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
