"""Cells shaded by a number that stands in them: one ramp of even steps in lightness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.figures.layout import POINTS, text_width
from ketanalysis.figures.style import GREY, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
# Nine colours of one hue whose lightness (CIE L*) falls from 97 to 24 in steps of 9.1.
RAMP = (
    *("#F4F7FA", "#D2DEF0", "#B1C5E2", "#92ACD1", "#7594BE"),
    *("#5A7DA7", "#42668E", "#2F5073", "#1F3B57"),
)
DARK = 0.63  # of the ramp: from here on the numbers are white
BLACK = "#101418"  # the numbers on lighter cells
LEAST = 5.0  # points: numbers that would have to be smaller are not written


def ramp() -> Any:
    """Return the ramp as a matplotlib colour map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ketanalysis", list(RAMP), N=256)


def draw_cells(
    ax: Axes, values: Floats, low: float, high: float, columns: Sequence[float] | None = None
) -> Any:
    """Shade cells by their values, (rows, columns), the first row on top; return the mesh.

    A cell without a value (NaN) is hatched. ``columns`` are where the columns begin, and where
    the last one ends; without it each is 1 wide.
    """
    n_rows, n_columns = values.shape
    edges = list(range(n_columns + 1)) if columns is None else list(columns)
    mesh = ax.pcolormesh(
        edges,
        np.arange(n_rows + 1),
        np.ma.masked_invalid(values),
        cmap=ramp(),
        vmin=low,
        vmax=high,
        edgecolors="white",
        linewidth=1.0,
        rasterized=False,
    )
    _hatch(ax, values, edges)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(n_rows, 0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return mesh


def _hatch(ax: Axes, values: Floats, edges: Sequence[float]) -> None:
    from matplotlib.patches import Rectangle

    for i, j in np.argwhere(np.isnan(values)).tolist():
        box = Rectangle(
            (edges[j], i),
            edges[j + 1] - edges[j],
            1,
            facecolor="white",
            edgecolor="#C3C9CF",
            hatch="////",
            linewidth=0,
        )
        ax.add_patch(box)


def write_cells(
    ax: Axes,
    texts: Sequence[Sequence[str]],
    shades: Floats,
    edges: Sequence[float] | None = None,
    size: float = SMALL,
) -> bool:
    """Write a text into each cell, white on dark ones; return whether they had room.

    ``shades`` are the values from 0 (light) to 1 (dark), NaN where there is none. Texts that
    do not fit are made smaller, and left out where they could not be read.
    """
    n_columns = shades.shape[1]
    ends = list(range(n_columns + 1)) if edges is None else list(edges)
    fits = _fitting_size(ax, texts, ends, size)
    if fits is None:
        return False
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            shade = shades[i, j]
            colour = GREY if np.isnan(shade) else "white" if shade > DARK else BLACK
            ax.text(
                (ends[j] + ends[j + 1]) / 2,
                i + 0.5,
                text,
                ha="center",
                va="center",
                fontsize=fits,
                color=colour,
                linespacing=1.05,
                parse_math=False,
            )
    return True


def _fitting_size(
    ax: Axes, texts: Sequence[Sequence[str]], ends: Sequence[float], size: float
) -> float | None:
    """Return the size at which the widest and the highest text fit into their cells."""
    every = [text for row in texts for text in row if text]
    if not every:
        return size
    box, dpi = ax.get_window_extent(), ax.figure.figure.dpi
    narrow = min(b - a for j, (a, b) in enumerate(pairwise(ends)) if any(row[j] for row in texts))
    wide = box.width / dpi * POINTS * narrow / (ends[-1] - ends[0]) - 2
    high = box.height / dpi * POINTS / max(1, len(texts)) - 1
    lines = max(text.count("\n") + 1 for text in every)
    widest = max(text_width(text, size) for text in every)
    fits = min(size, size * wide / widest, high / (1.15 * lines))
    return fits if fits >= LEAST else None


def shades_of(values: Floats, low: float, high: float) -> Floats:
    """Return where values stand on the ramp, 0 to 1."""
    return np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
