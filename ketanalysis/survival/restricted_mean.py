"""The restricted mean: the area under a Kaplan-Meier curve up to a horizon, with its variance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.survival.kaplan_meier import Curve
from ketanalysis.survival.risk_sets import ROUNDING


class RestrictedMean(NamedTuple):
    """A mean time free of the event up to the horizon, its standard error, events until then."""

    estimate: float
    std_error: float
    n_event: int


def known_until(curve: Curve) -> float:
    """Return the last time at which a curve is known; infinite where it has fallen to 0."""
    return float("inf") if curve.survival[-1] == 0 else float(curve.time[-1])


def restricted_mean(curve: Curve, tau: float) -> RestrictedMean:
    """Return the area under a curve of `kaplan_meier` from 0 to `tau`.

    Parameters
    ----------
    curve
        The curve, which must be known at `tau` (`known_until`).
    tau
        The horizon, above 0, in the unit of the curve.

    Notes
    -----
    The variance is the sum over the events of the area from the event on, squared, times
    d / (n (n - d)) (Greenwood's); where the last subject at risk has the event that area is 0.
    lifelines' ``restricted_mean_survival_time(return_variance=True)`` is the variance of the
    restricted time of a subject, not of its mean.

    Source: Klein and Moeschberger, Survival Analysis, 2nd ed., equation 4.5.1; Royston and
    Parmar 2013, BMC Med Res Methodol 13:152.

    Checked against: tests/oracle/restricted_mean.csv (R 4.2.2, survival::survfit's rmean and
    its standard error), relative 1e-10.

    Examples
    --------
    >>> from ketanalysis.survival.kaplan_meier import kaplan_meier
    >>> restricted_mean(kaplan_meier([1, 2, 3, 4], [True, True, False, False]), 3).estimate
    2.25
    """
    inside = curve.time <= tau * (1 + ROUNDING)
    ends = np.append(np.minimum(curve.time[inside], tau), tau)
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = heights * np.diff(ends, prepend=0.0)
    after = np.cumsum(areas[::-1])[::-1][1:]  # from each time of the curve to the horizon

    n, d = curve.n_at_risk[inside].astype(float), curve.n_event[inside].astype(float)
    left = n - d
    hazard = np.divide(d, n * left, out=np.zeros(len(n)), where=left > 0)
    return RestrictedMean(
        float(areas.sum()), float(np.sqrt(np.sum(after**2 * hazard))), int(d.sum())
    )
