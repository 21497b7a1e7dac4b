"""Two scores of the same subjects: the mean difference, its t test, and three effect sizes.

Numbers in, numbers out. `x` and `y` have shape ``(n,)`` and belong together by position: the
caller pairs them by subject. Every difference is ``x - y``. A pair with NaN on either side is
left out; an infinite value is refused; the order of the pairs does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, ContractError, check_conf_level
from ketanalysis.groups.dominance import fisher_interval
from ketanalysis.groups.effect_sizes import Effect
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.two_samples import (
    NO_INTERVAL,
    EffectSize,
    Floats,
    MeanDifference,
    noncentrality,
    small_sample_factor,
)

TOO_FEW_PAIRS = "not estimable: fewer than 2 pairs"
ONE_DIFFERENCE = "not estimable: all subjects have the same difference"
ALL_ZERO = "not estimable: no subject has a difference"
DIGITS = 11  # of the largest score, beyond which two differences are one
EPSILON = float(np.finfo(np.float64).eps)


def paired_t(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> MeanDifference:
    """Compare two means of the same subjects (paired t test).

    For two occasions of one score. Not for the comparison of two arms by their changes: test
    the arms against each other.

    Parameters
    ----------
    x, y
        Scores in points of the same subjects in the same order, shape ``(n,)``; a pair with
        NaN is left out.
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
    Student (1908), Biometrika 6: 1-25. A difference that all subjects share has no standard
    error and is not estimable, as in R.
    Checked against: tests/oracle/paired.csv (R 4.2.2, stats::t.test with ``paired = TRUE``), all
    columns, relative 1e-10.

    Examples
    --------
    >>> round(paired_t([12.0, 15.0, 9.0], [20.0, 19.0, 18.0]).p_value, 4)
    0.0445
    """
    from scipy import special

    check_conf_level(conf_level)
    x, y = complete_pairs(x, y)
    difference = np.sort(x - y)
    if difference.size < 2:
        return MeanDifference(reason=TOO_FEW_PAIRS)
    mean = float(difference.mean())
    std_error = float(difference.std(ddof=1) / np.sqrt(difference.size))
    if std_error <= 10 * EPSILON * max(float(np.abs(x).max()), float(np.abs(y).max())):
        return MeanDifference(difference=mean, reason=ONE_DIFFERENCE)
    df = difference.size - 1
    margin = float(special.stdtrit(df, (1 + conf_level) / 2)) * std_error
    return MeanDifference(
        difference=mean,
        std_error=std_error,
        statistic=mean / std_error,
        df=float(df),
        p_value=2 * float(special.stdtr(df, -abs(mean / std_error))),
        conf_low=mean - margin,
        conf_high=mean + margin,
    )


def complete_pairs(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return the pairs with two values, in order of their values, each of shape ``(m,)``."""
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
    return x[order], y[order]


def differences_of(x: Floats, y: Floats) -> Floats:
    """Return ``x - y`` ascending; differences of decimals that are equal on paper are equal.

    21.6 - 21.3 and 0.9 - 0.6 are 0.3 each, but not in binary; tests by rank need the tie.
    """
    largest = max(float(np.abs(x).max(initial=0)), float(np.abs(y).max(initial=0)))
    decimals = DIGITS - int(np.floor(np.log10(largest))) if largest > 0 else 0
    return np.sort(np.round(x - y, decimals) + 0.0)


def cohens_dz(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How large is the mean difference in standard deviations of the differences?

    It tells how sure the change is, not how large: the closer two scores of a subject go
    together, the larger it is. For a size that can stand beside that of two groups, take
    `hedges_gav`. Arguments, missing values and errors as `paired_t`.

    Notes
    -----
    Cohen (1988), Statistical Power Analysis, 2nd edition, p. 48; noncentral t interval.
    Checked against: tests/oracle/paired.csv (R 4.2.2, effectsize::cohens_d with
    ``paired = TRUE``), estimate relative 1e-10, interval relative 1e-5 (effectsize minimises
    loosely) and 1e-8 against R's pt solved by uniroot.

    Examples
    --------
    >>> round(cohens_dz([12.0, 15.0, 9.0], [20.0, 19.0, 18.0]).estimate, 3)
    -2.646
    """
    found = paired_t(x, y, conf_level)
    if np.isnan(found.statistic):
        return EffectSize(reason=found.reason)
    return _from_t(found.statistic, found.df, float(np.sqrt(1 / (found.df + 1))), 1, conf_level)


def cohens_dav(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How large is the mean difference in standard deviations of a single occasion?

    The SD is the root of the mean of both variances, so that the size can stand beside Cohen's
    d of two groups. Arguments, missing values and errors as `paired_t`.

    Notes
    -----
    Cumming (2012), Understanding The New Statistics, equation 11.9; interval: Algina and
    Keselman (2003), Educ Psychol Meas 63: 537-553, the noncentral t interval times
    ``sqrt(2 (s_x^2 + s_y^2 - 2 s_xy) / (n (s_x^2 + s_y^2)))``.
    Checked against: tests/oracle/paired.csv (the formulas in R 4.2.2, roots by uniroot),
    estimate relative 1e-10, interval relative 1e-8.

    Examples
    --------
    >>> round(cohens_dav([12.0, 15.0, 9.0], [20.0, 19.0, 18.0]).estimate, 3)
    -3.13
    """
    return _average(x, y, conf_level, is_corrected=False)


def hedges_gav(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How large is the mean difference in SD of an occasion, corrected for small samples?

    `cohens_dav` times the exact gamma-function correction J with ``n - 1`` degrees of freedom.
    Arguments, missing values, errors and sources as `cohens_dav`.

    Notes
    -----
    Checked against: tests/oracle/paired.csv, as `cohens_dav`.

    Examples
    --------
    >>> round(hedges_gav([12.0, 15.0, 9.0], [20.0, 19.0, 18.0]).estimate, 3)
    -1.766
    """
    return _average(x, y, conf_level, is_corrected=True)


def matched_rank_biserial(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How strongly do the signed ranks point one way: the effect size of Wilcoxon's test?

    Rank sum of the positive differences minus that of the negative ones, over both, -1 to 1;
    differences of 0 have no rank. Arguments, missing values and errors as `paired_t`.

    Notes
    -----
    King and Minium (2008), Statistical Reasoning in the Behavioral Sciences, p. 403; interval:
    Fisher's z with standard error ``sqrt((2 m^3 + 3 m^2 + m) / 6) / (m (m + 1) / 2)`` for m
    differences that are not 0, as R's effectsize.
    Checked against: tests/oracle/paired.csv (R 4.2.2, effectsize::rank_biserial of the
    differences), relative 1e-9; with ``paired = TRUE`` effectsize 0.8.3 takes for m the scores,
    not the differences, that are not 0.

    Examples
    --------
    >>> matched_rank_biserial([12.0, 15.0, 9.0, 8.0], [20.0, 19.0, 18.0, 7.0]).estimate
    -0.8
    """
    check_conf_level(conf_level)
    x, y = complete_pairs(x, y)
    difference = differences_of(x, y)
    difference = difference[difference != 0]
    m = difference.size
    if not m:
        return EffectSize(reason=ALL_ZERO if x.size else TOO_FEW_PAIRS)
    ranks = average_ranks(np.abs(difference))
    total = m * (m + 1) / 2
    r = float(ranks[difference > 0].sum() - ranks[difference < 0].sum()) / total
    return fisher_interval(r, float(np.sqrt((2 * m**3 + 3 * m**2 + m) / 6)) / total, conf_level)


def _average(x: ArrayLike, y: ArrayLike, conf_level: float, *, is_corrected: bool) -> EffectSize:
    found = paired_t(x, y, conf_level)
    if np.isnan(found.statistic):
        return EffectSize(reason=found.reason)
    x, y = complete_pairs(x, y)
    spread = float(np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2))
    factor = small_sample_factor(int(found.df)) if is_corrected else 1.0
    return _from_t(found.statistic, found.df, found.std_error / spread, factor, conf_level)


def _from_t(t: float, df: float, scale: float, factor: float, conf_level: float) -> EffectSize:
    low = noncentrality(t, df, (1 + conf_level) / 2)
    high = noncentrality(t, df, (1 - conf_level) / 2)
    return EffectSize(
        estimate=factor * scale * t,
        conf_low=factor * scale * low,
        conf_high=factor * scale * high,
        reason=None if np.isfinite(low + high) else NO_INTERVAL,
    )


PAIRED_EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "hedges-gav": Effect(
            hedges_gav,
            "Hedges g_av",
            "Hedges g_av (SD: root of the mean variance of both occasions; exact small-sample "
            "correction with n - 1 degrees of freedom), with the interval of Algina and Keselman",
            "Algina-Keselman",
        ),
        "cohens-dav": Effect(
            cohens_dav,
            "Cohen d_av",
            "Cohen d_av (SD: root of the mean variance of both occasions), with the interval of "
            "Algina and Keselman",
            "Algina-Keselman",
        ),
        "cohens-dz": Effect(
            cohens_dz,
            "Cohen d_z",
            "Cohen d_z (SD of the differences), with the interval of the noncentral t distribution",
            "noncentral t",
        ),
        "rank-biserial": Effect(
            matched_rank_biserial,
            "Rank-biserial",
            "matched-pairs rank-biserial correlation, with Fisher's z interval",
            "Fisher z",
        ),
    }
)
