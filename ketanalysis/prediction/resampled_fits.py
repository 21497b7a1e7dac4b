"""Many logistic models at once: the same subjects with other weights, as resampling asks for.

The fits of a block are computed together, by Newton's method on arrays; each is what
`ketanalysis.regression` gives for its own weights. A resample whose outcome is separated has no
maximum likelihood estimate and no coefficients here: it is counted by who asked.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

MOST_STEPS = 60
FIRTH_STEPS = 400
SETTLED = 1e-10  # of the largest step, in standard errors
NO_INFORMATION = 1e8  # variance of a coefficient, its column at size 1
LONGEST = 5.0  # a step of the log odds


def fit_each(x: Floats, y: Floats, weights: Floats, penalty: str) -> Floats:
    """Return the coefficients under each row of weights, shape (m, p); NaN where none exist.

    Parameters
    ----------
    x
        Model matrix with its intercept, shape (n, p).
    y
        0 or 1, shape (n,).
    weights
        How many subjects each row stands for in each fit, shape (m, n).
    penalty
        "none" or "firth".

    Notes
    -----
    Checked against: `ketanalysis.regression.logistic.fit_by_likelihood` and
    `ketanalysis.regression.firth.fit_firth`, fit by fit, relative 1e-8.

    Examples
    --------
    >>> x = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1]])
    >>> y = np.array([0.0, 0, 1, 0, 1, 1])
    >>> np.exp(fit_each(x, y, np.ones((1, 6)), "none")).round(6).tolist()
    [[0.5, 4.0]]
    """
    scale = np.sqrt((x**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    x = x / scale
    found = np.zeros((len(weights), x.shape[1]))
    exists = _has_both(y, weights)
    is_open = exists.copy()
    for _ in range(FIRTH_STEPS if penalty == "firth" else MOST_STEPS):
        at = np.flatnonzero(is_open)
        if not len(at):
            break
        step, size, known = _steps(x, y, weights[at], found[at], penalty)
        exists[at[~known]] = False
        found[at[known]] += step[known]
        is_open[at] = known & (size > SETTLED)
    exists &= ~is_open
    found[~exists] = np.nan
    return np.asarray(found / scale)


def _has_both(y: Floats, weights: Floats) -> NDArray[np.bool_]:
    """Return which resamples have subjects with and without the event."""
    return np.asarray((weights @ y > 0) & (weights @ (1 - y) > 0))


def _steps(
    x: Floats, y: Floats, weights: Floats, b: Floats, penalty: str
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the step of each fit, its size in standard errors, and which have information."""
    from scipy.special import expit

    p = expit(b @ x.T)
    spread = weights * p * (1 - p)
    inner = np.einsum("mn,ni,nj->mij", spread, x, x, optimize=True)
    known = _is_known(inner)
    inner[~known] = np.eye(x.shape[1])
    inverse = np.linalg.inv(inner)
    known &= np.einsum("mii->mi", inverse).max(axis=1) < NO_INFORMATION
    residual = weights * (y - p)
    if penalty == "firth":
        leverage = spread * np.einsum("ni,mij,nj->mn", x, inverse, x, optimize=True)
        residual = residual + leverage * (0.5 - p)
    score = residual @ x
    step = np.einsum("mij,mj->mi", inverse, score)
    size = np.sqrt(np.maximum((step * score).sum(axis=1), 0.0))
    longest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, LONGEST / np.maximum(longest, LONGEST)), size, known


def _is_known(inner: Floats) -> NDArray[np.bool_]:
    """Return which information matrices can be inverted."""
    size = np.einsum("mii->mi", inner)
    scaled = inner / np.sqrt(size[:, :, np.newaxis] * size[:, np.newaxis, :] + 1e-300)
    sign, logarithm = np.linalg.slogdet(scaled)
    return np.asarray((sign > 0) & (logarithm > -30) & (size.min(axis=1) > 0))
