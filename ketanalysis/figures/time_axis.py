"""A time axis on which hours, days and months all have room, and the words of its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.figures.layout import (
    BETWEEN,
    POINTS,
    label_ticks,
    settle,
    text_width,
)
from ketanalysis.figures.style import INK, SMALL, TEXT, clean, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES = ("visits", "time", "linear")
ROOT = 4
HOURS = {"min": 1 / 60, "h": 1.0, "d": 24.0, "wk": 168.0, "mo": 730.5}
BASELINE = "Baseline"
SINCE = "Time since the first infusion; 0 is baseline"
STEPS = {"time": 0.1, "linear": 0.05}
CAPTIONS = {
    "visits": "",
    "time": "time on a fourth-root scale, baseline at 0",
    "linear": "baseline at 0",
}


class Places(NamedTuple):
    """Where visits stand on an axis: positions, tick labels and limits.

    ``step`` is the distance that groups side by side are measured in.
    """

    axis: str
    at: tuple[float, ...]
    labels: tuple[str, ...]
    limits: tuple[float, float]
    step: float


def stretched(hours: float) -> float:
    """Return where a time stands: at the fourth root of its hours; what is before 0 stands at 0.

    Monotone, without a parameter to choose: 4 h, 24 h, 7 days, 4 weeks and 6 months stand at
    1.4, 2.2, 3.6, 5.1 and 8.1.

    Examples
    --------
    >>> [round(stretched(hours), 1) for hours in (-1, 0, 4, 24, 168, 672, 4368)]
    [0.0, 0.0, 1.4, 2.2, 3.6, 5.1, 8.1]
    """
    return float(max(hours, 0.0) ** (1 / ROOT))


def time_words(hours: float) -> str:
    """Return a planned time in its own unit: ``40 min``, ``4 h``, ``1 d``, ``4 wk``, ``6 mo``.

    Whole weeks are weeks; other times that are a whole number of months, within 2 %, are
    months.

    Examples
    --------
    >>> [time_words(hours) for hours in (0, 0.67, 4, 24, 36, 168, 672, 730.5, 4320)]
    ['0', '40 min', '4 h', '1 d', '36 h', '1 wk', '4 wk', '1 mo', '6 mo']
    """
    if hours <= 0:
        return "0"
    if hours < 1:
        return f"{round(hours / HOURS['min'])} min"
    months = hours / HOURS["mo"]
    for unit in ("wk", "d"):
        if hours % HOURS[unit] == 0 and (unit == "wk" or months < 0.95):
            return f"{hours / HOURS[unit]:g} {unit}"
    if months > 0.95 and abs(months - round(months)) <= 0.02 * months:
        return f"{round(months)} mo"
    return f"{hours / 24:.3g} d" if hours > 72 else f"{hours:.3g} h"


def place_visits(times: pl.DataFrame, visits: Sequence[str], axis: str) -> Places:
    """Return where the visits of a figure stand on one of the three axes.

    Parameters
    ----------
    times
        AVISIT, hours, planned, as in `ChangeResult.times`.
    visits
        The visits that are drawn, in order.
    axis
        "visits", "time" or "linear".
    """
    if axis == "visits":
        n = len(visits)
        at = tuple(map(float, range(n)))
        return Places(axis, at, tuple(visits), (-0.5, n - 0.5), 1.0)
    known = {str(v): (h, p) for v, h, p in times.select("AVISIT", "hours", "planned").iter_rows()}
    lacking = [visit for visit in visits if known.get(visit, (None, False))[0] is None]
    if lacking:
        raise ArgumentError(
            f"axis={axis!r} needs the time of every visit, and {listed(map(repr, lacking))} "
            f"{'has' if len(lacking) == 1 else 'have'} none. Give visits= with hours or hour= in "
            'as_trial, AFRLT in a bare frame, or take axis="visits".'
        )
    hours = [float(known[visit][0]) for visit in visits]
    at = tuple(map(stretched, hours)) if axis == "time" else tuple(max(h, 0.0) for h in hours)
    labels = tuple(
        time_words(hour) if known[visit][1] else _name(visit)
        for visit, hour in zip(visits, hours, strict=True)
    )
    span = (max(at) - min(at)) or 1.0
    limits = (min(at) - 0.035 * span, max(at) + 0.035 * span)
    return Places(axis, at, labels, limits, STEPS[axis] * span)


def _name(visit: str) -> str:
    return "0" if visit == BASELINE else clean(visit)


def label_places(ax: Axes, places: Places) -> list[int]:
    """Label the x axis; return which visits are labelled: all, but where ticks would touch."""
    if places.axis == "visits":
        label_ticks(ax, places.at, places.labels)
        return list(range(len(places.at)))
    settle(ax.figure.figure)
    inches = ax.get_window_extent().width / ax.figure.figure.dpi
    low, high = places.limits
    points = [(x - low) / (high - low) * inches * POINTS for x in places.at]
    labels = [wrap(label, 10) for label in places.labels]
    shown = apart(points, [text_width(label) for label in labels])
    ax.set_xticks(
        [places.at[i] for i in shown],
        [labels[i] for i in shown],
        parse_math=False,
        color=INK,
        fontsize=TEXT,
    )
    ax.set_xticks([x for i, x in enumerate(places.at) if i not in shown], minor=True)
    ax.tick_params(axis="x", which="minor", length=2, width=0.6)
    ax.set_xlabel(wrap(SINCE, int(inches * POINTS / (0.5 * TEXT))), fontsize=SMALL)
    return shown


def said_of(places: Places, shown: Sequence[int]) -> str:
    """Return what a caption says of the axis, and that n stands at the labelled times only."""
    less = len(shown) < len(places.at)
    said = (CAPTIONS[places.axis], "n is given at the labelled times" if less else "")
    return "; ".join(part for part in said if part)


def apart(points: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Return which of the texts at these points of a line do not touch: the first, the last, more.

    From left to right each is kept that touches neither the one kept before nor the last.

    Examples
    --------
    >>> apart([0, 5, 20, 40], [10, 10, 10, 10])
    [0, 2, 3]
    """
    ends = sorted({0, len(points) - 1})
    kept = [ends[0]]
    last = ends[-1]
    for i in range(1, last):
        is_free = all(
            abs(points[i] - points[j]) >= (widths[i] + widths[j]) / 2 + BETWEEN
            for j in (kept[-1], last)
        )
        kept += [i] if is_free else []
    return kept if last == 0 else [*kept, last]
