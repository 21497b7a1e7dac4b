"""The non-parametric estimate of interval-censored times: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.interval_censored.likelihood import most_likely
from ketanalysis.interval_censored.turnbull_intervals import (
    Cliques,
    Places,
    cliques_of,
    places_of,
)
from ketanalysis.survival.risk_sets import ROUNDING, Floats


@dataclass(frozen=True, eq=False)
class Turnbull:
    """The estimated distribution: mass on m intervals, and nothing on where within them.

    Attributes
    ----------
    left, right
        (m,) the mass lies after ``left`` and until ``right``, at the time itself where both
        are equal; in the unit that was given. The last right end is infinite where the event
        was never seen in the last subjects.
    mass
        (m,) probability of the interval, above 0; all sum to 1.
    n
        Subjects.
    log_likelihood
        At the estimate.
    gap
        Largest violation of the Karush-Kuhn-Tucker conditions; the log likelihood is at most
        ``n * gap`` below its maximum.
    """

    left: Floats
    right: Floats
    mass: Floats
    n: int
    log_likelihood: float
    gap: float

    @property
    def survival(self) -> Floats:
        """(m,) share free of the event after the interval and before the next one."""
        left = np.maximum(1.0 - np.cumsum(self.mass), 0.0)
        left[-1] = 0.0  # all masses sum to 1, but for rounding
        return left


def turnbull(low: ArrayLike, high: ArrayLike) -> Turnbull:
    """Estimate the distribution of times of which only an interval is known.

    Parameters
    ----------
    low, high
        (n,) the event happened after ``low`` and until ``high``: ``(low, high]``. An exact
        time has both equal; right-censored is ``high`` infinite; left-censored is ``low`` 0.

    Raises
    ------
    ContractError
        If an end is missing or negative, or ``low`` above ``high`` or infinite.
    ArgumentError
        If lengths differ or there is no subject.
    EstimationError
        If the search does not end.

    Notes
    -----
    Missing values are refused. Times that differ by rounding only are one time, as in
    `ketanalysis.survival.risk_sets.merge_times`. The estimate says nothing on where within an
    interval its mass lies; see `survival_between` and `quantile_between`. The masses themselves
    are unique: the probabilities of the observed intervals are, because the likelihood is
    strictly concave in them, and every Turnbull interval ends where an observed one does, so
    that the distribution follows from them end by end.

    Source: Peto 1973, Appl Stat 22:86; Turnbull 1976, J R Stat Soc B 38:290.

    Checked against: the conditions that prove a maximum, worked out by loops in
    tests/interval_censored/test_turnbull.py; tests/oracle/interval_curve.csv (R 4.2.2, the
    EM algorithm from its formula, accelerated by SQUAREM until the conditions hold to 1e-10),
    relative 1e-7; the breast cosmesis data in the output of R's interval (Fay and Shaw 2010,
    J Stat Softw 36(2), pages 11 and 12), all printed digits; Kaplan-Meier without intervals.

    Examples
    --------
    >>> curve = turnbull([0, 0, 6, 7], [6, 7, np.inf, 14])
    >>> curve.left.tolist(), curve.right.tolist(), curve.mass.tolist()
    ([0.0, 7.0], [6.0, 14.0], [0.5, 0.5])
    """
    places = places_of(*checked_intervals(low, high))
    return turnbull_of(places)


def checked_intervals(low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    """Return both ends as floats (n,), or refuse what is no interval."""
    lows, highs = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if lows.ndim != 1 or len(lows) == 0 or lows.shape != highs.shape:
        raise ArgumentError("low and high must hold one number a subject each, at least one.")
    if not np.all(np.isfinite(lows) & (lows >= 0) & (lows <= highs)):  # NaN is no number
        raise ContractError(
            "An interval must have 0 <= low <= high, low finite, neither missing; high is "
            "infinite where the event was not seen."
        )
    return lows, highs


def turnbull_of(places: Places, weight: Floats | None = None) -> Turnbull:
    """Return the estimate of intervals as places, each with a weight above 0."""
    cliques = cliques_of(places, weight)
    found = most_likely(cliques, _without_intervals(places, cliques))
    has_mass = found.mass > 0
    return Turnbull(
        left=cliques.left[has_mass],
        right=cliques.right[has_mass],
        mass=found.mass[has_mass],
        n=round(float(cliques.weight.sum())),
        log_likelihood=found.log_likelihood,
        gap=found.gap,
    )


def _without_intervals(places: Places, cliques: Cliques) -> Floats | None:
    """Return the masses of Kaplan-Meier where every time is exact or right-censored, else None."""
    if np.any((places.stop - places.start > 1) & (places.stop < places.length - 1)):
        return None
    m = len(cliques.left)
    ends = cliques.last - cliques.first == 1  # those who cover the last place only are no harm
    died = np.bincount(cliques.first[ends], cliques.weight[ends], m)
    censored = np.bincount(cliques.first[~ends], cliques.weight[~ends], m + 1)[1 : m + 1]
    at_risk = np.cumsum((died + censored)[::-1])[::-1]
    hazard = died / at_risk
    hazard[-1] = 1.0
    return hazard * np.concatenate(([1.0], np.cumprod(1 - hazard)[:-1]))


def survival_between(curve: Turnbull, times: Floats) -> tuple[Floats, Floats]:
    """Return the least and the largest share free of the event at times (k,).

    The least puts the mass of every interval just after its left end, the largest at its right
    end. They are the same between intervals, where the estimate is one number.

    Examples
    --------
    >>> curve = turnbull([0, 0, 6, 7], [6, 7, np.inf, 14])
    >>> [bound.tolist() for bound in survival_between(curve, np.array([3.0, 6.0, 7.0]))]
    [[0.5, 0.5, 0.5], [1.0, 0.5, 0.5]]
    """
    survival = np.concatenate(([1.0], curve.survival))
    latest = survival[np.searchsorted(curve.right, times, side="right")]
    is_exact = curve.left == curve.right
    begin = np.where(is_exact, curve.left, np.nextafter(curve.left, np.inf))
    return survival[np.searchsorted(begin, times, side="right")], latest


def quantile_between(curve: Turnbull, probability: float) -> tuple[float, float]:
    """Return the earliest and the latest time that may be the quantile; 0.5 is the median.

    The earliest is where survival, its mass put as early as possible, is no longer above
    ``1 - probability``; the latest is where it first falls below with the mass put as late as
    possible. For exact times R's median is in the middle of both.

    Examples
    --------
    >>> quantile_between(turnbull([0, 0, 6, 7], [6, 7, np.inf, 14]), 0.5)
    (0.0, 14.0)
    """
    survival, level = curve.survival, 1 - probability
    reached = int(np.argmax(survival <= level + ROUNDING))
    passed = int(np.argmax(survival < level - ROUNDING))
    return float(curve.left[reached]), float(curve.right[passed])
