"""A drawn figure as svg inside a page: no styles, ids or names of its own, colors by class."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from fitcheck.templates import Trusted

INKS = {
    "ink": "#010101",
    "dim": "#020202",
    "line": "#030303",
    "accent": "#040404",
    "yes": "#050505",
    "no": "#060606",
    "open": "#070707",
    "paper": "#080808",
}
"""Colors to draw with; each stands for a color of the page, which is light or dark."""
_NAMES = {color: name for name, color in INKS.items()}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


def inline_svg(drawn: bytes, *, title: str, description: str) -> Trusted:
    """Return a svg that matplotlib drew as one for a page, with what is said instead of it.

    What a content security policy forbids, style attributes, becomes plain attributes; a color of
    `INKS` becomes a class such as ``fill-yes``. Nothing depends on the time or on chance.
    """
    root = ET.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == _SVG + "style" or child.tag.endswith("metadata"):
                parent.remove(child)
    used = set(re.findall(r"#([\w-]+)", ET.tostring(root, encoding="unicode"))) - {
        color[1:] for color in INKS.values()
    }
    for element in root.iter():
        _plain(element, used)
    _, _, width, height = root.get("viewBox", "").split()
    inside = "".join(ET.tostring(child, encoding="unicode") for child in root)
    return Trusted(
        f'<svg class="picture" role="img" viewBox="0 0 {width} {height}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{inside.strip()}</svg>"
    )


def _plain(element: ET.Element, used: set[str]) -> None:
    """Turn styles into attributes and classes, and leave out ids that nobody uses."""
    element.tag = element.tag.removeprefix(_SVG)
    if _LINK in element.attrib:
        element.set("href", element.attrib.pop(_LINK))
    element.text = element.text if element.tag == "text" else None
    element.tail = None
    element.attrib.pop("transform" if element.tag == "text" else "", None)
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    classes = []
    for name, value in _styles(element.attrib.pop("style", "")):
        if name in ("fill", "stroke") and value in _NAMES:
            classes.append(f"{name}-{_NAMES[value]}")
        elif name == "font":
            element.attrib.update(_font(value))
        elif name != "font-family":
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))


def _styles(style: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _font(value: str) -> dict[str, str]:
    """Return size and weight of a font; its family is the page's."""
    size = re.search(r"([\d.]+)px", value)
    weight = re.match(r"(bold|[5-9]00)\b", value)
    return {
        **({"font-size": size[1]} if size else {}),
        **({"font-weight": "bold"} if weight else {}),
    }
