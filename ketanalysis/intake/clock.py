"""Visits in order, and the analysis clock: hours since the start of the first infusion.

Nothing is guessed: an order of visits is declared, or lies in numbers with a unit; a time is
measured from the first infusion (day 0), or is CDISC's study day, which has no day 0.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.intake.shaping import (
    LEAVE_EMPTY,
    as_numbers,
    label_of,
    label_text,
    require_columns,
    rows_without,
)

HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0}
SIZE = re.compile(r"([a-z]*)[ _.]*(-?[0-9]+(?:\.[0-9]+)?)[ _]*([a-z]*)")
UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 168.0),
    **dict.fromkeys(("mo", "month", "months"), 730.5),
}
NO_NUMBERS = "visit_unit= is for numbers; for names of visits write visits=[...], in order."
NO_ORDER = "Declare the order of the visits instead: visits=[...]."
BEFORE = {"screening": -math.inf, "baseline": -1e-9, "bl": -1e-9, "pre": -1e-9}

Visits = Sequence[object] | Mapping[Any, float]


@dataclass(frozen=True)
class Schedule:
    """The visits in order, with their planned hours where they were given."""

    labels: tuple[str, ...]
    hours: tuple[float, ...] | None = None


def declared_schedule(visits: Visits) -> Schedule:
    """Return the schedule from a list of visits in order, or from visit → planned hours."""
    if isinstance(visits, str) or not isinstance(visits, Sequence | Mapping) or not len(visits):
        raise ArgumentError(
            "visits must be a list of visits in order, or a dict visit → hours since the first "
            f"infusion, not {visits!r}."
        )
    labels = tuple(label_of(visit) for visit in visits)
    twice = [label for i, label in enumerate(labels) if label in labels[:i]]
    if twice:
        raise ArgumentError(f"visits must name each visit once; {listed(twice)} stands twice.")
    if not isinstance(visits, Mapping):
        return Schedule(labels)
    hours = tuple(
        _planned(label, hour) for label, hour in zip(labels, visits.values(), strict=True)
    )
    if any(later <= earlier for earlier, later in itertools.pairwise(hours)):
        raise ArgumentError(
            "visits must be in the order of time, each later than the one before; the hours are "
            f"{listed((f'{hour:g}' for hour in hours), 20)}."
        )
    return Schedule(labels, hours)


def schedule_of(
    column: pl.Series,
    visits: Visits | None,
    visit_unit: str | None,
    numbers: pl.Series | None = None,
) -> tuple[pl.Series, Schedule]:
    """Return the visit of each row as text, and the schedule, or say what must be declared.

    `numbers` is AVISITN where the frame has it: CDISC's own order of visits, which is used
    where no other is declared.
    """
    if visit_unit is not None:
        return _numbered(column, visits, visit_unit)
    text = label_text(column)
    if text.null_count():
        raise ContractError(
            f"{column.name} must name a visit in every row; {rows_without(text.is_null())}."
        )
    if visits is None and isinstance(column.dtype, pl.Enum):
        return text, Schedule(tuple(column.dtype.categories))
    if visits is None and numbers is not None:
        return text, _by_number(text, numbers)
    if visits is None:
        raise ArgumentError(_without_order(column.name, text))
    schedule = declared_schedule(visits)
    unknown = [v for v in text.unique(maintain_order=True) if v not in schedule.labels]
    if unknown:
        raise ContractError(
            f"{column.name} must hold one of the declared visits "
            f"{listed(map(repr, schedule.labels), 20)}, not {listed(map(repr, unknown))}."
            f"{near_miss(unknown[0], schedule.labels)}"
        )
    return text, schedule


def named_clock(day: str | None, study_day: str | None, hour: str | None) -> tuple[str, str] | None:
    """Return which clock was named and its column, or None; two clocks are refused."""
    given = [
        (clock, column)
        for clock, column in (("day", day), ("study_day", study_day), ("hour", hour))
        if column is not None
    ]
    if len(given) > 1:
        raise ArgumentError(
            f"Give one clock, not {' and '.join(f'{clock}=' for clock, _ in given)}: day (elapsed "
            "days, 0 is the day of the first infusion), study_day (CDISC ADY, which has no day 0) "
            "or hour."
        )
    return given[0] if given else None


def elapsed_hours(frame: pl.DataFrame, clock: str, column: str, where: str = "data") -> pl.Series:
    """Return hours since the start of the first infusion, from a column of that clock."""
    require_columns(frame, clock, [column], where)
    times = as_numbers(frame, [column], advice=LEAVE_EMPTY)[column]
    if clock == "hour":
        return times
    if clock == "day":
        return times * HOURS["day"]
    if (times % 1 != 0).any():
        row = int((times % 1 != 0).arg_max() or 0) + 1
        raise ContractError(
            f"{column} must hold whole numbers as study days, not {times[row - 1]:g} (row {row}).\n"
            "  If it counts elapsed days, name it as day=."
        )
    if (times == 0).any():
        row = int((times == 0).arg_max() or 0) + 1
        raise ContractError(
            f"{column} cannot be 0 as a study day (row {row}): CDISC's study days go from -1 to "
            "1.\n  If it counts elapsed days from 0, name it as day=."
        )
    return (times - (times > 0).cast(pl.Float64)) * HOURS["day"]


def check_days_apart(rows: pl.DataFrame, clock: str, column: str) -> None:
    """Refuse two assessments of one scale on one day: days do not tell which came first."""
    keys = ["USUBJID", "PARAMCD", "AFRLT"]
    same = rows.filter(pl.col("AVAL").is_not_null() & pl.col("AFRLT").is_not_null())
    same = same.filter(pl.col("AVISIT").n_unique().over(keys) > 1)
    if same.is_empty():
        return
    subject, scale, hours = same.select(keys).row(0)
    pair = same.filter(USUBJID=subject, PARAMCD=scale, AFRLT=hours)["AVISIT"]
    day = hours / HOURS["day"] + (clock == "study_day" and hours >= 0)
    others = same["USUBJID"].n_unique() - 1
    at = " and ".join(map(repr, pair.unique(maintain_order=True)))
    more = f", and {others} more subject{'s' * (others > 1)} likewise" if others else ""
    raise ContractError(
        f"Subject {subject} has {scale} at {at} on one day ({column} {day:g}){more}: assessments "
        "of one day need hours.\n"
        f"  Name hour= instead of {clock}=, or leave {clock}= out and give visits= with hours."
    )


def _planned(label: str, hour: object) -> float:
    is_number = isinstance(hour, int | float) and not isinstance(hour, bool)
    if not is_number or not math.isfinite(hour):  # type: ignore[arg-type]
        raise ArgumentError(
            f"visits must give hours since the first infusion, not {hour!r} for {label!r}."
        )
    return float(hour)  # type: ignore[arg-type]


def _numbered(
    column: pl.Series, visits: Visits | None, visit_unit: str
) -> tuple[pl.Series, Schedule]:
    check_one_of("visit_unit", visit_unit, tuple(HOURS))
    if visits is not None:
        raise ArgumentError("Give visits= or visit_unit=, not both.")
    numbers = as_numbers(column.to_frame(), [column.name], advice=NO_NUMBERS)[column.name]
    if numbers.null_count():
        raise ContractError(
            f"{column.name} must hold a number in every row; {rows_without(numbers.is_null())}."
        )
    ordered = numbers.unique().sort().to_list()
    labels = {number: f"{visit_unit.capitalize()} {label_of(number)}" for number in ordered}
    text = numbers.replace_strict(labels, return_dtype=pl.String)
    hours = tuple(number * HOURS[visit_unit] for number in ordered)
    return text, Schedule(tuple(labels.values()), hours)


def _by_number(text: pl.Series, numbers: pl.Series) -> Schedule:
    order = as_numbers(numbers.to_frame(), [numbers.name], advice=NO_ORDER)[numbers.name]
    pairs = pl.DataFrame({"visit": text, "number": order}).unique().sort("number", "visit")
    repeated = pairs["visit"].is_duplicated() | pairs["number"].is_duplicated()
    unclear = pairs.filter(repeated | pairs["number"].is_null())["visit"].unique().sort()
    if len(unclear):
        raise ContractError(
            f"{numbers.name} must give each visit one number of its own; it does not for "
            f"{listed(map(repr, unclear))}.\n  {NO_ORDER}"
        )
    return Schedule(tuple(pairs["visit"]))


def _without_order(name: str, text: pl.Series) -> str:
    found = text.unique().sort().to_list()
    ordered = suggested_order(found)
    wanted = (
        f"If this is their order, write visits={ordered!r}."
        if ordered is not None
        else f"Write them in order, visits=[...]; found: {listed(map(repr, found), 20)}."
    )
    return (
        f"The visits in {name} have no declared order, and none is taken from the alphabet.\n"
        f"  {wanted}\n"
        "  Where the column holds numbers, visit_unit= (hour, day or week) gives order and time."
    )


def suggested_order(labels: Sequence[str]) -> list[str] | None:
    """Return labels in the order of the times that they name, or None where that is unclear.

    Only ever shown in a message, for a person to confirm: "40 min", "4 h", "d14", "Week 2".
    """
    sizes = {label: _size(label) for label in labels}
    kinds = {kind for kind, _ in sizes.values() if kind != "before"}
    distinct = {size for _, size in sizes.values()}
    if len(kinds) > 1 or "unclear" in kinds or len(distinct) < len(labels):
        return None
    return sorted(labels, key=lambda label: sizes[label][1])


def _size(label: str) -> tuple[str, float]:
    """Return what a label measures ("time", or its prefix for a bare number) and how much."""
    plain = label.strip().casefold()
    if plain in BEFORE:
        return "before", BEFORE[plain]
    match = SIZE.fullmatch(plain)
    if match is None:
        return "unclear", math.nan
    before, number, after = match.groups()
    unit = UNITS.get(after or before)
    if unit is not None and (not after or before in ("", "t")):
        return "time", float(number) * unit
    return ("unclear" if after else f"number {before}"), float(number)
