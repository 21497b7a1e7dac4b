"""Subjects in categories: one bar of 100 % a group and visit, divided by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.layout import POINTS, canvas, finish, hold_height, settle, text_width
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import INK, SMALL, TEXT, clean, names_of, sober, wrap
from ketanalysis.figures.words import among, caption_of, counts_of, joined
from ketanalysis.rates.categories import NOT_ASSESSED
from ketanalysis.rates.reliable_change import WORSE
from ketanalysis.rounding import percent
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import HANDLING_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR, ROW = 0.72, 0.3  # of a row; inches a row
DARK, LIGHT = np.array([0x34, 0x49, 0x5E]), np.array([0xDF, 0xE5, 0xEB])
ORANGE = "#D9661F"


class Shade(NamedTuple):
    """How a category is drawn: darker is better; what is no improvement is hatched."""

    face: str
    ink: str
    hatch: str


@figure_of("categories")
def categories(
    result: Any, ax: Axes | None = None, *, width: str = "two", missing: str | None = None
) -> Figure:
    """Draw each group as one bar of 100 %, divided by category, with the counts in it.

    The best category stands at the left, in the darkest shade.

    Parameters
    ----------
    result
        A result of `estimate_response_levels` or `estimate_reliable_change`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    missing
        The handling of missing scores that is drawn; without it the first, which is the
        primary one. The caption says which.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `missing` is no handling of the result.

    Notes
    -----
    Missing values: a group with nobody in the denominator has no bar.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> levels = ka.estimate_response_levels(
    ...     ka.load_example("ketamine"), "MADRS", levels=(0.25, 0.5), visits=["Day 14"],
    ...     missing="nri")
    >>> levels.plot().axes[0].get_xlabel()
    'Subjects, %'
    """
    handlings = tuple(result.table["missing"].unique(maintain_order=True))
    chosen = handlings[0] if missing is None else missing
    check_one_of("missing", chosen, handlings)
    rows = result.table.filter(pl.col("missing") == chosen)
    names = rows["category"].unique(maintain_order=True).to_list()
    bars = _bars(result, rows)
    figure, axes = canvas(ax, width, 3)
    _axes(axes, list(bars), width)
    shades = _shades(names)
    _draw(axes, bars, names, shades)
    _legend(axes, names, shades)
    if ax is None:
        lines = max(label.get_text().count("\n") + 1 for label in axes.get_yticklabels())
        hold_height(figure, axes, max(0.6, (ROW + 0.1 * (lines - 1)) * len(bars)))
    _counts(axes, bars, names, shades)
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"{result.outcome.capitalize()} on {clean(result.scale)}, subjects in each category, "
            f"{among(names_of(rows, result.by), counts_of(rows, result.by))}",
            f"missing scores: {HANDLING_NAMES[chosen]}",
        ),
        alt=_alt(result, bars, names),
        data=rows,
        is_simulated=result.simulated,
    )


def _bars(result: Any, rows: pl.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the rows of each bar by category; a bar is a visit and group, in their order."""
    many = rows["AVISIT"].n_unique() > 1
    bars: dict[str, dict[str, dict[str, Any]]] = {}
    for visit in rows["AVISIT"].unique(maintain_order=True):
        for row in rows.filter(pl.col("AVISIT") == visit).iter_rows(named=True):
            group = group_label(row, result.by)
            label = str(visit) if group == "All" else group
            label = f"{visit}, {group}" if many and group != "All" else label
            bars.setdefault(clean(label), {})[row["category"]] = row
    return bars


def _shades(names: list[str]) -> dict[str, Shade]:
    """Return the look of each category, from dark to light in their order."""
    graded = [name for name in names if name not in (NOT_ASSESSED, WORSE)]
    shades = {}
    for i, name in enumerate(graded):
        mix = DARK + (LIGHT - DARK) * (i / max(1, len(graded) - 1)) ** 0.8
        face = "#" + "".join(f"{round(part):02X}" for part in mix)
        shades[name] = Shade(face, "white" if mix.mean() < 140 else INK, "")
    shades[WORSE] = Shade(ORANGE, INK, "////")
    shades[NOT_ASSESSED] = Shade("#FFFFFF", INK, "....")
    return shades


def _draw(ax: Axes, bars: Any, names: list[str], shades: dict[str, Shade]) -> None:
    for at, bar in enumerate(bars.values()):
        left = 0.0
        for name in names:
            share = 100 * (bar[name]["estimate"] or 0.0)
            shade = shades[name]
            ax.barh(
                at,
                share,
                left=left,
                height=BAR,
                color=shade.face,
                hatch=shade.hatch,
                edgecolor="#9AA1A8" if shade.hatch or shade.ink == INK else "white",
                linewidth=0.6,
            )
            left += share


def _counts(ax: Axes, bars: Any, names: list[str], shades: dict[str, Shade]) -> None:
    """Write the count into each piece that has room for it, and n behind each bar."""
    settle(ax.figure.figure)
    width = ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
    for at, bar in enumerate(bars.values()):
        left = 0.0
        for name in names:
            share = 100 * (bar[name]["estimate"] or 0.0)
            text = str(bar[name]["count"])
            if share / 100 * width > text_width(text, SMALL) + 3:
                place = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none"}
                ax.text(
                    left + share / 2,
                    at,
                    text,
                    ha="center",
                    va="center",
                    fontsize=SMALL,
                    color=shades[name].ink,
                    bbox=place if shades[name].hatch else None,
                )
            left += share
        n = bar[names[0]]["n"]
        ax.annotate(
            f"n = {n}",
            (100, at),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            annotation_clip=False,
        )


def _axes(ax: Axes, labels: list[str], width: str) -> None:
    wrapped = [wrap(label, 14 if width == "one" else 24) for label in labels]
    ax.set_yticks(range(len(labels)), wrapped, parse_math=False)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 100)
    ax.set_xticks(range(0, 101, 20))
    ax.set_xlabel("Subjects, %")
    sober(ax, grid="")
    ax.spines["left"].set_visible(False)


def _legend(ax: Axes, names: list[str], shades: dict[str, Shade]) -> None:
    """Name the categories above the Axes, in as many columns as fit."""
    from matplotlib.patches import Patch

    settle(ax.figure.figure)
    width = ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
    widest = max(text_width(name) for name in names) + 3.6 * TEXT
    handles = [
        Patch(
            facecolor=shades[name].face,
            hatch=shades[name].hatch,
            edgecolor="#9AA1A8",
            linewidth=0.6,
        )
        for name in names
    ]
    ax.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.2,
        ncols=max(1, min(len(names), int(width / widest))),
        handlelength=1.2,
        handleheight=0.9,
        handletextpad=0.6,
        columnspacing=1.4,
        frameon=False,
    )


def _alt(result: Any, bars: Any, names: list[str]) -> str:
    parts = []
    for label, bar in bars.items():
        found = [
            f"{name} {bar[name]['count']} ({percent(bar[name]['estimate'])} %)" for name in names
        ]
        parts.append(f"{label}: {', '.join(found)}.")
    return (
        f"Bars of 100 % of {result.outcome} on {clean(result.scale)}, one each for "
        f"{joined(bars)}. {' '.join(parts)}"
    )
