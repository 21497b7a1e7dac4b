"""The mean and the variance of estimates between studies, by inverse variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.rates.cells import Floats

STEPS = 10_000
SETTLED = 1e-13


class Mean(NamedTuple):
    """A weighted mean: estimate, standard error, and the weight of each study, sum 1, (k,)."""

    estimate: float
    std_error: float
    weight: Floats


class Heterogeneity(NamedTuple):
    """Cochran's Q with its degrees of freedom and p value."""

    statistic: float
    df: int
    p_value: float


def weighted_mean(estimate: Floats, variance: Floats, tau2: float = 0.0) -> Mean:
    """Return the mean of studies weighted by 1 / (variance + tau2); arrays of shape (k,)."""
    weight = 1 / (variance + tau2)
    total = float(weight.sum())
    mean = float((weight * estimate).sum() / total)
    return Mean(mean, float(1 / np.sqrt(total)), weight / total)


def hartung_knapp(estimate: Floats, variance: Floats, tau2: float) -> float:
    """Return the standard error of Hartung and Knapp, which goes with t on k - 1 df.

    Source: Hartung and Knapp 2001, Stat Med 20:3875, equation (7); Sidik and Jonkman 2002, Stat
    Med 21:3153.
    """
    mean = weighted_mean(estimate, variance, tau2)
    spread = float((mean.weight * (estimate - mean.estimate) ** 2).sum())
    return float(np.sqrt(spread / (len(estimate) - 1)))


def cochran_q(estimate: Floats, variance: Floats) -> Heterogeneity:
    """Return Cochran's test that all studies estimate the same; of shape (k,) arrays."""
    mean = weighted_mean(estimate, variance)
    statistic = float(((estimate - mean.estimate) ** 2 / variance).sum())
    return tested(statistic, len(estimate) - 1)


def tested(statistic: float, df: int) -> Heterogeneity:
    """Return a chi-square statistic with its p value; without degrees of freedom NaN."""
    from scipy.stats import chi2

    p = float(chi2.sf(statistic, df)) if df else float("nan")
    return Heterogeneity(statistic, df, p)


def share_between(variance: Floats, tau2: float) -> float:
    """Return I2: tau2 over tau2 and the typical variance within studies, 0 to 1.

    With the tau2 of DerSimonian and Laird it is (Q - df) / Q.

    Source: Higgins and Thompson 2002, Stat Med 21:1539, equations (9) and (10).
    """
    weight = 1 / variance
    spread = float(weight.sum() ** 2 - (weight**2).sum())
    if spread <= 0:
        return float("nan")
    typical = (len(weight) - 1) * float(weight.sum()) / spread
    return tau2 / (tau2 + typical)


def dersimonian_laird(estimate: Floats, variance: Floats) -> float:
    """Return tau2 by moments. Source: DerSimonian and Laird 1986, Control Clin Trials 7:177."""
    weight = 1 / variance
    total = float(weight.sum())
    q = cochran_q(estimate, variance)
    return max(0.0, (q.statistic - q.df) / (total - float((weight**2).sum()) / total))


def paule_mandel(estimate: Floats, variance: Floats) -> float:
    """Return the tau2 at which Q equals its degrees of freedom.

    Source: Paule and Mandel 1982, J Res Natl Bur Stand 87:377.
    """
    from scipy.optimize import brentq

    def excess(tau2: float) -> float:
        mean = weighted_mean(estimate, variance, tau2)
        spread = (estimate - mean.estimate) ** 2 / (variance + tau2)
        return float(spread.sum()) - (len(estimate) - 1)

    if excess(0.0) <= 0:
        return 0.0
    high = 1.0
    while excess(high) > 0:
        high *= 4
    return float(brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-14, maxiter=1000))


def maximum_likelihood(estimate: Floats, variance: Floats) -> float:
    """Return tau2 by maximum likelihood. Source: Hardy and Thompson 1996, Stat Med 15:619."""

    def step(weight: Floats, squares: float) -> float:
        return (squares - float(weight.sum())) / float((weight**2).sum())

    return _scored(estimate, variance, step)


def restricted_likelihood(estimate: Floats, variance: Floats) -> float:
    """Return tau2 by restricted maximum likelihood.

    Source: Viechtbauer 2005, J Educ Behav Stat 30:261, equation (20).
    """

    def step(weight: Floats, squares: float) -> float:
        one, two, three = (float((weight**power).sum()) for power in (1, 2, 3))
        trace = one - two / one
        return (squares - trace) / (two - 2 * three / one + (two / one) ** 2)

    return _scored(estimate, variance, step)


def _scored(estimate: Floats, variance: Floats, step: Callable[[Floats, float], float]) -> float:
    """Return where Fisher scoring settles, from the moment estimate on, never below 0."""
    tau2 = dersimonian_laird(estimate, variance)
    for _ in range(STEPS):
        mean = weighted_mean(estimate, variance, tau2)
        weight = 1 / (variance + tau2)
        squares = float((weight**2 * (estimate - mean.estimate) ** 2).sum())
        new = max(0.0, tau2 + step(weight, squares))
        if abs(new - tau2) <= SETTLED * max(1.0, new):
            return new
        tau2 = new
    raise EstimationError(
        f"The variance between studies cannot be estimated: after {STEPS:,} steps it still "
        'changes. Name another estimate of it: tau2="dersimonian-laird" needs no search.'
    )


TAU2: Mapping[str, Callable[[Floats, Floats], float]] = MappingProxyType(
    {
        "reml": restricted_likelihood,
        "ml": maximum_likelihood,
        "dersimonian-laird": dersimonian_laird,
        "paule-mandel": paule_mandel,
    }
)
