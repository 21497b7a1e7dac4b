"""Change of every subject at one visit as sorted bars; who has no score there is marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.layout import (
    POINTS,
    finish,
    hold_height,
    label_y,
    settle,
    spacing,
)
from ketanalysis.figures.panels import head, is_left, key_above, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GREY,
    INK,
    SMALL,
    clean,
    look,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.7, "two": 2.4}
MOST_COLUMNS = {"one": 1, "two": 2}
MEASURES = {"percent": "relative_change", "points": "change"}
UNDER = ("scored at the visit", "earlier only", "never")
COMPLETED, EARLIER, NONE = "scored at the visit", "last earlier score", "no score after baseline"


@figure_of("individual", "waterfall")
def waterfall(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    measure: str = "percent",
    thresholds: Sequence[float] | float | None = None,
) -> Figure:
    """Draw the change of every subject at the visit as a bar, the worst first.

    Not for tests: the order of the bars was made by the outcome.

    Parameters
    ----------
    result
        A result of `estimate_individual_change`.
    ax
        Axes to draw on, where there is one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    measure
        "percent" (change over baseline minus floor) or "points".
    thresholds
        Shares of improvement, 0 to 1, at which dashed lines are drawn, such as (0.25, 0.5);
        None takes the share of the response rule where the result has one. An empty list
        draws none. For "percent" only.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds one row a bar or empty
        slot: by-columns, number, status, value (share or points), shown ("scored at the
        visit", "last earlier score", "no score after baseline").

    Raises
    ------
    ArgumentError
        When a threshold is no share, or the scale has no better side to draw it on.

    Notes
    -----
    Missing values: who has no score at the visit has a hatched bar of the last earlier score,
    and the caption says how many; who has no score after baseline, or no per cent change,
    stands at the end as an empty slot with a cross.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_individual_change(
    ...     ka.load_example("ketamine"), "MADRS", visit="Day 14")
    >>> figure = change.plot(kind="waterfall", thresholds=(0.25, 0.5))
    >>> figure.axes[0].get_ylabel()
    'Change in MADRS at Day 14, %'
    """
    check_one_of("measure", measure, tuple(MEASURES))
    lines = _lines(result, thresholds, measure)
    names = names_of(result.table, result.by)
    figure, axes, deep = panels(ax, names, width, HEIGHTS[width], MOST_COLUMNS.get(width))
    data = _drawn(result, measure)
    for place, one in enumerate(axes):
        own = data.filter(pl.col("_place") == str(place))
        _draw(one, own, place, 100.0 if measure == "percent" else 1.0)
        _axes(one, result, own.height, measure, width)
    _same_height(axes, lines)
    for one in axes:
        _thresholds(one, lines)
    settle(figure)
    for place, one in enumerate(axes):
        own = data.filter(pl.col("_place") == str(place))
        _slots(one, own)
        one.set_xlabel(_under(one, own), parse_math=False, fontsize=SMALL)
        if len(names) > 1:
            head(one, names[place], look(place).ink)
    key_above(figure, axes, _key(data), ax is None)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], deep)
    return finish(
        figure,
        ax,
        caption=_caption(result, names, data, measure, lines),
        alt=_alt(result, names, data, measure),
        data=data.drop("_place", "x"),
        is_simulated=result.simulated,
    )


def _lines(result: Any, thresholds: Any, measure: str) -> list[float]:
    """Return where lines stand on the axis, in per cent; improvement is down or up."""
    if thresholds is None:
        rule = result.definition
        shares = [rule.bound] if rule is not None and measure == "percent" else []
    else:
        shares = [thresholds] if isinstance(thresholds, int | float) else list(thresholds)
    for share in shares:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise ArgumentError(
                f"thresholds must be shares of improvement above 0 and up to 1 (0.5 is 50 %), not "
                f"{share!r}."
            )
    if shares and measure != "percent":
        raise ArgumentError('thresholds are shares of improvement: they need measure="percent".')
    if shares and result.better is None:
        raise ArgumentError(
            f"Which scores of {clean(result.scale)} are better is not known, so a threshold has no "
            "side: declare better= in estimate_individual_change, or leave thresholds= out."
        )
    sign = 1 if result.better == "higher" else -1
    return [100.0 * sign * float(share) for share in shares]


def _drawn(result: Any, measure: str) -> pl.DataFrame:
    """Return one row a bar in its order: value, what it shows, where it stands, its panel."""
    own = MEASURES[measure]
    value = pl.coalesce(own, f"last_{own}")
    shown = (
        pl.when(pl.col(own).is_not_null())
        .then(pl.lit(COMPLETED))
        .when(pl.col(f"last_{own}").is_not_null())
        .then(pl.lit(EARLIER))
        .otherwise(pl.lit(NONE))
    )
    rows = result.table.with_columns(
        value=value, shown=shown, _place=with_place(result.table, result.by)
    )
    worst_first = result.better != "higher"
    parts = []
    for one in rows.partition_by("_place", maintain_order=True):
        ordered = one.sort("value", "number", descending=[worst_first, False], nulls_last=True)
        parts.append(ordered.with_columns(x=pl.int_range(pl.len()).cast(pl.Float64)))
    kept = [*result.by, "number", "status", "value", "shown", "x", "_place"]
    whole: pl.DataFrame = pl.concat(parts).select(kept)
    return whole


def _draw(ax: Axes, own: pl.DataFrame, place: int, factor: float) -> None:
    one = look(place)
    for shown, face, hatch in ((COMPLETED, one.colour, ""), (EARLIER, "white", "/////")):
        some = own.filter(pl.col("shown") == shown)
        x, height = some["x"].to_numpy(), factor * some["value"].to_numpy()
        ax.bar(
            x,
            height,
            width=0.82,
            color=face,
            hatch=hatch,
            edgecolor=one.colour,
            linewidth=0.6 if hatch else 0.0,
        )
        flat = x[height == 0]  # a bar without height keeps its place
        ax.hlines(0 * flat, flat - 0.41, flat + 0.41, color=one.colour, linewidth=2.0)
    ax.axhline(0, color=GREY, linewidth=0.7)


def _axes(ax: Axes, result: Any, n: int, measure: str, width: str) -> None:
    from matplotlib.ticker import MaxNLocator

    unit = "%" if measure == "percent" else "points"
    ax.set_xlim(-0.8, max(n, 8) - 0.2)
    ax.set_xticks([])
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    sober(ax)
    ax.spines["bottom"].set_visible(False)
    if is_left(ax):
        what = f"Change in {clean(result.scale)} at {clean(result.visit)}, {unit}"
        label_y(ax, what, HEIGHTS[width])
    else:
        ax.tick_params(axis="y", labelleft=False)


def _same_height(axes: list[Axes], lines: list[float]) -> None:
    low = min([0.0, *(ax.dataLim.y0 for ax in axes), *lines])
    high = max([0.0, *(ax.dataLim.y1 for ax in axes), *lines])
    low, high = (low, high) if np.isfinite([low, high]).all() and high > low else (-1.0, 1.0)
    room = 0.06 * (high - low)
    for ax in axes:
        ax.set_ylim(low - room, high + room)


def _thresholds(ax: Axes, lines: list[float]) -> None:
    """Draw dashed lines that are seen on dark bars too."""
    for line in lines:
        ax.axhline(line, color="white", linewidth=2.0, zorder=3)
        ax.axhline(line, color=INK, linewidth=0.8, linestyle=(0, (4, 2.5)), zorder=3.1)


def _slots(ax: Axes, own: pl.DataFrame) -> None:
    """Mark the slots of subjects without a value with a cross at the line of no change."""
    x = own.filter(pl.col("shown") == NONE)["x"].to_numpy()
    if not len(x):
        return
    slot = spacing(ax, [0.0, 1.0])
    size, edge = max(1.0, min(3.5, 0.8 * slot)), min(0.8, 0.25 * slot)
    ax.plot(x, 0 * x, "x", color=INK, markersize=size, markeredgewidth=edge, zorder=4)


def _under(ax: Axes, own: pl.DataFrame) -> str:
    """Return the words under a panel: how many subjects, and how many of each kind."""
    counts = dict(own["shown"].value_counts().rows())
    kinds = zip((COMPLETED, EARLIER, NONE), UNDER, strict=True)
    parts = [f"{counts[kind]} {words}" for kind, words in kinds if kind in counts]
    room = ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
    text = f"{own.height} subject{'s' if own.height != 1 else ''}: {', '.join(parts)}"
    return wrap(text, int(room / (0.6 * SMALL)))


def _key(data: pl.DataFrame) -> list[Any]:
    """Return what is explained over the panels: hatched bars and crosses, where there are any."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    held = set(data["shown"])
    handles: list[Any] = []
    if EARLIER in held:
        handles.append(Patch(facecolor="white", edgecolor=GREY, hatch="/////", label=EARLIER))
    if NONE in held:
        handles.append(
            Line2D([], [], linestyle="none", marker="x", markersize=4, color=INK, label=NONE)
        )
    return handles


def _caption(
    result: Any, names: list[str], data: pl.DataFrame, measure: str, lines: list[float]
) -> str:
    sizes = [own.height for own in data.partition_by("_place", maintain_order=True)]
    unit = "Per cent change" if measure == "percent" else "Change in points"
    of = f" over baseline minus {result.floor:g}" if result.floor and measure == "percent" else ""
    counts = dict(data["shown"].value_counts().rows())
    earlier = f"hatched: no score at {clean(result.visit)}, the last earlier score is shown " + (
        f"({counts.get(EARLIER)})"
    )
    crosses = f"crosses: no value after baseline ({counts.get(NONE)})"
    dashed = (
        f"dashed: improvement of {joined(f'{abs(line):g} %' for line in lines)}" if lines else ""
    )
    return caption_of(
        result,
        f"{unit} in {clean(result.scale)}{of} from baseline to {clean(result.visit)} of every "
        f"subject {among(names, [(n, n) for n in sizes])}, the worst first",
        earlier if EARLIER in counts else "",
        crosses if NONE in counts else "",
        dashed,
    )


def _alt(result: Any, names: list[str], data: pl.DataFrame, measure: str) -> str:
    parts = []
    for place, name in enumerate(names):
        own = data.filter(pl.col("_place") == str(place))
        values = own["value"].drop_nulls().to_list()
        ends = [_written(value, measure) for value in (values[0], values[-1])] if values else []
        n_earlier = int((own["shown"] == EARLIER).sum())
        what = f"{own.height} subjects" + (f", from {ends[0]} to {ends[1]}" if ends else "")
        what += f", {n_earlier} by their last earlier score" if n_earlier else ""
        parts.append(f"{said(name, what, names)}.")
    text = " ".join(part[:1].upper() + part[1:] if names == ["All"] else part for part in parts)
    return (
        f"Waterfall of the change in {clean(result.scale)} at {clean(result.visit)}, one bar a "
        f"subject, sorted. {text}"
    )


def _written(value: float, measure: str) -> str:
    return f"{percent(value)} %" if measure == "percent" else f"{number(value)} points"
