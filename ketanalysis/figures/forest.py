"""Forest plots: a line an estimate with its interval, and its numbers in columns beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.figures.forest_axis import (
    draw_axis,
    draw_marks,
    in_units,
    leaves,
    limits_of,
    scale_of,
    unit_of,
)
from ketanalysis.figures.forest_columns import lines_of, numbers_of, write_texts
from ketanalysis.figures.forest_rows import Forest, ForestRow, forest_of, label_of
from ketanalysis.figures.layout import POINTS, canvas, finish, hold_height
from ketanalysis.figures.registry import check_axes, figure_of
from ketanalysis.figures.style import GREY, WIDTHS, drawing
from ketanalysis.figures.words import INTERVALS
from ketanalysis.glossary import method_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@figure_of("cox", "forest")
@figure_of("cox")
@figure_of("contrasts", "forest")
@figure_of("contrasts")
@figure_of("responders", "forest")
@figure_of("comparison", "forest")
@figure_of("rates", "forest")
def forest(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    measure: str | None = None,
    show_p: bool = False,
    limits: tuple[float, float] | None = None,
    favours: tuple[str, str] | None = None,
) -> Figure:
    """Draw the contrasts of one result as a forest plot; see `plot_forest` for several.

    Parameters
    ----------
    result
        A result of rates with contrasts, of a comparison, or of a Cox model.
    ax
        Axes to draw on.
    width, measure, show_p, limits, favours
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rates = ka.estimate_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     missing="nri")
    >>> rates.plot(kind="forest").axes[0].get_xlabel()
    'Risk difference, percentage points (95 % CI)'
    """
    return draw_forest(
        forest_of(result, measure, None, None, result.conf_level),
        ax,
        width=width,
        scale=None,
        show_p=show_p,
        limits=limits,
        favours=favours,
    )


def plot_forest(
    results: Any,
    *,
    measure: str | None = None,
    label: str | None = None,
    heading: str | None = None,
    scale: str | None = None,
    width: str = "two",
    show_p: bool = False,
    limits: tuple[float, float] | None = None,
    favours: tuple[str, str] | None = None,
    conf_level: float = 0.95,
    ax: Axes | None = None,
) -> Figure:
    """Draw estimates with intervals under each other, with their numbers in columns.

    Answers "how large are the differences, and how sure are they?" for several visits,
    outcomes, subgroups or results. It pools nothing, and rows that are not estimable stay.

    Parameters
    ----------
    results
        A result (rates with contrasts, comparisons, any whose table has estimate, conf_low and
        conf_high), a list of results, a dict of label → result, or a tidy frame (polars,
        pandas, Arrow) with these three columns; ``p_value``, ``note``, ``measure``, ``method``,
        ``n`` and ``n_reference`` (with ``count`` and ``count_reference``: n/N) are shown
        where it has them.
    measure
        For rates "risk difference" (without it), "risk ratio" or "odds ratio"; for comparisons
        "difference" (without it) or "Hedges g"; for others one of their column ``measure``.
    label, heading
        Of a frame: the column that names a row ("label" without it), and the column whose
        value stands above the rows that share it ("heading", if there is one), for subgroups.
    scale
        "linear" or "log"; without it log for a measure that is a ratio, else linear.
    width
        "two" (6.9 inches) or "one" (3.35 inches: numbers stand under their labels).
    show_p
        Whether p values stand in a column; adjusted ones where there are.
    limits
        Ends of the axis. Without them it holds every estimate and interval, but on a log axis
        goes no farther than eight times beyond the estimates.
    favours
        What lies left and right of no effect, such as ("favours placebo", "favours drug").
    conf_level
        Of a frame: the level that its intervals have, 0 to 1. Results know theirs.
    ax
        Axes to draw on.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds heading, label, measure,
        estimate, conf_low, conf_high, p_value and note, a row a line of the figure.

    Raises
    ------
    ArgumentError
        No estimates, several measures on one axis, a column that is not there, or limits
        that are none.

    Notes
    -----
    Missing values: a row without an estimate has the words "not estimable" and no mark. An
    interval that leaves the axis, or has no end, ends in an arrow.
    Checked against: drawn marks are compared with the data in tests/figures/test_forest.py.

    Examples
    --------
    >>> import polars as pl, ketanalysis as ka
    >>> frame = pl.DataFrame({"label": ["women", "men"], "estimate": [2.0, 1.5],
    ...                       "conf_low": [1.1, 0.7], "conf_high": [3.6, 3.2]})
    >>> ka.plot_forest(frame, scale="log").axes[0].get_xscale()
    'log'
    """
    check_conf_level(conf_level)
    check_axes(ax)
    with drawing():
        return draw_forest(
            forest_of(results, measure, label, heading, conf_level),
            ax,
            width=width,
            scale=scale,
            show_p=show_p,
            limits=limits,
            favours=favours,
        )


def draw_forest(
    whole: Forest,
    ax: Axes | None,
    *,
    width: str,
    scale: str | None = None,
    show_p: bool = False,
    limits: tuple[float, float] | None = None,
    favours: tuple[str, str] | None = None,
    across: float | None = None,
) -> Figure:
    """Draw the rows of a forest plot; what `forest` and `plot_forest` share with other figures.

    ``across`` is where on the axis a broken line stands, from the first row to the last.
    """
    check_one_of("width", width, tuple(WIDTHS))
    if not whole.rows:
        raise ArgumentError("plot_forest needs at least one estimate; there is no row.")
    kind = scale_of(whole, scale)
    rows = [in_units(row) for row in whole.rows]
    ends = limits_of(rows, kind, limits)
    figure, axes = canvas(ax, width, 4)
    lines = lines_of(whole, rows, width, show_p)
    draw_axis(axes, whole, kind, ends, favours, lines)
    draw_marks(axes, rows, lines, ends, kind)
    write_texts(axes, whole, rows, lines, width, show_p)
    if across is not None:
        _draw_across(axes, across)
    if ax is None:
        hold_height(figure, axes, lines[-1] / POINTS)
    return finish(
        figure,
        ax,
        caption=_caption(whole, kind, any(leaves(row, ends, kind) for row in rows)),
        alt=_alt(whole, rows, kind),
        data=_data(whole),
        is_simulated=whole.is_simulated,
    )


def _draw_across(ax: Axes, x: float) -> None:
    low, high = ax.get_xlim()
    if low <= x <= high:
        data: list[Any] = [line.get_ydata() for line in ax.lines if line.get_marker() == "s"]
        ends = [min(float(y[0]) for y in data) - 7, ax.get_ylim()[0]]
        ax.plot([x, x], ends, color=GREY, linewidth=0.9, linestyle=(0, (4, 2.5)), zorder=1)


def _caption(whole: Forest, kind: str, has_arrow: bool) -> str:
    lacking = sum(row.estimate is None for row in whole.rows)
    methods = [INTERVALS.get(name, method_words(name)) for name in whole.methods]
    how = f" ({', '.join(methods)})" if methods else ""
    parts = [
        f"{unit_of(whole)}{': ' + whole.contrast if whole.contrast else ''}, with "
        f"{100 * whole.conf_level:g} % confidence intervals{how}",
        "logarithmic axis" if kind == "log" else "",
        "an arrow: the interval goes on beyond the axis" if has_arrow else "",
        f"not estimable: {lacking} of {len(whole.rows)}" if lacking else "",
        "simulated data" if whole.is_simulated else "",
    ]
    return "; ".join(part for part in parts if part) + "."


def _alt(whole: Forest, rows: Sequence[ForestRow], kind: str) -> str:
    told = [f"{label_of(row)}: {numbers_of(row, is_log=kind == 'log')}" for row in rows[:8]]
    more = f" {len(rows) - 8} more rows." if len(rows) > 8 else ""
    return f"Forest plot of {len(rows)} rows, {unit_of(whole).lower()}. {'; '.join(told)}.{more}"


def _data(whole: Forest) -> pl.DataFrame:
    rows = [
        {
            "heading": row.heading,
            "label": row.label,
            "measure": row.measure,
            "estimate": row.estimate,
            "conf_low": row.low,
            "conf_high": row.high,
            "p_value": row.p,
            "note": row.note or None,
        }
        for row in whole.rows
    ]
    texts = dict.fromkeys(("heading", "label", "measure", "note"), pl.String)
    numbers = dict.fromkeys(("estimate", "conf_low", "conf_high", "p_value"), pl.Float64)
    kept = ("heading", "label", "measure", "estimate", "conf_low", "conf_high", "p_value", "note")
    types = {**texts, **numbers}
    return pl.DataFrame(rows, schema={name: types[name] for name in kept})
