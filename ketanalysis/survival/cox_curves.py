"""Survival of subjects with given covariates by a Cox model, and its baseline hazard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.formulas.coding import Coding
from ketanalysis.formulas.grammar import Formula
from ketanalysis.frames import to_polars
from ketanalysis.survival.cause_specific import PLAIN
from ketanalysis.survival.cox_likelihood import Likelihood
from ketanalysis.survival.cox_result import CoxCurves, CoxResult
from ketanalysis.survival.cox_rows import model_columns
from ketanalysis.survival.kaplan_meier import CONF_TYPES, interval_of
from ketanalysis.survival.risk_sets import Floats


def estimate_cox_curves(fit: CoxResult, at: Any, *, conf_type: str = "log-log") -> CoxCurves:
    """Estimate the survival of subjects with given covariates (R's ``survfit(fit, newdata)``).

    It is the curve that the model expects of such a subject, not the average of a group whose
    members differ. Do not use it for covariates that change with time after the origin; where
    events compete it is no share of subjects, which a warning says.

    Parameters
    ----------
    fit
        A result of `fit_cox` with Efron's or Breslow's ties.
    at
        One profile as a dict of covariate to value, or a frame with a row a profile. Every
        covariate of the model must be there: nothing is averaged. All numbers at 0 and all
        factors at their reference give the baseline (R's ``basehaz(centered = FALSE)``).
    conf_type
        ``"log-log"``, ``"log"`` (R's default) or ``"plain"``.

    Returns
    -------
    CoxCurves
        One row a profile, stratum and event time.

    Raises
    ------
    ArgumentError
        If a covariate is missing, or has a level that was not in the model.

    Notes
    -----
    The hazard is Breslow's estimate, with Efron's ties Efron's, as in R (its ``survfit`` takes the
    ties of the fit). The interval counts the hazard's variance and that of the coefficients.

    Source: Therneau and Grambsch, Modeling Survival Data (2000), section 10.2; Tsiatis 1981,
    Ann Stat 9:93.

    Checked against: tests/oracle/cox.csv (R 4.2.2, survival::survfit.coxph and basehaz), relative
    1e-8.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.survival.cox import fit_cox
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12, 3, 9], "CNSR": [0, 0, 1, 0, 0, 1],
    ...     "SEX": list("FFMMMF")})
    >>> curves = estimate_cox_curves(fit_cox(frame, "SEX"), {"SEX": "F"})
    >>> curves.table["survival"].round(3).to_list()
    [0.809, 0.635, 0.462, 0.08]
    """
    if not isinstance(fit, CoxResult):
        raise ArgumentError(f"fit must be a CoxResult of fit_cox, not {type(fit).__name__}.")
    check_one_of("conf_type", conf_type, CONF_TYPES)
    if fit.fitted is None:
        raise ArgumentError('Curves are not defined for ties="exact": fit with ties="efron".')
    profiles = profiles_of(fit.formula, fit.coding, at)
    x = model_columns(fit.coding, profiles)[:, fit.kept] - fit.given.x[:, fit.kept].mean(axis=0)
    names = [profile_words(row) for row in profiles.iter_rows(named=True)]
    pieces = [
        _curve(fit, fit.fitted, one, stratum, conf_type).select(
            pl.lit(name).alias("group"), *_stratum_columns(fit, stratum), pl.all()
        )
        for name, one in zip(names, x, strict=True)
        for stratum in range(len(fit.fitted.sets.starts) - 1)
    ]
    return CoxCurves(
        table=pl.concat(pieces),
        title=f"Expected survival, {fit.title}",
        audit=fit.audit,
        notes=(
            f"Expected survival of a subject with these covariates, {conf_type} "
            f"{100 * fit.conf_level:g} % intervals. Times in {fit.time_unit}.",
            *fit.notes,
        ),
        warnings=(*fit.warnings, *_competing_warnings(fit)),
        conf_level=fit.conf_level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        by=("group", *fit.strata),
        time_unit=fit.time_unit,
        conf_type=conf_type,
    )


def _competing_warnings(fit: CoxResult) -> tuple[str, ...]:
    if fit.measure == PLAIN:
        return ()
    return (
        "Events compete, so that the curve of a cause-specific hazard is not the share of subjects "
        "free of the event: that is 1 less its cumulative incidence "
        "(estimate_cumulative_incidence).",
    )


def _curve(
    fit: CoxResult, fitted: Likelihood, x: Floats, stratum: int, conf_type: str
) -> pl.DataFrame:
    begin, end = fitted.sets.starts[stratum : stratum + 2]
    here = slice(begin, end)
    factor = float(np.exp(x @ fit.coefficients - fitted.shift))
    hazard = factor * np.cumsum(fitted.a[here])
    away = np.cumsum(fitted.mean_hazard[here] - x * fitted.a[here][:, None], axis=0)
    variance = np.cumsum(fitted.over_terms(0, 2)[here]) + np.einsum(
        "mj,jk,mk->m", away, fit.covariance, away
    )
    survival, log_error = np.exp(-hazard), factor * np.sqrt(variance)
    low, high = interval_of(survival, log_error, conf_type, fit.conf_level)
    sets = fitted.sets
    return pl.DataFrame(
        {
            "time": sets.time[here],
            "n_at_risk": sets.at_risk(np.ones(len(sets.last)))[here].astype(np.int64),
            "n_event": sets.deaths[here],
            "cumulative_hazard": hazard,
            "survival": survival,
            "std_error": survival * log_error,
            "conf_low": low,
            "conf_high": high,
        }
    ).with_columns(pl.col("std_error", "conf_low", "conf_high").fill_nan(None))


def profiles_of(formula: Formula, coding: Coding, at: Any) -> pl.DataFrame:
    """Return the covariates of given subjects, one row each, all known to the model."""
    if isinstance(at, Mapping):
        at = {key: [value] if not _is_many(value) else value for key, value in at.items()}
    frame = to_polars(at, what="at")
    needed = list(formula.columns)
    missing = [name for name in needed if name not in frame.columns]
    if missing or frame.is_empty():
        raise ArgumentError(
            f"at must give a value of every covariate of the model ({listed(needed, 20)}); "
            f"{listed(missing) or 'a row'} is missing."
        )
    for name in needed:
        levels = coding.levels.get(name)
        strange = [] if levels is None else [v for v in frame[name].to_list() if v not in levels]
        if strange or frame[name].null_count():
            held = "a number" if levels is None else f"one of {listed(map(repr, levels), 20)}"
            raise ArgumentError(
                f"at must give {name} as {held}, not {strange[0] if strange else None!r}."
            )
    return frame.select(needed)


def _is_many(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def profile_words(row: dict[str, Any]) -> str:
    """Return ``SEX F, AGE 40``."""
    shown = (f"{v:g}" if isinstance(v, float) else str(v) for v in row.values())
    return ", ".join(f"{name} {value}" for name, value in zip(row, shown, strict=True))


def _stratum_columns(fit: CoxResult, stratum: int) -> list[pl.Expr]:
    if not fit.strata:
        return []
    codes = fit.given.stratum
    assert codes is not None
    row = fit.given.read.tte.row(int(np.flatnonzero(codes == stratum)[0]), named=True)
    return [pl.lit(row[name]).alias(name) for name in fit.strata]
