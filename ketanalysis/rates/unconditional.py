"""Unconditional exact tests of two rates: Boschloo's and Barnard's, maximised to a bound.

Only the group sizes are fixed, as in a trial. The p value is the probability of all tables at
least as extreme as the one seen, at the common rate that makes it largest. With the rate
written as sin(t / 2) ** 2 that probability is a trigonometric polynomial in t of the degree
n1 + n0, whose curvature Bernstein's inequality bounds: intervals of t that cannot hold the
maximum are laid aside until the bound is within 1e-9 of it.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.rates.two_by_two import Table

Floats: TypeAlias = NDArray[np.float64]
Region: TypeAlias = NDArray[np.bool_]

MOST_SUBJECTS = 1000  # beyond, the search takes long and Pearson's test gives nearly the same
PRECISION = 1e-9  # of the p value, relative
SAME = 1 + 1e-7  # tables whose statistics differ by less are equally extreme (as R's Fisher)
SHOTS = 4  # first grid: so many intervals for each degree of the polynomial
TOO_LARGE = (
    f"Not computed for more than {MOST_SUBJECTS} subjects: there the Pearson test gives nearly the "
    "same p value."
)


def boschloo(x1: float, n1: float, x0: float, n0: float) -> float:
    """Return the p value of Boschloo's test: never above that of Fisher's one-sided tests doubled.

    For small groups: as exact as Fisher's test, and more powerful. Twice the smaller of two
    one-sided p values, each with Fisher's one-sided p value as the statistic (as scipy and
    R's exact2x2 do); not Fisher's two-sided p value as the statistic.

    Parameters
    ----------
    x1, n1, x0, n0
        Whole subjects with the outcome, and all subjects, of group 1 and of group 0, both
        with subjects, at most 1000 together.

    Returns
    -------
    float
        Two-sided p value, at most 1, to a relative 1e-9.

    Notes
    -----
    Boschloo (1970), Stat Neerl 24:1-35. The maximum is over all common rates, 0 to 1,
    without the interval of Berger and Boos (1994).
    Checked against: tests/oracle/unconditional.csv (R 4.2.2, stats::fisher.test for every
    table, maximised by a grid and stats::optimize), relative 1e-8; scipy.stats.boschloo_exact.

    Examples
    --------
    >>> round(boschloo(12, 16, 5, 15), 4)
    0.0301
    """
    low, high = _fisher_tails(int(n1), int(n0))
    at = (int(x1), int(x0))
    tails = [_largest(p <= p[at] * SAME) for p in (low, high)]
    return min(1.0, 2 * min(tails))


def barnard(x1: float, n1: float, x0: float, n0: float) -> float:
    """Return the p value of Barnard's test with the score statistic (pooled z), two-sided.

    Tables are as extreme as their pooled z is far from 0, on either side (Suissa and Shuster).

    Parameters
    ----------
    x1, n1, x0, n0
        As for `boschloo`.

    Returns
    -------
    float
        Two-sided p value, at most 1, to a relative 1e-9.

    Notes
    -----
    Barnard (1947), Biometrika 34:123-138; Suissa and Shuster (1985), J R Stat Soc A
    148:317-327.
    Checked against: tests/oracle/unconditional.csv (R 4.2.2, stats::prop.test's statistic for
    every table, maximised by a grid and stats::optimize), relative 1e-8;
    scipy.stats.barnard_exact.

    Examples
    --------
    >>> round(barnard(12, 16, 5, 15), 4)
    0.0296
    """
    chi_square = _pooled_chi_square(int(n1), int(n0))
    return min(1.0, _largest(chi_square * SAME >= chi_square[int(x1), int(x0)]))


def is_too_large(table: Table) -> bool:
    """Whether a table has more subjects than these tests are computed for."""
    return table.total > MOST_SUBJECTS


def _pooled_chi_square(n1: int, n0: int) -> Floats:
    """Return the squared pooled z of every table, shape (n1 + 1, n0 + 1); 0 without variation."""
    x1, x0 = np.arange(n1 + 1.0)[:, None], np.arange(n0 + 1.0)[None, :]
    with_outcome = x1 + x0
    without = n1 + n0 - with_outcome
    variation = np.where((with_outcome > 0) & (without > 0), with_outcome * without, 1.0)
    return np.asarray((x1 * n0 - x0 * n1) ** 2 / variation)


def _fisher_tails(n1: int, n0: int) -> tuple[Floats, Floats]:
    """Return Fisher's two one-sided p values of every table, each (n1 + 1, n0 + 1)."""
    from scipy.special import gammaln

    x1, x0 = np.arange(n1 + 1.0)[:, None], np.arange(n0 + 1.0)[None, :]
    log_ways = _log_binomial(n1, gammaln)[:, None] + _log_binomial(n0, gammaln)[None, :]
    ways_of_margin = _log_binomial(n1 + n0, gammaln)[(x1 + x0).astype(int)]
    probability = np.exp(log_ways - ways_of_margin)
    low, high = np.empty_like(probability), np.empty_like(probability)
    for with_outcome in range(n1 + n0 + 1):
        first = np.arange(max(0, with_outcome - n0), min(n1, with_outcome) + 1)
        along = probability[first, with_outcome - first]
        low[first, with_outcome - first] = np.cumsum(along)
        high[first, with_outcome - first] = np.cumsum(along[::-1])[::-1]
    return low, high


def _log_binomial(n: int, gammaln: np.ufunc) -> Floats:
    k = np.arange(n + 1.0)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _largest(region: Region) -> float:
    """Return the largest probability of the tables of a region over all common rates."""
    if region.all():
        return 1.0
    n1, n0 = region.shape[0] - 1, region.shape[1] - 1
    degree = n1 + n0
    weights = region.astype(np.float64)
    ends = np.linspace(0, math.pi, SHOTS * degree + 1)
    low, high = ends[:-1], ends[1:]
    at_low = at_high = _probability(weights, ends)
    at_low, at_high = at_low[:-1], at_high[1:]
    best = float(max(at_low.max(), at_high.max()))
    # At most so much lies between the points of the grid (Ehlich and Zeller 1964, Math Z 86:41).
    ceiling = best / math.cos(degree * math.pi / (2 * SHOTS * degree))
    while True:
        half = (high - low) / 2
        bound = np.maximum(at_low, at_high) + degree**2 * ceiling / 2 * half**2 / 2
        is_open = bound > best * (1 + PRECISION)
        if not is_open.any():
            return best
        low, high, at_low, at_high = (part[is_open] for part in (low, high, at_low, at_high))
        middle = (low + high) / 2
        at_middle = _probability(weights, middle)
        best = max(best, float(at_middle.max()))
        low, high = np.concatenate((low, middle)), np.concatenate((middle, high))
        at_low, at_high = (
            np.concatenate((at_low, at_middle)),
            np.concatenate((at_middle, at_high)),
        )


def _probability(weights: Floats, angle: Floats) -> Floats:
    """Return the probability of a region at each angle (rate sin(angle / 2) ** 2), shape (m,)."""
    n1, n0 = weights.shape[0] - 1, weights.shape[1] - 1
    found = []
    for piece in np.array_split(angle, max(1, len(angle) // 2048)):
        rate, rest = np.sin(piece / 2) ** 2, np.cos(piece / 2) ** 2
        found.append(np.sum(_binomial(n1, rate, rest) * (weights @ _binomial(n0, rate, rest)), 0))
    return np.concatenate(found)


def _binomial(n: int, rate: Floats, rest: Floats) -> Floats:
    """Return the binomial probabilities of 0 to n, shape (n + 1, m)."""
    from scipy.special import gammaln, xlogy

    k = np.arange(n + 1.0)[:, None]
    log_ways = _log_binomial(n, gammaln)[:, None]
    return np.asarray(np.exp(log_ways + xlogy(k, rate) + xlogy(n - k, rest)))
