"""The ROC curve: sensitivity against 1 minus specificity, one curve a marker or group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, clean, look, sober
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import level
from ketanalysis.tables.roc import area_digits, area_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.6, "two": 3.6}
MOST = 6


@figure_of("roc")
def roc(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the ROC curves of a result with the line of no information.

    Stated cut-offs are marked; one that was chosen in the data is not, lest it look validated.

    Parameters
    ----------
    result
        A result of `estimate_roc`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` is the curve.

    Raises
    ------
    ArgumentError
        More than six curves, which nobody can tell apart.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 0, 1, 0, 1, 1], "x": [1, 2, 2, 3, 4, 5]}
    >>> ka.estimate_roc(data, "x", outcome="y", direction="higher").plot().axes[0].get_xlabel()
    '1 − specificity, %'
    """
    areas = list(result.table.iter_rows(named=True))
    if len(areas) > MOST:
        raise ArgumentError(
            f"A figure holds up to {MOST} curves, and the result has {len(areas)}: "
            f"{listed(area_label(row, result.by) for row in areas)}. Estimate fewer at a time."
        )
    figure, axes = canvas(ax, width, 4)
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    for place, row in enumerate(areas):
        _draw(axes, result, row, place)
    axes.set_xlim(-1, 101)
    axes.set_ylim(-1, 101)
    axes.set_aspect("equal")
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel("1 − specificity, %")
    label_y(axes, "Sensitivity, %", HEIGHTS[width])
    sober(axes, "both")
    names = [f"{area_label(row, result.by)}: {_area_words(row)}" for row in areas]
    if len(names) == 1:
        _write_area(axes, area_label(areas[0], result.by), areas[0], result.conf_level)
    else:
        legend_above(axes, names, "step")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, areas),
        alt=_alt(result, names),
        data=result.curve,
        is_simulated=result.simulated,
    )


def _draw(ax: Axes, result: Any, row: dict[str, Any], place: int) -> None:
    one = look(place)
    mine = pl.all_horizontal(
        pl.col("marker") == row["marker"], *(pl.col(c) == row[c] for c in result.by)
    )
    curve = result.curve.filter(mine)
    x = [0.0, *(100 * (1 - curve["specificity"])).to_list()]
    y = [0.0, *(100 * curve["sensitivity"]).to_list()]
    dashes = (0, one.dashes) if one.dashes else "-"
    ax.plot(x, y, color=one.colour, linestyle=dashes, linewidth=1.5)
    stated = result.cutoffs.filter(mine & (pl.col("chosen") == "stated"))
    for (cutoff,), rows in stated.group_by("cutoff", maintain_order=True):
        found = dict(rows.select("measure", "estimate").rows())
        if found["sensitivity"] is None or found["specificity"] is None:
            continue
        at = (100 * (1 - found["specificity"]), 100 * found["sensitivity"])
        ax.plot(*at, marker=one.marker, color=one.colour, markersize=5.5, markeredgecolor="white")
        ax.annotate(
            f"{cutoff:g}", at, xytext=(6, -9), textcoords="offset points", color=one.ink, fontsize=7
        )


def _write_area(ax: Axes, label: str, row: dict[str, Any], conf_level: float) -> None:
    """Write the area of the only curve below the line of no information."""
    lines = [clean(label), "area not estimable"]
    if row["estimate"] is not None:
        digits = area_digits(row)
        lines[1] = f"area {number(row['estimate'], digits)}"
        if row["conf_low"] is not None:
            ends = interval(row["conf_low"], row["conf_high"], digits)
            lines.append(f"{level(conf_level)} {ends}")
    words = "\n".join(lines)
    ax.text(99, 3, words, ha="right", va="bottom", linespacing=1.4, parse_math=False)


def _area_words(row: dict[str, Any]) -> str:
    if row["estimate"] is None:
        return "not estimable"
    digits = area_digits(row)
    if row["conf_low"] is None:
        return number(row["estimate"], digits)
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{number(row['estimate'], digits)} ({ends})"


def _caption(result: Any, areas: list[dict[str, Any]]) -> str:
    counts = [
        f"{clean(area_label(row, result.by))} (n = {row['n']}, {row['n_event']} with the event)"
        for row in areas
    ]
    stated = (result.cutoffs["chosen"] == "stated").any() if result.cutoffs.height else False
    return caption_of(
        result,
        f"ROC curve of {joined(counts)} for {clean(result.outcome)}",
        f"with the area and its {level(result.conf_level)}",
        "stated cut-offs are marked" if stated else "",
        "dotted line: no information",
    )


def _alt(result: Any, names: list[str]) -> str:
    curves = "One curve" if len(names) == 1 else "Curves"
    return (
        f"{curves} of sensitivity against 1 minus specificity, both from 0 to 100 %, for "
        f"{clean(result.outcome)}. {'; '.join(map(clean, names))}."
    )
