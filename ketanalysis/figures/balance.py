"""Standardised differences at baseline: one line a characteristic, and what chance alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import LINE, canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, TEXT, clean, look, sober, wrap
from ketanalysis.figures.words import among, caption_of
from ketanalysis.participants.standardised import by_chance
from ketanalysis.participants.subject_rows import ALL
from ketanalysis.rounding import number
from ketanalysis.tables.baseline import group_of
from ketanalysis.tables.words import contrast_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL_WIDTH = {"one": 20, "two": 44}


@figure_of("baseline")
def baseline(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the size of each standardised difference, and the range that chance gives.

    The grey range holds 19 of 20 differences of a number where the groups come from one
    population. It is no threshold: a difference beyond it can be chance, one within it can
    matter.

    Parameters
    ----------
    result
        A result of `tabulate_baseline` with groups.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the contrasts.

    Raises
    ------
    ArgumentError
        When the result holds no standardised differences.

    Notes
    -----
    Missing values: a difference that is not estimable has its line without a point.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> table_1 = ka.tabulate_baseline(ka.load_example("ketamine"), by="TRT01P")
    >>> table_1.plot().axes[0].get_xlabel()
    'Standardised difference, without its sign'
    """
    contrasts = result.contrasts
    if contrasts.is_empty():
        raise ArgumentError(
            "The result holds no standardised differences to draw: they need by= with groups in a "
            "declared order."
        )
    names = contrasts["variable"].unique(maintain_order=True).to_list()
    pairs = contrasts["contrast"].unique(maintain_order=True).to_list()
    figure, axes = canvas(ax, width, 4)
    labels = [wrap(result.labels[name], LABEL_WIDTH[width]) for name in names]
    limit = _limit(result)
    _draw(axes, contrasts, names, pairs)
    _axes(axes, labels, contrasts, limit, width)
    groups = [group_of(row, result.by) for row in result.table.to_dicts()]
    legend_above(axes, [contrast_words(pair, groups) for pair in pairs], "point")
    if ax is None:
        deep = max(label.count("\n") + 1 for label in labels) * LINE * TEXT / 72
        hold_height(figure, axes, len(names) * (deep + 0.06))
    return finish(
        figure,
        ax,
        caption=_caption(result, limit),
        alt=_alt(result, contrasts),
        data=contrasts,
        is_simulated=result.simulated,
    )


def _limit(result: Any) -> float | None:
    """Return what chance gives in the two smallest groups; None for fewer than two."""
    sizes = {group_of(row, result.by): row["total"] for row in result.table.to_dicts()}
    arms = sorted(n for group, n in sizes.items() if n and group != ALL)[:2]
    return by_chance(arms[0], arms[1]) if len(arms) == 2 else None


def _draw(ax: Axes, contrasts: pl.DataFrame, names: list[str], pairs: list[str]) -> None:
    for place, pair in enumerate(pairs):
        mine = contrasts.filter(pl.col("contrast") == pair).drop_nulls("estimate")
        shift = (place - (len(pairs) - 1) / 2) * min(0.18, 0.7 / len(pairs))
        at = [names.index(name) + shift for name in mine["variable"]]
        ax.plot(
            mine["estimate"].abs().to_numpy(),
            at,
            linestyle="none",
            marker=look(place).marker,
            color=look(place).colour,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            clip_on=False,
            zorder=3,
        )


def _axes(
    ax: Axes, labels: list[str], contrasts: pl.DataFrame, limit: float | None, width: str
) -> None:
    sizes = [abs(value) for value in contrasts["estimate"].drop_nulls()]
    ax.set_xlim(0, 1.08 * max([*sizes, limit or 0.0, 0.1]))
    if limit is not None:
        ax.axvspan(0, limit, color="#EEF0F2", linewidth=0, zorder=0)
        ax.axvline(limit, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)), zorder=0.8)
    ax.set_xlabel(wrap("Standardised difference, without its sign", 3 * LABEL_WIDTH[width] // 2))
    ax.set_ylabel("")
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    sober(ax, "x")


def _caption(result: Any, limit: float | None) -> str:
    chance = (
        f"grey up to {number(limit, 2)}: 19 of 20 differences of a number lie there by chance alone"
        if limit is not None
        else ""
    )
    sizes = {group_of(row, result.by): row["total"] for row in result.table.to_dicts()}
    arms = {group: n for group, n in sizes.items() if group != ALL}
    who = among(list(arms), [(n, n) for n in arms.values()])
    return caption_of(result, f"Standardised differences at baseline {who}", chance)


def _alt(result: Any, contrasts: pl.DataFrame) -> str:
    known = contrasts.drop_nulls("estimate").sort(pl.col("estimate").abs(), descending=True)
    parts = [
        f"{clean(result.labels[row['variable']])} {number(abs(row['estimate']), 2)}"
        for row in known.head(5).iter_rows(named=True)
    ]
    n = contrasts["variable"].n_unique()
    text = f"Dot plot of the standardised differences of {n} characteristics."
    return f"{text} Largest: {'; '.join(parts)}." if parts else f"{text} None is estimable."
