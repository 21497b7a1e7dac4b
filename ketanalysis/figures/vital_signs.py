"""The course of a vital sign around the infusion: means with intervals, and thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.definition import points_words
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, SMALL, clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, mean_words, said
from ketanalysis.tables.registry import level
from ketanalysis.vital_parameters import vital_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURES = ("value", "change")
HEIGHTS = {"one": 2.1, "two": 2.7}
MOST_LINES = 40  # single infusions are drawn where there are no more of them
SHADE = "#EEF0F2"


@figure_of("acute effects")
@figure_of("vital signs")
def vital_signs(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    parameter: str | None = None,
    infusion: int | str = "all",
    measure: str = "value",
) -> Figure:
    """Draw the mean course of a vital sign around the infusion, by group.

    The time that the infusion ran is shaded (its median length); thresholds that were asked for
    are dashed lines. Where few infusions are drawn, each is a thin line. The means are of those
    read at the time point: n under the axis.

    Parameters
    ----------
    result
        A result of `estimate_vital_signs` whose readings have planned time points (ATPT), or of
        `estimate_acute_effects`, whose axis is in hours.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    parameter
        PARAMCD; the first of the result unless given.
    infusion
        The number of the infusion, or "all".
    measure
        "value", or "change" from before the infusion.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of ``course`` drawn.

    Raises
    ------
    ArgumentError
        When an option is none of the choices, or no time point was planned.

    Notes
    -----
    Missing values: a time point at which nobody of a group was read has no point; one subject
    alone has a point without an interval.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> vital = ka.estimate_vital_signs(
    ...     ka.load_example("ketamine"), "SYSBP", by="TRT01P", pre_within=60)
    >>> vital.plot(infusion=1).axes[0].get_xlabel()
    'Minutes since the start of infusion 1'
    """
    check_one_of("measure", measure, MEASURES)
    name = result.parameters[0] if parameter is None else parameter
    check_one_of("parameter", name, result.parameters)
    number = _chosen(result, infusion)
    rows = _rows(result, name, number, measure)
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    singles = _singles(result, name, number, rows)
    _shade(axes, result)
    _draw(axes, rows.with_columns(with_place(rows, result.by)), singles, len(names), measure)
    levels = _levels(result, name, measure)
    _axes(axes, result, name, number, measure, levels, width)
    _mark_levels(axes, levels)
    points, counts = _counts(rows.with_columns(with_place(rows, result.by)), names)
    header = "Infusions with a reading" if number == "all" else "Subjects with a reading"
    rows_under(figure, axes, header, points, counts)
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names, name, number, measure, singles.height > 0),
        alt=_alt(result, rows, names, name, measure),
        data=rows,
        is_simulated=result.simulated,
    )


def _chosen(result: Any, infusion: object) -> str:
    """Return the number of the infusion as text, or the one there is where there is only one."""
    held = [str(number) for number in result.course["infusion"].unique().sort()]
    if not held:
        raise ArgumentError(
            "The result holds no course: the readings name no planned time point (ATPT)."
        )
    if infusion == "all" and len(held) == 1:
        return held[0]
    if str(infusion) not in held:
        raise ArgumentError(f"infusion must be one of {listed(held, 20)}, not {infusion!r}.")
    return str(infusion)


def _rows(result: Any, name: str, number: str, measure: str) -> pl.DataFrame:
    course: pl.DataFrame = result.course
    return course.filter(
        (pl.col("PARAMCD").cast(pl.String) == name)
        & (pl.col("infusion").cast(pl.String) == number)
        & (pl.col("measure") == measure)
    )


def _singles(result: Any, name: str, number: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the readings of single infusions, none where they are too many to be told apart."""
    readings: pl.DataFrame = result.readings
    own = readings.filter(pl.col("PARAMCD").cast(pl.String) == name)
    if number != "all":
        own = own.filter(pl.col("EXSEQ").cast(pl.String) == number)
    if own.select("USUBJID", "EXSEQ").n_unique() > MOST_LINES:
        return own.clear().with_columns(pl.lit("0").alias("place"))
    keys = rows.select(*result.by).unique(maintain_order=True) if result.by else None
    if keys is None:
        return own.with_columns(pl.lit("0").alias("place"))
    places = keys.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("place"))
    return own.join(places, on=list(result.by), how="left", maintain_order="left")


def _shade(ax: Axes, result: Any) -> None:
    if result.length:
        ax.axvspan(0, result.length, color=SHADE, linewidth=0, zorder=0.1)


def _draw(ax: Axes, rows: pl.DataFrame, singles: pl.DataFrame, n: int, measure: str) -> None:
    for _, single in singles.group_by("USUBJID", "EXSEQ", maintain_order=True):
        read = single.drop_nulls(measure).sort("minutes")
        ax.plot(
            read["minutes"].to_numpy(),
            read[measure].to_numpy(),
            color=look(int(single["place"][0])).colour,
            alpha=0.28,
            linewidth=0.6,
            zorder=1.5,
        )
    if measure == "change":
        ax.axhline(0, color="#9AA1A8", linewidth=0.7, zorder=0.9)
    times = rows["minutes"].drop_nulls().to_list() or [0.0]
    spread = max(1.0, max(times) - min(times)) * 0.006
    for place in range(n):
        one, own = look(place), rows.filter(pl.col("place") == str(place)).drop_nulls("mean")
        at: Any = own["minutes"].to_numpy() + (place - (n - 1) / 2) * spread
        dashes: Any = (0, one.dashes) if one.dashes else "-"
        ax.plot(
            at,
            own["mean"].to_numpy(),
            color=one.colour,
            linestyle=dashes,
            marker=one.marker,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            linewidth=1.4,
            zorder=3,
        )
        has_ends = own["conf_low"].is_not_null().to_numpy()
        ends = own.drop_nulls("conf_low")
        ax.vlines(
            at[has_ends],
            ends["conf_low"].to_numpy(),
            ends["conf_high"].to_numpy(),
            color=one.colour,
            linewidth=1.0,
            zorder=2.5,
        )


def _levels(result: Any, name: str, measure: str) -> list[tuple[float, str]]:
    """Return height and words of the thresholds of the vital sign that the axis can show."""
    found = []
    for part in (part for threshold in result.levels for part in threshold.parts):
        if part.parameter == name and part.is_change == (measure == "change"):
            is_fall = part.written.startswith("fall")
            height = -part.bound if is_fall else part.bound
            found.append((height, f"{points_words(height)} {part.unit}"))
    return sorted(set(found))


def _mark_levels(ax: Axes, levels: list[tuple[float, str]]) -> None:
    for height, words in levels:
        ax.axhline(height, color=GREY, linewidth=0.9, linestyle=(0, (4, 2.5)), zorder=0.8)
        ax.annotate(
            words,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=GREY,
            parse_math=False,
        )


def _axes(
    ax: Axes,
    result: Any,
    name: str,
    number: str,
    measure: str,
    levels: list[tuple[float, str]],
    width: str,
) -> None:
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    unit, sign = dict(result.units)[name], vital_name(name)
    what = sign[:1].upper() + sign[1:] if measure == "value" else f"Change in {sign} from before"
    label_y(ax, f"{clean(what)}, {clean(unit)}, mean ({level(result.conf_level)})", HEIGHTS[width])
    which = "the infusion" if number == "all" else f"infusion {number}"
    if result.kind == "acute effects":
        ax.set_xlabel(f"Hours since the start of {which}")
        step = 30.0 if ax.get_xlim()[1] < 300 else 60.0
        ax.xaxis.set_major_locator(MultipleLocator(step))
        ax.xaxis.set_major_formatter(lambda minute, _: points_words(minute / 60))
    else:
        ax.set_xlabel(f"Minutes since the start of {which}")
        ax.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 3, 6, 10], integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    sober(ax)
    low, high = ax.get_ylim()
    ends = [height for height, _ in levels]
    room = 0.05 * (max([high, *ends]) - min([low, *ends]))
    ax.set_ylim(
        min([low, *(height - room for height in ends)]),
        max([high, *(height + 2.5 * room for height in ends)]),
    )


def _counts(rows: pl.DataFrame, names: list[str]) -> tuple[list[float], list[Row]]:
    """Return where each time point stands (its median time over the groups), and n of each."""
    at = rows.group_by("ATPT").agg(pl.col("minutes").median()).drop_nulls("minutes").sort("ATPT")
    counted = []
    for place, name in enumerate(names):
        own = rows.filter(pl.col("place") == str(place))
        by_point = dict(zip(own["ATPT"].cast(pl.String), own["n_infusions"], strict=True))
        cells = [str(by_point.get(point, "")) for point in at["ATPT"].cast(pl.String)]
        counted.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return at["minutes"].to_list(), counted


def _caption(
    result: Any,
    rows: pl.DataFrame,
    names: list[str],
    name: str,
    number: str,
    measure: str,
    has_singles: bool,
) -> str:
    keyed = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    ends = keyed.agg(low=pl.col("n_infusions").min(), high=pl.col("n_infusions").max())
    who = among(names, ends.select("low", "high").rows())
    what = vital_name(name) if measure == "value" else f"change in {vital_name(name)} from before"
    where = "over all infusions" if number == "all" else f"at infusion {number}"
    shaded = "" if not result.length else f"shaded: {result.length:g} minutes, the median length"
    levels = _levels(result, name, measure)
    dashed = f"dashed: {joined(words for _, words in levels)}" if levels else ""
    return caption_of(
        result,
        f"Mean {clean(what)} by planned time point {where} with "
        f"{100 * result.conf_level:g} % confidence intervals, readings {who}",
        shaded,
        dashed,
        "thin lines: single infusions" if has_singles else "",
    )


def _alt(result: Any, rows: pl.DataFrame, names: list[str], name: str, measure: str) -> str:
    keyed = rows.with_columns(with_place(rows, result.by)).drop_nulls("mean")
    what = vital_name(name) if measure == "value" else f"change in {vital_name(name)}"
    parts = []
    for place, group in enumerate(names):
        own = keyed.filter(pl.col("place") == str(place))
        if own.is_empty():
            continue
        top = own.sort("mean", descending=True).row(0, named=True)
        words = mean_words(top | {"n": top["n_infusions"]}, result.conf_level)
        parts.append(said(group, f"highest mean {words} at {clean(top['ATPT'])}", names))
    series = "one line" if names == ["All"] else f"one line each for {joined(map(clean, names))}"
    n_points = rows["ATPT"].n_unique()
    return (
        f"Line chart of the mean {clean(what)} at {n_points} time points around the infusion, "
        f"{series}. {'; '.join(parts)}."
    )
