"""Interval-censored curves: rectangles where mass lies between visits, Kaplan-Meier beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, look, names_of
from ketanalysis.figures.survival import HEIGHTS, check_fewest, survival_axes
from ketanalysis.figures.survival_words import (
    FEWEST,
    SHARE,
    capital,
    clock_of,
    fewest_at_risk,
    state_of,
)
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.interval_censored.ranges import between, reached

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DATED = {"right": "at the visit that saw it", "midpoint": "in the middle of its interval"}


@figure_of("interval_survival")
def interval_survival(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    show_naive: bool = True,
    show_band: bool = True,
    min_at_risk: int | None = None,
) -> Figure:
    """Draw interval-censored curves, and Kaplan-Meier of the visit dates beside them.

    A curve is a line between the intervals that hold mass. Within them it falls in a way that
    nobody saw: the rectangle holds all ways. After the last visit nothing is drawn, and the
    drawing ends where few are left, since its end is mostly chance there. Only the drawing:
    medians and shares use everything.

    Parameters
    ----------
    result
        A result of `estimate_interval_survival`.
    ax
        Axes to draw on; the numbers stand under them.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    show_naive
        Whether Kaplan-Meier is drawn, as a thin dotted step.
    show_band
        Whether bootstrap intervals, where there are some, are drawn as bars at the lines.
    min_at_risk
        A curve is drawn to the last time at which this many of its group are known to be free,
        by default 5 or a tenth of the group, whichever is more; 1 draws all. A group that never
        has as many is drawn whole.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the lines and rectangles.

    Raises
    ------
    ArgumentError
        When `min_at_risk` is not a whole number of 1 or more.

    Notes
    -----
    "Known free" under the axis are subjects whose last time without the event is then or later.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVALLO": [0, 0, 6, 7], "AVALHI": [6, 7, None, 14]}
    >>> ka.estimate_interval_survival(rows).plot().axes[0].get_xlabel()
    'Days'
    """
    check_fewest(min_at_risk)
    figure, axes = canvas(ax, width, 4)
    names = names_of(result.medians, result.by)
    whole = _pieces(result, names)
    ends = [_end(sample, min_at_risk) for sample in result.samples.values()]
    pieces = _cut(whole, ends)
    end = float(pieces["until"].to_numpy().max())
    for place in range(len(names)):
        own = pieces.filter(pl.col("place") == place)
        _draw(axes, own, place, len(names), show_band)
    if show_naive:
        for place, curve in enumerate(result.naive_curves.values()):
            _draw_naive(axes, curve, place, ends[place])
    ticks = survival_axes(axes, result, end, width)
    under = [
        Row("" if names == ["All"] else name, look(i).ink, _known_free(sample, ticks))
        for i, (name, sample) in enumerate(zip(names, result.samples.values(), strict=True))
    ]
    rows_under(figure, axes, "Known free", ticks, under)
    legend_above(axes, names, "step", _marks(show_naive, result))
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(
            result, names, show_naive, show_band, _cut_words(whole, pieces, min_at_risk)
        ),
        alt=_alt(result, names),
        data=pieces,
        is_simulated=result.simulated,
    )


def _end(sample: Any, given: int | None) -> float:
    """Return the last time at which enough of a group are known to be free; all for too few."""
    least = fewest_at_risk(len(sample.low), given)
    free = np.sort(sample.low)[::-1]
    if least == 1 or least > len(free) or free[least - 1] == 0:
        return float("inf")
    return float(free[least - 1])


def _cut(pieces: pl.DataFrame, ends: list[float]) -> pl.DataFrame:
    """Return the pieces that begin before the end of their group's drawing; lines end there."""
    end = pl.col("place").replace_strict(dict(enumerate(ends)), return_dtype=pl.Float64)
    kept = pieces.filter((pl.col("start") < end) | (pl.col("start") == 0))
    is_line = pl.col("piece") == "line"
    until = pl.when(is_line).then(pl.min_horizontal("until", end)).otherwise("until")
    return kept.with_columns(until.alias("until"))


def _cut_words(whole: pl.DataFrame, pieces: pl.DataFrame, given: int | None) -> str:
    """Say where curves are cut, if one is."""
    if whole.height == pieces.height and (whole["until"] == pieces["until"]).all():
        return ""
    few = f"{FEWEST} subjects or {100 * SHARE:g} % of its group" if given is None else f"{given}"
    return f"a curve ends where fewer than {few} are known to be free"


def _pieces(result: Any, names: list[str]) -> pl.DataFrame:
    """Return one row a line or rectangle: from and until when, and between which shares."""
    rows: list[dict[str, Any]] = []
    for place, curve in enumerate(result.curves.values()):
        table = result.table
        if result.by:
            table = table.filter(pl.col(result.by[0]) == result.medians[result.by[0]][place])
        time, share = 0.0, 1.0
        limits: tuple[Any, Any] = (None, None)
        last = max(_last_seen(sample) for sample in [list(result.samples.values())[place]])
        for row in table.iter_rows(named=True):
            base = {"place": place, "group": names[place]}
            rows.append(base | _piece("line", time, row["left"], share, share, limits))
            if np.isfinite(row["right"]):
                rows.append(
                    base
                    | _piece("rectangle", row["left"], row["right"], row["survival"], share, limits)
                )
                limits = (row["conf_low"], row["conf_high"])
            time, share = min(row["right"], last), row["survival"]
        if np.isfinite(curve.right[-1]):
            rows.append(
                {"place": place, "group": names[place]}
                | _piece("line", time, max(time, last), share, share, limits)
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _piece(
    what: str, start: float, until: float, low: float, high: float, limits: tuple[Any, Any]
) -> dict[str, Any]:
    return {
        "piece": what,
        "start": start,
        "until": until,
        "survival_low": low,
        "survival_high": high,
        "conf_low": limits[0],
        "conf_high": limits[1],
    }


def _last_seen(sample: Any) -> float:
    """Return the last time at which anybody of the group was seen."""
    seen = sample.high[np.isfinite(sample.high)]
    return float(max(sample.low.max(), seen.max(initial=0.0)))


def _draw(ax: Axes, own: pl.DataFrame, place: int, n: int, show_band: bool) -> None:
    from matplotlib.patches import Rectangle

    colour = look(place).colour
    dashes = look(place).dashes
    for row in own.iter_rows(named=True):
        start, until = row["start"], row["until"]
        low, high = 100 * row["survival_low"], 100 * row["survival_high"]
        if row["piece"] == "line":
            style = (0, dashes) if dashes else "-"
            ax.plot([start, until], [low, low], color=colour, linewidth=1.5, linestyle=style)
            if show_band and row["conf_low"] is not None and until > start:
                limits = [100 * row["conf_low"]] * 2, [100 * row["conf_high"]] * 2
                ax.fill_between([start, until], *limits, color=colour, alpha=0.12, linewidth=0)
        elif start == until:
            ax.plot([start, start], [low, high], color=colour, linewidth=1.5)
        else:
            ax.add_patch(
                Rectangle(
                    (start, low),
                    until - start,
                    high - low,
                    facecolor=colour,
                    alpha=0.35 if n < 3 else 0.28,
                    linewidth=0,
                )
            )


def _draw_naive(ax: Axes, curve: Any, place: int, end: float) -> None:
    drawn = curve.time <= end
    shares = np.concatenate(([1.0], curve.survival[drawn]))
    times = np.concatenate(([0.0], curve.time[drawn]))
    if not drawn.all():
        times, shares = np.append(times, end), np.append(shares, shares[-1])
    ax.plot(
        times,
        100 * shares,
        drawstyle="steps-post",
        color=look(place).colour,
        linewidth=0.9,
        linestyle=(0, (1, 1.2)),
    )


def _known_free(sample: Any, ticks: list[float]) -> list[str]:
    return [str(int(np.count_nonzero(sample.low >= tick))) for tick in ticks]


def _marks(show_naive: bool, result: Any) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    box = Patch(facecolor=GREY, alpha=0.35, linewidth=0, label="between visits")
    if not show_naive:
        return [box]
    dotted = Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (1, 1.2)))
    dotted.set_label("Kaplan-Meier of the visits" if result.naive == "right" else "Kaplan-Meier")
    return [box, dotted]


def _caption(
    result: Any, names: list[str], show_naive: bool, show_band: bool, cut_words: str
) -> str:
    ns = result.medians["n"].to_list()
    has_limits = result.medians["conf_low"].null_count() < len(ns)
    level = f"{100 * result.conf_level:g} %"
    return caption_of(
        result,
        f"Share {state_of(result)} by {clock_of(result)} (interval-censored, Turnbull) "
        f"{among(names, [(n, n) for n in ns])}",
        "rectangles: the curve falls between two visits, nobody saw how",
        f"dotted: Kaplan-Meier with each event dated {DATED[result.naive]}" if show_naive else "",
        f"bands: {level} bootstrap intervals" if has_limits and show_band else "",
        "known free: without the event then or later",
        cut_words,
    )


def _alt(result: Any, names: list[str]) -> str:
    parts = []
    for name, row in zip(names, result.medians.iter_rows(named=True), strict=True):
        median = between(row["median_low"], row["median_high"], result.time_unit)
        what = (
            f"{row['n_event']} of {row['n']} subjects had the event, median {median}, by "
            f"Kaplan-Meier {reached(row['naive'])}"
        )
        parts.append(f"{said(name, what, names)}.")
    lines = "one curve" if names == ["All"] else f"one curve each for {joined(names)}"
    text = " ".join(map(capital, parts) if names == ["All"] else parts)
    return f"Interval-censored curves of the share {state_of(result)}, {lines}. {text}"
