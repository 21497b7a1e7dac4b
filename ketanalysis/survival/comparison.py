"""Do groups differ in their time to an event: log-rank tests, weighted, stratified, for trend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.survival.event_times import EventTimes, event_times
from ketanalysis.survival.logrank import logrank
from ketanalysis.survival.logrank_weights import check_weights, weights_name, weights_note
from ketanalysis.survival.results import SurvivalComparison
from ketanalysis.survival.rows import (
    event_warnings,
    group_table,
    log_rank,
    log_rank_table,
    log_rank_warnings,
    strata_of,
)


def compare_survival(
    adtte: Any,
    by: str,
    strata: str | Sequence[str] | None = None,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    censor: str = "CNSR",
    event: str | None = None,
    event_value: Any = None,
    groups: Sequence[Any] | None = None,
    entry: str | None = None,
    known_at: str | float | None = None,
    weights: str = "log-rank",
    rho: float | None = None,
    gamma: float | None = None,
    trend: Sequence[float] | None = None,
) -> SurvivalComparison:
    """Test whether groups differ in their time to an event (log-rank, weighted or stratified).

    Do not use it where the curves cross and the crossing matters, nor with weights chosen after
    the curves were seen.

    Parameters
    ----------
    adtte, by, endpoint, time, censor, event, event_value, groups, entry, known_at
        As in `estimate_survival`.
    strata
        Columns, usually those of the randomisation: subjects are compared within the
        combinations of their values only.
    weights
        How much each event counts: ``"log-rank"`` (alike), ``"gehan"`` (by the number at
        risk), ``"tarone-ware"`` (by its root), ``"peto-peto"`` and ``"modified-peto-peto"``
        (by the share still free), ``"fleming-harrington"`` with `rho` and `gamma`.
    rho, gamma
        Exponents of the Fleming-Harrington weights S^rho (1 - S)^gamma, each 0 or more: (1, 0)
        is R's ``survdiff(rho = 1)``, (0, 1) weighs late events.
    trend
        Scores of the groups in their order, such as doses: the test is for a trend over them,
        with 1 degree of freedom.

    Returns
    -------
    SurvivalComparison
        Null statistic and p, with a warning, where there is nothing to test; never p = 1.

    Raises
    ------
    ArgumentError
        As `estimate_survival`, and if there is one group only.
    ContractError
        As `estimate_survival`, and if a stratum is missing.
    EstimationError
        If no subject enters.

    Notes
    -----
    ``groups`` holds counts and expected events without weights, whatever the test.

    Source: Mantel 1966, Cancer Chemother Rep 50:163; Klein and Moeschberger, Survival Analysis,
    2nd ed., sections 7.3 and 7.4.

    Checked against: tests/oracle/logrank.csv and weighted_logrank.csv (R 4.2.2,
    survival::survdiff with and without strata and rho; other weights and the trend by their
    formulas), all columns, relative 1e-9.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 0], "SEX": list("FFMM")})
    >>> compare_survival(frame, "SEX").table["df"].item()
    1
    """
    check_weights(weights, rho, gamma)
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
    if len(read.names) < 2:
        raise ArgumentError(f"{by} holds one group only ({read.names[0]}): nothing to compare.")
    columns = (strata,) if isinstance(strata, str) else tuple(strata or ())
    stratum, warnings = strata_of(read, columns)
    plain = log_rank(read, stratum)
    test = plain
    if trend is not None or weights != "log-rank":
        test = logrank(
            *(read.time, read.event, read.group, stratum, read.entry),
            weights=weights,
            rho=rho,
            gamma=gamma,
            trend=trend,
        )
    within = f", stratified by {', '.join(columns)}" if columns else ""
    name = weights_name(weights, rho, gamma) + (" for trend" if trend is not None else "")
    counted = group_table(read, plain)
    return SurvivalComparison(
        table=log_rank_table(f"{name}{within}", test),
        title=f"{name[:1].upper()}{name[1:]} test of {read.endpoint or time} by {by}{within}",
        audit=read.audit,
        notes=(*_test_notes(read, weights, rho, gamma, trend), *read.notes),
        warnings=(
            *read.warnings,
            *warnings,
            *event_warnings(counted, read),
            *log_rank_warnings(test),
        ),
        from_pandas=is_pandas(adtte),
        groups=counted,
        by=(by,),
        strata=columns,
        endpoint=read.endpoint,
    )


def _test_notes(
    read: EventTimes,
    weights: str,
    rho: float | None,
    gamma: float | None,
    trend: Sequence[float] | None,
) -> tuple[str, ...]:
    said = [weights_note(weights, rho, gamma)]
    if trend is not None:
        scores = (f"{name} {score:g}" for name, score in zip(read.names, trend, strict=True))
        said.append(f"Trend over the scores {', '.join(scores)}.")
    return tuple(note for note in said if note)
