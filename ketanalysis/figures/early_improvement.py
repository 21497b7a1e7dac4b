"""An early sign against the end: the 2 x 2 table as shaded cells, its four shares beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import check_one_of
from ketanalysis.figures.cells import draw_cells, write_cells
from ketanalysis.figures.layout import finish, hold_height, label_y, settle, text_width
from ketanalysis.figures.panels import head, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    INK,
    SMALL,
    clean,
    look,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import INTERVALS, among, caption_of, rate_words, said
from ketanalysis.glossary import method_words
from ketanalysis.prediction.accuracy import SHARES
from ketanalysis.rounding import percent
from ketanalysis.tables.registry import level
from ketanalysis.tables.words import HANDLING_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES = {"one": 2.65, "two": 1.2}  # a panel: shares below the cells, or beside them
# Where the cells and the shares stand in a panel: left, bottom, width, height, of the panel.
PLACES = {
    "one": ((0.0, 0.64, 1.0, 0.36), (0.0, 0.0, 1.0, 0.39)),
    "two": ((0.0, 0.0, 0.36, 1.0), (0.64, 0.0, 0.36, 1.0)),
}
CELLS_HIGH = {"one": 0.95, "two": 1.2}  # inches
SIGNS = {"one": 34, "two": 30}  # of a line under the cells
LABEL_SIGNS = 18
YES_NO = (True, False)


@figure_of("early improvement")
def early_improvement(
    result: Any, ax: Axes | None = None, *, width: str = "two", missing: str | None = None
) -> Figure:
    """Draw who improved early by who had the outcome, and how well the one foretells the other.

    A panel a group: counts and per cent of the row, darker for more; beside them sensitivity,
    specificity and the predictive values with their intervals.

    Parameters
    ----------
    result
        A result of `estimate_early_improvement`.
    ax
        Axes to draw on, where there is one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches: the shares stand below the cells).
    missing
        The handling that is drawn; without it the first, which is the primary one. The caption
        says which.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the cells that are drawn, and
        below them the rows of the table.

    Raises
    ------
    ArgumentError
        When `missing` is no handling of the result, or `ax` is given for several groups.

    Notes
    -----
    Missing values: a share of nobody has no point and the words "not estimable"; a row of the
    2 x 2 table in which nobody is has dashes.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> half = ka.Response(at_least=0.5)
    >>> found = ka.estimate_early_improvement(
    ...     ka.load_example("ketamine"), "MADRS", half, "24 h", half, "Day 14", by="TRT01P",
    ...     missing="nri", early_missing="observed")
    >>> found.plot().ketanalysis_data["count"].to_list()[:4]
    [7, 1, 6, 34]
    """
    cells, shares, handling = _chosen(result, missing)
    names = names_of(cells, result.by)
    figure, axes, deep = panels(ax, names, width, INCHES[width], 1)
    settle(figure)
    of_cells, of_shares = with_place(cells, result.by), with_place(shares, result.by)
    for i, one in enumerate(axes):
        left, right = _places(one, width)
        _draw_cells(left, result, cells.filter(of_cells == str(i)), width)
        _draw_shares(right, result, shares.filter(of_shares == str(i)), i, width)
        if ax is None and names != ["All"]:
            head(one, names[i], look(i).ink)
    if ax is None:
        hold_height(figure, axes[0], INCHES[width], deep)
    return finish(
        figure,
        ax,
        caption=_caption(result, names, cells, shares, handling),
        alt=_alt(result, names, cells, shares),
        data=pl.concat([cells, shares], how="diagonal"),
        is_simulated=result.simulated,
    )


def _chosen(result: Any, missing: str | None) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Return the cells and the four shares of one handling, and its name."""
    handlings = result.table["missing"].unique(maintain_order=True).to_list()
    if missing is not None:
        check_one_of("missing", missing, tuple(handlings))
    drawn = pl.col("missing") == (missing or handlings[0])
    shares = result.table.filter(drawn & pl.col("measure").is_in(SHARES))
    return result.cells.filter(drawn), shares, missing or handlings[0]


def _places(ax: Axes, width: str) -> tuple[Axes, Axes]:
    """Return the Axes of the cells and those of the shares, inside one panel without lines."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.patch.set_visible(False)
    left, right = (ax.inset_axes(place) for place in PLACES[width])
    return left, right


def _counts(own: pl.DataFrame) -> NDArray[np.int64]:
    """Return the 2 x 2 counts: improved early yes and no, by outcome yes and no; (2, 2)."""
    found = {(r["early"], r["responder"]): r["count"] for r in own.iter_rows(named=True)}
    return np.array([[found[early, late] for late in YES_NO] for early in YES_NO])


def _draw_cells(ax: Axes, result: Any, own: pl.DataFrame, width: str) -> None:
    counts = _counts(own)
    rows = counts.sum(axis=1)
    shares = counts / np.maximum(rows, 1)[:, None]  # a row of nobody is light
    draw_cells(ax, 100 * shares, 0.0, 100.0)
    texts = [
        [_cell(int(count), int(n)) for count in row] for row, n in zip(counts, rows, strict=True)
    ]
    write_cells(ax, texts, shares)
    for axis, sizes in ((ax.xaxis, counts.sum(axis=0)), (ax.yaxis, rows)):
        labels = [f"{word}\nn = {n}" for word, n in zip(("yes", "no"), sizes, strict=True)]
        axis.set_ticks([0.5, 1.5], labels, parse_math=False, fontsize=SMALL)
    ax.set_xlabel(wrap(_capital(result.outcome), SIGNS[width]), parse_math=False)
    label_y(ax, _capital(result.early_words), CELLS_HIGH[width])


def _cell(count: int, n: int) -> str:
    return f"{count}\n{percent(count / n)} %" if n else "\N{EN DASH}"


def _draw_shares(ax: Axes, result: Any, own: pl.DataFrame, place: int, width: str) -> None:
    one = look(place)
    rows = own.to_dicts()
    for y, row in enumerate(rows):
        if row["estimate"] is not None:
            ends = 100 * row["conf_low"], 100 * row["conf_high"]
            ax.hlines(y, *ends, color=one.colour, linewidth=1.4, clip_on=False)
            ax.plot(
                100 * row["estimate"],
                y,
                marker=one.marker,
                color=one.colour,
                markersize=5.5,
                markeredgecolor="white",
                markeredgewidth=0.6,
                linestyle="none",
                clip_on=False,
                zorder=3,
            )
    ax.set_xlim(0, 100)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    labels = [wrap(_capital(row["measure"]), LABEL_SIGNS) for row in rows]
    ax.set_yticks(range(len(rows)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"%, {level(result.conf_level)}", parse_math=False)
    sober(ax, "x")
    ax.tick_params(labelsize=SMALL)
    _write_numbers(ax, rows, width)


def _write_numbers(ax: Axes, rows: list[dict[str, Any]], width: str) -> None:
    """Write count, share and interval of each row right of the Axes, in one column."""
    texts = [_numbers(row, "\n" if width == "one" else "  ") for row in rows]
    right = 9 + max(text_width(text, SMALL) for text in texts)
    for y, text in enumerate(texts):
        ax.annotate(
            text,
            (1, y),
            xytext=(right, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=SMALL,
            color=INK,
            linespacing=1.05,
            annotation_clip=False,
        )


def _numbers(row: dict[str, Any], between: str) -> str:
    if row["estimate"] is None:
        return f"0/0{between}not estimable"
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return f"{row['count']}/{row['n']}{between}{percent(row['estimate'])} ({ends})"


def _capital(words: str) -> str:
    line = clean(words)
    return line[:1].upper() + line[1:]


def _caption(
    result: Any, names: list[str], cells: pl.DataFrame, shares: pl.DataFrame, handling: str
) -> str:
    sizes = [int(one["count"].sum()) for one in _per_group(result, cells)]
    lacking = shares["estimate"].null_count()
    how = shares["method"][0]
    return caption_of(
        result,
        f"{_capital(result.early_words)} (rows) and {clean(result.outcome)} (columns) on "
        f"{clean(result.scale)} {among(names, [(n, n) for n in sizes])}: subjects and per cent of "
        "the row, darker for more; sensitivity, specificity and predictive values with "
        f"{100 * result.conf_level:g} % {INTERVALS.get(how, method_words(how))} confidence "
        "intervals",
        f"missing scores: {HANDLING_NAMES.get(handling, handling)}",
        f"not estimable: {lacking} of {shares.height}" if lacking else "",
    )


def _per_group(result: Any, rows: pl.DataFrame) -> list[pl.DataFrame]:
    place = with_place(rows, result.by).rename("_place")
    keyed = rows.with_columns(place)
    return keyed.partition_by("_place", maintain_order=True)


def _alt(result: Any, names: list[str], cells: pl.DataFrame, shares: pl.DataFrame) -> str:
    groups = zip(names, _per_group(result, cells), _per_group(result, shares), strict=True)
    parts = [said(name, _told(result, own, rows), names) for name, own, rows in groups]
    text = " ".join(f"{_capital(part) if names == ['All'] else part}." for part in parts)
    return (
        f"Table of four cells of {clean(result.early_words)} by {clean(result.outcome)}, with "
        f"points of four shares. {text}"
    )


def _told(result: Any, own: pl.DataFrame, rows: pl.DataFrame) -> str:
    (both, early), (late, _) = _counts(own).tolist()
    n_without = int(_counts(own)[1].sum())
    measures = [
        f"{row['measure']} "
        + ("not estimable" if row["estimate"] is None else rate_words(row, result.conf_level))
        for row in rows.iter_rows(named=True)
    ]
    return (
        f"of {both + early} with the early sign {both} had the outcome, of {n_without} without it "
        f"{late}; {', '.join(measures)}"
    )
