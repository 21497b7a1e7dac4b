"""What a survival analysis returns: curves, medians, tests, what is read from the curves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.results import Result
from ketanalysis.survival.kaplan_meier import Curve
from ketanalysis.survival.risk_sets import Bools, Floats


class Sample(NamedTuple):
    """The subjects of one group: times (n,), whether each is an event, and late entries."""

    time: Floats
    event: Bools
    entry: Floats | None


class Asked(NamedTuple):
    """Whom a curve counts, from when, and what counts as the event: each in words."""

    among: str
    origin: str
    rule: str


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SurvivalResult(Result):
    """Kaplan-Meier curves of one endpoint.

    Attributes
    ----------
    table
        One row a group and time of event or censoring, after a row at time 0 where survival
        is 1: the by-column, ``time``, ``n_at_risk``, ``n_event``, ``n_censored``,
        ``survival``, ``std_error``, ``conf_low``, ``conf_high``. Null is not estimable.
    medians
        One row a group: the by-column, ``n``, ``n_event``, ``median``, ``conf_low``,
        ``conf_high``; infinite is not reached, null is not estimable.
    tests
        The log-rank test where two groups or more are compared: ``test``, ``statistic``,
        ``df``, ``p_value``; null is not estimable.
    groups
        One row a group: the by-column, ``n``, ``n_event``, ``expected`` (null without test).
    tte
        The rows of the endpoint: first those that entered, then those that did not.
    curves, samples
        The curve and the subjects of each group by its name; ``"overall"`` without groups.
    by
        The by-column in a tuple, or an empty one.
    endpoint, time_unit, conf_type
        PARAMCD or None; the unit of every time; the type of every interval.
    asked
        Whom a derived curve counts, from when and by which rule, in words; None for ready rows.
    """

    kind: ClassVar[str] = "survival"

    medians: pl.DataFrame
    tests: pl.DataFrame
    groups: pl.DataFrame
    tte: pl.DataFrame
    curves: dict[str, Curve]
    samples: dict[str, Sample]
    by: tuple[str, ...] = ()
    endpoint: str | None = None
    time_unit: str = "days"
    conf_type: str = "log-log"
    asked: Asked | None = None

    @cached_property
    def lifelines(self) -> dict[str, Any]:
        """The fitted ``lifelines.KaplanMeierFitter`` of each group, by its name.

        Its curve is ours; its median is the start of a stretch at one half, not the middle,
        and its intervals are always log-log.
        """
        from lifelines import KaplanMeierFitter

        return {
            name: KaplanMeierFitter(alpha=1 - self.conf_level, label=name).fit(
                sample.time, sample.event, entry=sample.entry
            )
            for name, sample in self.samples.items()
        }

    def at_risk(self, times: ArrayLike) -> AtRisk:
        """Return the numbers at risk at given times, as `estimate_at_risk`."""
        from ketanalysis.survival.estimates import estimate_at_risk

        return estimate_at_risk(self, times)

    def milestones(self, times: ArrayLike) -> Milestones:
        """Return survival at given times, as `estimate_milestones`."""
        from ketanalysis.survival.estimates import estimate_milestones

        return estimate_milestones(self, times)

    def rmst(self, tau: float) -> RestrictedMeans:
        """Return restricted means up to a time, as `estimate_rmst`."""
        from ketanalysis.survival.rmst import estimate_rmst

        return estimate_rmst(self, tau)

    def quantiles(self, shares: ArrayLike) -> SurvivalQuantiles:
        """Return the times by which given shares had the event."""
        from ketanalysis.survival.quantiles import estimate_survival_quantiles

        return estimate_survival_quantiles(self, shares)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AtRisk(Result):
    """Numbers at risk, one row a group and time; where causes compete, and ``cause``.

    ``time``, ``n_at_risk`` just before it, ``n_censored`` and ``n_event`` up to and with it.
    """

    kind: ClassVar[str] = "at_risk"

    by: tuple[str, ...] = ()
    time_unit: str = "days"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Milestones(Result):
    """Survival at given times: one row a group and time, with its interval."""

    kind: ClassVar[str] = "milestones"

    by: tuple[str, ...] = ()
    time_unit: str = "days"
    conf_type: str = "log-log"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SurvivalQuantiles(Result):
    """Times by which given shares had the event: one row a group and share, with its interval."""

    kind: ClassVar[str] = "survival_quantiles"

    by: tuple[str, ...] = ()
    time_unit: str = "days"
    conf_type: str = "log-log"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RestrictedMeans(Result):
    """Restricted mean times up to a horizon.

    Attributes
    ----------
    table
        Two rows a group: ``measure`` is "restricted mean" (time free of the event up to the
        horizon) or "time lost" (the rest), with ``n``, ``n_event`` (up to the horizon),
        ``estimate``, ``std_error``, ``conf_low``, ``conf_high``.
    contrasts
        Three rows for each group against the first: ``contrast``, ``measure`` ("difference",
        "ratio", "ratio of time lost"), ``estimate``, ``std_error`` (of a ratio: of its
        logarithm), ``conf_low``, ``conf_high``, ``statistic``, ``p_value``. Null is not
        estimable.
    tau
        The horizon, in `time_unit`.
    survival
        The curves that the means are areas under.
    """

    kind: ClassVar[str] = "rmst"

    contrasts: pl.DataFrame
    tau: float
    survival: SurvivalResult
    by: tuple[str, ...] = ()
    time_unit: str = "days"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SurvivalComparison(Result):
    """A test of the log-rank family: one row with ``test``, ``statistic``, ``df``, ``p_value``.

    ``groups`` has one row a group: the by-column, ``n``, ``n_event``, ``expected``.
    """

    kind: ClassVar[str] = "survival_comparison"

    groups: pl.DataFrame
    by: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    endpoint: str | None = None
