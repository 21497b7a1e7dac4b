"""Groups as rainclouds: half a violin that stays on the scale, box and mean, every subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.density import bandwidth, bounded_density
from ketanalysis.errors import ArgumentError, listed
from ketanalysis.figures.group_words import Panel, alt_of, difference_of, panels_caption, title_of
from ketanalysis.figures.groups import chosen_panels, point_size
from ketanalysis.figures.layout import finish, hold_height, settle, text_width
from ketanalysis.figures.panels import head, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, INK, SMALL, clean, look, sober, wrap
from ketanalysis.figures.swarm import swarm
from ketanalysis.instruments import find_instrument

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
HEIGHTS = {"one": 1.35, "two": 1.6}
MOST_COLUMNS = {"one": 1, "two": 2}
CLOUD, BOX, RAIN = 0.40, -0.07, -0.27  # the height of a cloud; where box and points stand
HALF = 0.11  # half the height of the points
FEWEST = 5  # subjects that a density is drawn of


@figure_of("comparison", "raincloud")
@figure_of("responders", "raincloud")
def raincloud(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    outcome: str | None = None,
    panel: str | None = None,
    bounds: tuple[float, float] | None = None,
) -> Figure:
    """Draw the scores of groups as rainclouds: density above, box and mean, points below.

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
    bounds
        Lowest and highest score of the scale, at which the density is folded back; without
        it those of the registry. On a scale without either nothing is folded. Every density
        is drawn from the lowest to the highest value.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` as in
        `ketanalysis.figures.groups.groups`.

    Raises
    ------
    ArgumentError
        When an outcome or by-group does not exist, `bounds` do not hold the values, or `ax` is
        given for several panels.

    Notes
    -----
    Missing values: who has no score, or no known group, is no point. A group of fewer than
    five subjects, or whose values are all the same, has no density. All clouds of a panel share
    one scale of density.

    Examples
    --------
    >>> import polars as pl, ketanalysis as ka
    >>> frame = pl.DataFrame({"response": ["no"] * 5 + ["yes"] * 5,
    ...                       "ASC_ANX": [0, 0, 30, 50, 55, 0, 0, 0, 10, 25]})
    >>> result = ka.compare_groups(frame, "ASC_ANX", "response", reference="no")
    >>> result.plot(kind="raincloud").axes[0].get_xlabel()
    'ASC_ANX'
    """
    chosen, data = chosen_panels(result, outcome, panel)
    names = [title_of(one, chosen) or "All" for one in chosen]
    if ax is not None and len(chosen) > 1:
        raise ArgumentError(
            f"ax= is for one panel, and this figure has {len(chosen)}: {listed(names)}. Choose "
            "one with outcome= and panel=, or leave ax= out."
        )
    height = HEIGHTS.get(width, 1.0) * len(chosen[0].names) / 2
    figure, axes, deep = panels(ax, names, width, height, MOST_COLUMNS.get(width))
    for one, where in zip(chosen, axes, strict=True):
        ends = _bounds(one, bounds)
        _axes(where, one, chosen, ends, result)
    settle(figure)
    for one, where in zip(chosen, axes, strict=True):
        _draw(where, one, _bounds(one, bounds))
        _titles(where, one, chosen, result)
    if ax is None:
        hold_height(figure, axes[0], height, deep)
    return finish(
        figure,
        ax,
        caption=_caption(result, chosen, bounds),
        alt=alt_of(result, chosen).replace("Points, boxes and means", "Raincloud plot", 1),
        data=data,
        is_simulated=result.simulated,
    )


def _bounds(panel: Panel, given: tuple[float, float] | None) -> tuple[float, float]:
    """Return the ends of the scale: as declared, as registered, or none (infinite)."""
    known = find_instrument(panel.outcome)
    if given is None:
        return (float(known.low), float(known.high)) if known else (-np.inf, np.inf)
    is_pair = isinstance(given, tuple | list) and len(given) == 2
    if not is_pair or not float(given[0]) < float(given[1]):
        raise ArgumentError(f"bounds must be the lowest and highest score, not {given!r}.")
    values = np.concatenate(panel.values)
    outside = values[(values < given[0]) | (values > given[1])]
    if outside.size:
        raise ArgumentError(
            f"bounds must hold all values of {clean(panel.outcome)}; {outside.size} are outside "
            f"{given[0]:g} to {given[1]:g}, the first {outside[0]:g}."
        )
    return float(given[0]), float(given[1])


def _axes(
    ax: Axes, panel: Panel, chosen: Sequence[Panel], ends: tuple[float, float], result: Any
) -> None:
    low, high = _limits([p for p in chosen if p.outcome == panel.outcome], ends)
    ax.set_xlim(low, high)
    ax.set_ylim(len(panel.names) - 0.42, -0.52)
    counts = zip(panel.names, panel.values, strict=True)
    labels = [f"{wrap(name, 14)}\nn = {len(values)}" for name, values in counts]
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(wrap(panel.outcome, 40), parse_math=False)
    sober(ax, "x")
    ax.spines["left"].set_visible(False)


def _limits(panels: Sequence[Panel], ends: tuple[float, float]) -> tuple[float, float]:
    """Return one scale for the panels of an outcome, a little wider than the values."""
    values = np.concatenate([v for panel in panels for v in panel.values])
    if not values.size:
        return (ends[0], ends[1]) if np.isfinite(ends).all() else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def _draw(ax: Axes, panel: Panel, ends: tuple[float, float]) -> None:
    left, right = ax.get_xlim()
    box, dpi = ax.get_window_extent(), ax.figure.figure.dpi
    point = point_size(max(map(len, panel.values)))
    step = 1.1 * point / 72 * dpi * (right - left) / box.width
    apart = 1.1 * point / 72 * dpi * (len(panel.names) + 0.1) / box.height
    clouds = [_cloud(values, ends) for values in panel.values]
    top = max((cloud[1].max() for cloud in clouds if cloud is not None), default=1.0)
    for place, (values, cloud) in enumerate(zip(panel.values, clouds, strict=True)):
        one = look(place)
        if cloud is not None:
            x, density = cloud
            up = place - 0.03 - CLOUD * density / top
            ax.fill_between(x, place - 0.03, up, color=one.colour, alpha=0.45, linewidth=0)
            ax.plot(x, up, color=one.colour, linewidth=1.0)
        if values.size:
            _box(ax, place - BOX, values, one.colour)
            y = place - RAIN + swarm(values, HALF, apart, step)
            ax.scatter(
                values,
                y,
                s=point**2,
                marker=one.marker,
                color=one.colour,
                alpha=0.75,
                linewidth=0.3,
                edgecolor="white",
                clip_on=False,
                zorder=3,
            )
    _means(ax, panel)
    ax.set(xlim=(left, right), ylim=(len(panel.names) - 0.42, -0.52))


def _cloud(values: Floats, ends: tuple[float, float]) -> tuple[Floats, Floats] | None:
    """Return where and how high a density is drawn, from the lowest to the highest value."""
    if values.size < FEWEST or not np.isfinite(bandwidth(values)):
        return None
    x = np.linspace(values.min(), values.max(), 257)
    return x, bounded_density(values, x, *ends)


def _box(ax: Axes, at: float, values: Floats, colour: str) -> None:
    """Draw median and quartiles (type 7), without whiskers: every subject is drawn anyway."""
    line = {"color": colour, "linewidth": 1.0}
    ax.boxplot(
        values,
        positions=[at],
        widths=0.1,
        whis=(0, 100),
        orientation="horizontal",
        showcaps=False,
        boxprops=line,
        medianprops=line,
        whiskerprops={"linewidth": 0},
        manage_ticks=False,
    )


def _means(ax: Axes, panel: Panel) -> None:
    for place, mean in enumerate(panel.means):
        if mean is not None:
            ax.plot(
                [mean],
                [place - BOX],
                marker="D",
                markersize=4.0,
                color="white",
                markeredgecolor=INK,
                markeredgewidth=0.9,
                linestyle="none",
                zorder=5,
            )


def _titles(ax: Axes, panel: Panel, chosen: Sequence[Panel], result: Any) -> None:
    room = ax.get_window_extent().width / ax.figure.figure.dpi * 72
    difference = difference_of(panel, result)
    if text_width(difference, SMALL) > room:
        difference = difference.replace(" (", "\n(")
    up = 4.0
    for line in reversed(difference.split("\n")):
        up = head(ax, line, GREY, up=up, size=SMALL)
    title = title_of(panel, chosen)
    if title:
        head(ax, title, up=up + 1)


def _caption(result: Any, chosen: Sequence[Panel], bounds: tuple[float, float] | None) -> str:
    whole = panels_caption(result, chosen)
    is_folded = any(np.isfinite(_bounds(panel, bounds)).all() for panel in chosen)
    how = (
        "the clouds are kernel densities (Silverman's bandwidth) from the lowest to the highest "
        "value" + (", folded back at the ends of the scale" if is_folded else "")
    )
    small = [v for panel in chosen for v in panel.values if 0 < v.size < FEWEST]
    few = f" of groups with {FEWEST} subjects or more" if small else ""
    return whole.replace(
        ": every subject is a point,", f": {how}{few}; every subject is a point,", 1
    )
