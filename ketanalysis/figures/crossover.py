"""A crossover by period: the mean of each sequence as a line, its treatments named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import SMALL, clean, look, sober, wrap
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.rounding import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 2.6
SIGNS = {"one": 15, "two": 30}  # of a line of a treatment's name


@figure_of("crossover")
def crossover(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the mean of each sequence in each period; the treatment stands at each point.

    Parameters
    ----------
    result
        A result of `compare_crossover`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the means.

    Notes
    -----
    Missing values: a mean is of those with a score in the period. Bars are no intervals of the
    treatment effect, so none are drawn: that is within subjects, and stands in the table.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"USUBJID": [*"aabbccdd"], "TRTSEQP": ["AB"] * 4 + ["BA"] * 4,
    ...         "APERIOD": [1, 2] * 4, "MADRS": [30, 20, 28, 22, 18, 31, 20, 27]}
    >>> ka.compare_crossover(rows, "MADRS", reference="A").plot().axes[0].get_xlabel()
    'Period'
    """
    means = result.means
    periods = means["period"].unique(maintain_order=True).to_list()
    sequences = means["sequence"].unique(maintain_order=True).to_list()
    figure, axes = canvas(ax, width, 3)
    for place, sequence in enumerate(sequences):
        one = look(place)
        rows = means.filter(pl.col("sequence") == sequence).to_dicts()
        at = [periods.index(row["period"]) for row in rows]
        dashes = (0, one.dashes) if one.dashes else "-"
        axes.plot(
            at,
            [row["mean"] for row in rows],
            color=one.colour,
            marker=one.marker,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            linestyle=dashes,
            linewidth=1.4,
        )
        for x, row in zip(at, rows, strict=True):
            _name(axes, x, row, one.ink, SIGNS[width], is_above=place % 2 == 0)
    axes.set_xticks(range(len(periods)), [clean(p) for p in periods], parse_math=False)
    axes.set_xlim(-0.35, len(periods) - 0.65)
    axes.margins(y=0.3)
    axes.set_xlabel("Period")
    label_y(axes, f"Mean {clean(result.value)}", HEIGHT)
    sober(axes)
    legend_above(axes, [f"Sequence {clean(sequence)}" for sequence in sequences], "line")
    if ax is None:
        hold_height(figure, axes, HEIGHT)
    return finish(
        figure,
        ax,
        caption=_caption(result, sequences),
        alt=_alt(result),
        data=means,
        is_simulated=result.simulated,
    )


def _name(ax: Axes, x: int, row: dict[str, Any], ink: str, signs: int, *, is_above: bool) -> None:
    if row["mean"] is None:
        return
    ax.annotate(
        wrap(row["treatment"], signs),
        (x, row["mean"]),
        xytext=(0, 6 if is_above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if is_above else "top",
        fontsize=SMALL,
        color=ink,
        parse_math=False,
    )


def _caption(result: Any, sequences: list[Any]) -> str:
    sizes = [
        f"{clean(sequence)} (n = {result.means.filter(pl.col('sequence') == sequence)['n'].max()})"
        for sequence in sequences
    ]
    return caption_of(
        result, f"Mean {clean(result.value)} by period in the sequences {joined(sizes)}"
    )


def _alt(result: Any) -> str:
    points = [
        f"{clean(row['sequence'])}, period {clean(row['period'])} ({clean(row['treatment'])}): "
        f"{number(row['mean'])}"
        for row in result.means.to_dicts()
    ]
    return f"Line chart of the mean {clean(result.value)} by period. {'; '.join(points)}."
