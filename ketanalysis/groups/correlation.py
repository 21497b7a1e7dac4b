"""Correlation of two scores: the continuous twin of a comparison of responders.

Splitting subjects at a 50 % improvement throws away how far each improved. Beside "do
responders differ in anxiety?" stands "does anxiety go with improvement?", answered by a
correlation with its interval. Numbers in, numbers out: `x` and `y` have shape ``(n,)`` and
belong together by position; a pair with NaN on either side is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, ContractError, check_conf_level
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.two_samples import Floats

CONSTANT = "not estimable: one of the two scores does not vary"
TOO_FEW_PAIRS = "not estimable: fewer than 3 pairs"
PERFECT = "p value and interval not estimable: the correlation is perfect"
PERFECT_WITHIN = 1e-12
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """A correlation (-1 to 1) with its interval and test, unrounded.

    ``n`` pairs were used and ``n_missing`` left out. ``std_error`` is that of Fisher's z
    (``atanh`` of the estimate), in which the interval was formed; ``method`` names it.
    ``conf_low``, ``conf_high`` and ``std_error`` are NaN for three pairs.
    """

    method: str
    n: int
    n_missing: int
    estimate: float = NAN
    std_error: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    reason: str | None = None


def pearson(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> Correlation:
    """Return how closely two scores follow a straight line, with Fisher's interval.

    Not for scores with many zeros or a few far values (take `spearman`), and not for a change
    against its own baseline: these share the baseline, and correlate by construction.

    Parameters
    ----------
    x, y
        Scores of the same subjects in the same order, shape ``(n,)``; NaN is missing.
    conf_level
        Confidence level, 0 to 1.

    Raises
    ------
    ArgumentError
        When `x` and `y` differ in length, or `conf_level` is not between 0 and 1.
    ContractError
        When a value is infinite.

    Notes
    -----
    Test: t with n - 2 degrees of freedom. Interval: Fisher (1921), Metron 1: 3-32, with
    standard error ``1 / sqrt(n - 3)`` of z.
    Checked against: tests/oracle/correlation.csv (R 4.2.2, stats::cor.test), all columns,
    relative 1e-9.

    Examples
    --------
    >>> round(pearson([1, 2, 3, 4], [1, 3, 2, 4]).estimate, 3)
    0.8
    """
    check_conf_level(conf_level)
    x, y, n_missing = _pairs(x, y)
    blank = Correlation(method="Pearson, Fisher z", n=x.size, n_missing=n_missing)
    return _correlate(x, y, blank, conf_level, is_ranked=False)


def spearman(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> Correlation:
    """Return how closely two scores rise together in rank, with the Bonett-Wright interval.

    For skewed scores and scores with many ties; ties share their mean rank. With fewer than
    ten pairs the p value (a t approximation) is rough. Arguments, missing values and errors
    as `pearson`.

    Notes
    -----
    Test: t with n - 2 degrees of freedom, as R's ``cor.test(exact = FALSE)``. Interval: Bonett
    and Wright (2000), Psychometrika 65: 23-28: standard error of Fisher's z
    ``sqrt((1 + rho^2 / 2) / (n - 3))``.
    Checked against: tests/oracle/correlation.csv (R 4.2.2, stats::cor.test for rho and p; the
    interval written out in R from the paper), relative 1e-9.

    Examples
    --------
    >>> round(spearman([1, 2, 3, 40], [1, 3, 2, 4]).estimate, 3)
    0.8
    """
    check_conf_level(conf_level)
    x, y, n_missing = _pairs(x, y)
    blank = Correlation(method="Spearman, Bonett-Wright", n=x.size, n_missing=n_missing)
    return _correlate(average_ranks(x), average_ranks(y), blank, conf_level, is_ranked=True)


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats, int]:
    x, y = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    if x.size != y.size:
        raise ArgumentError(f"x and y must have one length, not {x.size} and {y.size}.")
    for name, values in (("x", x), ("y", y)):
        infinite = int(np.isinf(values).sum())
        if infinite:
            raise ContractError(
                f"{name} must be finite, but {infinite} of its values are infinite."
            )
    is_there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[is_there], y[is_there]
    order = np.lexsort((y, x))
    return x[order], y[order], int((~is_there).sum())


def _correlate(
    x: Floats, y: Floats, blank: Correlation, conf_level: float, *, is_ranked: bool
) -> Correlation:
    from dataclasses import replace

    from scipy import special

    if x.size < 3:
        return replace(blank, reason=TOO_FEW_PAIRS)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return replace(blank, reason=CONSTANT)
    r = _product_moment(x, y)
    if abs(r) > 1 - PERFECT_WITHIN:
        return replace(blank, estimate=float(np.sign(r)), reason=PERFECT)

    df = x.size - 2
    statistic = r * np.sqrt(df / ((1 - r) * (1 + r)))
    std_error = NAN
    if x.size > 3:
        std_error = np.sqrt((1 + r**2 / 2 if is_ranked else 1) / (x.size - 3))
    margin = special.ndtri((1 + conf_level) / 2) * std_error
    return replace(
        blank,
        estimate=r,
        std_error=float(std_error),
        conf_low=float(np.tanh(np.arctanh(r) - margin)),
        conf_high=float(np.tanh(np.arctanh(r) + margin)),
        statistic=float(statistic),
        df=float(df),
        p_value=float(2 * special.stdtr(df, -abs(statistic))),
    )


def _product_moment(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    x, y = x / np.abs(x).max(), y / np.abs(y).max()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1, 1))
