"""Heat maps of several scales: means or medians by group, or every subject, with the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.cells import draw_cells, shades_of, write_cells
from ketanalysis.figures.layout import canvas, finish, hold_height, settle
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, SMALL, TEXT, clean, names_of, with_place, wrap
from ketanalysis.figures.words import caption_of, joined, scale_words
from ketanalysis.profile import spread
from ketanalysis.rounding import number
from ketanalysis.tables.registry import group_label, heading_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
STATISTICS = ("mean", "median")
ROW = 0.24  # inches a scale
FEWEST_ROWS = 4  # below that the numbers in the cells say enough
LABEL = {"one": 19, "two": 34}


class Matrix(NamedTuple):
    """What is drawn: scales in rows, groups in columns; values and n, both (scales, groups)."""

    scales: list[str]
    groups: list[str]
    values: Floats
    n: NDArray[np.int64]


@figure_of("profile", "heatmap")
@figure_of("profile")
def profile(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    statistic: str = "mean",
    limits: tuple[float, float] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw means or medians of several scales by group, darker for more, with the numbers.

    Parameters
    ----------
    result
        A result of `estimate_profile`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    statistic
        "mean" or "median".
    limits
        The values of the lightest and the darkest cell; without them 0, or the lowest value
        where one is below, and the highest value.
    labels
        Scale → the words for it; without it the registry's name of a subscale, or PARAMCD.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds one row a cell: outcome,
        group, the statistic and n.

    Raises
    ------
    ArgumentError
        When `statistic` or `limits` are none of these.

    Notes
    -----
    Missing values: a scale on which nobody of a group was scored is hatched.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> profile = ka.estimate_profile(
    ...     ka.load_example("ketamine"), ["ASC_ANX"], by="TRT01P", visit="4 h")
    >>> profile.plot().ketanalysis_data["n"].to_list()
    [48, 47]
    """
    check_one_of("statistic", statistic, STATISTICS)
    names = names_of(result.table, result.by)
    whole = Matrix(
        list(result.scales),
        names,
        _pivot(result.table, with_place(result.table, result.by), statistic, result.scales),
        _pivot(result.table, with_place(result.table, result.by), "n", result.scales).astype(int),
    )
    title = f"at {clean(result.visit)}"
    return _plotted(result, ax, whole, width, statistic, limits, labels, title)


@figure_of("comparison", "heatmap")
@figure_of("responders", "heatmap")
def compared(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    statistic: str = "mean",
    limits: tuple[float, float] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw means or medians of the outcomes of a comparison, of both groups side by side.

    Parameters
    ----------
    result
        A result of `compare_groups` or `compare_responders`, of several outcomes.
    ax, width, statistic, limits, labels
        As in `profile`.

    Returns
    -------
    matplotlib.figure.Figure
        As `profile`.

    Notes
    -----
    The values are those of the primary analysis (of its handling of missing response scores).

    Examples
    --------
    >>> import polars as pl, ketanalysis as ka
    >>> frame = pl.DataFrame({"g": ["a", "a", "b", "b"], "x": [1, 2, 3, 5], "y": [4, 2, 3, 1]})
    >>> result = ka.compare_groups(frame, ["x", "y"], "g", reference="a", p_adjust="holm")
    >>> result.plot(kind="heatmap", statistic="median").ketanalysis_data["median"].to_list()
    [1.5, 4.0, 3.0, 2.0]
    """
    check_one_of("statistic", statistic, STATISTICS)
    data = result.data
    if "missing" in data.columns:
        data = data.filter(pl.col("missing") == _primary(result)["missing"][0])
    by = list(result.by) if result.kind == "responders" else []
    sides = (result.reference, result.group)
    keys = list(dict.fromkeys(group_label(r, by) for r in _primary(result).to_dicts()))
    scales = list(dict.fromkeys(map(str, _primary(result)["outcome"])))
    label = pl.Series([group_label(r, by) for r in data.iter_rows(named=True)], dtype=pl.String)
    columns = [(key, side) for key in keys for side in sides]
    cells = [
        [_of(data, label, scale, key, side, statistic) for key, side in columns] for scale in scales
    ]
    groups = [side if key == "All" else f"{key}, {side}" for key, side in columns]
    whole = Matrix(
        scales,
        groups,
        np.array([[value for value, _ in row] for row in cells], dtype=float),
        np.array([[n for _, n in row] for row in cells], dtype=np.int64),
    )
    return _plotted(result, ax, whole, width, statistic, limits, labels, "")


def _primary(result: Any) -> pl.DataFrame:
    primary: pl.DataFrame = result.table.filter(pl.col("role") == "primary")
    return primary


def _of(
    data: pl.DataFrame, label: pl.Series, scale: str, key: str, side: str, statistic: str
) -> tuple[float, int]:
    is_own = (
        (data["outcome"].cast(pl.String) == scale)
        & (data["group"].cast(pl.String) == side)
        & (label == key)
    )
    values = data.filter(is_own)["value"].to_numpy()
    found = spread(values)[statistic]
    return float("nan") if found is None else found, values.size


def _pivot(table: pl.DataFrame, place: pl.Series, column: str, scales: Sequence[str]) -> Floats:
    """Return a column as scales by groups."""
    n_groups = place.n_unique()
    values = np.full((len(scales), n_groups), np.nan)
    for at, scale, value in zip(
        place, table["outcome"].cast(pl.String), table[column], strict=True
    ):
        values[list(scales).index(scale), int(at)] = np.nan if value is None else value
    return values


def _plotted(
    result: Any,
    ax: Axes | None,
    whole: Matrix,
    width: str,
    statistic: str,
    limits: tuple[float, float] | None,
    labels: Mapping[str, str] | None,
    title: str,
) -> Figure:
    low, high = limits_of(whole.values, limits)
    figure, axes = canvas(ax, width, 4)
    mesh = draw_cells(axes, whole.values, low, high)
    is_same = bool((whole.n == whole.n[:1]).all())
    heads = [
        _head(name, whole.n[:, j], width, len(whole.groups)) for j, name in enumerate(whole.groups)
    ]
    _label(axes, [scale_words(s, labels) for s in whole.scales], heads, width)
    if title:
        words = wrap(f"{statistic.capitalize()} {title}", 30 if width == "one" else 80)
        axes.set_xlabel(words, fontsize=TEXT, parse_math=False)
    bar_beside(figure, axes, mesh, statistic.capitalize())
    if ax is None:
        hold_height(figure, axes, max(0.5, ROW * len(whole.scales)))
    settle(figure)
    texts = [
        [_cell(v, n, is_same) for v, n in zip(r, m, strict=True)]
        for r, m in zip(whole.values, whole.n, strict=True)
    ]
    write_cells(axes, texts, shades_of(whole.values, low, high))
    return finish(
        figure,
        ax,
        caption=_caption(result, whole, statistic, title),
        alt=_alt(whole, statistic, labels),
        data=_data(whole, statistic),
        is_simulated=result.simulated,
    )


def limits_of(values: Floats, given: tuple[float, float] | None) -> tuple[float, float]:
    """Return the values of the lightest and the darkest cell: as given, or from 0 on."""
    if given is not None:
        is_pair = isinstance(given, tuple | list) and len(given) == 2
        if not is_pair or not float(given[0]) < float(given[1]):
            raise ArgumentError(f"limits must be a lower and a higher value, not {given!r}.")
        return float(given[0]), float(given[1])
    seen = values[~np.isnan(values)]
    if not seen.size:
        return 0.0, 1.0
    low, high = min(0.0, float(seen.min())), float(seen.max())
    return (low, high) if high > low else (low, low + 1.0)


def _head(name: str, n: NDArray[np.int64], width: str, columns: int) -> str:
    size = f"n = {n.min()}" if n.min() == n.max() else f"n = {n.min()} to {n.max()}"
    room = max(8, (36 if width == "one" else 90) // columns)
    return f"{wrap(heading_of(name), room)}\n{size}"


def _label(ax: Axes, scales: Sequence[str], heads: Sequence[str], width: str) -> None:
    n_rows, n_columns = len(scales), len(heads)
    ax.set_yticks(
        np.arange(n_rows) + 0.5,
        [wrap(scale, LABEL[width]) for scale in scales],
        parse_math=False,
        fontsize=SMALL,
    )
    ax.set_xticks(np.arange(n_columns) + 0.5, list(heads), parse_math=False, fontsize=SMALL)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)


def bar_beside(figure: Figure, ax: Axes, mesh: Any, what: str) -> None:
    """Draw the ramp beside the cells, where there are rows enough for its numbers."""
    from matplotlib.ticker import MaxNLocator

    if ax.get_ylim()[0] < FEWEST_ROWS:
        return
    bar = figure.colorbar(mesh, ax=ax, fraction=0.05, pad=0.02, aspect=45)
    low, high = mesh.get_clim()
    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
    bar.set_ticks([tick for tick in map(float, ticks) if low <= tick <= high])
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, length=2)
    bar.set_label(f"{what}, points", fontsize=SMALL, color=GREY)


def _cell(value: float, n: int, is_same: bool) -> str:
    if np.isnan(value):
        return ""
    return number(float(value)) if is_same else f"{number(float(value))} ({n})"


def _caption(result: Any, whole: Matrix, statistic: str, title: str) -> str:
    lowest, highest = whole.n.min(axis=0), whole.n.max(axis=0)
    sizes = zip(whole.groups, lowest.tolist(), highest.tolist(), strict=True)
    who = [
        f"{clean(heading_of(name))} (n = {low if low == high else f'{low} to {high}'})"
        for name, low, high in sizes
    ]
    same = bool((whole.n == whole.n[:1]).all())
    return caption_of(
        result,
        f"{statistic.capitalize()} of {len(whole.scales)} scale"
        f"{'s' if len(whole.scales) > 1 else ''} {title}".strip()
        + f" in {joined(who)}, "
        "in points, darker for more",
        "" if same else "n in brackets",
        "hatched: nobody was scored" if np.isnan(whole.values).any() else "",
    )


def _alt(whole: Matrix, statistic: str, labels: Mapping[str, str] | None) -> str:
    parts = []
    for scale, row in list(zip(whole.scales, whole.values, strict=True))[:11]:
        cells = [
            f"{clean(heading_of(name))} {number(float(v)) if not np.isnan(v) else 'none'}"
            for name, v in zip(whole.groups, row, strict=True)
        ]
        parts.append(f"{scale_words(scale, labels)}: {', '.join(cells)}.")
    return f"Heat map of the {statistic} of each scale by group. {' '.join(parts)}"


def _data(whole: Matrix, statistic: str) -> pl.DataFrame:
    rows = [
        {
            "outcome": scale,
            "group": group,
            statistic: None if np.isnan(whole.values[i, j]) else float(whole.values[i, j]),
            "n": int(whole.n[i, j]),
        }
        for i, scale in enumerate(whole.scales)
        for j, group in enumerate(whole.groups)
    ]
    types = {"outcome": pl.String, "group": pl.String, statistic: pl.Float64, "n": pl.Int64}
    return pl.DataFrame(rows, schema=types)
