"""The course of a scale: means with intervals by visit and group, and n under the axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.layout import (
    canvas,
    finish,
    hold_height,
    label_y,
)
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    clean,
    hold_labels,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
)
from ketanalysis.figures.time_axis import AXES, Places, label_places, place_visits, said_of
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, mean_words, said
from ketanalysis.frames import to_dict
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURES = ("score", "change")
HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("change")
def trajectory(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    measure: str = "score",
    axis: str = "visits",
) -> Figure:
    """Draw mean scores with intervals by visit and group.

    Not a comparison of groups when subjects leave: n under the axis says who is in each mean.

    Parameters
    ----------
    result
        A result of `estimate_change`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    measure
        "score", or "change" from baseline; both in points.
    axis
        "visits" (at even distances in their order, whatever the time between them), "time"
        (at the fourth root of their hours, so that hours, days and months all have room; the
        ticks are the planned times, or the visits' names where none were planned) or "linear"
        (at their hours). Where ticks would touch, some are left out, and n with them.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `measure` or `axis` is none of these, the result holds no change (no baseline), or
        no times for a time axis.

    Notes
    -----
    Missing values: a visit at which nobody of a group was scored has no point; the line goes
    on to the next. One subject alone has a point without an interval.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_change(ka.load_example("ketamine"), "MADRS", by="TRT01P")
    >>> change.plot(measure="change").axes[0].get_ylabel()
    'Change in MADRS from baseline, mean (95 % CI)'
    """
    check_one_of("measure", measure, MEASURES)
    check_one_of("axis", axis, AXES)
    rows = result.table.filter(pl.col("measure") == measure)
    if rows.is_empty():
        raise ArgumentError(
            f"The result holds no {measure}: without a baseline there is no change to draw."
        )
    names = names_of(rows, result.by)
    visits = rows["AVISIT"].unique(maintain_order=True).cast(pl.String).to_list()
    places = place_visits(result.times, visits, axis)
    figure, axes = canvas(ax, width, 4)
    drawn = _drawn(rows, result.by, visits, places, len(names))
    _draw(axes, drawn, len(names), measure)
    _axes(axes, result, measure, places, width)
    shown = label_places(axes, places)
    at, some = [places.at[i] for i in shown], [visits[i] for i in shown]
    rows_under(figure, axes, "Subjects scored", at, _counts(drawn, names, some))
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names, measure, said_of(places, shown)),
        alt=_alt(result, rows, names, visits, measure),
        data=rows,
        is_simulated=result.simulated,
    )


def _drawn(
    rows: pl.DataFrame, by: tuple[str, ...], visits: list[str], places: Places, n: int
) -> pl.DataFrame:
    """Return place, x, visit, n, mean and interval; groups are set apart a little in x."""
    place = with_place(rows, by)
    visit = rows["AVISIT"].cast(pl.String)
    at = visit.replace_strict(visits, list(places.at), return_dtype=pl.Float64)
    apart = min(0.09, 0.36 / n) * places.step
    shift = (place.cast(pl.Float64) - (n - 1) / 2) * apart
    return pl.DataFrame({"place": place, "x": at + shift, "visit": visit}).with_columns(
        rows.select("n", "mean", "conf_low", "conf_high")
    )


def _draw(ax: Axes, drawn: pl.DataFrame, n: int, measure: str) -> None:
    import seaborn as sns

    looks = looks_by_place(n)
    for place in range(n):
        own = drawn.filter((pl.col("place") == str(place)) & pl.col("conf_low").is_not_null())
        ax.vlines(
            own["x"].to_numpy(),
            own["conf_low"].to_numpy(),
            own["conf_high"].to_numpy(),
            color=look(place).colour,
            linewidth=1.0,
        )
    if measure == "change":
        ax.axhline(0, color="#9AA1A8", linewidth=0.7, zorder=0.9)
    hold_labels(ax)
    sns.lineplot(
        data=to_dict(drawn.filter(pl.col("mean").is_not_null()).select("place", "x", "mean")),
        x="x",
        y="mean",
        hue="place",
        style="place",
        **looks["order"],
        palette=looks["palette"],
        markers=looks["markers"],
        dashes=looks["dashes"],
        estimator=None,
        legend=False,
        linewidth=1.3,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.5,
        ax=ax,
    )


def _axes(ax: Axes, result: Any, measure: str, places: Places, width: str) -> None:
    from matplotlib.ticker import MaxNLocator

    scale, interval = clean(result.scale), f"mean ({level(result.conf_level)})"
    what = scale if measure == "score" else f"Change in {scale} from baseline"
    label_y(ax, f"{what}, {interval}", HEIGHTS[width])
    ax.set_xlabel("")
    ax.set_xlim(*places.limits)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    sober(ax)
    if measure == "score" and ax.dataLim.y0 >= 0:
        ax.set_ylim(bottom=0)


def _counts(drawn: pl.DataFrame, names: list[str], visits: list[str]) -> list[Row]:
    rows = []
    for place, name in enumerate(names):
        own = drawn.filter(pl.col("place") == str(place))
        by_visit = dict(zip(own["visit"], own["n"], strict=True))
        label = "" if names == ["All"] else name
        cells = [str(by_visit.get(visit, "")) for visit in visits]
        rows.append(Row(label, look(place).ink, cells))
    return rows


def _caption(result: Any, rows: pl.DataFrame, names: list[str], measure: str, axis: str) -> str:
    what = "score" if measure == "score" else "change from baseline"
    total = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    everyone = total.agg((pl.col("n") + pl.col("n_missing")).max())["n"].to_list()
    who = among(names, [(n, n) for n in everyone])
    return caption_of(
        result,
        f"Mean {clean(result.scale)} {what} by visit with {100 * result.conf_level:g} % "
        f"confidence intervals (Student's t), of the subjects scored at each visit, {who}",
        axis,
    )


def _alt(result: Any, rows: pl.DataFrame, names: list[str], visits: list[str], measure: str) -> str:
    what = "score" if measure == "score" else "change from baseline"
    shown = visits if len(visits) == 1 else [visits[0], visits[-1]]
    keyed = rows.with_columns(with_place(rows, result.by))
    parts = []
    for visit in shown:
        at = keyed.filter(pl.col("AVISIT").cast(pl.String) == visit)
        found = [
            said(names[int(row["place"])], mean_words(row, result.conf_level), names)
            for row in at.iter_rows(named=True)
        ]
        parts.append(f"At {clean(visit)}, {'; '.join(found)}.")
    series = "one line" if names == ["All"] else f"one line each for {joined(map(clean, names))}"
    return (
        f"Line chart of the mean {clean(result.scale)} {what} at {len(visits)} "
        f"visit{'s' if len(visits) > 1 else ''}, {series}. {' '.join(parts)}"
    )
