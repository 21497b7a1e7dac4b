"""The tipping point: the difference and its interval against the shift of imputed scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, clean, look, sober
from ketanalysis.figures.words import caption_of
from ketanalysis.tables.imputation import tip_words, unit_of
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("tipping point")
def tipping(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the difference between arms with its interval against the shift.

    Parameters
    ----------
    result
        A result of `estimate_tipping_point`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the table. The dotted line is
        the first shift at which the interval holds 0.
    """
    figure, axes = canvas(ax, width, 3.4)
    times = 1 if unit_of(result) == "points" else 100
    names = result.table["contrast"].unique(maintain_order=True).to_list()
    axes.axhline(0, color=GREY, linewidth=0.8)
    for place, name in enumerate(names):
        own = result.table.filter(pl.col("contrast") == name).sort("delta")
        one = look(place)
        x = own["delta"].to_numpy()
        low, high = (times * own[end].to_numpy() for end in ("conf_low", "conf_high"))
        axes.fill_between(x, low, high, color=one.colour, alpha=0.18, linewidth=0)
        y = times * own["estimate"].to_numpy()
        axes.plot(x, y, color=one.colour, marker=one.marker, markersize=4)
    for tip in result.tips["delta"].drop_nulls():
        axes.axvline(tip, color=GREY, linewidth=0.8, linestyle=(0, (1.4, 1.2)))
    label_y(axes, f"Difference ({level(result.conf_level)}), {unit_of(result)}", HEIGHTS[width])
    axes.set_xlabel(f"Shift of imputed scores of {clean(result.arm)}, points", parse_math=False)
    sober(axes)
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    said = " ".join(tip_words(row, result) for row in result.tips.iter_rows(named=True))
    return finish(
        figure,
        ax,
        caption=caption_of(result, result.title, said.rstrip(".")),
        alt=f"Line of the difference in {clean(result.scale)} against the shift. {said}",
        data=result.table,
        is_simulated=result.simulated,
    )
