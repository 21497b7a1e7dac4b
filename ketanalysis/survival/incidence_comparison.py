"""Do groups differ in how many had each event: Gray's test, `compare_cumulative_incidence`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.survival.event_causes import CausesGiven, caused_times, declared_causes
from ketanalysis.survival.incidence import GRAY
from ketanalysis.survival.incidence_results import IncidenceComparison
from ketanalysis.survival.incidence_rows import (
    cause_table,
    cause_warnings,
    gray_table,
    gray_tests,
    gray_warnings,
)
from ketanalysis.survival.rows import strata_of


def compare_cumulative_incidence(
    adtte: Any,
    by: str,
    strata: str | Sequence[str] | None = None,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    event: str = "event_code",
    causes: CausesGiven | None = None,
    censored: Any = None,
    groups: Sequence[Any] | None = None,
    known_at: str | None = None,
    rho: float = 0.0,
) -> IncidenceComparison:
    """Test whether groups differ in the cumulative incidence of each competing event (Gray).

    Answers "do more relapse under this arm?" where another event can come first; not "is the
    hazard of relapse higher?", which is the log-rank test or Cox's model of one cause. The
    other events are part of the answer, so all causes are tested and shown.

    Parameters
    ----------
    adtte, by, endpoint, time, event, causes, censored, groups
        As in `estimate_cumulative_incidence`.
    strata
        Columns, usually those of the randomisation: subjects are compared within the
        combinations of their values only.
    known_at
        ``"baseline"`` where `by` was known at the origin. Gray's test has no late entry, so a
        later time is refused.
    rho
        Exponent of the weights (1 - F)^rho, F the incidence over all groups: 0 weighs all
        times alike, more than 0 early events.

    Returns
    -------
    IncidenceComparison
        One row a cause; null statistic and p, with a warning, where there is nothing to test.

    Raises
    ------
    ArgumentError
        As `estimate_cumulative_incidence`, and if there is one group only, or late entry.
    ContractError
        As `estimate_cumulative_incidence`, and if a stratum is missing.
    EstimationError
        If no subject enters.

    Notes
    -----
    Source: Gray 1988, Ann Stat 16:1141.

    Checked against: tests/oracle/gray_test.csv (R 4.2.2, cmprsk::cuminc with and without
    strata and rho), statistic, df and p, relative 1e-9.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "AVAL": [1, 2, 3, 4, 5, 6], "status": [1, 2, 1, 1, 0, 1], "SEX": list("FFFMMM")})
    >>> test = compare_cumulative_incidence(
    ...     frame, "SEX", event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> round(test.table["p_value"][0], 4)
    0.1411
    """
    if known_at not in (None, "baseline"):
        raise ArgumentError(
            f"Gray's test needs groups that were known at the origin, not at {known_at!r}: it has "
            "no late entry.\n"
            "  Start the clock when they were known (a landmark), or compare the hazards of each "
            "cause with compare_survival."
        )
    rows = to_polars(adtte, what="adtte")
    declared = declared_causes(rows, event, causes, censored)
    read, cause = caused_times(
        rows, endpoint, declared, time=time, by=by, groups=groups, known_at=known_at
    )
    if len(read.names) < 2:
        raise ArgumentError(f"{by} holds one group only ({read.names[0]}): nothing to compare.")
    if read.entry is not None:
        raise ArgumentError(
            "Gray's test needs everybody under observation from the origin, and some enter "
            "later (column entry).\n"
            "  Fit the subdistribution hazard by group with fit_fine_gray(entry=), whose weights "
            "hold late entry; start the clock at entry (origin=); or compare the hazards of each "
            "cause with compare_survival(entry=)."
        )
    columns = (strata,) if isinstance(strata, str) else tuple(strata or ())
    stratum, warnings = strata_of(read, columns)
    tests = gray_tests(read, cause, declared.names, stratum, rho)
    counted = cause_table(read, cause, declared.names)
    weighed = "" if rho == 0 else f", rho {rho:g}"
    within = f", stratified by {', '.join(columns)}" if columns else ""
    return IncidenceComparison(
        table=gray_table(f"{GRAY}{weighed}{within}", declared.names, tests),
        title=f"{GRAY}{weighed} of {read.endpoint or time} by {by}{within}",
        audit=read.audit,
        notes=(*_weights_note(rho), *read.notes),
        warnings=(
            *read.warnings,
            *warnings,
            *cause_warnings(counted, read),
            *gray_warnings(declared.names, tests),
        ),
        from_pandas=is_pandas(adtte),
        groups=counted,
        by=(by,),
        strata=columns,
        rho=rho,
        endpoint=read.endpoint,
    )


def _weights_note(rho: float) -> tuple[str, ...]:
    if rho == 0:
        return ()
    return (f"Weights (1 - F)^{rho:g}, F the incidence of the cause over all groups.",)
