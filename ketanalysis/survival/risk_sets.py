"""Who is at risk at which time: what every survival estimate counts first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, ContractError

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROUNDING = float(np.sqrt(np.finfo(float).eps))  # R's tolerance for ties and quantiles, 1.5e-8
_MOST_COUNTED = 1 << 16  # whole times up to here, or four a subject, are counted without a sort


def checked_times(
    time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None
) -> tuple[Floats, Bools, Floats | None]:
    """Return time, event and entry as arrays (n,), with near times merged (`merge_times`).

    Raises `ContractError` for a time that is missing, infinite, negative or not after its
    entry; `ArgumentError` for lengths that differ, no subject, or events that are not boolean.

    Examples
    --------
    >>> checked_times([0.1 + 0.2, 0.3], [True, False])[0].tolist()
    [0.3, 0.3]
    """
    times, events = np.asarray(time, dtype=float), np.asarray(event)
    entries = None if entry is None else np.asarray(entry, dtype=float)
    if times.ndim != 1 or len(times) == 0:
        raise ArgumentError("time must hold at least one subject, one number each.")
    if events.dtype != np.bool_:
        raise ArgumentError(f"event must be True or False, not {events.dtype}.")
    if events.shape != times.shape or (entries is not None and entries.shape != times.shape):
        raise ArgumentError("time, event and entry must have one value a subject each.")

    given_times(times)
    if entries is not None:
        given_times(entries)
    times, entries = merge_times(times, entries)
    if entries is not None and np.any((entries >= times) & (entries > 0)):
        raise ContractError("entry must be before time: who enters later was never at risk.")
    return times, events, entries


def merge_times(time: Floats, entry: Floats | None = None) -> tuple[Floats, Floats | None]:
    """Make times that differ by rounding only the same time, the smallest of them.

    Sorted times are one where the gap is at most 1.5e-8 of the mean distinct time, as the
    ``timefix`` of R's ``survfit`` (which also takes an absolute 1.5e-8; ours does not
    depend on the unit). Groups that are compared must be merged together.

    Examples
    --------
    >>> merge_times(np.array([0.1 + 0.2, 0.3]))[0].tolist()
    [0.3, 0.3]
    """
    if _as_counts(time) is not None and (entry is None or _as_counts(entry) is not None):
        return time, entry
    distinct = np.unique(time if entry is None else np.concatenate((time, entry)))
    tied = np.diff(distinct) <= ROUNDING * distinct.mean()
    if not tied.any():
        return time, entry

    kept = distinct[np.concatenate(([True], ~tied))]

    def snap(values: Floats) -> Floats:
        return np.asarray(kept[np.searchsorted(kept, values, side="right") - 1], dtype=float)

    return snap(time), None if entry is None else snap(entry)


def index_times(time: Floats) -> tuple[Floats, Counts]:
    """Return the distinct times (m,) in order and the place (n,) of each subject's among them."""
    whole = _as_counts(time)
    if whole is None:
        distinct, place = np.unique(time, return_inverse=True)
        return distinct, place.astype(np.int64)
    present = np.bincount(whole) > 0
    return np.flatnonzero(present).astype(float), (np.cumsum(present) - 1)[whole]


def risk_sets(distinct: Floats, leaving: Counts, entry: Floats | None) -> Counts:
    """Return the number at risk (m,) just before each time, from those who leave at it."""
    present = np.cumsum(leaving[::-1])[::-1]
    if entry is None:
        return present
    late = np.sort(entry[entry > 0])
    return present - (len(late) - np.searchsorted(late, distinct, side="left"))


def _as_counts(time: Floats) -> Counts | None:
    if time.max() > max(4 * len(time), _MOST_COUNTED):
        return None
    whole = time.astype(np.int64)
    return whole if np.array_equal(whole, time) else None


def given_times(times: ArrayLike) -> Floats:
    """Return times as floats (k,), or raise `ContractError` for one that cannot be a time."""
    given = np.asarray(times, dtype=float)
    if not np.all(np.isfinite(given)) or np.any(given < 0):
        raise ContractError("Times must be numbers of 0 or later, none missing or infinite.")
    return given
