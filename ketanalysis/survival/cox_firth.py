"""Firth's penalised Cox model: finite where the likelihood is monotone, and less biased."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.survival.cox_likelihood import Likelihood, likelihood
from ketanalysis.survival.cox_risk_sets import RiskSets
from ketanalysis.survival.risk_sets import Floats

MOST_STEPS = 500
SETTLED = 1e-11  # of the steps, in standard errors
ROUNDING = 1e-12  # of a likelihood, relative
WIDEST = 200.0  # standard errors to look for the end of an interval


class FirthFit(NamedTuple):
    """Coefficients (p,), covariance (p, p), penalised log likelihood, the plain likelihood."""

    coefficients: Floats
    covariance: Floats
    penalised: float
    evaluated: Likelihood
    steps: int


class Profile(NamedTuple):
    """A coefficient's interval and test by the profile of the penalised likelihood."""

    low: float
    high: float
    statistic: float
    p_value: float


def fit_firth_cox(
    sets: RiskSets,
    x: Floats,
    ties: str = "efron",
    *,
    fixed: tuple[int, float] | None = None,
    start: Floats | None = None,
) -> FirthFit:
    """Return the fit that maximises the partial likelihood times the root of the information.

    Parameters
    ----------
    sets, x
        The risk sets, and the columns (n, p), centred and of size about 1, all `estimable`.
    ties
        "efron" or "breslow".
    fixed
        The place of one coefficient, and the value at which it is held.
    start
        Coefficients to start from, (p,); 0 without it.

    Raises
    ------
    EstimationError
        The search does not settle.

    Notes
    -----
    Heinze and Schemper (2001), Biometrics 57:114; the penalty of a model with a coefficient held
    is still that of the whole model, as in R's coxphf.

    Checked against: tests/oracle/cox_firth.csv (the penalised likelihood from R
    survival::coxph, maximised by stats::nlm), relative 1e-6.
    """
    free = np.ones(x.shape[1], dtype=bool)
    b = np.zeros(x.shape[1]) if start is None else start.copy()
    if fixed is not None:
        free[fixed[0]], b[fixed[0]] = False, fixed[1]
    now = likelihood(sets, x, b, ties)
    for step in range(1, MOST_STEPS + 1):
        covariance = np.asarray(np.linalg.inv(now.information), dtype=float)
        score = now.score + np.einsum("kl,jkl->j", covariance, third_derivatives(now)) / 2
        move = np.zeros(len(b))
        inner = now.information[np.ix_(free, free)]
        move[free] = np.linalg.solve(inner, score[free])
        size = math.sqrt(max(float(move @ now.information @ move), 0.0))
        if size <= SETTLED:
            return FirthFit(b, covariance, _penalised(now), now, step)
        b, now = _climb(sets, x, ties, b, move, now)
    raise EstimationError(f"Firth's Cox model does not settle within {MOST_STEPS} steps.")


def profile(sets: RiskSets, x: Floats, ties: str, place: int, conf_level: float) -> Profile:
    """Return the profile interval and the penalised likelihood ratio test of a coefficient."""
    from scipy.special import ndtri

    best = fit_firth_cox(sets, x, ties)
    width = float(ndtri((1 + conf_level) / 2)) ** 2

    def drop(value: float) -> float:
        held = fit_firth_cox(sets, x, ties, fixed=(place, value), start=best.coefficients)
        return 2 * (best.penalised - held.penalised)

    centre = float(best.coefficients[place])
    error = math.sqrt(float(best.covariance[place, place]))
    low = _end(lambda value: drop(value) - width, centre, -error)
    high = _end(lambda value: drop(value) - width, centre, error)
    statistic = max(drop(0.0), 0.0)
    return Profile(low, high, statistic, math.erfc(math.sqrt(statistic / 2)))


def third_derivatives(found: Likelihood) -> Floats:
    """Return the derivatives of the information, (p, p, p): third cumulants of x at risk."""
    sets, x, weight = found.sets, found.x, found.weight
    squares = weight[:, None, None] * x[:, :, None] * x[:, None, :]
    s2, d2 = sets.at_risk(squares)[found.of_term], sets.over_events(squares)[found.of_term]
    share, per = found.share, found.per_term
    mean = (found.s1[found.of_term] - share[:, None] * found.d1[found.of_term]) * per[:, None]
    second = (s2 - share[:, None, None] * d2) * per[:, None, None]
    raw = np.einsum("i,ij,ik,il->jkl", found.row_hazard, x, x, x, optimize=True)
    mixed = np.einsum("ej,ekl->jkl", mean, second, optimize=True)
    cubes = np.einsum("ej,ek,el->jkl", mean, mean, mean, optimize=True)
    turned = mixed + mixed.transpose(1, 0, 2) + mixed.transpose(1, 2, 0)
    return np.asarray(raw - turned + 2 * cubes)


def _penalised(found: Likelihood) -> float:
    sign, log_size = np.linalg.slogdet(found.information)
    return -math.inf if sign <= 0 else found.value + float(log_size) / 2


def _climb(
    sets: RiskSets, x: Floats, ties: str, b: Floats, move: Floats, before: Likelihood
) -> tuple[Floats, Likelihood]:
    """Return where a step, halved while it lowers the likelihood, leads; rounding is no fall."""
    reached = _penalised(before)
    lowest = reached - ROUNDING * (abs(reached) + 1)
    for _ in range(40):
        found = likelihood(sets, x, b + move, ties)
        if _penalised(found) >= lowest:
            return b + move, found
        move = move / 2
    return b, before


def _end(excess: Callable[[float], float], centre: float, error: float) -> float:
    """Return where the excess passes 0, going out from the centre in steps of the error."""
    from scipy.optimize import brentq

    inner, step = centre, error
    while abs(step) <= WIDEST * abs(error):
        outer = centre + step
        if excess(outer) > 0:
            return float(brentq(excess, inner, outer, xtol=1e-10, rtol=1e-12))
        inner, step = outer, step * 1.6
    return math.copysign(math.inf, error)
