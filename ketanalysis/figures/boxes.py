"""Boxes of text and the arrows between them, measured in points so that no text is clipped."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from ketanalysis.figures.layout import LINE, text_width
from ketanalysis.figures.style import INK, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAD = 4.0  # points between the edge of a box and its text
DASH = "–\N{NO-BREAK SPACE}"
Text = tuple[str, bool]  # a line and whether it is bold


@dataclass(frozen=True)
class Box:
    """A box: its lines, wrapped to its width; all lengths in points.

    Attributes
    ----------
    lines
        Text, whether it is bold, and its indent, one a line.
    width, height
        Of the whole box.
    above
        Room over the first line.
    """

    lines: tuple[tuple[str, bool, float], ...]
    width: float
    height: float
    above: float = PAD

    def within(self, height: float, above: float) -> Box:
        """Return the box with another height, and other room over its first line."""
        return replace(self, height=height, above=above)


def box_of(texts: tuple[Text, ...], width: float) -> Box:
    """Return the box that holds texts, each wrapped to the width; wide words are broken.

    The further lines of a text that begins with a dash stand under its words.
    """
    lines = [line for text, bold in texts for line in _lines(text, bold, width - 2 * PAD)]
    return Box(tuple(lines), width, len(lines) * LINE * SMALL + 2 * PAD)


def _lines(text: str, bold: bool, room: float) -> list[tuple[str, bool, float]]:
    if not text.startswith(DASH):
        return [(line, bold, 0.0) for line in wrapped(text, room, bold)]
    indent = measure(DASH, bold)
    first, *rest = wrapped(text.removeprefix(DASH), room - indent, bold)
    return [(DASH + first, bold, 0.0), *((line, bold, indent) for line in rest)]


def widest(texts: tuple[Text, ...]) -> float:
    """Return the width of a box in which no text needs to be wrapped, in points."""
    return max(measure(text, bold) for text, bold in texts) + 2 * PAD + 0.5


def wrapped(text: str, room: float, bold: bool = False) -> list[str]:
    """Break a text at blanks so that no line is wider than the room; a wide word is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if measure(longer, bold) <= room:
            lines[-1:] = [longer]
            continue
        pieces = _pieces(word, room, bold)
        lines += pieces
    return lines or [""]


def _pieces(word: str, room: float, bold: bool) -> list[str]:
    """Cut a word after a hyphen where it has one, else anywhere with a hyphen."""
    pieces = [""]
    for sign in word:
        last = pieces[-1]
        needed = measure(last + sign + ("-" if sign.isalpha() else ""), bold)
        if len(last) > 1 and needed > room and measure(word, bold) > room:
            cut = last.rfind("-") + 1 or len(last)
            pieces[-1] = last[:cut] + ("-" if last[:cut][-1].isalpha() and sign.isalpha() else "")
            pieces.append(last[cut:])
        pieces[-1] += sign
    return pieces


@cache
def measure(text: str, bold: bool = False, size: float = SMALL) -> float:
    """Return the width of one line in points; a wide sign takes a whole font size."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    rest = "".join(sign for sign in text if unicodedata.east_asian_width(sign) not in "WF")
    if not rest:
        return wide * size
    return text_width(rest, size, bold=bold) + wide * size


def draw_box(ax: Axes, box: Box, left: float, top: float) -> None:
    """Draw a box with its upper left corner at a point of the Axes (in points, y upward)."""
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (left, top - box.height),
            box.width,
            box.height,
            facecolor="white",
            edgecolor=INK,
            linewidth=0.8,
        )
    )
    start = top - box.above
    for i, (line, bold, indent) in enumerate(box.lines):
        ax.text(
            left + PAD + indent,
            start - (i + 0.5) * LINE * SMALL,
            line,
            ha="left",
            va="center_baseline",
            fontsize=SMALL,
            fontweight="bold" if bold else "normal",
        )


def draw_band(
    ax: Axes, label: str, left: float, bottom: float, width: float, height: float
) -> None:
    """Draw the name of a part of the diagram, upright on a grey band."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((left, bottom), width, height, facecolor="#DDE1E5", edgecolor="none"))
    ax.text(
        left + width / 2,
        bottom + height / 2,
        label,
        rotation=90,
        ha="center",
        va="center",
        fontsize=SMALL,
        fontweight="bold",
    )


def draw_arrow(ax: Axes, *points: tuple[float, float]) -> None:
    """Draw a line through points, with an arrowhead at the last."""
    xs, ys = zip(*points[:-1], strict=True) if len(points) > 2 else ((), ())
    if xs:
        ax.plot(xs, ys, color=INK, linewidth=0.8, solid_capstyle="butt")
    ax.annotate(
        "",
        xy=points[-1],
        xytext=points[-2],
        arrowprops={
            "arrowstyle": "-|>,head_length=0.32,head_width=0.16",
            "color": INK,
            "linewidth": 0.8,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def draw_line(ax: Axes, *points: tuple[float, float]) -> None:
    """Draw a line through points."""
    xs, ys = zip(*points, strict=True)
    ax.plot(xs, ys, color=INK, linewidth=0.8, solid_capstyle="projecting")
