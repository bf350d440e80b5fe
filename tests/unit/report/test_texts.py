"""Both languages say everything, with the same facts."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from fitcheck.codebook import PERSONA_DIMENSIONS
from fitcheck.hypotheses.free_text import Withheld as WithheldText
from fitcheck.hypotheses.outcome import CLAIMS
from fitcheck.personas import ASPECTS
from fitcheck.rates import Withheld
from fitcheck.records import LABELS, POLARITIES
from fitcheck.report.reasons import LEVERS
from fitcheck.report.texts import LANGUAGES, Texts, load_texts
from fitcheck.stats.planning import Need

MORE = ("people_per_group", "more_respondents", "more_labels", "more_months")
"""What cards may need more of."""
SOURCE = Path(__file__).parents[3] / "src" / "fitcheck"


def flat(catalog: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its dotted key."""
    for name, value in catalog.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from flat(value, f"{prefix}{name}.")


def fields(text: str) -> set[str]:
    """Return the names in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def used() -> tuple[set[str], set[str]]:
    """Return the keys that the source names as they are, and the sections of those it makes."""
    keys, sections = set(), set()
    for path in (p for folder in ("report", "hypotheses") for p in (SOURCE / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("of", "counted"):
                first = node.args[0]
                prefix = "counted." if node.func.attr == "counted" else ""  # type: ignore[attr-defined]
                if isinstance(first, ast.Constant):
                    keys.add(prefix + str(first.value))
                elif isinstance(first, ast.JoinedStr):
                    sections.add(str(first.values[0].value).rstrip("."))  # type: ignore[attr-defined]
    for template in (SOURCE / "report" / "pages").glob("*.html"):
        html = template.read_text(encoding="utf-8")
        keys |= set(re.findall(r'\bt\.of\("([\w.]*\w)"', html))
        keys |= {f"counted.{name}" for name in re.findall(r'\bt\.counted\("(\w+)"', html)}
        sections |= set(re.findall(r'\bt\.of\("(\w+)\." ~', html))
    return keys, sections


def test_no_key_is_missing() -> None:
    """The same keys in each language, with the same fields."""
    german, english = (dict(flat(load_texts(lang))) for lang in LANGUAGES)
    assert german.keys() == english.keys()
    assert {key for key in german if fields(german[key]) != fields(english[key])} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_that_is_asked_for_is_there(lang: Any) -> None:
    """Those in the source, and those made of labels, reasons and the like."""
    texts, (keys, sections) = dict(flat(load_texts(lang))), used()
    there = {*texts, *(key.rpartition(".")[0] for key in texts)}
    assert keys <= there
    made = {
        "label": (*LABELS, "failed"),
        "polarity": POLARITIES,
        "dimension": PERSONA_DIMENSIONS,
        "why": [reason for reason in get_args(Withheld) if reason],
        "short": ("met", "not_met", "undecided"),
        "verdict": ("met", "not_met", "undecided", "agreement"),
        "title": ("signal", "all"),
        "aspect": ASPECTS,
        "counted": [*(need for need in get_args(Need) if need != "too_close"), *MORE],
        "claim": CLAIMS,
        "card": ("believe", "know"),
        "no_data": ("fit", "uplift", "share", "demand", "amount"),
        "free_text": get_args(WithheldText),
        "uplift": ("with", "without", "target", "any"),
        "demand": ("before", "after", "target", "any"),
        "amount": ("target", "any"),
        "lever": LEVERS,
        "trust": ("sample", "test", "unknown"),
        "measure": ("right", "found", "confirmed"),
    }
    assert {f"{section}.{name}" for section, names in made.items() for name in names} <= there
    assert sections <= {*made, "said_", "heading", "sheet", "legend"}


def test_no_text_is_left_over() -> None:
    """A text that nobody says has no translation."""
    keys, sections = used()
    keys |= {f"counted.{n}" for n in ("labels", "respondents", "groups", "personas")}
    keys |= {"counted.said_negative", "counted.said_wish"}
    sections |= {"fact", "setting"}
    keys |= {f"counted.{name}" for name in MORE}
    left = {
        key
        for key in dict(flat(load_texts("en")))
        if key not in keys
        and key.removesuffix(".one").removesuffix(".other") not in keys
        and key.partition(".")[0] not in sections
    }
    assert left == set()


def test_numbers_are_written_as_people_do() -> None:
    """Commas and points by language, singular and plural, no sign twice."""
    german, english = Texts("de"), Texts("en")
    assert german.counted("people", 1) == "1 Person"
    assert german.counted("people", 1234) == "1.234 Personen"
    assert english.counted("people", 1234) == "1,234 people"
    assert german.percent(1 / 15) == "6,7\u00a0%"
    assert english.percent(float("nan")) == "–"
    assert german.level(0.975) == "97,5\u00a0%"
    assert english.level(0.05) == "5\u00a0%"
    assert english.span(0.026, 0.157) == "2.6 to 15.7\u00a0%"


def test_settings_are_in_words() -> None:
    """Known ones have a name and a value in the language; others stay as they are."""
    german = Texts("de")
    assert german.fact("looks") == "erlaubte Blicke"
    assert german.fact("classifier.votes") == "classifier.votes"
    assert german.setting("finished", "2026-11-30T14:57:49+00:00") == "30.11.2026, 14:57 UTC"
    assert german.setting("denominator", "signal") == "wer sich zur Passung äußert"
    assert german.setting("limit", 0.05) == "5\u00a0%"
    assert german.setting("classifier.redact", True) == "ja"
    assert german.setting("kappa", 0.8512) == "0,8512"
    assert Texts("en").setting("classifier.model", "gpt") == "gpt"
