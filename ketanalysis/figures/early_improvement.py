"""Early improvement by the outcome at the end: four cells a group, and what they amount to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.cells import draw_cells, write_cells
from ketanalysis.figures.layout import finish, hold_height, settle
from ketanalysis.figures.panels import head, is_left, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import SMALL, clean, look, names_of, with_place
from ketanalysis.figures.words import INTERVALS, among, caption_of, said
from ketanalysis.rounding import percent
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES = 1.1
MOST_COLUMNS = {"one": 1, "two": 3}
SHOWN = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "positive predictive value": "PPV",
    "negative predictive value": "NPV",
}
NOBODY = "\N{EN DASH}"


@figure_of("early improvement")
def early_improvement(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw early improvement by the outcome: subjects and row shares, accuracy below.

    Parameters
    ----------
    result
        A result of `estimate_early_improvement`.
    ax
        Axes to draw on, where there is one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the cells that are drawn.

    Raises
    ------
    ArgumentError
        When `ax` is given for several groups.

    Notes
    -----
    Of several handlings of missing scores the first is drawn. Missing values: a row without
    anybody has a dash in place of shares, and a measure that cannot be estimated too.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> half = ka.Response(at_least=0.5)
    >>> found = ka.estimate_early_improvement(
    ...     ka.load_example("ketamine"), "MADRS", half, "24 h", half, "Day 14", by="TRT01P",
    ...     missing="nri", early_missing="observed")
    >>> found.plot().ketanalysis_data["count"].to_list()[:2]
    [7, 1]
    """
    names = names_of(result.cells, result.by)
    first = pl.col("missing") == result.cells["missing"][0]
    cells, table = result.cells.filter(first), result.table.filter(first)
    figure, axes, deep = panels(ax, names, width, INCHES, MOST_COLUMNS.get(width))
    by_place = with_place(cells, result.by), with_place(table, result.by)
    counts = []
    for i, one in enumerate(axes):
        counts.append(_counts(cells.filter(by_place[0] == str(i))))
        _draw(one, counts[i], table.filter(by_place[1] == str(i)))
    settle(figure)
    if ax is None:
        for i, one in enumerate(axes):
            if len(names) > 1:
                head(one, names[i], look(i).ink)
        hold_height(figure, axes[0], INCHES, deep)
        settle(figure)
    for one, found in zip(axes, counts, strict=True):
        write_cells(one, _texts(found), np.nan_to_num(_shares(found)))
    return finish(
        figure,
        ax,
        caption=_caption(result, names, counts),
        alt=_alt(names, counts, table, by_place[1]),
        data=cells,
        is_simulated=result.simulated,
    )


def _counts(cells: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Return the subjects, (2, 2): improved early or not, by outcome met or not."""
    found = {(r["early"], r["responder"]): r["count"] for r in cells.iter_rows(named=True)}
    return np.array([[found[e, o] for o in (True, False)] for e in (True, False)], dtype=float)


def _shares(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    size = counts.sum(axis=1, keepdims=True)
    return np.where(size > 0, counts / np.maximum(size, 1), np.nan)


def _draw(ax: Axes, counts: np.ndarray[Any, Any], table: pl.DataFrame) -> None:
    draw_cells(ax, 100 * np.nan_to_num(_shares(counts)), 0.0, 100.0)
    ax.set_xticks([0.5, 1.5], ["Met at\nthe end", "Not met"], fontsize=SMALL)
    sizes = [int(size) for size in counts.sum(axis=1)]
    rows = ("Early sign", "No early sign") if is_left(ax) else ("", "")
    labels = [f"{row}\nn = {n}".strip() for row, n in zip(rows, sizes, strict=True)]
    ax.set_yticks([0.5, 1.5], labels, fontsize=SMALL)
    ax.set_xlabel("\n".join(_measures(table)), fontsize=SMALL, linespacing=1.3)


def _measures(table: pl.DataFrame) -> list[str]:
    """Return each share with its interval, a line each."""
    found = {row["measure"]: row for row in table.iter_rows(named=True)}
    return [f"{label} {_share(found[name])}" for name, label in SHOWN.items()]


def _share(row: dict[str, Any]) -> str:
    if row["estimate"] is None:
        return NOBODY
    low, high = percent(row["conf_low"]), percent(row["conf_high"])
    return f"{percent(row['estimate'])} % ({low} to {high})"


def _texts(counts: np.ndarray[Any, Any]) -> list[list[str]]:
    return [
        [NOBODY if np.isnan(share) else f"{int(n)}\n{percent(float(share))} %" for n, share in row]
        for row in np.stack([counts, _shares(counts)], axis=2)
    ]


def _caption(result: Any, names: list[str], counts: list[np.ndarray[Any, Any]]) -> str:
    sizes = [(int(one.sum()), int(one.sum())) for one in counts]
    method = result.table["method"].drop_nulls()
    kind = f", {INTERVALS.get(method[0], method[0])}" if method.len() else ""
    return caption_of(
        result,
        f"{_capital(clean(result.early_words))} (rows) by {clean(result.outcome)} on "
        f"{clean(result.scale)} (columns) {among(names, sizes)}: subjects and per cent of the "
        "row, darker for more",
        f"below, the measures with their {level(result.conf_level)}{kind}",
        f"missing scores: {result.cells['missing'][0]}",
        "PPV, NPV: positive and negative predictive value",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _alt(
    names: list[str], counts: list[np.ndarray[Any, Any]], table: pl.DataFrame, place: pl.Series
) -> str:
    parts = []
    for i, (name, one) in enumerate(zip(names, counts, strict=True)):
        (a, b), (c, d) = one.astype(int).tolist()
        measures = ", ".join(_measures(table.filter(place == str(i))))
        what = f"{a} of {a + b} with the early sign met the outcome, {c} of {c + d} without it"
        parts.append(said(clean(name), f"{what}; {measures}", names))
    return f"Four cells, early sign by outcome at the end. {'; '.join(parts)}."
