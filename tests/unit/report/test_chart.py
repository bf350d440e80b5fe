"""The picture as svg: the same each time, readable without it, safe whatever a name holds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from fitcheck.report.chart import NARROW, WIDE, Dot, Shape, draw_dots, wrap
from fitcheck.report.svg import INKS

TICKS = [(0.0, "0 %"), (0.2, "20 %"), (0.4, "40 %")]


def draw(*dots: Dot, shape: Shape = WIDE, **changed: Any) -> str:
    """Return a picture."""
    told: dict[str, Any] = {
        "limit": 0.05,
        "limit_word": "Ziel",
        "ticks": TICKS,
        "title": "Titel",
        "description": "Was <man> sieht",
    }
    return draw_dots(dots, shape, **told | changed)


DOTS = (
    Dot("Lager", "n = 60", "yes", "belegt", 0.01, 0.0, 0.04, "1 %"),
    Dot("Büro", "n = 40", "no", "widerlegt", 0.2, 0.1, 0.3, "20 %"),
    Dot("Hof", "n = 20", "open", "offen", 0.1, 0.02, 0.2, "10 %"),
)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_it_is_the_same_each_time_and_stands_alone(shape: Shape) -> None:
    """No date, no chance, no address, no style that a page's policy forbids."""
    drawn = draw(*DOTS, shape=shape)
    assert drawn == draw(*DOTS, shape=shape)
    root = ET.fromstring(drawn)
    assert (root[0].text, root[1].text) == ("Titel", "Was <man> sieht")
    assert root.get("role") == "img"
    assert "style" not in drawn
    assert "http" not in drawn
    assert not any(color in drawn for color in INKS.values())
    ids = re.findall(r'\bid="([^"]+)"', drawn)
    assert set(re.findall(r'(?:url\(|href=")#([\w-]+)', drawn)) == set(ids)
    other = draw(*DOTS, shape=NARROW if shape is WIDE else WIDE)
    assert not set(ids) & set(re.findall(r'\bid="([^"]+)"', other))


def test_verdicts_have_shapes() -> None:
    """Three kinds of marks, so that colors are not needed."""
    marks = re.findall(r"<use [^>]*>", draw(*DOTS))
    assert len(marks) == 3
    assert len({re.findall(r"#\w+", mark)[0] for mark in marks[:2]}) == 2
    assert "fill-paper" in marks[2]


def test_without_a_rate_there_is_no_dot() -> None:
    """Its row says why, and gives no bounds away."""
    assert "<use" not in draw(Dot("Hof", "", word="kein Anteil"))
    assert "kein Anteil" in draw(Dot("Hof", "", word="kein Anteil"))


@pytest.mark.parametrize("name", ["$x^2$", "$\\frac{", "<b>&amp;\"'", "ns0:a", "日本", "a" * 300])
def test_any_name_can_be_drawn(name: str) -> None:
    """No formula is read, nothing breaks out, nothing warns."""
    texts = [e.text or "" for e in ET.fromstring(draw(Dot(name, "n = 9"))).iter("text")]
    assert any(text and name.startswith(text.rstrip("…")) for text in texts)


def test_long_names_are_cut_at_the_end() -> None:
    """In words where there are some; the whole name stands in the table."""
    assert wrap("Lager", 160) == ["Lager"]
    assert wrap("Instandhaltung in Früh- und Spätschicht", 160)[0] == "Instandhaltung in Früh- und"
    cut = wrap("x" * 200, 160)
    assert len(cut) == 2
    assert cut[1].endswith("…")
    assert wrap("", 160) == [""]
