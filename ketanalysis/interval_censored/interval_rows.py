"""Ready time-to-event rows become intervals and groups, checked and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, EstimationError, cast_remedy
from ketanalysis.grid import by_columns
from ketanalysis.survival.event_codes import ROW, check_column, where
from ketanalysis.survival.event_times import EventTimes, event_times, without
from ketanalysis.survival.risk_sets import Counts, Floats

SEEN_AT = "time at which the event was seen"
SEEN = "whether the event was seen"
TAKEN = (
    *("left", "right", "mass", "median_low", "median_high", "survival_low", "survival_high"),
    *("n_event", "n_interval", "n_exact", "width", "term", "excess"),
)


@dataclass(frozen=True, eq=False)
class IntervalTimes:
    """The subjects of one endpoint with their intervals.

    Attributes
    ----------
    low, high
        (n,) the event lies in ``(low, high]``; at the time where both are equal; ``high`` is
        infinite where it was not seen.
    read
        The same subjects as right-censored rows: groups, endpoint, rows, audit, notes.
    """

    low: Floats
    high: Floats
    read: EventTimes

    @property
    def names(self) -> list[str]:
        """The groups as text, in order; ``["overall"]`` without groups."""
        return self.read.names

    @property
    def group(self) -> Counts:
        """(n,) place of the group."""
        return self.read.group

    @property
    def groups(self) -> pl.Series | None:
        """The groups in order, named as the column; None without groups."""
        return self.read.groups


def interval_times(
    frame: pl.DataFrame,
    endpoint: str | None = None,
    *,
    low: str = "AVALLO",
    high: str = "AVALHI",
    by: str | None = None,
    groups: Sequence[object] | None = None,
    entry: str | None = None,
    known_at: str | None = None,
) -> IntervalTimes:
    """Read one endpoint of a frame; the arguments are `estimate_interval_survival`'s.

    Raises
    ------
    ArgumentError
        If a column is missing, or as `ketanalysis.survival.event_times.event_times`.
    ContractError
        If an end is no number or negative, ``low`` is above ``high``, or CNSR says otherwise.
    EstimationError
        If no subject enters.

    Examples
    --------
    >>> rows = pl.DataFrame({"AVALLO": [0.0, 7.0, None], "AVALHI": [7.0, None, 3.0]})
    >>> read = interval_times(rows)
    >>> read.low.tolist(), read.high.tolist()
    ([0.0, 0.0, 7.0], [3.0, 7.0, inf])
    """
    for argument, column in (("low", low), ("high", high)):
        check_column(argument, column, frame)
        if by == column:
            raise ArgumentError(
                f"by cannot name the column {by!r}, which {argument} names; groups need a column "
                "of their own."
            )
    by_columns(by, TAKEN)
    if known_at not in (None, "baseline"):
        raise ArgumentError(
            f'known_at must be "baseline" or left out, not {known_at!r}: groups that form later '
            "are compared by estimate_survival, whose subjects may enter late."
        )
    rows = _with_ends(frame, low, high)
    _check_ends(rows, low, high)
    read = event_times(
        rows,
        endpoint,
        time=SEEN_AT,
        event=SEEN,
        by=by,
        groups=groups,
        entry=entry,
        known_at=known_at,
    )
    n = len(read.time)
    inside = read.tte.head(n)
    found = IntervalTimes(
        low=inside[_LOW].to_numpy(),
        high=inside[_HIGH].fill_null(np.inf).to_numpy(),
        read=_without_ours(read),
    )
    return found if "USUBJID" in frame.columns else _in(found, _order(found))


_LOW, _HIGH = "start of the interval", "end of the interval"


def _with_ends(frame: pl.DataFrame, low: str, high: str) -> pl.DataFrame:
    """Return the frame with both ends as numbers, null where there is none, and the end seen."""
    for column in (low, high):
        kind = frame[column].dtype
        if not (kind.is_numeric() or kind == pl.Null):
            remedy = cast_remedy(column) if kind == pl.String else ""
            raise ContractError(f"{column} must hold numbers, not values of type {kind}.{remedy}")
    start, given = (frame[column].cast(pl.Float64).to_numpy() for column in (low, high))
    seen = np.isfinite(given)  # null is NaN there
    start = np.where(seen & np.isnan(start), 0.0, start)
    end = np.where(given == -np.inf, -1.0, np.where(seen, given, np.nan))
    return frame.hstack(
        [
            pl.Series(_LOW, start, nan_to_null=True),
            pl.Series(_HIGH, end, nan_to_null=True),
            pl.Series(SEEN_AT, np.where(seen, given, start), nan_to_null=True),
            pl.Series(SEEN, seen),
        ]
    )


def _check_ends(rows: pl.DataFrame, low: str, high: str) -> None:
    """Refuse what is no interval in rows that enter, and a CNSR that says the opposite."""
    if _are_intervals(rows) and "CNSR" not in rows.columns:
        return  # the usual case, decided without a query
    numbered = rows.with_row_index(ROW, offset=1)
    if "entered" in rows.columns and rows["entered"].dtype == pl.Boolean:
        numbered = numbered.filter(pl.col("entered"))
    start, end = pl.col(_LOW), pl.col(_HIGH)
    wrong = numbered.filter(~start.is_finite() | (start < 0) | (end < 0))
    if not wrong.is_empty():
        raise ContractError(
            f"{low} and {high} must be times of 0 or later ({high} may be empty or infinite "
            f"where the event was not seen).\n{where(wrong)}\n  Correct the times."
        )
    turned = numbered.filter(start > end)
    if not turned.is_empty():
        first = f"{turned[_LOW][0]:g} and {turned[_HIGH][0]:g}"
        raise ContractError(
            f"{low} must not be after {high}: the event lies between them, after {low} and until "
            f"{high}; here they are {first}.\n{where(turned)}\n  Correct the times."
        )
    _check_censoring(numbered, high)


def _are_intervals(rows: pl.DataFrame) -> bool:
    """Whether every row has a start of 0 or later, and no end before it."""
    start, end = rows[_LOW].to_numpy(), rows[_HIGH].to_numpy()
    is_fine = np.isfinite(start) & (start >= 0) & (np.isnan(end) | (end >= start))
    return bool(is_fine.all())


def _check_censoring(rows: pl.DataFrame, high: str) -> None:
    if "CNSR" not in rows.columns or not rows["CNSR"].dtype.is_numeric():
        return
    is_event = pl.col("CNSR") == 0
    other = rows.filter(pl.col("CNSR").is_not_null() & (is_event != pl.col(SEEN)))
    if other.is_empty():
        return
    what = "no time" if other["CNSR"][0] == 0 else "a time"
    raise ContractError(
        f"{high} must be there where CNSR is 0 (an event), and empty where it is 1 or more; CNSR "
        f"is {other['CNSR'][0]} in a row with {what} in {high}.\n{where(other)}\n"
        "  Correct one of them, or drop CNSR from the frame."
    )


def _without_ours(read: EventTimes) -> EventTimes:
    return replace(read, tte=without(read.tte, _LOW, _HIGH, SEEN_AT, SEEN))


def _order(found: IntervalTimes) -> Counts:
    """Return an order that does not hang on the order of rows without names."""
    return np.lexsort((found.high, found.low, found.group))


def _in(found: IntervalTimes, order: Counts) -> IntervalTimes:
    n, read = len(order), found.read
    return IntervalTimes(
        found.low[order],
        found.high[order],
        replace(
            read,
            tte=pl.concat([read.tte.head(n)[order], read.tte.tail(read.tte.height - n)]),
            time=read.time[order],
            event=read.event[order],
            entry=None if read.entry is None else read.entry[order],
            group=read.group[order],
        ),
    )


def refuse_late_entry(found: IntervalTimes, what: str) -> None:
    """Refuse subjects who come under observation after the origin."""
    entry = found.read.entry
    if entry is None:
        return
    late = int(np.count_nonzero(entry > 0))
    raise EstimationError(
        f"{what} takes no late entry, and {late} of {len(entry)} subjects come under observation "
        f"after the origin, the last of them at {float(entry.max()):g}.\n"
        '  Derive the rows with origin="entry", which starts every clock when the subject enters; '
        "or use the Kaplan-Meier methods (compare_survival), which take late entry."
    )
