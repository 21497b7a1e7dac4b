"""The scores as rows of ADQS: from the shape they were given in, at a visit and an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed
from ketanalysis.instruments import find_instrument
from ketanalysis.intake.baseline import with_baseline
from ketanalysis.intake.clock import (
    Schedule,
    Visits,
    check_days_apart,
    declared_schedule,
    elapsed_hours,
    schedule_of,
)
from ketanalysis.intake.shaping import (
    ROW,
    Codes,
    as_numbers,
    coded_cells,
    long_rows,
    require_columns,
    visit_columns,
    wide_by_scale,
    wide_by_visit,
)

WHERE = (
    'Say where the scores are: scores={"HAMD17": "column"} for a column a scale, '
    'wide={"MADRS": "madrs_{visit}"} for a column a scale and visit, or parameter= and value= '
    "for long data."
)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the caller said about the scores: where they stand, at which visit, at which time."""

    visit: str | None = None
    visits: Visits | None = None
    visit_unit: str | None = None
    clock: tuple[str, str] | None = None
    scores: Mapping[str, str] | None = None
    wide: Mapping[str, str] | None = None
    parameter: str | None = None
    value: str | None = None
    baseline: Mapping[str, str] | None = None
    baseline_visit: object | None = None
    missing_codes: Codes = ()
    subject_columns: Sequence[str] = ()
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a text where a list is meant (its letters would be read), a list for a dict."""
        for name in ("missing_codes", "subject_columns"):
            given = getattr(self, name)
            if isinstance(given, str) or not isinstance(given, Sequence):
                raise ArgumentError(f"{name} must be a list, not {given!r}.")
        for name in ("scores", "wide", "baseline"):
            given = getattr(self, name)
            if given is not None and (not isinstance(given, Mapping) or not given):
                raise ArgumentError(f"{name} must be a dict with one entry a scale, not {given!r}.")

    def shape(self, frame: pl.DataFrame) -> str:
        """Return "scores", "wide" or "long", or say what must be named."""
        is_long = self.parameter is not None or self.value is not None
        named = [
            shape
            for shape, given in (
                ("scores", self.scores is not None),
                ("wide", self.wide is not None),
                ("long", is_long),
            )
            if given
        ]
        if len(named) > 1:
            raise ArgumentError(
                "Give one shape of the scores: scores=, wide=, or parameter= and value=."
            )
        if named:
            return named[0]
        if {"PARAMCD", "AVAL"} <= set(frame.columns):
            return "long"
        raise ArgumentError(WHERE)


def score_rows(
    frame: pl.DataFrame, declared: Declared
) -> tuple[pl.DataFrame, Schedule, tuple[str, ...]]:
    """Return USUBJID, AVISIT, AFRLT, PARAMCD, AVAL, ABLFL of all scores, the visits, and notes.

    The column `ROW` holds the row of the given frame that each score came from.
    """
    shape = declared.shape(frame)
    make = _wide_rows if shape == "wide" else _rows_with_visits
    rows, schedule, columns = make(frame, declared)
    if rows["AVAL"].null_count() == rows.height:
        raise ContractError(f"There is no score at all: {listed(columns)} hold none.")
    check_one_name(rows["PARAMCD"].unique().sort().to_list())
    notes = (*_coded(coded_cells(frame, columns)), *_never_scored(rows, schedule, declared))
    rows, schedule, told = with_baseline(
        frame,
        rows,
        schedule,
        declared.baseline,
        declared.baseline_visit,
        clock=declared.clock[0] if declared.clock else None,
        missing_codes=declared.missing_codes,
    )
    return rows, schedule, (*told, *notes)


def check_one_name(scales: Sequence[str]) -> None:
    """Refuse two spellings of one scale, which would be taken for two scales."""
    spellings: dict[str, str] = {}
    for scale in scales:
        known = find_instrument(scale.strip())
        name = known.id if known is not None else scale.strip().casefold()
        if name in spellings:
            raise ContractError(
                f"Each scale must have one name, not both {spellings[name]!r} and {scale!r}."
            )
        spellings[name] = scale


Shaped = tuple[pl.DataFrame, Schedule, dict[str, pl.Series]]


def _wide_rows(frame: pl.DataFrame, declared: Declared) -> Shaped:
    for name in ("visit", "visit_unit"):
        if getattr(declared, name) is not None:
            raise ArgumentError(f"{name}= is for a column with the visit; with wide= give visits=.")
    if declared.clock is not None:
        raise ArgumentError(
            f"{declared.clock[0]}= is for a time in each row; with wide= give visits= with hours."
        )
    if declared.visits is None:
        raise ArgumentError(
            "wide= needs visits=: the visits in order, as a list or with their hours since the "
            'first infusion, for example visits={"0h": 0, "24h": 24, "d14": 336}.'
        )
    schedule = declared_schedule(declared.visits)
    twice = frame.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].unique().sort()
    if len(twice):
        raise ContractError(
            f"With wide= a subject must have one row; {len(twice)} have more ({listed(twice, 3)}). "
            "Keep the right row, or give scores= and visit= for a row a visit."
        )
    taken = [ROW, *declared.others, *declared.subject_columns, *(declared.baseline or {}).values()]
    columns = visit_columns(frame, declared.wide or {}, schedule.labels, taken)
    numbers = as_numbers(frame, columns.values(), declared.missing_codes)
    rows = wide_by_visit(frame, columns, numbers, ["USUBJID", ROW])
    return rows.with_columns(_planned(rows["AVISIT"], schedule)), schedule, numbers


def _rows_with_visits(frame: pl.DataFrame, declared: Declared) -> Shaped:
    visit = declared.visit
    if visit is None and "AVISIT" in frame.columns:
        visit = "AVISIT"
    if visit is None:
        raise ArgumentError(
            "visit= must name the column with the visit (scores in one row a subject go in with "
            "wide=)."
        )
    require_columns(frame, "visit", [visit])
    order = frame["AVISITN"] if visit == "AVISIT" and "AVISITN" in frame.columns else None
    text, schedule = schedule_of(frame[visit], declared.visits, declared.visit_unit, order)
    clock = declared.clock or (("hour", "AFRLT") if "AFRLT" in frame.columns else None)
    hours = elapsed_hours(frame, *clock) if clock else _planned(text, schedule)
    timed = frame.with_columns(text.alias("AVISIT"), hours.alias("AFRLT"))
    keep = ["USUBJID", ROW, "AVISIT", "AFRLT", *(c for c in ("ABLFL",) if c in frame.columns)]
    if declared.scores is not None:
        require_columns(frame, "scores", declared.scores.values())
        numbers = as_numbers(frame, declared.scores.values(), declared.missing_codes)
        rows = wide_by_scale(timed, declared.scores, numbers, keep)
    else:
        parameter, value = _long_columns(frame, declared)
        numbers = as_numbers(frame, [value], declared.missing_codes)
        rows = long_rows(timed, parameter, numbers[value], keep)
    if clock and clock[0] != "hour":
        check_days_apart(rows, *clock)
    return rows, schedule, numbers


def _long_columns(frame: pl.DataFrame, declared: Declared) -> tuple[str, str]:
    """Return the columns with scale and score; the CDISC name stands where none was given."""
    parameter = "PARAMCD" if declared.parameter is None else declared.parameter
    value = "AVAL" if declared.value is None else declared.value
    if declared.parameter is None and parameter not in frame.columns:
        raise ArgumentError("value= needs parameter=: the column that names the scale.")
    if declared.value is None and value not in frame.columns:
        raise ArgumentError("parameter= needs value=: the column with the score.")
    require_columns(frame, "parameter", [parameter])
    require_columns(frame, "value", [value])
    return parameter, value


def _planned(visits: pl.Series, schedule: Schedule) -> pl.Series:
    hours = schedule.hours or (None,) * len(schedule.labels)
    planned = dict(zip(schedule.labels, hours, strict=True))
    return visits.replace_strict(planned, return_dtype=pl.Float64).alias("AFRLT")


def _coded(found: Mapping[str, int]) -> list[str]:
    if not found:
        return []
    shown = (f"{code!r} ({count})" for code, count in sorted(found.items()))
    return [f"Cells read as missing by missing_codes: {listed(shown, 20)}."]


def _never_scored(rows: pl.DataFrame, schedule: Schedule, declared: Declared) -> list[str]:
    """Return sentences on declared visits and scales at which no score stands."""
    scored = rows.filter(pl.col("AVAL").is_not_null())
    visits, scales = set(scored["AVISIT"]), set(scored["PARAMCD"])
    lacking = {
        "visits": [visit for visit in schedule.labels if visit not in visits],
        "scales": [s for s in (declared.wide or declared.scores or ()) if s not in scales],
    }
    return [
        f"No score stands at these declared {what}: {listed(map(repr, names), 20)}."
        for what, names in lacking.items()
        if names
    ]
