"""The log-rank test of k groups, weighted or not, stratified or not: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError
from ketanalysis.survival.logrank_weights import Weigher, check_weights, weigher
from ketanalysis.survival.risk_sets import (
    Bools,
    Counts,
    Floats,
    checked_times,
    index_times,
    risk_sets,
)


@dataclass(frozen=True, eq=False)
class LogRank:
    """A log-rank test of k groups.

    Attributes
    ----------
    observed, expected
        (k,) events, and events expected if the groups did not differ, summed over strata;
        with weights both are sums of weights.
    variance
        (k, k) covariance of observed minus expected (hypergeometric).
    statistic, df, p_value
        Chi-square, its degrees of freedom (groups ever at risk in an event, less one; of a
        trend 1) and p. The statistic and p are NaN where there is nothing to test.
    """

    observed: Floats
    expected: Floats
    variance: Floats
    statistic: float
    df: int
    p_value: float


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    *,
    weights: str = "log-rank",
    rho: float | None = None,
    gamma: float | None = None,
    trend: Sequence[float] | None = None,
) -> LogRank:
    """Test whether groups differ in how fast subjects have the event (Mantel-Haenszel).

    Do not use it where the curves cross and the crossing matters: early and late
    differences cancel.

    Parameters
    ----------
    time, event, entry
        (n,) as in `kaplan_meier`.
    group
        (n,) integers 0 to k - 1; every group should have a subject.
    stratum
        (n,) integers, or None: subjects are compared within a stratum only.
    weights, rho, gamma
        As in `ketanalysis.survival.logrank_weights`; by stratum, as R's ``survdiff``.
    trend
        k scores, one a group, that are not all alike: the test is then for a trend over the
        groups, with 1 degree of freedom.

    Returns
    -------
    LogRank
        With NaN, never p = 1, where no event occurs, where one group only is at risk in
        the events, or where some groups are never at risk together.

    Raises
    ------
    ContractError
        If a time is missing, infinite or negative, or not after its entry.
    ArgumentError
        If lengths differ, there are fewer than two groups, or an option is unknown.

    Notes
    -----
    Missing values are refused. Times that differ by rounding only are one time across all
    groups and strata. R's ``survdiff`` takes no entry; with entry the test is the score test
    of the Cox model.

    Source: Mantel 1966, Cancer Chemother Rep 50:163; Kalbfleisch and Prentice, The
    Statistical Analysis of Failure Time Data, 2nd ed., section 1.5; Klein and Moeschberger,
    Survival Analysis, 2nd ed., sections 7.3 (weights) and 7.4 (trend).

    Checked against: tests/oracle/logrank.csv (R 4.2.2, survival::survdiff, rho = 0; with
    entry survival::coxph score test), all columns, relative 1e-9;
    tests/oracle/weighted_logrank.csv (survdiff with other rho; the other weights and the trend
    by their formulas in base R, and lung by R survMisc).

    Examples
    --------
    >>> test = logrank([1, 2, 3, 4], [True, True, True, False], [0, 0, 1, 1])
    >>> test.observed.tolist(), test.df
    ([2.0, 1.0], 1)
    """
    check_weights(weights, rho, gamma)
    times, events, entries = checked_times(time, event, entry)
    groups = checked_codes("group", group, len(times))
    k = int(groups.max()) + 1
    if k < 2:
        raise ArgumentError("group must hold at least two groups (0 and 1), not one.")
    scores = None if trend is None else _checked_scores(trend, k)
    weigh = None if weights == "log-rank" else weigher(weights, rho, gamma)

    observed, expected, variance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for rows in strata_rows(stratum, len(times)):
        late = None if entries is None else entries[rows]
        parts = _one_stratum(times[rows], events[rows], groups[rows], late, k, weigh)
        observed, expected, variance = (
            total + part for total, part in zip((observed, expected, variance), parts, strict=True)
        )
    if scores is not None:
        return _trend(observed, expected, variance, scores)
    return _chi_square(observed, expected, variance)


def _one_stratum(
    time: Floats,
    event: Bools,
    group: Counts,
    entry: Floats | None,
    k: int,
    weigh: Weigher | None,
) -> tuple[Floats, Floats, Floats]:
    distinct, place = index_times(time)
    m = len(distinct)
    cell = place * k + group
    leaving = np.bincount(cell, minlength=m * k).reshape(m, k)
    died = np.bincount(cell[event], minlength=m * k).reshape(m, k)
    at_risk = np.empty((m, k))
    for g in range(k):
        late = None if entry is None else entry[group == g]
        at_risk[:, g] = risk_sets(distinct, leaving[:, g], late)

    deaths = died.sum(axis=1)
    with_event = deaths > 0
    d, r = deaths[with_event].astype(float), at_risk[with_event]
    n = r.sum(axis=1)
    share = r / n[:, None]
    factor = d * (n - d) / np.maximum(n - 1, 1)
    if weigh is None:
        observed, expected = died.sum(axis=0).astype(float), d @ share
    else:
        weight = weigh(n, d)
        observed, expected = weight @ died[with_event], (weight * d) @ share
        factor = factor * weight**2
    variance = np.diag(factor @ share) - (share * factor[:, None]).T @ share
    return observed, expected, variance


def _chi_square(observed: Floats, expected: Floats, variance: Floats) -> LogRank:
    from scipy.special import chdtrc

    tested = np.flatnonzero(expected > 0)[1:]  # as R: without groups never at risk, less the first
    df = max(len(tested), 0)
    covariance = variance[np.ix_(tested, tested)]
    statistic = p_value = float("nan")
    if df > 0 and np.linalg.matrix_rank(covariance) == df:
        excess = (observed - expected)[tested]
        statistic = float(excess @ np.linalg.solve(covariance, excess))
        p_value = float(chdtrc(df, statistic))
    return LogRank(observed, expected, variance, statistic, df, p_value)


def _trend(observed: Floats, expected: Floats, variance: Floats, scores: Floats) -> LogRank:
    from scipy.special import chdtrc

    spread = float(scores @ variance @ scores)
    statistic = p_value = float("nan")
    # Scores of alike groups leave rounding, not variance.
    if spread > 1e-12 * float(np.abs(scores) @ np.abs(variance) @ np.abs(scores)):
        statistic = float(scores @ (observed - expected)) ** 2 / spread
        p_value = float(chdtrc(1, statistic))
    return LogRank(observed, expected, variance, statistic, 1, p_value)


def _checked_scores(trend: Sequence[float], k: int) -> Floats:
    scores = np.asarray(trend, dtype=float)
    if scores.shape != (k,) or not np.all(np.isfinite(scores)) or np.ptp(scores) == 0:
        raise ArgumentError(
            f"trend must give one score a group, {k} in the order of the groups and not all "
            f"alike, not {trend!r}."
        )
    return np.asarray(scores - scores.mean())


def strata_rows(stratum: ArrayLike | None, n: int) -> list[Counts]:
    """Return the rows of each stratum; all n in one without strata."""
    if stratum is None:
        return [np.arange(n)]
    codes = checked_codes("stratum", stratum, n)
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def checked_codes(name: str, codes: ArrayLike, n: int) -> Counts:
    """Return codes of groups or strata as integers (n,), or raise `ArgumentError`."""
    given = np.asarray(codes)
    if given.shape != (n,) or given.dtype.kind not in "iu" or given.min() < 0:
        raise ArgumentError(f"{name} must be one integer of 0 or more a subject, {n} in all.")
    return given.astype(np.int64)
