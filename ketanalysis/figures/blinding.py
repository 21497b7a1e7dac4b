"""Blinding: Bang's index of each arm as a point with its interval, and the answers as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, text_width
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, INK, SMALL, clean, look, sober, wrap
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BANG, JAMES = "Bang's index", "James' index"
LABEL_WIDTH = {"one": 18, "two": 34}
TICKS = {
    "one": {-1.0: "−1\nall\nwrong", 0.0: "0\nchance", 1.0: "1\nall\nright"},
    "two": {-1.0: "−1\nall wrong", -0.5: "−0.5", 0.0: "0\nchance", 0.5: "0.5", 1.0: "1\nall right"},
}
BETWEEN, ROW = 0.34, 0.36  # of a row between guesses; inches a row


@figure_of("blinding")
def blinding(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw Bang's index of each arm between "all guess wrong" (-1) and "all guess right" (1).

    Right of each arm stand how many guessed right, wrong, and did not know.

    Parameters
    ----------
    result
        A result of `estimate_blinding`.
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
    Missing values: an arm in which nobody answered has its line and no point.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> table = {"ARM": ["drug"] * 3 + ["placebo"] * 3, "N": [9, 2, 5, 3, 6, 6],
    ...          "GUESS": ["drug", "placebo", "don't know"] * 2}
    >>> blind = ka.estimate_blinding(table, "GUESS", "ARM", dont_know="don't know", count="N")
    >>> blind.plot().axes[0].get_xlabel()
    "Bang's index (95 % CI)"
    """
    rows = result.table.filter(pl.col("measure") == BANG)
    figure, axes = canvas(ax, width, 3)
    labels = [wrap(_label(row, result), LABEL_WIDTH[width]) for row in rows.to_dicts()]
    places = _places(rows, result)
    _axes(axes, labels, places, result, width)
    _points(axes, rows, places, result)
    _counts(axes, rows, places)
    if ax is None:
        lines = sum(label.count("\n") for label in labels)
        hold_height(figure, axes, ROW * (places[-1] + 1) + 0.12 * lines)
    return finish(
        figure,
        ax,
        caption=_caption(result, rows),
        alt=_alt(result, rows),
        data=result.table,
        is_simulated=result.simulated,
    )


def _label(row: dict[str, Any], result: Any) -> str:
    return f"{row['group']}, {row['guess']}" if len(result.guesses) > 1 else str(row["group"])


def _places(rows: pl.DataFrame, result: Any) -> list[float]:
    """Return the line of each row; a gap stands between the guesses."""
    guess = [result.guesses.index(name) for name in rows["guess"]]
    return [line + BETWEEN * place for line, place in enumerate(guess)]


def _axes(ax: Axes, labels: list[str], places: list[float], result: Any, width: str) -> None:
    ax.set_xlim(-1, 1)
    ax.set_xticks(list(TICKS[width]), list(TICKS[width].values()), parse_math=False)
    ax.set_ylim(places[-1] + 0.6, -0.6)
    ax.set_yticks(places, labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"Bang's index ({level(result.conf_level)})", parse_math=False)
    sober(ax, "x")
    ax.axvline(0, color=GREY, linewidth=0.9, zorder=1)


def _points(ax: Axes, rows: pl.DataFrame, places: list[float], result: Any) -> None:
    for row, y in zip(rows.to_dicts(), places, strict=True):
        one = look(result.arms.index(row["group"]))
        if row["conf_low"] is not None:
            ax.hlines(y, row["conf_low"], row["conf_high"], color=one.colour, linewidth=1.4)
        if row["estimate"] is not None:
            ax.plot(
                row["estimate"],
                y,
                marker=one.marker,
                color=one.colour,
                markersize=6.5,
                markeredgecolor="white",
                markeredgewidth=0.6,
                linestyle="none",
                clip_on=False,
                zorder=3,
            )


def _counts(ax: Axes, rows: pl.DataFrame, places: list[float]) -> None:
    """Write right / wrong / don't know in three columns right of the Axes."""
    heads = ("right", "wrong", "don't\nknow")
    cells = [[str(row[k]) for k in ("n_right", "n_wrong", "n_unsure")] for row in rows.to_dicts()]
    right = 10.0
    for place, head in enumerate(heads):
        column = [line[place] for line in cells]
        right += max(text_width(text, SMALL) for text in (head, *column)) + 6
        options: dict[str, Any] = {
            "textcoords": "offset points",
            "fontsize": SMALL,
            "ha": "right",
            "annotation_clip": False,
        }
        ax.annotate(
            head,
            (1, 1),
            xytext=(right, 3),
            xycoords="axes fraction",
            va="bottom",
            color=GREY,
            **options,
        )
        for text, y in zip(column, places, strict=True):
            ax.annotate(
                text,
                (1, y),
                xytext=(right, 0),
                xycoords=("axes fraction", "data"),
                va="center",
                color=INK,
                **options,
            )


def _caption(result: Any, rows: pl.DataFrame) -> str:
    counts = [f"{clean(_label(row, result))} (n = {row['n']})" for row in rows.to_dicts()]
    how = "score" if rows["method"][0] == "score" else "Wald"
    several = len(result.guesses) > 1
    james = [
        f"James' index {_shown(row)}" + (f", {clean(row['guess'])}" if several else "")
        for row in result.table.filter(pl.col("measure") == JAMES).to_dicts()
    ]
    return caption_of(
        result,
        f"Bang's blinding index in {joined(counts)} with {100 * result.conf_level:g} % {how} "
        "confidence intervals",
        *james,
    )


def _shown(row: dict[str, Any]) -> str:
    ends = (
        f" ({interval(row['conf_low'], row['conf_high'], 2)})"
        if row["conf_low"] is not None
        else ""
    )
    return f"{number(row['estimate'], 2)}{ends}"


def _alt(result: Any, rows: pl.DataFrame) -> str:
    parts = [
        f"{clean(_label(row, result))}: {_shown(row)}; {row['n_right']} right, "
        f"{row['n_wrong']} wrong, {row['n_unsure']} do not know."
        for row in rows.to_dicts()[:6]
    ]
    return f"Dot plot of Bang's index on a scale from -1 to 1, a line an arm. {' '.join(parts)}"
