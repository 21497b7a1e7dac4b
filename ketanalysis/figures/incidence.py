"""Cumulative incidence of competing causes: curves by group, a panel a cause; or stacked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.figures.incidence_words import incidence_alt, incidence_caption, stacked_caption
from ketanalysis.figures.layout import finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.panels import head, is_left, key_above, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.risk_rows import check_rows, risk_rows_under
from ketanalysis.figures.style import INK, clean, look, names_of, sober, with_place
from ketanalysis.figures.survival import (
    censor_mark,
    check_fewest,
    clock_axis,
    draw_steps,
    drawn_ends,
)
from ketanalysis.figures.survival_words import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.9, "two": 2.3}
MOST_PANELS = {"one": 1, "two": 2}
MOST_TICKS = {"one": 5, "two": 6}
_DRAWN = ("time", "n_censored", "estimate", "conf_low", "conf_high")


@figure_of("cumulative_incidence")
def cumulative_incidence(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    cause: str | None = None,
    min_at_risk: int | None = None,
    show_band: bool = True,
    rows: Sequence[str] = ("at risk", "censored", "events"),
) -> Figure:
    """Draw the cumulative incidence of each cause, a panel a cause, with the numbers under it.

    All causes are shown unless one is named: fewer relapses can be more of what competes. The
    drawing of a curve ends where few are left, since its end is mostly chance there; milestones
    and numbers use everything.

    Parameters
    ----------
    result
        A result of `estimate_cumulative_incidence` or `estimate_relapse_incidence`.
    ax
        Axes to draw on, for one cause; the numbers stand under them.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    cause
        The one cause to draw.
    min_at_risk
        A curve is drawn to the last time at which this many of its group are at risk, by
        default 5 or a tenth of the group, whichever is more; 1 draws all. A group that never
        has as many is drawn whole.
    show_band
        Whether pointwise intervals are drawn as a band.
    rows
        Which numbers stand under the axis: "at risk" (just before the time), "censored" and
        "events" of the cause (up to and with it); () for none.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `cause` is none of the causes, `min_at_risk` is not a whole number of 1 or more,
        `rows` has another word, or `ax` is given for several causes.

    Notes
    -----
    Missing values: an interval that is not estimable has no band.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVAL": [5, 8, 9, 12], "status": [1, 2, 1, 0]}
    >>> found = ka.estimate_cumulative_incidence(
    ...     rows, event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> len(found.plot().axes)
    2
    """
    check_fewest(min_at_risk)
    under = check_rows(rows)
    if cause is not None:
        check_one_of("cause", cause, result.causes)
    causes = result.causes if cause is None else (cause,)
    if ax is not None and len(causes) > 1:
        raise ArgumentError(
            f"ax= is for one panel, and this figure has one a cause ({listed(map(clean, causes))})."
            " Name one with cause=, or leave ax= out."
        )
    figure, axes, deep = panels(ax, causes, width, HEIGHTS[width], MOST_PANELS[width])
    names = names_of(result.table, result.by)
    drawn, ends = _drawn(result, causes, min_at_risk)
    top = _top(drawn, show_band)
    for own, name in zip(axes, causes, strict=True):
        curve = drawn.filter(cause=name).select(pl.col("_place").alias("place"), *_DRAWN)
        draw_steps(own, curve.rename({"estimate": "survival"}), len(names), show_band)
        of_cause = f" of {name}" if len(causes) == 1 else ""
        label = f"Cumulative incidence{of_cause}, %" if is_left(own) else ""
        _share_axis(own, top, label, width)
        ticks = clock_axis(own, result, max(ends.values()), MOST_TICKS[width])
        counted = result.at_risk(ticks).table.filter(cause=name)
        risk_rows_under(figure, own, counted, names, ticks, under)
    if len(axes) == 1:
        legend_above(axes[0], names, "step", censor_mark(drawn))
    else:
        _heads(figure, axes, causes, names, censor_mark(drawn))
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], deep)
    return finish(
        figure,
        ax,
        caption=incidence_caption(result, names, causes, (min_at_risk, show_band, under), ends),
        alt=incidence_alt(result, causes),
        data=drawn.drop("_place"),
        is_simulated=result.simulated,
    )


@figure_of("cumulative_incidence", "stacked")
def stacked(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    min_at_risk: int | None = None,
) -> Figure:
    """Draw what became of everybody over time: the causes stacked, a panel a group.

    The areas of all causes and the white above them, those free of every event, fill the whole.

    Parameters
    ----------
    result
        A result of `estimate_cumulative_incidence` or `estimate_relapse_incidence`.
    ax
        Axes to draw on, for one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    min_at_risk
        As in the figure of curves.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `min_at_risk` is not a whole number of 1 or more, or `ax` is given for several
        groups.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVAL": [5, 8, 9, 12], "status": [1, 2, 1, 0]}
    >>> found = ka.estimate_cumulative_incidence(
    ...     rows, event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> found.plot(kind="stacked").axes[0].get_ylabel()
    'Subjects, %'
    """
    check_fewest(min_at_risk)
    names = names_of(result.table, result.by)
    figure, axes, deep = panels(ax, names, width, HEIGHTS[width], MOST_PANELS[width])
    drawn, ends = _drawn(result, result.causes, min_at_risk)
    for place, own in enumerate(axes):
        _stack(own, drawn.filter(_place=str(place)), result.causes)
        _share_axis(own, 100, "Subjects, %" if is_left(own) else "", width)
        clock_axis(own, result, max(ends.values()), MOST_TICKS[width])
        if len(names) > 1:
            head(own, names[place])
    key_above(figure, axes, _patches(result.causes), ax is None)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], deep)
    return finish(
        figure,
        ax,
        caption=stacked_caption(result, names, min_at_risk, ends),
        alt=incidence_alt(result, result.causes, is_stacked=True),
        data=drawn.drop("_place"),
        is_simulated=result.simulated,
    )


def _drawn(
    result: Any, causes: Sequence[str], given: int | None
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return the rows that are drawn, with their group's place, and the last time of each."""
    keyed = result.table.with_columns(with_place(result.table, result.by).alias("_place"))
    ns = result.groups.filter(cause=result.causes[0])["n"].to_list()
    ends = drawn_ends(keyed, ns, given)
    end = pl.col("_place").replace_strict(ends, return_dtype=pl.Float64)
    return keyed.filter(pl.col("cause").is_in(causes), pl.col("time") <= end), ends


def _top(drawn: pl.DataFrame, show_band: bool) -> int:
    """Return the end of the axis of shares, in per cent: the next 20 above what is drawn."""
    columns = ("estimate", "conf_high") if show_band else ("estimate",)
    highest = max(drawn[column].fill_null(0.0).to_numpy().max() for column in columns)
    return int(min(100, max(20, 20 * -(-100 * float(highest) // 20))))


def _share_axis(ax: Axes, top: int, label: str, width: str) -> None:
    ax.set_ylim(0, top * 1.03)
    ax.spines["left"].set_bounds(0, top)
    ax.set_yticks(range(0, top + 1, 20 if top > 40 else 10))
    if label:
        label_y(ax, label, HEIGHTS[width])
    else:
        ax.set_ylabel("")
    sober(ax)


def _heads(
    figure: Figure,
    axes: Sequence[Axes],
    causes: Sequence[str],
    names: Sequence[str],
    extra: list[Any],
) -> None:
    """Name each panel after its cause, and the groups once above all."""
    from matplotlib.lines import Line2D

    for own, cause in zip(axes, causes, strict=True):
        head(own, capital(cause))
    lines = []
    for place, name in enumerate(names if len(names) > 1 else ()):
        one = look(place)
        style: Any = (0, one.dashes) if one.dashes else "-"
        line = Line2D([], [], color=one.colour, linestyle=style, linewidth=1.5)
        line.set_label(f"\u200b{name}" if name.startswith("_") else name)
        lines.append(line)
    key_above(figure, axes, [*lines, *extra], is_new=True)


def _stack(ax: Axes, own: pl.DataFrame, causes: Sequence[str]) -> None:
    floor: Any = 0.0
    for place, cause in enumerate(causes):
        rows = own.filter(cause=cause)
        time = rows["time"].to_numpy()
        ceiling = floor + 100 * rows["estimate"].to_numpy()
        one = look(place)
        ax.fill_between(
            time, np.broadcast_to(floor, time.shape), ceiling, step="post",
            facecolor=one.colour, edgecolor="white", hatch=one.hatch, linewidth=0, alpha=0.85,
        )  # fmt: skip
        floor = ceiling
    ax.step(own.filter(cause=causes[0])["time"].to_numpy(), floor, where="post", color=INK, lw=0.8)


def _patches(causes: Sequence[str]) -> list[Any]:
    from matplotlib.patches import Patch

    patches = []
    for place, cause in enumerate(causes):
        one = look(place)
        patches.append(
            Patch(facecolor=one.colour, hatch=one.hatch, edgecolor="white", alpha=0.85, lw=0)
        )
        patches[-1].set_label(cause)
    free = Patch(facecolor="white", edgecolor=INK, linewidth=0.8, label="free of every event")
    return [*patches, free]
