"""Kaplan-Meier curves with bands, censoring ticks, and the numbers at risk under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import (
    canvas,
    finish,
    hold_height,
    label_y,
)
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.risk_rows import check_rows, risk_rows_under
from ketanalysis.figures.style import (
    INK,
    hold_labels,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
)
from ketanalysis.figures.survival_words import (
    capital,
    clock_of,
    curves_alt,
    curves_caption,
    fewest_at_risk,
    state_of,
)
from ketanalysis.frames import to_dict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.8}
MOST_TICKS = {"one": 6, "two": 9}
STEPS = {
    "hours": (1, 2, 4, 6, 12, 24, 48, 72, 168, 336),
    "days": (1, 2, 7, 14, 28, 56, 84, 168, 364, 728, 1820),
    "weeks": (1, 2, 4, 8, 12, 26, 52, 104, 260),
    "months": (1, 2, 3, 6, 12, 24, 60, 120),
    "years": (1, 2, 5, 10, 20),
}


@figure_of("survival")
def survival(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    min_at_risk: int | None = None,
    show_band: bool = True,
    show_medians: bool = False,
    rows: Sequence[str] = ("at risk", "censored", "events"),
) -> Figure:
    """Draw Kaplan-Meier curves, and under the axis who is at risk, censored, with the event.

    The drawing of a curve ends where few are left, since its end is mostly chance there. Only
    the drawing: medians, milestones and the numbers at risk use everything.

    Parameters
    ----------
    result
        A result of `estimate_relapse`, `estimate_survival` or `estimate_time_to_response`.
    ax
        Axes to draw on; the numbers stand under them.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    min_at_risk
        A curve is drawn to the last time at which this many of its group are at risk, by
        default 5 or a tenth of the group, whichever is more; 1 draws all. A group that never
        has as many is drawn whole.
    show_band
        Whether pointwise intervals are drawn as a band.
    show_medians
        Whether medians that were reached are marked.
    rows
        Which numbers stand under the axis: "at risk" (just before the time), "censored" and
        "events" (up to and with it); all three as Morris and others advise, () for none.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `min_at_risk` is not a whole number of 1 or more, or `rows` has another word.

    Notes
    -----
    Source of the layout: Morris and others 2019, BMJ Open 9:e030215.

    Missing values: an interval that is not estimable has no band. At risk at a time are those
    whose time is then or later and who entered before.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> relapse = ka.estimate_relapse(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"), by="TRT01P",
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> relapse.plot().axes[0].get_ylabel()
    'Free of relapse, %'
    """
    check_fewest(min_at_risk)
    under = check_rows(rows)
    figure, axes = canvas(ax, width, 4)
    names = names_of(result.table, result.by)
    keyed = result.table.with_columns(with_place(result.table, result.by).alias("_place"))
    ends = drawn_ends(keyed, result.medians["n"].to_list(), min_at_risk)
    drawn = keyed.filter(
        pl.col("time") <= pl.col("_place").replace_strict(ends, return_dtype=pl.Float64)
    )
    curve = drawn.select(pl.col("_place").alias("place"), *_NUMBERS)
    draw_steps(axes, curve, len(names), show_band)
    ticks = survival_axes(axes, result, max(ends.values()), width)
    if show_medians:
        _medians(axes, result, ends)
    risk_rows_under(figure, axes, result.at_risk(ticks).table, names, ticks, under)
    legend_above(axes, names, "step", censor_mark(curve))
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=curves_caption(result, names, min_at_risk, ends, keyed, show_band, under),
        alt=curves_alt(result, names),
        data=drawn.drop("_place"),
        is_simulated=result.simulated,
    )


_NUMBERS = ("time", "n_censored", *("survival", "conf_low", "conf_high"))


def check_fewest(given: object) -> None:
    """Refuse a least number at risk that is no whole number of 1 or more."""
    is_whole = isinstance(given, int) and not isinstance(given, bool)
    if given is not None and not (is_whole and given >= 1):  # type: ignore[operator]
        raise ArgumentError(
            f"min_at_risk must be a whole number of 1 or more subjects, not {given!r}."
        )


def drawn_ends(keyed: pl.DataFrame, ns: Sequence[int], given: int | None) -> dict[str, float]:
    """Return the last time that is drawn of each group, by place."""
    ends = {}
    for place, n in enumerate(ns):
        own = keyed.filter(pl.col("_place") == str(place))
        enough = own.filter(pl.col("n_at_risk") >= fewest_at_risk(n, given))
        ends[str(place)] = float((own if enough.is_empty() else enough)["time"].to_numpy().max())
    return ends


def draw_steps(ax: Axes, curve: pl.DataFrame, n: int, show_band: bool) -> None:
    """Draw shares as steps by ``place``: ``time``, ``survival`` and its interval, 0 to 1."""
    import seaborn as sns

    percent = curve.with_columns(pl.col("survival", "conf_low", "conf_high") * 100)
    looks = looks_by_place(n)
    for place in range(n):
        own = percent.filter(pl.col("place") == str(place))
        colour = look(place).colour
        if show_band:
            ax.fill_between(
                own["time"].to_numpy(),
                own["conf_low"].to_numpy(),
                own["conf_high"].to_numpy(),
                step="post",
                color=colour,
                alpha=0.14 if n < 3 else 0.1,
                linewidth=0,
            )
        censored = own.filter(pl.col("n_censored") > 0)
        if censored.is_empty():
            continue  # an empty line would still take room
        ax.plot(
            censored["time"].to_numpy(),
            censored["survival"].to_numpy(),
            linestyle="none",
            marker="|",
            markersize=6,
            markeredgewidth=1.0,
            color=colour,
            clip_on=False,
        )
    hold_labels(ax)
    sns.lineplot(
        data=to_dict(percent.select("place", "time", "survival")),
        x="time",
        y="survival",
        hue="place",
        style="place",
        **looks["order"],
        palette=looks["palette"],
        dashes=looks["dashes"],
        estimator=None,
        sort=False,
        legend=False,
        drawstyle="steps-post",
        linewidth=1.5,
        ax=ax,
    )


def survival_axes(ax: Axes, result: Any, end: float, width: str) -> list[float]:
    """Set both axes of curves that end at a time; return the ticks of the time axis."""
    ticks = clock_axis(ax, result, end, MOST_TICKS[width])
    ax.set_ylim(0, 103)
    ax.spines["left"].set_bounds(0, 100)
    ax.set_yticks(range(0, 101, 20))
    label_y(ax, f"{capital(state_of(result))}, %", HEIGHTS[width])
    sober(ax)
    return ticks


def clock_axis(ax: Axes, result: Any, end: float, most: int) -> list[float]:
    """Set the time axis of curves that end at a time; return its ticks, about `most`."""
    steps = STEPS.get(result.time_unit, (1, 2, 5, 10))
    end = end or 1.0
    step = next((s for s in steps if end / s <= most), steps[-1])
    ticks = [float(t) for t in np.arange(0, end + 1e-9, step)]
    if len(ticks) < 3:
        ticks = [float(t) for t in _plain_ticks(end)]
    ax.set_xlim(0, max(end, ticks[-1]) * 1.015)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xlabel(capital(clock_of(result)), parse_math=False)
    return ticks


def _plain_ticks(end: float) -> Any:
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(5).tick_values(0, end))
    return ticks[(ticks >= 0) & (ticks <= end * 1.001)]


def _medians(ax: Axes, result: Any, ends: dict[str, float]) -> None:
    for place, median in enumerate(result.medians["median"].to_list()):
        if median is not None and median <= ends[str(place)]:
            ax.plot(
                [0, median, median],
                [50, 50, 0],
                zorder=1.5,
                color=look(place).colour,
                linewidth=0.8,
                linestyle=(0, (2, 2)),
            )


def censor_mark(curve: pl.DataFrame) -> list[Any]:
    """Return the sign of the censored for the legend, if anybody is."""
    from matplotlib.lines import Line2D

    if not curve["n_censored"].sum():
        return []
    mark = Line2D([], [], linestyle="none", marker="|", markersize=6, color=INK)
    mark.set_label("censored")
    return [mark]
