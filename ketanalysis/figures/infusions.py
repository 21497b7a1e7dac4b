"""Response by infusion: of those who received it and of all who began, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import (
    POINTS,
    canvas,
    finish,
    hold_height,
    label_y,
    settle,
    text_width,
)
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import INK, TEXT, clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import INTERVALS, among, caption_of, counts_of, rate_words, said
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}
LINES: dict[str, Any] = {"began": "-", "received": (0, (4, 1.6))}
WORDS = {"began": "of all who began", "received": "of those who received it"}


@figure_of("infusions")
def infusions(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the share with the outcome after each infusion, over both denominators.

    Filled marks are of all who began; open marks, on a broken line, of those who received the
    infusion. The numbers under the axis say how many those are.

    Parameters
    ----------
    result
        A result of `estimate_response_by_infusion`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table.

    Notes
    -----
    Missing values: a share without subjects has no mark. Infusions without a score have none.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> after = ka.estimate_response_by_infusion(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     within=(0, 96), take="last", missing="observed")
    >>> after.plot().axes[0].get_xlabel()
    'Infusion'
    """
    figure, axes = canvas(ax, width, 4)
    names = names_of(result.table, result.by)
    numbers = result.table["infusion"].unique().sort().to_list()
    keyed = result.table.with_columns(with_place(result.table, result.by))
    for place in range(len(names)):
        for i, denominator in enumerate(LINES):
            chosen = (pl.col("place") == str(place)) & (pl.col("denominator") == denominator)
            shift = (place - (len(names) - 1) / 2) * 0.16 + (i - 0.5) * 0.06
            _draw(axes, keyed.filter(chosen), place, denominator, shift)
    _axes(axes, result, numbers, width)
    rows_under(figure, axes, _header(result), numbers, _counts(keyed, names, numbers))
    _legend(axes, names)
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result),
        alt=_alt(result, keyed, names, numbers),
        data=result.table,
        is_simulated=result.simulated,
    )


def _draw(ax: Axes, rows: pl.DataFrame, place: int, denominator: str, shift: float) -> None:
    one = look(place)
    seen = rows.filter(pl.col("estimate").is_not_null()).sort("infusion")
    x = seen["infusion"].to_numpy() + shift
    shares = {c: 100 * seen[c].to_numpy() for c in ("estimate", "conf_low", "conf_high")}
    ax.vlines(x, shares["conf_low"], shares["conf_high"], color=one.colour, linewidth=0.9)
    is_all = denominator == "began"
    ax.plot(
        x,
        shares["estimate"],
        color=one.colour,
        linestyle=LINES[denominator],
        linewidth=1.3,
        marker=one.marker,
        markersize=5,
        markerfacecolor=one.colour if is_all else "white",
        markeredgecolor="white" if is_all else one.colour,
        markeredgewidth=0.6 if is_all else 1.1,
    )


def _axes(ax: Axes, result: Any, numbers: list[int], width: str) -> None:
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    label_y(
        ax, f"{outcome} on {clean(result.scale)}, % ({level(result.conf_level)})", HEIGHTS[width]
    )
    ax.set_xlabel("Infusion")
    ax.set_xticks(numbers, [str(k) for k in numbers])
    ax.set_xlim(min(numbers) - 0.6, max(numbers) + 0.6)
    ax.set_ylim(0, 103)
    ax.spines["left"].set_bounds(0, 100)
    ax.set_yticks(range(0, 101, 20))
    sober(ax)


def _header(result: Any) -> str:
    is_observed = "observed" in result.table["missing"]
    return "Scored after it / began" if is_observed else "Received it / began"


def _counts(keyed: pl.DataFrame, names: list[str], numbers: list[int]) -> list[Row]:
    """Return how many of those who began have a share of the received, by infusion."""
    rows = []
    for place, name in enumerate(names):
        own = keyed.filter(pl.col("place") == str(place))
        n = {(row["infusion"], row["denominator"]): row["n"] for row in own.iter_rows(named=True)}
        cells = [
            f"{n[k, 'received']}/{n[k, 'began']}" if (k, "began") in n else "" for k in numbers
        ]
        rows.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return rows


def _legend(ax: Axes, names: list[str]) -> None:
    from matplotlib.lines import Line2D

    extra = []
    for name, words in WORDS.items():
        is_all = name == "began"
        line = Line2D(
            [],
            [],
            color=INK,
            linestyle=LINES[name],
            linewidth=1.3,
            marker="o",
            markersize=5,
            markerfacecolor=INK if is_all else "white",
            markeredgecolor="white" if is_all else INK,
        )
        line.set_label(words)
        extra.append(line)
    if len(names) > 1:
        legend_above(ax, names, "point", extra)
        return
    settle(ax.figure.figure)
    room = ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
    needed = sum(text_width(words) + 5.5 * TEXT for words in WORDS.values())
    ax.legend(
        extra,
        list(WORDS.values()),
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.2,
        ncols=2 if needed <= room else 1,
        handlelength=2.4,
        frameon=False,
    )


def _caption(result: Any) -> str:
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    method = INTERVALS.get(result.table["method"][0], result.table["method"][0])
    handling = result.table.filter(pl.col("denominator") == "received")["missing"][0]
    began = result.table.filter(pl.col("denominator") == "began")
    who = among(names_of(began, result.by), counts_of(began, result.by))
    how = "and scored after it" if handling == "observed" else "no score counting as failure"
    return caption_of(
        result,
        f"{outcome} on {clean(result.scale)} by infusion, of all who began and of those who "
        f"received the infusion ({how}), {who}, with {100 * result.conf_level:g} % {method} "
        "confidence intervals",
        "who receives many infusions is selected",
    )


def _alt(result: Any, keyed: pl.DataFrame, names: list[str], numbers: list[int]) -> str:
    parts = []
    for k in dict.fromkeys((numbers[0], numbers[-1])):
        for name, words in WORDS.items():
            chosen = (pl.col("infusion") == k) & (pl.col("denominator") == name)
            found = [
                said(names[int(row["place"])], rate_words(row, result.conf_level), names)
                for row in keyed.filter(chosen).iter_rows(named=True)
            ]
            parts.append(f"After infusion {k}, {words}: {'; '.join(found)}.")
    return (
        f"Line chart of {result.outcome} on {clean(result.scale)} after {len(numbers)} infusions, "
        f"over two denominators. {' '.join(parts)}"
    )
