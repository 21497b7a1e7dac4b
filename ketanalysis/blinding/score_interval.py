"""The score interval of a weighted mean of multinomial shares.

A value is kept where the estimate lies within z standard errors of it, and the standard error
is that of the likeliest shares whose weighted mean is the value. With weights 1, -1 and 0 this
is Tango's interval of a difference of paired proportions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 1e-14
NUDGE = 1e-9
EPSILON = float(np.finfo(np.float64).eps)


def weighted_score(worth: Floats, count: Floats, z: float) -> tuple[float, float, float]:
    """Return the ends of the score interval, and the standard error at a mean of 0.

    Parameters
    ----------
    worth, count
        Shape (k,): the weights, and how many have each; see `bang_index`.
    z
        Standard normal quantile of the interval.

    Notes
    -----
    Tango (1998), Stat Med 17:891-908, for three weights. In general the likeliest shares are
    count / (n (1 + multiplier (worth - value))); where that needs more than the counts give,
    the rest is the share of a category at the end of the scale.
    Checked against: tests/oracle/blinding.csv (Tango's closed form in base R), 1e-9.
    """
    from scipy.optimize import brentq

    low, high = float(worth.min()), float(worth.max())
    mean = float(worth @ count) / float(count.sum())

    def excess(value: float) -> float:
        return abs(mean - value) - z * restricted_error(worth, count, value)

    def end(outside: float) -> float:
        if excess(outside) <= 0:
            return outside
        # Where all answers are alike the mean itself has no variance, and the next value has one.
        inside = mean if excess(mean) < 0 else mean + NUDGE * (outside - mean)
        return float(brentq(excess, inside, outside, xtol=TOLERANCE))

    ends = [mean if end_of == mean else end(end_of) for end_of in (low, high)]
    at_null = restricted_error(worth, count, 0.0) if low < 0 < high else 0.0
    return ends[0], ends[1], at_null


def restricted_error(worth: Floats, count: Floats, value: float) -> float:
    """Return the standard error of the mean where the true mean is `value`."""
    n = float(count.sum())
    shares = restricted_shares(worth, count, value)
    return float(np.sqrt(max(float(worth**2 @ shares) - value**2, 0.0) / n))


def restricted_shares(worth: Floats, count: Floats, value: float) -> Floats:
    """Return the likeliest shares, shape (k,), among those whose weighted mean is `value`."""
    n, off = float(count.sum()), worth - value
    least, most = float(off.min()), float(off.max())
    if not least < 0 < most:  # the value is an end of the scale: all stand there
        shares = (off == 0).astype(np.float64)
        return np.asarray(shares / shares.sum())
    seen = count > 0
    low, high = -1 / most, -1 / least
    multiplier = _multiplier(off[seen], count[seen], low, high)
    shares = np.zeros(len(worth))
    shares[seen] = count[seen] / (n * (1 + multiplier * off[seen]))
    rest = 1 - float(shares.sum())
    if rest > 0:  # at an end: what is left stands in the category without counts there
        shares[np.argmax(off) if multiplier <= low else np.argmin(off)] += rest
    return shares


def _multiplier(off: Floats, count: Floats, low: float, high: float) -> float:
    """Return the root of sum(count off / (1 + multiplier off)), which falls; or the nearer end."""
    from scipy.optimize import brentq

    def slope(multiplier: float) -> float:
        return float(np.sum(count * off / (1 + multiplier * off)))

    gap = EPSILON * (high - low)
    if not slope(low + gap) > 0:
        return low
    if not slope(high - gap) < 0:
        return high
    return float(brentq(slope, low + gap, high - gap, xtol=TOLERANCE, rtol=4 * EPSILON))
