"""From when to when a state was seen: reached at an assessment, lost at a later one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Spells:
    """Spells of a state, in order of subject and time; arrays of shape (m,).

    Attributes
    ----------
    subject
        The column of the subject.
    start, stop
        When it was first seen, and first seen to be gone (or last seen); hours.
    lost
        Whether it was seen to be gone; else it lasted to the last assessment.
    """

    subject: NDArray[np.int64]
    start: Floats
    stop: Floats
    lost: Bools


def find_spells(hours: Floats, met: Bools, judged: Bools) -> Spells:
    """Find the spells of a state in each subject.

    A spell begins at an assessment at which the state is met and was not at the one before,
    and ends at the next assessment at which it is not met. What was between two assessments is
    not known; a missing assessment neither begins nor ends a spell.

    Parameters
    ----------
    hours
        When each assessment was made, (n_visits, n), ascending within a subject.
    met, judged
        Whether the state was met, and whether there was an assessment; same shape.

    Examples
    --------
    >>> seen = np.ones((3, 1), dtype=bool)
    >>> met = np.array([[True], [True], [False]])
    >>> found = find_spells(np.array([[4.0], [24.0], [168.0]]), met, seen)
    >>> found.start.tolist(), found.stop.tolist(), found.lost.tolist()
    ([4.0], [168.0], [True])
    """
    n = hours.shape[1]
    is_in, start, last = np.zeros(n, dtype=bool), np.full(n, np.nan), np.full(n, np.nan)
    found: list[tuple[NDArray[np.int64], Floats, Floats, Bools]] = []
    for at, is_met, is_judged in zip(hours, met, judged, strict=True):
        begins, ends = is_judged & is_met & ~is_in, is_judged & ~is_met & is_in
        found.append(_closed(ends, start, at, is_lost=True))
        start = np.where(begins, at, start)
        is_in = (is_in | begins) & ~ends
        last = np.where(is_judged, at, last)
    found.append(_closed(is_in, start, last, is_lost=False))
    subject, begin, stop, lost = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((begin, subject))
    return Spells(subject[order], begin[order], stop[order], lost[order])


def _closed(
    who: Bools, start: Floats, stop: Floats, *, is_lost: bool
) -> tuple[NDArray[np.int64], Floats, Floats, Bools]:
    subject = np.flatnonzero(who).astype(np.int64)
    return subject, start[who], stop[who], np.full(len(subject), is_lost)
