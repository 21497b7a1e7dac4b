"""Restricted means: the area under each Kaplan-Meier curve up to the horizon, a panel a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.layout import finish, hold_height, label_y
from ketanalysis.figures.panels import head, is_left, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, SMALL, clean, look, names_of, sober
from ketanalysis.figures.survival import clock_axis
from ketanalysis.figures.survival_words import capital, clock_of, enters_late, state_of
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, said
from ketanalysis.rounding import decimals, interval, number, p_value
from ketanalysis.survival.risk_sets import Floats
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.7, "two": 2.1}
MOST_PANELS = {"one": 1, "two": 3}
MOST_TICKS = {"one": 6, "two": 5}
DASHED = (0, (2, 1.5))


@figure_of("rmst")
def rmst(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the area under each curve up to the horizon, which is the restricted mean.

    A panel a group, with its mean; those after the first hold the first group's curve too and
    the difference, which is the area between the two. The area is drawn to the horizon whoever
    is still at risk, since the mean is taken to there; the numbers at risk stand under it.

    Parameters
    ----------
    result
        A result of `estimate_rmst`.
    ax
        Axes to draw on, for one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` has a row a group and corner of
        the area: ``group``, ``time``, ``survival``.

    Raises
    ------
    ArgumentError
        When `ax` is given for several groups.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 1]}
    >>> figure = ka.estimate_survival(rows).rmst(10).plot()
    >>> figure.ketanalysis_data["survival"].round(2).to_list()
    [1.0, 0.75, 0.5, 0.5]
    """
    names = names_of(result.survival.medians, result.by)
    figure, axes, deep = panels(ax, names, width, HEIGHTS[width], MOST_PANELS[width])
    areas = [_area(curve, result.tau) for curve in result.survival.curves.values()]
    at_risk = None
    for place, own in enumerate(axes):
        _draw(own, areas, place)
        ticks = _axes(own, result, width)
        at_risk = at_risk or result.survival.at_risk(ticks).table["n_at_risk"].to_list()
        cells = at_risk[place * len(ticks) : (place + 1) * len(ticks)]
        rows_under(figure, own, "At risk", ticks, [Row("", look(place).ink, [*map(str, cells)])])
        _heads(own, result, names, place)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], deep)
    return finish(
        figure,
        ax,
        caption=_caption(result, names),
        alt=_alt(result, names),
        data=_data(names, areas),
        is_simulated=result.simulated,
    )


def _area(curve: Any, tau: float) -> tuple[Floats, Floats]:
    """Return times from 0 to the horizon and the shares that hold from each, (k,) both."""
    inside = curve.time < tau
    times = np.concatenate(([0.0], curve.time[inside], [tau]))
    shares = np.concatenate(([1.0], curve.survival[inside]))
    return times, np.append(shares, shares[-1])


def _draw(ax: Axes, areas: list[tuple[Floats, Floats]], place: int) -> None:
    times, shares = areas[place]
    one = look(place)
    ax.fill_between(times, 0, 100 * shares, step="post", color=one.colour, alpha=0.25, linewidth=0)
    ax.plot(times, 100 * shares, drawstyle="steps-post", color=one.colour, linewidth=1.5)
    if place:
        first, share = areas[0]
        ax.plot(
            first, 100 * share, drawstyle="steps-post", color=look(0).colour, linestyle=DASHED,
            linewidth=1.0,
        )  # fmt: skip


def _axes(ax: Axes, result: Any, width: str) -> list[float]:
    ticks = clock_axis(ax, result.survival, result.tau, MOST_TICKS[width])
    ax.axvline(result.tau, color=GREY, linewidth=0.7)
    ax.set_ylim(0, 103)
    ax.spines["left"].set_bounds(0, 100)
    ax.set_yticks(range(0, 101, 20))
    if is_left(ax):
        label_y(ax, f"{capital(state_of(result.survival))}, %", HEIGHTS[width])
    sober(ax)
    return ticks


def _heads(ax: Axes, result: Any, names: list[str], place: int) -> None:
    """Write over a panel its group, the mean, and the difference to the first group."""
    up = 4.0
    if place:
        apart = f"{_difference(result, place, '')} against {names[0]}"
        up = head(ax, apart, GREY, up=up, size=SMALL)
    up = head(ax, _mean(result, place), up=up, size=SMALL)
    if names != ["All"]:
        head(ax, names[place], look(place).ink, up=up)


def _mean(result: Any, place: int) -> str:
    row = result.table.filter(measure="restricted mean").row(place, named=True)
    digits = decimals(row["conf_low"], row["conf_high"])
    ends = interval(row["conf_low"], row["conf_high"], digits)
    mean = number(row["estimate"], digits)
    return f"{mean} {result.time_unit} ({level(result.conf_level)} {ends})"


def _difference(result: Any, place: int, tested: str = "; {}") -> str:
    row = result.contrasts.filter(measure="difference").row(place - 1, named=True)
    digits = decimals(row["conf_low"], row["conf_high"])
    ends = interval(row["conf_low"], row["conf_high"], digits)
    sign = "+" if row["estimate"] > 0 else ""
    shown = f"{sign}{number(row['estimate'], digits)} {result.time_unit}"
    return f"{shown} ({level(result.conf_level)} {ends}{tested.format(p_value(row['p_value']))})"


def _caption(result: Any, names: list[str]) -> str:
    curves, tau = result.survival, f"{result.tau:g} {result.time_unit}"
    ns = curves.medians["n"].to_list()
    return caption_of(
        result,
        f"Share {state_of(curves)} by {clock_of(curves)} (Kaplan-Meier) "
        f"{among(names, [(n, n) for n in ns])}",
        f"the area under a curve up to {tau} is the restricted mean",
        f"dashed: the curve of {clean(names[0])}, from which the difference is taken"
        if len(names) > 1
        else "",
        "subjects are at risk from entry on" if enters_late(curves) else "",
    )


def _alt(result: Any, names: list[str]) -> str:
    parts = []
    for place, name in enumerate(names):
        against = f", {_difference(result, place)} against {clean(names[0])}" if place else ""
        parts.append(f"{said(name, f'mean {_mean(result, place)}{against}', names)}.")
    text = " ".join(map(capital, parts) if names == ["All"] else parts)
    what = f"Areas under Kaplan-Meier curves of the share {state_of(result.survival)}"
    return f"{what}, up to {result.tau:g} {result.time_unit}. {text}"


def _data(names: list[str], areas: list[tuple[Floats, Floats]]) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame({"time": times, "survival": shares}).select(
            pl.lit(name).alias("group"), pl.all()
        )
        for name, (times, shares) in zip(names, areas, strict=True)
    )
