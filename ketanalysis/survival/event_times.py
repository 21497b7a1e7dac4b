"""Ready time-to-event rows become times, events and groups, checked and counted.

One row is a subject and an endpoint, as in CDISC's ADTTE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    listed,
    near_miss,
)
from ketanalysis.survival.event_codes import ROW, check_column, event_codes, where
from ketanalysis.survival.risk_sets import ROUNDING, Bools, Counts, Floats, merge_times

BASELINE_COLUMNS = ("TRT01P", "TRT01A", "ARM", "ACTARM", "SEX", "RACE", "AGEGR1", "SITEID")
OUT = "why the row is out"


@dataclass(frozen=True, eq=False, kw_only=True)
class EventTimes:
    """The subjects of one endpoint, in order of USUBJID, or without it of group and time.

    Attributes
    ----------
    tte
        All rows of the endpoint with their columns as given: first the n that enter, in the
        order of the arrays, then those that are out.
    time, event, entry
        (n,) time to the event or to censoring, whether it is the event, start of
        observation (None where everybody is followed from the origin). Times that differ
        by rounding only are one time.
    group
        (n,) place in `groups`; zeros without groups.
    groups
        The g groups in order, the reference first, named as the column; None without groups.
    endpoint
        The endpoint (PARAMCD), or None in a frame without PARAMCD.
    audit
        Rows in and out: the column of groups, ``status``, ``reason``, ``count``.
    notes, warnings
        Sentences on what was declared, and on what a reader must not overlook.
    """

    tte: pl.DataFrame
    time: Floats
    event: Bools
    entry: Floats | None
    group: Counts
    groups: pl.Series | None
    endpoint: str | None
    audit: pl.DataFrame
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The groups as text, in order; ``["overall"]`` without groups."""
        return ["overall"] if self.groups is None else [str(name) for name in self.groups]


def event_times(
    frame: pl.DataFrame,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    censor: str = "CNSR",
    event: str | None = None,
    event_value: object = None,
    by: str | None = None,
    groups: Sequence[object] | None = None,
    entry: str | None = None,
    known_at: str | float | None = None,
) -> EventTimes:
    """Read one endpoint of a time-to-event frame; the arguments are `estimate_survival`'s.

    Raises
    ------
    ArgumentError
        If a column is missing, several endpoints are there and none is named, the event
        coding is not declared, or `by` may be known only after the origin.
    ContractError
        If a subject that enters has an impossible time, entry or censoring code, no group,
        or more than one row.
    EstimationError
        If no subject enters.

    Examples
    --------
    >>> rows = pl.DataFrame({"AVAL": [12.0, 30.0, None], "CNSR": [0, 1, 1]})
    >>> read = event_times(rows)
    >>> read.event.tolist(), read.audit["reason"].to_list()
    ([True, False], ['censored', 'event', 'no time'])
    """
    kept, endpoint = _one_endpoint(frame.with_row_index(ROW, offset=1), endpoint)
    for argument, column in (("time", time), ("event", event), ("entry", entry), ("by", by)):
        if column is not None:
            check_column(argument, column, frame)
    _check_known_at(frame, by, known_at)

    kept = _out_of_curve(kept, time)
    _check_times(kept.filter(pl.col(OUT).is_null()), time, "time")
    kept = _out_before_known(_out_at_entry(kept, time, entry), time, by, known_at)
    rows = kept.filter(pl.col(OUT).is_null())
    if rows.is_empty():
        reasons = listed(kept[OUT].unique(maintain_order=True))
        raise EstimationError(
            f"No subject enters the curve: {kept.height} rows are out ({reasons or 'none given'})."
        )
    _check_subjects(rows)
    happened = event_codes(rows, censor, event, event_value)
    order, code = _groups(rows, by, groups)
    starts = _entries(rows, entry, known_at)
    times, starts = merge_times(rows[time].cast(pl.Float64).to_numpy(), starts)
    place = _order(rows, times, code)
    return EventTimes(
        tte=pl.concat([rows[place], _out_in_order(kept)]).drop(ROW, OUT),
        time=times[place],
        event=happened[place],
        entry=None if starts is None else starts[place],
        group=code[place],
        groups=order,
        endpoint=endpoint,
        audit=_audit(kept, rows, happened, by),
        notes=(*_event_notes(rows, event, event_value), *_known_notes(by, known_at)),
        warnings=_absent_groups(order, kept),
    )


def _one_endpoint(frame: pl.DataFrame, endpoint: str | None) -> tuple[pl.DataFrame, str | None]:
    if "PARAMCD" not in frame.columns:
        if endpoint is None:
            return frame, None
        raise ArgumentError(
            f"endpoint={endpoint!r} needs a column PARAMCD, which the frame does not have."
        )
    held = frame["PARAMCD"].cast(pl.String).drop_nulls().unique().sort().to_list()
    if endpoint is None and len(held) > 1:
        raise ArgumentError(
            f"endpoint must name one PARAMCD: the frame holds {listed(held)}, "
            "and one row must be one subject."
        )
    if endpoint is not None and endpoint not in held:
        raise ArgumentError(
            f"endpoint must be one of {listed(held)}, not {endpoint!r}.{near_miss(endpoint, held)}"
        )
    if endpoint is None:
        return frame, held[0] if held else None
    return frame.filter(pl.col("PARAMCD").cast(pl.String) == endpoint), endpoint


def _check_known_at(frame: pl.DataFrame, by: str | None, known_at: str | float | None) -> None:
    if by is None:
        if known_at not in (None, "baseline"):
            raise ArgumentError("known_at says when the groups were known, so it needs by.")
        return
    if known_at is None and by not in BASELINE_COLUMNS:
        raise ArgumentError(
            f"by={by!r} needs known_at: a subject may have had to stay free of the event until "
            f"{by} was known, which makes its curve too good (immortal time).\n"
            '  Say known_at="baseline" if it was known at the origin; else give the time or the '
            "column of times at which it was known, and subjects count from then."
        )
    if isinstance(known_at, str) and known_at != "baseline":
        check_column("known_at", known_at, frame)


def _out_of_curve(frame: pl.DataFrame, time: str) -> pl.DataFrame:
    """Mark the rows that were not entered, or have no time, with their reason."""
    if not frame[time].dtype.is_numeric() and frame[time].dtype != pl.Null:
        raise ContractError(f"{time} must hold numbers, not values of type {frame[time].dtype}.")
    named = pl.lit(None, dtype=pl.String)
    if "reason" in frame.columns:
        named = pl.col("reason").cast(pl.String)
    refused = pl.lit(False)
    if "entered" in frame.columns:
        if frame["entered"].dtype != pl.Boolean or frame["entered"].null_count():
            raise ContractError("entered must be True or False in every row.")
        refused = ~pl.col("entered")
    return frame.with_columns(
        pl.when(refused)
        .then(pl.coalesce(named, pl.lit("not entered")))
        .when(pl.col(time).is_null())
        .then(pl.coalesce(named, pl.lit("no time")))
        .alias(OUT)
    )


def _check_times(rows: pl.DataFrame, column: str, argument: str) -> None:
    if not rows[column].dtype.is_numeric():
        raise ContractError(f"{column} must hold numbers, not values of type {rows[column].dtype}.")
    given = pl.col(column).cast(pl.Float64)
    wrong = rows.filter(given.is_null() | ~given.is_finite() | (given < 0))
    if wrong.is_empty():
        return
    first = "missing" if wrong[column][0] is None else f"{wrong[column][0]:g}"
    what = "exclude the subject with entered = False and a reason"
    remedy = f"Correct the time, or {what}." if argument == "time" else "Correct the time."
    raise ContractError(
        f"{column} must be a time of 0 or later, not {first}.\n{where(wrong)}\n  {remedy}"
    )


def _out_at_entry(frame: pl.DataFrame, time: str, entry: str | None) -> pl.DataFrame:
    """Mark the rows that end when they come under observation: never at risk."""
    if entry is None:
        return frame
    rows = frame.filter(pl.col(OUT).is_null())
    _check_times(rows, entry, "entry")
    end, start = pl.col(time).cast(pl.Float64), pl.col(entry).cast(pl.Float64)
    late = rows.filter(start * (1 - ROUNDING) > end)
    if not late.is_empty():
        raise ContractError(
            f"{entry} must not be after {time}: who enters later was never at risk.\n"
            f"{where(late)}\n  Correct it, or exclude the subject with entered = False."
        )
    why = pl.lit("ended at entry, never at risk")
    if "reason" in frame.columns:
        why = pl.concat_str(why, pl.lit(": ") + pl.col("reason").cast(pl.String), ignore_nulls=True)
    ended = pl.col(OUT).is_null() & (start > 0) & (end <= start * (1 + ROUNDING))
    return frame.with_columns(pl.when(ended).then(why).otherwise(pl.col(OUT)).alias(OUT))


def _out_before_known(
    frame: pl.DataFrame, time: str, by: str | None, known_at: str | float | None
) -> pl.DataFrame:
    """Mark the rows that end before their group was known."""
    if known_at is None or known_at == "baseline":
        return frame
    known = pl.col(known_at) if isinstance(known_at, str) else pl.lit(float(known_at))
    if isinstance(known_at, str):
        _check_times(frame.filter(pl.col(OUT).is_null()), known_at, "known_at")
    elif not 0 <= known_at < float("inf"):
        raise ArgumentError(f"known_at must be a time of 0 or later, not {known_at!r}.")
    ended = pl.col(OUT).is_null() & (known > 0) & (pl.col(time) <= known * (1 + ROUNDING))
    return frame.with_columns(
        pl.when(ended)
        .then(pl.lit(f"ended before {by} was known"))
        .otherwise(pl.col(OUT))
        .alias(OUT)
    )


def _check_subjects(rows: pl.DataFrame) -> None:
    if "USUBJID" not in rows.columns:
        return
    subject = rows["USUBJID"]
    if not subject.null_count() and subject.n_unique() == rows.height:
        return
    twice = rows.filter(pl.col("USUBJID").is_duplicated() | pl.col("USUBJID").is_null())
    if not twice.is_empty():
        raise ContractError(
            f"One row must be one subject of the endpoint, with its USUBJID.\n{where(twice)}\n"
            "  Keep one row a subject, or name the endpoint."
        )


def _entries(rows: pl.DataFrame, entry: str | None, known_at: str | float | None) -> Floats | None:
    """Return (n,) when each subject comes under observation: its entry or its group, the later."""
    starts = None
    if entry is not None:
        starts = rows[entry].cast(pl.Float64).to_numpy()
    if known_at is not None and known_at != "baseline":
        known = rows[known_at] if isinstance(known_at, str) else pl.Series([known_at] * len(rows))
        known_from = known.cast(pl.Float64).to_numpy()
        starts = known_from if starts is None else np.maximum(starts, known_from)
    return starts if starts is not None and np.any(starts > 0) else None


def _groups(
    rows: pl.DataFrame, by: str | None, order: Sequence[object] | None
) -> tuple[pl.Series | None, Counts]:
    """Return the groups in order and each subject's place (n,) among them."""
    if by is None:
        if order is not None:
            raise ArgumentError("groups gives the order of the groups, so it needs by.")
        return None, np.zeros(rows.height, dtype=np.int64)
    given = rows[by]
    if given.null_count():
        raise ContractError(
            f"{by} must name a group for every subject that enters.\n"
            f"{where(rows.filter(given.is_null()))}\n"
            "  Fill it in, or exclude the subject with entered = False and a reason."
        )
    if not (given.dtype.is_integer() or given.dtype in (pl.String, pl.Enum, pl.Boolean)):
        raise ArgumentError(
            f"by must be a column of groups (text, ordered categories, whole numbers or "
            f"True/False), and {by} is of type {given.dtype}."
        )
    found = given.unique().sort()
    if order is not None:
        found = _declared_order(found, by, order)
    places = pl.DataFrame({by: found}).with_row_index("place")
    code = given.to_frame().join(places, on=by, how="left", maintain_order="left")["place"]
    return found, code.to_numpy().astype(np.int64)


def _declared_order(found: pl.Series, by: str, order: Sequence[object]) -> pl.Series:
    held = found.to_list()
    if len(order) != len(held) or set(order) != set(held):
        raise ArgumentError(
            f"groups must list every group of {by} once ({listed(map(repr, held))}), "
            f"the reference first, not {listed(map(repr, order))}."
        )
    return pl.Series(found.name, list(order), dtype=found.dtype)


def _order(rows: pl.DataFrame, times: Floats, code: Counts) -> Counts:
    """Return an order (n,) that does not hang on the order of the given rows."""
    if "USUBJID" in rows.columns:
        return rows["USUBJID"].arg_sort().to_numpy().astype(np.int64)
    return np.lexsort((times, code))


def _out_in_order(kept: pl.DataFrame) -> pl.DataFrame:
    out = kept.filter(pl.col(OUT).is_not_null())
    return out.sort("USUBJID", ROW) if "USUBJID" in kept.columns else out


def _audit(kept: pl.DataFrame, rows: pl.DataFrame, happened: Bools, by: str | None) -> pl.DataFrame:
    columns = [] if by is None else [by]
    described = [c for c in ("reason", "EVNTDESC", "CNSDTDSC") if c in rows.columns]
    keys = [*columns, "happened", *described]
    inside = (
        rows.with_columns(happened=pl.Series(happened))
        .group_by(keys)
        .agg(count=pl.len().cast(pl.Int64))
    )
    inside = inside.select(
        *columns,
        pl.lit("included").alias("status"),
        pl.when("happened")
        .then(_reason(inside, "event", "EVNTDESC"))
        .otherwise(_reason(inside, "censored", "CNSDTDSC"))
        .alias("reason"),
        "count",
    )
    outside = kept.filter(pl.col(OUT).is_not_null()).select(
        *columns,
        pl.lit("excluded").alias("status"),
        pl.col(OUT).alias("reason"),
        pl.lit(1, dtype=pl.Int64).alias("count"),
    )
    counted = (
        pl.concat([inside, outside])
        .group_by([*columns, "status", "reason"])
        .agg(pl.col("count").sum())
    )
    return counted.sort([*columns, pl.col("status") != "included", "reason"])


def _reason(rows: pl.DataFrame, what: str, described: str) -> pl.Expr:
    """Return ``event: first relapse``: the row's reason, or CDISC's description, if any."""
    named = [pl.col(c).cast(pl.String) for c in ("reason", described) if c in rows.columns]
    why = pl.coalesce(named) if named else pl.lit(None, dtype=pl.String)
    return pl.concat_str(pl.lit(what), pl.lit(": ") + why, ignore_nulls=True)


def _event_notes(rows: pl.DataFrame, event: str | None, event_value: object) -> tuple[str, ...]:
    if event is None or event_value is None:
        return ()
    values = event_value if isinstance(event_value, (list, tuple, set)) else [event_value]
    others = [code for code in rows[event].unique().sort() if code not in values]
    counted = f"; {listed(map(repr, others))} counted as censored" if others else ""
    return (f"Event: {event} is {listed(map(repr, values))}{counted}.",)


def _known_notes(by: str | None, known_at: str | float | None) -> tuple[str, ...]:
    if known_at is None or by is None:
        return ()
    if known_at == "baseline":
        return (f"{by} was declared known at the origin.",)
    when = f"at the time in {known_at}" if isinstance(known_at, str) else f"at {known_at:g}"
    return (f"{by} was known {when}: subjects are at risk from then (late entry).",)


def _absent_groups(groups: pl.Series | None, kept: pl.DataFrame) -> tuple[str, ...]:
    """Name the groups of the frame, and of an Enum, of which no subject enters."""
    if groups is None:
        return ()
    named = kept[groups.name].drop_nulls().unique().sort()
    if isinstance(groups.dtype, pl.Enum):
        named = groups.dtype.categories
    absent = [name for name in named.to_list() if name not in groups.to_list()]
    return tuple(f"No subject of {groups.name} {name} enters the curve." for name in absent)
