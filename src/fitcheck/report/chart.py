"""The one picture: a dot with its bounds for each persona, against the limit; imports matplotlib.

The picture is a svg inside a page: its colors are classes of the page's css, so that it is dark
where the page is; its text is text, in the page's font; it names no other file.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fitcheck.report.svg import INKS, inline_svg
from fitcheck.templates import Trusted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["yes", "no", "open"]
_MARKS: dict[Kind, dict[str, Any]] = {
    "yes": {"marker": "o", "markersize": 8, "fill": True},
    "no": {"marker": "D", "markersize": 7, "fill": True},
    "open": {"marker": "o", "markersize": 7.5, "fill": False},
}
"""Shapes that can be told apart without colors; the page's verdicts have the same."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A row of the picture."""

    name: str
    size: str
    """How many it is of, such as ``n = 75``."""
    kind: Kind = "open"
    word: str = ""
    """The verdict; or why there is no rate."""
    rate: float | None = None
    """In [0, 1]; None where there is none to show, then the bounds are not drawn either."""
    low: float = 0.0
    high: float = 1.0
    numbers: str = ""
    """Rate and bounds in words."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a picture is laid out, in units of a point."""

    width: float
    left: float
    """Where the scale begins."""
    right: float
    """Where the scale ends."""
    row: float
    """Height of a row."""
    text: float
    """How large words are, of the usual size."""
    stacked: bool
    """Whether the words stand above the dot rather than beside it."""


WIDE = Shape(width=660, left=230, right=470, row=36, text=1.0, stacked=False)
"""For paper and wide screens."""
NARROW = Shape(width=330, left=16, right=308, row=70, text=1.3, stacked=True)
"""For phones."""
_FONT = 10.0
_TOP, _BOTTOM = 24.0, 24.0


def draw_dots(
    dots: Sequence[Dot],
    shape: Shape,
    *,
    limit: float,
    limit_word: str,
    ticks: Sequence[tuple[float, str]],
    title: str,
    description: str,
) -> Trusted:
    """Return the picture as svg; the same input is the same text.

    Parameters
    ----------
    dots : sequence of Dot
        From top to bottom.
    shape : Shape
        `WIDE` or `NARROW`.
    limit : float
        Where the line is drawn, in [0, 1].
    limit_word : str
        What stands at it.
    ticks : sequence of (float, str)
        Where the scale has marks, and what stands at them; the last one is the end of the scale.
    title, description : str
        What is said instead of the picture.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height = _TOP + shape.row * len(dots) + _BOTTOM
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": f"fitcheck{shape.width}{title}",
        "font.family": "DejaVu Sans",
        "font.size": _FONT,
        "text.parse_math": False,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # Names in scripts that the measuring font lacks; the reader's browser has its own.
        warnings.filterwarnings("ignore", message=".*Glyph .* missing")
        figure = Figure(figsize=(shape.width / 72, height / 72), dpi=72)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, shape.width), ylim=(height, 0))
        axes.set_axis_off()
        picture = _Picture(axes, shape, ticks[-1][0])
        picture.scale(ticks, height)
        picture.limit(limit, limit_word, height)
        for number, dot in enumerate(dots):
            picture.row(dot, _TOP + shape.row * number)
        stream = io.BytesIO()
        figure.patch.set_visible(False)
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Type")))
    return inline_svg(stream.getvalue(), title=title, description=description)


@dataclass(frozen=True, slots=True)
class _Picture:
    """Draws on axes whose unit is a point, from the upper left corner."""

    axes: Axes
    shape: Shape
    end: float
    """Of the scale, in [0, 1]."""

    def x(self, share: float) -> float:
        return self.shape.left + (self.shape.right - self.shape.left) * share / self.end

    def line(self, xs: Sequence[float], ys: Sequence[float], ink: str, width: float) -> None:
        self.axes.plot(xs, ys, color=INKS[ink], linewidth=width, solid_capstyle="butt")

    def text(self, x: float, y: float, said: str, ink: str = "ink", **more: Any) -> None:
        more["fontsize"] = self.shape.text * more.get("fontsize", _FONT)
        self.axes.text(x, y, said, color=INKS[ink], va="center", **more)

    def bands(self, height: float) -> list[tuple[float, float]]:
        """Return where lines may run: nowhere through words."""
        if not self.shape.stacked:
            return [(_TOP - 4, height - _BOTTOM)]
        row, bottom = self.shape.row, height - _BOTTOM
        tops = [_TOP + row * i for i in range(round((bottom - _TOP) / row))]
        return [(top + 40, top + row - 7) for top in tops]

    def scale(self, ticks: Sequence[tuple[float, str]], height: float) -> None:
        for share, said in ticks:
            x = self.x(share)
            for band in self.bands(height):
                self.line([x, x], band, "line", 0.8)
            self.text(x, height - _BOTTOM + 11, said, "dim", ha="center", fontsize=9)

    def limit(self, share: float, word: str, height: float) -> None:
        x = self.x(share)
        for band in self.bands(height):
            self.axes.plot([x, x], band, color=INKS["accent"], lw=1.4, dashes=(4, 2.5))
        side: dict[str, Any] = {"ha": "left" if x < self.shape.width / 2 else "right"}
        self.text(x, _TOP - 13, word, "accent", fontsize=9, fontweight="bold", **side)

    def row(self, dot: Dot, top: float) -> None:
        if self.shape.stacked:
            self._stacked(dot, top)
        else:
            self._beside(dot, top + self.shape.row / 2)

    def _beside(self, dot: Dot, middle: float) -> None:
        lines = wrap(dot.name, 160)
        for number, line in enumerate(lines):
            self.text(0, middle + 12.5 * (number - (len(lines) - 1) / 2), line)
        self.text(self.shape.left - 12, middle, dot.size, "dim", ha="right", fontsize=9.5)
        words = self.shape.right + 16
        up = 6.5 if dot.numbers else 0
        self.text(words, middle - up, dot.word, dot.kind, fontweight="bold")
        if dot.numbers:
            self.text(words, middle + 7, dot.numbers, "dim", fontsize=9.5)
        self._bounds(dot, middle)

    def _stacked(self, dot: Dot, top: float) -> None:
        (name, *_) = wrap(dot.name, self.shape.width * 0.88 / self.shape.text, lines=1)
        self.text(0, top + 12, name, fontweight="bold")
        told = " · ".join(filter(None, (dot.word, dot.numbers, dot.size)))
        self.text(0, top + 30, told, dot.kind, fontsize=9)
        self._bounds(dot, top + 51)

    def _bounds(self, dot: Dot, y: float) -> None:
        if dot.rate is None:
            return
        low, high = self.x(dot.low), self.x(min(dot.high, self.end))
        self.line([low, high], [y, y], dot.kind, 2.2)
        for end in (low, high):
            self.line([end, end], [y - 4, y + 4], dot.kind, 1.6)
        color, mark = INKS[dot.kind], dict(_MARKS[dot.kind])
        face = color if mark.pop("fill") else INKS["paper"]
        self.axes.plot(
            [self.x(min(dot.rate, self.end))], [y], color=color, markerfacecolor=face,
            markeredgewidth=1.8, **mark,
        )  # fmt: skip


def wrap(name: str, width: float, lines: int = 2) -> list[str]:
    """Return a name in so many lines of a width at most, cut with an ellipsis if it is longer."""
    words, found = name.split(), [""]
    for word in words:
        rest = word
        while rest:
            joined = f"{found[-1]} {rest}".strip()
            if _width(joined) <= width:
                found[-1], rest = joined, ""
            elif found[-1]:
                found.append("")
            else:
                fits = next(i for i in range(len(rest), 0, -1) if _width(rest[:i]) <= width)
                found[-1], rest = rest[:fits], rest[fits:]
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and _width(last + "…") > width:
        last = last[:-1]
    return [*found[: lines - 1], last.rstrip() + "…"]


def _width(text: str) -> float:
    """Return the width of a text in points, in a font that is wider than most."""
    import unicodedata

    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=_FONT)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) + wide * _FONT
