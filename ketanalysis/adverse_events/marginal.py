"""Shares over all infusions and their contrasts, by generalised estimating equations."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.regression.gee import GeeFit, fit_gee
from ketanalysis.regression.logistic import probability

Floats: TypeAlias = NDArray[np.float64]

NAN = math.nan
# As simulated in tests/simulation/gee_coverage.py.
MOST_FEW, MOST_RARE = 60, 15
FEW = (
    "Intervals over all infusions are too short with few subjects, and there are {}: name "
    'variance="mancl-derouen" and df="subjects" for those that make up for it.'
)
RARE = (
    "The interval of the odds ratio from one infusion to the next is too short, and its p value "
    "too small, where fewer than {} infusions have the event or have it not: {}."
)
DFS = ("normal", "subjects")
NO_EVENT = "not estimable: no infusion has the event"
ALL_EVENT = "not estimable: every infusion has the event"
ONE_SUBJECT = "not estimable: one subject"
NONE_LEFT = "not estimable: no degree of freedom is left for the t distribution"
NOTHING = 1e-8  # of the standard error that independent infusions would have
ONE_NUMBER = "not estimable: all infusions have the same number"
NO_SPREAD = "not estimable: the subjects do not differ, so that no variance is left"
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
    "df": pl.Float64,
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
    met: Floats,
    subject: NDArray[np.int64],
    *,
    correlation: str,
    variance: str,
    df: str,
    conf_level: float,
) -> Marginal:
    """Return the share of infusions with the event, with an interval on the logit.

    Parameters
    ----------
    met, subject
        Shape (n,): 0 or 1 an infusion, and whose it is.
    correlation, variance
        As in `ketanalysis.regression.gee.fit_gee`.
    df
        "normal", or "subjects" (Student's t, whose degrees of freedom are the subjects less the
        coefficients).
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
    if _is_collapsed(fit, [[1.0]]):
        return Marginal(share, NAN, NAN, NAN, NO_SPREAD)
    logit, spread = float(fit.coefficients[0]), float(fit.std_error[0])
    half = _reach(conf_level, _df(fit, df)) * spread
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
    df: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    """Return risk difference and odds ratio of two groups of infusions as rows.

    The groups have no subject in common, so that each has its own equations; with the
    exchangeable correlation one correlation holds for both.
    """
    method = method_of(correlation, variance, df)
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
    if _is_collapsed(fit, [[1.0, 0.0], [1.0, 1.0]]):
        return [_row(row["measure"], method, NO_SPREAD) for row in rows]
    left = _df(fit, df)
    reach = _reach(conf_level, left)
    p0, p1 = (float(p) for p in probability(np.array([[1.0, 0], [1, 1]]) @ fit.coefficients))
    slope = np.array([p1 * (1 - p1) - p0 * (1 - p0), p1 * (1 - p1)])
    spread = math.sqrt(float(slope @ fit.covariance @ slope))
    ends = (p1 - p0, spread, p1 - p0 - reach * spread, p1 - p0 + reach * spread)
    return [
        _row("risk difference", method, "", ends, (p1 - p0) / spread, left),
        _odds(fit, left, conf_level, method),
    ]


def trend(
    met: Floats,
    subject: NDArray[np.int64],
    order: NDArray[np.int64],
    *,
    correlation: str,
    variance: str,
    df: str,
    conf_level: float,
) -> dict[str, Any]:
    """Return the odds ratio from one infusion to the next (below 1: it wears off) as a row."""
    method = method_of(correlation, variance, df)
    reason = _reason(met, subject) or (ONE_NUMBER if np.ptp(order) == 0 else "")
    if reason:
        return _row("odds ratio", method, reason)
    x = np.column_stack((np.ones(len(met)), order.astype(np.float64)))
    try:
        fit = fit_gee(x, met, subject, correlation=correlation, variance=variance)
    except EstimationError as error:
        return _row("odds ratio", method, f"not estimable: {error}")
    left = _df(fit, df)
    reason = "" if left else NONE_LEFT
    if left and _is_collapsed(fit, [[0.0, 1.0]]):
        reason = NO_SPREAD
    return _row("odds ratio", method, reason) if reason else _odds(fit, left, conf_level, method)


def _reason(met: Floats, subject: NDArray[np.int64]) -> str:
    if not len(met) or not met.any():
        return NO_EVENT
    if met.all():
        return ALL_EVENT
    return ONE_SUBJECT if len(np.unique(subject)) < 2 else ""


def method_of(correlation: str, variance: str, df: str) -> str:
    """Return what the column ``method`` says."""
    return f"GEE, {correlation}, {variance}" + (", t" if df == "subjects" else "")


def _df(fit: GeeFit, df: str) -> float:
    return math.inf if df == "normal" else float(fit.clusters - len(fit.coefficients))


def _is_collapsed(fit: GeeFit, sums: list[list[float]]) -> bool:
    """Return whether a sum of coefficients has no variance: every subject has the same score."""
    rows = np.array(sums)
    own, naive = (np.diag(rows @ one @ rows.T) for one in (fit.covariance, fit.naive))
    return bool((own <= NOTHING**2 * naive).any())


def _reach(conf_level: float, df: float) -> float:
    """Return how many standard errors an interval reaches."""
    from scipy.special import ndtri, stdtrit

    point = (1 + conf_level) / 2
    return float(ndtri(point) if math.isinf(df) else stdtrit(df, point))


def _p_value(statistic: float, df: float) -> float:
    from scipy.special import stdtr

    if math.isinf(df):
        return math.erfc(abs(statistic) / math.sqrt(2))
    return float(2 * stdtr(df, -abs(statistic)))


def _odds(fit: GeeFit, df: float, conf_level: float, method: str) -> dict[str, Any]:
    log_odds, error = float(fit.coefficients[1]), float(fit.std_error[1])
    half = _reach(conf_level, df) * error
    ends = (math.exp(log_odds), error, math.exp(log_odds - half), math.exp(log_odds + half))
    return _row("odds ratio", method, "", ends, log_odds / error, df)


def _row(
    measure: str,
    method: str,
    note: str,
    ends: tuple[float, float, float, float] | None = None,
    statistic: float | None = None,
    df: float = math.inf,
) -> dict[str, Any]:
    named = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), None)
    values = named if ends is None else dict(zip(named, ends, strict=True))
    p = None if statistic is None else _p_value(statistic, df)
    tested = {"statistic": statistic, "p_value": p, "test": "Wald"}
    shown = None if statistic is None or math.isinf(df) else df
    return {"measure": measure} | values | {"method": method} | tested | {"df": shown, "note": note}
