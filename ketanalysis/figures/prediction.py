"""How predictions do: the calibration curve with its groups, the decision curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, clean, look, sober, wrap
from ketanalysis.figures.words import caption_of
from ketanalysis.rounding import number, percent
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.6, "two": 3.6}
STRATEGIES = {"model": "By the model", "everybody": "Everybody", "nobody": "Nobody"}
SIGNS = {"one": 38, "two": 80}  # of a line under the axis
BINS = 25
RUG = 7.0  # height of the tallest bar under the curve, in points of per cent


@figure_of("calibration")
def calibration(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the observed share against the predicted probability, smooth and by groups.

    Bars at the foot show where the predictions of those with (up) and without the event lie.

    Parameters
    ----------
    result
        A result of `estimate_calibration`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the groups.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 0, 1, 0, 1, 1, 0, 1], "p": [.1, .2, .3, .4, .5, .6, .7, .8]}
    >>> found = ka.estimate_calibration(data, "p", outcome="y", groups=2)
    >>> found.plot().axes[0].get_ylabel()
    'Observed share, %'
    """
    figure, axes = canvas(ax, width, 4)
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    one, other = look(0), look(1)
    if result.curve.height:
        x, y = (100 * result.curve[name].to_numpy() for name in ("predicted", "observed"))
        axes.plot(x, np.clip(y, 0, 100), color=one.colour, linewidth=1.5)
    groups = result.groups
    x, y = 100 * groups["predicted"].to_numpy(), 100 * groups["estimate"].to_numpy()
    low, high = 100 * groups["conf_low"].to_numpy(), 100 * groups["conf_high"].to_numpy()
    axes.vlines(x, low, high, color=other.colour, linewidth=1.1)
    axes.plot(
        x,
        y,
        marker=other.marker,
        markersize=5,
        color=other.colour,
        linestyle="none",
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
    _rug(axes, result.predictions)
    axes.set_xlim(-1, 101)
    axes.set_ylim(-2 * RUG - 5, 101)
    axes.spines["left"].set_bounds(0, 100)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    _name_x(axes, f"Predicted probability of {result.outcome}, %", width)
    label_y(axes, "Observed share, %", HEIGHTS[width])
    sober(axes, "both")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_calibration_caption(result),
        alt=_calibration_alt(result),
        data=groups,
        is_simulated=result.simulated,
    )


def _name_x(ax: Axes, text: str, width: str) -> None:
    ax.set_xlabel(wrap(text, SIGNS[width]), parse_math=False)


def _rug(ax: Axes, predictions: pl.DataFrame) -> None:
    """Draw at the foot how many predictions lie where: with the event upwards, without down."""
    edges = np.linspace(0, 1, BINS + 1)
    base = -RUG - 4
    p, event = predictions["predicted"].to_numpy(), predictions["event"].to_numpy()
    counts = [np.histogram(p[who], edges)[0] for who in (event, ~event)]
    tallest = max(max(count.max() for count in counts), 1)
    middle = 100 * (edges[:-1] + edges[1:]) / 2
    for sign, count in zip((1, -1), counts, strict=True):
        shown = count > 0
        ends = base + sign * RUG * count[shown] / tallest
        ax.vlines(middle[shown], base, ends, color=GREY, linewidth=1.6)
    ax.plot([0, 100], [base, base], color=GREY, linewidth=0.5)


def _calibration_caption(result: Any) -> str:
    n, events = result.predictions.height, int(result.predictions["event"].sum())
    smooth = "smooth curve (loess); " if result.curve.height else ""
    return caption_of(
        result,
        f"Calibration of predictions of {clean(result.outcome)} (n = {n}, {events} with the "
        f"event): {smooth}groups of predictions with the {level(result.conf_level)} of their "
        "observed share",
        "bars at the foot: predictions of those with the event upwards, of the others downwards",
        "dotted line: perfect calibration",
    )


def _calibration_alt(result: Any) -> str:
    parts = [
        f"predicted {percent(row['predicted'])} %, observed {percent(row['estimate'])} % "
        f"({row['count']} of {row['n']})"
        for row in result.groups.iter_rows(named=True)
    ]
    return (
        "Observed share with the event against predicted probability, both from 0 to 100 %. "
        f"Groups: {'; '.join(parts)}."
    )


@figure_of("net benefit")
def net_benefit(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the decision curve: net benefit against the threshold, of model, all and none.

    Parameters
    ----------
    result
        A result of `estimate_net_benefit` with two thresholds or more.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` is the table.

    Notes
    -----
    Treating everybody is drawn no lower than a little below 0: further down it is no choice.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 0, 1, 0, 1, 1], "p": [.1, .2, .3, .4, .5, .6]}
    >>> found = ka.estimate_net_benefit(data, "p", outcome="y", thresholds=[0.2, 0.4])
    >>> found.plot().axes[0].get_ylabel()
    'Net benefit'
    """
    figure, axes = canvas(ax, width, 3.4)
    table = result.table
    for place, strategy in enumerate(STRATEGIES):
        own = table.filter(pl.col("strategy") == strategy)
        one = look(place)
        dashes = (0, one.dashes) if one.dashes else "-"
        x, y = 100 * own["threshold"].to_numpy(), own["estimate"].to_numpy()
        axes.plot(x, y, color=one.colour, linestyle=dashes, linewidth=1.5)
    model = table.filter(pl.col("strategy") == "model")
    ends = model["conf_low"].to_numpy(), model["conf_high"].to_numpy()
    at = 100 * model["threshold"].to_numpy()
    axes.fill_between(at, *ends, color=look(0).colour, alpha=0.14, linewidth=0)
    top = max(0.05, float(np.nanmax(ends[1])), float(table["estimate"].max() or 0))
    axes.set_ylim(-0.25 * top, 1.05 * top)
    _name_x(axes, f"Threshold: probability of {result.outcome}, %", width)
    label_y(axes, "Net benefit", HEIGHTS[width])
    sober(axes)
    legend_above(axes, list(STRATEGIES.values()), "step")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width] - 0.6)
    return finish(
        figure,
        ax,
        caption=_benefit_caption(result),
        alt=_benefit_alt(result),
        data=table,
        is_simulated=result.simulated,
    )


def _benefit_caption(result: Any) -> str:
    n = result.table["n"][0]
    return caption_of(
        result,
        f"Decision curve of predictions of {clean(result.outcome)} (n = {n}): net benefit of "
        "treating by the model, everybody and nobody, with pointwise "
        f"{100 * result.conf_level:g} % confidence band of the model",
    )


def _benefit_alt(result: Any) -> str:
    parts = []
    for (threshold,), rows in result.table.group_by("threshold", maintain_order=True):
        found = dict(rows.select("strategy", "estimate").rows())
        parts.append(
            f"{percent(threshold)} %: model {number(found['model'], 3)}, everybody "
            f"{number(found['everybody'], 3)}"
        )
    return f"Net benefit against the threshold, three curves. At {'; '.join(parts)}."
