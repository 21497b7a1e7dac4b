"""Were the groups looked at equally often? The widths of the intervals in which events fell."""

from __future__ import annotations

import numpy as np
import polars as pl

from ketanalysis.errors import listed
from ketanalysis.interval_censored.interval_rows import IntervalTimes

FEWEST = 5  # events seen within an interval, of each group
RATIO = 1.5  # of the largest to the smallest median width


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


def schedule_warnings(table: pl.DataFrame, names: list[str], unit: str) -> tuple[str, ...]:
    """Warn where one group was looked at less often than another, by a criterion that is said.

    Examples
    --------
    >>> table = pl.DataFrame({"n_interval": [9, 8], "width": [7.0, 14.0]})
    >>> schedule_warnings(table, ["a", "b"], "days")[0][:60]
    'The visit schedules differ: events were seen within interval'
    """
    judged = [
        (name, row["width"], row["n_interval"])
        for name, row in zip(names, table.iter_rows(named=True), strict=True)
        if row["n_interval"] >= FEWEST
    ]
    if len(judged) < 2:
        return ()
    widths = [width for _, width, _ in judged]
    ratio = max(widths) / min(widths)
    if ratio <= RATIO:
        return ()
    shown = listed(f"{name} {width:g} ({n} events)" for name, width, n in judged)
    return (
        f"The visit schedules differ: events were seen within intervals whose median widths, in "
        f"{unit}, are {shown}; the largest is {ratio:.2g} times the smallest, and more than "
        f"{RATIO:g} counts as different. Kaplan-Meier of the visit dates then compares schedules "
        "as well, and permutation tests do not hold.",
    )
