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


class Block(NamedTuple):
    """Rows that belong together, under a header in its colour; an empty header takes no room."""

    header: str
    colour: str
    rows: Sequence[Row]


def rows_under(
    figure: Figure, ax: Axes, header: str, positions: Sequence[float], rows: Sequence[Row]
) -> None:
    """Write rows of numbers under the x axis, each number under its tick.

    They belong to the Axes and stand at a distance in points, so they follow it wherever it
    is put. One row without a label takes the header as its label.
    """
    if not any(row.label for row in rows):
        rows = [Row(header, INK, row.cells) for row in rows]
        header = ""
    blocks_under(figure, ax, positions, [Block(header, GREY, rows)])


def blocks_under(
    figure: Figure, ax: Axes, positions: Sequence[float], blocks: Sequence[Block]
) -> None:
    """Write blocks of rows under the x axis, as `rows_under` does one."""
    chars = 13 if ax.get_window_extent().width / figure.dpi < 3 else 18
    rows = [row for block in blocks for row in block.rows]
    at_left = [_under(ax, 0, wrap(row.label, chars), row.colour, ha="right", x=0) for row in rows]
    settle(figure)
    cells, deep, left = _cells(ax, positions, rows)
    for label in at_left:
        label.set_position((left, 0))

    down, place = _depth(figure, ax) + 4.0, 0
    for block in blocks:
        down += _write_header(ax, block, down)
        for _ in block.rows:
            down += _put_row(at_left[place], cells[place], (left, down), deep)
            place += 1
        down += 3.0


def _write_header(ax: Axes, block: Block, down: float) -> float:
    """Write the header of a block; return how deep it is."""
    if not block.header:
        return 0.0
    text = wrap(block.header, 60)
    _under(ax, 0, text, block.colour, ha="left", va="top", x=0).set_position((0, -down))
    return LINE * SMALL * (text.count("\n") + 1) + 1.5


def _put_row(
    label: Annotation, texts: Sequence[Annotation], at: tuple[float, float], deep: float
) -> float:
    """Put a row where it belongs; return how deep it is."""
    lines = label.get_text().count("\n") + 1
    height = max(lines * LINE * SMALL, deep) + (2.5 if lines > 1 else 0)
    label.set_position((at[0], -at[1] - height / 2))
    for text in texts:
        text.set_position((0, -at[1] - height / 2))
    return height


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
    from ketanalysis.figures.pen import ruler

    below = ax.xaxis.get_tightbbox(ruler(figure.dpi))
    if below is None:
        return 0.0
    return float(ax.get_window_extent().y0 - below.y0) / figure.dpi * POINTS
