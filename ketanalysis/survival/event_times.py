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
    alike,
    cast_remedy,
    listed,
    near_miss,
)
from ketanalysis.survival.event_audit import OUT, audit_of
from ketanalysis.survival.event_codes import ROW, check_column, event_codes, where
from ketanalysis.survival.event_groups import BASELINE_COLUMNS as BASELINE_COLUMNS
from ketanalysis.survival.event_groups import (
    absent_groups,
    check_by,
    check_known_at,
    groups_in_order,
    known_notes,
    order_notes,
)
from ketanalysis.survival.id_order import are_of_one_case, is_rising
from ketanalysis.survival.risk_sets import ROUNDING, Bools, Counts, Floats, merge_times


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
    in_pieces: bool = False,
) -> EventTimes:
    """Read one endpoint of a time-to-event frame; the arguments are `estimate_survival`'s.

    With `in_pieces` a subject may have several rows, each from its entry to its time.

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
    is_ours = entry is None and {"entered", "entry"} <= set(frame.columns)
    entry = "entry" if is_ours else entry
    for argument, column in (("time", time), ("event", event), ("entry", entry), ("by", by)):
        if column is not None:
            check_column(argument, column, frame)
    coding = {"censor": censor} if event is None else {"event": event}
    check_by(by, {"time": time, "entry": entry, **coding})
    check_known_at(frame, by, known_at)

    kept = _out_of_curve(kept, time)
    _check_times(_inside(kept), time, "time")
    kept = _out_before_known(_out_at_entry(kept, time, entry), time, by, known_at)
    rows = _inside(kept)
    if rows.is_empty():
        reasons = listed(kept[OUT].unique(maintain_order=True))
        raise EstimationError(
            f"No subject enters the curve: {kept.height} rows are out ({reasons or 'none given'})."
        )
    if not in_pieces:
        _check_subjects(rows)
    happened = event_codes(rows, censor, event, event_value)
    order, code = groups_in_order(rows, by, groups)
    starts = _entries(rows, entry, known_at)
    times, starts = merge_times(rows[time].cast(pl.Float64).to_numpy(), starts)
    place = _order(rows, times, code)
    return EventTimes(
        tte=without(_taken(rows, place, kept), ROW, OUT),
        time=times[place],
        event=happened[place],
        entry=None if starts is None else starts[place],
        group=code[place],
        groups=order,
        endpoint=endpoint,
        audit=audit_of(kept, rows, happened, by),
        notes=(
            *_event_notes(rows, event, event_value),
            *(_entry_notes(rows) if is_ours else ()),
            *order_notes(order, groups),
            *known_notes(by, known_at),
        ),
        warnings=(*absent_groups(order, kept), *_row_warnings(kept, time)),
    )


def _one_endpoint(frame: pl.DataFrame, endpoint: str | None) -> tuple[pl.DataFrame, str | None]:
    if "PARAMCD" not in frame.columns:
        if endpoint is None:
            return frame, None
        raise ArgumentError(
            f"endpoint={endpoint!r} needs a column PARAMCD, which the frame does not have."
        )
    unnamed = frame.filter(pl.col("PARAMCD").is_null())
    if not unnamed.is_empty():
        raise ContractError(
            f"PARAMCD must name the endpoint of every row.\n{where(unnamed)}\n"
            "  Fill it in, or take the rows out."
        )
    held = frame["PARAMCD"].cast(pl.String).unique().sort().to_list()
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


def _out_of_curve(frame: pl.DataFrame, time: str) -> pl.DataFrame:
    """Mark the rows that were not entered, or have no time, with their reason."""
    if frame[time].dtype != pl.Null:
        _check_numbers(frame[time])
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


def _check_numbers(given: pl.Series) -> None:
    if not given.dtype.is_numeric():
        remedy = cast_remedy(given.name) if given.dtype == pl.String else ""
        raise ContractError(
            f"{given.name} must hold numbers, not values of type {given.dtype}.{remedy}"
        )


def without(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return the frame without some columns, as `drop`, which makes a query of it."""
    return frame[[name for name in frame.columns if name not in columns]]


def _inside(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are not out; the frame itself where none is, which costs nothing."""
    if frame[OUT].null_count() == frame.height:
        return frame
    return frame.filter(pl.col(OUT).is_null())


def are_times(values: pl.Series) -> bool:
    """Whether all are numbers of 0 or later: the usual case, decided without a query."""
    numbers = values.cast(pl.Float64).to_numpy()
    return bool((np.isfinite(numbers) & (numbers >= 0)).all())


def _check_times(rows: pl.DataFrame, column: str, argument: str) -> None:
    _check_numbers(rows[column])
    if are_times(rows[column]):
        return
    given = pl.col(column).cast(pl.Float64)
    wrong = rows.filter(given.is_null() | ~given.is_finite() | (given < 0))
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
    rows = _inside(frame)
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
        _check_times(_inside(frame), known_at, "known_at")
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
    if is_rising(subject) or (not subject.null_count() and subject.n_unique() == rows.height):
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


def _order(rows: pl.DataFrame, times: Floats, code: Counts) -> Counts | slice:
    """Return an order (n,) that does not hang on the order of the given rows; all as they stand."""
    if "USUBJID" not in rows.columns:
        return np.lexsort((times, code))
    if is_rising(rows["USUBJID"]):
        return slice(None)
    return rows["USUBJID"].arg_sort().to_numpy().astype(np.int64)


def _taken(rows: pl.DataFrame, place: Counts | slice, kept: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are in, in order, and after them those of `kept` that are out."""
    inside = rows if isinstance(place, slice) else rows[place]
    return inside if rows.height == kept.height else pl.concat([inside, _out_in_order(kept)])


def _out_in_order(kept: pl.DataFrame) -> pl.DataFrame:
    out = kept.filter(pl.col(OUT).is_not_null())
    return out.sort("USUBJID", ROW) if "USUBJID" in kept.columns else out


def _event_notes(rows: pl.DataFrame, event: str | None, event_value: object) -> tuple[str, ...]:
    if event is None or event_value is None:
        return ()
    values = event_value if isinstance(event_value, (list, tuple, set)) else [event_value]
    others = [code for code in rows[event].unique().sort() if code not in values]
    counted = f"; {listed(map(repr, others))} counted as censored" if others else ""
    return (f"Event: {event} is {listed(map(repr, values))}{counted}.",)


def _entry_notes(rows: pl.DataFrame) -> tuple[str, ...]:
    """Say that our own column of entries was used, where anybody enters late."""
    if not (rows["entry"] > 0).any():
        return ()
    return (
        "Late entry from the column entry, which stands beside entered in derived rows: subjects "
        "are at risk from then. Without that column they count from the origin.",
    )


def _row_warnings(kept: pl.DataFrame, time: str) -> tuple[str, ...]:
    """Warn of rows that are out only because they have no time, and of ids that look alike."""
    warnings = []
    untimed = kept[time].null_count()
    if untimed and "entered" not in kept.columns:
        what = "1 row has" if untimed == 1 else f"{untimed} rows have"
        warnings.append(f"{what} no {time} and {'is' if untimed == 1 else 'are'} out of the curve.")
    same = _subjects_alike(kept["USUBJID"]) if "USUBJID" in kept.columns else []
    if same:
        warnings.append(
            "Subjects whose USUBJID differs only in case or spaces count as different subjects: "
            f"{listed(map(repr, same))}."
        )
    return tuple(warnings)


def _subjects_alike(subject: pl.Series) -> list[str]:
    """Return ids that differ only in case or spaces; the names are sought only if there are any."""
    if subject.dtype != pl.String:
        return []
    if are_of_one_case(subject):
        return []
    folded = subject.str.strip_chars().str.to_lowercase()
    if folded.n_unique() == subject.n_unique():
        return []
    return alike(subject.unique(maintain_order=True))
