"""The same subjects at two or more occasions: every subject a line, and the means over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.figures.layout import (
    LINE,
    finish,
    hold_height,
    label_ticks,
    label_y,
    new_figure,
    settle,
    text_width,
)
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, INK, SMALL, clean, look, sober
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.groups.test_names import PAIRED, statistic_words
from ketanalysis.rounding import interval, number, p_value
from ketanalysis.tables.groups import digits_of, paired_label
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.0, "two": 2.3}
MOST_COLUMNS = {"one": 2, "two": 4}
MANY = 60  # subjects from whom on lines are drawn fainter


class Lines(NamedTuple):
    """One outcome: its primary row, the scores by subject and occasion, the means."""

    outcome: str
    row: dict[str, Any]
    scores: NDArray[np.float64]
    means: tuple[float | None, ...]


@figure_of("paired")
def pairs(
    result: Any, ax: Axes | None = None, *, width: str = "two", outcome: str | None = None
) -> Figure:
    """Draw the scores of the same subjects: every subject a line from occasion to occasion.

    One panel an outcome; only subjects with a score at every occasion, as in the comparison.
    The diamonds are the means. Over each panel stands the difference of two occasions, or the
    test of several.

    Parameters
    ----------
    result
        A result of `compare_paired`.
    ax
        Axes to draw on, where there is one panel.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    outcome
        The one outcome to draw; all without it.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the scores that are drawn,
        one row a subject, outcome and occasion, without subject identifiers.

    Raises
    ------
    ArgumentError
        When an outcome does not exist, or `ax` is given for several panels.

    Notes
    -----
    Missing values: who lacks a score is no line; `audit` counts them.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> scores = {"USUBJID": ["a", "b", "c", "a", "b", "c"], "MADRS": [30, 34, 28, 9, 20, 12],
    ...           "AVISIT": ["before", "before", "before", "after", "after", "after"]}
    >>> result = ka.compare_paired(scores, "MADRS", "AVISIT", reference="before")
    >>> result.plot().axes[0].get_ylabel()
    'MADRS'
    """
    panels, data = _chosen(result, outcome)
    if ax is not None and len(panels) > 1:
        raise ArgumentError(
            f"ax= is for one panel, and this figure has {len(panels)}: "
            f"{listed(panel.outcome for panel in panels)}. Choose one with outcome=, or leave "
            "ax= out."
        )
    figure, axes, n_rows = _panels(panels, ax, width, len(result.levels))
    for panel, where in zip(panels, axes, strict=True):
        _axes(where, panel, len(result.levels))
        _draw(where, panel)
    settle(figure)
    for panel, where in zip(panels, axes, strict=True):
        n = panel.scores.shape[0]
        named = [f"{clean(name)}\nn = {n}" for name in result.levels]
        label_ticks(where, range(len(result.levels)), named)
        _head(where, panel, result)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], n_rows)
    return finish(
        figure,
        ax,
        caption=_caption(result, panels),
        alt=_alt(result, panels),
        data=data,
        is_simulated=result.simulated,
    )


def _chosen(result: Any, outcome: str | None) -> tuple[list[Lines], pl.DataFrame]:
    table = result.table.filter(pl.col("role") == "primary")
    names = table["outcome"].to_list()
    if outcome is not None:
        check_one_of("outcome", outcome, tuple(names))
    data = result.data.filter(
        pl.col("outcome").cast(pl.String).is_in([outcome] if outcome else names)
    )
    panels = []
    for row in table.iter_rows(named=True):
        if outcome in (None, row["outcome"]):
            own = data.filter(pl.col("outcome").cast(pl.String) == row["outcome"])
            columns = [
                own.filter(pl.col("group").cast(pl.String) == name).sort("pair")["value"].to_numpy()
                for name in result.levels
            ]
            means = result.groups.filter(pl.col("outcome") == row["outcome"])["mean"]
            panels.append(Lines(row["outcome"], row, np.column_stack(columns), tuple(means)))
    return panels, data


def _panels(
    panels: Sequence[Lines], ax: Axes | None, width: str, n_levels: int
) -> tuple[Figure, list[Axes], int]:
    check_one_of("width", width, tuple(HEIGHTS))
    if ax is not None:
        return ax.figure.figure, [ax], 1
    most = max(1, 2 * MOST_COLUMNS[width] // n_levels)
    deep = -(-len(panels) // most)
    columns = -(-len(panels) // deep)
    figure = new_figure(width, HEIGHTS[width] * deep + 1)
    engine: Any = figure.get_layout_engine()
    engine.set(h_pad=0.06)
    grid = figure.subplots(deep, columns, squeeze=False).ravel()
    for empty in grid[len(panels) :]:
        empty.remove()
    return figure, list(grid[: len(panels)]), deep


def _axes(ax: Axes, panel: Lines, n_levels: int) -> None:
    sober(ax)
    ax.set_xlim(-0.45, n_levels - 0.55)
    ax.set_xticks(range(n_levels), ["n"] * n_levels)
    low, high = 0.0, 1.0
    if panel.scores.size:
        low, high = float(panel.scores.min()), float(panel.scores.max())
    low = min(low, 0.0) if low >= 0 else low
    room = 0.04 * ((high - low) or 1.0)
    ax.set_ylim(low - room, high + room)
    label_y(ax, panel.outcome, min(HEIGHTS.values()))


def _draw(ax: Axes, panel: Lines) -> None:
    """Draw a line a subject, a point a score, and the means over them."""
    places = np.arange(panel.scores.shape[1])
    alpha = 0.45 if panel.scores.shape[0] < MANY else 0.2
    for scores in panel.scores:
        ax.plot(places, scores, color=GREY, linewidth=0.7, alpha=alpha, zorder=2)
    for place in places:
        one = look(min(int(place), 1))  # the reference, and what is compared with it
        ax.scatter(
            np.full(panel.scores.shape[0], place),
            panel.scores[:, place],
            s=13,
            marker=one.marker,
            color=one.colour,
            alpha=0.75,
            linewidth=0.3,
            edgecolor="white",
            zorder=3,
            clip_on=False,
        )
    _means(ax, [mean for mean in panel.means if mean is not None])


def _means(ax: Axes, means: list[float]) -> None:
    """Draw the means of the occasions: all of them, or none where nobody was compared."""
    at = list(range(len(means)))
    ax.plot(at, means, color=INK, linewidth=1.4, zorder=4)
    ax.plot(
        at,
        means,
        marker="D",
        markersize=4.6,
        color="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        linestyle="none",
        zorder=5,
    )


def _difference(row: dict[str, Any], result: Any) -> str:
    """Return what stands over a panel: the difference, or the test of all occasions."""
    if len(result.levels) > 2:
        if row["statistic"] is None:
            return f"{paired_label(row['test'])} not estimable"
        return f"{paired_label(row['test'])}: {statistic_words(row)}, {p_value(row['p_value'])}"
    if row["estimate"] is None:
        return "Difference not estimable"
    digits = digits_of(row)
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"Difference {number(row['estimate'], digits)} ({level(result.conf_level)} {ends})"


def _head(ax: Axes, panel: Lines, result: Any) -> None:
    room = ax.get_window_extent().width / ax.figure.figure.dpi * 72
    said = _difference(panel.row, result)
    if text_width(said, SMALL) > room:
        said = said.replace(" (", "\n(").replace(": ", ":\n")
    texts = [(said, SMALL, GREY)]
    up = 4.0
    for text, size, colour in texts:
        ax.annotate(
            text,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, up),
            textcoords="offset points",
            va="bottom",
            fontsize=size,
            color=colour,
            parse_math=False,
            annotation_clip=False,
        )
        up += LINE * size * (text.count("\n") + 1) + 1


def _caption(result: Any, panels: Sequence[Lines]) -> str:
    row = panels[0].row
    test = PAIRED[row["test"]].words.removeprefix("the ")
    where = "" if len(panels) == 1 else "over each panel "
    counted = "; ".join(
        f"{clean(panel.outcome) + ': ' if len(panels) > 1 else ''}n = {panel.row['n']}"
        for panel in panels
    )
    if len(result.levels) > 2:
        found = f"{where}{test}; {counted} subjects with all scores"
    else:
        found = (
            f"{where}the difference {clean(result.group)} minus {clean(result.reference)} "
            f"({row['measure']}) with its {100 * result.conf_level:g} % confidence interval by "
            f"{test}; {counted} subjects with both scores"
        )
    outcomes = joined(clean(panel.outcome) for panel in panels)
    return caption_of(
        result,
        f"{outcomes} within subjects: every subject is a line, the diamonds the means",
        found,
    )


def _alt(result: Any, panels: Sequence[Lines]) -> str:
    parts = []
    for panel in panels:
        means = "; ".join(
            f"{clean(name)} mean {number(mean)}"
            for name, mean in zip(result.levels, panel.means, strict=True)
        )
        title = f"{clean(panel.outcome)}: " if len(panels) > 1 else ""
        said = _difference(panel.row, result)
        said = said if len(result.levels) > 2 else said[0].lower() + said[1:]
        parts.append(f"{title}{means} (n = {panel.row['n']}); {said}.")
    outcomes = joined(dict.fromkeys(clean(panel.outcome) for panel in panels))
    return (
        f"A line a subject of {outcomes} at {joined(map(clean, result.levels))}. {' '.join(parts)}"
    )
