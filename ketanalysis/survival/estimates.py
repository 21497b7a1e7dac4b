"""Survival of ready time-to-event rows: Kaplan-Meier curves, their medians, shares at times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.survival.event_times import event_times
from ketanalysis.survival.incidence_results import CumulativeIncidence, IncidenceMilestones
from ketanalysis.survival.incidence_rows import incidences_at
from ketanalysis.survival.kaplan_meier import CONF_TYPES, kaplan_meier, steps_at
from ketanalysis.survival.results import AtRisk as AtRisk
from ketanalysis.survival.results import Milestones as Milestones
from ketanalysis.survival.results import SurvivalResult as SurvivalResult
from ketanalysis.survival.risk_sets import Floats
from ketanalysis.survival.rows import (
    beyond_warnings,
    counts_at,
    curve_table,
    emptied_warnings,
    event_warnings,
    group_table,
    log_rank,
    log_rank_table,
    log_rank_warnings,
    median_notes,
    median_table,
    one_row_a_time,
    samples_of,
)

TIME_UNITS = ("hours", "days", "weeks", "months", "years", "infusions")
_INTERVALS = {
    "log-log": "as SAS and lifelines; R's default is log",
    "log": "R's default; SAS and lifelines use log-log",
    "plain": "linear; SAS and lifelines use log-log, R log",
}


def estimate_survival(
    adtte: Any,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    censor: str = "CNSR",
    event: str | None = None,
    event_value: Any = None,
    by: str | None = None,
    groups: Sequence[Any] | None = None,
    entry: str | None = None,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    time_unit: str = "days",
    known_at: str | float | None = None,
) -> SurvivalResult:
    """Estimate how many subjects stay free of an event over time (Kaplan-Meier).

    Do not use it where another event prevents the one of interest, or to compare groups that
    were formed after the origin without `known_at`.

    Parameters
    ----------
    adtte
        A frame (polars, pandas, Arrow) with one row a subject and endpoint. Where it has
        ``entered``, rows with False are left out and counted by their ``reason``.
    endpoint
        PARAMCD; needed where the frame holds several.
    time
        Column of times from the origin to the event or to censoring, 0 or later.
    censor
        Column of censoring codes, used without `event`: 0 is the event, 1 or more censored.
    event, event_value
        Column of events instead: 0 and 1 or False and True; for any other coding
        `event_value` is the code (or a list of codes) that means the event.
    by
        Column of groups. One that is not known to be fixed at baseline needs `known_at`.
    groups
        The groups in order, the reference first. Without it an Enum's own order, else sorted,
        as a note says.
    entry
        Column of the times from which subjects are under observation (left truncation). In
        rows of `time_to_relapse`, which hold ``entered`` and ``entry``, ``entry`` if not given.
    conf_type
        Type of the interval, named as in R: ``"log-log"``, ``"log"`` or ``"plain"``.
    conf_level
        Confidence level, 0 to 1.
    time_unit
        The unit of the times: "hours", "days", "weeks", "months", "years" or "infusions".
    known_at
        When the groups were known: ``"baseline"``, or a time or a column of times after the
        origin. In the latter case subjects count from then, and those who had the event or
        left before are out, counted in the audit.

    Returns
    -------
    SurvivalResult
        Rows in order of group and time, whatever the order of the rows given.

    Raises
    ------
    ArgumentError
        If a column or the endpoint is missing, a coding is not declared, or `by` may have
        been formed after the origin.
    ContractError
        If a time is negative or infinite, a code or group missing or spelt in two ways, or
        a subject has two rows.
    EstimationError
        If no subject enters.

    Notes
    -----
    Rows without a time are left out and counted. Without any event no median is reached and
    the log-rank test is not estimable. Differences from R are in `kaplan_meier` and `quantile`.

    Source: Kaplan and Meier 1958, J Am Stat Assoc 53:457; Mantel 1966, Cancer Chemother Rep
    50:163; Brookmeyer and Crowley 1982, Biometrics 38:29.

    Checked against: tests/oracle/kaplan_meier.csv and logrank.csv (R 4.2.2,
    survival::survfit, quantile.survfit, survdiff), all columns, relative 1e-10 and 1e-9.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 1], "SEX": list("FFMM")})
    >>> estimate_survival(frame, by="SEX").medians["median"].to_list()
    [6.5, inf]
    """
    check_one_of("conf_type", conf_type, CONF_TYPES)
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    read = event_times(
        to_polars(adtte, what="adtte"),
        endpoint,
        time=time,
        censor=censor,
        event=event,
        event_value=event_value,
        by=by,
        groups=groups,
        entry=entry,
        known_at=known_at,
    )
    samples = samples_of(read)
    curves = {
        name: kaplan_meier(*sample, conf_type=conf_type, conf_level=conf_level)
        for name, sample in samples.items()
    }
    medians = median_table(read, samples, curves)
    test = log_rank(read) if len(samples) > 1 else None
    interval = f"{conf_type} {100 * conf_level:g} % intervals ({_INTERVALS[conf_type]})"
    return SurvivalResult(
        table=curve_table(read, samples, curves),
        title=f"Kaplan-Meier with {interval}: {read.endpoint or time}"
        + (f" by {by}" if by else ""),
        audit=read.audit,
        notes=(
            f"Kaplan-Meier with {interval}. Times in {time_unit}.",
            *median_notes(medians, read),
            *read.notes,
        ),
        warnings=(
            *read.warnings,
            *emptied_warnings(samples, curves, time_unit),
            *event_warnings(medians, read),
            *log_rank_warnings(test),
        ),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        medians=medians,
        tests=log_rank_table("log-rank", test),
        groups=group_table(read, test),
        tte=read.tte,
        curves=curves,
        samples=samples,
        by=() if by is None else (by,),
        endpoint=read.endpoint,
        time_unit=time_unit,
        conf_type=conf_type,
    )


def estimate_at_risk(result: SurvivalResult | CumulativeIncidence, times: ArrayLike) -> AtRisk:
    """Count the subjects of each group who are at risk, censored, with the event at given times.

    Parameters
    ----------
    result
        A result of `estimate_survival`, `estimate_relapse` or `estimate_cumulative_incidence`.
    times
        A time or k times, 0 or later, in the unit of the result.

    Returns
    -------
    AtRisk
        One row a group and time: the by-column, ``time``, ``n_at_risk`` (time then or later,
        and entered before), ``n_censored`` and ``n_event`` (then or before). Where causes
        compete, one row a group, ``cause`` and time.

    Raises
    ------
    ArgumentError
        If a time is negative or missing, or `result` is another kind of result.

    Notes
    -----
    Who ends at the very time is at risk at it, and is among those who ended by it: the three
    then add up to more than the group, as in R's ``summary.survfit``.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::summary.survfit), exact.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 1]})
    >>> estimate_at_risk(estimate_survival(frame), [0, 8, 9]).table.rows()
    [(0.0, 4, 0, 0), (8.0, 3, 1, 2), (9.0, 1, 1, 2)]
    """
    asked = _asked(result, times)

    causes = result.causes if isinstance(result, CumulativeIncidence) else ()
    return AtRisk(
        table=one_row_a_time(result, asked, causes).with_columns(**counts_at(result, asked)),
        title=f"Subjects at risk: {result.title.partition(': ')[2] or result.title}",
        audit=result.audit,
        notes=(
            "At risk: time then or later. Censored and events: then or before. "
            f"Times in {result.time_unit}.",
        ),
        conf_level=result.conf_level,
        simulated=result.simulated,
        from_pandas=result.from_pandas,
        by=result.by,
        time_unit=result.time_unit,
    )


@overload
def estimate_milestones(result: SurvivalResult, times: ArrayLike) -> Milestones: ...
@overload
def estimate_milestones(result: CumulativeIncidence, times: ArrayLike) -> IncidenceMilestones: ...
def estimate_milestones(
    result: SurvivalResult | CumulativeIncidence, times: ArrayLike
) -> Milestones | IncidenceMilestones:
    """Estimate the share free of the event, or that had each event, at given times.

    Parameters
    ----------
    result
        A result of `estimate_survival`, `estimate_relapse` or `estimate_cumulative_incidence`.
    times
        A time or k times, 0 or later, in the unit of the result.

    Returns
    -------
    Milestones or IncidenceMilestones
        One row a group and time: the by-column, ``time``, ``n_at_risk``, ``survival``,
        ``std_error``, ``conf_low``, ``conf_high`` (pointwise). Where causes compete, one row a
        group, ``cause`` and time, with the incidence in ``estimate``, ``survival`` the share
        free of every event, and the counts of `estimate_at_risk`. Null beyond the follow-up of
        the group, with a warning: a curve is never extended.

    Raises
    ------
    ArgumentError
        If a time is negative or missing, or `result` is another kind of result.

    Notes
    -----
    Before the first time of a group survival is 1 with limits 1 and 1, as in R; an incidence
    is 0 without limits.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::summary.survfit), all
    columns, relative 1e-10; incidences as `estimate_cumulative_incidence`.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 1]})
    >>> estimate_milestones(estimate_survival(frame), [6, 30]).table["survival"].to_list()
    [0.75, None]
    """
    asked = _asked(result, times)
    counted = estimate_at_risk(result, asked).table
    about: dict[str, Any] = {
        "definition": result.definition,
        "audit": result.audit,
        "notes": result.notes,
        "warnings": (
            *emptied_warnings(result.samples, result.curves, result.time_unit),
            *beyond_warnings(result, asked),
        ),
        "conf_level": result.conf_level,
        "simulated": result.simulated,
        "from_pandas": result.from_pandas,
        "by": result.by,
        "time_unit": result.time_unit,
        "conf_type": result.conf_type,
    }
    of_what = f"at given times: {result.title.partition(': ')[2] or result.title}"
    if isinstance(result, CumulativeIncidence):
        return IncidenceMilestones(
            table=pl.concat([counted, incidences_at(result, asked)], how="horizontal"),
            title=f"Cumulative incidence {of_what}",
            variance=result.variance,
            **about,
        )
    steps = [steps_at(curve, asked) for curve in result.curves.values()]
    columns = {
        name: pl.Series(np.concatenate([getattr(s, name) for s in steps])).fill_nan(None)
        for name in ("survival", "std_error", "conf_low", "conf_high")
    }
    return Milestones(
        table=counted.drop("n_censored", "n_event").with_columns(**columns),
        title=f"Survival {of_what}",
        **about,
    )


def _asked(result: SurvivalResult | CumulativeIncidence, times: ArrayLike) -> Floats:
    if not isinstance(result, (SurvivalResult, CumulativeIncidence)):
        raise ArgumentError(
            "result must be a SurvivalResult of estimate_survival, or a CumulativeIncidence of "
            f"estimate_cumulative_incidence, not {type(result).__name__}."
        )
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    if asked.ndim != 1 or not len(asked) or not np.all(np.isfinite(asked) & (asked >= 0)):
        raise ArgumentError(
            f"times must be one or more times of 0 or later, in {result.time_unit}, not {times!r}."
        )
    return asked
