"""Which groups differ: the comparisons of pairs after a test of several groups, by name.

Each function takes all groups and the pairs to compare, as places in the list of groups; a
difference is first minus second. Where a method has its own joint distribution (Tukey,
Games-Howell, Dunnett), the interval is simultaneous and ``p_adjusted`` comes with it; where it
has none (Dunn), the p values are adjusted by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.analysis_of_variance import (
    TOO_FEW_SUBJECTS,
    is_constant,
    samples_of,
    squares_of,
    why_not,
)
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.kruskal_wallis import dunn_spread
from ketanalysis.groups.simultaneous import (
    dunnett_p,
    dunnett_quantile,
    range_p,
    range_quantile,
)
from ketanalysis.groups.two_samples import Floats

Places = Sequence[tuple[int, int]]
NAN = float("nan")
PAIR_CONSTANT = "not estimable: no variation in either group"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One group minus another, unrounded; ``p_adjusted`` is NaN where the caller adjusts."""

    estimate: float = NAN
    std_error: float = NAN
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    p_adjusted: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    reason: str | None = None


def tukey(groups: Sequence[ArrayLike], pairs: Places, conf_level: float = 0.95) -> list[Pair]:
    """Compare all pairs of groups with one pooled variance (Tukey and Kramer).

    Parameters
    ----------
    groups
        Arrays of scores in points, shape ``(n_i,)``; NaN is missing and left out.
    pairs
        Places of the groups compared, first minus second. The adjustment is for all pairs of
        the groups, whichever are asked for.
    conf_level
        Confidence level of all intervals together, 0 to 1.

    Notes
    -----
    Kramer (1956), Biometrics 12: 307-310. ``p_value`` is that of t with the pooled variance.
    Checked against: tests/oracle/pairs.csv (R 4.2.2, nested stats::integrate, relative 1e-8;
    stats::TukeyHSD, relative 1e-6).

    Examples
    --------
    >>> round(tukey([[1, 2, 3], [2, 4, 6], [5, 7, 9]], [(2, 0)])[0].p_adjusted, 4)
    0.0285
    """
    check_conf_level(conf_level)
    samples = samples_of(groups)
    reason = why_not(samples)
    if reason:
        return [Pair(reason=reason) for _ in pairs]
    df = squares_of(samples).df_den
    quantile = range_quantile(conf_level, len(samples), df)
    found = []
    for first, second in pairs:
        estimate, std_error = _pooled(samples, first, second)
        adjusted = range_p(estimate / std_error, len(samples), df)
        found.append(_pair(estimate, std_error, df, adjusted, quantile))
    return found


def games_howell(
    groups: Sequence[ArrayLike], pairs: Places, conf_level: float = 0.95
) -> list[Pair]:
    """Compare all pairs of groups without assuming equal variances (Games and Howell).

    Arguments as `tukey`. A pair in which neither group varies is not estimable.

    Notes
    -----
    Games and Howell (1976), J Educ Stat 1: 113-125: Welch's standard error and degrees of
    freedom with the studentised range. ``p_value`` is Welch's.
    Checked against: tests/oracle/pairs.csv (the formulas in R 4.2.2 with nested
    stats::integrate; rstatix::games_howell_test to its digits), relative 1e-8.

    Examples
    --------
    >>> round(games_howell([[1, 2, 3], [2, 4, 6], [5, 7, 9]], [(2, 0)])[0].p_adjusted, 3)
    0.063
    """
    check_conf_level(conf_level)
    samples = samples_of(groups)
    if min(sample.size for sample in samples) < 2:
        return [Pair(reason=TOO_FEW_SUBJECTS) for _ in pairs]
    found = []
    for first, second in pairs:
        a, b = samples[first], samples[second]
        if is_constant(a) and is_constant(b):
            found.append(Pair(reason=PAIR_CONSTANT))
            continue
        parts = np.array([a.var(ddof=1) / a.size, b.var(ddof=1) / b.size])
        df = float(parts.sum() ** 2 / (parts**2 / (a.size - 1, b.size - 1)).sum())
        estimate, std_error = float(a.mean() - b.mean()), float(np.sqrt(parts.sum()))
        quantile = range_quantile(conf_level, len(samples), df)
        adjusted = range_p(estimate / std_error, len(samples), df)
        found.append(_pair(estimate, std_error, df, adjusted, quantile))
    return found


def dunnett(groups: Sequence[ArrayLike], reference: int, conf_level: float = 0.95) -> list[Pair]:
    """Compare each group with the reference, with one pooled variance (Dunnett).

    Parameters
    ----------
    groups, conf_level
        As in `tukey`.
    reference
        The place of the reference; the pairs are the other groups in order, minus it.

    Notes
    -----
    Dunnett (1955), J Am Stat Assoc 50: 1096-1121, two-sided; integrated, not drawn (see
    `ketanalysis.groups.simultaneous`). ``p_value`` is that of t with the pooled variance.
    Checked against: tests/oracle/pairs.csv (R 4.2.2, multcomp::glht with mvtnorm's TVPACK where
    it can, else nested integration), relative 1e-8.

    Examples
    --------
    >>> round(dunnett([[1, 2, 3], [2, 4, 6], [5, 7, 9]], 0)[1].p_adjusted, 4)
    0.0217
    """
    check_conf_level(conf_level)
    samples = samples_of(groups)
    others = [place for place in range(len(samples)) if place != reference]
    reason = why_not(samples)
    if reason:
        return [Pair(reason=reason) for _ in others]
    df = squares_of(samples).df_den
    sizes, n = tuple(samples[place].size for place in others), samples[reference].size
    quantile = dunnett_quantile(conf_level, sizes, n, df)
    found = []
    for place in others:
        estimate, std_error = _pooled(samples, place, reference)
        adjusted = dunnett_p(estimate / std_error, sizes, n, df)
        found.append(_pair(estimate, std_error, df, adjusted, quantile))
    return found


def dunn(groups: Sequence[ArrayLike], pairs: Places) -> list[Pair]:
    """Compare pairs of groups by the mean ranks among all groups (Dunn).

    The estimate is a difference of mean ranks, which has no interval that could be read; the p
    values are not adjusted yet.

    Parameters
    ----------
    groups, pairs
        As in `tukey`; only the pairs that are asked for are compared.

    Notes
    -----
    Dunn (1964), Technometrics 6: 241-252, with the correction for ties.
    Checked against: tests/oracle/pairs.csv (R 4.2.2, rstatix::dunn_test), relative 1e-10.

    Examples
    --------
    >>> round(dunn([[1, 2, 3], [2, 4, 6], [5, 7, 9]], [(2, 0)])[0].statistic, 3)
    2.32
    """
    from scipy import special

    samples = samples_of(groups)
    if min(sample.size for sample in samples) < 2:
        return [Pair(reason=TOO_FEW_SUBJECTS) for _ in pairs]
    if np.ptp(np.concatenate(samples)) == 0:
        return [Pair(reason=ALL_EQUAL) for _ in pairs]
    mean_rank, variance = dunn_spread(samples)
    found = []
    for first, second in pairs:
        estimate = float(mean_rank[first] - mean_rank[second])
        sizes = 1 / samples[first].size + 1 / samples[second].size
        std_error = float(np.sqrt(variance * sizes))
        z = estimate / std_error
        p = 2 * float(special.ndtr(-abs(z)))
        found.append(Pair(estimate=estimate, std_error=std_error, statistic=z, p_value=p))
    return found


def _pooled(samples: Sequence[Floats], first: int, second: int) -> tuple[float, float]:
    """Return the difference of two means and its standard error by the pooled variance."""
    squares = squares_of(samples)
    a, b = samples[first], samples[second]
    variance = squares.within / squares.df_den * (1 / a.size + 1 / b.size)
    return float(a.mean() - b.mean()), float(np.sqrt(variance))


def _pair(estimate: float, std_error: float, df: float, adjusted: float, quantile: float) -> Pair:
    from scipy import special

    statistic = estimate / std_error
    return Pair(
        estimate=estimate,
        std_error=std_error,
        statistic=statistic,
        df=float(df),
        p_value=2 * float(special.stdtr(df, -abs(statistic))),
        p_adjusted=adjusted,
        conf_low=estimate - quantile * std_error,
        conf_high=estimate + quantile * std_error,
    )
