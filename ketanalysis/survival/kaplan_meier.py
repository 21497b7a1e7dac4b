"""The Kaplan-Meier curve: numbers in, numbers out, by the rules of R's ``survfit``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.survival.risk_sets import (
    ROUNDING,
    Bools,
    Counts,
    Floats,
    checked_times,
    given_times,
    index_times,
    risk_sets,
)

CONF_TYPES = ("log-log", "log", "plain")


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan-Meier curve at its m distinct times of event or censoring.

    Attributes
    ----------
    time
        (m,) increasing, in the unit that was given.
    n_at_risk, n_event, n_censored
        (m,) subjects: at risk just before the time, with the event at it, censored at it.
    survival
        (m,) share free of the event just after the time, 0 to 1.
    std_error
        (m,) Greenwood's standard error of ``survival``; NaN once ``survival`` is 0.
    conf_low, conf_high
        (m,) pointwise interval. NaN where ``survival`` is 0, and with ``"log-log"`` also
        while it is 1, as in R.
    """

    time: Floats
    n_at_risk: Counts
    n_event: Counts
    n_censored: Counts
    survival: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats


class Quantile(NamedTuple):
    """A time by which a share of subjects had the event, with its interval."""

    estimate: float
    conf_low: float
    conf_high: float


class Steps(NamedTuple):
    """The curve read at k given times: each (k,)."""

    survival: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> Curve:
    """Estimate how many subjects stay free of an event over time (Kaplan and Meier).

    Do not use it where another event prevents the one of interest (competing risks), or
    where the event is only known to lie between two visits and the gap matters.

    Parameters
    ----------
    time
        (n,) time from the origin to the event or to censoring, 0 or later, in any one unit.
    event
        (n,) True where the time ends in the event, False where it is censored. A subject
        censored at the time of an event is at risk in it.
    entry
        (n,) time from which a subject is under observation (left truncation), before
        ``time``; it counts as at risk after this time. 0 is the origin itself.
    conf_type
        ``"log-log"`` (SAS's and lifelines' default), ``"log"`` (R's default) or ``"plain"``,
        named as in R. ``"log"`` and ``"plain"`` are cut at 0 and 1.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Curve
        Times that differ by rounding only are one time, the smaller
        (see `ketanalysis.survival.risk_sets.merge_times`).

    Raises
    ------
    ContractError
        If a time is missing, infinite or negative, or not after its entry.
    ArgumentError
        If the lengths differ, no subject is given, ``event`` is not boolean, or an option
        is unknown.

    Notes
    -----
    Missing values are refused; leave them out and count them before. Where nobody is
    censored the survival is one integer over another, so that one half is exactly one half.
    Limits while ``survival`` is 1 differ between programs: R gives none (log-log),
    lifelines gives 1. At ``survival`` 0 lifelines gives 0 and R none; here it is R's.

    Source: Kaplan and Meier 1958, J Am Stat Assoc 53:457; Kalbfleisch and Prentice, The
    Statistical Analysis of Failure Time Data, 2nd ed., section 1.4 (log-log interval).

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::survfit), all
    columns, relative 1e-10.

    Examples
    --------
    >>> kaplan_meier([1, 2, 3, 4], [True, True, False, True]).survival.tolist()
    [0.75, 0.5, 0.5, 0.0]
    """
    check_one_of("conf_type", conf_type, CONF_TYPES)
    check_conf_level(conf_level)
    times, events, entries = checked_times(time, event, entry)

    distinct, at_risk, died, censored = _counts(times, events, entries)
    survival = _product_limit(at_risk, died)
    with np.errstate(divide="ignore"):
        log_error = np.sqrt(np.cumsum(died / (at_risk * (at_risk - died).astype(float))))
    with np.errstate(invalid="ignore"):
        std_error = survival * log_error
    low, high = interval_of(survival, log_error, conf_type, conf_level)
    return Curve(distinct, at_risk, died, censored, survival, std_error, low, high)


def quantile(curve: Curve, p: float = 0.5) -> Quantile:
    """Return the time by which a share `p` of subjects had the event: the median at 0.5.

    Parameters
    ----------
    curve
        A curve of `kaplan_meier`.
    p
        Share with the event, above 0 and below 1.

    Returns
    -------
    Quantile
        In the unit of the curve. Where the curve is flat at exactly 1 - p, the middle of
        that stretch (to the last time, if it ends there). Infinite where the curve, or its
        limit, does not fall so low: not reached. The interval holds the times at which the
        curve's own interval holds 1 - p; it is NaN where the curve is never between 0 and 1.

    Raises
    ------
    ArgumentError
        If `p` is not between 0 and 1.

    Notes
    -----
    R has two rules. The estimate follows ``quantile.survfit`` (``print.survfit`` takes the
    start of a flat stretch that ends the curve). A limit that rises again, as ``"log"``
    upper limits may, is read at its first crossing, as ``print.survfit`` does.

    Source: Brookmeyer and Crowley 1982, Biometrics 38:29.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::quantile.survfit),
    estimate and limits, relative 1e-12.

    Examples
    --------
    >>> quantile(kaplan_meier([1, 2, 3, 4], [True, True, True, True])).estimate
    2.5
    """
    if not 0 < p < 1:
        raise ArgumentError(f"p must be between 0 and 1 (0.5 is the median), not {p!r}.")

    estimate = _crossing(curve.time, curve.survival, 1 - p)
    if not np.any((curve.survival > 0) & (curve.survival < 1)):
        return Quantile(estimate, np.nan, np.nan)
    low = _crossing(curve.time, curve.conf_low, 1 - p)
    return Quantile(estimate, low, _crossing(curve.time, curve.conf_high, 1 - p))


def survival_at(curve: Curve, times: ArrayLike) -> Floats:
    """Return the survival (k,) at k given times; NaN after the last time of the curve.

    Raises `ContractError` if a time is missing or negative.

    Examples
    --------
    >>> survival_at(kaplan_meier([2, 4], [True, False]), [0, 2, 3, 5]).tolist()
    [1.0, 0.5, 0.5, nan]
    """
    return steps_at(curve, times).survival


def steps_at(curve: Curve, times: ArrayLike) -> Steps:
    """Read the curve and its interval at k given times, as R's ``summary(fit, times=)``.

    Before the first time the survival is 1 with limits 1 and 1. After the last time all is
    NaN: a curve says nothing beyond its follow-up. A time that differs from a step by
    rounding only is that step. Raises `ContractError` if a time is missing or negative.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::summary.survfit).

    Examples
    --------
    >>> steps_at(kaplan_meier([2, 4], [True, False], conf_type="plain"), [1]).std_error.tolist()
    [0.0]
    """
    asked = given_times(times)

    row = np.searchsorted(curve.time, asked * (1 + ROUNDING), side="right")
    beyond = asked > curve.time[-1] * (1 + ROUNDING)

    def read(column: Floats, at_start: float) -> Floats:
        return np.where(beyond, np.nan, np.concatenate(([at_start], column))[row])

    return Steps(
        read(curve.survival, 1.0),
        read(curve.std_error, 0.0),
        read(curve.conf_low, 1.0),
        read(curve.conf_high, 1.0),
    )


def at_risk(time: ArrayLike, times: ArrayLike, entry: ArrayLike | None = None) -> Counts:
    """Count the subjects (k,) at risk at k given times: ``time`` then or later.

    Parameters
    ----------
    time
        (n,) time of event or censoring.
    times
        (k,) the times to count at, in the same unit.
    entry
        (n,) start of observation: counted where it is before the given time, or 0.

    Raises
    ------
    ContractError
        If a time is missing or negative.

    Notes
    -----
    R's ``summary(fit, times=)`` counts the same without entry; with entry it reports the
    risk set of the next time on the curve, so that subjects who enter later are in it.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::summary.survfit), exact.

    Examples
    --------
    >>> at_risk([2, 4, 4], [0, 2, 3, 5]).tolist()
    [3, 3, 2, 0]
    """
    ends, asked = np.sort(given_times(time)), given_times(times)
    left = np.searchsorted(ends, asked * (1 - ROUNDING), side="left")
    if entry is None:
        return np.asarray(len(ends) - left, dtype=np.int64)
    starts = np.sort(given_times(entry))
    entered = np.searchsorted(starts, asked * (1 - ROUNDING), side="left")
    at_origin = np.searchsorted(starts, 0.0, side="right")
    return np.asarray(np.maximum(entered, at_origin) - left, dtype=np.int64)


def counted_by(time: Floats, counts: Counts, times: ArrayLike) -> Counts:
    """Sum the counts (m,) of increasing times (m,) up to and with k given times: (k,).

    Examples
    --------
    >>> counted_by(np.array([0.3, 4.0]), np.array([2, 1]), [0, 0.1 + 0.2, 5]).tolist()
    [0, 2, 3]
    """
    asked = given_times(times)
    total = np.concatenate(([0], np.cumsum(counts)))
    return total[np.searchsorted(time, asked * (1 + ROUNDING), side="right")].astype(np.int64)


def _counts(
    time: Floats, event: Bools, entry: Floats | None
) -> tuple[Floats, Counts, Counts, Counts]:
    distinct, place = index_times(time)
    leaving = np.bincount(place, minlength=len(distinct))
    died = np.bincount(place[event], minlength=len(distinct))
    return distinct, risk_sets(distinct, leaving, entry), died, leaving - died


def _product_limit(at_risk: Counts, died: Counts) -> Floats:
    """Multiply (r - d) / r with r(i + 1) = r(i) - d(i) cancelled wherever nobody left."""
    before, stretch, starts = stretches(at_risk, died)
    within = (at_risk - died) / at_risk[starts][stretch]
    return np.asarray(before[stretch] * within, dtype=float)


def stretches(at_risk: Counts, died: Counts) -> tuple[Floats, Counts, Bools]:
    """Return the stretches of m times within which nobody is censored or enters.

    Within one a share is one whole number over another, so that one half is exactly one half.
    Returned are the survival (k,) just before each stretch, the stretch (m,) of each time, and
    whether each time (m,) starts one.

    Examples
    --------
    >>> before, stretch, starts = stretches(np.array([4, 3, 1]), np.array([1, 1, 1]))
    >>> before.tolist(), stretch.tolist(), starts.tolist()
    ([1.0, 0.5], [0, 0, 1], [True, False, True])
    """
    left = at_risk - died
    starts = np.concatenate(([True], at_risk[1:] != left[:-1]))
    stretch = np.cumsum(starts) - 1
    ends = np.concatenate((starts[1:], [True]))
    within = (left / at_risk[starts][stretch])[ends]
    return np.concatenate(([1.0], np.cumprod(within)[:-1])), stretch, starts


def interval_of(
    survival: Floats, log_error: Floats, conf_type: str, conf_level: float
) -> tuple[Floats, Floats]:
    """Return the limits of a share free of the event; `log_error` is that of its logarithm."""
    from scipy.special import ndtri

    z = ndtri(0.5 + conf_level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if conf_type == "plain":
            half = z * survival * log_error
            return np.maximum(survival - half, 0), np.minimum(survival + half, 1)
        gone = survival == 0
        log_survival = np.log(np.where(gone, np.nan, survival))
        half = z * log_error
        if conf_type == "log":
            return np.exp(log_survival - half), np.minimum(np.exp(log_survival + half), 1)
        log_survival[survival == 1] = np.nan
        widening = half / log_survival
        return (
            np.exp(log_survival * np.exp(-widening)),
            np.exp(log_survival * np.exp(widening)),
        )


def _crossing(time: Floats, share: Floats, level: float) -> float:
    reached = np.flatnonzero(share <= level + ROUNDING)
    if len(reached) == 0:
        return float("inf")
    passed = np.flatnonzero(share < level - ROUNDING)
    first = time[reached[0]]
    second = time[passed[0]] if len(passed) else time[-1]
    return float((first + second) / 2)
