"""Panels side by side, one a group: as many in a row as a width has room for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.figures.layout import LINE, POINTS, new_figure, settle, text_width
from ketanalysis.figures.style import INK, SMALL, TEXT, WIDTHS, clean, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_COLUMNS = {"one": 2, "two": 4}


def panels(
    ax: Axes | None, names: Sequence[str], width: str, inches: float, most: int | None = None
) -> tuple[Figure, list[Axes], int]:
    """Return figure, one Axes a name, and in how many rows they stand, each `inches` high.

    Axes that were given are for one panel; several are refused.
    """
    check_one_of("width", width, tuple(WIDTHS))
    if ax is not None:
        if len(names) > 1:
            raise ArgumentError(
                f"ax= is for one panel, and this figure has {len(names)}: "
                f"{listed(map(clean, names))}. Leave ax= out, or take a result without by=."
            )
        return ax.figure.figure, [ax], 1
    deep = -(-len(names) // (most or MOST_COLUMNS[width]))
    columns = -(-len(names) // deep)
    figure = new_figure(width, (inches + 1.2) * deep + 0.8)
    engine: Any = figure.get_layout_engine()
    engine.set(h_pad=0.06)
    grid = figure.subplots(deep, columns, squeeze=False)
    for empty in grid.ravel()[len(names) :]:
        empty.remove()
    return figure, list(grid.ravel()[: len(names)]), deep


def head(ax: Axes, title: str, colour: str = INK, *, up: float = 4.0, size: float = TEXT) -> float:
    """Write a title over the left end of an Axes; return how high its top is, in points."""
    room = _points_wide(ax)
    text = wrap(title, max(6, int(room / (0.58 * size))))
    ax.annotate(
        text,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, up),
        textcoords="offset points",
        va="bottom",
        fontsize=size,
        color=colour,
        parse_math=False,
        annotation_clip=False,
    )
    return up + LINE * size * (text.count("\n") + 1)


def is_left(ax: Axes) -> bool:
    """Whether an Axes is the first of its row, or the only one."""
    spec = ax.get_subplotspec()
    return spec is None or spec.is_first_col()


def key_above(figure: Figure, axes: Sequence[Axes], handles: Sequence[Any], is_new: bool) -> None:
    """Explain signs above all panels of a new figure, or above the Axes that were given."""
    if not handles:
        return
    look: dict[str, Any] = {
        "handles": list(handles),
        "frameon": False,
        "fontsize": SMALL,
        "handlelength": 1.6,
        "handletextpad": 0.6,
        "columnspacing": 1.4,
        "borderaxespad": 0.2,
    }
    settle(figure)
    room = figure.get_figwidth() * POINTS if is_new else _points_wide(axes[0])
    widths = [text_width(str(h.get_label()), SMALL) + 3.2 * SMALL for h in handles]
    look["ncols"] = fitting(widths, room - 4 * SMALL, 1.4 * SMALL)
    if is_new:
        picture: Any = figure
        picture.key = figure.legend(loc="outside upper left", **look)
    else:
        axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1.0), **look)


def fitting(widths: Sequence[float], room: float, between: float) -> int:
    """Return in how many columns entries of these widths fit, filled from top to bottom."""
    for columns in range(len(widths), 1, -1):
        size, longer = divmod(len(widths), columns)
        ends = [0]
        for column in range(columns):
            ends.append(ends[-1] + size + (column < longer))
        if sum(max(widths[a:b]) for a, b in pairwise(ends)) + between * (columns - 1) <= room:
            return columns
    return 1


def _points_wide(ax: Axes) -> float:
    return ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
