"""The words of reports, one catalog a language; numbers as people of the language write them."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fitcheck.records import UNASSIGNED, Language

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")
_CHECKSUM = re.compile(r"[0-9a-f]{64}$")
LANGUAGES: tuple[Language, ...] = ("de", "en")


@functools.cache
def load_texts(lang: Language) -> Mapping[str, Any]:
    """Return the catalog of a language: by section and key a text, or its plural forms."""
    path = files("fitcheck.report") / f"texts_{lang}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def decimal(value: float, digits: int, lang: Language) -> str:
    """Return a number with decimals as people of a language write it."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if lang == "de" else text


def percent(share: float, digits: int, lang: Language) -> str:
    """Return a share in percent, or a dash where it is not known."""
    return f"{decimal(100 * share, digits, lang)}\u00a0%" if math.isfinite(share) else "–"


class Texts:
    r"""Speaks one language.

    Examples
    --------
    >>> Texts("de").counted("people", 1), Texts("en").counted("people", 1200)
    ('1 Person', '1,200 people')
    >>> Texts("de").percent(0.294), Texts("de").span(0.204, 0.398)
    ('29,4\xa0%', '20,4 bis 39,8\xa0%')
    """

    def __init__(self, lang: Language) -> None:
        self.lang = lang
        self._catalog = load_texts(lang)

    def of(self, key: str, **fields: object) -> str:
        """Return the text of a key such as ``verdict.met``, with its fields filled in."""
        section, _, name = key.partition(".")
        text: str = self._catalog[section][name]
        return text.format(**fields)

    def counted(self, name: str, n: int, **fields: object) -> str:
        """Return the text of a number of things, in the singular or the plural."""
        forms: Mapping[str, str] = self._catalog["counted"][name]
        return forms["one" if n == 1 else "other"].format(n=self.number(n), **fields)

    def persona(self, name: str | None) -> str:
        """Return a persona's name; those without one and all together are named in words."""
        if name is None:
            return self.of("words.everybody")
        return self.of("words.unassigned") if name == UNASSIGNED else name

    def fact(self, name: str) -> str:
        """Return what a setting is called; one that has no words keeps its name."""
        named: str = self._catalog["fact"].get(name, name)
        return named

    def setting(self, name: str, value: object) -> str:
        """Return what a setting is set to: a number, a time, yes or no, or a word.

        A word that the catalog does not know stays as it is.
        """
        if isinstance(value, float) and name in ("limit", "confidence_level"):
            return self.level(value)
        if isinstance(value, bool):
            return self.of("words.yes") if value else self.of("words.no")
        if isinstance(value, float):
            text = f"{value:.6g}"
            return text.replace(".", ",") if self.lang == "de" else text
        if isinstance(value, str) and _TIME.match(value):
            return self.time(value)
        if isinstance(value, str) and _CHECKSUM.match(value):
            return f"{value[:12]}…"
        return str(self._catalog["setting"].get(f"{name}.{value}", value))

    def time(self, moment: str) -> str:
        """Return a time such as 2026-11-30T14:57:49+00:00 as people write it, to the minute."""
        at = dt.datetime.fromisoformat(moment)
        return at.strftime("%d.%m.%Y, %H:%M UTC" if self.lang == "de" else "%Y-%m-%d, %H:%M UTC")

    def number(self, n: int) -> str:
        """Return a whole number with its thousands apart."""
        text = f"{n:,}"
        return text.replace(",", ".") if self.lang == "de" else text

    def decimal(self, value: float, digits: int = 1) -> str:
        """Return a number with decimals."""
        return decimal(value, digits, self.lang)

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a share in percent, such as 6.6 % or 6,6 %."""
        return percent(share, digits, self.lang)

    def points(self, difference: float) -> str:
        """Return a difference of shares in percentage points, without their name."""
        return self.decimal(100 * difference).replace("-", "−")

    def growth(self, ratio: float) -> str:
        """Return a ratio as the part by which something grew, such as +20.0 %."""
        if not math.isfinite(ratio):
            return "∞" if ratio > 0 else "–"
        text = self.percent(ratio - 1)
        return text.replace("-", "−") if text.startswith("-") else f"+{text}"

    def amount(self, value: float) -> str:
        """Return a number with its thousands apart, and two decimals if it is not whole."""
        text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
        text = text.replace("-", "−")
        return text.translate(str.maketrans(",.", ".,")) if self.lang == "de" else text

    def level(self, share: float) -> str:
        """Return a round share in percent, with as many digits as it needs."""
        text = f"{100 * share:.4g}\u00a0%"
        return text.replace(".", ",") if self.lang == "de" else text

    def span(self, low: float, high: float) -> str:
        """Return two shares in percent with one sign."""
        return self.of(
            "words.span", low=self.decimal(100 * low), high=self.decimal(100 * high) + "\u00a0%"
        )
