"""Kenward and Roger's covariance of the coefficients and their degrees of freedom.

With w the covariance of the covariance parameters, F_i = X'W V_i W X (their P_i is -F_i),
Q_ij = X'W V_i W V_j W X and R_ij = X'W V_ij W X, the adjusted covariance is

    Phi_A = Phi + 2 Phi [ sum_ij w_ij (Q_ij - F_i Phi F_j - R_ij / 4) ] Phi              (5)

The numbers of equations are those of docs/mixed-model.md. Source: Kenward and Roger (1997)
Biometrics 53:983, page 985 for (5) and pages 986 to 988 for the F statistic's scale and degrees of
freedom (6). Two choices make three variants in use: w from the
observed or from the expected information, and R_ij, which is zero in a covariance that is linear
in its parameters, taken in some parameterisation or left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.likelihood import Model, Point, Slopes, between, by_covariance, pairs

VARIANTS = {
    "kenward-roger": (
        "Kenward-Roger (R mmrm's default: observed information, second derivatives in mmrm's "
        "Cholesky parameters)"
    ),
    "kenward-roger-linear": (
        "Kenward-Roger, linear (R mmrm's Kenward-Roger-Linear and, on an unstructured matrix, "
        "SAS DDFM=KR: observed information, no second derivatives)"
    ),
    "kenward-roger-expected": (
        "Kenward-Roger, expected information (as R pbkrtest: expected information, no second "
        "derivatives)"
    ),
}


@dataclass(frozen=True, eq=False)
class Scaled:
    """An F test's degrees of freedom and the factor that its statistic is multiplied with."""

    df: float
    factor: float


def parameter_covariance(
    model: Model, point: Point, slopes: Slopes, *, expected: bool = False
) -> Floats:
    """Return the covariance w of the covariance parameters, (q, q).

    Twice the inverse of the Hessian of -2 log likelihood, or of its expectation
    tr(P V_i P V_j).
    """
    hessian = expected_hessian(model, point, slopes) if expected else slopes.hessian
    try:
        np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        raise EstimationError(
            "The information on the covariance parameters is singular, so that no degrees of "
            "freedom can be estimated. Name a simpler covariance structure."
        ) from None
    return np.asarray(2 * np.linalg.inv(hessian), dtype=np.float64)


def expected_hessian(model: Model, point: Point, slopes: Slopes) -> Floats:
    """Return tr(P V_i P V_j), shape (q, q)."""
    whole, spread, lever = by_covariance(model, point)
    trace = whole + spread - lever
    left = point.phi @ slopes.by_theta
    q = len(left)
    crossed = left.reshape(q, -1) @ left.transpose(0, 2, 1).reshape(q, -1).T
    found = crossed if model.is_restricted else 0 * slopes.hessian
    for group, shape in enumerate(point.shapes):
        own = model.members(group)
        place = slice(group * model.per_group, (group + 1) * model.per_group)
        found[place, place] += pairs(shape, point.inverse[own], trace[own])
    return np.asarray(found + found.T) / 2


def adjusted_covariance(
    model: Model, point: Point, slopes: Slopes, w: Floats, *, with_second: bool
) -> Floats:
    """Return Phi_A of equation (5), shape (p, p)."""
    data, phi = model.patterns, point.phi
    mixed = np.tensordot(w, slopes.by_theta, axes=(1, 0))  # sum_j w_ij F_j
    inner = -np.matmul(mixed @ phi, slopes.by_theta).sum(axis=0)
    for group, shape in enumerate(point.shapes):
        own = model.members(group)
        place = slice(group * model.per_group, (group + 1) * model.per_group)
        inverse, weights = point.inverse[own], w[place, place]
        first = np.tensordot(weights, shape.first, axes=(1, 1)).swapaxes(0, 1)  # (f, q, m, m)
        middle = (first @ inverse[:, None] @ shape.first).sum(axis=1)
        if with_second:
            theta = model.of_group(point.theta, group)
            second = model.structure.weighted_second(theta, model.m, weights, model.distance(own))
            middle = middle - second / 4
        inner = inner + between(data, own, (inverse @ middle @ inverse)[:, None])[0]
    found = phi + 2 * phi @ inner @ phi
    return np.asarray(found + found.T) / 2


def degrees_of_freedom(contrast: Floats, phi: Floats, by_theta: Floats, w: Floats) -> Scaled:
    """Return the denominator degrees of freedom m and the factor lambda of an F test, by (6).

    Parameters
    ----------
    contrast
        Full rank, shape (l, p).
    phi, by_theta, w
        Unadjusted covariance (p, p); F_i (q, p, p); covariance of the parameters (q, q).

    Notes
    -----
    For one row the factor is 1 and the degrees of freedom are Satterthwaite's.
    """
    rank = len(contrast)
    onto = contrast @ phi
    weight = onto.T @ np.linalg.solve(onto @ contrast.T, onto)  # Phi Theta Phi
    moved = weight @ by_theta  # (q, p, p)
    trace = np.einsum("ipp->i", moved)
    a1 = float(trace @ w @ trace)
    a2 = float((w * np.einsum("ipr,jrp->ij", moved, moved)).sum())
    if a2 <= 0:
        return Scaled(np.inf, 1.0)
    b = (a1 + 6 * a2) / (2 * rank)
    g = ((rank + 1) * a1 - (rank + 4) * a2) / ((rank + 2) * a2)
    c1, c2, c3 = (part / (3 * rank + 2 * (1 - g)) for part in (g, rank - g, rank + 2 - g))
    mean = 1 / (1 - a2 / rank)
    variance = 2 / rank * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    df = 4 + (rank + 2) / (rank * rho - 1)
    return Scaled(df, df / (mean * (df - 2)))
