"""Groups compared: every subject a point, box and mean beside them, and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.figures.group_words import (
    Panel,
    alt_of,
    difference_of,
    panels_caption,
    title_of,
)
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
from ketanalysis.figures.style import (
    GREY,
    INK,
    SMALL,
    TEXT,
    WIDTHS,
    clean,
    hold_labels,
    look,
    sober,
    wrap,
)
from ketanalysis.figures.swarm import swarm
from ketanalysis.frames import to_dict
from ketanalysis.tables.registry import group_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.0, "two": 2.3}
MOST_COLUMNS = {"one": 2, "two": 4}
BOX, SWARM = 0.30, -0.08  # where box and points stand beside the middle of their group
HALF = 0.25  # half the width of a row of points
SIZES = ((60, 4.1), (300, 3.0))  # up to so many subjects in a group, points of this width
SMALLEST = 2.0


@figure_of("comparison")
@figure_of("responders")
def groups(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    outcome: str | None = None,
    panel: str | None = None,
) -> Figure:
    """Draw the scores of groups: every subject a point, and box and mean beside them.

    One panel an outcome and by-group. The points are those of the primary analysis; the box
    is median and quartiles, the diamond the mean. Over each panel stands the difference of two
    groups, or the test of several.

    Parameters
    ----------
    result
        A result of `compare_groups` or `compare_responders`.
    ax
        Axes to draw on, where there is one panel.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    outcome, panel
        The one outcome, and the one by-group, to draw; all without them.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the values that are drawn,
        one row a subject and outcome, without subject identifiers.

    Raises
    ------
    ArgumentError
        When an outcome or by-group does not exist, or `ax` is given for several panels.

    Notes
    -----
    Missing values: who has no score, or no known group, is no point; `audit` counts them.
    Points that would cover each other are moved apart sideways, the same way every time.

    Examples
    --------
    >>> import polars as pl, ketanalysis as ka
    >>> frame = pl.DataFrame({"response": ["no", "no", "no", "yes", "yes"],
    ...                       "ANX": [30, 50, 55, 10, 25]})
    >>> ka.compare_groups(frame, "ANX", "response", reference="no").plot().axes[0].get_ylabel()
    'ANX'
    """
    panels, data = chosen_panels(result, outcome, panel)
    if ax is not None and len(panels) > 1:
        raise ArgumentError(
            f"ax= is for one panel, and this figure has {len(panels)}: "
            f"{listed(title_of(p, panels) for p in panels)}. Choose one with outcome= and panel=, "
            "or leave ax= out."
        )
    figure, axes, n_rows = _panels(panels, ax, width)
    _axes(panels, axes)
    settle(figure)
    for one, where in zip(panels, axes, strict=True):
        _draw(where, one)
    for one, where in zip(panels, axes, strict=True):
        counts = zip(one.names, one.values, strict=True)
        places = range(len(one.names))
        label_ticks(where, places, [f"{clean(name)}\nn = {len(v)}" for name, v in counts])
        _head(where, one, panels, result)
    if ax is None:
        hold_height(figure, axes[0], HEIGHTS[width], n_rows)
    return finish(
        figure,
        ax,
        caption=panels_caption(result, panels),
        alt=alt_of(result, panels),
        data=data,
        is_simulated=result.simulated,
    )


def chosen_panels(
    result: Any, outcome: str | None, panel: str | None
) -> tuple[list[Panel], pl.DataFrame]:
    """Return one panel an outcome and by-group of the primary analysis, and their values."""
    by = result.by if result.kind == "responders" else ()
    table = result.table.filter(pl.col("role") == "primary")
    data = result.data
    if "missing" in table.columns:
        data = data.filter(pl.col("missing") == table["missing"][0])
    outcomes = table["outcome"].unique(maintain_order=True).cast(pl.String).to_list()
    labels = list(dict.fromkeys(group_label(row, by) for row in table.iter_rows(named=True)))
    if outcome is not None:
        check_one_of("outcome", outcome, tuple(outcomes))
    if panel is not None:
        check_one_of("panel", panel, tuple(labels))
    shown = [o for o in outcomes if outcome in (None, o)], [p for p in labels if panel in (None, p)]
    label = pl.Series([group_label(row, by) for row in data.iter_rows(named=True)], dtype=pl.String)
    kept = data.filter(data["outcome"].cast(pl.String).is_in(shown[0]) & label.is_in(shown[1]))
    panels = []
    for row in table.iter_rows(named=True):
        name, of = row["outcome"], group_label(row, by)
        if name in shown[0] and of in shown[1]:
            own = data.filter((data["outcome"].cast(pl.String) == name) & (label == of))
            panels.append(_panel(result, own, row, of))
    order = {name: place for place, name in enumerate(outcomes)}
    return sorted(panels, key=lambda p: order[p.outcome]), kept


def _panel(result: Any, own: pl.DataFrame, row: dict[str, Any], of: str) -> Panel:
    names = getattr(result, "levels", (result.reference, result.group))
    group = own["group"].cast(pl.String)
    means = (row["mean_reference"], row["mean"])
    if len(names) > 2:
        means = tuple(result.groups.filter(pl.col("outcome") == row["outcome"])["mean"])
    return Panel(
        outcome=row["outcome"],
        label=of,
        row=row,
        names=names,
        values=tuple(own.filter(group == name)["value"].sort().to_numpy() for name in names),
        means=means,
    )


def _panels(panels: Sequence[Panel], ax: Axes | None, width: str) -> tuple[Figure, list[Axes], int]:
    if ax is not None:
        check_one_of("width", width, tuple(WIDTHS))
        return ax.figure.figure, [ax], 1
    by_outcome = [
        [p for p in panels if p.outcome == o] for o in dict.fromkeys(p.outcome for p in panels)
    ]
    has_labels = len(by_outcome[0]) > 1
    blocks = by_outcome if has_labels else [list(panels)]
    most = max(1, 2 * MOST_COLUMNS[width] // len(panels[0].names))
    deep = -(-len(blocks[0]) // most)
    columns = -(-len(blocks[0]) // deep)
    figure = new_figure(width, HEIGHTS[width] * deep * len(blocks) + 1)
    engine: Any = figure.get_layout_engine()
    engine.set(h_pad=0.06)
    grid = figure.subplots(deep * len(blocks), columns, squeeze=False)
    axes = [
        grid[deep * row + place // columns, place % columns]
        for row, block in enumerate(blocks)
        for place in range(len(block))
    ]
    for empty in set(grid.ravel()) - set(axes):
        empty.remove()
    return figure, axes, deep * len(blocks)


def _draw(ax: Axes, panel: Panel) -> None:
    import seaborn as sns

    label = ax.get_ylabel()
    box, dpi = ax.get_window_extent(), ax.figure.figure.dpi
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    point = point_size(max(map(len, panel.values)))
    apart = 1.12 * point / 72 * dpi * (right - left) / box.width
    step = 1.12 * point / 72 * dpi * (high - low) / box.height
    for place, values in enumerate(panel.values):
        if not len(values):
            continue
        one = look(place)
        x = place + SWARM + swarm(values, HALF, apart, step)
        hold_labels(ax)
        sns.scatterplot(
            data=to_dict(pl.DataFrame({"x": x, "value": values})),
            x="x",
            y="value",
            marker=one.marker,
            color=one.colour,
            s=point**2,
            alpha=0.75,
            linewidth=0.3,
            edgecolor="white",
            legend=False,
            ax=ax,
            clip_on=False,
        )
        _box(ax, place + BOX, values, one.colour)
    _means(ax, panel)
    ax.set(xlim=(left, right), ylim=(low, high), xlabel="", ylabel=label)  # seaborn changed them


def _box(ax: Axes, at: float, values: NDArray[np.float64], colour: str) -> None:
    """Draw median and quartiles (numpy's and R's default, type 7), without whiskers."""
    line = {"color": colour, "linewidth": 1.0}
    ax.boxplot(
        values,
        positions=[at],
        widths=0.11,
        whis=(0, 100),
        showcaps=False,
        boxprops=line,
        medianprops=line,
        whiskerprops={"linewidth": 0},
        manage_ticks=False,
    )


def point_size(n: int) -> float:
    """Return the width of a point, in typographic points, where a group has n subjects."""
    return next((width for most, width in SIZES if n <= most), SMALLEST)


def _means(ax: Axes, panel: Panel) -> None:
    for place, mean in enumerate(panel.means):
        if mean is not None:
            ax.plot(
                [place + BOX],
                [mean],
                marker="D",
                markersize=4.2,
                color="white",
                markeredgecolor=INK,
                markeredgewidth=0.9,
                linestyle="none",
                zorder=5,
            )


def _axes(panels: Sequence[Panel], axes: Sequence[Axes]) -> None:
    for place, (panel, ax) in enumerate(zip(panels, axes, strict=True)):
        is_first = place == 0 or panels[place - 1].outcome != panel.outcome
        spec = ax.get_subplotspec()
        is_left = spec is None or spec.is_first_col()
        sober(ax)
        places = range(len(panel.names))
        ax.set_xlim(-0.5, len(places) - 0.45)
        ax.set_xticks(places, ["n"] * len(places))
        ax.set_ylim(*_limits([p for p in panels if p.outcome == panel.outcome]))
        label_y(ax, panel.outcome if is_first or is_left else "", min(HEIGHTS.values()))


def _limits(panels: Sequence[Panel]) -> tuple[float, float]:
    """Return one scale for the panels of an outcome; from 0 where no score is below."""
    values = np.concatenate([v for panel in panels for v in panel.values])
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    low = min(low, 0.0) if low >= 0 else low
    room = 0.04 * ((high - low) or 1.0)
    return low - room, high + room


def _head(ax: Axes, panel: Panel, panels: Sequence[Panel], result: Any) -> None:
    """Write what the panel shows, and the difference, over the Axes."""
    room = ax.get_window_extent().width / ax.figure.figure.dpi * 72
    difference = difference_of(panel, result)
    if text_width(difference, SMALL) > room:
        difference = difference.replace(" (", "\n(")
    texts = [(difference, SMALL, GREY)]
    title = title_of(panel, panels)
    texts += [(wrap(title, int(room / (0.6 * TEXT))), TEXT, INK)] if title else []
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
