"""The stratified risk difference of Miettinen and Nurminen, with its score interval and test."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ketanalysis.errors import check_one_of
from ketanalysis.rates.cells import Floats, normal_quantile
from ketanalysis.rates.mantel_haenszel import cmh_test
from ketanalysis.rates.score_interval import crossing, restricted_rates
from ketanalysis.rates.strata import NOTHING_SHARED, Strata
from ketanalysis.rates.table_tests import Tested
from ketanalysis.rates.two_by_two import Estimate, two_sided

STRATIFIED_SCORE = "miettinen-nurminen score, stratified"
NAN = math.nan
MOST_ROUNDS = 1000
SETTLED = 1e-14  # of the sum of the weights: nearer than that is rounding


def stratified_difference(
    strata: Strata, weights: str = "cmh", conf_level: float = 0.95
) -> Estimate:
    """Return the weighted mean of the strata's risk differences with its score interval.

    The interval holds the differences that a stratified score test does not reject: for each
    of them the rates of every stratum are fitted under that difference, and give the variance.

    Parameters
    ----------
    strata
        The tables of the strata.
    weights
        ``cmh`` (Mantel and Haenszel's n1 n0 / N: the default here and in R's ratesci, SAS's
        CL=MNMH), ``mn`` (Miettinen and Nurminen's own, inverse to the variance at the weighted
        mean rates of both groups, and therefore found by iteration: SAS's CL=MN) or
        ``sample-size`` (N: the "ss" of R's metalite.ae).
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Estimate
        The difference at which the score is 0: with ``cmh`` the weighted mean of the observed
        differences. The test is the score test of no difference, which with ``cmh`` and ``mn``
        is the Cochran-Mantel-Haenszel test without correction.

    Raises
    ------
    ArgumentError
        ``weights`` is unknown.

    Notes
    -----
    Miettinen and Nurminen (1985), Stat Med 4:213-226, on several tables; with ``cmh`` Lu
    (2008), Proc Joint Statistical Meetings 3888-3893. Each stratum's variance has the factor
    N / (N - 1).
    Checked against: tests/oracle/strata.csv (R 4.2.2, restricted likelihood maximised
    numerically, stats::uniroot), relative 1e-9; for ``sample-size`` the published example of
    R's metalite.ae. Not SAS's older CL=SCORE, which pools the limits of the strata.

    Examples
    --------
    >>> from ketanalysis.rates.strata import as_strata
    >>> rd = stratified_difference(as_strata([8, 5], [20, 15], [3, 2], [21, 14]))
    >>> f"{rd.estimate:.3f} ({rd.low:.3f} to {rd.high:.3f}), p = {rd.p_value:.3f}"
    '0.230 (0.023 to 0.424), p = 0.030'
    """
    check_one_of("weights", weights, tuple(WEIGHTS))
    z, method = normal_quantile(conf_level), "miettinen-nurminen, stratified"
    test = _test(strata, weights)
    if strata.size == 0:
        return Estimate(NAN, NAN, NAN, NAN, method, test.test, NOTHING_SHARED)

    estimate = _estimate(strata, weights)
    low = _low(strata, weights, z, estimate)
    high = 0.0 - _low(strata.swapped, weights, z, 0.0 - estimate)
    ends = (estimate, low, high)
    return Estimate(*ends, test.p_value, method, test.test, test.note, test.statistic, test.df)


def stratum_weights(strata: Strata, weights: str, difference: float) -> Floats:
    """Return the weights of the strata at a difference, shape (k,), of sum 1."""
    rates = np.array([restricted_rates(table, difference) for table in strata.tables])
    weight = WEIGHTS[weights](strata, rates)
    return np.asarray(weight / weight.sum())


def _test(strata: Strata, weights: str) -> Tested:
    if weights != "sample-size" or strata.obstacle:
        return cmh_test(strata)
    gap, error = _score(strata, weights, 0.0)
    return Tested(two_sided(gap / error), STRATIFIED_SCORE, (gap / error) ** 2, 1.0)


def _estimate(strata: Strata, weights: str) -> float:
    if weights == "mn":  # the weights depend on the difference
        return crossing(lambda d: _score(strata, weights, d)[0], -1.0, 1.0)
    weight = WEIGHTS[weights](strata, np.empty(0))
    return float((weight * _differences(strata)).sum() / weight.sum())


def _low(strata: Strata, weights: str, z: float, estimate: float) -> float:
    def excess(difference: float) -> float:
        gap, error = _score(strata, weights, difference)
        return gap - z * error

    return crossing(excess, -1.0, estimate)


def _score(strata: Strata, weights: str, difference: float) -> tuple[float, float]:
    """Return how far the weighted difference is from the one under test, and its error."""
    rates = np.array([restricted_rates(table, difference) for table in strata.tables])
    weight = WEIGHTS[weights](strata, rates)
    weight = weight / weight.sum()
    p1, p0, n = rates[:, 0], rates[:, 1], strata.total
    variance = (p1 * (1 - p1) / strata.n1 + p0 * (1 - p0) / strata.n0) * n / (n - 1)
    gap = float((weight * _differences(strata)).sum()) - difference
    return gap, math.sqrt(max(float((weight**2 * variance).sum()), 0.0))


def _differences(strata: Strata) -> Floats:
    return strata.x1 / strata.n1 - strata.x0 / strata.n0


def _cmh(strata: Strata, rates: Floats) -> Floats:
    return strata.cmh


def _sample_size(strata: Strata, rates: Floats) -> Floats:
    return strata.total


def _miettinen_nurminen(strata: Strata, rates: Floats) -> Floats:
    """Return weights inverse to the variance at the weighted mean rates, found by iteration.

    Their formula with its numerator and denominator multiplied out, so that a mean rate of 0 or
    1 in one group needs no small number in its place.
    """
    weight = strata.cmh
    for _ in range(MOST_ROUNDS):
        mean1, mean0 = (weight @ rates) / weight.sum()
        spread = mean1 * (1 - mean1) / strata.n1 + mean0 * (1 - mean0) / strata.n0
        if not (spread > 0).all():
            return strata.cmh  # neither group varies
        following = 1 / spread
        following = following / following.sum()
        if np.abs(following - weight / weight.sum()).max() <= SETTLED:
            break
        weight = following
    return np.asarray(weight)


WEIGHTS: Mapping[str, Callable[[Strata, Floats], Floats]] = MappingProxyType(
    {"cmh": _cmh, "mn": _miettinen_nurminen, "sample-size": _sample_size}
)
