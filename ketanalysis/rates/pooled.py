"""Rates of many imputed data sets, pooled: shares, differences and ratios by Rubin's rules.

The number of subjects is the same in all data sets; how many of them have the outcome is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.imputation.pooling import Pooled, pool_rubin
from ketanalysis.rates.cells import tail_of
from ketanalysis.rates.two_by_two import Estimate

Floats = NDArray[np.float64]
WILSON, WALD, NEWCOMBE = "wilson-rubin", "wald-rubin", "newcombe-rubin"
ON_THE_LOG = "wald-rubin on the log"
SHARES = {"wilson": WILSON, "wald": WALD}
DIFFERENCES = {"newcombe": NEWCOMBE}
NO_SPREAD = "The interval is not estimable: in no data set does the outcome vary within a group."


@dataclass(frozen=True)
class Share:
    """A pooled share: estimate, its standard error and degrees of freedom, and its interval."""

    pooled: Pooled
    low: float
    high: float


def pooled_share(counts: Floats, n: int, ci: str = "wilson", conf_level: float = 0.95) -> Share:
    """Pool the share of a group over imputed data sets.

    Parameters
    ----------
    counts
        Subjects with the outcome, one number a data set, shape (d,).
    n
        Subjects of the group.
    ci
        "wilson" (Lott and Reiter) or "wald" (Rubin's rules on the share itself).
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Share
        NaN for a group without subjects. Where no score is missing "wilson" is Wilson's interval
        of one data set.

    Notes
    -----
    Source: Lott and Reiter (2020) Am Stat 74:109, equation (8): (q - p)^2 = t^2 (1 + r) p (1 - p)
    / n with r = (1 + 1/d) b / u is solved for p; t has Rubin's (1987) degrees of freedom.
    Checked against: tests/oracle/imputed_rates.csv (mice::pool.scalar in R 4.2.2 for estimate,
    variance and degrees of freedom, the ends of the interval written out in R).
    """
    if n == 0:
        nothing = Pooled(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
        return Share(nothing, math.nan, math.nan)
    shares = counts / n
    pooled = pool_rubin(shares, shares * (1 - shares) / n)
    t = _quantile(pooled.df, conf_level)
    if ci == "wald":
        half = t * pooled.std_error
        return Share(pooled, pooled.estimate - half, pooled.estimate + half)
    ratio = pooled.std_error**2 / pooled.within if pooled.within > 0 else 1.0
    low, high = _wilson_ends(pooled.estimate, t**2 * ratio / n)
    return Share(pooled, low, high)


def pooled_difference(
    counts: Floats, n: int, counts_0: Floats, n_0: int, method: str, conf_level: float = 0.95
) -> Estimate:
    """Pool a risk difference: "wald-rubin", or "newcombe-rubin" from the two pooled intervals.

    The p value is that of Rubin's rules in both cases.
    Source: Rubin (1987); Newcombe (1998) Stat Med 17:873, method 10, with Lott and Reiter's ends.
    """
    obstacle = _nobody(n, n_0)
    if obstacle:
        return _nothing(method, obstacle)
    p, p_0 = counts / n, counts_0 / n_0
    pooled = pool_rubin(p - p_0, p * (1 - p) / n + p_0 * (1 - p_0) / n_0)
    if not pooled.std_error:
        return Estimate(pooled.estimate, math.nan, math.nan, math.nan, method, WALD, NO_SPREAD)
    statistic = pooled.estimate / pooled.std_error
    if method == NEWCOMBE:
        one = pooled_share(counts, n, conf_level=conf_level)
        other = pooled_share(counts_0, n_0, conf_level=conf_level)
        q, q_0 = one.pooled.estimate, other.pooled.estimate
        low = pooled.estimate - math.hypot(q - one.low, other.high - q_0)
        high = pooled.estimate + math.hypot(one.high - q, q_0 - other.low)
    else:
        half = _quantile(pooled.df, conf_level) * pooled.std_error
        low, high = pooled.estimate - half, pooled.estimate + half
    p_value = _two_sided(statistic, pooled.df)
    return Estimate(pooled.estimate, low, high, p_value, method, WALD, "", statistic, pooled.df)


def pooled_ratio(
    counts: Floats, n: int, counts_0: Floats, n_0: int, measure: str, conf_level: float = 0.95
) -> Estimate:
    """Pool a "risk ratio" (Katz) or an "odds ratio" (Woolf) on its logarithm by Rubin's rules.

    Not estimable where an empty cell leaves a data set without the logarithm or its variance.
    """
    obstacle = _nobody(n, n_0) or _empty(counts, n, counts_0, n_0, measure)
    if obstacle:
        return _nothing(ON_THE_LOG, obstacle)
    if measure == "risk ratio":
        log_ratio = np.log(counts / n) - np.log(counts_0 / n_0)
        variance = 1 / counts - 1 / n + 1 / counts_0 - 1 / n_0
    else:
        rest, rest_0 = n - counts, n_0 - counts_0
        log_ratio = np.log(counts / rest) - np.log(counts_0 / rest_0)
        variance = 1 / counts + 1 / rest + 1 / counts_0 + 1 / rest_0
    pooled = pool_rubin(log_ratio, variance)
    half = _quantile(pooled.df, conf_level) * pooled.std_error
    statistic = pooled.estimate / pooled.std_error if pooled.std_error else math.nan
    return Estimate(
        math.exp(pooled.estimate),
        math.exp(pooled.estimate - half),
        math.exp(pooled.estimate + half),
        _two_sided(statistic, pooled.df),
        ON_THE_LOG,
        ON_THE_LOG,
        "",
        statistic,
        pooled.df,
    )


def _wilson_ends(q: float, c: float) -> tuple[float, float]:
    """Solve (q - p)^2 = c p (1 - p) for p."""
    centre = (2 * q + c) / (2 * (1 + c))
    half = math.sqrt(max(c * (c + 4 * q * (1 - q)), 0.0)) / (2 * (1 + c))
    return (0.0 if q == 0 else centre - half), (1.0 if q == 1 else centre + half)


def _quantile(df: float, conf_level: float) -> float:
    from scipy.special import ndtri, stdtrit

    point = 1 - tail_of(conf_level)
    return float(ndtri(point) if math.isinf(df) else stdtrit(df, point))


def _two_sided(statistic: float, df: float) -> float:
    from scipy.special import ndtr, stdtr

    below = -abs(statistic)
    return 2 * float(ndtr(below) if math.isinf(df) else stdtr(df, below))


def _nobody(n: int, n_0: int) -> str:
    empty = [group for group, size in (("1", n), ("0", n_0)) if size == 0]
    return f"No subjects in group {' and group '.join(empty)}." if empty else ""


def _empty(counts: Floats, n: int, counts_0: Floats, n_0: int, measure: str) -> str:
    """Return in how many data sets a cell that the logarithm needs is empty, or nothing."""
    cells = {
        "no subject with the outcome in group 1": counts,
        "no subject with the outcome in group 0": counts_0,
    }
    if measure == "odds ratio":
        cells["no subject without the outcome in group 1"] = n - counts
        cells["no subject without the outcome in group 0"] = n_0 - counts_0
    for words, cell in cells.items():
        empty = int((cell == 0).sum())
        if empty:
            return f"Not estimable: in {empty} of {len(cell)} data sets {words}."
    return ""


def _nothing(method: str, why: str) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, math.nan, method, method, why)
