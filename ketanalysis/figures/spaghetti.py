"""Every subject's course: one thin line a subject, a panel a group, the mean on top if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.layout import finish, hold_height, label_y, settle
from ketanalysis.figures.panels import head, is_left, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import INK, clean, look, names_of, sober, with_place
from ketanalysis.figures.time_axis import AXES, Places, label_places, place_visits, said_of
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.6, "two": 2.3}
MOST_COLUMNS = {"one": 1, "two": 3}
OTHER = "#CDD3D8"  # the lines of those who are not highlighted: CIE L* 84
THICK, THIN = 0.9, 0.6
GONE = ("left before", "never scored")


@figure_of("individual", "spaghetti")
@figure_of("individual")
def spaghetti(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    axis: str = "visits",
    show_mean: bool = False,
    show_responders: bool | None = None,
) -> Figure:
    """Draw the scores of every subject over the visits, one thin line a subject.

    Parameters
    ----------
    result
        A result of `estimate_individual_change`.
    ax
        Axes to draw on, where there is one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    axis
        "visits", "time" or "linear", as in `ketanalysis.figures.trajectory.trajectory`.
    show_mean
        Whether the mean of those scored at each visit is drawn on top. Not a comparison:
        its subjects change as some leave.
    show_responders
        Whether responders at the visit of the result are darker; None is where the result has
        a response rule.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the scores that are drawn,
        by group and running number, without subject identifiers.

    Raises
    ------
    ArgumentError
        When responders are asked for and no rule was declared, or `ax` is given for several
        groups.

    Notes
    -----
    Missing values: a line goes from score to score, over visits that were missed; it ends at
    the last score, with a cross where the subject left before the visit of the result.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_individual_change(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P", visit="Day 14")
    >>> len(change.plot(show_mean=True).axes)
    2
    """
    check_one_of("axis", axis, AXES)
    is_dark = _highlights(result, show_responders)
    names = names_of(result.table, result.by)
    visits = _visits(result)
    places = place_visits(result.times, visits, axis)
    figure, axes, deep = panels(ax, names, width, HEIGHTS[width], MOST_COLUMNS.get(width))
    data = _drawn(result, visits, places)
    for place, one in enumerate(axes):
        _draw(one, data.filter(pl.col("_place") == str(place)), place, is_dark)
        _axes(one, result, places, width)
    _same_height(axes)
    settle(figure)
    shown: list[int] = []
    for place, one in enumerate(axes):
        shown = label_places(one, places)
        _mean(one, result, place, visits, places, show_mean)
        _counts(figure, one, result, place, visits, places, shown)
        if len(names) > 1:
            head(one, names[place], look(place).ink)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], deep)
    return finish(
        figure,
        ax,
        caption=_caption(result, names, is_dark, show_mean, data, said_of(places, shown)),
        alt=_alt(result, names),
        data=data.drop("_place", "x"),
        is_simulated=result.simulated,
    )


def _highlights(result: Any, show_responders: bool | None) -> bool:
    if show_responders and result.definition is None:
        raise ArgumentError(
            "show_responders=True needs a response rule: write response= in "
            "estimate_individual_change."
        )
    return result.definition is not None if show_responders is None else show_responders


def _visits(result: Any) -> list[str]:
    """Return the visits that are drawn: the baseline, and those at which anybody was scored."""
    seen = set(result.course["AVISIT"].cast(pl.String))
    return [visit for visit in result.times["AVISIT"].to_list() if visit in seen]


def _drawn(result: Any, visits: list[str], places: Places) -> pl.DataFrame:
    """Return number, by-columns, responder, status, AVISIT, score, where and in which panel."""
    kept = ["number", *result.by, "responder", "status"]
    subjects = result.table.select(kept).with_columns(_place=with_place(result.table, result.by))
    at = dict(zip(visits, places.at, strict=True))
    drawn: pl.DataFrame = (
        result.course.drop("hours")
        .join(subjects, on="number", how="left", maintain_order="left")
        .with_columns(
            x=pl.col("AVISIT").cast(pl.String).replace_strict(at, return_dtype=pl.Float64)
        )
        .select(*kept, "AVISIT", "score", "x", "_place")
    )
    return drawn


def _draw(ax: Axes, own: pl.DataFrame, place: int, is_dark: bool) -> None:
    """Draw the lines of a group, responders last so that they lie on top."""
    from matplotlib.collections import LineCollection

    for is_responder in (False, True):
        some = own.filter(pl.col("responder").fill_null(False) == is_responder)
        lines = [
            one.sort("x").select("x", "score").to_numpy()
            for one in some.partition_by("number", maintain_order=True)
        ]
        is_top = is_responder and is_dark
        colour = look(place).colour if is_top or not is_dark else OTHER
        drawn = LineCollection(
            [line for line in lines if len(line) > 1],
            colors=colour,
            linewidths=THICK if is_top else THIN,
            alpha=0.9 if is_top or is_dark else 0.45,
            zorder=2.2 if is_top else 2.0,
        )
        ax.add_collection(drawn)
        alone = [line[0] for line in lines if len(line) == 1]
        for x, y in alone:
            ax.plot([x], [y], marker="o", markersize=2, color=colour, linestyle="none")
    ax.autoscale_view()
    _crosses(ax, own.filter(pl.col("status").is_in(GONE)))


def _crosses(ax: Axes, own: pl.DataFrame) -> None:
    """Mark the last scores of subjects who left before the visit."""
    if own.is_empty():
        return
    gone = own.sort("x").group_by("number").last().sort("number")
    ax.plot(
        gone["x"].to_numpy(),
        gone["score"].to_numpy(),
        linestyle="none",
        marker="x",
        markersize=3.5,
        markeredgewidth=0.8,
        color=INK,
        zorder=3,
        clip_on=False,
    )


def _axes(ax: Axes, result: Any, places: Places, width: str) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlim(*places.limits)
    ax.set_xlabel("")
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    sober(ax)
    if is_left(ax):
        label_y(ax, clean(result.scale), HEIGHTS[width])
    else:
        ax.tick_params(axis="y", labelleft=False)


def _same_height(axes: list[Axes]) -> None:
    """Give all panels one scale of scores, from 0 where no score is below."""
    low = min(ax.get_ylim()[0] for ax in axes)
    high = max(ax.get_ylim()[1] for ax in axes)
    least = min(ax.dataLim.y0 for ax in axes)
    for ax in axes:
        ax.set_ylim(0 if least >= 0 else low, high)


def _mean(
    ax: Axes, result: Any, place: int, visits: list[str], places: Places, show_mean: bool
) -> None:
    if not show_mean:
        return
    rows = _means(result, place)
    at = [places.at[visits.index(visit)] for visit in rows["AVISIT"].cast(pl.String)]
    for colour, wide in (("white", 3.4), (INK, 1.8)):
        ax.plot(at, rows["mean"].to_list(), color=colour, linewidth=wide, zorder=4)


def _means(result: Any, place: int) -> pl.DataFrame:
    keyed = result.means.with_columns(_place=with_place(result.means, result.by))
    drawn: pl.DataFrame = keyed.filter((pl.col("_place") == str(place)) & (pl.col("n") > 0))
    return drawn


def _counts(
    figure: Figure,
    ax: Axes,
    result: Any,
    place: int,
    visits: list[str],
    places: Places,
    shown: list[int],
) -> None:
    rows = _means(result, place)
    counts = dict(zip(rows["AVISIT"].cast(pl.String), rows["n"], strict=True))
    cells = [str(counts.get(visits[i], 0)) for i in shown]
    header = "Scored" if is_left(ax) else ""
    rows_under(figure, ax, header, [places.at[i] for i in shown], [Row("", INK, cells)])


def _caption(
    result: Any,
    names: list[str],
    is_dark: bool,
    show_mean: bool,
    data: pl.DataFrame,
    axis: str,
) -> str:
    sizes = [own.height for own in _by_group(result)]
    who = among(names, [(n, n) for n in sizes])
    gone = data.filter(pl.col("status").is_in(GONE))["number"].n_unique()
    rule = ""
    if is_dark:
        rule = f"darker lines: responders at {clean(result.visit)}, by observed score"
    return caption_of(
        result,
        f"{clean(result.scale)} scores of every subject {who}, one line a subject",
        rule,
        f"a cross ends the line of a subject who has no score at or after {clean(result.visit)} "
        f"({gone})"
        if gone
        else "",
        "thick line: mean of those scored at each visit" if show_mean else "",
        axis,
    )


def _by_group(result: Any) -> list[pl.DataFrame]:
    keyed = result.table.with_columns(_place=with_place(result.table, result.by))
    return list(keyed.partition_by("_place", maintain_order=True))


def _alt(result: Any, names: list[str]) -> str:
    parts = []
    for name, row in zip(names, _changes(result), strict=True):
        if not row["n"]:
            parts.append(f"{said(name, 'nobody has a change', names)}.")
            continue
        what = (
            f"change at {clean(result.visit)} from {number(row['min'])} to {number(row['max'])} "
            f"points, median {number(row['median'])}, n = {row['n']}"
        )
        parts.append(f"{said(name, what, names)}.")
    apart = "" if names == ["All"] else f", a panel each for {joined(map(clean, names))}"
    text = " ".join(part[:1].upper() + part[1:] if names == ["All"] else part for part in parts)
    return f"One line a subject of the {clean(result.scale)} scores over the visits{apart}. {text}"


def _changes(result: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = result.groups.filter(pl.col("measure") == "change").to_dicts()
    return rows
