"""Two distributions of the largest of several t statistics: Tukey's range and Dunnett's.

The studentised range is scipy's. Dunnett's is integrated here: scipy's ``dunnett`` draws random
points for it, so that two runs differ in the fourth decimal of a p value.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEYOND = 1e-19  # tails left out of an integral
NODES, PANELS = 24, 12
MOST_SD = 9.0


def range_p(statistic: float, k: int, df: float) -> float:
    """Return the chance that the range of k means, in standard errors, is this large.

    `statistic` is a t: the difference over its standard error; the studentised range is
    ``sqrt(2)`` times it. Kept between the p value of t and that times the number of pairs.

    Notes
    -----
    Checked against: tests/oracle/pairs.csv (R 4.2.2, stats::ptukey), relative 1e-7.
    """
    from scipy import special, stats

    single = 2 * float(special.stdtr(df, -abs(statistic)))
    found = float(stats.studentized_range.sf(abs(statistic) * np.sqrt(2), k, df))
    return min(max(found, single), k * (k - 1) / 2 * single, 1.0)


def range_quantile(conf_level: float, k: int, df: float) -> float:
    """Return the t that the range of k means stays below with this probability."""
    from scipy import stats

    return float(stats.studentized_range.ppf(conf_level, k, df)) / float(np.sqrt(2))


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
    nested stats::integrate for more; multcomp::glht), absolute 1e-9.

    Examples
    --------
    >>> round(dunnett_p(2.5, (10, 10), 10, 27), 4)
    0.0344
    """
    from scipy import special

    single = 2 * float(special.stdtr(df, -abs(statistic)))
    found = _any_beyond(abs(statistic), sizes, n_reference, df)
    return min(max(found, single), len(sizes) * single, 1.0)


def dunnett_quantile(
    conf_level: float, sizes: tuple[int, ...], n_reference: int, df: int
) -> float:
    """Return the t that all groups stay below with this probability."""
    from scipy import optimize, special

    tail = 1 - conf_level
    low = float(special.stdtrit(df, 1 - tail / 2))
    high = float(special.stdtrit(df, 1 - tail / (2 * len(sizes))))
    if len(sizes) == 1:
        return low

    def excess(bound: float) -> float:
        return _any_beyond(bound, sizes, n_reference, df) - tail

    return float(optimize.brentq(excess, low, high, xtol=1e-12, rtol=1e-13))


def _any_beyond(bound: float, sizes: tuple[int, ...], n_reference: int, df: int) -> float:
    from scipy import special

    z, z_weight = _panels(-MOST_SD, MOST_SD)
    s, s_weight = _spread(df)
    inside = np.zeros((s.size, z.size))
    for size in sizes:
        shared = np.sqrt(size / (size + n_reference))
        own = np.sqrt(1 - shared**2)
        above = special.ndtr((shared * z - bound * s[:, np.newaxis]) / own)
        below = special.ndtr((-shared * z - bound * s[:, np.newaxis]) / own)
        inside += np.log1p(-np.minimum(above + below, 1 - 1e-16))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * z_weight
    return float(s_weight @ (-np.expm1(inside)) @ density)


@cache
def _spread(df: int) -> tuple[Floats, Floats]:
    """Return nodes of the pooled SD over its true value, and their probabilities."""
    from scipy import special

    low, high = (float(np.sqrt(special.chdtri(df, p) / df)) for p in (1 - 1e-16, BEYOND))
    s, weight = _panels(low if df > 30 else 0.0, high)
    log = np.log(2) + df / 2 * np.log(df / 2) - special.gammaln(df / 2)
    density = np.exp(log + (df - 1) * np.log(s) - df * s**2 / 2)
    return s, density * weight


def _panels(low: float, high: float) -> tuple[Floats, Floats]:
    """Return the nodes and weights of Gauss and Legendre's rule on panels side by side."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    edge = np.linspace(low, high, PANELS + 1)
    half = np.diff(edge) / 2
    places = (edge[:-1] + half)[:, np.newaxis] + half[:, np.newaxis] * node
    return places.ravel(), (half[:, np.newaxis] * weight).ravel()
