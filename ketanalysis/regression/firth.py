"""Firth's penalised logistic regression: finite where the outcome is separated, less biased."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.regression.logistic import (
    LogisticFit,
    information,
    log_likelihood,
    probability,
)

Floats: TypeAlias = NDArray[np.float64]

MOST_STEPS = 2000
SETTLED = 1e-11  # of the steps, in standard errors
ROUNDING = 1e-12  # of a likelihood, relative


def fit_firth(
    x: Floats,
    y: Floats,
    weights: Floats | None = None,
    *,
    fixed: Mapping[int, float] | None = None,
    start: Floats | None = None,
) -> LogisticFit:
    """Return the fit that maximises the likelihood times the root of the information.

    For few events and separated outcomes. Fitted probabilities are drawn towards 1/2: for
    predictions the intercept needs a correction that is not made here.

    Parameters
    ----------
    x, y, weights
        As for `ketanalysis.regression.logistic.fit_by_likelihood`.
    fixed
        Places of coefficients that are held, each with its value; the penalty is still that of
        the whole model.
    start
        Coefficients to start from, shape (p,); 0 without it.

    Returns
    -------
    LogisticFit
        ``log_likelihood`` is the penalised one; ``covariance`` the inverse of the information
        (as R's brglm2; logistf's own is a little smaller).

    Raises
    ------
    EstimationError
        The search does not settle.

    Notes
    -----
    Firth (1993), Biometrika 80:27-38; Heinze and Schemper (2002), Stat Med 21:2409-2419; as in
    R's logistf where coefficients are held.
    Checked against: tests/oracle/logistic.csv (R 4.2.2, brglm2 0.9, type = "MPL_Jeffreys"),
    coefficients and standard errors relative 1e-7 (it stops there).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    >>> fit_firth(x, np.array([0.0, 0, 1, 1])).coefficients.round(6).tolist()
    [-1.609438, 3.218876]
    """
    weight = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    free = np.ones(x.shape[1], dtype=bool)
    b = np.zeros(x.shape[1]) if start is None else start.copy()
    for place, value in (fixed or {}).items():
        free[place], b[place] = False, value
    reached = _penalised(x, y, weight, b)
    for step in range(1, MOST_STEPS + 1):
        move, size = _step(x, y, weight, b, free)
        if size <= SETTLED:
            return _finished(x, weight, b, reached, step)
        b, reached = _climb(x, y, weight, b, move, reached)
    raise EstimationError(f"Firth's logistic model does not settle within {MOST_STEPS} steps.")


def _penalised(x: Floats, y: Floats, weights: Floats, b: Floats) -> float:
    sign, log_size = np.linalg.slogdet(information(x, probability(x @ b), weights))
    if sign <= 0:
        return -math.inf
    return log_likelihood(x @ b, y, weights) + float(log_size) / 2


def _step(
    x: Floats, y: Floats, weights: Floats, b: Floats, free: NDArray[np.bool_]
) -> tuple[Floats, float]:
    """Return Firth's step for the free coefficients, and its size in standard errors.

    Each subject counts with its leverage too, as in the score. The plain information steps twice
    too far for a subject alone in its category (leverage 1), from one side of the peak to the
    other, without end.
    """
    p = probability(x @ b)
    inner = information(x, p, weights)
    spread = weights * p * (1 - p)
    leverage = spread * np.einsum("ij,ij->i", x @ np.linalg.inv(inner), x)
    score = x.T @ (weights * (y - p) + leverage * (0.5 - p))
    move = np.zeros(len(b))
    bend = information(x, p, weights + leverage)
    move[free] = np.linalg.solve(bend[np.ix_(free, free)], score[free])
    return move, math.sqrt(max(float(move @ inner @ move), 0.0))


def _climb(
    x: Floats, y: Floats, weights: Floats, b: Floats, move: Floats, before: float
) -> tuple[Floats, float]:
    """Return where a step, halved while it lowers the likelihood, leads; rounding is no fall."""
    lowest = before - ROUNDING * (abs(before) + 1)
    for _ in range(40):
        found = _penalised(x, y, weights, b + move)
        if found >= lowest:
            return b + move, found
        move = move / 2
    return b, before


def _finished(x: Floats, weights: Floats, b: Floats, reached: float, steps: int) -> LogisticFit:
    p = probability(x @ b)
    covariance = np.asarray(np.linalg.inv(information(x, p, weights)), dtype=np.float64)
    return LogisticFit(b, covariance, p, reached, steps, "firth")
