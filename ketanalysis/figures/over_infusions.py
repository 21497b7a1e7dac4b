"""A score over infusions in responders and non-responders: a line a group, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_ticks, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.means import draw_means, drawn_means, means_told
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, names_of, sober
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("infusion groups")
def infusion_groups(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the means of responders and non-responders at each infusion, with their intervals.

    Parameters
    ----------
    result
        A result of `compare_responders_over_infusions`; its primary handling is drawn.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the means.

    Notes
    -----
    Missing values: a mean that is not estimable has no point. The numbers under the infusions
    are the scores of each group there, in the order of the legend.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.compare_responders_over_infusions(
    ...     ka.load_example("ketamine"), "HAMA", scale="MADRS", rule=ka.Response(at_least=0.5),
    ...     response_visit="Day 28", infusions=["24 h", "Day 7", "Day 14"], covariance="us",
    ...     missing="observed", by="TRT01P")
    >>> found.plot().axes[0].get_ylabel()
    'Mean HAMA (95 % CI)'
    """
    figure, axes = canvas(ax, width, 4)
    rows = result.means.filter(pl.col("missing") == result.means["missing"].first())
    by = (*result.by, "group")
    names = names_of(rows, by)
    at = rows.unique(subset=["infusion"], keep="first", maintain_order=True)
    places = at["infusion"].to_list()
    drawn = drawn_means(rows, by, ("infusion",), places, len(names))
    draw_means(axes, drawn, len(names))
    label_y(axes, f"Mean {clean(result.outcome)} ({level(result.conf_level)})", 2.4)
    axes.set_xlabel("")
    axes.set_xlim(-0.5, len(places) - 0.5)
    sober(axes)
    label_ticks(axes, range(len(places)), [_tick(rows, place) for place in places])
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    what = f"{clean(result.outcome)} at {len(places)} infusions, means of a mixed model"
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"{what} with {100 * result.conf_level:g} % confidence intervals, "
            f"{_counted(rows, by, names)}",
        ),
        alt=_alt(result, drawn, names, places),
        data=rows,
        is_simulated=result.simulated,
    )


def _tick(rows: pl.DataFrame, place: str) -> str:
    counts = rows.filter(pl.col("infusion") == place)["n"].to_list()
    return f"Infusion {place}\nn = {', '.join(map(str, counts))}"


def _counted(rows: pl.DataFrame, by: tuple[str, ...], names: list[str]) -> str:
    """Return the subjects of each line at the first and at the last infusion."""
    each = rows.group_by(by, maintain_order=True).agg(
        pl.col("n").first().alias("first"), pl.col("n").last().alias("last")
    )
    said_of = [
        f"{clean(name)} n = {row['first']} to {row['last']}"
        for name, row in zip(names, each.iter_rows(named=True), strict=True)
    ]
    return f"from the first to the last infusion {joined(said_of)}"


def _alt(result: Any, drawn: pl.DataFrame, names: list[str], places: list[str]) -> str:
    parts = []
    for at in (places[0], places[-1]):
        told = means_told(drawn.filter(pl.col("at") == at), names, result.conf_level)
        parts.append(f"At infusion {at}, {told}.")
    return (
        f"Line chart of mean {clean(result.outcome)} at {len(places)} infusions, one line each for "
        f"{joined(map(clean, names))}. {' '.join(parts)}"
    )
