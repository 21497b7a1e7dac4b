"""Runs of qualifying assessments: who meets the criterion often enough, and from when.

Numbers in, numbers out. Every array has shape (n_visits, n), one column a subject, its
assessments in the order of time from top to bottom, or shape (n,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int16]
NEVER = np.int16(32_767)  # no visit: later than any
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
    *,
    excursions: int = 0,
    missed: int | None = None,
    missing_before: Integers | None = None,
) -> Runs:
    """Find the first run of `needed` qualifying assessments of each subject.

    A run holds `needed` qualifying assessments, each later than the one before it, by `gap` hours
    (least, most), with at most `excursions` assessments among them that do not qualify.
    Qualifying assessments between two members of a run are passed over; a missing assessment
    neither makes nor breaks a run, unless more than `missed` of them lie within it. Of the runs
    that are completed first, the one that began first counts.

    Parameters
    ----------
    hours
        When each assessment was made, ascending within a subject; NaN where there is none.
    met, free
        Whether it qualifies, and whether it was judged and does not.
    start
        Shape (n,): the time that stands for the last free one where there is none.
    missing_before
        How many visits before this one have no assessment; needed with `missed`.
    """
    columns = np.flatnonzero(met.any(axis=0))
    if 2 * len(columns) < len(start):  # the others have no run, and are not looked at
        counts = None if missing_before is None else missing_before[:, columns]
        of_some = find_runs(
            hours[:, columns],
            met[:, columns],
            free[:, columns],
            start[columns],
            needed,
            gap,
            excursions=excursions,
            missed=missed,
            missing_before=counts,
        )
        return _among_all(of_some, columns, hours, free, start)
    if excursions or missed is not None:
        began = _with_excuses(hours, met, free, needed, gap, excursions, missed, missing_before)
    elif gap == (0.0, np.inf):
        began = _in_a_row(hours, met, free, needed)
    else:
        began = np.where(met, np.arange(len(hours), dtype=np.int16)[:, np.newaxis], NEVER)
        for _ in range(needed - 1):
            began = _one_longer(began, hours, met, free, *gap)
    return _described(began, hours, met, free, start)


def _among_all(
    runs: Runs, columns: NDArray[np.intp], hours: Floats, free: Bools, start: Floats
) -> Runs:
    """Return the runs of all, from those of the subjects in `columns`: the others have none."""
    n = len(start)
    last_free = np.full(n, -np.inf)
    for own, is_free in zip(hours, free, strict=True):
        np.copyto(last_free, own, where=is_free)
    confirmed, waiting = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    first, confirming, waiting_from = (np.full(n, np.nan) for _ in range(3))
    all_ = Runs(confirmed, first, confirming, np.fmax(last_free, start), waiting, waiting_from)
    for name in vars(all_):
        getattr(all_, name)[columns] = getattr(runs, name)
    return all_


def _described(began: Integers, hours: Floats, met: Bools, free: Bools, start: Floats) -> Runs:
    """Return what the runs show; `began` says at which visit a run began that ends at each one."""
    n = hours.shape[1]
    at, first = np.full(n, NEVER), np.full(n, NEVER)
    last_free, waiting_from = np.full(n, -np.inf), np.full(n, np.inf)
    for visit in range(len(hours)):
        done = (began[visit] < NEVER) & (at == NEVER)
        np.copyto(at, np.int16(visit), where=done)
        np.copyto(first, began[visit], where=done)
    confirmed = at < NEVER
    for visit, (own, is_met, is_free) in enumerate(zip(hours, met, free, strict=True)):
        np.copyto(last_free, own, where=is_free & (visit < first))
        np.copyto(waiting_from, np.inf, where=is_free)
        np.copyto(waiting_from, own, where=is_met & (waiting_from == np.inf))
    waiting_from[confirmed] = np.inf
    waiting = np.isfinite(waiting_from)
    subject = np.flatnonzero(confirmed)
    first_hour, at_hour = np.full(n, np.nan), np.full(n, np.nan)
    first_hour[subject] = hours[first[subject], subject]
    at_hour[subject] = hours[at[subject], subject]
    return Runs(
        confirmed=confirmed,
        first=first_hour,
        confirming=at_hour,
        last_free=np.fmax(last_free, start),
        waiting=waiting,
        waiting_from=np.where(waiting, waiting_from, np.nan),
    )


def in_order_of_time(hours: Floats, *others: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return hours and what else there is with each subject's assessments in the order of time.

    Visits can be made in another order than planned; then time decides, not the visit's name.
    """
    if _is_in_order(hours):
        return hours, *others
    order = np.argsort(hours, axis=0, kind="stable")
    return tuple(np.take_along_axis(each, order, axis=0) for each in (hours, *others))


def _is_in_order(hours: Floats) -> bool:
    latest = np.full(hours.shape[1], -np.inf)
    for own in hours:
        if (own < latest).any():
            return False
        np.fmax(latest, own, out=latest)
    return True


def _in_a_row(hours: Floats, met: Bools, free: Bools, needed: int) -> Integers:
    """Return where runs began that end at each visit, with any gap and no excuse: one pass."""
    shape = hours.shape
    began = np.full(shape, NEVER)
    length, since = np.zeros(shape[1], dtype=np.int16), np.full(shape[1], NEVER)
    latest = np.full(shape[1], -np.inf)
    for visit in range(shape[0]):
        np.copyto(length, np.int16(0), where=free[visit])
        is_first = length == 0
        counts = met[visit] & (is_first | (hours[visit] - latest > SLACK))
        np.copyto(since, np.int16(visit), where=counts & is_first)
        length += counts
        np.copyto(latest, hours[visit], where=counts)
        np.copyto(began[visit], since, where=met[visit] & (length >= needed))
    return began


def _one_longer(
    began: Integers, hours: Floats, met: Bools, free: Bools, least: float, most: float
) -> Integers:
    """Return where runs of one more assessment began that end at each visit; NEVER for none."""
    longer = np.full_like(began, NEVER)
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


def _with_excuses(
    hours: Floats,
    met: Bools,
    free: Bools,
    needed: int,
    gap: tuple[float, float],
    excursions: int,
    missed: int | None,
    missing_before: Integers | None,
) -> Integers:
    """Return where runs began that end at each visit, where excursions or gaps are limited.

    What lies between two visits is the same for every run from one to the other: for each visit
    at which a run can begin, those are sought that it reaches in `needed` - 1 steps.
    """
    n_visits = len(hours)
    began = np.full(hours.shape, NEVER)
    failures = np.cumsum(free, axis=0, dtype=np.int16)
    for begin in range(n_visits - 1, -1, -1):  # the earliest begin comes last and stays
        reached = np.full(hours.shape, NEVER)
        reached[begin][met[begin]] = 1
        for _ in range(needed - 1):
            reached = _reached(reached, hours, met, gap, begin)
        for visit in range(begin, n_visits):
            ok = reached[visit] < NEVER
            ok &= failures[visit] - failures[begin] <= excursions
            if missed is not None and missing_before is not None:
                ok &= missing_before[visit] - missing_before[begin] <= missed
            began[visit][ok] = begin
    return began


def _reached(
    reached: Integers, hours: Floats, met: Bools, gap: tuple[float, float], begin: int
) -> Integers:
    """Return at which visits a run is one qualifying assessment longer; NEVER where it is not."""
    longer = np.full_like(reached, NEVER)
    for visit in range(begin + 1, len(hours)):
        for earlier in range(begin, visit):
            apart = hours[visit] - hours[earlier]
            fits = met[visit] & (reached[earlier] < NEVER) & (apart > SLACK)
            fits &= (apart >= gap[0] - SLACK) & (apart <= gap[1] + SLACK)
            longer[visit][fits] = 1
    return longer
