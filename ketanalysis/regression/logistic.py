"""Logistic regression by maximum likelihood: coefficients, covariance, likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError

Floats: TypeAlias = NDArray[np.float64]

MOST_STEPS = 100
NO_INFORMATION = 1e8  # variance of a coefficient, its column at size 1: it has run off to infinity
SETTLED = 1e-12  # of the deviance (plus 0.1), as R's epsilon: it is far below what prints


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """A fitted model.

    Attributes
    ----------
    coefficients
        On the log odds scale, shape (p,).
    covariance
        Inverse of the information (for Firth's penalty too: the classical one), shape (p, p).
    fitted
        Fitted probabilities, shape (n,).
    log_likelihood
        The log likelihood; with Firth's penalty the penalised one.
    steps
        Newton steps taken.
    penalty
        "none" or "firth".
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    log_likelihood: float
    steps: int
    penalty: str = "none"

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def fit_by_likelihood(
    x: Floats,
    y: Floats,
    weights: Floats | None = None,
    *,
    offset: Floats | None = None,
    start: Floats | None = None,
) -> LogisticFit:
    """Return the maximum likelihood fit of ``logit P(y = 1) = x b``.

    Check first that it exists (`ketanalysis.regression.separation.separated`): where the outcome
    is separated, the likelihood has no maximum.

    Parameters
    ----------
    x
        Model matrix with its intercept, shape (n, p), no missing values, columns independent.
    y
        0 or 1, shape (n,).
    weights
        How many subjects each row stands for, shape (n,); one without it.
    offset
        Log odds that are added to ``x b`` and not estimated, shape (n,); 0 without it.
    start
        Coefficients to start from, shape (p,), needed where the offset is large; 0 without it.

    Returns
    -------
    LogisticFit
        ``fitted`` has one value a row.

    Raises
    ------
    EstimationError
        The search does not settle within 100 steps, or ends where nothing is known of a
        coefficient: the outcome is separated, or nearly.

    Notes
    -----
    Newton's steps, halved while they lower the likelihood.
    Checked against: tests/oracle/logistic.csv (R 4.2.2, stats::glm with epsilon 1e-14),
    coefficients, standard errors and log likelihood, relative 1e-8.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1]])
    >>> fit = fit_by_likelihood(x, np.array([0.0, 0, 1, 0, 1, 1]))
    >>> np.exp(fit.coefficients).round(6).tolist()
    [0.5, 4.0]
    """
    weight = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    base = np.zeros(len(y)) if offset is None else np.asarray(offset, dtype=np.float64)
    scale = _scale(x)
    scaled = x / scale
    b = np.zeros(x.shape[1]) if start is None else start * scale
    likelihood = log_likelihood(base + scaled @ b, y, weight)
    for step in range(1, MOST_STEPS + 1):
        p = probability(base + scaled @ b)
        score = scaled.T @ (weight * (y - p))
        move = _solved(information(scaled, p, weight), score)
        before = likelihood
        b, likelihood = _climb(scaled, y, weight, base, b, move, likelihood)
        if abs(likelihood - before) <= SETTLED * (abs(before) + 0.1):
            return _finished(x, y, weight, base, b / scale, step)
    raise EstimationError(
        f"The logistic model does not settle within {MOST_STEPS} steps: the outcome is separated "
        "by the covariates, or nearly."
    )


def probability(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log odds)), also where the exponential would overflow."""
    from scipy.special import expit

    return np.asarray(expit(log_odds))


def log_likelihood(log_odds: Floats, y: Floats, weights: Floats) -> float:
    """Return the log likelihood of 0/1 outcomes at given log odds."""
    signed = np.where(y > 0.5, log_odds, -log_odds)
    return -float((weights * np.logaddexp(0.0, -signed)).sum())


def information(x: Floats, p: Floats, weights: Floats) -> Floats:
    """Return the information at fitted probabilities, shape (p, p)."""
    return np.asarray((x * (weights * p * (1 - p))[:, None]).T @ x)


def _scale(x: Floats) -> Floats:
    """Return the size of each column, so that units do not matter to the algebra."""
    size = np.sqrt((x**2).mean(axis=0))
    return np.where(size > 0, size, 1.0)


def _solved(matrix: Floats, vector: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, vector))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "The logistic model has no information left: the outcome is separated by the "
            "covariates, or a covariate follows from the others."
        ) from None


def _climb(
    x: Floats, y: Floats, weights: Floats, base: Floats, b: Floats, move: Floats, before: float
) -> tuple[Floats, float]:
    """Return where a step, halved while it lowers the likelihood, leads, and the likelihood."""
    for _ in range(50):
        found = log_likelihood(base + x @ (b + move), y, weights)
        if math.isfinite(found) and found >= before:
            return b + move, found
        move = move / 2
    return b, before


def _finished(
    x: Floats, y: Floats, weights: Floats, base: Floats, b: Floats, steps: int
) -> LogisticFit:
    p = probability(base + x @ b)
    scale = _scale(x)
    inner = information(x / scale, p, weights)
    covariance = np.linalg.inv(inner)
    if np.diag(covariance).max() > NO_INFORMATION:
        raise EstimationError(
            "The logistic model has no maximum likelihood estimate that can be told from infinity: "
            "the outcome is separated by the covariates, or nearly."
        )
    covariance = covariance / np.outer(scale, scale)
    return LogisticFit(b, covariance, p, log_likelihood(base + x @ b, y, weights), steps)
