"""Total, direct and indirect effects of a treatment, for one data set or for many resamples.

Every data set is the same subjects with other weights: how often each was drawn. The cross
products of all resamples are one matrix product, and their equations are solved together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOTAL, DIRECT, INDIRECT = "total", "direct", "indirect"
TERMS = (TOTAL, DIRECT, INDIRECT)
STEPS = 40
NODES = 24  # of the quadrature over the mediator: exact to 1e-10 for slopes up to 5 per SD
FLAT = 1e-9


def linear_effects(
    y: Floats, m: Floats, drug: Floats, covariates: Floats, weights: Floats
) -> Floats:
    """Return total, direct and indirect effect of each data set, shape (data sets, 3).

    Parameters
    ----------
    y, m, drug
        Outcome, mediator and treatment (0 or 1), shape (n,).
    covariates
        Shape (n, k).
    weights
        Shape (data sets, n): how often each subject is in the data set.

    Notes
    -----
    Direct: the coefficient of treatment in ``y ~ treatment + mediator + covariates``; indirect:
    its coefficient in ``m ~ treatment + covariates`` times that of the mediator. With the same
    covariates in both the total is their sum (MacKinnon 2008, Introduction to Statistical
    Mediation Analysis, equations 3.1 to 3.3).
    Checked against: tests/oracle/mediation.csv (R 4.2.2, stats::lm), relative 1e-9.

    Examples
    --------
    >>> y, m = np.array([0.0, 2, 5, 9]), np.array([0.0, 1, 2, 4])
    >>> one = linear_effects(y, m, np.array([0.0, 0, 1, 1]), np.empty((4, 0)), np.ones((1, 4)))
    >>> one.round(3).tolist()
    [[6.0, 1.0, 5.0]]
    """
    base = _matrix(drug, covariates)
    a = _solve(base, m, weights)[:, 1]
    with_m = np.column_stack([base, m])
    found = _solve(with_m, y, weights)
    direct, b = found[:, 1], found[:, -1]
    return np.column_stack([direct + a * b, direct, a * b])


def binary_effects(
    y: Floats, m: Floats, drug: Floats, covariates: Floats, weights: Floats
) -> Floats:
    """Return total, direct and indirect risk difference of each data set, shape (data sets, 3).

    The outcome model is ``logit P(y = 1) = treatment + mediator + covariates``, the mediator is
    normal around ``treatment + covariates``; risks are averaged over the mediator and over the
    subjects. NaN where the outcome is separated.

    Notes
    -----
    Natural effects by standardisation: direct is the treatment exchanged and the mediator left
    as without it, indirect the mediator exchanged under treatment; total is their sum (Pearl
    2001, Proc 17th Conf Uncertainty in Artificial Intelligence, 411-420; VanderWeele 2015,
    Explanation in Causal Inference, chapter 2).
    Checked against: tests/oracle/mediation.csv (R 4.2.2, stats::glm and stats::integrate),
    relative 1e-7.

    Examples
    --------
    >>> y, m = np.array([0.0, 1, 0, 1, 0, 1]), np.array([0.0, 1, 2, 1, 0, 2])
    >>> drug = np.array([0.0, 0, 0, 1, 1, 1])
    >>> one = binary_effects(y, m, drug, np.empty((6, 0)), np.ones((1, 6)))
    >>> bool(np.isclose(one[0, 0], one[0, 1] + one[0, 2]))
    True
    """
    base = _matrix(drug, covariates)
    mean = _solve(base, m, weights)
    left = m - mean @ base.T
    n = weights.sum(axis=1)
    sd = np.sqrt((weights * left**2).sum(axis=1) / (n - base.shape[1]))
    beta = _logistic(np.column_stack([base, m]), y, weights)
    nodes, share = np.polynomial.hermite_e.hermegauss(NODES)
    share = share / share.sum()

    def risk(treated: float, mediated: float) -> Floats:
        own, other = base.copy(), base.copy()
        own[:, 1], other[:, 1] = treated, mediated
        centre = beta[:, :-1] @ own.T + beta[:, -1:] * (mean @ other.T)
        width = beta[:, -1] * sd
        total = np.zeros_like(centre)
        for node, weight in zip(nodes, share, strict=True):
            total += weight * _expit(centre + (width * node)[:, np.newaxis])
        return np.asarray((weights * total).sum(axis=1) / n)

    none, half, full = risk(0, 0), risk(1, 0), risk(1, 1)
    return np.column_stack([full - none, half - none, full - half])


def _matrix(drug: Floats, covariates: Floats) -> Floats:
    return np.column_stack([np.ones(len(drug)), drug, covariates])


def _solve(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Return weighted least squares of each data set, shape (data sets, p); NaN if singular."""
    scale = np.sqrt((x**2).mean(axis=0))
    scaled = x / np.where(scale > 0, scale, 1.0)
    p = x.shape[1]
    products = (scaled[:, :, np.newaxis] * scaled[:, np.newaxis, :]).reshape(len(x), p * p)
    left = (weights @ products).reshape(-1, p, p)
    right = weights @ (scaled * y[:, np.newaxis])
    return _solved(left, right, weights.sum(axis=1)) / np.where(scale > 0, scale, 1.0)


def _solved(left: Floats, right: Floats, n: Floats) -> Floats:
    found = np.full(right.shape, np.nan)
    is_fine: NDArray[np.bool_] = np.asarray(np.isfinite(left).all(axis=(1, 2)))
    is_fine[is_fine] = np.linalg.eigvalsh(left[is_fine])[:, 0] / n[is_fine] > FLAT
    if is_fine.any():
        found[is_fine] = np.linalg.solve(left[is_fine], right[is_fine][:, :, np.newaxis])[:, :, 0]
    return found


def _logistic(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Return the logistic coefficients of each data set by Newton's steps; NaN if separated."""
    scale = np.sqrt((x**2).mean(axis=0))
    scaled = x / np.where(scale > 0, scale, 1.0)
    p = x.shape[1]
    products = (scaled[:, :, np.newaxis] * scaled[:, np.newaxis, :]).reshape(len(x), p * p)
    beta, n = np.zeros((len(weights), p)), weights.sum(axis=1)
    change = np.full(len(weights), np.inf)
    for _ in range(STEPS):
        mu = _expit(beta @ scaled.T)
        left = ((weights * mu * (1 - mu)) @ products).reshape(-1, p, p)
        step = _solved(left, (weights * (y - mu)) @ scaled, n)
        beta = beta + np.clip(step, -5, 5)
        change = np.abs(step).max(axis=1)
        if not (change > 1e-11).any():
            break
    beta[~(change <= 1e-8)] = np.nan
    return beta / np.where(scale > 0, scale, 1.0)


def _expit(value: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(value))
