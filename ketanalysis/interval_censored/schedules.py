"""Were the groups looked at equally often? The widths of the intervals in which events fell."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl

from ketanalysis.errors import listed
from ketanalysis.interval_censored.interval_rows import IntervalTimes
from ketanalysis.survival.risk_sets import Floats

FEWEST = 5  # events seen within an interval, of each group
RATIO = 1.5  # of median widths at the same times
POINTS = 40  # times at which they are compared


def schedule_table(found: IntervalTimes) -> pl.DataFrame:
    """Return one row a group: events, how many between visits, and the median width.

    ``width`` is the median of ``high - low`` over the events whose time is not exact; null
    without any.
    """
    rows = []
    width = found.high - found.low
    for place in range(len(found.names)):
        mine = found.group == place
        seen = mine & np.isfinite(found.high)
        between = seen & (width > 0)
        typical = float(np.median(width[between])) if between.any() else None
        rows.append((int(mine.sum()), int(seen.sum()), int(between.sum()), typical))
    schema = {"n": pl.Int64, "n_event": pl.Int64, "n_interval": pl.Int64, "width": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    if found.groups is None:
        return table
    return pl.concat([found.groups.to_frame(), table], how="horizontal")


def schedule_warnings(found: IntervalTimes, unit: str) -> tuple[str, ...]:
    """Warn where one group was looked at less often than another, by a criterion that is said.

    Groups are compared at the same times: where visits grow rarer for everybody, the group that
    has its events later has the wider intervals, and no other schedule.
    """
    seen = np.isfinite(found.high) & (found.high > found.low)
    parts = {
        name: (found.low[mine], found.high[mine])
        for place, name in enumerate(found.names)
        if (mine := seen & (found.group == place)).sum() >= FEWEST
    }
    ratios = {
        (wide, narrow): width_ratio(parts[wide], parts[narrow])
        for wide, narrow in permutations(parts, 2)
    }
    (wide, narrow), ratio = max(ratios.items(), key=lambda pair: pair[1], default=(("", ""), 1.0))
    if ratio <= RATIO:
        return ()
    shown = listed(
        f"{name} {np.median(high - low):g} ({len(low)} events)"
        for name, (low, high) in parts.items()
    )
    return (
        f"The visit schedules differ: at the same times the events of {wide} were seen within "
        f"intervals {ratio:.2g} times as wide as those of {narrow}, and more than {RATIO:g} counts "
        f"as different. Median widths of all, in {unit}: {shown}. Kaplan-Meier of the visit dates "
        "then compares schedules as well, and permutation tests do not hold.",
    )


def width_ratio(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float:
    """Return how much wider the intervals of one group are, at times that both cover.

    Both are pairs of ends ``(low, high)``, (n,) each. At up to `POINTS` times, spread over the
    middles of all intervals, the median width of the intervals around the time is compared; the
    median of these ratios is returned, or 1 where no time lies in intervals of both.

    Examples
    --------
    >>> weekly = np.array([0.0, 7, 14]), np.array([7.0, 14, 21])
    >>> monthly = np.array([0.0, 28]), np.array([28.0, 56])
    >>> width_ratio(monthly, weekly), width_ratio(weekly, weekly)
    (4.0, 1.0)
    """
    middles = np.concatenate([(low + high) / 2 for low, high in (one, other)])
    shares = np.arange(1, POINTS + 1) / POINTS
    times = np.unique(np.quantile(middles, shares, method="inverted_cdf"))
    ratios = []
    for time in times:
        around = [
            high[inside] - low[inside]
            for low, high in (one, other)
            if (inside := (low < time) & (time <= high)).any()
        ]
        if len(around) == 2:
            ratios.append(np.median(around[0]) / np.median(around[1]))
    return float(np.median(ratios)) if ratios else 1.0
