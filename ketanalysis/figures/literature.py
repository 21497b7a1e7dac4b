"""What others published: marks beside a curve, and a forest of studies with their pooled rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.proportions import counts_beside, dot_axes, lines_height
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, INK, clean, look, names_of, wrap
from ketanalysis.figures.survival import HEIGHTS, survival_axes
from ketanalysis.figures.survival_words import clock_of, fewest_at_risk, state_of
from ketanalysis.figures.words import among, caption_of, joined
from ketanalysis.literature.published import FREE, MEAN
from ketanalysis.rounding import percent
from ketanalysis.tables.literature import MODELS, heterogeneity_words
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = ("o", "s", "D", "^", "v", "P", "X", "h")
CHARACTERS = {"one": 34, "two": 88}  # a line of the legend
ROOM = 1.04  # the axis runs a little beyond the last mark
TALL = 12.0  # inches: the canvas before its end height is known
FAR = 2.0  # marks later than this many times the end of the curve would squeeze it


@figure_of("published_comparison")
def published_comparison(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the curve, and each published share or median as a mark at its own time.

    The marks of a study are not joined: between them nothing was published. A share without a
    time, a mean, and what lies beyond twice the end of the curves, are left out; the caption
    counts them.

    Parameters
    ----------
    result
        A result of `compare_published`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the marks.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVAL": [5, 8, 20, 40], "CNSR": [0, 0, 1, 0]}
    >>> curve = ka.estimate_survival(rows)
    >>> beside = ka.compare_published(
    ...     curve, "Murrough 2013", among="responders", origin="the last infusion",
    ...     rule="MADRS of at least 22")
    >>> beside.plot().axes[0].get_xlabel()
    'Days'
    """
    curve = result.curve
    names = names_of(curve.medians, curve.by)
    figure, axes = canvas(ax, width, TALL)
    end = max(_draw_curve(axes, curve, place) for place in range(len(names)))
    marks = _marks(result, FAR * end)
    end = max(end, float(marks["at"].max() or 0.0) * ROOM)  # type: ignore[arg-type]
    _draw_marks(axes, marks)
    survival_axes(axes, curve, end, width)
    shown = ["this trial"] if names == ["All"] else names
    legend_above(axes, shown, "step", _handles(marks, width), has_one=True)
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    ns = curve.medians["n"].to_list()
    left_out = result.figures.height - marks.height
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Share {state_of(curve)} by {clock_of(curve)} (Kaplan-Meier) "
            f"{among(names, [(n, n) for n in ns])}",
            "marks are published shares and medians, each by its own rule and origin",
            f"bars are {100 * result.conf_level:g} % intervals of published shares (Wilson)"
            if _has_bars(marks)
            else "",
            f"not drawn, without a time or far beyond the curve: {left_out} published figure"
            f"{'s' if left_out > 1 else ''}"
            if left_out
            else "",
        ),
        alt=_alt(marks, names, curve),
        data=marks,
        is_simulated=result.simulated,
    )


def _marks(result: Any, until: float) -> pl.DataFrame:
    """Return one row a mark: place (of the study and set), label, at (days), share, its ends."""
    rows: list[dict[str, Any]] = []
    labels: list[str] = []
    seen = ("study", "treatment", "among", "measure", "time", "published")
    for row in result.table.unique(seen, maintain_order=True).iter_rows(named=True):
        is_share = row["measure"] == FREE
        at = row["time"] if is_share else row["published"]
        if row["measure"] == MEAN or at is None or at > until:
            continue
        label = f"{row['study']}: {row['treatment']}; {row['among']}"
        if label not in labels:
            labels.append(label)
        low, high = (row["published_low"], row["published_high"]) if is_share else (None, None)
        rows.append(
            {
                "place": labels.index(label),
                "label": label,
                "measure": row["measure"],
                "at": at,
                "share": row["published"] if is_share else 0.5,
                "conf_low": low,
                "conf_high": high,
            }
        )
    columns = ("at", "share", "conf_low", "conf_high")
    schema = {"place": pl.Int64, "label": pl.String, "measure": pl.String}
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys(columns, pl.Float64)})


def _draw_curve(ax: Axes, curve: Any, place: int) -> float:
    """Draw a group's curve as far as enough are at risk; return where it ends."""
    row = curve.medians.row(place, named=True)
    key = {column: row[column] for column in curve.by}
    own = curve.table.filter(**key) if key else curve.table
    enough = own.filter(pl.col("n_at_risk") >= fewest_at_risk(row["n"]))
    last = float((own if enough.is_empty() else enough)["time"].to_numpy().max())
    drawn = own.filter(pl.col("time") <= last)
    style = (0, look(place).dashes) if look(place).dashes else "-"
    ax.plot(
        drawn["time"].to_numpy(),
        100 * drawn["survival"].to_numpy(),
        drawstyle="steps-post",
        color=look(place).colour,
        linewidth=1.5,
        linestyle=style,
    )
    return last


def _draw_marks(ax: Axes, marks: pl.DataFrame) -> None:
    for row in marks.iter_rows(named=True):
        if row["conf_low"] is not None:
            ends = [100 * row["conf_low"], 100 * row["conf_high"]]
            ax.plot([row["at"]] * 2, ends, color=GREY, linewidth=1.0, zorder=2.5)
        ax.plot([row["at"]], [100 * row["share"]], **_mark(row["place"]), zorder=3, clip_on=False)


def _mark(place: int) -> dict[str, Any]:
    """Return how the marks of a study look: filled, then open."""
    is_open = place // len(MARKS) % 2
    return {
        "marker": MARKS[place % len(MARKS)],
        "markersize": 6.5,
        "linestyle": "none",
        "color": INK,
        "markerfacecolor": "white" if is_open else INK,
        "markeredgecolor": INK if is_open else "white",
        "markeredgewidth": 0.8,
    }


def _handles(marks: pl.DataFrame, width: str) -> list[Any]:
    """Return a mark a study and set, with what it was in words."""
    from matplotlib.lines import Line2D

    studies = marks.unique("place", maintain_order=True).iter_rows(named=True)
    return [
        Line2D([], [], label=wrap(row["label"], CHARACTERS[width]), **_mark(row["place"]))
        for row in studies
    ]


def _has_bars(marks: pl.DataFrame) -> bool:
    return marks["conf_low"].null_count() < marks.height


def _alt(marks: pl.DataFrame, names: list[str], curve: Any) -> str:
    said = [
        f"{clean(row['label'])}: "
        + (
            f"{percent(row['share'])} % free at {row['at']:g} days"
            if row["measure"] == FREE
            else f"median {row['at']:g} days"
        )
        for row in marks.iter_rows(named=True)
    ]
    lines = "one curve" if names == ["All"] else f"one curve each for {joined(map(clean, names))}"
    listed = f" {'. '.join(said)}." if said else ""
    return f"Kaplan-Meier plot of the share {state_of(curve)}, {lines}, with marks.{listed}"


@figure_of("pooled_proportions")
def pooled_proportions(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw each study's rate with its interval, and below them the pooled ones.

    Parameters
    ----------
    result
        A result of `pool_proportions`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds label, estimate, conf_low,
        conf_high of each line.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.pool_proportions([2, 5, 1], [8, 11, 19], method="glmm").plot().axes[0].get_xlabel()
    'Subjects with the event, % (95 % CI)'
    """
    ends = ("estimate", "conf_low", "conf_high")
    counts = [f"{row['count']}/{row['n']}" for row in result.studies.iter_rows(named=True)]
    means = result.table.select(pl.col("model").replace_strict(MODELS).alias("label"), *ends)
    lines = pl.concat([result.studies.select(pl.col("group").alias("label"), *ends), means])
    figure, axes = canvas(ax, width, 2)
    for line, row in enumerate(lines.iter_rows(named=True)):
        _draw_line(axes, line, row, is_mean=line >= len(counts))
    random = result.table.row(0, named=True)
    if random["prediction_low"] is not None:
        wide = [100 * random["prediction_low"], 100 * random["prediction_high"]]
        axes.plot(wide, [len(counts)] * 2, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.axhline(len(counts) - 0.5, color=GREY, linewidth=0.6)
    axes.set_xlim(0, 100)
    labels = lines["label"].to_list()
    dot_axes(axes, labels, width, f"Subjects with the event, % ({level(result.conf_level)})")
    total = f"{result.studies['count'].sum()}/{result.studies['n'].sum()}"
    counts_beside(axes, [*counts, "", total])
    if ax is None:
        hold_height(figure, axes, lines_height(labels, width))
    names, ns = result.studies["group"].to_list(), result.studies["n"].to_list()
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Rates {among(names, [(n, n) for n in ns])} with {100 * result.conf_level:g} % "
            "confidence intervals",
            "diamonds: the random mean and the common rate",
            "dashed: where a further study's rate is to be expected"
            if random["prediction_low"] is not None
            else "",
        ),
        alt=_pooled_alt(lines, heterogeneity_words(result)),
        data=lines,
        is_simulated=result.simulated,
    )


def _draw_line(ax: Axes, line: int, row: dict[str, Any], *, is_mean: bool) -> None:
    one = look(1 if is_mean else 0)
    ends = [100 * row["conf_low"], 100 * row["conf_high"]]
    ax.plot(ends, [line, line], color=one.colour, linewidth=1.2, solid_capstyle="butt")
    ax.plot(
        [100 * row["estimate"]],
        [line],
        marker="D" if is_mean else "s",
        markersize=8 if is_mean else 6,
        color=one.colour,
        markeredgecolor="white",
        markeredgewidth=0.5,
        linestyle="none",
        clip_on=False,
        zorder=3,
    )


def _pooled_alt(lines: pl.DataFrame, unlike: str) -> str:
    said = [
        f"{clean(row['label'])} {percent(row['estimate'])} % ({percent(row['conf_low'])} to "
        f"{percent(row['conf_high'])})"
        for row in lines.iter_rows(named=True)
    ]
    return f"Forest plot of {lines.height - 2} rates. {'; '.join(said)}. {unlike}."
