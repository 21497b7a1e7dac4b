"""Proportions from counts: shares as points with intervals, differences by stratum and common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import LINE as LEADING
from ketanalysis.figures.layout import POINTS, canvas, finish, hold_height, text_width
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, SMALL, TEXT, clean, look, sober, wrap
from ketanalysis.figures.words import INTERVALS, among, caption_of, rate_words
from ketanalysis.glossary import method_words
from ketanalysis.rounding import percent
from ketanalysis.tables.proportions import rates_of
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 0.26  # inches a line
LABEL_WIDTH = {"one": 16, "two": 36}
NOTHING = "not estimable"
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
WORDS: dict[str, Any] = {
    "ha": "center",
    "va": "center",
    "fontsize": SMALL,
    "color": GREY,
    "bbox": WHITE,
}
SMALLEST, LARGEST = 4.0, 8.5  # points: squares of strata, by their weight


@figure_of("proportion")
def proportion(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw each proportion as a point with its interval, from 0 to 100 %.

    Parameters
    ----------
    result
        A result of `estimate_proportion`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` is the table.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.estimate_proportion(17, 31).plot().axes[0].get_xlabel()
    'Subjects, % (95 % CI)'
    """
    table = result.table
    figure, axes = canvas(ax, width, 2)
    sizes = [6.0] * table.height
    _draw(axes, table, sizes, ["point"] * table.height)
    axes.set_xlim(0, 100)
    dot_axes(axes, table["group"].to_list(), width, f"Subjects, % ({level(result.conf_level)})")
    counts_beside(axes, [f"{row['count']}/{row['n']}" for row in table.iter_rows(named=True)])
    if ax is None:
        hold_height(figure, axes, lines_height(table["group"].to_list(), width))
    method = INTERVALS.get(table["method"][0], table["method"][0])
    names = table["group"].to_list()
    words = [
        f"{clean(row['group'])}: {rate_words(row, result.conf_level)}"
        for row in table.iter_rows(named=True)
    ]
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Proportions {among(names, [(n, n) for n in table['n']])} with "
            f"{100 * result.conf_level:g} % {method} confidence intervals",
        ),
        alt=f"Dot plot of {table.height} proportions. {'; '.join(words)}.",
        data=table,
        is_simulated=result.simulated,
    )


@figure_of("proportions")
def proportions(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the risk difference: of every stratum a square, below them the common one.

    Parameters
    ----------
    result
        A result of `compare_proportions`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds label, estimate, conf_low,
        conf_high (proportions) and weight of each line.

    Notes
    -----
    Missing values: a stratum without subjects in one of the groups has its counts and no mark.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.compare_proportions(12, 16, 5, 15).plot().axes[0].get_xlabel()
    'Risk difference, percentage points (95 % CI)'
    """
    drawn = _lines(result)
    figure, axes = canvas(ax, width, 2)
    weights = [weight or 0.0 for weight in drawn["weight"]]
    most = max(weights[:-1], default=1.0) or 1.0
    sizes = [SMALLEST + (LARGEST - SMALLEST) * weight / most for weight in weights]
    sizes[-1] = LARGEST
    _draw(axes, drawn, sizes, ["square"] * (drawn.height - 1) + ["diamond"])
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0.8)
    dot_axes(axes, drawn["label"].to_list(), width, _difference_label(result))
    counts_beside(axes, drawn["text"].to_list())
    if drawn.height > 1:
        axes.axhline(drawn.height - 1.5, color=GREY, linewidth=0.6)
    if ax is None:
        hold_height(figure, axes, lines_height(drawn["label"].to_list(), width))
    return finish(
        figure,
        ax,
        caption=_caption(result, drawn),
        alt=_alt(result, drawn),
        data=drawn.drop("text"),
        is_simulated=result.simulated,
    )


def _lines(result: Any) -> pl.DataFrame:
    """Return one row a line: label, estimate, ends, weight, and the counts beside it."""
    first = result.table.row(0, named=True)
    rows = [
        {
            "label": row["stratum"],
            "estimate": row["estimate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
            "weight": row["weight"],
            "text": f"{row['count']}/{row['n']} v {row['count_reference']}/{row['n_reference']}",
        }
        for row in result.strata.iter_rows(named=True)
    ]
    counts = " v ".join(f"{c}/{n}" for c, n in result.groups.select("count", "n").iter_rows())
    label = "All strata" if rows else f"{result.group} minus {result.reference}"
    ends = {name: first[name] for name in ("estimate", "conf_low", "conf_high")}
    rows.append({"label": label, **ends, "weight": None, "text": counts})
    schema = {"label": pl.String, **dict.fromkeys([*ends, "weight"], pl.Float64), "text": pl.String}
    return pl.DataFrame(rows, schema=schema)


def _draw(ax: Axes, drawn: pl.DataFrame, sizes: list[float], marks: list[str]) -> None:
    markers = {"point": "o", "square": "s", "diamond": "D"}
    rows = zip(drawn.iter_rows(named=True), sizes, marks, strict=True)
    for line, (row, size, mark) in enumerate(rows):
        if row["estimate"] is None:
            middle = (0.5, line)
            ax.text(*middle, NOTHING, transform=ax.get_yaxis_transform(), **WORDS)
            continue
        one = look(1 if mark == "diamond" else 0)
        if row["conf_low"] is not None:
            ends = [100 * row["conf_low"], 100 * row["conf_high"]]
            ax.plot(ends, [line, line], color=one.colour, linewidth=1.2, solid_capstyle="butt")
        ax.plot(
            [100 * row["estimate"]],
            [line],
            marker=markers[mark],
            markersize=size,
            color=one.colour,
            markeredgecolor="white",
            markeredgewidth=0.5,
            linestyle="none",
            clip_on=False,
            zorder=3,
        )


def dot_axes(ax: Axes, labels: list[str], width: str, title: str) -> None:
    """Set the axes of a line a label, the first on top."""
    ax.set_ylim(len(labels) - 0.4, -0.6)
    wrapped = [wrap(label, LABEL_WIDTH[width]) for label in labels]
    ax.set_yticks(range(len(labels)), wrapped, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(title, parse_math=False)
    ax.set_ylabel("")
    sober(ax, "x")


def lines_height(labels: list[str], width: str) -> float:
    """Return the height of a line a label, in inches."""
    deepest = max(wrap(label, LABEL_WIDTH[width]).count("\n") for label in labels)
    return (LINE + deepest * TEXT * LEADING / POINTS) * (len(labels) + 0.6)


def counts_beside(ax: Axes, texts: list[str]) -> None:
    """Write counts in a column right of the Axes, each at its line."""
    right = 8 + max(text_width(text, SMALL) for text in texts)
    for line, text in enumerate(texts):
        ax.annotate(
            text,
            (1, line),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=SMALL,
            annotation_clip=False,
        )


def _difference_label(result: Any) -> str:
    return f"Risk difference, percentage points ({level(result.conf_level)})"


def _caption(result: Any, drawn: pl.DataFrame) -> str:
    how = method_words(result.table["method"][0])
    strata = (
        f"squares: {drawn.height - 1} strata, the larger the heavier, with Miettinen-Nurminen "
        "intervals; diamond: the common difference"
        if drawn.height > 1
        else ""
    )
    n, n_reference = result.groups["n"]
    minus = f"{clean(result.group)} (n = {n}) minus {clean(result.reference)} (n = {n_reference})"
    return caption_of(
        result,
        f"Risk difference, {minus}, with {100 * result.conf_level:g} % confidence interval ({how})",
        strata,
    )


def _alt(result: Any, drawn: pl.DataFrame) -> str:
    row = drawn.row(-1, named=True)
    if row["estimate"] is None:
        return f"Risk difference of {clean(rates_of(result))}: not estimable."
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    strata = f" Above it a line for each of {drawn.height - 1} strata." if drawn.height > 1 else ""
    return (
        f"Risk difference of {clean(rates_of(result))}: {percent(row['estimate'])} percentage "
        f"points ({level(result.conf_level)} {ends}).{strata}"
    )
