"""What an analysis of competing causes returns: incidences, what is read from them, tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.results import Result
from ketanalysis.survival.cumulative_incidence import IncidenceCurve
from ketanalysis.survival.results import AtRisk, Sample


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CumulativeIncidence(Result):
    """Cumulative incidence of competing causes (Aalen-Johansen).

    Attributes
    ----------
    table
        One row a group, cause and time of any event or censoring, after a row at time 0: the
        by-column, ``cause``, ``time``, ``n_at_risk`` (free of every event), ``n_event`` (of the
        cause), ``n_censored``, ``estimate`` (the incidence, 0 to 1), ``std_error``,
        ``conf_low``, ``conf_high``, and ``survival``, the share free of every event: with the
        estimates of all causes it adds up to 1. Null is not estimable.
    groups
        One row a group and cause: the by-column, ``cause``, ``n``, ``n_event``, and the
        incidence at the last follow-up of the group: ``time``, ``estimate``, ``std_error``,
        ``conf_low``, ``conf_high``.
    tests
        Gray's test of each cause where two groups or more are compared: ``cause``, ``test``,
        ``statistic``, ``df``, ``p_value``; null is not estimable. No rows with late entry.
    tte
        The rows of the endpoint: first those that entered, then those that did not.
    curves, samples
        The curves and the subjects of each group by its name; ``"overall"`` without groups.
    causes
        The causes in order, that of interest first.
    by
        The by-column in a tuple, or an empty one.
    endpoint, time_unit, conf_type, variance
        PARAMCD or None; the unit of every time; the types of interval and standard error.
    """

    kind: ClassVar[str] = "cumulative_incidence"

    groups: pl.DataFrame
    tests: pl.DataFrame
    tte: pl.DataFrame
    curves: dict[str, IncidenceCurve]
    samples: dict[str, Sample]
    causes: tuple[str, ...]
    by: tuple[str, ...] = ()
    endpoint: str | None = None
    time_unit: str = "days"
    conf_type: str = "log-log"
    variance: str = "greenwood"

    def at_risk(self, times: ArrayLike) -> AtRisk:
        """Return the numbers at risk at given times, as `estimate_at_risk`."""
        from ketanalysis.survival.estimates import estimate_at_risk

        return estimate_at_risk(self, times)

    def milestones(self, times: ArrayLike) -> IncidenceMilestones:
        """Return the incidences at given times, as `estimate_milestones`."""
        from ketanalysis.survival.estimates import estimate_milestones

        return estimate_milestones(self, times)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IncidenceMilestones(Result):
    """Incidences at given times: one row a group, cause and time, with its interval."""

    kind: ClassVar[str] = "incidence_milestones"

    by: tuple[str, ...] = ()
    time_unit: str = "days"
    conf_type: str = "log-log"
    variance: str = "greenwood"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IncidenceComparison(Result):
    """Gray's test, one row a cause: ``cause``, ``test``, ``statistic``, ``df``, ``p_value``.

    ``groups`` has one row a group and cause: the by-column, ``cause``, ``n``, ``n_event``.
    """

    kind: ClassVar[str] = "incidence_comparison"

    groups: pl.DataFrame
    by: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    rho: float = 0.0
    endpoint: str | None = None
