"""The cumulative response: what share has responded by then, one minus Kaplan-Meier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.onset import estimate_time_to_response
from ketanalysis.errors import ArgumentError
from ketanalysis.results import Result
from ketanalysis.survival.estimates import estimate_milestones
from ketanalysis.survival.kaplan_meier import at_risk
from ketanalysis.survival.results import SurvivalResult

LEFT = (
    "Who left without responding is censored: the share is that of a world in which nobody "
    "leaves, and can be higher than the share of all who were seen to respond. Where leaving is to "
    'count as not responding, use estimate_ever_response with missing="nri".'
)
NOBODY = "nobody has responded yet"
BEYOND = "beyond the last follow-up"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CumulativeResult(Result):
    """Shares that have responded by given times.

    Attributes
    ----------
    table
        One row a group and time: by-column, time, n_at_risk (still followed and not
        responding just before the time), n_event (responded by then), estimate (0 to 1), std_error,
        conf_low, conf_high, note.
    curve
        The curve of those who have not yet responded (`SurvivalResult`).
    scale, outcome, by, time_unit, conf_type
        As in `SurvivalResult` and `RatesResult`.
    """

    kind: ClassVar[str] = "cumulative response"

    curve: SurvivalResult
    scale: str = ""
    outcome: str = ""
    by: tuple[str, ...] = ()
    time_unit: str = "days"
    conf_type: str = "log-log"


def estimate_cumulative_response(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | None = None,
    *,
    times: ArrayLike | None = None,
    population: str = "ITT",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | None = None,
) -> CumulativeResult:
    """Estimate the share of subjects that has responded by given times.

    Answers "what share has responded by day 1, by day 14?". A response that was lost again
    still counts; for the share that responds at a visit use `estimate_response`. Not where
    leaving, death or another treatment prevents the response: each is censored here.

    Parameters
    ----------
    data, scale, by, population, conf_type, conf_level, known_at
        As in `estimate_time_to_response`.
    rule
        A `Response` or a `Remission`.
    times
        Days since the first infusion; must be written.

    Returns
    -------
    CumulativeResult
        One row a group and time; its `curve` is that of `estimate_time_to_response`.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_time_to_response`; also where `times` is not written, or is negative.

    Notes
    -----
    One minus the Kaplan-Meier estimate, with the interval turned round. Before the first
    response the share is 0 without an interval; after the last follow-up there is no estimate.
    Checked against: tests/oracle/infusions.csv (R 4.2.2, survival::survfit, 1 - surv),
    relative 1e-9; the antidepressant trial in tests/durability/test_cumulative_response.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> shares = ka.estimate_cumulative_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     times=[1.2, 15])
    >>> shares.table["n_event"].to_list()
    [9, 17, 22, 27]
    """
    if times is None:
        raise ArgumentError(
            "times= must name the days since the first infusion by which the share is meant, such "
            "as times=[1, 7, 14]."
        )
    curve = estimate_time_to_response(
        data,
        scale,
        rule,
        by,
        population=population,
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_at,
    )
    read = estimate_milestones(curve, times)
    grouped = f", by {by}" if by else ""
    return CumulativeResult(
        table=_table(curve, read.table),
        title=f"Cumulative {rule.label} on {scale}{grouped}",
        definition=rule,
        audit=curve.audit,
        notes=(
            f"One minus Kaplan-Meier with {conf_type} {100 * conf_level:g} % intervals; days since "
            "the first infusion.",
            LEFT,
        ),
        warnings=(*curve.warnings, *read.warnings),
        conf_level=conf_level,
        simulated=curve.simulated,
        from_pandas=curve.from_pandas,
        curve=curve,
        scale=scale,
        outcome=rule.label,
        by=curve.by,
        conf_type=conf_type,
    )


def _table(curve: SurvivalResult, read: pl.DataFrame) -> pl.DataFrame:
    """Turn survival at the times into shares with the event."""
    asked = read["time"].to_numpy()
    per_group = len(asked) // len(curve.samples)
    at, seen = [], []
    for i, sample in enumerate(curve.samples.values()):
        own = asked[i * per_group : (i + 1) * per_group]
        at.append(at_risk(sample.time, own, sample.entry))
        happened = np.sort(sample.time[sample.event])
        seen.append(np.searchsorted(happened, own * (1 + 1e-12), side="right"))
    none_yet = pl.col("estimate") == 0
    has_interval = pl.col("estimate").is_not_null() & ~none_yet
    note = pl.when(pl.col("estimate").is_null()).then(pl.lit(BEYOND))
    return read.select(
        *curve.by,
        "time",
        pl.Series("n_at_risk", np.concatenate(at)),
        pl.Series("n_event", np.concatenate(seen)),
        estimate=1 - pl.col("survival"),
        std_error="std_error",
        conf_low=1 - pl.col("conf_high"),
        conf_high=1 - pl.col("conf_low"),
    ).with_columns(
        pl.when(has_interval).then(pl.col("std_error", "conf_low", "conf_high")),
        note=note.when(none_yet).then(pl.lit(NOBODY)).otherwise(pl.lit("")),
    )
