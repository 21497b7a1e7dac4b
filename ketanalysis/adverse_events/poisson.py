"""Rates of events in exposure: exact intervals of one rate, and of the ratio of two."""

from __future__ import annotations

import math
from typing import NamedTuple

from ketanalysis.errors import ArgumentError, check_conf_level
from ketanalysis.rates.exact_proportions import binomial_p, clopper_pearson

NAN = math.nan


class Rate(NamedTuple):
    """A rate, or a ratio of two, with its exact interval; NaN where there is none."""

    estimate: float
    low: float
    high: float
    p_value: float = NAN


def poisson_rate(count: int, exposure: float, conf_level: float = 0.95) -> Rate:
    """Return events over exposure with Garwood's exact interval.

    For events that come independently: one event a subject at most, or few in each. Where
    some subjects have many, the interval is too short.

    Parameters
    ----------
    count
        Events.
    exposure
        Time at risk, or infusions; 0 gives NaN.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Rate
        In events a unit of exposure; the lower end is 0 where there are none.

    Notes
    -----
    Garwood (1936), Biometrika 28:437-442.
    Checked against: tests/oracle/poisson.csv (R 4.2.2, stats::poisson.test), relative 1e-10.

    Examples
    --------
    >>> rate = poisson_rate(4, 20.0)
    >>> f"{rate.estimate:.2f} ({rate.low:.3f} to {rate.high:.3f})"
    '0.20 (0.054 to 0.512)'
    """
    check_conf_level(conf_level)
    _check(count, exposure)
    if exposure == 0:
        return Rate(NAN, NAN, NAN)
    from scipy.special import gammainccinv, gammaincinv

    tail = (1 - conf_level) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    high = float(gammainccinv(count + 1, tail))
    return Rate(count / exposure, low / exposure, high / exposure)


def poisson_ratio(
    count: int, exposure: float, count_0: int, exposure_0: float, conf_level: float = 0.95
) -> Rate:
    """Return the rate of group 1 over that of group 0, with the exact conditional interval.

    Given all events of both groups, those of group 1 are binomial; the interval is that of
    Clopper and Pearson turned into a ratio, and p that of the exact binomial test.

    Returns
    -------
    Rate
        ``inf`` where group 0 has none; NaN where no group has, or one has no exposure.

    Notes
    -----
    Przyborowski and Wilenski (1940), Biometrika 31:313-323.
    Checked against: tests/oracle/poisson.csv (R 4.2.2, stats::poisson.test), relative 1e-9.

    Examples
    --------
    >>> ratio = poisson_ratio(11, 800.0, 23, 3011.0)
    >>> f"{ratio.estimate:.2f} ({ratio.low:.2f} to {ratio.high:.2f}), p = {ratio.p_value:.3f}"
    '1.80 (0.79 to 3.84), p = 0.137'
    """
    check_conf_level(conf_level)
    _check(count, exposure)
    _check(count_0, exposure_0)
    total = count + count_0
    if not total or exposure == 0 or exposure_0 == 0:
        return Rate(NAN, NAN, NAN)
    found = clopper_pearson(count, total, conf_level)
    low, high = (_ratio(float(end), exposure, exposure_0) for end in found)
    p_value = binomial_p(count, total, exposure / (exposure + exposure_0))
    return Rate(_ratio(count / total, exposure, exposure_0), low, high, p_value)


def _ratio(share: float, exposure: float, exposure_0: float) -> float:
    return math.inf if share == 1 else share / (1 - share) * exposure_0 / exposure


def _check(count: float, exposure: float) -> None:
    if not (count >= 0 and count == int(count)):
        raise ArgumentError(f"count must be a whole number of events, not {count!r}.")
    if not (exposure >= 0 and math.isfinite(exposure)):
        raise ArgumentError(f"exposure must be a number of 0 or more, not {exposure!r}.")
