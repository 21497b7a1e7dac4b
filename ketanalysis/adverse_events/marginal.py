"""Shares over all infusions and their contrasts, by generalised estimating equations."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.rates.cells import normal_quantile
from ketanalysis.regression.gee import fit_gee
from ketanalysis.regression.logistic import probability

Floats: TypeAlias = NDArray[np.float64]

NAN = math.nan
MOST_FEW = 40
FEW = (
    "The sandwich variance is too short with few subjects, and there are {}: name "
    'variance="mancl-derouen" for one that makes up for it.'
)
NO_EVENT = "not estimable: no infusion has the event"
ALL_EVENT = "not estimable: every infusion has the event"
ONE_SUBJECT = "not estimable: one subject"
ONE_NUMBER = "not estimable: all infusions have the same number"
NO_SPREAD = "not estimable: the subjects do not differ, so that no variance is left"
FLAT = 1e-6  # on the log odds: what rounding leaves of a variance between subjects that is 0
CONTRASTS = {
    "contrast": pl.String,
    "measure": pl.String,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "statistic": pl.Float64,
    "p_value": pl.Float64,
    "test": pl.String,
    "note": pl.String,
}


class Marginal(NamedTuple):
    """A share of infusions; NaN where there is no estimate or interval, with the reason."""

    estimate: float
    std_error: float
    low: float
    high: float
    note: str = ""


def marginal_share(
    met: Floats, subject: NDArray[np.int64], *, correlation: str, variance: str, conf_level: float
) -> Marginal:
    """Return the share of infusions with the event, with an interval on the logit.

    Parameters
    ----------
    met, subject
        Shape (n,): 0 or 1 an infusion, and whose it is.
    correlation, variance
        As in `ketanalysis.regression.gee.fit_gee`.
    conf_level
        Confidence level, 0 to 1.
    """
    share = float(met.mean())
    reason = _reason(met, subject)
    if reason:
        return Marginal(share, NAN, NAN, NAN, reason)
    try:
        fit = fit_gee(
            np.ones((len(met), 1)), met, subject, correlation=correlation, variance=variance
        )
    except EstimationError as error:
        return Marginal(share, NAN, NAN, NAN, f"not estimable: {error}")
    logit, spread = float(fit.coefficients[0]), float(fit.std_error[0])
    if spread <= FLAT:
        return Marginal(share, NAN, NAN, NAN, NO_SPREAD)
    half = normal_quantile(conf_level) * spread
    p, low, high = (float(v) for v in probability(np.array([logit, logit - half, logit + half])))
    return Marginal(p, p * (1 - p) * spread, low, high)


def compared(
    met: Floats,
    subject: NDArray[np.int64],
    met_0: Floats,
    subject_0: NDArray[np.int64],
    *,
    correlation: str,
    variance: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    """Return risk difference and odds ratio of two groups of infusions as rows.

    The groups have no subject in common, so that each has its own equations; with the
    exchangeable correlation one correlation holds for both.
    """
    method = f"GEE, {correlation}, {variance}"
    reason = _reason(met, subject) or _reason(met_0, subject_0)
    rows = [_row("risk difference", method, reason), _row("odds ratio", method, reason)]
    if reason:
        return rows
    x = np.zeros((len(met) + len(met_0), 2))
    x[:, 0], x[: len(met), 1] = 1, 1
    # Numbers of subjects of the two groups must differ.
    whose = np.r_[subject, subject_0 + int(subject.max()) + 1]
    y = np.r_[met, met_0]
    try:
        fit = fit_gee(x, y, whose, correlation=correlation, variance=variance)
    except EstimationError as error:
        return [_row(row["measure"], method, f"not estimable: {error}") for row in rows]
    if fit.std_error[1] <= FLAT:
        return [_row(row["measure"], method, NO_SPREAD) for row in rows]
    z = normal_quantile(conf_level)
    p0, p1 = (float(p) for p in probability(np.array([[1.0, 0], [1, 1]]) @ fit.coefficients))
    slope = np.array([p1 * (1 - p1) - p0 * (1 - p0), p1 * (1 - p1)])
    spread = math.sqrt(float(slope @ fit.covariance @ slope))
    ends = (p1 - p0, spread, p1 - p0 - z * spread, p1 - p0 + z * spread)
    return [
        _row("risk difference", method, "", ends, (p1 - p0) / spread),
        _odds(float(fit.coefficients[1]), float(fit.std_error[1]), z, method),
    ]


def trend(
    met: Floats,
    subject: NDArray[np.int64],
    order: NDArray[np.int64],
    *,
    correlation: str,
    variance: str,
    conf_level: float,
) -> dict[str, Any]:
    """Return the odds ratio from one infusion to the next (below 1: it wears off) as a row."""
    method = f"GEE, {correlation}, {variance}"
    reason = _reason(met, subject) or (ONE_NUMBER if np.ptp(order) == 0 else "")
    if reason:
        return _row("odds ratio", method, reason)
    x = np.column_stack((np.ones(len(met)), order.astype(np.float64)))
    try:
        fit = fit_gee(x, met, subject, correlation=correlation, variance=variance)
    except EstimationError as error:
        return _row("odds ratio", method, f"not estimable: {error}")
    if fit.std_error[1] <= FLAT:
        return _row("odds ratio", method, NO_SPREAD)
    z = normal_quantile(conf_level)
    return _odds(float(fit.coefficients[1]), float(fit.std_error[1]), z, method)


def _reason(met: Floats, subject: NDArray[np.int64]) -> str:
    if not len(met) or not met.any():
        return NO_EVENT
    if met.all():
        return ALL_EVENT
    return ONE_SUBJECT if len(np.unique(subject)) < 2 else ""


def _odds(log_odds: float, error: float, z: float, method: str) -> dict[str, Any]:
    ends = (
        math.exp(log_odds),
        error,
        math.exp(log_odds - z * error),
        math.exp(log_odds + z * error),
    )
    return _row("odds ratio", method, "", ends, log_odds / error)


def _row(
    measure: str,
    method: str,
    note: str,
    ends: tuple[float, float, float, float] | None = None,
    statistic: float | None = None,
) -> dict[str, Any]:
    named = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), None)
    values = named if ends is None else dict(zip(named, ends, strict=True))
    p = None if statistic is None else math.erfc(abs(statistic) / math.sqrt(2))
    tested = {"statistic": statistic, "p_value": p, "test": "Wald"}
    return {"measure": measure} | values | {"method": method} | tested | {"note": note}
