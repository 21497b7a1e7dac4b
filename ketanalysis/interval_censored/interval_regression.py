"""How do covariates shift the time to an event that is only seen at visits? Parametric models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    check_conf_level,
    check_one_of,
    listed,
)
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.interval_censored.interval_rows import (
    IntervalTimes,
    interval_times,
    refuse_late_entry,
)
from ketanalysis.interval_censored.parametric import (
    DISTRIBUTIONS,
    ParametricFit,
    fit_parametric,
)
from ketanalysis.interval_censored.results import IntervalRegression
from ketanalysis.regression.design import Design, design_of, independent, named
from ketanalysis.survival.estimates import TIME_UNITS
from ketanalysis.survival.event_codes import check_column
from ketanalysis.survival.event_groups import BASELINE_COLUMNS

WORDS = {"weibull": "Weibull", "log-logistic": "log-logistic", "exponential": "exponential"}
MEASURES = {
    "weibull": ("hazard ratio", "time ratio"),
    "exponential": ("hazard ratio", "time ratio"),
    "log-logistic": ("odds ratio of the event", "time ratio"),
}


def fit_interval_regression(
    adtte: Any,
    covariates: str | Sequence[str],
    endpoint: str | None = None,
    *,
    distribution: str,
    low: str = "AVALLO",
    high: str = "AVALHI",
    entry: str | None = None,
    known_at: str | None = None,
    conf_level: float = 0.95,
    time_unit: str = "days",
) -> IntervalRegression:
    """Fit a Weibull, log-logistic or exponential regression of interval-censored times.

    Answers "by how much is the time shorter or longer?", where a curve of that shape can be
    assumed. Not for a curve with a plateau, or one that falls in steps.

    Parameters
    ----------
    adtte, endpoint, low, high, entry, time_unit
        As in `estimate_interval_survival`.
    covariates
        Columns of the frame: numbers enter in a straight line, text and categories by their
        levels, the first of which is the reference.
    distribution
        "weibull" (hazards are proportional, and times are stretched), "exponential" (the same
        with a constant hazard) or "log-logistic" (odds are proportional, and times stretched).
        Must be written.
    known_at
        ``"baseline"`` declares that all covariates were known at the origin; needed unless they
        are the usual baseline columns.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    IntervalRegression
        Two rows a term: the ratio of hazards (or odds), and that of times. Above 1 is an
        earlier event in the first, a later one in the second.

    Raises
    ------
    ArgumentError
        If a column does not exist or holds what is no covariate, or one follows from others.
    ContractError
        As `estimate_interval_survival`; an exact time of 0, which these models do not have.
    EstimationError
        If no subject enters, subjects enter late, or the likelihood has no finite maximum.

    Notes
    -----
    Subjects without a covariate are left out and counted. Standard errors are of the logarithm
    of the ratio, from the observed information; intervals and tests are Wald's.

    Source: Burridge 1982, Applied Statistics 31:164; Odell, Anderson and D'Agostino 1992,
    Biometrics 48:951; Sun 2006, The Statistical Analysis of Interval-censored Failure Time Data,
    section 2.3.

    Checked against: tests/oracle/interval_regression.csv (R 4.2.2, survival::survreg), estimates,
    standard errors and likelihoods, relative 1e-6; tests/oracle/interval_classics.csv
    (icenReg::ic_par on three classics), relative 1e-4.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame(
    ...     {"AVALLO": [0, 3, 5, 8, 1, 9], "AVALHI": [3, 8, 9, 12, 4, None], "SEX": list("FFFMMM")}
    ... )
    >>> fit = fit_interval_regression(rows, "SEX", distribution="weibull")
    >>> fit.table.select("term", "measure").rows()
    [('SEX: M', 'hazard ratio'), ('SEX: M', 'time ratio')]
    """
    check_one_of("distribution", distribution, DISTRIBUTIONS)
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    columns = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    frame = to_polars(adtte, what="adtte")
    _check_covariates(frame, columns, known_at)
    frame, left_out = _complete(frame, columns)
    found = interval_times(frame, endpoint, low=low, high=high, entry=entry)
    refuse_late_entry(found, "The regression of interval-censored times")
    if np.any(found.high == 0):
        raise ContractError(
            f"An exact time of 0 has no logarithm, and {distribution} models have none; "
            f"{int(np.count_nonzero(found.high == 0))} subjects have the event at 0.\n"
            f"  Give {high} the time of the first assessment after it, or exclude them."
        )
    design = _design(found, columns)
    x = np.column_stack((np.ones(len(found.low)), design.columns))
    fit = fit_parametric(found.low, found.high, x, distribution)
    return IntervalRegression(
        table=_ratios(fit, design.terms, distribution, conf_level),
        title=f"{_capital(WORDS[distribution])} regression, interval-censored: "
        f"{found.read.endpoint or high} by {', '.join(columns)}",
        audit=_with_left_out(found.read.audit, left_out),
        notes=(
            f"Maximum likelihood of events after {low} and until {high}, {WORDS[distribution]} "
            f"times. Times in {time_unit}. Standard errors are of the logarithm of the ratio, "
            f"from the observed information; {100 * conf_level:g} % intervals and tests are "
            "Wald's.",
            *found.read.notes,
        ),
        warnings=(*found.read.warnings, *_left_out_warning(left_out)),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        coefficients=_coefficients(fit, design.terms),
        fit=_fit_row(fit, found),
        distribution=distribution,
        endpoint=found.read.endpoint,
        time_unit=time_unit,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _check_covariates(frame: pl.DataFrame, columns: tuple[str, ...], known_at: str | None) -> None:
    if not columns:
        raise ArgumentError("covariates must name at least one column.")
    for column in columns:
        check_column("covariates", column, frame)
    if known_at not in (None, "baseline"):
        raise ArgumentError(f'known_at must be "baseline" or left out, not {known_at!r}.')
    later = [column for column in columns if column not in BASELINE_COLUMNS]
    if later and known_at is None:
        raise ArgumentError(
            f"{listed(later)} may have been known only after the origin, and a subject may have "
            "had to stay free of the event until then (immortal time).\n"
            '  Say known_at="baseline" if all covariates were known at the origin.'
        )


def _complete(frame: pl.DataFrame, columns: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Return the rows that have all covariates or do not enter, and how many lack one."""
    lacking = pl.any_horizontal(pl.col(columns).is_null())
    if "entered" in frame.columns and frame["entered"].dtype == pl.Boolean:
        lacking &= pl.col("entered").fill_null(value=True)
    kept = frame.filter(~lacking)
    return kept, frame.height - kept.height


def _design(found: IntervalTimes, columns: tuple[str, ...]) -> Design:
    design = design_of(found.read.tte.head(len(found.low)).select(columns))
    if not design.terms:
        raise ArgumentError(f"{listed(columns)} has one value only: there is nothing to compare.")
    kept = independent(design.columns)
    if not kept.all():
        raise ArgumentError(
            "Columns of the model must not follow from one another, and "
            f"{listed(named(design.terms, ~kept))} does from those before it. Leave it out."
        )
    return design


def _ratios(
    fit: ParametricFit, terms: tuple[str, ...], distribution: str, conf_level: float
) -> pl.DataFrame:
    """Return two rows a term: hazards or odds, and times."""
    from scipy.special import ndtr, ndtri

    p = len(fit.alpha)
    first, second = MEASURES[distribution]
    z = float(ndtri(0.5 + conf_level / 2))
    sides = (
        (first, -fit.alpha, np.sqrt(np.diag(fit.covariance)[:p])),
        (second, fit.beta, np.sqrt(np.diag(fit.covariance_of_beta())[:p])),
    )
    rows = []
    for place, term in enumerate(terms, start=1):
        for measure, log, error in sides:
            one, width = float(log[place]), float(error[place])
            rows.append(
                {
                    "term": term,
                    "measure": measure,
                    "estimate": float(np.exp(one)),
                    "std_error": width,
                    "conf_low": float(np.exp(one - z * width)),
                    "conf_high": float(np.exp(one + z * width)),
                    "statistic": one / width,
                    "p_value": float(2 * ndtr(-abs(one / width))),
                }
            )
    return pl.DataFrame(rows)


def _coefficients(fit: ParametricFit, terms: tuple[str, ...]) -> pl.DataFrame:
    error = np.sqrt(np.diag(fit.covariance_of_beta()))
    names, values = ["(Intercept)", *terms], list(fit.beta)
    if len(error) > len(values):
        names, values = [*names, "log(scale)"], [*values, -np.log(fit.tau)]
    return pl.DataFrame({"term": names, "estimate": values, "std_error": error})


def _fit_row(fit: ParametricFit, found: IntervalTimes) -> pl.DataFrame:
    count = len(fit.covariance)
    return pl.DataFrame(
        {
            "n": [len(found.low)],
            "n_event": [int(np.isfinite(found.high).sum())],
            "log_likelihood": [fit.log_likelihood],
            "n_parameters": [count],
            "aic": [2 * count - 2 * fit.log_likelihood],
        }
    )


def _with_left_out(audit: pl.DataFrame, count: int) -> pl.DataFrame:
    if not count:
        return audit
    row = pl.DataFrame({"status": ["excluded"], "reason": ["no covariate"], "count": [count]})
    return pl.concat([audit, row])


def _left_out_warning(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"Subjects left out because a covariate is missing: {count}.",)
