"""Cumulative incidence where causes compete (Aalen-Johansen): numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.survival.kaplan_meier import CONF_TYPES, interval_of, stretches
from ketanalysis.survival.risk_sets import (
    ROUNDING,
    Counts,
    Floats,
    checked_times,
    given_times,
    index_times,
    risk_sets,
)

VARIANCES = ("greenwood", "aalen")


@dataclass(frozen=True, eq=False)
class IncidenceCurve:
    """Cumulative incidence of J causes at the m distinct times of event or censoring.

    Attributes
    ----------
    time
        (m,) increasing, in the unit that was given.
    n_at_risk, n_censored
        (m,) subjects: free of every event just before the time, censored at it.
    n_event
        (m, J) subjects with the event of each cause at the time.
    survival
        (m,) share free of every event just after the time, 0 to 1 (Kaplan-Meier).
    incidence
        (m, J) share that has had the event of the cause, 0 to 1. With `survival` a row sums
        to 1.
    std_error
        (m, J) standard error of ``incidence``, of the `variance` that was asked for.
    conf_low, conf_high
        (m, J) pointwise interval. NaN where the incidence is 0 (``"plain"``: 0), and with
        ``"log-log"`` also where it is 1, as in R.
    """

    time: Floats
    n_at_risk: Counts
    n_censored: Counts
    n_event: Counts
    survival: Floats
    incidence: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats


class IncidenceSteps(NamedTuple):
    """The curves read at k given times: each (k, J), `survival` (k,)."""

    incidence: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    survival: Floats


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    n_causes: int,
    variance: str = "greenwood",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> IncidenceCurve:
    """Estimate the share that has had the event of each cause over time (Aalen and Johansen).

    Of the events that compete, each subject has the first only. One minus Kaplan-Meier with
    the other causes censored is not that share, and is above it.

    Parameters
    ----------
    time
        (n,) time from the origin to the first event of any cause or to censoring, 0 or later.
    cause
        (n,) integers: 0 is censored, 1 to J the cause. A subject censored at the time of an
        event is at risk in it.
    entry
        (n,) time from which a subject is under observation (left truncation), before ``time``.
    n_causes
        J, 1 or more; a cause without an event has incidence 0.
    variance
        ``"greenwood"``, the delta-method variance of Dinse and Larson, which is that of R's
        ``survfit`` and, with one cause, Greenwood's; or ``"aalen"``, by the counting processes,
        that of R's ``cmprsk::cuminc``.
    conf_type
        ``"log-log"``, ``"log"`` or ``"plain"``, named as in R; ``"log"`` and ``"plain"`` are
        cut at 0 and 1.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    IncidenceCurve
        Times that differ by rounding only are one time, the smaller.

    Raises
    ------
    ContractError
        If a time is missing, infinite or negative, or not after its entry.
    ArgumentError
        If the lengths differ, no subject is given, a cause is no integer of 0 to J, or an
        option is unknown.

    Notes
    -----
    Missing values are refused. Where nobody is censored an incidence is one integer over
    another, without rounding. Where the last at risk has the event, ``"aalen"`` takes the
    variance of that step as (d / n)^2, as ``cuminc`` does.

    Source: Aalen and Johansen 1978, Scand J Stat 5:141; Aalen 1978, Ann Stat 6:534; Dinse and
    Larson 1986, Biometrika 73:379; both variances in Braun and Yuan 2007, Stat Med 26:1170.

    Checked against: tests/oracle/cumulative_incidence.csv (R 4.2.2, survival::survfit of a
    multi-state factor and cmprsk::cuminc), all columns, relative 1e-10.

    Examples
    --------
    >>> curve = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1], n_causes=2)
    >>> curve.incidence.tolist()
    [[0.25, 0.0], [0.25, 0.25], [0.25, 0.25], [0.75, 0.25]]
    """
    check_one_of("variance", variance, VARIANCES)
    check_one_of("conf_type", conf_type, CONF_TYPES)
    check_conf_level(conf_level)
    causes = checked_causes(cause, n_causes)
    times, _, entries = checked_times(time, causes > 0, entry)

    distinct, place = index_times(times)
    m = len(distinct)
    ends = np.bincount(place * (n_causes + 1) + causes, minlength=m * (n_causes + 1))
    ends = ends.reshape(m, n_causes + 1)
    at_risk = risk_sets(distinct, ends.sum(axis=1), entries)
    died = ends[:, 1:]
    survival, before, incidence = _shares(at_risk, died)
    parts = _greenwood if variance == "greenwood" else _aalen
    std_error = np.sqrt(_variance(incidence, *parts(at_risk, died, before)))
    low, high = _interval(incidence, std_error, conf_type, conf_level)
    return IncidenceCurve(
        distinct, at_risk, ends[:, 0], died, survival, incidence, std_error, low, high
    )


def checked_causes(cause: ArrayLike, n_causes: int) -> Counts:
    """Return causes as integers (n,), or raise `ArgumentError` for one that is not 0 to J.

    Examples
    --------
    >>> checked_causes([0, 2], 2).tolist()
    [0, 2]
    """
    if n_causes < 1:
        raise ArgumentError(f"n_causes must be 1 or more, not {n_causes!r}.")
    given = np.asarray(cause)
    is_whole = given.ndim == 1 and given.dtype.kind in "iu"
    if not is_whole or (len(given) and not 0 <= given.min() <= given.max() <= n_causes):
        raise ArgumentError(
            f"cause must be one integer a subject: 0 (censored) or a cause from 1 to {n_causes}."
        )
    return given.astype(np.int64)


def incidence_at(curve: IncidenceCurve, times: ArrayLike) -> IncidenceSteps:
    """Read the curves and their intervals at k given times, as R's ``summary(fit, times=)``.

    Before the first time the incidence is 0 with standard error 0 and no interval. After the
    last time all is NaN: a curve says nothing beyond its follow-up. A time that differs from a
    step by rounding only is that step. Raises `ContractError` if a time is missing or negative.

    Checked against: tests/oracle/cumulative_incidence.csv (R 4.2.2, cmprsk::timepoints,
    survival::summary.survfit), relative 1e-10.

    Examples
    --------
    >>> curve = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1], n_causes=2)
    >>> incidence_at(curve, [0, 2, 9]).incidence.tolist()
    [[0.0, 0.0], [0.25, 0.25], [nan, nan]]
    """
    asked = given_times(times)

    row = np.searchsorted(curve.time, asked * (1 + ROUNDING), side="right")
    beyond = asked > curve.time[-1] * (1 + ROUNDING)

    def read(column: Floats, at_start: float) -> Floats:
        start = np.full((1, *column.shape[1:]), at_start)
        found = np.concatenate((start, column))[row]
        found[beyond] = np.nan
        return found

    return IncidenceSteps(
        read(curve.incidence, 0.0),
        read(curve.std_error, 0.0),
        read(curve.conf_low, np.nan),
        read(curve.conf_high, np.nan),
        read(curve.survival, 1.0),
    )


def _shares(at_risk: Counts, died: Counts) -> tuple[Floats, Floats, Floats]:
    """Return survival after (m,) and before (m,) each time, and the incidence (m, J)."""
    total = died.sum(axis=1)
    start, stretch, starts = stretches(at_risk, total)
    n = at_risk[starts][stretch]
    survival = start[stretch] * ((at_risk - total) / n)
    before = start[stretch] * (at_risk / n)

    gone = np.cumsum(died, axis=0)
    earlier = np.vstack((np.zeros_like(gone[:1]), gone[:-1]))[starts]
    within = start[stretch, None] * ((gone - earlier[stretch]) / n[:, None])
    ends = np.concatenate((starts[1:], [True]))
    base = np.cumsum(within[ends], axis=0)
    base = np.vstack((np.zeros_like(base[:1]), base[:-1]))
    return survival, before, base[stretch] + within


def _greenwood(at_risk: Counts, died: Counts, before: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the parts of Dinse and Larson's variance: binomial counts at each time."""
    n, d = at_risk[:, None].astype(float), died.astype(float)
    total = d.sum(axis=1, keepdims=True)
    later = np.divide(total, n * (n - total), out=np.zeros_like(n), where=n > total)
    start = before[:, None]
    return np.broadcast_to(later, d.shape), start * d / n**2, start**2 * d * (n - d) / n**3


def _aalen(at_risk: Counts, died: Counts, before: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the parts of Aalen's variance; the events of all other causes count as one cause."""
    n, d = at_risk[:, None].astype(float), died.astype(float)
    total = d.sum(axis=1, keepdims=True)
    own, other = _hypergeometric(n, d), _hypergeometric(n, total - d)
    growth = np.divide(n, n - total, out=np.zeros_like(n), where=n > total)
    start = before[:, None]
    return growth**2 * (own + other), start * growth * own, start**2 * own


def _hypergeometric(n: Floats, d: Floats) -> Floats:
    return d * (1 - np.maximum(d - 1, 0) / np.maximum(n - 1, 1)) / n**2


def _variance(incidence: Floats, later: Floats, cross: Floats, own: Floats) -> Floats:
    """Return sum over s of own(s) - 2 (F(t) - F(s)) cross(s) + (F(t) - F(s))^2 later(s), (m, J).

    Summed by how much F rises from one time to the next, so that nothing large cancels.
    """
    rise = np.diff(incidence, axis=0, prepend=0.0)

    def earlier(terms: Floats) -> Floats:
        total = np.cumsum(terms, axis=0)
        return np.vstack((np.zeros_like(total[:1]), total[:-1]))

    weight = earlier(later)
    distance = earlier(rise * weight)
    squares = np.cumsum(2 * rise * distance + rise**2 * weight, axis=0)
    both = np.cumsum(rise * earlier(cross), axis=0)
    spread = np.cumsum(own, axis=0)
    variance = spread - 2 * both + squares
    # Where everybody had the event the variance is 0, and what is left of the sum is rounding.
    return np.where(variance > 1e-14 * (spread + squares), variance, 0.0)


def _interval(
    incidence: Floats, std_error: Floats, conf_type: str, conf_level: float
) -> tuple[Floats, Floats]:
    log_error = np.divide(std_error, incidence, out=np.zeros_like(incidence), where=incidence > 0)
    return interval_of(incidence, log_error, conf_type, conf_level)
