"""What an analysis of interval-censored times returns: curves, tests, models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.interval_censored.turnbull import Turnbull
from ketanalysis.results import Result
from ketanalysis.survival.kaplan_meier import Curve
from ketanalysis.survival.risk_sets import Floats


class IntervalSample(NamedTuple):
    """The subjects of one group: both ends of their intervals, (n,)."""

    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntervalSurvivalResult(Result):
    """Non-parametric curves of one endpoint whose events are only known to lie in intervals.

    Attributes
    ----------
    table
        One row a group and interval with mass: the by-column, ``left``, ``right`` (the mass lies
        after left and until right, at the time where they are equal), ``mass``, ``survival``
        (after the interval, until the next), ``conf_low``, ``conf_high`` (bootstrap, or null).
    medians
        One row a group: the by-column, ``n``, ``n_event``, ``n_interval`` (events of which no
        exact time is known), ``median_low``, ``median_high`` (the earliest and the latest that
        the median may be; infinite is not reached), ``conf_low``, ``conf_high``, and ``naive``,
        the median of Kaplan-Meier with the events dated as ``naive`` of the result says.
    schedules
        One row a group: the by-column, ``n``, ``n_event``, ``n_interval``, ``width``, the median
        width of the intervals in which events were seen.
    convergence
        One row a group: the by-column, ``log_likelihood``, ``gap`` (largest violation of the
        conditions of a maximum).
    tte
        The rows of the endpoint: first those that entered, then those that did not.
    curves, naive_curves, samples
        The estimate, the naive Kaplan-Meier curve and the subjects of each group by its name.
    replicates
        The estimates of the resamples of each group; empty without bootstrap.
    naive
        How the naive curve dates events: "right" (at the visit that saw it) or "midpoint".
    by, endpoint, time_unit
        As in `SurvivalResult`.
    """

    kind: ClassVar[str] = "interval_survival"

    medians: pl.DataFrame
    schedules: pl.DataFrame
    convergence: pl.DataFrame
    tte: pl.DataFrame
    curves: dict[str, Turnbull]
    naive_curves: dict[str, Curve]
    samples: dict[str, IntervalSample]
    replicates: dict[str, tuple[Turnbull, ...]]
    naive: str = "right"
    by: tuple[str, ...] = ()
    endpoint: str | None = None
    time_unit: str = "days"

    def milestones(self, times: ArrayLike) -> IntervalMilestones:
        """Return the least and largest survival at times, as `estimate_interval_milestones`."""
        from ketanalysis.interval_censored.milestones import estimate_interval_milestones

        return estimate_interval_milestones(self, times)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntervalMilestones(Result):
    """Survival at given times: one row a group and time, from least to largest.

    ``table`` has the by-column, ``time``, ``survival_low``, ``survival_high``, ``conf_low``,
    ``conf_high``.
    """

    kind: ClassVar[str] = "interval_milestones"

    by: tuple[str, ...] = ()
    time_unit: str = "days"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntervalComparison(Result):
    """A test of groups whose events are only known to lie in intervals.

    Attributes
    ----------
    table
        One row: ``test``, ``method`` (the variance, or how splits came), ``statistic``
        (chi-square; null for an exact test of two groups), ``df``, ``p_value``.
    groups
        One row a group: the by-column, ``n``, ``n_event``, ``excess`` (sum of the scores: events
        sooner than expected are above 0), ``width``.
    scores
        Each subject's score with its group, in the order of the rows that entered.
    """

    kind: ClassVar[str] = "interval_comparison"

    groups: pl.DataFrame
    scores: pl.DataFrame
    by: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    endpoint: str | None = None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IntervalRegression(Result):
    """A parametric regression of interval-censored times.

    Attributes
    ----------
    table
        Two rows a term, one in the exponential model's hazard ratios and time ratios alike:
        ``term``, ``measure``, ``estimate`` (a ratio), ``std_error`` (of its logarithm),
        ``conf_low``, ``conf_high``, ``statistic`` (z), ``p_value``.
    coefficients
        As R's survreg: one row a coefficient of log time, the intercept and log(scale) among
        them: ``term``, ``estimate``, ``std_error``.
    fit
        One row: ``n``, ``n_event``, ``log_likelihood``, ``n_parameters``, ``aic``.
    distribution
        "weibull", "log-logistic" or "exponential".
    """

    kind: ClassVar[str] = "interval_regression"

    coefficients: pl.DataFrame
    fit: pl.DataFrame
    distribution: str
    endpoint: str | None = None
    time_unit: str = "days"
