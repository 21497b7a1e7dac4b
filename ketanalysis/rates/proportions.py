"""Intervals for a proportion: how closely do so many subjects fix the rate of an outcome?

Seven intervals under the names that statisticians use, each for whole arrays of counts at
once. The counts of a cell are subjects with the outcome (``count``) and all subjects (``n``).
Those by score and normal distribution stand here; `exact_proportions` has the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_one_of
from ketanalysis.rates.cells import (
    Floats,
    Interval,
    checked_counts,
    exact_ends,
    normal_quantile,
)
from ketanalysis.rates.exact_proportions import clopper_pearson, jeffreys, mid_p

__all__ = [
    "INTERVALS",
    "Floats",
    "Interval",
    "agresti_coull",
    "clopper_pearson",
    "jeffreys",
    "mid_p",
    "normal_quantile",
    "proportion_interval",
    "wald",
    "wilson",
    "wilson_corrected",
]


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
    count, n = checked_counts(count, n)
    z = normal_quantile(conf_level)

    middle = count + z**2 / 2
    half = z * np.sqrt(count * ((n - count) / n) + z**2 / 4)
    return exact_ends((middle - half) / (n + z**2), (middle + half) / (n + z**2), count, n)


def wilson_corrected(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return Wilson's score interval with a continuity correction of half a subject.

    To reproduce a report that used it. Its coverage is close to never below the level, as that
    of `clopper_pearson`, which keeps it exactly.

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
    Newcombe (1998), Stat Med 17:857-872, method 4. R's prop.test drops the correction where
    exactly half of the subjects have the outcome (it also corrects the test against 1/2, and
    takes the smaller correction of the two); here it stays.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::prop.test; where that drops
    the correction the equation is solved with stats::uniroot), both ends, relative 1e-10.

    Examples
    --------
    >>> low, high = wilson_corrected(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.363 to 0.722'
    """
    count, n = checked_counts(count, n)
    z = normal_quantile(conf_level)

    below, above = np.maximum(count - 0.5, 0.0), np.minimum(count + 0.5, n)
    low = below + z**2 / 2 - z * np.sqrt(below * ((n - below) / n) + z**2 / 4)
    high = above + z**2 / 2 + z * np.sqrt(above * ((n - above) / n) + z**2 / 4)
    return exact_ends(low / (n + z**2), high / (n + z**2), count, n)


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
    count, n = checked_counts(count, n)
    z = normal_quantile(conf_level)

    subjects = n + z**2
    rate = (count + z**2 / 2) / subjects
    half = z * np.sqrt(rate * (1 - rate) / subjects)
    return rate - half, rate + half


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
    count, n = checked_counts(count, n)
    z = normal_quantile(conf_level)

    rate = count / n
    half = z * np.sqrt(rate * (1 - rate) / n)
    return rate - half, rate + half


INTERVALS: Mapping[str, Callable[[ArrayLike, ArrayLike, float], Interval]] = MappingProxyType(
    {
        "wilson": wilson,
        "wilson-corrected": wilson_corrected,
        "clopper-pearson": clopper_pearson,
        "mid-p": mid_p,
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
        ``wilson``, ``wilson-corrected``, ``clopper-pearson``, ``mid-p``, ``agresti-coull``,
        ``jeffreys`` or ``wald``; see the function of that name for its source, and when not to
        use it.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends in the broadcast shape.

    Raises
    ------
    ArgumentError
        ``method`` is none of the seven; and as for `wilson`.

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
