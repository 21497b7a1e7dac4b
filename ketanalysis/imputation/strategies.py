"""What is assumed of the scores after a subject leaves: at random, or as in a reference arm.

Each strategy turns the means, shape (..., n, m), that a subject's own arm and the reference arm
expect at the visits into the means that its missing scores are imputed from, equation (8) of
docs/mixed-model.md.
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
    """Return the means of the own arm: those who left go on as others like them."""
    return own


def jump_to_reference(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the own arm's means before the event and the reference arm's after it."""
    return np.where(_after(own, first), reference, own)


def copy_reference(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the reference arm's means at all visits, for subjects with an event."""
    has_event = (first < own.shape[-1])[:, None]
    return np.where(has_event, reference, own)


def copy_increments(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return means that move in parallel with the reference arm's after the event.

    An event before the first visit leaves no own mean to start from: the reference arm's.
    """
    step = _before(own - reference, first)
    step = np.where(first[:, None] == 0, 0.0, step)
    return np.where(_after(own, first), reference + step, own)


def last_mean_carried_forward(own: Floats, reference: Floats, first: Indices) -> Floats:
    """Return the own arm's mean at the last visit before the event for those after it."""
    return np.where(_after(own, first), _before(own, first), own)


def _after(own: Floats, first: Indices) -> NDArray[np.bool_]:
    return np.asarray(np.arange(own.shape[-1])[None, :] >= first[:, None])


def _before(means: Floats, first: Indices) -> Floats:
    """Return the mean at the last visit before the event, or the first, shape (..., n, 1)."""
    last = np.maximum(first - 1, 0)
    return np.asarray(means[..., np.arange(len(first)), last][..., None])


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
    """Return the covariance of equation (8) that a strategy imputes from, (..., m, m).

    Where the arms share one covariance it is that one. Else own arm before the event, and after
    it such that the regression on the earlier visits is the reference arm's (Carpenter et al.,
    appendix).
    """
    m = own.shape[-1]
    if own is reference or strategy in ("mar", "lmcf") or first >= m:
        return own
    if strategy == "cr" or first == 0:
        return reference
    before, after = slice(0, first), slice(first, m)
    earlier, later = reference[..., before, before], reference[..., before, after]
    slope_t = np.linalg.solve(earlier, later)
    slope = np.swapaxes(slope_t, -1, -2)
    joint = reference.copy()
    joint[..., before, before] = own[..., before, before]
    joint[..., after, before] = slope @ own[..., before, before]
    joint[..., before, after] = np.swapaxes(joint[..., after, before], -1, -2)
    gap = reference[..., before, before] - own[..., before, before]
    joint[..., after, after] = reference[..., after, after] - slope @ gap @ np.swapaxes(
        slope, -1, -2
    )
    return joint
