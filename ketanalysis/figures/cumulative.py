"""The cumulative response over time: rising steps, bands, and the numbers still waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("cumulative response")
def cumulative(
    result: Any, ax: Axes | None = None, *, width: str = "two", show_band: bool = True
) -> Figure:
    """Draw the share that has responded over time, up to the last of the given times.

    Marks stand at the given times.

    Parameters
    ----------
    result
        A result of `estimate_cumulative_response`.
    ax
        Axes to draw on; the numbers at risk stand under them.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    show_band
        Whether pointwise intervals are drawn as a band; if not, they stand at the given times.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table.

    Notes
    -----
    Missing values: an interval that is not estimable is not drawn; no curve goes beyond the
    follow-up of its group.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> shares = ka.estimate_cumulative_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     times=[1.2, 7, 15])
    >>> shares.plot().axes[0].get_xlabel()
    'Days since the first infusion'
    """
    figure, axes = canvas(ax, width, 4)
    curve = result.curve.table
    names = names_of(curve, result.by)
    times = result.table["time"].unique().sort().to_list()
    keyed = curve.with_columns(with_place(curve, result.by))
    marks = result.table.with_columns(with_place(result.table, result.by))
    for place in range(len(names)):
        own = keyed.filter(pl.col("place") == str(place))
        end = min(max(times), float(own["time"].to_numpy().max()))
        _draw(axes, own.filter(pl.col("time") <= end), place, end, show_band)
        _mark(axes, marks.filter(pl.col("place") == str(place)), place, show_band)
    _axes(axes, result, times, width)
    rows_under(figure, axes, "Number at risk", times, _waiting(marks, names, times))
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, show_band),
        alt=_alt(result, marks, names, times),
        data=result.table,
        is_simulated=result.simulated,
    )


def _draw(ax: Axes, own: pl.DataFrame, place: int, end: float, show_band: bool) -> None:
    one = look(place)
    time = np.append(own["time"].to_numpy(), end)
    risen = 100 * (1 - np.append(own["survival"].to_numpy(), own["survival"][-1]))
    if show_band:
        low, high = (
            100 * (1 - np.append(own[name].cast(pl.Float64).to_numpy(), own[name][-1] or np.nan))
            for name in ("conf_high", "conf_low")
        )
        ax.fill_between(time, low, high, step="post", color=one.colour, alpha=0.14, linewidth=0)
    ax.plot(
        time,
        risen,
        drawstyle="steps-post",
        color=one.colour,
        linestyle=(0, one.dashes) if one.dashes else "-",
        linewidth=1.4,
    )


def _mark(ax: Axes, rows: pl.DataFrame, place: int, show_band: bool) -> None:
    one = look(place)
    seen = rows.filter(pl.col("estimate").is_not_null())
    x = seen["time"].to_numpy()
    if not show_band:
        has = seen["conf_low"].is_not_null().to_numpy()
        low, high = (100 * seen[c].cast(pl.Float64).to_numpy() for c in ("conf_low", "conf_high"))
        ax.vlines(x[has], low[has], high[has], color=one.colour, linewidth=0.9)
    ax.plot(
        x,
        100 * seen["estimate"].to_numpy(),
        linestyle="none",
        marker=one.marker,
        markersize=5,
        color=one.colour,
        markeredgecolor="white",
        markeredgewidth=0.5,
        clip_on=False,
    )


def _axes(ax: Axes, result: Any, times: list[float], width: str) -> None:
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    label_y(
        ax,
        f"{outcome} on {clean(result.scale)} by then, %",
        HEIGHTS[width],
    )
    ax.set_xlabel(f"{result.time_unit.capitalize()} since the first infusion")
    ax.set_xticks(times, [f"{time:g}" for time in times])
    ax.set_xlim(0, max(times) * 1.03 or 1)
    ax.set_ylim(0, 103)
    ax.spines["left"].set_bounds(0, 100)
    ax.set_yticks(range(0, 101, 20))
    sober(ax)


def _waiting(marks: pl.DataFrame, names: list[str], times: list[float]) -> list[Row]:
    rows = []
    for place, name in enumerate(names):
        own = marks.filter(pl.col("place") == str(place))
        n = dict(own.select("time", "n_at_risk").rows())
        cells = [str(n[time]) for time in times]
        rows.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return rows


def _caption(result: Any, show_band: bool) -> str:
    outcome, groups = str(result.outcome), result.curve.medians
    who = among(names_of(groups, result.by), [(n, n) for n in groups["n"]])
    band = "bands" if show_band else "intervals at the given times"
    return caption_of(
        result,
        f"Cumulative {outcome} on {clean(result.scale)} over time (one minus Kaplan-Meier) {who} "
        f"with {100 * result.conf_level:g} % confidence {band} ({result.conf_type})",
        "who left is censored",
    )


def _alt(result: Any, marks: pl.DataFrame, names: list[str], times: list[float]) -> str:
    parts = []
    for time in dict.fromkeys((times[0], times[-1])):
        found = [
            said(names[int(row["place"])], f"{percent(row['estimate'])} %", names)
            for row in marks.filter(pl.col("time") == time).iter_rows(named=True)
        ]
        parts.append(f"By day {time:g}, {'; '.join(found)}.")
    series = "one curve" if names == ["All"] else f"one curve each for {joined(map(clean, names))}"
    return (
        f"Rising step curves of the share with {result.outcome} on {clean(result.scale)} by then, "
        f"{series}. {' '.join(parts)}"
    )
