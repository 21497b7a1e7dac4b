"""How well predicted probabilities do: area, Brier score, calibration slope and intercept.

For many predictions at once: probabilities of shape (m, n), weights of shape (m, n), an outcome
of shape (n,); each measure has shape (m,), and is NaN where it does not exist.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.prediction.resampled_fits import LONGEST, MOST_STEPS, NO_INFORMATION, SETTLED

Floats: TypeAlias = NDArray[np.float64]

MEASURES = ("auc", "brier", "slope", "intercept")
NAMES = {
    "auc": "area under the curve",
    "brier": "Brier score",
    "slope": "calibration slope",
    "intercept": "calibration intercept",
}
EXTREME = 30.0  # log odds: beyond, a probability is 0 or 1 in double precision's neighbourhood


def log_odds(p: Floats) -> Floats:
    """Return log odds of probabilities, those of 0 and 1 held at 30."""
    from scipy.special import logit

    return np.asarray(np.clip(logit(p), -EXTREME, EXTREME), dtype=np.float64)


def performance(y: Floats, p: Floats, weights: Floats) -> Floats:
    """Return area, Brier score, calibration slope and intercept, shape (m, 4).

    Slope and intercept are the coefficients of a logistic regression of the outcome on the log
    odds of the prediction (Cox 1958, Biometrika 45:562).
    """
    slope, intercept = _lines(y, log_odds(p), weights)
    return np.column_stack((areas(y, p, weights), brier(y, p, weights), slope, intercept))


def areas(y: Floats, p: Floats, weights: Floats) -> Floats:
    """Return the area under the curve of each prediction, subjects counted by their weights.

    Ties count half. Shape (m,); NaN without a subject on either side.
    """
    order = np.argsort(p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    weight = np.take_along_axis(weights, order, axis=1)
    cases, controls = weight * y[order], weight * (1 - y[order])
    before = np.cumsum(controls, axis=1)
    is_new = np.diff(ranked, axis=1, prepend=-np.inf) > 0
    place = np.arange(p.shape[1])[np.newaxis]
    first = np.maximum.accumulate(np.where(is_new, place, 0), axis=1)
    is_last = np.diff(ranked, axis=1, append=np.inf) > 0
    flipped = np.where(is_last, place, p.shape[1] - 1)[:, ::-1]
    last = np.minimum.accumulate(flipped, axis=1)[:, ::-1]
    below = np.take_along_axis(before - controls, first, axis=1)
    up_to = np.take_along_axis(before, last, axis=1)
    won = (cases * (below + up_to) / 2).sum(axis=1)
    pairs = cases.sum(axis=1) * controls.sum(axis=1)
    return np.where(pairs > 0, won / np.where(pairs > 0, pairs, 1), np.nan)


def brier(y: Floats, p: Floats, weights: Floats) -> Floats:
    """Return the mean squared error of each prediction, shape (m,)."""
    total = weights.sum(axis=1)
    return np.asarray((weights * (y - p) ** 2).sum(axis=1) / np.where(total > 0, total, np.nan))


def _lines(y: Floats, odds: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return slope and intercept of each logistic regression on one variable, shape (m,) each.

    NaN where the variable does not vary, or divides those with the event from the others.
    """
    from scipy.special import expit

    total = weights.sum(axis=1, keepdims=True)
    total = np.where(total > 0, total, 1.0)
    centre = (weights * odds).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * (odds - centre) ** 2).sum(axis=1, keepdims=True) / total)
    exists = spread[:, 0] > 1e-9
    z = (odds - centre) / np.where(spread > 0, spread, 1.0)
    a, b = np.zeros((2, len(odds)))
    is_open = exists.copy()
    for _ in range(MOST_STEPS):
        p = expit(a[:, np.newaxis] + b[:, np.newaxis] * z)
        residual, w = weights * (y - p), weights * p * (1 - p)
        g0, g1 = residual.sum(axis=1), (residual * z).sum(axis=1)
        h00, h01, h11 = w.sum(axis=1), (w * z).sum(axis=1), (w * z * z).sum(axis=1)
        det = h00 * h11 - h01**2
        known = det > 1e-12 * np.maximum(h00 * h11, 1e-300)
        exists &= known & (np.maximum(h00, h11) < NO_INFORMATION * np.where(known, det, 1.0))
        det = np.where(known, det, 1.0)
        step = np.array([(h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det])
        size = np.sqrt(np.maximum(step[0] * g0 + step[1] * g1, 0.0))
        longest = np.maximum(np.abs(step).max(axis=0), LONGEST)
        moves = is_open & exists
        step = np.where(moves, step, 0) * LONGEST / longest
        a, b = a + step[0], b + step[1]
        is_open = moves & (size > SETTLED)
        if not is_open.any():
            break
    slope = b / np.where(spread[:, 0] > 0, spread[:, 0], 1.0)
    intercept = a - slope * centre[:, 0]
    fails = ~exists | is_open
    return np.where(fails, np.nan, slope), np.where(fails, np.nan, intercept)
