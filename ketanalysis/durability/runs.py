"""Runs of qualifying assessments: who meets the criterion often enough, and from when.

Numbers in, numbers out. Every array has shape (n_visits, n), one column a subject, its
assessments in the order of time from top to bottom, or shape (n,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SLACK = 1e-6  # hours; two times nearer than that differ by rounding only


@dataclass(frozen=True)
class Runs:
    """What the assessments of each subject show, arrays of shape (n,), times in hours.

    Attributes
    ----------
    confirmed
        Whether a run of the needed length was seen.
    first, confirming
        The first assessment of that run and the one that completed it; NaN without.
    last_free
        The last assessment before `first`, or without a run the last of all, that did not
        qualify; the start where there is none.
    waiting
        Whether the last assessments qualify without a completed run.
    waiting_from
        The first of these; NaN without.
    """

    confirmed: Bools
    first: Floats
    confirming: Floats
    last_free: Floats
    waiting: Bools
    waiting_from: Floats


def find_runs(
    hours: Floats,
    met: Bools,
    free: Bools,
    start: Floats,
    needed: int,
    gap: tuple[float, float] = (0.0, np.inf),
) -> Runs:
    """Find the first run of `needed` qualifying assessments of each subject.

    A run holds `needed` qualifying assessments without one between them that does not
    qualify, each later than the one before it, by `gap` hours (least, most). Qualifying assessments
    between two members of a run are passed over; a missing assessment neither makes nor
    breaks a run. Of the runs that are completed first, the one that began first counts.

    Parameters
    ----------
    hours
        When each assessment was made, ascending within a subject; NaN where there is none.
    met, free
        Whether it qualifies, and whether it was judged and does not.
    start
        Shape (n,): the time that stands for the last free one where there is none.
    """
    began = np.where(met, hours, np.inf)
    for _ in range(needed - 1):
        began = _one_longer(began, hours, met, free, *gap)
    complete = np.isfinite(began)
    confirmed: Bools = np.asarray(complete.any(axis=0))
    at = complete.argmax(axis=0)
    visit = np.arange(len(hours))[:, np.newaxis]
    before = free & (~confirmed | (visit < at))
    last_free = np.fmax(np.where(before, hours, -np.inf).max(axis=0), start)
    after = visit > np.where(free, visit, -1).max(axis=0)
    waiting_from = np.where(met & after & ~confirmed, hours, np.inf).min(axis=0)
    waiting = np.isfinite(waiting_from)
    subject = np.arange(hours.shape[1])
    return Runs(
        confirmed=confirmed,
        first=np.where(confirmed, began[at, subject], np.nan),
        confirming=np.where(confirmed, hours[at, subject], np.nan),
        last_free=last_free,
        waiting=waiting,
        waiting_from=np.where(waiting, waiting_from, np.nan),
    )


def in_order_of_time(hours: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Return hours and scores with each subject's assessments in the order of time.

    Visits can be made in another order than planned; then time decides, not the visit's name.
    """
    if not (hours < np.fmax.accumulate(hours, axis=0)).any():
        return hours, scores
    order = np.argsort(hours, axis=0, kind="stable")
    return np.take_along_axis(hours, order, axis=0), np.take_along_axis(scores, order, axis=0)


def _one_longer(
    began: Floats, hours: Floats, met: Bools, free: Bools, least: float, most: float
) -> Floats:
    """Return when runs of one more assessment began that end at each one; infinite for none."""
    longer = np.full_like(began, np.inf)
    for visit in range(1, len(hours)):
        open_ = met[visit].copy()
        for earlier in range(visit - 1, -1, -1):
            gap = hours[visit] - hours[earlier]
            open_ &= ~free[earlier] & ~(gap > most + SLACK)
            if not open_.any():
                break
            fits = open_ & met[earlier] & (gap >= least - SLACK) & (gap > SLACK)
            np.minimum(longer[visit], began[earlier], out=longer[visit], where=fits)
    return longer
