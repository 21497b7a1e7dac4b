"""Bootstrap of the interval-censored estimate: the same draws whatever the number of workers.

Resample number b has its own stream, made of the seed and b, and subjects are drawn from the
distinct intervals in the order of time: neither the order of rows nor that of workers matters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.errors import ArgumentError
from ketanalysis.interval_censored.turnbull import (
    Turnbull,
    quantile_between,
    survival_between,
    turnbull_of,
)
from ketanalysis.interval_censored.turnbull_intervals import Places, places_of
from ketanalysis.survival.risk_sets import Counts, Floats

FEWEST = 99
BLOCK = 25  # resamples of one task


class Plan(NamedTuple):
    """How many resamples, from which seed, by how many workers; 0 resamples draw none."""

    resamples: int
    seed: int
    workers: int


NO_BOOTSTRAP = Plan(0, 0, 1)


def bootstrap_plan(resamples: object, seed: object, workers: object) -> Plan:
    """Return the plan, or refuse numbers that are none, and draws without a seed."""
    if resamples is None and seed is None:
        return NO_BOOTSTRAP
    if resamples is None or seed is None:
        raise ArgumentError(
            "Bootstrap intervals need both resamples= and seed=, for example resamples=1999, "
            "seed=1."
        )
    for name, given, least in (
        ("resamples", resamples, FEWEST),
        ("seed", seed, 0),
        ("workers", workers, 1),
    ):
        is_whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not (is_whole and given >= least):  # type: ignore[operator]
            raise ArgumentError(f"{name} must be a whole number from {least}, not {given!r}.")
    return Plan(int(resamples), int(seed), int(workers))  # type: ignore[call-overload]


def resampled(low: Floats, high: Floats, plan: Plan) -> tuple[Turnbull, ...]:
    """Return the estimates of resamples of the subjects, in the order of their numbers."""
    if not plan.resamples:
        return ()
    distinct, weight = _distinct(places_of(low, high))
    starts = range(0, plan.resamples, BLOCK)
    blocks = [range(a, min(a + BLOCK, plan.resamples)) for a in starts]
    if plan.workers == 1:
        return tuple(
            curve for block in blocks for curve in _some(distinct, weight, block, plan.seed)
        )
    from joblib import Parallel, delayed

    found = Parallel(n_jobs=plan.workers)(
        delayed(_some)(distinct, weight, block, plan.seed) for block in blocks
    )
    return tuple(curve for some in found for curve in some)


def _distinct(places: Places) -> tuple[Places, Counts]:
    """Return the distinct intervals in order, and how many subjects have each."""
    cell, weight = np.unique(places.start * places.length + places.stop, return_counts=True)
    return places._replace(start=cell // places.length, stop=cell % places.length), weight


def _some(places: Places, weight: Counts, numbers: range, seed: int) -> list[Turnbull]:
    owner = np.repeat(np.arange(len(weight)), weight)
    curves = []
    for number in numbers:
        stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
        drawn = np.bincount(owner[stream.integers(len(owner), size=len(owner))])
        held = np.flatnonzero(drawn)
        chosen = places._replace(start=places.start[held], stop=places.stop[held])
        curves.append(turnbull_of(chosen, drawn[held].astype(float)))
    return curves


def survival_limits(
    curves: tuple[Turnbull, ...], times: Floats, conf_level: float
) -> tuple[Floats, Floats]:
    """Return percentile limits (k,): of the least survival, and of the largest that it may be."""
    between = [survival_between(curve, times) for curve in curves]
    least, largest = (np.array(bounds) for bounds in zip(*between, strict=True))
    return _percentiles(least, largest, conf_level)


def median_limits(curves: tuple[Turnbull, ...], conf_level: float) -> tuple[float, float]:
    """Return percentile limits of the median: of the earliest, and of the latest that it may be."""
    earliest, latest = np.array([quantile_between(curve, 0.5) for curve in curves]).T
    low, high = _percentiles(earliest[:, None], latest[:, None], conf_level)
    return float(low[0]), float(high[0])


def _percentiles(low: Floats, high: Floats, conf_level: float) -> tuple[Floats, Floats]:
    """Return order statistics, the outer of the two that a percentile lies between."""
    tail = (1 - conf_level) / 2
    return (
        np.quantile(low, tail, axis=0, method="lower"),
        np.quantile(high, 1 - tail, axis=0, method="higher"),
    )
