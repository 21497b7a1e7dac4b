"""Where the Axes of a grid stand: constrained layout worked out at once, every text measured once.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from ketanalysis.figures.pen import ruler
from ketanalysis.figures.reach import reach_of
from ketanalysis.figures.still import keep_still

CLOSE = 0.002  # inches: less than half a dot of print
LITTLE = 0.02  # inches of an Axes' size: two dots of a screen
MOST = 3  # decorations change a little when the Axes move; the second time hardly

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Margins:
    """The room that labels take beside the Axes of a grid, in inches.

    ``left`` and ``right`` hold one number a column, ``top`` and ``bottom`` one a row;
    ``above`` and ``below`` are what stands over and under the whole grid.
    """

    left: Floats
    right: Floats
    top: Floats
    bottom: Floats
    above: float
    below: float

    def is_close(self, other: Margins) -> bool:
        """Whether nobody sees the difference; of one grid."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(np.abs(np.subtract(a, b)).max() < CLOSE for a, b in pairs)


class GridLayout(ConstrainedLayoutEngine):
    """Matplotlib's constrained layout of one grid, in closed form.

    The margins are constrained layout's: what of a cell's labels reaches beyond its Axes, and a
    pad. What they leave is divided by the grid's ratios. Constrained layout measures everything
    twice each time; this measures again only where Axes changed their size. Figures that
    are not one plain grid (colour bars, equal aspects) are matplotlib's own to lay out.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._margins: Margins | None = None
        self._inches: float | None = None

    def execute(self, fig: Figure) -> None:
        """Lay the figure out, so that nothing moves any more."""
        if not self.is_for(fig):
            super().execute(fig)
            return
        for _ in range(MOST):
            if self.lay_out(fig):
                return

    def hold(self, inches: float) -> None:
        """Make the rows of Axes together so high whatever stands beside them; until released."""
        self._inches = inches

    def release(self) -> None:
        """Leave the height to whom the figure belongs."""
        self._inches = None

    def lay_out(self, fig: Figure) -> bool:
        """Measure once and put the Axes in their places; return whether they stood there.

        They did where what was measured holds for Axes of their new size: the size is nearly
        the old one, and the ticks are the same. Where Axes stand changes no label.
        """
        known = self._margins
        if known is not None and _fits(known, fig.axes[0]):
            self._place(fig, known)
        else:
            known = None
        found = self._measure(fig)
        if known is not None and known.is_close(found):
            return True
        self._margins = found
        before = _sizes(fig), _ticks(fig)
        self._place(fig, found)
        grown = np.abs(_sizes(fig) - before[0]).max()
        return bool(grown < LITTLE) and _ticks(fig) == before[1]

    def is_for(self, fig: Figure) -> bool:
        """Whether a figure is one plain grid, and holds nothing beside it that is not known."""
        return (
            not fig.subfigs
            and bool(fig.axes)
            and _is_plain(fig.axes)
            and not fig.get_suptitle()
            and not fig.get_supylabel()
            and (not fig.get_supxlabel() or getattr(fig, "foot", None) is not None)
            and all(one is getattr(fig, "key", None) for one in fig.legends)
        )

    def _measure(self, fig: Figure) -> Margins:
        """Return the margins that the labels need where the Axes stand now."""
        measures = ruler(fig.dpi)
        rows, columns = _grid(fig.axes[0]).get_geometry()
        left, right = np.zeros(columns), np.zeros(columns)
        top, bottom = np.zeros(rows), np.zeros(rows)
        inside = [ax for ax in fig.axes if ax.get_in_layout()]
        with keep_still(inside, measures):
            wholes = [reach_of(ax, measures) for ax in inside]
        for ax, whole in zip(inside, wholes, strict=True):
            if whole is None:
                continue
            row, column = _cell(ax)
            box = ax.get_position(original=True).transformed(fig.transFigure)
            left[column] = max(left[column], box.x0 - whole.x0)
            right[column] = max(right[column], whole.x1 - box.x1)
            bottom[row] = max(bottom[row], box.y0 - whole.y0)
            top[row] = max(top[row], whole.y1 - box.y1)
        beside = self._pads(fig, "w_pad", "wspace", columns)
        between = self._pads(fig, "h_pad", "hspace", rows)
        return Margins(
            left / fig.dpi + beside,
            right / fig.dpi + beside[::-1],
            top / fig.dpi + between,
            bottom / fig.dpi + between[::-1],
            self._beyond(fig, fig.legends[0] if fig.legends else None),
            self._beyond(fig, getattr(fig, "foot", None)),
        )

    def _pads(self, fig: Figure, edge: str, space: str, n: int) -> Floats:
        """Return the pad before each row or column, in inches: at an edge, and between two."""
        whole = fig.get_figwidth() if edge == "w_pad" else fig.get_figheight()
        given = self.get()
        pads = np.full(n, max(float(given[edge]), given[space] / 2 / n * whole))
        pads[0] = given[edge]
        return pads

    def _beyond(self, fig: Figure, thing: Any) -> float:
        """Return the room of what stands over or under the grid, in inches."""
        if thing is None:
            return 0.0
        height = thing.get_tightbbox(ruler(fig.dpi)).height / fig.dpi
        return float(height + 2 * self.get()["h_pad"])

    def _place(self, fig: Figure, margins: Margins) -> None:
        """Put the Axes where the margins leave room, and the foot under them."""
        grid = _grid(fig.axes[0])
        around = margins.above + margins.below + margins.top.sum() + margins.bottom.sum()
        if self._inches is not None:
            fig.set_figheight(float(around + self._inches))
        wide, high = fig.get_size_inches()
        widths = _shares(
            wide - margins.left.sum() - margins.right.sum(), grid.get_width_ratios(), margins.left
        )
        heights = _shares(high - around, grid.get_height_ratios(), margins.top)
        if min(*widths, *heights) <= 0:
            return  # too small a figure: as it was
        x = _starts(0.0, margins.left, widths, margins.right)
        y = high - _starts(margins.above, margins.top, heights, margins.bottom) - heights
        for ax in fig.axes:
            if ax.get_in_layout():
                row, column = _cell(ax)
                place = (x[column], y[row], widths[column], heights[row])
                _move(ax, tuple(np.divide(place, (wide, high, wide, high))))
        foot = getattr(fig, "foot", None)
        if foot is not None:
            foot.set_y(self.get()["h_pad"] / high)


def _move(ax: Axes, place: tuple[float, ...]) -> None:
    """Move an Axes that stays in the layout: `set_position` alone would take it out."""
    ax.set_position(place)  # type: ignore[arg-type]
    ax.set_in_layout(True)


def _shares(room: float, ratios: Any, like: Floats) -> Floats:
    parts = np.asarray(ratios, dtype=float) if ratios is not None else np.ones_like(like)
    return np.asarray(room * parts / parts.sum())


def _starts(first: float, before: Floats, sizes: Floats, after: Floats) -> Floats:
    """Return where each of several things in a row begins."""
    ends = np.cumsum(before + sizes + after)
    return np.asarray(first + ends - after - sizes)


def _fits(margins: Margins, ax: Axes) -> bool:
    return (len(margins.top), len(margins.left)) == _grid(ax).get_geometry()


def _sizes(fig: Figure) -> Floats:
    """Return width and height of all Axes, in inches, shape (n, 2)."""
    shares: Floats = np.array([ax.get_position().size for ax in fig.axes])
    return np.asarray(np.multiply(shares, fig.get_size_inches()))


def _ticks(fig: Figure) -> list[list[float]]:
    """Return where all axes have their ticks, which may depend on how long they are."""
    axes = (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis))
    return [list(axis.get_majorticklocs()) for axis in axes]


def _grid(ax: Axes) -> GridSpec:
    spec: Any = ax.get_subplotspec()
    return spec.get_gridspec()  # type: ignore[no-any-return]


def _cell(ax: Axes) -> tuple[int, int]:
    """Return row and column of an Axes of one cell."""
    spec: Any = ax.get_subplotspec()
    return spec.rowspan.start, spec.colspan.start


def _is_plain(axes: Sequence[Axes]) -> bool:
    """Whether all Axes stand in one grid, one a cell, with a free aspect."""
    specs: list[Any] = [ax.get_subplotspec() for ax in axes]
    if any(spec is None for spec in specs):
        return False
    grid = specs[0].get_gridspec()
    return type(grid) is GridSpec and all(
        spec.get_gridspec() is grid
        and len(spec.rowspan) == len(spec.colspan) == 1
        and ax.get_aspect() == "auto"
        for ax, spec in zip(axes, specs, strict=True)
    )
