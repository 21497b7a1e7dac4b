"""The risk sets of a Cox model: which rows are at risk at which event, and sums over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ketanalysis.survival.risk_sets import Bools, Counts, Floats, index_times


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows and the m event times of all strata, one stratum after the other.

    Attributes
    ----------
    first, last
        (n,) a row is at risk at the event times ``first`` to ``last - 1``.
    event_rows, at
        (e,) the rows that end in the event, and the place of each among the event times.
    deaths
        (m,) events at each time.
    time, stratum
        (m,) the event times and the stratum of each.
    starts
        (k + 1,) where each of k strata begins among the event times, and where the last ends.
    """

    first: Counts
    last: Counts
    event_rows: Counts
    at: Counts
    deaths: Counts
    time: Floats
    stratum: Counts
    starts: Counts

    @cached_property
    def _ending(self) -> Counts:
        """Rows that are at risk at any event."""
        return np.flatnonzero(self.last > self.first)

    @cached_property
    def _late(self) -> Counts:
        """Rows that come under observation after the first event of their stratum."""
        first = self.first[self._ending]  # who enters after the last event is never at risk
        begins = self.starts[np.searchsorted(self.starts, first, side="right") - 1]
        return self._ending[first > begins]

    def at_risk(self, values: Floats) -> Floats:
        """Return sums (m, ...) over the rows at risk at each event time of values (n, ...)."""
        net = self._binned(values, self._ending, self.last)
        if len(self._late):
            net = net - self._binned(values, self._late, self.first)
        if len(self.starts) == 2:
            return np.asarray(np.cumsum(net[::-1], axis=0)[::-1])
        for begin, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            net[begin:end] = np.cumsum(net[begin:end][::-1], axis=0)[::-1]
        return net

    def over_events(self, values: Floats) -> Floats:
        """Return sums (m, ...) over the rows with the event at each time of values (n, ...)."""
        return _summed(self.at, values[self.event_rows], len(self.time))

    def accumulated(self, steps: Floats) -> Floats:
        """Return for each row (n, ...) the steps (m, ...) summed over its events at risk."""
        total = np.concatenate((np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)))
        return np.asarray(total[self.last] - total[self.first])

    def _binned(self, values: Floats, rows: Counts, ends: Counts) -> Floats:
        return _summed(ends[rows] - 1, values[rows], len(self.time))


def risk_sets_of(time: Floats, event: Bools, entry: Floats | None, stratum: Counts) -> RiskSets:
    """Return the risk sets of rows (n,) whose times are merged already (`merge_times`).

    A row is at risk after its entry up to and with its time; 0 is the origin itself. Strata are
    numbered 0 to k - 1.
    """
    distinct, place = index_times(time)
    size = len(distinct)
    begins = stratum * size
    key = begins + place
    events = np.unique(key[event])
    start = begins
    if entry is not None:
        after = np.searchsorted(distinct, entry, side="right")
        start = begins + np.where(entry > 0, after, 0)
    event_rows = np.flatnonzero(event)
    at = np.searchsorted(events, key[event_rows])
    held = np.arange(int(stratum.max()) + 2) * size
    last = np.searchsorted(events, key, side="right")
    return RiskSets(
        first=np.minimum(np.searchsorted(events, start), last),
        last=last,
        event_rows=event_rows,
        at=at,
        deaths=np.bincount(at, minlength=len(events)),
        time=distinct[events % size],
        stratum=events // size,
        starts=np.searchsorted(events, held),
    )


def _summed(places: Counts, values: Floats, m: int) -> Floats:
    if values.ndim == 1:
        return np.asarray(np.bincount(places, values, m), dtype=float)
    flat = values.reshape(len(values), -1)
    columns = [np.bincount(places, column, m) for column in flat.T]
    held = np.stack(columns, axis=1) if columns else np.empty((m, 0))
    return np.asarray(held.reshape(m, *values.shape[1:]), dtype=float)
