"""Vital signs in and after infusions: peaks, thresholds crossed, the way back, the mean course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.grid import by_columns
from ketanalysis.infusions import crossings, time_points, way_back
from ketanalysis.infusions.courses import UNIT, Windows, infusion_courses
from ketanalysis.infusions.crossings import groups_of
from ketanalysis.infusions.declared import (
    check_units,
    declared_thresholds,
    declared_windows,
    named_parameters,
)
from ketanalysis.infusions.exposure import ALL
from ketanalysis.infusions.readings import Readings, vital_readings
from ketanalysis.infusions.summaries import summary
from ketanalysis.infusions.vital_words import audit_rows, notes_of, warnings_of
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.results import Result
from ketanalysis.threshold import AnyThreshold, Threshold

PRE, PEAK, CHANGE, TIME = "before", "peak", "change", "time of peak"
MEASURES = {PRE: "pre", PEAK: "peak", CHANGE: "change", TIME: "peak_minutes"}
SCHEMA = {
    "PARAMCD": pl.String,
    "infusion": pl.String,
    "measure": pl.String,
    "unit": pl.String,
    "n": pl.Int64,
    "n_infusions": pl.Int64,
    "n_missing": pl.Int64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "median": pl.Float64,
    "min": pl.Float64,
    "max": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
AUDIT = {
    "PARAMCD": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
    "n_infusions": pl.Int64,
}
TAKEN = tuple({**SCHEMA, **AUDIT, **crossings.SCHEMA, **way_back.SCHEMA, **time_points.SCHEMA})


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class VitalSignsResult(Result):
    """Vital signs at infusions, by group.

    Attributes
    ----------
    table
        One row a group, PARAMCD, infusion ("1", "2", ..., "all") and measure ("before", "peak",
        "change", "time of peak"): by-columns, unit, n (subjects), n_infusions, n_missing, mean,
        sd, std_error, conf_low, conf_high, median, min, max, method, note.
    thresholds
        One row a group, threshold, infusion and basis ("subjects" or "infusions"): count, n,
        n_missing, estimate (0 to 1), std_error, conf_low, conf_high, method, note.
    returns
        One row a group, PARAMCD and infusion: n, n_infusions, n_missing, n_stayed, n_returned,
        n_not_returned, and median, min and max of the minute at which the return was seen.
        Empty where no margin was declared.
    course
        One row a group, PARAMCD, infusion, measure ("value", "change") and ATPT: minutes (the
        median time of the readings), n, n_infusions, n_missing, mean, sd, std_error, conf_low,
        conf_high, method, note. Empty where no time point was planned.
    infusions
        One row an infusion and PARAMCD: by-columns, USUBJID, EXSEQ, pre, pre_minutes, n_after,
        peak, peak_minutes, last_minutes, change, and way_back, return_after, return_at.
    readings
        One row a reading: by-columns, USUBJID, EXSEQ, PARAMCD, ATPT, minutes, value, change.
    parameters, by
        The vital signs, and the by-columns.
    units, worst
        (PARAMCD, unit) and (PARAMCD, "highest" or "lowest").
    levels
        The thresholds that were asked for.
    length
        Median length of the infusions in minutes (EXDUR), or None.
    """

    kind: ClassVar[str] = "vital signs"

    thresholds: pl.DataFrame = field(default_factory=pl.DataFrame)
    returns: pl.DataFrame = field(default_factory=pl.DataFrame)
    course: pl.DataFrame = field(default_factory=pl.DataFrame)
    infusions: pl.DataFrame = field(default_factory=pl.DataFrame)
    readings: pl.DataFrame = field(default_factory=pl.DataFrame)
    parameters: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    worst: tuple[tuple[str, str], ...] = ()
    levels: tuple[Threshold | AnyThreshold, ...] = ()
    length: float | None = None


def estimate_vital_signs(
    data: Any,
    parameter: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    *,
    pre_within: float | None = None,
    until: float | None = None,
    thresholds: Sequence[Threshold | AnyThreshold] | Threshold | AnyThreshold = (),
    return_within: float | Mapping[str, float] | None = None,
    return_stays: bool | None = None,
    infusions: Any = None,
    unit: str | Mapping[str, str] | None = None,
    worst: Mapping[str, str] | None = None,
    ci: str = "clopper-pearson",
    conf_level: float = 0.95,
) -> VitalSignsResult:
    """Estimate how vital signs behave in and after infusions: peaks, thresholds, the way back.

    Answers "how far did blood pressure rise, in how many was it too high, and when was it back?".
    Not a comparison of arms, and not for readings at visits (see `estimate_change`). A peak is
    the worst of the readings that were taken: with more readings it is higher, so peaks of
    trials with other time points cannot be compared.

    Parameters
    ----------
    data
        A `Trial` with ADVS, or a frame (polars, pandas, Arrow) in ADVS columns: USUBJID, EXSEQ,
        AVAL, AVALU (or `unit`), PARAMCD where it holds several, ATPT (and ATPTN) for the course,
        ARRLT (hours since the start of its own infusion) or AFRLT (hours since the start of the
        first), and the by-columns.
    parameter
        PARAMCD of the vital sign, or several: "SYSBP", ["SYSBP", "DIABP", "HR", "SPO2"].
    by
        Column or columns of ADSL or ADEX (or of the frame), such as the arm or the dose; None
        is overall.
    pre_within
        Minutes before the start within which the last reading counts as the pre-infusion value;
        must be written.
    until
        Minutes after the start up to which readings count; None is all readings that bear the
        number of the infusion.
    thresholds
        What is counted as crossed, each a `Threshold`; several as one with ``|``. No default.
    return_within
        How much worse than the pre-infusion value, in the unit of the parameter, a reading may
        be and still be back; one number, or one a parameter. None: no return is estimated.
    return_stays
        With `return_within`, must be written: whether a reading counts as back only if all later
        ones are back too (True), or at once (False).
    infusions
        For a bare frame: the infusions, in ADEX columns (USUBJID, EXSEQ, AFRLT, EXDUR). Without
        them the infusions are those that the readings name.
    unit
        For a frame without AVALU: the unit, or the unit of each parameter. Never guessed.
    worst
        Parameter → "highest" or "lowest": which reading is the worst, where the package does
        not know it or the plan says otherwise. Oxygen saturation is worst at its lowest.
    ci
        Interval of shares of subjects, by name as in `estimate_response`; exact by default.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    VitalSignsResult
        `table` (before, peak, change, time of the peak), `thresholds`, `returns`, `course`, and
        the infusions and readings one by one. `audit` counts subjects and infusions with and
        without a pre-infusion value.

    Raises
    ------
    ArgumentError
        A name that does not exist, `pre_within` not written, a threshold in another unit than
        the readings, a unit or a worst reading that is not known.
    ContractError
        Readings of one parameter in several units, two readings at one time, cells that are no
        finite numbers.
    EstimationError
        Nobody had an infusion.

    Notes
    -----
    Missing values: an infusion without a pre-infusion value has a peak and no change; one
    without a reading after its start has neither; both are counted, and never filled in. A
    threshold is judged by the readings that were taken.
    Definitions: the pre-infusion value is the last reading at or before the start, at most
    `pre_within` minutes before it. A reading is back where it is at most `return_within` worse
    than that (a blood pressure below it is back too). When it was back is known to lie between
    two readings: the minute given is that of the first reading back. The median return counts
    infusions without one as later than all others.
    Several infusions of one subject are not independent: their means and shares have intervals
    in which the subjects are the sample (linearised variance of a ratio; Cochran 1977, Sampling
    Techniques, equation 2.40; shares on the logit scale, Korn and Graubard 1998, Surv Methodol
    24:193). Shares of subjects have exact intervals.
    Checked against: tests/oracle/vital_signs.csv (R 4.2.2, from raw readings in base R, with
    survey::svymean, survey::svyciprop and binom.test), every column, relative 1e-9;
    tests/oracle/clustered.csv for the clustered intervals.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> vital = ka.estimate_vital_signs(
    ...     trial, "SYSBP", by="TRT01P", pre_within=60,
    ...     thresholds=ka.Threshold("SYSBP", at_least=180, unit="mmHg"))
    >>> vital.table["measure"].unique(maintain_order=True).to_list()
    ['before', 'peak', 'change', 'time of peak']
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    parameters = named_parameters(parameter)
    columns = by_columns(by, (*TAKEN, "EXSEQ", "minutes", "value"))
    windows = declared_windows(pre_within, until, return_within, return_stays, parameters)
    levels = declared_thresholds(thresholds, parameters)
    read = vital_readings(data, parameters, columns, infusions=infusions, unit=unit, worst=worst)
    check_units(levels, read.units)
    courses = infusion_courses(read, windows)
    planned = time_points.planned_readings(read, courses, windows, columns)
    title = f"Vital signs at infusions: {', '.join(parameters)}"
    return VitalSignsResult(
        table=_table(courses, columns, read, conf_level),
        thresholds=_crossed(read, courses, windows, levels, columns, ci, conf_level),
        returns=_returns(courses, columns, windows),
        course=_course(planned, courses, read, columns, conf_level),
        infusions=_shown(courses, columns),
        readings=planned.select(
            *columns, "USUBJID", "EXSEQ", "PARAMCD", "ATPT", "minutes", "value", "change"
        ),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=pl.DataFrame(list(audit_rows(courses, read, windows)), schema=AUDIT, orient="row"),
        notes=notes_of(read, windows, levels, columns, ci, conf_level),
        warnings=warnings_of(courses, windows),
        conf_level=conf_level,
        simulated=read.simulated,
        from_pandas=read.from_pandas,
        parameters=parameters,
        by=columns,
        units=tuple(read.units.items()),
        worst=tuple(read.worst.items()),
        levels=levels,
        length=time_points.median_length(read.exposure.infusions),
    )


def _table(
    courses: pl.DataFrame, by: tuple[str, ...], read: Readings, conf_level: float
) -> pl.DataFrame:
    has_several = courses["EXSEQ"].n_unique() > 1
    rows = []
    for key, group in groups_of(courses, by):
        for name in read.units:
            own = group.filter(pl.col("PARAMCD") == name).sort("EXSEQ")
            parts = [(str(k[0]), p) for k, p in own.group_by("EXSEQ", maintain_order=True)]
            for label, part in [*parts, *([(ALL, own)] if has_several else [])]:
                whose = part["subject"].to_numpy()
                for measure, column in MEASURES.items():
                    values = part[column].to_numpy()
                    where = {**key, "PARAMCD": name, "infusion": label, "measure": measure}
                    where["unit"] = "minutes" if measure == TIME else read.units[name]
                    rows.append(where | summary(values, whose, conf_level))
    return pl.DataFrame(rows, schema=_keyed(courses, by, SCHEMA))


def _keyed(frame: pl.DataFrame, by: tuple[str, ...], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a table: by-columns first, infusions in their order."""
    numbers = [str(number) for number in frame["EXSEQ"].unique().sort()]
    in_order: dict[str, Any] = {"infusion": pl.Enum([*numbers, ALL])}
    if "PARAMCD" in schema:
        in_order["PARAMCD"] = frame.schema["PARAMCD"]
    return {**{column: frame.schema[column] for column in by}, **schema, **in_order}


def _crossed(
    read: Readings,
    courses: pl.DataFrame,
    windows: Windows,
    levels: tuple[Threshold | AnyThreshold, ...],
    by: tuple[str, ...],
    ci: str,
    conf_level: float,
) -> pl.DataFrame:
    rows = [
        row
        for level in levels
        for row in crossings.crossing_rows(
            crossings.judged_infusions(read, courses, windows, level),
            level,
            by,
            ci=ci,
            conf_level=conf_level,
        )
    ]
    return pl.DataFrame(rows, schema=_keyed(courses, by, crossings.SCHEMA))


def _returns(courses: pl.DataFrame, by: tuple[str, ...], windows: Windows) -> pl.DataFrame:
    rows = way_back.way_back_rows(courses, by) if windows.margins else []
    return pl.DataFrame(rows, schema=_keyed(courses, by, way_back.SCHEMA))


def _course(
    planned: pl.DataFrame,
    courses: pl.DataFrame,
    read: Readings,
    by: tuple[str, ...],
    conf_level: float,
) -> pl.DataFrame:
    rows = time_points.time_point_rows(planned, read.exposure.infusions, by, conf_level)
    order = {"ATPT": pl.Enum(time_points.point_order(planned))}
    return pl.DataFrame(rows, schema=_keyed(courses, by, time_points.SCHEMA) | order)


def _shown(courses: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    first = [*by, *UNIT]
    rest = ("pre", "pre_minutes", "n_after", "peak", "peak_minutes", "last_minutes", "change")
    back = [name for name in ("way_back", "return_after", "return_at") if name in courses.columns]
    return courses.select(*dict.fromkeys(first), *rest, *back)
