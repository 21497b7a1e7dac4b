"""The share still free of an event at given times, when the event is only seen at visits."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError
from ketanalysis.interval_censored.bootstrap import survival_limits
from ketanalysis.interval_censored.results import IntervalMilestones, IntervalSurvivalResult
from ketanalysis.interval_censored.turnbull import survival_between


def estimate_interval_milestones(
    result: IntervalSurvivalResult, times: ArrayLike
) -> IntervalMilestones:
    """Estimate the share of each group that is free of the event at given times.

    Parameters
    ----------
    result
        A result of `estimate_interval_survival`.
    times
        A time or k times, 0 or later, in the unit of the result.

    Returns
    -------
    IntervalMilestones
        One row a group and time: the by-column, ``time``, ``survival_low``, ``survival_high``,
        ``conf_low``, ``conf_high``. The first two are the same between intervals with mass;
        within one, and after the last visit, survival is only known to lie between them.

    Raises
    ------
    ArgumentError
        If a time is negative or missing, or `result` is another kind of result.

    Notes
    -----
    Missing values: as `estimate_interval_survival`.
    Source: Gentleman and Geyer (1994) Biometrika 81:618: where between two times the mass lies is
    not known.
    Checked against: as `estimate_interval_survival`, whose masses they add up.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
    >>> rows = pl.DataFrame({"AVALLO": [0, 0, 6, 7], "AVALHI": [6, 7, None, 14]})
    >>> found = estimate_interval_milestones(estimate_interval_survival(rows), [3, 7]).table
    >>> found.select("time", "survival_low", "survival_high").rows()
    [(3.0, 0.5, 1.0), (7.0, 0.5, 0.5)]
    """
    if not isinstance(result, IntervalSurvivalResult):
        raise ArgumentError(
            "result must be an IntervalSurvivalResult of estimate_interval_survival, not "
            f"{type(result).__name__}."
        )
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    if asked.ndim != 1 or not len(asked) or not np.all(np.isfinite(asked) & (asked >= 0)):
        raise ArgumentError(
            f"times must be one or more times of 0 or later, in {result.time_unit}, not {times!r}."
        )

    pieces = [_at(result, name, asked) for name in result.curves]
    table = pl.concat(pieces)
    if result.by:
        groups = result.medians[result.by[0]]
        place = np.repeat(np.arange(len(pieces)), len(asked))
        table = pl.concat([groups.gather(place).to_frame(), table], how="horizontal")
    return IntervalMilestones(
        table=table,
        title=f"Survival at given times: {result.title.partition(': ')[2]}",
        definition=result.definition,
        audit=result.audit,
        notes=result.notes,
        warnings=result.warnings,
        conf_level=result.conf_level,
        simulated=result.simulated,
        from_pandas=result.from_pandas,
        by=result.by,
        time_unit=result.time_unit,
    )


def _at(result: IntervalSurvivalResult, name: str, times: np.ndarray) -> pl.DataFrame:
    least, largest = survival_between(result.curves[name], times)
    table = pl.DataFrame({"time": times, "survival_low": least, "survival_high": largest})
    drawn = result.replicates[name]
    if not drawn:
        none = pl.lit(None, dtype=pl.Float64)
        return table.with_columns(conf_low=none, conf_high=none)
    low, high = survival_limits(drawn, times, result.conf_level)
    return table.with_columns(conf_low=pl.Series(low), conf_high=pl.Series(high))
