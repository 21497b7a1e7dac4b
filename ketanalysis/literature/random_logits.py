"""The binomial-normal model: counts are binomial, the logits of studies vary as a normal does.

No count needs a correction: a study without an event, or with events only, says what it says.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite import hermgauss

from ketanalysis.errors import EstimationError
from ketanalysis.rates.cells import Floats

POINTS = 41
STEPS = 60
SETTLED = 1e-10
STARTS = (0.3, 1.0, 3.0)
WIDEST = 20.0  # a standard deviation of logits beyond which the search runs off without end


class RandomLogits(NamedTuple):
    """The fit: mean logit, its standard error, standard deviation of the logits, log-likelihood."""

    mean: float
    std_error: float
    tau: float
    log_likelihood: float


class _At(NamedTuple):
    """The log-likelihood at one point with its gradient (2,) and Hessian (2, 2) in (mu, tau)."""

    value: float
    gradient: Floats
    hessian: Floats


def fit_random_logits(count: Floats, n: Floats) -> RandomLogits:
    """Return the maximum likelihood fit of the random-intercept logistic model.

    Parameters
    ----------
    count, n
        Events and subjects of each study, shape (k,).

    Returns
    -------
    RandomLogits
        On the scale of logits.

    Raises
    ------
    EstimationError
        No events or events only in all studies, or no maximum found.

    Notes
    -----
    The likelihood of a study is integrated by adaptive Gauss-Hermite quadrature at 41 points
    around its mode; gradient and Hessian come from the same points (Louis 1982, J R Stat Soc B
    44:226), so that the standard error is that of the observed information. The maximum is the
    best of Newton's searches from several starts, and of no variance at all.

    Source: Hamza, van Houwelingen and Stijnen 2008, J Clin Epidemiol 61:41.
    Checked against: tests/oracle/pooled_proportions.csv (R 4.2.2, metafor::rma.glmm, which calls
    lme4::glmer), relative 1e-4: glmer stops early and differentiates by finite differences.
    """
    total, all_of = float(count.sum()), float(n.sum())
    if total in (0.0, all_of):
        raise EstimationError(
            f"The model of logits has no finite estimate: {total:g} of {all_of:g} subjects had the "
            'event. Pool by method="inverse-variance" with transform="freeman-tukey" or '
            '"arcsine", or give the interval of the sum (estimate_proportion).'
        )
    logit = float(np.log(total / (all_of - total)))
    at_zero = _no_variance(count, n, logit)
    best = RandomLogits(logit, at_zero[1], 0.0, at_zero[0])
    for start in STARTS:
        found = _newton(count, n, logit, start)
        if found is not None and found.log_likelihood > best.log_likelihood + 1e-9:
            best = found
    if best.tau == 0.0 and at_zero[2] > 1e-8:
        raise EstimationError(
            "The model of logits has no finite maximum: with studies in which nobody or everybody "
            "had the event, the variance between them grows without end. Pool by "
            'method="inverse-variance".'
        )
    return best


def _no_variance(count: Floats, n: Floats, logit: float) -> tuple[float, float, float]:
    """Return log-likelihood, standard error, and the curvature in tau, where tau is 0."""
    p = 1 / (1 + np.exp(-logit))
    value = float((count * np.log(p) + (n - count) * np.log1p(-p)).sum())
    curvature = float(((count - n * p) ** 2 - n * p * (1 - p)).sum())
    return value, float(1 / np.sqrt(n.sum() * p * (1 - p))), curvature


def _newton(count: Floats, n: Floats, mean: float, tau: float) -> RandomLogits | None:
    """Return where Newton's search with halved steps ends, or None where it fails."""
    where = np.array([mean, tau])
    at = _at(count, n, where)
    for _ in range(STEPS):
        if np.abs(at.gradient).max() < SETTLED:
            break
        move = _uphill(at)
        for _halving in range(25):
            new = where + move
            new[1] = abs(new[1])
            here = _at(count, n, new)
            if here.value >= at.value - 1e-13 * abs(at.value):
                break
            move = move / 2
        else:
            break
        if np.abs(new - where).max() < 1e-15:
            break
        where, at = new, here
        if where[1] > WIDEST:
            return None
    if np.abs(at.gradient).max() > 1e-6 or where[1] < 1e-6:
        return None
    information = -at.hessian
    if not np.all(np.linalg.eigvalsh(information) > 0):
        return None
    std_error = float(np.sqrt(np.linalg.inv(information)[0, 0]))
    return RandomLogits(float(where[0]), std_error, float(where[1]), at.value)


def _uphill(at: _At) -> Floats:
    """Return Newton's step, along each axis of the curvature uphill, at most 2 long."""
    values, axes = np.linalg.eigh(at.hessian)
    step = axes @ ((axes.T @ at.gradient) / np.maximum(np.abs(values), 1e-6))
    return np.asarray(step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300)))


@cache
def _points() -> tuple[Floats, Floats]:
    """Return nodes and the logarithms of their weights with the kernel taken out, (POINTS,)."""
    nodes, weights = hermgauss(POINTS)
    return np.sqrt(2) * nodes, np.log(weights) + nodes**2 + 0.5 * np.log(2)


def _at(count: Floats, n: Floats, where: Floats) -> _At:
    from scipy.special import expit

    mean, tau = where
    mode, spread = _modes(count, n, mean, tau)
    nodes, log_weights = _points()
    z = mode[:, None] + spread[:, None] * nodes
    eta = mean + tau * z
    log_joint = count[:, None] * eta - n[:, None] * np.logaddexp(0, eta) - z**2 / 2
    log_joint += log_weights + np.log(spread)[:, None] - 0.5 * np.log(2 * np.pi)
    top = log_joint.max(axis=1, keepdims=True)
    posterior = np.exp(log_joint - top)
    sums = posterior.sum(axis=1, keepdims=True)
    posterior /= sums
    value = float((np.log(sums) + top).sum())

    p = expit(eta)
    residual = count[:, None] - n[:, None] * p
    scores = np.stack([residual, z * residual])
    gradient = (posterior * scores).sum(axis=2)
    information = n[:, None] * p * (1 - p)
    outer = np.stack([[np.ones_like(z), z], [z, z**2]]) * -information
    outer += scores[:, None] * scores[None, :]
    hessian = (posterior * outer).sum(axis=(2, 3)) - gradient @ gradient.T
    return _At(value, gradient.sum(axis=1), hessian)


def _modes(count: Floats, n: Floats, mean: float, tau: float) -> tuple[Floats, Floats]:
    """Return the mode of each study's standard normal effect and its spread, (k,) each."""
    from scipy.special import expit

    z = np.zeros_like(count)
    for _ in range(50):
        p = expit(mean + tau * z)
        slope = tau * (count - n * p) - z
        curvature = tau**2 * n * p * (1 - p) + 1
        move = np.clip(slope / curvature, -1, 1)
        z = z + move
        if np.abs(move).max() < 1e-12:
            break
    p = expit(mean + tau * z)
    return z, 1 / np.sqrt(tau**2 * n * p * (1 - p) + 1)
