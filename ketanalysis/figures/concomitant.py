"""Concomitant treatments: shares of subjects during the trial, one line a treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.layout import LINE, canvas, finish, hold_height, text_width
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GRID,
    SMALL,
    TEXT,
    clean,
    look,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.tables.disposition import sentence_case
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PERIODS = {
    "any": "at any time",
    "before": "before the first infusion",
    "during": "during the trial",
    "new": "newly during the trial",
}
LABEL_WIDTH = {"one": 18, "two": 30}


@figure_of("concomitant")
def concomitant(
    result: Any, ax: Axes | None = None, *, width: str = "two", period: str = "during"
) -> Figure:
    """Draw the share of subjects with each treatment, the most frequent first, then rescue.

    Parameters
    ----------
    result
        A result of `tabulate_concomitant`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    period
        "any", "before", "during" or "new".

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Raises
    ------
    ArgumentError
        When `period` is none of the four.

    Notes
    -----
    Intervals are drawn where the result has them. A group without subjects has no points.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> taken = ka.tabulate_concomitant(ka.load_example("ketamine"), by="TRT01P")
    >>> taken.plot(period="before").axes[0].get_xlabel()
    'Subjects with the treatment before the first infusion, %'
    """
    check_one_of("period", period, tuple(PERIODS))
    rows = result.table.filter(pl.col("period") == period)
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    treatments = rows["treatment"].unique(maintain_order=True).to_list()
    labels = [wrap(sentence_case(name), LABEL_WIDTH[width]) for name in treatments]
    drawn = _drawn(rows, result.by, treatments, len(names))
    _draw(axes, drawn, len(names))
    _axes(axes, result, labels, period, width)
    _counts(axes, drawn)
    legend_above(axes, names, "point")
    if ax is None:
        deep = max(label.count("\n") + 1 for label in labels) * LINE * TEXT / 72 + 0.04
        hold_height(figure, axes, len(labels) * max(len(names) * 0.125 + 0.05, deep))
    sizes = [(row["n"], row["n"]) for row in rows.head(len(names)).iter_rows(named=True)]
    return finish(
        figure,
        ax,
        caption=caption_of(
            result, f"Subjects with each treatment {PERIODS[period]} {among(names, sizes)}"
        ),
        alt=_alt(rows, result, names, treatments, period),
        data=rows,
        is_simulated=result.simulated,
    )


def _drawn(rows: pl.DataFrame, by: tuple[str, ...], treatments: list[str], n: int) -> pl.DataFrame:
    """Return place, line (y), count, n and per cents; groups stand under each other."""
    place = with_place(rows, by)
    line = rows["treatment"].replace_strict(
        treatments, list(range(len(treatments))), return_dtype=pl.Float64
    )
    shift = (place.cast(pl.Float64) - (n - 1) / 2) * 0.84 / max(n, 1)
    return pl.DataFrame({"place": place, "y": line + shift}).with_columns(
        rows.select("count", "n", pl.col("estimate", "conf_low", "conf_high") * 100)
    )


def _draw(ax: Axes, drawn: pl.DataFrame, n: int) -> None:
    for place in range(n):
        own = drawn.filter((pl.col("place") == str(place)) & pl.col("estimate").is_not_null())
        one, ranged = look(place), own.drop_nulls("conf_low")
        if ranged.height:
            y, low, high = (ranged[name].to_numpy() for name in ("y", "conf_low", "conf_high"))
            ax.hlines(y, low, high, color=one.colour, linewidth=1.1)
        ax.plot(
            own["estimate"].to_numpy(),
            own["y"].to_numpy(),
            linestyle="none",
            marker=one.marker,
            color=one.colour,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            clip_on=False,
            zorder=3,
        )


def _axes(ax: Axes, result: Any, labels: list[str], period: str, width: str) -> None:
    has_interval = result.table["method"].null_count() < result.table.height
    interval = f" ({level(result.conf_level)})" if has_interval else ""
    ax.set_xlim(0, 100)
    ax.set_xticks([0, 20, 40, 60, 80, 100])
    words = f"Subjects with the treatment {PERIODS[period]}, %{interval}"
    ax.set_xlabel(wrap(words, 2 * LABEL_WIDTH[width]), parse_math=False)
    ax.set_ylabel("")
    ax.set_ylim(max(len(labels), 1) - 0.45, -0.55)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    sober(ax, "x")
    for line in range(len(labels) - 1):
        ax.axhline(line + 0.5, color=GRID, linewidth=0.5, zorder=0.5)


def _counts(ax: Axes, drawn: pl.DataFrame) -> None:
    """Write n/N in a column right of the Axes, each at its point and in its colour."""
    texts = [f"{count}/{n}" for count, n in drawn.select("count", "n").iter_rows()]
    right = 8 + max((text_width(text, SMALL) for text in texts), default=0)
    for row, text in zip(drawn.iter_rows(named=True), texts, strict=True):
        ax.annotate(
            text,
            (1, row["y"]),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=SMALL,
            color=look(int(row["place"])).ink,
            annotation_clip=False,
        )


def _alt(
    rows: pl.DataFrame, result: Any, names: list[str], treatments: list[str], period: str
) -> str:
    keyed = rows.with_columns(with_place(rows, result.by).alias("place"))
    parts = []
    for name in treatments[:4]:
        found = [
            said(names[int(row["place"])], f"{row['count']} of {row['n']}", names)
            for row in keyed.filter(pl.col("treatment") == name).iter_rows(named=True)
        ]
        parts.append(f"{clean(sentence_case(name))}, {'; '.join(found)}.")
    points = "" if names == ["All"] else f", a point each for {joined(map(clean, names))}"
    return (
        f"Dot plot of {len(treatments)} lines, one a treatment {PERIODS[period]}{points}. "
        f"{' '.join(parts)}"
    )
