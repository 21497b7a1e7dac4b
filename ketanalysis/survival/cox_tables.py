"""The numbers of a Cox model as tables: by the likelihood, robust, or by Firth's penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ketanalysis.errors import listed
from ketanalysis.survival.cox_firth import fit_firth_cox, profile
from ketanalysis.survival.cox_likelihood import Likelihood, likelihood
from ketanalysis.survival.cox_newton import CoxNumbers, unscaled
from ketanalysis.survival.cox_residuals import robust_covariance, robust_score_test
from ketanalysis.survival.cox_result import TABLE, TESTS, contrast_of
from ketanalysis.survival.cox_rows import CoxRows
from ketanalysis.survival.risk_sets import Bools, Floats
from ketanalysis.survival.rows import FEW_EVENTS

TIES_WORDS = {
    "efron": "Efron's",
    "breslow": "Breslow's",
    "exact": "exact (the discrete likelihood)",
}


@dataclass(frozen=True, eq=False)
class Estimates:
    """The estimated columns: each (k,) but the covariance (k, k); hazard ratios are exp of them."""

    coefficients: Floats
    covariance: Floats
    low: Floats
    high: Floats
    statistic: Floats
    p_value: Floats
    tests: pl.DataFrame
    at_start: float
    at_end: float
    steps: int
    fitted: Likelihood | None


def by_likelihood(
    given: CoxRows,
    x: Floats,
    numbers: CoxNumbers,
    ties: str,
    is_robust: bool,
    conf_level: float,
) -> Estimates:
    """Return the estimates with Wald intervals, by the model's or the robust covariance."""
    from scipy.special import ndtr, ndtri

    fitted = None if ties == "exact" else unscaled(given.sets, x, numbers.coefficients, ties)
    covariance, b = numbers.covariance, numbers.coefficients
    if is_robust and fitted is not None:
        covariance = robust_covariance(fitted, covariance, given.cluster)
    error = np.sqrt(np.diag(covariance))
    z = float(ndtri(0.5 + conf_level / 2))
    rows = [
        ("likelihood ratio", numbers.likelihood_ratio),
        ("Wald", float(b @ np.linalg.solve(covariance, b))),
        ("score", numbers.score_test),
    ]
    if is_robust:
        start = likelihood(given.sets, x - x.mean(axis=0), np.zeros(len(b)), ties)
        rows.append(("robust score", robust_score_test(start, given.cluster)))
    return Estimates(
        coefficients=b,
        covariance=covariance,
        low=b - z * error,
        high=b + z * error,
        statistic=b / error,
        p_value=2 * ndtr(-np.abs(b / error)),
        tests=_tests(rows, len(b)),
        at_start=numbers.at_start,
        at_end=numbers.at_end,
        steps=numbers.steps,
        fitted=fitted,
    )


def by_firth(given: CoxRows, x: Floats, ties: str, conf_level: float) -> Estimates:
    """Return Firth's estimates with profile intervals and penalised likelihood ratio tests."""
    scale = x.std(axis=0)
    scaled = (x - x.mean(axis=0)) / scale
    found = fit_firth_cox(given.sets, scaled, ties)
    at_start = likelihood(given.sets, scaled, np.zeros(x.shape[1]), ties)
    penalised = at_start.value + float(np.linalg.slogdet(at_start.information)[1]) / 2
    profiles = [profile(given.sets, scaled, ties, j, conf_level) for j in range(x.shape[1])]
    in_units = float(np.log(scale).sum())  # of the information of the columns as they are
    b, covariance = found.coefficients / scale, found.covariance / np.outer(scale, scale)
    rows = [
        ("penalised likelihood ratio", max(2 * (found.penalised - penalised), 0.0)),
        ("Wald", float(b @ np.linalg.solve(covariance, b))),
    ]
    return Estimates(
        coefficients=b,
        covariance=covariance,
        low=np.array([one.low for one in profiles]) / scale,
        high=np.array([one.high for one in profiles]) / scale,
        statistic=np.array([one.statistic for one in profiles]),
        p_value=np.array([one.p_value for one in profiles]),
        tests=_tests(rows, len(b)),
        at_start=penalised + in_units,
        at_end=found.penalised + in_units,
        steps=found.steps,
        fitted=unscaled(given.sets, x, b, ties),
    )


def cox_table(given: CoxRows, kept: Bools, found: Estimates, measure: str) -> pl.DataFrame:
    """Return one row a column of the design; those that are not estimated have nulls."""
    error = np.sqrt(np.diag(found.covariance))
    numbers = np.stack(
        (
            *(np.exp(found.coefficients), np.exp(found.low), np.exp(found.high)),
            *(found.coefficients, error, found.statistic, found.p_value),
        ),
        axis=1,
    ).tolist()
    rows, left = [], iter(numbers)
    for column, is_kept in zip(given.coding.columns, kept, strict=True):
        values = next(left) if is_kept else [None] * 7
        contrast = contrast_of(column, given.coding.levels)
        rows.append((column.label, contrast, measure, *values))
    return pl.DataFrame(rows, schema=TABLE, orient="row")


def cox_notes(
    given: CoxRows,
    measure: str,
    ties: str,
    penalty: str | None,
    is_robust: bool,
    cluster: str | None,
    conf_level: float,
    start: str | None,
) -> tuple[str, ...]:
    """Say how ties, the variance and the penalty were taken, and what a row is."""
    level = f"{100 * conf_level:g} %"
    ratios = f"{measure.capitalize()}s by Cox's model"
    said = [f"{ratios}, ties {TIES_WORDS[ties]}; {level} Wald intervals."]
    if penalty == "firth":
        said = [
            f"{ratios} with Firth's penalty, ties {TIES_WORDS[ties]}; {level} "
            "profile intervals and penalised likelihood ratio tests."
        ]
    if is_robust:
        by = f", by {cluster}" if cluster else ""
        said.append(f"Standard errors are robust{by} (Lin and Wei's sandwich).")
    if start is not None:
        said.append(
            f"Covariates change with time: {given.n_subjects} subjects in {len(given.read.time)} "
            f"rows, each at risk after its {start}; the audit counts rows."
        )
    return tuple(said)


def cox_warnings(given: CoxRows, kept: Bools) -> tuple[str, ...]:
    """Warn of columns that were left out, and of few events for the number of columns."""
    said = []
    out = [c.label for c, is_kept in zip(given.coding.columns, kept, strict=True) if not is_kept]
    if out:
        said.append(
            "Not estimable, as it follows from the others or does not differ among those at risk: "
            f"{listed(out)}."
        )
    events, columns = int(given.read.event.sum()), int(kept.sum())
    if events < FEW_EVENTS * columns:
        said.append(
            f"{events} event{'s' * (events != 1)} for {columns} coefficient{'s' * (columns != 1)}: "
            f"fewer than {FEW_EVENTS} a coefficient, so the estimates are uncertain."
        )
    return tuple(said)


def _tests(rows: list[tuple[str, float]], df: int) -> pl.DataFrame:
    from scipy.special import chdtrc

    return pl.DataFrame(
        [(name, value, df, float(chdtrc(df, value))) for name, value in rows],
        schema=TESTS,
        orient="row",
    )
