"""The largest of several correlated t statistics in absolute value, for Dunnett's contrasts.

Where the correlations are products of one number a contrast (means that differ in nothing but
their variances, doses of one compound-symmetric subject) the chance is an integral in two
dimensions. Elsewhere they are close to products, and what is missing is found by a lattice of
fixed points, on which both are worked: the error of the lattice nearly cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ketanalysis.groups.simultaneous import any_beyond

Floats = NDArray[np.float64]
EXACT = 1e-9  # of a correlation: nearer than that to a product, it is one
STEPS = 2000
MOST = 0.95  # shared with the common variable, at most: the integral over it stays smooth
POINTS = 2**13
FAR = 1e-7  # tails below are sums of single ones, whatever the correlation
ROUNDS = 3  # of what the lattice adds at the quantile, which hardly hangs on the bound
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


class LargestT:
    """The distribution of the largest |t| of contrasts with this covariance, (k, k).

    Notes
    -----
    Dunnett (1955), J Am Stat Assoc 50: 1096-1121; the lattice: Genz and Bretz (2009), Computation
    of Multivariate Normal and t Probabilities, section 4.2.
    Checked against: tests/oracle/largest_t.csv (R 4.2.2, mvtnorm::pmvt, TVPACK over the corners
    for three contrasts, 1e-13, or 1e-5 where they are far from products; Genz-Bretz for more,
    absolute 1e-4, its error), and tests/oracle/ancova.csv (absolute 1e-6).

    Examples
    --------
    >>> two = LargestT(np.array([[2.0, 1.0], [1.0, 2.0]]))
    >>> round(two.beyond(2.5, 27), 4)
    0.0347
    """

    def __init__(self, covariance: Floats) -> None:
        sd = np.sqrt(np.diag(covariance))
        self.correlation: Floats = covariance / np.outer(sd, sd)
        self.shared = _one_factor(self.correlation)
        made = np.outer(self.shared, self.shared)
        np.fill_diagonal(made, 1.0)
        self.near: Floats = made
        self._quantiles: dict[tuple[float, float], float] = {}
        self.is_product = bool(np.abs(made - self.correlation).max() < EXACT)

    def beyond(self, bound: float, df: float) -> float:
        """Return the chance that any contrast has a |t| above the bound."""
        single = _single(bound, df)
        if len(self.shared) == 1:
            return single
        found = any_beyond(bound, tuple(self.shared.tolist()), df)
        if single > FAR:
            found += self._missing(bound, df)
        return min(max(found, single), len(self.shared) * single, 1.0)

    def quantile(self, conf_level: float, df: float) -> float:
        """Return the |t| below which all contrasts lie with this probability."""
        key = (conf_level, round(df, 9))  # contrasts of one model have one df but for rounding
        if key not in self._quantiles:
            self._quantiles[key] = self._solve(*key)
        return self._quantiles[key]

    def _solve(self, conf_level: float, df: float) -> float:
        from scipy.optimize import brentq

        tail, shared = 1 - conf_level, tuple(self.shared.tolist())
        k = len(shared)
        low, high = (_single_quantile(tail / m, df) for m in (1, k))
        if k == 1:
            return low
        bound = high
        for _ in range(1 if self.is_product else ROUNDS):
            wanted = tail - self._missing(bound, df)
            top = 1.01 * high
            bound = brentq(_less(shared, df, wanted), 0.9 * low, top, xtol=1e-10)
        return float(bound)

    def _missing(self, bound: float, df: float) -> float:
        """Return what the tail of the nearest products lacks; nothing where it is a product."""
        if self.is_product:
            return 0.0
        near, own = (self._on_lattice(m, bound, df) for m in (self.near, self.correlation))
        return near - own

    def _on_lattice(self, correlation: Floats, bound: float, df: float) -> float:
        """Return the chance that all lie within, by Genz's transformation on fixed points."""
        from scipy.special import chdtri, ndtr, ndtri

        k = len(correlation)
        lower = np.linalg.cholesky(correlation + 1e-13 * np.eye(k))
        if np.isfinite(df):
            half = bound * np.sqrt(chdtri(df, self._lattice[-1]) / df)
        else:
            half = np.full(POINTS, bound)
        drawn = np.zeros((k, POINTS))
        value = np.ones(POINTS)
        for i in range(k):
            centre = lower[i, :i] @ drawn[:i]
            low = ndtr((-half - centre) / lower[i, i])
            high = ndtr((half - centre) / lower[i, i])
            value *= high - low
            at = np.clip(low + (high - low) * self._lattice[i], 1e-16, 1 - 1e-16)
            drawn[i] = ndtri(at)
        return float(value.mean())

    @cached_property
    def _lattice(self) -> Floats:
        """Points in the unit cube, (k + 1, POINTS): Richtmyer's, folded to be periodic."""
        roots = np.sqrt(np.array(_primes(len(self.shared) + 1), dtype=float))
        points = np.outer(roots, np.arange(1, POINTS + 1)) % 1
        folded: Floats = np.clip(np.abs(2 * points - 1), 1e-12, 1 - 1e-12)
        return folded


def _less(shared: tuple[float, ...], df: float, tail: float) -> Callable[[float], float]:
    return lambda bound: any_beyond(bound, shared, df) - tail


def _single(bound: float, df: float) -> float:
    from scipy.special import ndtr, stdtr

    return 2 * float(stdtr(df, -bound) if np.isfinite(df) else ndtr(-bound))


def _single_quantile(tail: float, df: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(-ndtri(tail / 2) if np.isinf(df) else stdtrit(df, 1 - tail / 2))


def _primes(k: int) -> list[int]:
    found = list(PRIMES[:k])
    while len(found) < k:
        number = found[-1] + 2
        while any(number % p == 0 for p in found):
            number += 2
        found.append(number)
    return found


def _one_factor(correlation: Floats) -> Floats:
    """Return what each contrast shares with one variable, so that products come near, (k,)."""
    k = len(correlation)
    off = correlation - np.eye(k)
    if k == 1:
        return np.zeros(1)
    mean = off.sum() / (k * (k - 1))
    shared = np.full(k, np.sqrt(abs(mean)) or 0.5)
    if k == 2:
        shared[1] *= np.sign(mean) or 0.0
        return shared
    for _ in range(STEPS):
        before = shared.copy()
        for i in range(k):
            rest = np.delete(np.arange(k), i)
            square = float(shared[rest] @ shared[rest])
            shared[i] = np.clip(off[i, rest] @ shared[rest] / max(square, 1e-12), -MOST, MOST)
        if np.abs(shared - before).max() < 1e-13:
            break
    return shared
