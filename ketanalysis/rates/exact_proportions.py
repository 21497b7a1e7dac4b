"""Intervals of a proportion that are read off the binomial and the beta distribution."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.rates.cells import Floats, Interval, checked_counts, exact_ends, tail_of

SAME_PROBABILITY = 1 + 1e-7  # R's allowance for counts that are equally probable


def clopper_pearson(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the exact interval of Clopper and Pearson: coverage is never below the level.

    For side effects and other rare outcomes, where too short an interval would mislead. It
    is wider than it need be for most rates; for a response rate see
    `ketanalysis.rates.proportions.wilson`.

    Parameters
    ----------
    count, n, conf_level
        As for `ketanalysis.rates.proportions.wilson`, with the same treatment of NaN and of
        ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, 0 to 1, in the broadcast shape; exactly 0 and 1 at the boundary.

    Raises
    ------
    ArgumentError
        As for `ketanalysis.rates.proportions.wilson`.

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
    count, n = checked_counts(count, n)
    tail = tail_of(conf_level)

    from scipy.special import betainccinv, betaincinv

    low = betaincinv(count, n - count + 1, tail)
    high = betainccinv(count + 1, n - count, tail)
    return exact_ends(low, high, count, n)


def mid_p(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the mid-p interval: Clopper and Pearson's, counting the observed number half.

    For those who want an exact distribution without its waste: coverage is close to the level
    on average and can fall a little below it. Where it must never, use `clopper_pearson`.

    Parameters
    ----------
    count, n, conf_level
        As for `ketanalysis.rates.proportions.wilson`, with the same treatment of NaN and of
        ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, 0 to 1, in the broadcast shape; exactly 0 and 1 at the boundary.

    Raises
    ------
    ArgumentError
        As for `ketanalysis.rates.proportions.wilson`.

    Notes
    -----
    Lancaster (1961), J Am Stat Assoc 56:223-234; Berry and Armitage (1995), The Statistician
    44:417-423. The low end is the rate at which P(more) + P(as many) / 2 is half of what the
    level leaves out.
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::dbinom and pbinom solved
    with stats::uniroot; epitools::or.midp has no single proportion), both ends, relative 1e-9.

    Examples
    --------
    >>> low, high = mid_p(17, 31)
    >>> f"{low:.3f} to {high:.3f}"
    '0.373 to 0.715'
    """
    tail = tail_of(conf_level)
    low_exact, high_exact = clopper_pearson(count, n, conf_level)
    count, n = checked_counts(count, n)

    from scipy.special import betainc, betaincc

    def upper_tail(rate: Floats) -> Floats:
        more = np.where(count < n, betainc(count + 1, np.maximum(n - count, 1), rate), 0.0)
        return np.asarray((more + betainc(np.maximum(count, 1), n - count + 1, rate)) / 2)

    def lower_tail(rate: Floats) -> Floats:
        fewer = np.where(count > 0, betaincc(np.maximum(count, 1), n - count + 1, rate), 0.0)
        return np.asarray((fewer + betaincc(count + 1, np.maximum(n - count, 1), rate)) / 2)

    low = _halved(lambda rate: upper_tail(rate) < tail, low_exact, count / n)
    high = _halved(lambda rate: lower_tail(rate) > tail, count / n, high_exact)
    return exact_ends(low, high, count, n)


def _halved(is_below: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats) -> Floats:
    """Return where `is_below` turns from true to false, cell by cell, to the last digits."""
    for _ in range(80):
        middle = (low + high) / 2
        below = is_below(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def binomial_p(count: int, n: int, rate: float) -> float:
    """Return the exact two-sided p value of a count against a rate, as R's binom.test.

    The sum over the counts that are no more probable than this one, with R's allowance of
    1e-7 for equal probabilities. NaN where ``n`` is 0.

    Notes
    -----
    Checked against: tests/oracle/proportions.csv (R 4.2.2, stats::binom.test), relative 1e-9.

    Examples
    --------
    >>> round(binomial_p(17, 31, 0.4), 4)
    0.1007
    """
    if n == 0:
        return math.nan
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1.0)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    probability = np.exp(ways + xlogy(k, rate) + xlog1py(n - k, -rate))
    no_more = probability <= probability[count] * SAME_PROBABILITY
    return min(1.0, float(probability[no_more].sum()))


def jeffreys(count: ArrayLike, n: ArrayLike, conf_level: float = 0.95) -> Interval:
    """Return the equal-tailed posterior interval under Jeffreys' prior, beta(1/2, 1/2).

    A short interval with good average coverage, also read as a Bayesian one. Its low end is
    set to 0 where no subject has the outcome, its high end to 1 where every subject has.

    Parameters
    ----------
    count, n, conf_level
        As for `ketanalysis.rates.proportions.wilson`, with the same treatment of NaN and of
        ``n`` = 0.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high ends, 0 to 1, in the broadcast shape; exactly 0 and 1 at the boundary.

    Raises
    ------
    ArgumentError
        As for `ketanalysis.rates.proportions.wilson`.

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
    count, n = checked_counts(count, n)
    tail = tail_of(conf_level)

    from scipy.special import betainccinv, betaincinv

    low = betaincinv(count + 0.5, n - count + 0.5, tail)
    high = betainccinv(count + 0.5, n - count + 0.5, tail)
    return exact_ends(low, high, count, n)
