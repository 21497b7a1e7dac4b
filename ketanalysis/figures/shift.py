"""Shifts of severity as a table of cells: darker is a larger share of the band at baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.cells import draw_cells, shades_of, write_cells
from ketanalysis.figures.layout import finish, hold_height, settle
from ketanalysis.figures.panels import head, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GREY,
    INK,
    SMALL,
    TEXT,
    clean,
    look,
    names_of,
    with_place,
    wrap,
)
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = {"one": 0.34, "two": 0.36}  # inches
MOST_COLUMNS = {"one": 1, "two": 2}
GAP = 0.18  # before the column of the missing, in columns
MISSING = "missing"


@figure_of("shift")
def shift(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw band at baseline by band at the visit: counts and row shares, darker for more.

    Parameters
    ----------
    result
        A result of `estimate_shift`.
    ax
        Axes to draw on, where there is one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `ax` is given for several groups.

    Notes
    -----
    Missing values: the missing stand in a column of their own, and so, where there are any, in
    a row. Bands in which nobody was at baseline, in no group, have no row.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> shift = ka.estimate_shift(
    ...     ka.load_example("ketamine"), "MADRS", visit="Day 14", missing="observed")
    >>> shift.plot().ketanalysis_data["baseline_band"].unique().to_list()
    ['moderate', 'severe']
    """
    names = names_of(result.table, result.by)
    data = _drawn(result)
    bands = data["baseline_band"].unique(maintain_order=True).cast(pl.String).to_list()
    inches = ROW[width] * len(bands)
    figure, axes, deep = panels(ax, names, width, inches, MOST_COLUMNS.get(width))
    place = with_place(data, result.by)
    for i, one in enumerate(axes):
        _draw(one, result, data.filter(place == str(i)), bands)
    settle(figure)
    if ax is None:
        for i, one in enumerate(axes):
            if len(names) > 1:
                head(one, names[i], look(i).ink)
        hold_height(figure, axes[0], inches, deep)
        settle(figure)
    for i, one in enumerate(axes):
        _write(one, result, data.filter(place == str(i)), bands)
    return finish(
        figure,
        ax,
        caption=_caption(result, names, bands),
        alt=_alt(result, names),
        data=data,
        is_simulated=result.simulated,
    )


def _drawn(result: Any) -> pl.DataFrame:
    """Return the rows of bands in which anybody was at baseline, in the order of the table."""
    held = result.table.filter(pl.col("n") > 0)["baseline_band"].unique()
    drawn: pl.DataFrame = result.table.filter(pl.col("baseline_band").is_in(held.implode()))
    return drawn


def _matrix(own: pl.DataFrame, bands: list[str], column: str) -> np.ndarray[Any, Any]:
    values = own[column].cast(pl.Float64).to_numpy()
    return np.asarray(values).reshape(len(bands), -1)


def _edges(result: Any) -> list[float]:
    k = len(result.bands)
    return [*map(float, range(k + 1)), k + GAP, k + 1 + GAP]


def _draw(ax: Axes, result: Any, own: pl.DataFrame, bands: list[str]) -> None:
    shares = 100 * _matrix(own, bands, "estimate")
    n = _matrix(own, bands, "n")[:, 0]
    shares[n == 0] = 0.0  # a band without anybody is light, not hatched
    k = len(result.bands)
    with_gap = np.insert(shares, k, 0.0, axis=1)
    mesh = draw_cells(ax, with_gap, 0.0, 100.0, _edges(result))
    mesh.set_zorder(1)
    _cover_gap(ax, k, len(bands))
    _same(ax, result, bands)
    labels = [wrap(band, 11) for band in (*result.bands, MISSING)]
    edges = _edges(result)
    middles = [*(i + 0.5 for i in range(k)), (edges[-2] + edges[-1]) / 2]
    ax.set_xticks(middles, labels, parse_math=False, fontsize=SMALL)
    ax.set_yticks(
        np.arange(len(bands)) + 0.5,
        [f"{wrap(band, 12)}\nn = {int(size)}" for band, size in zip(bands, n, strict=True)],
        parse_math=False,
        fontsize=SMALL,
    )
    ax.set_xlabel(wrap(f"{result.scale} at {result.visit}", 32), fontsize=TEXT, parse_math=False)
    ax.annotate(
        "At baseline",
        (0, 1),
        xycoords="axes fraction",
        xytext=(-4, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=GREY,
        annotation_clip=False,
    )


def _cover_gap(ax: Axes, k: int, n_rows: int) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((k, 0), GAP, n_rows, facecolor="white", linewidth=0, zorder=1.5))


def _same(ax: Axes, result: Any, bands: list[str]) -> None:
    """Frame the cells of those who stayed in their band."""
    from matplotlib.patches import Rectangle

    for i, band in enumerate(bands):
        if band in result.bands:
            j = result.bands.index(band)
            ax.add_patch(
                Rectangle((j, i), 1, 1, fill=False, edgecolor=INK, linewidth=1.1, zorder=3)
            )


def _write(ax: Axes, result: Any, own: pl.DataFrame, bands: list[str]) -> None:
    shares, counts = _matrix(own, bands, "estimate"), _matrix(own, bands, "count")
    texts = [
        [_cell(int(c), s) for c, s in zip(row, share, strict=True)]
        for row, share in zip(counts, shares, strict=True)
    ]
    k = len(result.bands)
    shades = np.insert(shades_of(np.nan_to_num(shares), 0.0, 1.0), k, 0.0, axis=1)
    with_gap = [[*row[:k], "", *row[k:]] for row in texts]
    write_cells(ax, with_gap, shades, _edges(result))


def _cell(count: int, share: float) -> str:
    if np.isnan(share):
        return "\N{EN DASH}"
    return f"{count}\n{percent(float(share))} %" if count else "0"


def _caption(result: Any, names: list[str], bands: list[str]) -> str:
    sizes = [int(one["n"].sum()) for one in _per_group(result)]
    absent = [band for band in (*result.bands, MISSING) if band not in bands]
    return caption_of(
        result,
        f"{clean(result.scale)} severity at baseline (rows) and at {clean(result.visit)} (columns) "
        f"{among(names, [(n, n) for n in sizes])}: subjects and per cent of the row, darker for "
        "more, framed where the band is the same",
        f"missing scores: {result.missing}",
        clean(result.source).rstrip("."),
        f"nobody at baseline: {joined(absent)}" if absent else "",
    )


def _per_group(result: Any) -> list[pl.DataFrame]:
    """Return, a group, one row a band at baseline with its size."""
    keyed = result.table.with_columns(_place=with_place(result.table, result.by))
    once = keyed.unique(["_place", "baseline_band"], keep="first", maintain_order=True)
    return list(once.partition_by("_place", maintain_order=True))


def _alt(result: Any, names: list[str]) -> str:
    keyed = result.moves.with_columns(_place=with_place(result.moves, result.by))
    parts = []
    for name, own in zip(names, keyed.partition_by("_place", maintain_order=True), strict=True):
        moves = [f"{row['move']} {row['count']} of {row['n']}" for row in own.iter_rows(named=True)]
        parts.append(f"{said(name, ', '.join(moves), names)}.")
    text = " ".join(part[:1].upper() + part[1:] if names == ["All"] else part for part in parts)
    return (
        f"Table of cells of {clean(result.scale)} severity at baseline by severity at "
        f"{clean(result.visit)}. {text}"
    )
