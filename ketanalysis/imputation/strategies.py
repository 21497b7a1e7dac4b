"""What is assumed of the scores after a subject leaves: at random, or as in a reference arm.

Each strategy turns the means that a subject's own arm and the reference arm expect at the visits
into the means that its missing scores are imputed from, equation (8) of docs/mixed-model.md.
``first`` is the first visit after the event (the number of visits where there is none).
Source: Carpenter, Roger and Kenward (2013) J Biopharm Stat 23:1352, section 3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Strategy = Callable[[Floats, Floats, Indices], Floats]


def missing_at_random(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the means of the own arm, (n, m): those who left go on as others like them."""
    return own


def jump_to_reference(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the own arm's means before the event and the reference arm's after it."""
    return np.where(_after(own, first), reference, own)


def copy_reference(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the reference arm's means at all visits, for subjects with an event."""
    has_event = (first < own.shape[1])[:, None]
    return np.where(has_event, reference, own)


def copy_increments(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return means that move in parallel with the reference arm's after the event.

    An event before the first visit leaves no own mean to start from: the reference arm's.
    """
    last = np.maximum(first - 1, 0)[:, None]
    step = np.take_along_axis(own - reference, last, axis=1)
    step = np.where(first[:, None] == 0, 0.0, step)
    return np.where(_after(own, first), reference + step, own)


def last_mean_carried_forward(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the own arm's mean at the last visit before the event for those after it."""
    last = np.maximum(first - 1, 0)[:, None]
    return np.where(_after(own, first), np.take_along_axis(own, last, axis=1), own)


def _after(own: Floats, first: Indices) -> NDArray[np.bool_]:
    return np.asarray(np.arange(own.shape[1])[None, :] >= first[:, None])


STRATEGIES: dict[str, Strategy] = {
    "mar": missing_at_random,
    "j2r": jump_to_reference,
    "cr": copy_reference,
    "cir": copy_increments,
    "lmcf": last_mean_carried_forward,
}
STRATEGY_WORDS = {
    "mar": "missing at random: as others of the same arm who stayed",
    "j2r": "jump to reference: as in the reference arm from the event on",
    "cr": "copy reference: as if always in the reference arm",
    "cir": "copy increments in reference: in parallel with the reference arm from the event on",
    "lmcf": "last mean carried forward: at the own arm's mean before the event",
}


def covariance_after(own: Floats, reference: Floats, first: int, strategy: str) -> Floats:
    """Return the covariance of equation (8) that a strategy imputes from, shape (m, m).

    Where the arms share one covariance it is that one. Else own arm before the event, and after
    it such that the regression on the earlier visits is the reference arm's (Carpenter et al.,
    appendix).
    """
    m = len(own)
    if own is reference or strategy in ("mar", "lmcf") or first >= m:
        return own
    if strategy == "cr" or first == 0:
        return reference
    before, after = slice(0, first), slice(first, m)
    slope = np.linalg.solve(reference[before, before], reference[before, after]).T
    joint = reference.copy()
    joint[before, before] = own[before, before]
    joint[after, before] = slope @ own[before, before]
    joint[before, after] = joint[after, before].T
    gap = reference[before, before] - own[before, before]
    joint[after, after] = reference[after, after] - slope @ gap @ slope.T
    return joint
