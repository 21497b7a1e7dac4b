"""Profile likelihood of a logistic model: intervals of coefficients, likelihood ratio tests.

The likelihood is maximised over the other coefficients while one is held; what falls less than
the quantile of chi-squared is in the interval. With Firth's penalty it is the penalised one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.regression.firth import fit_firth
from ketanalysis.regression.logistic import LogisticFit, fit_by_likelihood, log_likelihood

Floats: TypeAlias = NDArray[np.float64]

WIDEST = 200.0  # standard errors to look for the end of an interval
NEARLY = (
    "The profile of the likelihood has no end that can be found: the covariates all but separate "
    'the outcome. Write ci="wald", which needs no profile and is rough here, or take a term out.'
)


class Profile(NamedTuple):
    """A coefficient's interval and test by the profile of the (penalised) likelihood."""

    low: float
    high: float
    statistic: float
    p_value: float


class RatioTest(NamedTuple):
    """A likelihood ratio test: chi-squared, degrees of freedom, p, the likelihood held at 0."""

    statistic: float
    df: int
    p_value: float
    log_likelihood: float


def profile(
    x: Floats,
    y: Floats,
    place: int,
    conf_level: float,
    weights: Floats | None = None,
    *,
    penalty: str = "firth",
    best: LogisticFit | None = None,
) -> Profile:
    """Return the profile interval and the likelihood ratio test of a coefficient.

    Parameters
    ----------
    x, y, weights
        As for `ketanalysis.regression.logistic.fit_by_likelihood`.
    place
        The column of the coefficient.
    conf_level
        Confidence level, 0 to 1.
    penalty
        "none" or "firth".
    best
        The fit, where it is known already.

    Returns
    -------
    Profile
        An end that does not exist is infinite.

    Notes
    -----
    Venzon and Moolgavkar (1988), Appl Stat 37:87-94; with the penalty Heinze and Schemper (2002),
    Stat Med 21:2409-2419.
    Checked against: tests/oracle/prediction_models.csv (R 4.2.2, MASS's confint of glm,
    which interpolates, 2 thousandths of a standard error; the equation of the ends solved with
    stats::uniroot, relative 1e-6);
    with the penalty the reference value of R's logistf where it is at hand, relative 1e-4 (it
    stops there), and tests/oracle/logistic.csv (R 4.2.2, the penalised likelihood maximised by
    stats::optim), relative 1e-6.

    Examples
    --------
    >>> x = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    >>> found = profile(x, np.array([0.0, 0, 1, 1]), 1, 0.95)
    >>> round(found.low, 2), round(found.p_value, 3)
    (-0.43, 0.088)
    """
    from scipy.special import ndtri

    found = best or fitted(x, y, weights, penalty)
    width = float(ndtri((1 + conf_level) / 2)) ** 2

    def drop(value: float) -> float:
        held = _held_at(x, y, weights, place, value, penalty, found)
        return 2 * (found.log_likelihood - held)

    centre, error = float(found.coefficients[place]), float(found.std_error[place])
    try:
        low = _end(lambda value: drop(value) - width, centre, -error)
        high = _end(lambda value: drop(value) - width, centre, error)
    except EstimationError:
        raise EstimationError(NEARLY) from None
    statistic = max(drop(0.0), 0.0)
    return Profile(low, high, statistic, math.erfc(math.sqrt(statistic / 2)))


def ratio_test(
    x: Floats,
    y: Floats,
    places: Sequence[int],
    weights: Floats | None = None,
    *,
    penalty: str = "none",
    best: LogisticFit | None = None,
) -> RatioTest:
    """Return the likelihood ratio test that the coefficients in these places are all 0.

    Notes
    -----
    With the penalty that of the whole model stays in both likelihoods, as in R's logistf.
    Checked against: tests/oracle/prediction_models.csv (R 4.2.2, stats::drop1 and anova of
    glm), relative 1e-8.
    """
    from scipy.special import gammaincc

    found = best or fitted(x, y, weights, penalty)
    if penalty == "firth":
        held = fit_firth(x, y, weights, fixed=dict.fromkeys(places, 0.0)).log_likelihood
    else:
        rest = np.delete(x, list(places), axis=1)
        held = _maximum(rest, y, weights, np.zeros(len(y)))
    statistic = max(2 * (found.log_likelihood - held), 0.0)
    p_value = float(gammaincc(len(places) / 2, statistic / 2))
    return RatioTest(statistic, len(places), p_value, held)


def fitted(x: Floats, y: Floats, weights: Floats | None, penalty: str) -> LogisticFit:
    """Return the fit by maximum likelihood ("none") or with Firth's penalty ("firth")."""
    fit = fit_firth if penalty == "firth" else fit_by_likelihood
    return fit(x, y, weights)


def _held_at(
    x: Floats,
    y: Floats,
    weights: Floats | None,
    place: int,
    value: float,
    penalty: str,
    best: LogisticFit,
) -> float:
    """Return the largest likelihood with one coefficient held at a value."""
    start = _along(best, place, value)
    if penalty == "firth":
        return fit_firth(x, y, weights, fixed={place: value}, start=start).log_likelihood
    rest = np.delete(start, place)
    return _maximum(np.delete(x, place, axis=1), y, weights, value * x[:, place], rest)


def _along(best: LogisticFit, place: int, value: float) -> Floats:
    """Return where the other coefficients would go, were the likelihood a parabola."""
    slope = best.covariance[:, place] / best.covariance[place, place]
    return np.asarray(best.coefficients + slope * (value - best.coefficients[place]))


def _maximum(
    x: Floats, y: Floats, weights: Floats | None, offset: Floats, start: Floats | None = None
) -> float:
    if x.shape[1] == 0:
        return log_likelihood(offset, y, np.ones(len(y)) if weights is None else weights)
    return fit_by_likelihood(x, y, weights, offset=offset, start=start).log_likelihood


def _end(excess: Callable[[float], float], centre: float, error: float) -> float:
    """Return where the excess passes 0, going out from the centre in steps of the error."""
    from scipy.optimize import brentq

    inner, step = centre, error
    while abs(step) <= WIDEST * abs(error):
        outer = centre + step
        if excess(outer) > 0:
            return float(brentq(excess, inner, outer, xtol=1e-10 * abs(error), rtol=1e-12))
        inner, step = outer, step * 1.6
    return math.copysign(math.inf, error)
