"""Least-squares means over the visits: a line an arm, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_ticks, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    clean,
    hold_labels,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
)
from ketanalysis.figures.words import caption_of, joined, said
from ketanalysis.frames import to_dict
from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import group_label, level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("means")
def means(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw least-squares means with their intervals, over what they stand within.

    Parameters
    ----------
    result
        A result of `estimate_means`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the table.

    Notes
    -----
    Missing values: a mean that is not estimable has no point.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_mmrm(ka.load_example("ketamine"),
    ...     "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)", scale="MADRS")
    >>> figure = ka.estimate_means(fit, "TRT01P", by="AVISIT").plot()
    >>> figure.axes[0].get_ylabel().split()[:2]
    ['Least-squares', 'mean']
    """
    figure, axes = canvas(ax, width, 4)
    rows: pl.DataFrame = result.table
    by = result.by if result.within else ()
    across = result.within or result.by
    names = names_of(rows, by)
    places = list(dict.fromkeys(group_label(row, across) for row in rows.iter_rows(named=True)))
    drawn = drawn_means(rows, by, across, places, len(names))
    draw_means(axes, drawn, len(names))
    ends = level(result.conf_level).replace(" ", "\N{NO-BREAK SPACE}")
    label_y(axes, f"Least-squares mean of {clean(result.scale)} ({ends})", HEIGHTS[width])
    axes.set_xlabel("")
    axes.set_xlim(-0.5, len(places) - 0.5)
    sober(axes)
    label_ticks(axes, range(len(places)), places)
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    what = f"Least-squares means of {clean(result.scale)}"
    return finish(
        figure,
        ax,
        caption=caption_of(
            result, f"{what} with {100 * result.conf_level:g} % confidence intervals"
        ),
        alt=_alt(result, drawn, names, places),
        data=rows,
        is_simulated=result.simulated,
    )


def drawn_means(
    rows: pl.DataFrame, by: tuple[str, ...], across: tuple[str, ...], places: list[str], n: int
) -> pl.DataFrame:
    """Return place, x, estimate and interval; groups are set apart a little in x."""
    labels = [group_label(row, across) for row in rows.iter_rows(named=True)]
    at = pl.Series("x", [float(places.index(label)) for label in labels])
    place = with_place(rows, by)
    shift = (place.cast(pl.Float64) - (n - 1) / 2) * min(0.09, 0.36 / n)
    return pl.DataFrame({"place": place, "x": at + shift, "at": labels}).with_columns(
        rows.select("estimate", "conf_low", "conf_high")
    )


def draw_means(ax: Axes, drawn: pl.DataFrame, n: int) -> None:
    """Draw n lines of means with their intervals, from what `drawn_means` gives."""
    import seaborn as sns

    looks = looks_by_place(n)
    for place in range(n):
        own = drawn.filter((pl.col("place") == str(place)) & pl.col("conf_low").is_not_null())
        ax.vlines(
            own["x"].to_numpy(),
            own["conf_low"].to_numpy(),
            own["conf_high"].to_numpy(),
            color=look(place).colour,
            linewidth=1.0,
        )
    seen = drawn.filter(pl.col("estimate").is_not_null())
    if seen["estimate"].min() is not None and seen["estimate"].min() < 0:  # type: ignore[operator]
        ax.axhline(0, color="#9AA1A8", linewidth=0.7, zorder=0.9)
    hold_labels(ax)
    sns.lineplot(
        data=to_dict(seen.select("place", "x", "estimate")),
        x="x",
        y="estimate",
        hue="place",
        style="place",
        **looks["order"],
        palette=looks["palette"],
        markers=looks["markers"],
        dashes=looks["dashes"],
        estimator=None,
        legend=False,
        linewidth=1.3,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.5,
        ax=ax,
    )


def means_told(rows: pl.DataFrame, names: list[str], conf_level: float) -> str:
    """Return the mean and interval of each line at one place, in words; of `drawn_means`' rows."""
    return "; ".join(
        said(
            names[int(row["place"])],
            f"{number(row['estimate'])} ({level(conf_level)} "
            f"{interval(row['conf_low'], row['conf_high'])})",
            names,
        )
        for row in rows.iter_rows(named=True)
    )


def _alt(result: Any, drawn: pl.DataFrame, names: list[str], places: list[str]) -> str:
    parts = []
    for at in places if len(places) == 1 else [places[0], places[-1]]:
        told = means_told(drawn.filter(pl.col("at") == at), names, result.conf_level)
        parts.append(f"At {clean(at)}, {told}.")
    series = "one line" if names == ["All"] else f"one line each for {joined(map(clean, names))}"
    return (
        f"Line chart of least-squares means of {clean(result.scale)} at {len(places)} "
        f"place{'s' if len(places) > 1 else ''}, {series}. {' '.join(parts)}"
    )
