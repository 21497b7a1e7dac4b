"""Several contrasts at once: Holm, Bonferroni, Tukey, and Dunnett by the multivariate t."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.multiplicity import adjust_p

Floats = NDArray[np.float64]
ADJUSTMENTS = ("none", "holm", "bonferroni", "tukey", "dunnett")
Row = dict[str, Any]


def adjusted(
    rows: Sequence[Row], covariance: Floats | None, adjust: str, conf_level: float, n_levels: int
) -> list[Row]:
    """Return the rows of a family with p_adjusted and, where it has one, the wider interval.

    The covariance of the contrasts, (l, l), is needed for "dunnett".
    """
    if adjust == "none" or len(rows) == 0:
        return [row | {"p_adjusted": None} for row in rows]
    if adjust in ("holm", "bonferroni"):
        found = adjust_p([row["p_value"] for row in rows], adjust).tolist()
        level = 1 - (1 - conf_level) / len(rows) if adjust == "bonferroni" else conf_level
        return [
            _widened(row, _t_quantile(row, level)) | {"p_adjusted": None if np.isnan(p) else p}
            for row, p in zip(rows, found, strict=True)
        ]
    if adjust == "tukey":
        tail = _tukey(n_levels)
    else:
        assert covariance is not None
        tail = _dunnett(covariance)
    return [_simultaneous(row, tail, conf_level) for row in rows]


def _simultaneous(row: Row, tail: Any, conf_level: float) -> Row:
    if row["statistic"] is None:
        return row | {"p_adjusted": None}
    from scipy.optimize import brentq

    df = row["df"]
    p = tail(abs(row["statistic"]), df)
    reach = brentq(lambda t: tail(t, df) - (1 - conf_level), 0.1, 100, xtol=1e-10)
    return _widened(row, reach) | {"p_adjusted": min(1.0, max(0.0, p))}


def _widened(row: Row, reach: float | None) -> Row:
    if reach is None or row["std_error"] is None:
        return row
    half = reach * row["std_error"]
    return row | {"conf_low": row["estimate"] - half, "conf_high": row["estimate"] + half}


def _t_quantile(row: Row, level: float) -> float | None:
    from scipy.special import ndtri, stdtrit

    if row["df"] is None:
        return None
    point = (1 + level) / 2
    return float(ndtri(point) if np.isinf(row["df"]) else stdtrit(row["df"], point))


def _tukey(n_levels: int) -> Any:
    """Return the tail of the studentised range of `n_levels` means, by the t statistic."""

    def tail(statistic: float, df: float) -> float:
        from scipy.stats import studentized_range

        return float(studentized_range.sf(np.sqrt(2) * statistic, n_levels, df))

    return tail


def _dunnett(covariance: Floats) -> Any:
    """Return the tail of the largest of several correlated t statistics, in absolute value.

    P(max |T_i| > t) = 1 - E[ P(|Z_i| <= t s for all i) ], s^2 = chi-square / df: an integral of
    normal probabilities of boxes over s, by the trapezoidal rule on its normal scores, which
    converges exponentially.
    """
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)

    def tail(statistic: float, df: float) -> float:
        from scipy.special import chdtri, ndtr

        scores = np.linspace(-8, 8, 81) if np.isfinite(df) else np.zeros(1)
        spread = np.sqrt(chdtri(df, ndtr(-scores)) / df) if np.isfinite(df) else np.ones(1)
        weights = np.exp(-(scores**2) / 2)
        inside = [box_probability(correlation, statistic * s) for s in spread]
        return 1 - float(np.dot(weights / weights.sum(), inside))

    return tail


def box_probability(correlation: Floats, half: float) -> float:
    """Return the probability that all correlated standard normals lie within plus-minus half.

    By Genz's transformation, integrated with a Gauss-Legendre rule in each dimension for up to
    three variables, and scipy's lattice rule with a fixed seed beyond.
    """
    from scipy.special import ndtr, ndtri

    k = len(correlation)
    if k > 4:
        from scipy.stats import multivariate_normal

        whole = multivariate_normal(np.zeros(k), correlation, seed=0, allow_singular=True)
        limits = np.full(k, half)
        return float(whole.cdf(limits, lower_limit=-limits, maxpts=200_000 * k, abseps=1e-7))
    lower = np.linalg.cholesky(correlation + 1e-14 * np.eye(k))
    nodes, weights = np.polynomial.legendre.leggauss(32)
    points, weight = (nodes + 1) / 2, weights / 2
    value = np.ones(1)
    drawn = np.zeros((1, 0))
    for i in range(k):
        centre = drawn @ lower[i, :i]
        low = ndtr((-half - centre) / lower[i, i])
        high = ndtr((half - centre) / lower[i, i])
        value = value * (high - low)
        if i < k - 1:
            at = low[:, None] + (high - low)[:, None] * points
            drawn = np.concatenate(
                [np.repeat(drawn, len(points), axis=0), ndtri(at).reshape(-1, 1)], axis=1
            )
            value = (value[:, None] * weight).ravel()
    return float(value.sum())
