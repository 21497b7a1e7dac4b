"""A heat map of every subject: one row a subject, one column a scale, sorted by their mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.figures.cells import draw_cells, shades_of, write_cells
from ketanalysis.figures.heatmap import bar_beside, limits_of
from ketanalysis.figures.layout import canvas, finish, hold_height, settle
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import INK, SMALL, clean, look, names_of, with_place, wrap
from ketanalysis.figures.words import among, caption_of, scale_words
from ketanalysis.rounding import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TALL, TALLEST = 0.14, 8.0  # inches a subject, and at most in all


@figure_of("profile", "subjects")
def subjects(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    limits: tuple[float, float] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the score of every subject on every scale, darker for more.

    Parameters
    ----------
    result
        A result of `estimate_profile`; subjects stand in its order: by group, then by the mean
        of their scales, the highest first.
    ax
        Axes to draw on.
    width, limits, labels
        As in `ketanalysis.figures.heatmap.profile`.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the values, without subject
        identifiers.

    Notes
    -----
    Missing values: a missing score is hatched. Numbers stand in the cells where they have
    room; with very many subjects they do not.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> profile = ka.estimate_profile(
    ...     ka.load_example("ketamine"), ["ASC_ANX", "MADRS"], by="TRT01P", visit="4 h")
    >>> profile.plot(kind="subjects").ketanalysis_data.height
    192
    """
    numbers = result.data["number"].unique().sort()
    values = np.full((len(numbers), len(result.scales)), np.nan)
    for n, outcome, value in result.data.select("number", "outcome", "value").iter_rows():
        if value is not None:
            values[n - 1, result.scales.index(str(outcome))] = value
    low, high = limits_of(values, limits)
    figure, axes = canvas(ax, width, 4)
    mesh = draw_cells(axes, values, low, high)
    mesh.set_linewidth(0.4 if len(numbers) <= 60 else 0.0)
    sizes = _sizes(result)
    _label(axes, result, sizes, labels, width)
    bar_beside(figure, axes, mesh, "Score")
    if ax is None:
        hold_height(figure, axes, max(0.6, min(TALLEST, TALL * len(numbers))))
    settle(figure)
    texts = [["" if np.isnan(v) else number(float(v), 0) for v in row] for row in values]
    is_written = write_cells(axes, texts, shades_of(values, low, high), size=SMALL - 1)
    return finish(
        figure,
        ax,
        caption=_caption(result, sizes, values, is_written),
        alt=f"Heat map of {len(numbers)} subjects by {len(result.scales)} scales at "
        f"{clean(result.visit)}, sorted by the mean of their scales; scores from "
        f"{_end(values, np.nanmin)} to {_end(values, np.nanmax)}.",
        data=result.data,
        is_simulated=result.simulated,
    )


def _end(values: Any, of: Any) -> str:
    return "none" if np.isnan(values).all() else number(float(of(values)))


def _sizes(result: Any) -> dict[str, int]:
    """Return how many subjects each group has, in order."""
    first = result.data.filter(pl.col("outcome").cast(pl.String) == result.scales[0])
    counts = with_place(first, result.by).value_counts().rows()
    held = dict(counts)
    return {name: held[str(i)] for i, name in enumerate(names_of(first, result.by))}


def _label(
    ax: Axes,
    result: Any,
    sizes: dict[str, int],
    labels: Mapping[str, str] | None,
    width: str,
) -> None:
    words = [scale_words(scale, labels) for scale in result.scales]
    few = len(words) <= (3 if width == "one" else 6)
    if few or width == "two":
        words = [wrap(text, 16) for text in words]
    turned: dict[str, Any] = {} if few else {"rotation": 90, "ha": "center", "va": "bottom"}
    if not few and width == "two":
        turned = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"}
    ax.set_xticks(np.arange(len(words)) + 0.5, words, parse_math=False, fontsize=SMALL, **turned)
    ax.xaxis.tick_top()
    ends = np.cumsum([0, *sizes.values()])
    ax.set_yticks(
        (ends[:-1] + ends[1:]) / 2,
        [_name(name, n) for name, n in sizes.items()],
        parse_math=False,
        fontsize=SMALL,
        rotation=90,
        va="center",
    )
    for place, tick in enumerate(ax.get_yticklabels()):
        tick.set_color(look(place).ink if len(sizes) > 1 else INK)
        tick.set_multialignment("center")
    for end in ends[1:-1]:
        ax.axhline(end, color="white", linewidth=3.0, zorder=3)
        ax.axhline(end, color=INK, linewidth=0.8, zorder=3.1)
    ax.tick_params(length=0)


def _name(name: str, n: int) -> str:
    size = f"n = {n}"
    return f"{n} subject{'s' if n != 1 else ''}" if name == "All" else f"{wrap(name, 18)}\n{size}"


def _caption(result: Any, sizes: dict[str, int], values: Any, is_written: bool) -> str:
    return caption_of(
        result,
        f"Scores of every subject at {clean(result.visit)} "
        f"{among(list(sizes), [(n, n) for n in sizes.values()])}, one row a subject, sorted by the "
        "mean of the scales, darker for more",
        "hatched: no score" if np.isnan(values).any() else "",
        "" if is_written else "numbers are left out for want of room",
    )
