"""How long does it last, when the event is only seen at visits: curves without a date assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import check_conf_level, check_one_of, listed
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.interval_censored.bootstrap import (
    Plan,
    bootstrap_plan,
    median_limits,
    resampled,
    survival_limits,
)
from ketanalysis.interval_censored.interval_rows import (
    IntervalTimes,
    interval_times,
    refuse_late_entry,
)
from ketanalysis.interval_censored.ranges import between, reached
from ketanalysis.interval_censored.results import IntervalSample, IntervalSurvivalResult
from ketanalysis.interval_censored.schedules import schedule_table, schedule_warnings
from ketanalysis.interval_censored.turnbull import Turnbull, quantile_between, turnbull
from ketanalysis.survival.estimates import TIME_UNITS
from ketanalysis.survival.event_times import without
from ketanalysis.survival.kaplan_meier import Curve, kaplan_meier, quantile

NAIVE = {
    "right": ("at the visit that saw it", "takes every event for as late as it can be"),
    "midpoint": ("in the middle of its interval", "takes a date for known that nobody saw"),
}
NOT_IDENTIFIED = (
    "Where within an interval its mass lies cannot be known: between visits the curve is a range, "
    "from all of it at the start to all of it at the end."
)


def estimate_interval_survival(
    adtte: Any,
    endpoint: str | None = None,
    *,
    low: str = "AVALLO",
    high: str = "AVALHI",
    by: str | None = None,
    groups: Sequence[Any] | None = None,
    entry: str | None = None,
    known_at: str | None = None,
    naive: str = "right",
    resamples: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    conf_level: float = 0.95,
    time_unit: str = "days",
) -> IntervalSurvivalResult:
    """Estimate how many stay free of an event that is only seen at visits (Turnbull).

    Answers "how long does it last?" with what visits can tell: relapse came after the last visit
    without it and until the first visit with it. Kaplan-Meier of the visit dates, which stands
    beside it, takes every relapse for as late as it can be. Do not use it where the visits
    depend on the event, as unscheduled visits at relapse do.

    Parameters
    ----------
    adtte
        A frame (polars, pandas, Arrow) with one row a subject and endpoint, for example that of
        `time_to_relapse`. Where it has ``entered``, rows with False are left out and counted by
        their ``reason``.
    endpoint
        PARAMCD; needed where the frame holds several.
    low, high
        Columns of the last time without and the first time with the event: it happened in
        ``(low, high]``, at the time itself where both are equal. ``high`` empty or infinite is
        right-censored at ``low``; ``low`` empty or 0 with ``high`` is left-censored.
    by
        Column of groups. One that is not known to be fixed at baseline needs `known_at`.
    groups
        The groups in order, the reference first. Without it an Enum's own order, else sorted.
    entry
        Column of the times from which subjects are under observation; in rows of
        `time_to_relapse` ``entry`` if not given. Refused where it is after the origin.
    known_at
        ``"baseline"`` declares that the groups were known at the origin.
    naive
        How the Kaplan-Meier curve beside it dates events: "right" or "midpoint".
    resamples, seed
        For bootstrap intervals (percentiles), both; without them there are none. Where the
        visits were at any time rather than at a few planned ones their coverage is not assured.
    workers
        Processes that share the resamples; the result is the same for any number.
    conf_level
        Confidence level, 0 to 1.
    time_unit
        The unit of the times, as in `estimate_survival`.

    Returns
    -------
    IntervalSurvivalResult
        Masses and survival by interval, medians as an earliest and a latest time, the naive
        curves, and the median widths of the intervals by group.

    Raises
    ------
    ArgumentError
        If a column or the endpoint is missing, a seed is missing, or `by` may have been formed
        after the origin.
    ContractError
        If a time is negative, ``low`` after ``high``, or CNSR contradicts ``high``.
    EstimationError
        If no subject enters, or subjects enter late.

    Notes
    -----
    Rows without both times are left out and counted. The search stops by the conditions of a
    maximum (`ketanalysis.interval_censored.likelihood`), whose largest violation is in
    ``convergence``; the masses are unique.

    Source: Turnbull 1976, J R Stat Soc B 38:290; for the bootstrap Sen and Xu 2015, Scand J
    Stat 42:747, who show that it fails where visits are at any time.

    Checked against: `ketanalysis.interval_censored.turnbull.turnbull`.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"AVALLO": [0, 0, 6, 7], "AVALHI": [6, 7, None, 14]})
    >>> estimate_interval_survival(rows).table.select("left", "right", "mass").rows()
    [(0.0, 6.0, 0.5), (7.0, 14.0, 0.5)]
    """
    check_one_of("naive", naive, tuple(NAIVE))
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    plan = bootstrap_plan(resamples, seed, workers)
    frame = to_polars(adtte, what="adtte")
    found = interval_times(
        frame,
        endpoint,
        low=low,
        high=high,
        by=by,
        groups=groups,
        entry=entry,
        known_at=known_at,
    )
    refuse_late_entry(found, "The interval-censored estimate")
    parts = {name: _ends_of(found, place) for place, name in enumerate(found.names)}
    curves = {name: turnbull(*ends) for name, ends in parts.items()}
    dated = {name: _dated(*ends, naive) for name, ends in parts.items()}
    drawn = {name: resampled(*ends, plan) for name, ends in parts.items()}
    schedules = schedule_table(found)
    medians = _medians(found, schedules, curves, dated, drawn, conf_level)
    return IntervalSurvivalResult(
        table=_beside(found, [_rows(c, drawn[n], conf_level) for n, c in curves.items()]),
        title=f"Interval-censored estimate (Turnbull): {found.read.endpoint or high}"
        + (f" by {by}" if by else ""),
        audit=found.read.audit,
        notes=(
            "Non-parametric maximum likelihood (Turnbull) of events after "
            f"{low} and until {high}. Times in {time_unit}.",
            NOT_IDENTIFIED,
            *_interval_notes(plan, conf_level),
            _beside_note(medians, found, naive, time_unit),
            *found.read.notes,
        ),
        warnings=(
            *found.read.warnings,
            *_event_warnings(schedules, found.names),
            *schedule_warnings(found, time_unit),
        ),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        medians=medians,
        schedules=schedules,
        convergence=_convergence(found, curves),
        tte=found.read.tte,
        curves=curves,
        naive_curves=dated,
        samples=parts,
        replicates=drawn,
        naive=naive,
        by=() if by is None else (by,),
        endpoint=found.read.endpoint,
        time_unit=time_unit,
    )


def _ends_of(found: IntervalTimes, place: int) -> IntervalSample:
    mine = found.group == place
    return IntervalSample(found.low[mine], found.high[mine])


def _dated(low: Any, high: Any, naive: str) -> Curve:
    """Return Kaplan-Meier with each event dated at the end of its interval, or in the middle."""
    seen = np.isfinite(high)
    end = np.where(seen, high, low)
    time = np.where(seen, (low + end) / 2, low) if naive == "midpoint" else end
    return kaplan_meier(time, seen)


def _rows(curve: Turnbull, drawn: tuple[Turnbull, ...], conf_level: float) -> pl.DataFrame:
    """Return one row an interval with mass; the interval of survival is that just after it."""
    columns = {
        "left": pl.Series(curve.left),
        "right": pl.Series(curve.right),
        "mass": pl.Series(curve.mass),
        "survival": pl.Series(curve.survival),
    }
    if not drawn:
        none = pl.Series([None] * len(curve.mass), dtype=pl.Float64)
        return pl.DataFrame({**columns, "conf_low": none, "conf_high": none})
    low, high = survival_limits(drawn, np.minimum(curve.right, np.finfo(float).max), conf_level)
    return pl.DataFrame({**columns, "conf_low": pl.Series(low), "conf_high": pl.Series(high)})


def _medians(
    found: IntervalTimes,
    schedules: pl.DataFrame,
    curves: dict[str, Turnbull],
    dated: dict[str, Curve],
    drawn: dict[str, tuple[Turnbull, ...]],
    conf_level: float,
) -> pl.DataFrame:
    between = [quantile_between(curve, 0.5) for curve in curves.values()]
    limits = [median_limits(some, conf_level) if some else (None, None) for some in drawn.values()]
    columns: dict[str, list[float | None]] = {
        "median_low": [low for low, _ in between],
        "median_high": [high for _, high in between],
        "conf_low": [low for low, _ in limits],
        "conf_high": [high for _, high in limits],
        "naive": [quantile(curve, 0.5).estimate for curve in dated.values()],
    }
    return without(schedules, "width").hstack(
        [pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()]
    )


def _convergence(found: IntervalTimes, curves: dict[str, Turnbull]) -> pl.DataFrame:
    rows = [(curve.log_likelihood, curve.gap) for curve in curves.values()]
    table = pl.DataFrame(rows, schema=["log_likelihood", "gap"], orient="row")
    if found.groups is None:
        return table
    return pl.concat([found.groups.to_frame(), table], how="horizontal")


def _beside(found: IntervalTimes, pieces: list[pl.DataFrame]) -> pl.DataFrame:
    table = pl.concat(pieces)
    if found.groups is None:
        return table
    place = np.repeat(np.arange(len(pieces)), [piece.height for piece in pieces])
    return pl.concat([found.groups.gather(place).to_frame(), table], how="horizontal")


def _interval_notes(plan: Plan, conf_level: float) -> tuple[str, ...]:
    if not plan.resamples:
        return ("No confidence intervals: name resamples= and seed= for those of the bootstrap.",)
    return (
        f"{100 * conf_level:g} % intervals: percentiles of {plan.resamples:,} resamples of the "
        f"subjects, seed {plan.seed}; of the least survival below and the largest above.",
    )


def _beside_note(medians: pl.DataFrame, found: IntervalTimes, naive: str, unit: str) -> str:
    """Say what Kaplan-Meier of the visit dates gives beside the estimate, and why it differs."""
    how, why = NAIVE[naive]
    rows = [
        (f" in {name}" if found.groups is not None else "", row)
        for name, row in zip(found.names, medians.iter_rows(named=True), strict=True)
    ]
    here = listed(
        f"{between(row['median_low'], row['median_high'], unit)}{name}" for name, row in rows
    )
    there = listed(f"{reached(row['naive'])}{name}" for name, row in rows)
    said = (
        f"Kaplan-Meier with each event dated {how} stands beside it: its median is {there}, here "
        f"it is {here}."
    )
    if medians["n_interval"].sum():
        return f"{said} It {why}."
    return f"{said} Every event has an exact time." if medians["n_event"].sum() else said


def _event_warnings(schedules: pl.DataFrame, names: list[str]) -> tuple[str, ...]:
    if not schedules["n_event"].sum():
        return ("No events were seen: the curve stays at 1 until the last visit.",)
    none = [n for n, count in zip(names, schedules["n_event"].to_list(), strict=True) if not count]
    return tuple(f"No event was seen in {name}." for name in none)
