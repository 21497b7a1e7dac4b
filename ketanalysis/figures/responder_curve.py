"""The cumulative responder curve: the share that reaches each threshold of improvement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, counts_of, joined, said
from ketanalysis.rounding import percent
from ketanalysis.tables.words import HANDLING_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.8}
TICKS = (0, 20, 40, 60, 80, 100)


@figure_of("responder curve")
def responder_curve(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    missing: str | None = None,
    show_band: bool = False,
) -> Figure:
    """Draw the share of subjects that reaches each threshold of improvement, by group.

    Not with a mark at one threshold: the curve is there so that none is singled out.

    Parameters
    ----------
    result
        A result of `estimate_responder_curve`.
    ax
        Axes to draw on; the counts stand under them.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    missing
        The handling of missing scores that is drawn; without it the first, which is the
        primary one. The caption says which.
    show_band
        Whether pointwise intervals are drawn as a band.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the steps that are drawn.

    Raises
    ------
    ArgumentError
        When `missing` is no handling of the result.

    Notes
    -----
    Missing values: a group with nobody in the denominator has no curve.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> curve = ka.estimate_responder_curve(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P", visit="Day 14", missing="nri")
    >>> curve.plot().axes[0].get_ylabel()
    'Subjects who improved so much or more, %'
    """
    handlings = tuple(result.table["missing"].unique(maintain_order=True))
    chosen = handlings[0] if missing is None else missing
    check_one_of("missing", chosen, handlings)
    rows = result.table.filter(pl.col("missing") == chosen)
    steps = result.steps.filter(pl.col("missing") == chosen)
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    keyed = rows.with_columns(with_place(rows, result.by))
    drawn = steps.with_columns(with_place(steps, result.by))
    for place in range(len(names)):
        own = drawn.filter((pl.col("place") == str(place)) & pl.col("estimate").is_not_null())
        if not own.is_empty():
            _draw(axes, own, keyed.filter(pl.col("place") == str(place)), place, show_band)
    _axes(axes, result, width)
    rows_under(figure, axes, "Subjects who improved so much / all", TICKS, _counts(keyed, names))
    legend_above(axes, names, "step")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, chosen, show_band),
        alt=_alt(result, keyed, names),
        data=steps,
        is_simulated=result.simulated,
    )


def _draw(ax: Axes, own: pl.DataFrame, at: pl.DataFrame, place: int, show_band: bool) -> None:
    one = look(place)
    if show_band:
        ax.fill_between(
            100 * at["threshold"].to_numpy(),
            100 * at["conf_low"].to_numpy(),
            100 * at["conf_high"].to_numpy(),
            step="pre",
            color=one.colour,
            alpha=0.14,
            linewidth=0,
        )
    ax.plot(
        100 * own["threshold"].to_numpy(),
        100 * own["estimate"].to_numpy(),
        drawstyle="steps-pre",
        color=one.colour,
        linestyle=(0, one.dashes) if one.dashes else "-",
        linewidth=1.5,
    )


def _axes(ax: Axes, result: Any, width: str) -> None:
    ax.set_xlim(0, 101)
    ax.set_xticks(TICKS)
    ax.set_xlabel(f"Improvement in {clean(result.scale)} from baseline, %", parse_math=False)
    ax.set_ylim(0, 103)
    ax.spines["left"].set_bounds(0, 100)
    ax.set_yticks(range(0, 101, 20))
    label_y(ax, "Subjects who improved so much or more, %", HEIGHTS[width])
    sober(ax)


def _counts(keyed: pl.DataFrame, names: list[str]) -> list[Row]:
    rows = []
    for place, name in enumerate(names):
        own = keyed.filter(pl.col("place") == str(place))
        at = {
            round(100 * t): (count, n)
            for t, count, n in own.select("threshold", "count", "n").rows()
        }
        cells = [f"{at[tick][0]}/{at[tick][1]}" for tick in TICKS]
        rows.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return rows


def _caption(result: Any, rows: pl.DataFrame, handling: str, show_band: bool) -> str:
    band = f" with pointwise {100 * result.conf_level:g} % confidence bands" if show_band else ""
    who = among(names_of(rows, result.by), counts_of(rows, result.by))
    return caption_of(
        result,
        f"Cumulative responder curve of {clean(result.scale)} at {clean(result.visit)}: the share "
        f"of subjects whose improvement reaches each threshold, {who}{band}",
        f"missing scores: {HANDLING_NAMES[handling]}",
    )


def _alt(result: Any, keyed: pl.DataFrame, names: list[str]) -> str:
    parts = []
    for tick in (20, 50, 80):
        at = keyed.filter((pl.col("threshold") * 100).round() == tick)
        found = [
            said(names[int(row["place"])], f"{percent(row['estimate'])} %", names)
            for row in at.iter_rows(named=True)
        ]
        parts.append(f"{tick} % or more: {'; '.join(found)}.")
    series = "one curve" if names == ["All"] else f"one curve each for {joined(map(clean, names))}"
    return (
        f"Step curves of the share of subjects that improved by each threshold from 0 to 100 % in "
        f"{clean(result.scale)} at {clean(result.visit)}, {series}. {' '.join(parts)}"
    )
