"""The difference between arms under every rule, visit and handling: one forest plot a measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.forest_axis import draw_axis, draw_marks, in_units, limits_of, unit_of
from ketanalysis.figures.forest_columns import lines_of, numbers_of, write_texts
from ketanalysis.figures.forest_rows import Forest, ForestRow, label_of
from ketanalysis.figures.layout import POINTS, finish, hold_height, new_figure
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, WIDTHS, clean
from ketanalysis.figures.words import among, caption_of
from ketanalysis.tables.sensitivity import CHANGE, block_words, handling_label, heads_of
from ketanalysis.tables.words import contrast_words, without_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REACH = 7.0  # points that the line of the primary estimate goes beyond its rows


@figure_of("sensitivity")
def sensitivity(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    measure: str | None = None,
    show_p: bool = False,
) -> Figure:
    """Draw every analysis as a line with its interval; the dotted line is the primary estimate.

    Parameters
    ----------
    result
        A result of `estimate_sensitivity`.
    ax
        Axes to draw on; then one measure, the first unless named.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    measure
        "risk difference" or "difference in change"; without it each has a panel of its own.
    show_p
        Whether p values stand in a column.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Raises
    ------
    ArgumentError
        When `measure` is none of the result.

    Notes
    -----
    Missing values: an analysis that the data do not allow has the words "not estimable".
    """
    check_one_of("width", width, tuple(WIDTHS))
    held = result.table["measure"].unique(maintain_order=True).to_list()
    if measure is not None:
        check_one_of("measure", measure, tuple(held))
    shown = [measure] if measure else held[:1] if ax is not None else held
    forests = {name: _forest(result, name) for name in shown}
    rows = {name: [in_units(row) for row in one.rows] for name, one in forests.items()}
    lines = {name: lines_of(forests[name], rows[name], width, show_p) for name in shown}
    heights = [lines[name][-1] / POINTS for name in shown]
    if ax is None:
        figure = new_figure(width, sum(heights) + 0.9 * len(shown))
        axes = list(figure.subplots(len(shown), 1, height_ratios=heights, squeeze=False)[:, 0])
    else:
        figure, axes = ax.figure.figure, [ax]
    for one, name in zip(axes, shown, strict=True):
        ends = limits_of(rows[name], "linear", None)
        draw_axis(one, forests[name], "linear", ends, None, lines[name])
        _primary(one, result, name, lines[name])
        draw_marks(one, rows[name], lines[name], ends, "linear")
        write_texts(one, forests[name], rows[name], lines[name], width, show_p)
    if ax is None:
        hold_height(figure, axes[0], sum(heights))
    data = result.table.filter(pl.col("measure").is_in(shown))
    return finish(
        figure,
        ax,
        caption=_caption(result, forests, held),
        alt=_alt(forests, rows),
        data=data,
        is_simulated=result.simulated,
    )


def _forest(result: Any, measure: str) -> Forest:
    """Return the rows of one measure, under a heading an endpoint, visit and contrast."""
    table = result.table.filter(pl.col("measure") == measure)
    contrasts = table["contrast"].unique(maintain_order=True).to_list()
    several = len(contrasts) > 1
    unit = f"{measure} of {result.scale}, points" if measure == CHANGE else measure
    rows = [
        ForestRow(
            heading=block_words(row, result.arms if several else ()),
            label=handling_label(row),
            measure=unit,
            estimate=row["estimate"],
            low=row["conf_low"],
            high=row["conf_high"],
            p=row["p_value"],
            note=row["note"] or "",
            counts=(str(row["n"]), str(row["n_reference"])),
        )
        for row in table.iter_rows(named=True)
    ]
    group, reference = heads_of(result)
    return Forest(
        tuple(rows),
        heads=(f"{clean(group)}, n", f"{clean(reference)}, n"),
        contrast="" if several else clean(contrast_words(contrasts[0], result.arms)),
        methods=tuple(table["method"].drop_nulls().unique(maintain_order=True)),
        conf_level=result.conf_level,
        is_simulated=result.simulated,
    )


def _primary(ax: Axes, result: Any, measure: str, lines: Sequence[float]) -> None:
    """Draw the primary estimate through the rows of its endpoint."""
    rows = result.table.filter(pl.col("measure") == measure).with_row_index("place")
    for row in rows.filter(pl.col("role") == "primary").iter_rows(named=True):
        if row["estimate"] is None:
            continue
        same = rows.filter(pl.col("endpoint") == row["endpoint"])["place"].to_list()
        at = row["estimate"] * (1 if measure == CHANGE else 100)
        ends = (lines[1 + min(same)] - REACH, lines[1 + max(same)] + REACH)
        ax.plot([at, at], ends, color=GREY, linewidth=0.8, linestyle=(0, (1.4, 1.2)), zorder=0.5)


def _caption(result: Any, forests: dict[str, Forest], held: list[str]) -> str:
    units = " and ".join(forests)
    title = clean(without_columns(result.title, result.by))
    contrast = next(iter(forests.values())).contrast
    lacking = sum(row.estimate is None for one in forests.values() for row in one.rows)
    left = [name for name in held if name not in forests]
    return caption_of(
        result,
        f"{title}{': ' + contrast if contrast else ''}, {units} {_who(result)} "
        f"with {100 * result.conf_level:g} % confidence intervals",
        "dotted line: the primary estimate",
        f"not estimable: {lacking}" if lacking else "",
        f"not drawn: {', '.join(left)}" if left else "",
    )


def _who(result: Any) -> str:
    """Return the two groups with their smallest and largest number of subjects."""
    contrasts = result.table["contrast"].unique(maintain_order=True).to_list()
    names = ["groups", "reference"] if len(contrasts) > 1 else list(heads_of(result))
    ends = [(own.min(), own.max()) for own in (result.table["n"], result.table["n_reference"])]
    return among(names, ends)


def _alt(forests: dict[str, Forest], rows: dict[str, list[ForestRow]]) -> str:
    told = []
    for name, one in forests.items():
        first = "; ".join(f"{label_of(row)}: {numbers_of(row)}" for row in rows[name][:6])
        more = f"; and {len(one.rows) - 6} more rows" if len(one.rows) > 6 else ""
        told.append(f"{unit_of(one)}: {first}{more}.")
    return f"Forest plot of sensitivity analyses. {' '.join(told)}"
