"""Numbers under an axis: subjects at risk, scored or responding, each under its tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ketanalysis.figures.layout import BETWEEN, LINE, POINTS, settle, spacing, text_width
from ketanalysis.figures.style import GREY, INK, SMALL, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation


class Row(NamedTuple):
    """One row of numbers under an axis: its label, its colour, one text a position."""

    label: str
    colour: str
    cells: Sequence[str]


def rows_under(
    figure: Figure, ax: Axes, header: str, positions: Sequence[float], rows: Sequence[Row]
) -> None:
    """Write rows of numbers under the x axis, each number under its tick.

    They belong to the Axes and stand at a distance in points, so they follow it wherever it
    is put. One row without a label takes the header as its label.
    """
    chars = 13 if ax.get_window_extent().width / figure.dpi < 3 else 18
    labels = [wrap(row.label, chars) for row in rows]
    has_header = any(labels)
    if not has_header:
        labels = [wrap(header, chars)]
    at_left = [
        _under(ax, 0, text, row.colour if has_header else INK, ha="right", x=0)
        for text, row in zip(labels, rows, strict=True)
    ]
    settle(figure)
    cells, deep, left = _cells(ax, positions, rows)
    for label in at_left:
        label.set_position((left, 0))
    settle(figure)

    down = _depth(figure, ax) + 4.0
    if has_header:
        _under(ax, 0, wrap(header, 60), GREY, ha="left", va="top", x=0).set_position((0, -down))
        down += LINE * SMALL + 1.5
    for label, texts in zip(at_left, cells, strict=True):
        lines = label.get_text().count("\n") + 1
        height = max(lines * LINE * SMALL, deep) + (2.5 if lines > 1 else 0)
        label.set_position((left, -down - height / 2))
        for text in texts:
            text.set_position((0, -down - height / 2))
        down += height


def _cells(
    ax: Axes, positions: Sequence[float], rows: Sequence[Row]
) -> tuple[list[list[Annotation]], float, float]:
    """Write every number, upright where they would touch; return how deep, and where labels end.

    Both are in points: the height of a row, and the distance of the labels from the Axes.
    """
    between = spacing(ax, positions)
    widest = max((text_width(cell, SMALL) for row in rows for cell in row.cells), default=0.0)
    is_turned = widest > between - BETWEEN and len(positions) > 1
    written = [
        [
            _under(ax, x, cell, INK, rotation=90 if is_turned else 0)
            for x, cell in zip(positions, row.cells, strict=True)
        ]
        for row in rows
    ]
    low, high = ax.get_xlim()
    inches = ax.get_window_extent().width / ax.figure.figure.dpi
    before = (min(positions) - low) / (high - low) * inches * POINTS
    left = -max(8.0, (SMALL if is_turned else widest) / 2 - before + 8.0)
    return written, widest + 5 if is_turned else LINE * SMALL, left


def _under(ax: Axes, at: float, text: str, colour: str, **options: Any) -> Annotation:
    """Write text under the x axis: at a position of the axis, or left of it with `x` points."""
    left = options.pop("x", None)
    return ax.annotate(
        text,
        (at, 0),
        xycoords=("data" if left is None else "axes fraction", "axes fraction"),
        xytext=(left or 0, 0),
        textcoords="offset points",
        **{"ha": "center", "va": "center", "fontsize": SMALL, "color": colour, **options},
        parse_math=False,
        annotation_clip=False,
    )


def _depth(figure: Figure, ax: Axes) -> float:
    """Return how far ticks, tick labels and axis label reach below the Axes, in points."""
    below = ax.xaxis.get_tightbbox()
    if below is None:
        return 0.0
    return float(ax.get_window_extent().y0 - below.y0) / figure.dpi * POINTS
