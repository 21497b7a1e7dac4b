"""Intervals for a proportion: how closely do so many subjects fix the rate of an outcome?

Five intervals under the names that statisticians use, each for whole arrays of counts at
once. The counts of a cell are subjects with the outcome (``count``) and all subjects (``n``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of

Floats: TypeAlias = NDArray[np.float64]
Interval: TypeAlias = tuple[Floats, Floats]


def normal_quantile(conf_level: float) -> float:
    """Return the normal quantile of a two-sided interval: 1.96 for 0.95."""
    check_conf_level(conf_level)
    from scipy.special import ndtri

    return -float(ndtri((1 - conf_level) / 2))


def wilson(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return Wilson's score interval: the rates that a score test does not reject.

    The interval to use unless a plan names another: its coverage is close to the level on
    average, at the price of falling below it at some rates. Where coverage must never be
    below the level, use `clopper_pearson`.

    Parameters
    ----------
    count, n
        Subjects with the outcome, and all subjects, of each cell; shapes that broadcast.
        NaN in either gives NaN; ``n`` = 0 gives NaN.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, proportions from 0 to 1, in the broadcast shape. The low end is
        exactly 0 where no subject, the high end exactly 1 where every subject has the outcome.

    Raises
    ------
    ArgumentError
        A count is not a whole number of subjects from 0 to ``n``, or ``conf_level`` is not
        between 0 and 1.

    Notes
    -----
    Wilson (1927), J Am Stat Assoc 22:209-212; Newcombe (1998), Stat Med 17:857-872, method 3.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::prop.test without
    continuity correction), both ends, relative 1e-12.

    Examples
    --------
    >>> low, high = wilson(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.378 to 0.708'
    """
    count, n = _checked(count, n)
    z = normal_quantile(conf_level)

    middle = count + z**2 / 2
    half = z * np.sqrt(count * ((n - count) / n) + z**2 / 4)
    return _exact_ends((middle - half) / (n + z**2), (middle + half) / (n + z**2), count, n)


def clopper_pearson(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the exact interval of Clopper and Pearson: coverage is never below the level.

    For side effects and other rare outcomes, where too short an interval would mislead. It
    is wider than it need be for most rates; for a response rate see `wilson`.

    Parameters
    ----------
    count, n, conf_level
        As for `wilson`, with the same treatment of NaN and of ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, 0 to 1, in the broadcast shape; exactly 0 and 1 at the boundary.

    Raises
    ------
    ArgumentError
        As for `wilson`.

    Notes
    -----
    Clopper and Pearson (1934), Biometrika 26:404-413, as quantiles of the beta distribution.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::binom.test), both ends,
    relative 1e-10.

    Examples
    --------
    >>> low, high = clopper_pearson(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.360 to 0.727'
    """
    count, n = _checked(count, n)
    tail = _tail(conf_level)

    from scipy.special import betainccinv, betaincinv

    low = betaincinv(count, n - count + 1, tail)
    high = betainccinv(count + 1, n - count, tail)
    return _exact_ends(low, high, count, n)


def agresti_coull(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the interval of Agresti and Coull: Wald's about the midpoint of Wilson's.

    To reproduce a report that used it. Near 0 and 1 its ends can lie outside 0 to 1; they are
    returned as they are, as R's packages do, so that the reader sees it. Wilson's cannot.

    Parameters
    ----------
    count, n, conf_level
        As for `wilson`, with the same treatment of NaN and of ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends in the broadcast shape; may lie slightly outside 0 to 1.

    Raises
    ------
    ArgumentError
        As for `wilson`.

    Notes
    -----
    Agresti and Coull (1998), Am Stat 52:119-126, with z squared subjects added, half of them
    with the outcome (not the "plus four" short form).
    Checked against: tests/oracle/proportions.csv (R 4.2.2, the formula in base R), both ends,
    relative 1e-12.

    Examples
    --------
    >>> low, high = agresti_coull(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.378 to 0.708'
    """
    count, n = _checked(count, n)
    z = normal_quantile(conf_level)

    subjects = n + z**2
    rate = (count + z**2 / 2) / subjects
    half = z * np.sqrt(rate * (1 - rate) / subjects)
    return rate - half, rate + half


def jeffreys(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the equal-tailed posterior interval under Jeffreys' prior, beta(1/2, 1/2).

    A short interval with good average coverage, also read as a Bayesian one. Its low end is
    set to 0 where no subject has the outcome, its high end to 1 where every subject has.

    Parameters
    ----------
    count, n, conf_level
        As for `wilson`, with the same treatment of NaN and of ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, 0 to 1, in the broadcast shape; exactly 0 and 1 at the boundary.

    Raises
    ------
    ArgumentError
        As for `wilson`.

    Notes
    -----
    Brown, Cai and DasGupta (2001), Stat Sci 16:101-133; only the ends at the boundary are
    modified.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::qbeta), both ends,
    relative 1e-10.

    Examples
    --------
    >>> low, high = jeffreys(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.375 to 0.713'
    """
    count, n = _checked(count, n)
    tail = _tail(conf_level)

    from scipy.special import betainccinv, betaincinv

    low = betaincinv(count + 0.5, n - count + 0.5, tail)
    high = betainccinv(count + 0.5, n - count + 0.5, tail)
    return _exact_ends(low, high, count, n)


def wald(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return Wald's interval, the estimate plus and minus z standard errors.

    Only to reproduce a report that used it: in small groups its coverage is far below the
    level, it has no width where no or every subject has the outcome, and its ends can lie
    outside 0 to 1. Use `wilson`.

    Parameters
    ----------
    count, n, conf_level
        As for `wilson`, with the same treatment of NaN and of ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends in the broadcast shape; may lie outside 0 to 1.

    Raises
    ------
    ArgumentError
        As for `wilson`.

    Notes
    -----
    Brown, Cai and DasGupta (2001), Stat Sci 16:101-133.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, the formula in base R), both ends,
    relative 1e-12.

    Examples
    --------
    >>> low, high = wald(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.373 to 0.724'
    """
    count, n = _checked(count, n)
    z = normal_quantile(conf_level)

    rate = count / n
    half = z * np.sqrt(rate * (1 - rate) / n)
    return rate - half, rate + half


INTERVALS: Mapping[str, Callable[[ArrayLike, ArrayLike, float], Interval]] = MappingProxyType(
    {
        "wilson": wilson,
        "clopper-pearson": clopper_pearson,
        "agresti-coull": agresti_coull,
        "jeffreys": jeffreys,
        "wald": wald,
    }
)


def proportion_interval(
    count: ArrayLike, n: ArrayLike, method: str = "wilson", conf_level: float = 0.95
) -> Interval:
    """Return the interval of a proportion by the name of its method.

    Parameters
    ----------
    count, n, conf_level
        As for `wilson`, with the same treatment of NaN and of ``n`` = 0.
    method
        ``wilson``, ``clopper-pearson``, ``agresti-coull``, ``jeffreys`` or ``wald``; see the
        function of that name for its source, and when not to use it.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends in the broadcast shape.

    Raises
    ------
    ArgumentError
        ``method`` is none of the five; and as for `wilson`.

    Notes
    -----
    Checked against: tests/oracle/proportions.csv, as each method.

    Examples
    --------
    >>> low, high = proportion_interval([0, 17], [10, 31], "clopper-pearson")
    >>> high.round(3).tolist()
    [0.308, 0.727]
    """
    check_one_of("method", method, tuple(INTERVALS))

    return INTERVALS[method](count, n, conf_level)


def _checked(count: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as float64 of one shape, ``n`` = 0 as NaN, or name the first bad cell."""
    # polars counts are 32-bit and unsigned: count * (n - count) would wrap round silently.
    count, n = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    try:
        count, n = np.broadcast_arrays(count, n)
    except ValueError:
        raise ArgumentError(
            f"count and n must have shapes that broadcast, not {count.shape} and {n.shape}."
        ) from None

    not_whole = (np.trunc(count) != count) | (np.trunc(n) != n) | np.isinf(n)
    wrong = (count < 0) | (count > n) | not_whole
    wrong &= ~(np.isnan(count) | np.isnan(n))
    if wrong.any():
        where = int(np.flatnonzero(wrong)[0])
        raise ArgumentError(
            "count must be whole subjects between 0 and n, "
            f"not {count.flat[where]:g} of {n.flat[where]:g} (cell {where + 1})."
        )
    return count, np.where(n == 0, np.nan, n)


def _tail(conf_level: float) -> float:
    check_conf_level(conf_level)
    return (1 - conf_level) / 2


def _exact_ends(low: Floats, high: Floats, count: Floats, n: Floats) -> Interval:
    """Return the ends with 0 and 1 where the boundary makes them so; NaN where n is NaN."""
    known = ~np.isnan(n)
    return np.where(known & (count == 0), 0.0, low), np.where(count == n, 1.0, high)
