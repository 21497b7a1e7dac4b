"""Two distributions of the largest of several t statistics: Tukey's range and Dunnett's.

Both are integrated here, by Gauss and Legendre, so that small p values keep their digits: scipy's
``dunnett`` draws random points, and two runs differ in the fourth decimal; R's ptukey loses
digits with few degrees of freedom, as Games and Howell's test has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEYOND = 1e-25  # tails left out of an integral
MANY = 60  # df from which on the SD stays close to its true value
NEAR = 4.0  # of the logarithm of the SD, where most of it lies for few df
NODES = 24  # of a panel
Z_PANELS, S_PANELS = 12, 4
MOST_SD = 9.0


def range_p(statistic: float, k: int, df: float) -> float:
    """Return the chance that the range of k means, in standard errors, is this large.

    `statistic` is a t: the difference over its standard error; the studentised range is
    ``sqrt(2)`` times it.

    Notes
    -----
    Tukey (1953); given the pooled SD and the smallest mean, the others are independent.
    Checked against: tests/oracle/pairs.csv (R 4.2.2, nested stats::integrate, relative 1e-8;
    stats::ptukey, relative 1e-7 with ten degrees of freedom or more and 1e-4 below, where ptukey
    itself is off).

    Examples
    --------
    >>> round(range_p(2.5, 3, 27), 4)
    0.0478
    """
    from scipy import special

    single = 2 * float(special.stdtr(df, -abs(statistic)))
    found = _range_beyond(abs(statistic), k, df)
    return min(max(found, single), k * (k - 1) / 2 * single, 1.0)


@lru_cache(maxsize=256)
def range_quantile(conf_level: float, k: int, df: float) -> float:
    """Return the t that the range of k means stays below with this probability."""
    return _quantile(lambda bound: _range_beyond(bound, k, df), conf_level, k * (k - 1) // 2, df)


def dunnett_p(statistic: float, sizes: tuple[int, ...], n_reference: int, df: int) -> float:
    """Return the chance that any of several groups is this far from one reference.

    Parameters
    ----------
    statistic
        The t of one group against the reference, with pooled variance.
    sizes, n_reference
        Subjects of the groups, and of the reference.
    df
        Degrees of freedom of the pooled variance.

    Notes
    -----
    Dunnett (1955), J Am Stat Assoc 50: 1096-1121: given the reference mean and the pooled SD
    the groups are independent; both are integrated over by Gauss and Legendre.
    Checked against: tests/oracle/pairs.csv (R 4.2.2: mvtnorm::pmvt by TVPACK for two groups,
    nested stats::integrate for more; multcomp::glht), relative 1e-8.

    Examples
    --------
    >>> round(dunnett_p(2.5, (10, 10), 10, 27), 4)
    0.0347
    """
    from scipy import special

    single = 2 * float(special.stdtr(df, -abs(statistic)))
    found = _any_beyond(abs(statistic), sizes, n_reference, df)
    return min(max(found, single), len(sizes) * single, 1.0)


@lru_cache(maxsize=256)
def dunnett_quantile(conf_level: float, sizes: tuple[int, ...], n_reference: int, df: int) -> float:
    """Return the t that all groups stay below with this probability."""
    return _quantile(
        lambda bound: _any_beyond(bound, sizes, n_reference, df), conf_level, len(sizes), df
    )


def _quantile(
    beyond: Callable[[float], float], conf_level: float, comparisons: int, df: float
) -> float:
    """Return the bound with the tail `beyond`; it lies between one t test's and Bonferroni's."""
    from scipy import optimize, special

    tail = 1 - conf_level
    low = float(special.stdtrit(df, 1 - tail / 2))
    if comparisons == 1:
        return low
    high = float(special.stdtrit(df, 1 - tail / (2 * comparisons)))
    return float(optimize.brentq(lambda bound: beyond(bound) - tail, low, high, xtol=1e-12))


def _range_beyond(bound: float, k: int, df: float) -> float:
    from scipy import special

    z, z_weight = _panels(-MOST_SD, MOST_SD, Z_PANELS)
    s, s_weight = _spread(df)
    above = special.ndtr(z - np.sqrt(2) * bound * s[:, np.newaxis])
    share = np.minimum(above / special.ndtr(z), 1 - 1e-16)
    # k means, the largest at z and the smallest within the range: all orders less those inside
    beyond = -np.expm1((k - 1) * np.log1p(-share))
    largest = k * special.ndtr(z) ** (k - 1) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return float(s_weight @ beyond @ (largest * z_weight))


def _any_beyond(bound: float, sizes: tuple[int, ...], n_reference: int, df: float) -> float:
    return any_beyond(bound, tuple((n / (n + n_reference)) ** 0.5 for n in sizes), df)


def any_beyond(bound: float, shared: tuple[float, ...], df: float) -> float:
    """Return the chance that any of several t statistics lies beyond the bound, on either side.

    Their correlations are products of what each shares with a common normal variable, -1 to 1;
    given that variable and the SD the statistics are independent.
    """
    from scipy import special

    z, z_weight = _panels(-MOST_SD, MOST_SD, Z_PANELS)
    s, s_weight = _spread(df) if np.isfinite(df) else (np.ones(1), np.ones(1))
    inside = np.zeros((s.size, z.size))
    for part, count in Counter(shared).items():
        own = np.sqrt(1 - part**2)
        above = special.ndtr((part * z - bound * s[:, np.newaxis]) / own)
        below = special.ndtr((-part * z - bound * s[:, np.newaxis]) / own)
        inside += count * np.log1p(-np.minimum(above + below, 1 - 1e-16))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * z_weight
    return float(s_weight @ (-np.expm1(inside)) @ density)


@lru_cache(maxsize=64)
def _spread(df: float) -> tuple[Floats, Floats]:
    """Return nodes of the pooled SD over its true value, and their probabilities.

    The nodes are spaced by the logarithm, in which the density is smooth for every df.
    """
    from scipy import special

    half = df / 2
    log_low = (np.log(2) + (np.log(BEYOND) + special.gammaln(half + 1)) / half - np.log(df)) / 2
    if df > MANY:
        log_low = np.log(special.chdtri(df, 1 - 1e-16) / df) / 2
    log_high = float(np.log(special.chdtri(df, BEYOND) / df)) / 2
    middle = max(float(log_low), log_high - NEAR)
    parts = [_panels(middle, log_high, S_PANELS)]
    if middle > log_low:
        parts.append(_panels(float(log_low), middle, S_PANELS))
    log_s = np.concatenate([places for places, _ in parts])
    weight = np.concatenate([weights for _, weights in parts])
    log_density = np.log(2) + half * np.log(half) - special.gammaln(half)
    density = np.exp(log_density + df * log_s - half * np.exp(2 * log_s))
    return np.exp(log_s), density * weight


def _panels(low: float, high: float, panels: int) -> tuple[Floats, Floats]:
    """Return the nodes and weights of Gauss and Legendre's rule on panels side by side."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    edge = np.linspace(low, high, panels + 1)
    half = np.diff(edge) / 2
    places = (edge[:-1] + half)[:, np.newaxis] + half[:, np.newaxis] * node
    return places.ravel(), (half[:, np.newaxis] * weight).ravel()
