"""Where events may have happened: intervals become places on a line, and maximal cliques.

An event is known to lie in ``(low, high]``; where both ends are equal it happened at that time,
where ``high`` is infinite it has not been seen. On a line on which each time t stands twice, just
before t and just after it, every one of these is a piece with an open end on the left and a
closed one on the right: ``(low, high]`` is from just after low to just after high, an exact time
from just before to just after. The likelihood puts mass only where a left end is followed at once
by a right end (Peto 1973; Turnbull 1976): the places that most intervals have in common.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.survival.risk_sets import Counts, Floats, index_times, merge_times


class Places(NamedTuple):
    """The ends of n intervals as whole numbers on the line of k times.

    Time number i has place 2i just before it and 2i + 1 just after it; infinity comes last.

    Attributes
    ----------
    start, stop
        (n,) places of the ends; ``start < stop``.
    time
        (k,) distinct finite times in order.
    """

    start: Counts
    stop: Counts
    time: Floats

    @property
    def length(self) -> int:
        """How many places the line has."""
        return 2 * len(self.time) + 2


class Cliques(NamedTuple):
    """The m Turnbull intervals, and which of them each of r distinct intervals covers.

    Attributes
    ----------
    left, right
        (m,) ends of the Turnbull intervals: ``(left, right]``, or the time itself where both
        are equal; the last right end may be infinite.
    first, last
        (r,) the interval covers numbers ``first`` to ``last - 1``.
    weight
        (r,) how many subjects have it.
    """

    left: Floats
    right: Floats
    first: Counts
    last: Counts
    weight: Floats


def places_of(low: Floats, high: Floats) -> Places:
    """Return n intervals as places; times that differ by rounding only are one time.

    Examples
    --------
    >>> places = places_of(np.array([0.0, 2.0, 3.0]), np.array([2.0, 2.0, np.inf]))
    >>> places.start.tolist(), places.stop.tolist(), places.time.tolist()
    ([1, 2, 5], [3, 3, 7], [0.0, 2.0, 3.0])
    """
    n, seen = len(low), np.isfinite(high)
    merged, _ = merge_times(np.concatenate((low, high[seen])))
    time, number = index_times(merged)
    stop = np.full(n, 2 * len(time) + 1)
    stop[seen] = 2 * number[n:] + 1
    start = 2 * number[:n] + 1
    start[start == stop] -= 1  # an exact time
    return Places(start, stop, time)


def cliques_of(places: Places, weight: Floats | None = None) -> Cliques:
    """Return the Turnbull intervals, and the distinct intervals that cover them.

    Without `weight` every interval is one subject; a weight of 0 must not be given.

    Examples
    --------
    >>> found = cliques_of(places_of(np.array([0.0, 0.0, 5.0]), np.array([7.0, 6.0, np.inf])))
    >>> found.left.tolist(), found.right.tolist(), found.weight.tolist()
    ([5.0], [6.0], [3.0])
    """
    every = covers_of(places, weight)
    m = len(every.left)
    cell, counted = _counted(every.first * (m + 1) + every.last, (m + 1) ** 2, weight)
    return every._replace(first=cell // (m + 1), last=cell % (m + 1), weight=counted)


def covers_of(places: Places, weight: Floats | None = None) -> Cliques:
    """Return the Turnbull intervals, and which of them each of the n intervals covers."""
    ends = np.zeros((places.length, 2), dtype=bool)  # at one place right ends come first
    ends[places.stop, 0] = True
    ends[places.start, 1] = True
    at = np.flatnonzero(ends)
    inner = np.flatnonzero((at[:-1] % 2 == 1) & (at[1:] % 2 == 0))
    begin, end = at[inner] // 2, at[inner + 1] // 2

    before = np.zeros(places.length + 1, dtype=np.int64)
    before[begin + 1] = 1
    until = np.zeros(places.length, dtype=np.int64)
    until[end] = 1
    times = np.concatenate((places.time, [np.inf]))
    return Cliques(
        left=times[begin // 2],
        right=times[end // 2],
        first=np.cumsum(before)[places.start],
        last=np.cumsum(until)[places.stop],
        weight=np.ones(len(places.start)) if weight is None else weight,
    )


def _counted(cell: Counts, most: int, weight: Floats | None) -> tuple[Counts, Floats]:
    """Return the distinct cells in order and the weight of each."""
    if most <= max(4 * len(cell), 1 << 16):
        total = np.bincount(cell, weight).astype(float)
        held = np.flatnonzero(total)
        return held, total[held]
    held, place = np.unique(cell, return_inverse=True)
    return held, np.bincount(place, weight).astype(float)
