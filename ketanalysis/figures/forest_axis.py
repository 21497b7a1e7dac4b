"""The axis of a forest plot and what is drawn on it: scale, limits, intervals, arrows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.forest_rows import POINTS as IN_POINTS
from ketanalysis.figures.forest_rows import Forest, ForestRow
from ketanalysis.figures.style import GREY, clean, look, sober
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FARTHEST = 8.0  # times: how far beyond the estimates a log axis goes for an interval
SCALES = ("linear", "log")


def scale_of(whole: Forest, scale: str | None) -> str:
    """Return "linear" or "log": as given, else log for a ratio; several measures are refused."""
    measures = sorted({row.measure for row in whole.rows})
    if len(measures) > 1:
        raise ArgumentError(
            "A forest plot has one axis and one measure; the results hold "
            f"{', '.join(repr(name) for name in measures)}. Choose one with measure=."
        )
    if scale is not None:
        check_one_of("scale", scale, SCALES)
        return scale
    return "log" if "ratio" in measures[0] else "linear"


def in_units(row: ForestRow) -> ForestRow:
    """Return the row in the unit of the axis: a risk difference in percentage points."""
    if row.measure != IN_POINTS:
        return row
    estimate, low, high = (
        None if v is None else 100 * v for v in (row.estimate, row.low, row.high)
    )
    return replace(row, estimate=estimate, low=low, high=high)


def limits_of(rows: Sequence[ForestRow], kind: str, given: Any) -> tuple[float, float]:
    """Return the ends of the axis: as given, or so that every estimate is on it."""
    if given is not None:
        return _checked_limits(kind, given)
    none = 1.0 if kind == "log" else 0.0
    points = [none, *(r.estimate for r in rows if r.estimate is not None)]
    ends = [v for r in rows for v in (r.low, r.high) if v is not None]
    return _log_limits(points, ends) if kind == "log" else _linear_limits(points, ends)


def _checked_limits(kind: str, given: Any) -> tuple[float, float]:
    is_pair = isinstance(given, tuple | list) and len(given) == 2
    numbers = [v for v in given if isinstance(v, int | float)] if is_pair else []
    if len(numbers) != 2 or not all(map(math.isfinite, numbers)):
        raise ArgumentError(f"limits must be two finite numbers, not {given!r}.")
    if numbers[0] >= numbers[1] or (kind == "log" and numbers[0] <= 0):
        least = ", both above 0 on a log axis" if kind == "log" else ""
        raise ArgumentError(
            f"limits must be the lower and the upper end of the axis{least}, not {given!r}."
        )
    return float(numbers[0]), float(numbers[1])


def _linear_limits(points: Sequence[float], ends: Sequence[float]) -> tuple[float, float]:
    reach = [v for v in (*points, *ends) if math.isfinite(v)]
    low, high = min(reach), max(reach)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _log_limits(points: Sequence[float], ends: Sequence[float]) -> tuple[float, float]:
    """Go to the ends of the intervals, but no farther than a number of times the estimates."""
    seen = [v for v in points if math.isfinite(v) and v > 0]
    reach = [*seen, *(v for v in ends if math.isfinite(v) and v > 0)]
    low = max(min(reach), min(seen) / FARTHEST)
    high = min(max(reach), max(seen) * FARTHEST)
    if low == high:
        low, high = low / 2, high * 2
    room = (high / low) ** 0.06
    return low / room, high * room


def draw_axis(
    ax: Axes,
    whole: Forest,
    kind: str,
    ends: tuple[float, float],
    favours: tuple[str, str] | None,
    lines: Sequence[float],
) -> None:
    """Draw axis, line of no effect, and the words under them."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator

    ax.set_xscale(kind)
    ax.set_xlim(*ends)
    ax.set_ylim(lines[-1], 0)
    ax.set_yticks([])
    if kind == "log":
        ticks = _log_ticks(*ends)
        ax.xaxis.set_major_locator(FixedLocator(ticks))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    sober(ax, "")
    ax.spines["left"].set_visible(False)
    none = 1.0 if kind == "log" else 0.0
    if ends[0] <= none <= ends[1]:
        ax.plot([none, none], [lines[0], lines[-1]], color=GREY, linewidth=0.8, zorder=1)
    words = f"{unit_of(whole)} ({level(whole.conf_level)})"
    if favours is not None:
        left, right = (clean(side) for side in favours)
        words = f"{words}\n\N{LEFTWARDS ARROW} {left}   {right} \N{RIGHTWARDS ARROW}"
    ax.set_xlabel(words, parse_math=False)


def unit_of(whole: Forest) -> str:
    """Return what the axis measures, and in which unit."""
    measure = next(iter({row.measure for row in whole.rows}))
    if measure == IN_POINTS:
        return "Risk difference, percentage points"
    return measure[:1].upper() + measure[1:] if measure else "Estimate"


def _log_ticks(low: float, high: float) -> list[float]:
    """Return ticks of a log axis: 1, 2, 5 of each decade, the decades where those are many.

    A short axis, which holds fewer than three of those, has round numbers at equal distances.
    """
    from matplotlib.ticker import MaxNLocator

    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            step * 10.0**power
            for power in range(first, last + 1)
            for step in steps
            if low <= step * 10.0**power <= high
        ]
        if len(ticks) < 3:
            nice = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
            return [round(float(x), 12) for x in nice if low <= x <= high]
        if len(ticks) <= 6:
            return ticks
    return ticks[:: -(-len(ticks) // 6)]


def draw_marks(
    ax: Axes,
    rows: Sequence[ForestRow],
    lines: Sequence[float],
    ends: tuple[float, float],
    kind: str,
) -> None:
    """Draw interval and estimate of each row; an arrow where one of them leaves the axis."""
    colour = look(0).colour
    for row, y in zip(rows, lines[1:-1], strict=True):
        if row.estimate is None:
            continue
        low, high = _cut(row, ends, kind)
        out = {">"} if row.estimate > ends[1] else {"<"} if row.estimate < ends[0] else set()
        if low is not None and high is not None and low[0] <= high[0]:
            ax.plot([low[0], high[0]], [y, y], color=colour, linewidth=1.2, zorder=2)
            out |= ({"<"} if low[1] else set()) | ({">"} if high[1] else set())
        for arrow in sorted(out):
            x = ends[0] if arrow == "<" else ends[1]
            ax.plot([x], [y], marker=arrow, color=colour, markersize=5, clip_on=False)
        if ends[0] <= row.estimate <= ends[1]:
            ax.plot(
                [row.estimate],
                [y],
                marker="s",
                markersize=5,
                color=colour,
                markeredgecolor="white",
                markeredgewidth=0.5,
                zorder=3,
            )


def _cut(
    row: ForestRow, ends: tuple[float, float], kind: str
) -> tuple[tuple[float, bool] | None, tuple[float, bool] | None]:
    """Return where an interval is drawn from and to, and whether it goes on beyond the axis."""
    if row.low is None and row.high is None:
        return None, None
    low = -math.inf if row.low is None or (kind == "log" and row.low <= 0) else row.low
    high = math.inf if row.high is None else row.high
    return (max(low, ends[0]), low < ends[0]), (min(high, ends[1]), high > ends[1])


def leaves(row: ForestRow, ends: tuple[float, float], kind: str) -> bool:
    """Whether an arrow is drawn."""
    if row.estimate is None:
        return False
    is_out = not ends[0] <= row.estimate <= ends[1]
    return is_out or any(end is not None and end[1] for end in _cut(row, ends, kind))
