"""Cox's model of the hazard: `fit_cox` and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    EstimationError,
    check_conf_level,
    check_one_of,
    listed,
)
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.survival.cause_specific import CAUSE_SPECIFIC, PLAIN, cause_specific_note
from ketanalysis.survival.cox_likelihood import TIES
from ketanalysis.survival.cox_monotone import monotone
from ketanalysis.survival.cox_newton import estimable, newton
from ketanalysis.survival.cox_result import CoxResult
from ketanalysis.survival.cox_rows import CoxRows, cox_rows
from ketanalysis.survival.cox_tables import (
    Estimates,
    by_firth,
    by_likelihood,
    cox_notes,
    cox_table,
    cox_warnings,
)
from ketanalysis.survival.estimates import TIME_UNITS
from ketanalysis.survival.risk_sets import Bools

PENALTIES = (None, "firth")


def fit_cox(
    adtte: Any,
    formula: str,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    censor: str = "CNSR",
    event: str | None = None,
    event_value: Any = None,
    competing: Any = None,
    entry: str | None = None,
    start: str | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    robust: bool = False,
    ties: str = "efron",
    penalty: str | None = None,
    known_at: str | None = None,
    conf_level: float = 0.95,
    time_unit: str = "days",
) -> CoxResult:
    """Fit Cox's proportional hazards model.

    Answers "by how much does the hazard of relapse differ, given the other covariates?". Not
    where hazards are not proportional (look at `estimate_proportional_hazards`; a restricted mean
    needs no such thing), nor for how many relapse where another event can prevent it: the ratio
    is then one of cause-specific hazards and is called so; `estimate_cumulative_incidence` says
    how many, `fit_fine_gray` what that share hangs on.

    Parameters
    ----------
    adtte, endpoint, time, censor, event, event_value, entry
        As in `estimate_survival`. The codes of `event` that are not `event_value` are censored.
    competing
        The code or codes of `event` (of `censor` without it) that are competing events, such as a
        further infusion or death: they are censored when they come, and the hazard is the
        cause-specific one. Known without it from rows of ``time_to_relapse(redose="competing")``;
        where several codes are not `event_value` and none is declared, the ratio is called
        cause-specific too, and ``competing=[]`` says that all are plain censoring.
    formula
        The covariates as in R: ``"TRT01P + AGE"``, ``"TRT01P * SEX"``, ``"log(BASE)"``. The
        reference of a factor is the first level of an Enum, else the first in the alphabet. Arms
        must have an order.
    start
        Column of the start of each row, for covariates that change with time: a subject then has
        several rows, each from its start (excluded) to its `time` (included), with the value of
        that time, and the event in its last.
    strata
        Columns: each combination of their values has its own baseline hazard.
    cluster
        Column: rows of a cluster (a site, a subject with several events) are not independent;
        the standard errors are then robust.
    robust
        Whether standard errors are robust without a cluster (Lin and Wei's sandwich).
    ties
        "efron" (R's default), "breslow" (SAS's default) or "exact" (R's; SAS's DISCRETE): tied
        events truly at one time.
    penalty
        None, or "firth": the penalised likelihood, finite where the likelihood is monotone, with
        profile intervals. It is taken only when it is asked for.
    known_at
        ``"baseline"`` declares that all covariates were known at the origin; needed for columns
        that are not known to be (those other than TRT01P, AGE, SEX, BASE, ...).
    conf_level, time_unit
        Confidence level, 0 to 1; the unit of the times.

    Returns
    -------
    CoxResult
        Hazard ratios (cause-specific ones where events compete) with intervals, tests of the
        model, `concordance`, `.proportional_hazards()`, `.curves(at=)`.

    Raises
    ------
    ArgumentError
        As `estimate_survival`; a formula that cannot be read, methods that do not go together.
    ContractError
        As `estimate_survival`; pieces of a subject that overlap.
    EstimationError
        No event, nothing to estimate, or a monotone likelihood: a hazard ratio that would be 0
        or infinite. The covariates that drive it are named.

    Notes
    -----
    Missing values: a row without a covariate leaves the model and is counted in `audit`. A
    column that follows from earlier ones, or is constant among those at risk, is left out and
    named, as in R.
    R's Wald statistic is printed with two decimals; ours is not rounded. lifelines agrees where
    it goes (Efron's ties); it has neither exact ties nor a standard error of C, and its test of
    proportional hazards is the approximation that R gave up in survival 3.

    Sources: Cox 1972, J R Stat Soc B 34:187; Efron 1977, J Am Stat Assoc 72:557; Breslow 1974,
    Biometrics 30:89; Lin and Wei 1989, J Am Stat Assoc 84:1074; Heinze and Schemper 2001,
    Biometrics 57:114.

    Checked against: tests/oracle/cox.csv (R 4.2.2, survival::coxph, all ties, strata, late entry,
    time-dependent rows, clusters), relative 1e-8; tests/oracle/cox_firth.csv; lung, veteran and
    ovarian in tests/survival/test_cox.py.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12, 3, 9], "CNSR": [0, 0, 1, 0, 0, 1],
    ...     "SEX": list("FFMMMF")})
    >>> fit_cox(frame, "SEX").table.select("contrast", pl.col("estimate").round(6)).row(0)
    ('SEX: M / F', 0.568729)
    """
    check_one_of("ties", ties, TIES)
    check_one_of("penalty", penalty, PENALTIES)
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    is_robust = robust or cluster is not None
    _check_methods(ties, penalty, is_robust)
    columns = (strata,) if isinstance(strata, str) else tuple(strata or ())
    given = cox_rows(
        to_polars(adtte, what="adtte"),
        formula,
        endpoint,
        time=time,
        start=start,
        strata=columns,
        cluster=cluster,
        known_at=known_at,
        columns={
            "censor": censor, "event": event, "event_value": event_value, "entry": entry,
        },
    )  # fmt: skip
    kept = estimable_columns(given)
    found = _estimates(given, kept, ties, penalty, is_robust, conf_level)
    read = given.read
    within = f", stratified by {', '.join(columns)}" if columns else ""
    rows = read.tte.head(len(read.time))
    specific = cause_specific_note(rows, censor, event, event_value, competing)
    measure = CAUSE_SPECIFIC if specific else PLAIN
    what = "Cox model of the cause-specific hazard of" if specific else "Cox model of"
    return CoxResult(
        table=cox_table(given, kept, found, measure),
        title=f"{what} {read.endpoint or time}: {_right(given.formula.text)}{within}",
        audit=read.audit,
        notes=(
            *cox_notes(given, measure, ties, penalty, is_robust, cluster, conf_level, start),
            *([specific] if specific else []),
            *read.notes,
        ),
        warnings=(*read.warnings, *cox_warnings(given, kept)),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        tests=found.tests,
        criteria=_criteria(given, kept, found),
        formula=given.formula,
        coding=given.coding,
        kept=kept,
        coefficients=found.coefficients,
        covariance=found.covariance,
        fitted=found.fitted,
        given=given,
        measure=measure,
        ties=ties,
        penalty=penalty,
        variance="robust" if is_robust else "model",
        strata=columns,
        endpoint=read.endpoint,
        time_unit=time_unit,
    )


def _right(text: str) -> str:
    return text.partition("~")[2].strip()


def _check_methods(ties: str, penalty: str | None, is_robust: bool) -> None:
    if ties == "exact" and (penalty is not None or is_robust):
        what = 'penalty="firth"' if penalty is not None else "a robust variance or a cluster"
        raise ArgumentError(
            f'ties="exact" does not go with {what}, for which tied events are taken one after the '
            'other: take ties="efron".'
        )
    if penalty is not None and is_robust:
        raise ArgumentError(
            'penalty="firth" does not go with a robust variance or a cluster: its intervals are '
            "those of the penalised profile likelihood."
        )


def estimable_columns(given: CoxRows) -> Bools:
    """Return which columns (p,) can be estimated, or raise `EstimationError` for none."""
    kept = estimable(given.sets, given.x)
    if not kept.any():
        raise EstimationError(
            "Nothing can be estimated: no covariate differs among the subjects at risk at an "
            f"event ({listed(column.label for column in given.coding.columns)})."
        )
    return kept


def _estimates(
    given: CoxRows,
    kept: Bools,
    ties: str,
    penalty: str | None,
    is_robust: bool,
    conf_level: float,
) -> Estimates:
    x = given.x[:, kept]
    if penalty == "firth":
        return by_firth(given, x, ties, conf_level)
    try:
        numbers = newton(given.sets, x, ties)
    except EstimationError:
        _check_monotone(given, kept)
        raise
    if numbers.may_run_off:
        _check_monotone(given, kept)
    return by_likelihood(given, x, numbers, ties, is_robust, conf_level)


def _check_monotone(given: CoxRows, kept: Bools) -> None:
    drives = monotone(given.sets, given.x[:, kept])
    if not drives.any():
        return
    labels = [column.label for column, one in zip(given.coding.columns, kept, strict=True) if one]
    named = [label for label, drive in zip(labels, drives, strict=True) if drive]
    raise EstimationError(
        f"Cox's model has no finite estimate: its likelihood is monotone in {listed(named)}. At "
        "every event those who had it are at the edge of what was at risk, such as where one "
        "group has no event, and the hazard ratio goes to 0 or infinity.\n"
        '  penalty="firth" has a finite estimate with profile intervals; the log-rank test '
        "(compare_survival) stands as it is."
    )


def _criteria(given: CoxRows, kept: Bools, found: Estimates) -> pl.DataFrame:
    k = int(np.count_nonzero(kept))
    return pl.DataFrame(
        {
            "n": [given.n_subjects],
            "n_rows": [len(given.read.time)],
            "n_event": [int(given.read.event.sum())],
            "log_likelihood": [found.at_end],
            "log_likelihood_null": [found.at_start],
            "aic": [2 * k - 2 * found.at_end],
            "n_parameters": [k],
            "steps": [found.steps],
        }
    )
